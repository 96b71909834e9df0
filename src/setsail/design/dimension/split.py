"""Cells that refuse devices are split in two, where that admits more and the radio bears it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from setsail.design.dimension.cells import served
from setsail.design.dimension.study import Dimensioned
from setsail.design.network.model import Cell, Head, Network

if TYPE_CHECKING:
    from setsail.design.indoor.maps import RadioMaps

MOST_SPLITS = 6
"""Cells that are tried, so that a design stays a matter of seconds."""
MOST_LOST = 0.02
"""Share of the area that may fall below its SINR target for a split."""
Dimension = Callable[["RadioMaps"], Dimensioned]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Maps and dimensioning after all splits that were kept, and what was done."""

    maps: RadioMaps
    found: Dimensioned
    notes: tuple[str, ...]


def split(maps: RadioMaps, found: Dimensioned, dimension: Dimension) -> Split:
    """The design with full cells split as long as fewer devices are refused for it.

    dimension : the service part for maps. A split is kept where it admits more and no more than 2 % of the area lose
    their SINR target by it: heads that sent one signal then disturb each other.
    """
    notes: list[str] = []
    tried: set[str] = set()
    for _ in range(MOST_SPLITS):
        cell = _fullest(maps.network, found, tried)
        if cell is None:
            break
        tried.add(cell)
        network, new = _halved(maps.network, maps, cell)
        other = maps.with_network(network)
        again = dimension(other)
        other = other.with_network(replace(other.network, cells=again.joined(other.network).cells))
        again = dimension(other)
        before, after = refused(found), refused(again)
        if after < before and good_share(maps) - good_share(other) <= MOST_LOST:
            notes.append(f"cell {cell} was split into {cell} and {new}: devices refused {before} to {after}")
            maps, found = other, again
            tried.discard(cell)
    return Split(maps, found, tuple(notes))


def refused(found: Dimensioned) -> int:
    """Devices refused by cells, those of places without a rate left out."""
    return sum(f.refused for f in found.flows if served(f))


def good_share(maps: RadioMaps) -> float:
    """Share of the indoor area that reaches its SINR target."""
    pixels = [int(f.rooms.pixels[-1]) for f in maps.floors]
    good = [float(f.rooms.sinr_ratio[-1]) * n for f, n in zip(maps.floors, pixels, strict=True) if n]
    return sum(good) / sum(pixels) if sum(pixels) else 0.0


def _fullest(network: Network, found: Dimensioned, tried: set[str]) -> str | None:
    """The cell that refuses most and has heads to part, not yet tried in vain."""
    many = {c.cell for c in network.cells if sum(h.cell == c.cell for h in network.heads) > 1} - tried
    full = {one.cell: one.refused for one in found.loads if one.cell in many and one.refused}
    return max(full, key=lambda name: (full[name], name), default=None)


def _halved(network: Network, maps: RadioMaps, cell: str) -> tuple[Network, str]:
    """The network with half of the heads of a cell in a new one: by floor where there are several, else by place."""
    levels = {f.floor.floor: f.floor.level for f in maps.floors}
    own = [h for h in network.heads if h.cell == cell]
    wide = max(h.x_m for h in own) - min(h.x_m for h in own) >= max(h.y_m for h in own) - min(h.y_m for h in own)

    def place(head: Head) -> tuple[int, float, str]:
        return levels.get(head.floor, 0), head.x_m if wide else head.y_m, head.head

    parted = {h.head for h in sorted(own, key=place)[len(own) // 2 :]}
    new = next(name for k in range(1, len(network.cells) + 2) if (name := f"C{k:02d}") not in _names(network))
    old = next(c for c in network.cells if c.cell == cell)
    heads = tuple(replace(h, cell=new) if h.head in parted else h for h in network.heads)
    return replace(network, heads=heads, cells=(*network.cells, Cell(new, old.carrier, old.load_ratio))), new


def _names(network: Network) -> set[str]:
    return {c.cell for c in network.cells}
