"""What a layer of a drawing holds, by patterns of its name: walls, doors, windows, rooms, or nothing of ours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Literal, get_args

from setsail.base.errors import BadInput
from setsail.base.tables import Row, read_rows
from setsail.site.classes import DATA, wall_class

Kind = Literal["wall", "door", "window", "room", "none"]
COLUMNS = ("pattern", "kind", "class", "note")


@dataclass(frozen=True, slots=True)
class Rule:
    """Layers whose name fits a pattern (`*` any text, `?` any sign, in any case) hold a kind, of a wall class."""

    pattern: str
    kind: Kind
    named: str


def rules(own: Path | None = None) -> tuple[Rule, ...]:
    """The rules in order, those of the user's file first. The first that fits counts. Raises BadInput, UnknownName."""
    shipped = read_rows(DATA / "dxf_layers.csv", required=COLUMNS, known=COLUMNS, name="dxf_layers.csv")
    mine = read_rows(own, required=COLUMNS[:3], known=COLUMNS) if own else []
    return tuple(_parsed(row) for row in (*mine, *shipped))


def rule_of(layer: str, known: Sequence[Rule]) -> Rule | None:
    """The rule of a layer; None where no pattern fits."""
    name = layer.casefold()
    return next((rule for rule in known if fnmatchcase(name, rule.pattern)), None)


def _parsed(row: Row) -> Rule:
    kind, named = row.need("kind"), row.get("class")
    if kind not in get_args(Kind):
        raise BadInput(f"is {kind!r}", where=row.where("kind"), allowed=", ".join(get_args(Kind)))
    if kind in ("wall", "door", "window"):
        found = wall_class(named, row.where("class"))
        if found.kind != kind:
            raise BadInput(f"is {named!r}, of a {found.kind}", where=row.where("class"), allowed=f"a class of a {kind}")
    elif named:
        raise BadInput(f"is {named!r}", where=row.where("class"), allowed=f"empty for the kind {kind!r}")
    return Rule(row.need("pattern").casefold(), kind, named)  # type: ignore[arg-type]
