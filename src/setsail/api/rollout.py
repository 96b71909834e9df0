"""Rollouts as folders: examples, own sites from a spreadsheet, checks, tables."""

from __future__ import annotations

import dataclasses
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.rollout.folder.terms import Ask


def rollout_examples() -> list[str]:
    """The names of shipped and generated rollouts."""
    from setsail.rollout import cases

    return list(cases.EXAMPLES)


def rollout_example(name: str, out: Path, *, replace: bool = False, title: str = "") -> Record:
    """Writes a shipped or generated rollout as a folder; what is in it.

    replace : a rollout folder that is there; its event log stays;  title : its name, and its id that of the folder.
    Raises UnknownName, StoreConflict, BadInput.
    """
    from setsail.rollout import cases
    from setsail.rollout.folder import records, writing

    made = cases.example(name)
    if title:
        made = dataclasses.replace(made, rollout=out.name, name=title)
    history = cases.example_history(name)
    writing.write(made, out, replace=replace, history=history)
    return {**records.summary(made), "history": len(history), "folder": str(out)}


def rollout_new(sites: Path, out: Path, ask: Ask, *, now: datetime, replace: bool = False) -> Record:
    """Makes a rollout of the sites of a spreadsheet; what is in it, and everything that was assumed.

    ask : what the user says beside the sites;  now : the notice where none is said.
    Raises BadInput with file, row and column; StoreConflict.
    """
    from setsail.rollout.folder import records, table, writing

    made, assumed = table.from_table(sites, ask, now=now)
    writing.write(made, out, replace=replace)
    told = [{"subject": a.subject, "what": a.what, "reason": a.reason} for a in assumed]
    return {**records.summary(made), "folder": str(out), "assumed": told}


def rollout_check(folder: Path) -> Record:
    """What is wrong with a rollout, what makes it impossible, what is assumed.

    Raises BadInput where its files cannot be read.
    """
    from setsail.rollout.folder import checking, reading, records

    found, places = reading.read_loosely(folder)
    result = records.findings(checking.problems(found, places))
    reading.history(folder)
    return {"rollout": found.rollout, "folder": str(folder), **result}


def rollout_show(folder: Path) -> Record:
    """All of a rollout: its numbers, and each table row by row. Raises BadInput."""
    from setsail.rollout.folder import reading, records

    found = reading.read(folder)
    return {**records.whole(found), "history": len(reading.history(folder)), "summary": records.summary(found)}


def rollout_export(folder: Path) -> list[Record]:
    """Sites x stages of the plan in force, with what was reported.

    Raises NotComputable where nothing is planned yet, BadInput and StoreCorrupt for files that cannot be read.
    """
    from setsail.base.errors import NotComputable
    from setsail.rollout.folder import reading, records
    from setsail.rollout.live import log
    from setsail.rollout.live.course import course

    found = reading.read(folder)
    now_at = course(found, log.read(folder))
    if now_at.plan is None:
        raise NotComputable("has no plan yet", where=str(folder), hint=f"setsail rollout plan {folder}")
    return records.planned_rows(found, now_at.plan, now_at.facts.done)


def rollout_travel(folder: Path, *, closed: frozenset[str] = frozenset()) -> list[Record]:
    """Driving minutes and metres between all places, as rows of travel.csv. closed : bridges, or roads "A|B".

    Raises BadInput, UnknownName, MissingExtra.
    """
    from setsail.rollout.folder import reading, records
    from setsail.rollout.travel.study import times

    return list(records.ways(times(reading.read(folder), closed)))
