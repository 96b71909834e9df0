"""The wall class that is nearest to the material layers of a building model."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import cache

from setsail.base.tables import read_rows, require_unique
from setsail.site.classes import DATA, WallClass, wall_classes

COLUMNS = ("material", "keywords_en", "keywords_zh")
METAL_WEIGHT = 1e6
"""Metres that one metre of metal counts for: a coat of nanometres decides what passes a wall."""
FILLING = "vacuum"
METAL = "metal"


def material_of(words: str) -> str | None:
    """The material of P.2040 that words speak of, the last one as the head of an English name; None for none.

    Insulation and cavities count as air, which P.2040 calls vacuum.
    """
    plain = re.sub(r"[^\w]+", " ", words.casefold())
    best: tuple[tuple[int, int], str] | None = None
    for pattern, material in _patterns():
        for hit in pattern.finditer(plain):
            rank = (hit.end(), hit.end() - hit.start())
            if best is None or rank > best[0]:
                best = (rank, material)
    return best[1] if best else None


def nearest_class(layers: Sequence[tuple[str, float]], kind: str = "wall") -> WallClass | None:
    """The class of a kind whose thickness of each material differs least; None where no layer has a known material.

    layers : material of P.2040 and thickness [m];  of equal ones the first in `wall_classes.csv`.
    """
    mine = _sums(layers)
    if not mine:
        return None
    same = [one for one in wall_classes().values() if one.kind == kind and one.layers]
    return min(same, key=lambda one: _difference(mine, _sums(one.layers)))


def _sums(layers: Sequence[tuple[str, float]]) -> dict[str, float]:
    """Metres of each material, without what fills cavities."""
    found: dict[str, float] = {}
    for material, thickness in layers:
        if material != FILLING:
            found[material] = found.get(material, 0.0) + thickness
    return found


def _difference(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    return sum(
        abs(first.get(m, 0.0) - second.get(m, 0.0)) * (METAL_WEIGHT if m == METAL else 1.0) for m in {*first, *second}
    )


@cache
def _patterns() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = read_rows(DATA / "ifc_materials.csv", required=COLUMNS, known=COLUMNS, name="ifc_materials.csv")
    require_unique(rows, ["material"])
    found = []
    for row in rows:
        for word in row.need("keywords_en").split("|"):
            end = r"\w*" if word.endswith("*") else r"(?!\w)"
            found.append((re.compile(rf"(?<!\w){re.escape(word.rstrip('*'))}{end}"), row.need("material")))
        found += [(re.compile(re.escape(word)), row.need("material")) for word in row.need("keywords_zh").split("|")]
    return tuple(found)
