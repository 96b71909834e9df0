"""The classes of walls, doors, windows and slabs: what they are made of, for the loss by ITU-R P.2040."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from setsail.base.errors import BadInput, UnknownName
from setsail.base.tables import Row, read_rows, require_unique

Kind = Literal["wall", "door", "window", "gap", "slab"]
Layers = tuple[tuple[str, float], ...]
"""Material of P.2040 and thickness [m], in the order in which a wave meets them."""
DATA = Path(__file__).parent / "data"
COLUMNS = ("wall_class", "kind", "name_en", "name_zh", "layers", "loss_db", "source_id", "clause")


@dataclass(frozen=True, slots=True)
class WallClass:
    """One class: layers, or a loss [dB] that is known; a gap has neither and lets everything through."""

    wall_class: str
    kind: Kind
    name_en: str
    name_zh: str
    layers: Layers
    loss_db: float | None
    source: str


@cache
def wall_classes() -> Mapping[str, WallClass]:
    """Every class by its name, as in `data/wall_classes.csv`."""
    found = read_rows(DATA / "wall_classes.csv", required=COLUMNS, known=COLUMNS, name="wall_classes.csv")
    require_unique(found, ["wall_class"])
    return MappingProxyType({row.need("wall_class"): _parsed(row) for row in found})


def wall_class(name: str, where: str = "wall_class") -> WallClass:
    """The class of that name. Raises UnknownName."""
    found = wall_classes().get(name)
    if found is None:
        raise UnknownName(f"is {name!r}", where=where, allowed=", ".join(wall_classes()))
    return found


def _parsed(row: Row) -> WallClass:
    kind = row.need("kind")
    if kind not in get_args(Kind):
        raise BadInput(f"is {kind!r}", where=row.where("kind"), allowed=", ".join(get_args(Kind)))
    layers, loss = _layers(row), row.get("loss_db")
    if bool(layers) == bool(loss):
        raise BadInput("has both layers and a loss, or neither", where=row.where("layers"), allowed="one of them")
    source = f"{row.need('source_id')}, {row.need('clause')}"
    name_en, name_zh = row.need("name_en"), row.need("name_zh")
    known = float(loss) if loss else None
    return WallClass(row.need("wall_class"), kind, name_en, name_zh, layers, known, source)  # type: ignore[arg-type]


def _layers(row: Row) -> Layers:
    parts = [part.partition(":") for part in row.get("layers").split("|") if part]
    return tuple((material, float(thickness)) for material, _, thickness in parts)
