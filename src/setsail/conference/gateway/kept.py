"""Calls on disk: those that run, so that a gateway that was killed takes them up again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from setsail.conference.gateway.call import Kept
from setsail.conference.gateway.sip.dialog import Dialog
from setsail.conference.gateway.terms import Side, Terms
from setsail.conference.server.sip_told import CALLS, write


def keep(folder: Path, calls: Sequence[Kept]) -> None:
    """Keeps the calls, whole, for their owner alone. Raises OSError."""
    write(folder / CALLS, [asdict(one) for one in calls])


def read(folder: Path) -> list[Kept]:
    """Calls that were kept; none where there are none, or they cannot be read."""
    try:
        return [_kept(one) for one in json.loads((folder / CALLS).read_text(encoding="utf-8"))]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return []


def _kept(told: dict[str, Any]) -> Kept:
    dialog = Dialog(**{**told["dialog"], "routes": tuple(told["dialog"]["routes"])})
    terms = Terms(_side(told["terms"]["audio"]), _side(told["terms"]["video"]))
    ports = tuple((str(kind), int(port)) for kind, port in told["ports"])
    return Kept(**{**told, "dialog": dialog, "terms": terms, "ports": ports})


def _side(told: dict[str, Any] | None) -> Side | None:
    return None if told is None else Side(**{**told, "feedback": tuple(told["feedback"])})
