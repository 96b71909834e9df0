"""Rollouts as folders: examples, own sites from a spreadsheet, checks, tables."""

from __future__ import annotations

from pathlib import Path

from setsail.base.record import Record


def rollout_example(name: str, out: Path, *, replace: bool = False) -> Record:
    """Writes a shipped or generated rollout as a folder; what is in it.

    replace : a rollout folder that is there; its event log stays.  Raises UnknownName, StoreConflict.
    """
    from setsail.rollout import cases
    from setsail.rollout.folder import writing

    made = cases.example(name)
    writing.write(made, out, replace=replace, history=cases.example_history(name))
    return {"rollout": made.rollout, "name": made.name, "folder": str(out), "sites": len(made.sites)}
