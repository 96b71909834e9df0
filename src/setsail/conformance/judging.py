"""A folder judged at a stage, with the hashes of every file that the judgement read."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from setsail.base.errors import BadInput, StoreConflict
from setsail.conformance.accept import Logs, accept
from setsail.conformance.evidence import File, of_files, of_folder
from setsail.conformance.profile import Profile, Stage
from setsail.conformance.verify import verify
from setsail.conformance.verify_facts import Assessed, assess


class Judging(NamedTuple):
    """A judgement and its evidence."""

    assessed: Assessed
    files: tuple[File, ...]


def judge_folder(
    folder: Path, profile: Profile, stage: Stage, *, logs: Logs | None = None, slots: Path | None = None
) -> Judging:
    """The design at stage design; at acceptance and in operation the network, by its logs.

    slots : the file that filled the profile's slots, as evidence. Raises BadInput for a stage without its logs, or
    logs without such a stage; StoreConflict where a file changed while it was read.
    """
    if (logs is None) != (stage == "design"):
        allowed = "a log of the built network" if logs is None else "accept or operate with a log"
        raise BadInput(f"is {stage!r} {'without' if logs is None else 'with'} a log", where="stage", allowed=allowed)
    before = _files(folder, logs, slots)
    assessed = assess(folder, profile)
    if logs is not None:
        assessed = _measured(assessed, profile, stage, logs)
    if _files(folder, logs, slots) != before:
        raise StoreConflict("was changed while it was read", where=str(folder), hint="run it again")
    return Judging(assessed, before)


def _measured(assessed: Assessed, profile: Profile, stage: Stage, logs: Logs) -> Assessed:
    """The same network judged on its logs; a fact that a log can measure is no longer the computed one."""
    found = accept(assessed.site, assessed.network, profile, assessed.facts, logs)
    judged = found.judged
    if stage == "operate":
        judged = verify(assessed.site, assessed.network, profile, found.facts, stage)
    return assessed._replace(facts=found.facts, judged=judged)


def _files(folder: Path, logs: Logs | None, slots: Path | None) -> tuple[File, ...]:
    read = [p for p in (logs.walk, logs.probe) if p is not None] if logs is not None else []
    return (*of_folder(folder), *of_files(read, "log"), *of_files([slots] if slots else [], "slots"))
