"""The rules of a rollout: what is wrong with it, where, what is allowed, what to try."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from setsail.base.errors import BadInput, OutOfRange, SetSailError
from setsail.rollout.model import Rollout


@dataclass(frozen=True, slots=True)
class Places:
    """Where values were read. head : the file of the rollout itself;  lines : field of `Rollout` -> place of each row."""

    head: str = "rollout"
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def row(self, field_: str, at: int, name: str) -> str:
        """The place of a row: file and line where it was read, else its id."""
        lines = self.lines.get(field_, ())
        return lines[at] if at < len(lines) else f"{field_} {name!r}"


def require(rollout: Rollout, places: Places | None = None) -> None:
    """Raises the first error of the rollout, a kind of BadInput."""
    for error in errors(rollout, places or Places()):
        raise error


def errors(rollout: Rollout, places: Places) -> Iterator[SetSailError]:
    """Every breach of the rules, in the order of the files."""
    if not rollout.sites:
        yield BadInput("has no site", where=places.head, allowed="at least one row in sites.csv")
    if rollout.deadline <= rollout.notice:
        yield OutOfRange(
            f"is {rollout.deadline.isoformat()}",
            where=f"{places.head} deadline",
            allowed=f"after {rollout.notice.isoformat()}",
        )
