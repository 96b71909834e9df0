"""Rollouts to start from: the founding case, its variants, and generated ones of any size."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from setsail.base.errors import UnknownName
from setsail.rollout.cases import shipped
from setsail.rollout.cases.generated import generated
from setsail.rollout.folder.files import HistoryEvent
from setsail.rollout.model import Rollout

__all__ = ["EXAMPLES", "example", "example_history", "generated"]
SEED = 1
EXAMPLES: Mapping[str, Callable[[], Rollout]] = {
    "wuhan-2020": shipped.wuhan,
    "wuhan-2020-bridges": shipped.wuhan_bridges,
    "huoshenshan-2020": shipped.huoshenshan,
    "generated-64": lambda: generated(64, SEED),
    "generated-5500": lambda: generated(5500, SEED),
}
"""Name -> how it is made."""


def example(name: str) -> Rollout:
    """A shipped or generated rollout by its name. Raises UnknownName."""
    if name not in EXAMPLES:
        raise UnknownName(f"is {name!r}", where="example", allowed=", ".join(EXAMPLES))
    return EXAMPLES[name]()


def example_history(name: str) -> tuple[HistoryEvent, ...]:
    """What happened in a case, to be replayed; empty where nothing is told. Raises UnknownName."""
    if name not in EXAMPLES:
        raise UnknownName(f"is {name!r}", where="example", allowed=", ".join(EXAMPLES))
    return shipped.wuhan_history() if name.startswith("wuhan-2020") else ()
