"""Units of length on plans and in workbooks, as factors to metres."""

from __future__ import annotations

from collections.abc import Mapping

from setsail.base.errors import UnknownName

SPELLINGS: Mapping[str, tuple[str, ...]] = {
    "m": ("m", "metre", "metres", "meter", "meters"),
    "mm": ("mm", "millimetre", "millimetres", "millimeter", "millimeters"),
    "cm": ("cm", "centimetre", "centimetres", "centimeter", "centimeters"),
    "km": ("km", "kilometre", "kilometres", "kilometer", "kilometers"),
    "ft": ("ft", "foot", "feet"),
    "in": ("in", "inch", "inches"),
}
METRES: Mapping[str, float] = {"m": 1.0, "mm": 1e-3, "cm": 1e-2, "km": 1e3, "ft": 0.3048, "in": 0.0254}
"""Metres in one unit; the foot is the international one."""


def length_factor(name: str, where: str = "unit") -> float:
    """Metres in one of the unit. Raises UnknownName."""
    wanted = name.strip().casefold()
    for unit, spellings in SPELLINGS.items():
        if wanted in spellings:
            return METRES[unit]
    raise UnknownName(f"is {name!r}", where=where, allowed=", ".join(METRES))


def area_factor(name: str, where: str = "unit") -> float:
    """Square metres in one of the unit, such as `squarefeet`, `square metres` or `m2`. Raises UnknownName."""
    wanted = name.strip().casefold().replace(" ", "").replace("²", "2")
    bare = wanted.removeprefix("square").removeprefix("sq").removeprefix(".").removesuffix("2")
    if bare == wanted:
        raise UnknownName(f"is {name!r}", where=where, allowed="squaremeters, squarefeet, m2, ft2 ...")
    return length_factor(bare, where) ** 2
