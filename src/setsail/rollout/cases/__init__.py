"""Rollouts to start from: the founding case, its variants, and generated ones of any size."""

from __future__ import annotations

from setsail.base.errors import UnknownName
from setsail.rollout.cases import shipped
from setsail.rollout.folder.files import HistoryEvent
from setsail.rollout.model import Rollout

EXAMPLES = ("wuhan-2020",)


def example(name: str) -> Rollout:
    """A shipped or generated rollout by its name. Raises UnknownName."""
    if name not in EXAMPLES:
        raise UnknownName(f"is {name!r}", where="example", allowed=", ".join(EXAMPLES))
    return shipped.wuhan()


def example_history(name: str) -> tuple[HistoryEvent, ...]:
    """What happened in a case, to be replayed; empty where nothing is told."""
    return ()
