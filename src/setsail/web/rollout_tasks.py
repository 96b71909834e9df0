"""Background work on rollouts: planning them, the demonstration's too."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from setsail import api
from setsail.base.errors import BadInput
from setsail.web import places
from setsail.web.worker import Context

PLAN = "rollout-plan"
UPLOADS = "rollout-uploads"
PLAN_S = 3.0
"""Of the search for the demonstration's plan."""
MOST_SHARE = 0.97
"""Of the bar, until the plan is in the log."""


def rollout_plan(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - kept as JSON
    """A new plan of a rollout put in force, from now on where it runs."""
    folder = _folder(context, arguments)
    context.tell(0.0, "planning")
    return api.rollout_plan_now(
        folder, now=context.now(), by=context.actor, clock=time.monotonic,
        told=lambda share: context.tell(min(share, MOST_SHARE)),
    )  # fmt: skip


def rollout_demonstration(context: Context, arguments: Mapping[str, Any]) -> Any:  # noqa: ANN401 - kept as JSON
    """The founding case of an emergency rollout as a folder, with a plan."""
    folder = _root(context) / places.DEMONSTRATION / str(arguments["rollout"])
    if not (folder / "rollout.toml").is_file():
        api.rollout_example(folder.name, folder)
    context.tell(0.1, "planning")
    api.rollout_plan(folder, seconds=PLAN_S, now=context.now(), by=context.actor, clock=time.monotonic)
    return {"rollout": folder.name}


def _root(context: Context) -> Path:
    return context.rollouts or context.workspace / "rollouts"


def _folder(context: Context, arguments: Mapping[str, Any]) -> Path:
    """The rollout of a job, whose names were looked up when it was queued and are looked up again."""
    root, organisation, rollout = _root(context), str(arguments["organisation"]), str(arguments["rollout"])
    shelf = places.rollouts_in(root)
    if "/" in organisation or organisation.startswith(".") or rollout not in places.names(shelf, organisation):
        raise BadInput("is not there any more", where=f"rollout {rollout[:80]!r}")
    return root / organisation / rollout
