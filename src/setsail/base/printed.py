"""Numbers as printed: a value, the step of its last printed digit, and how it was qualified."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Literal, get_args

from setsail.base.errors import BadInput

Qualifier = Literal["exact", "over", "about"]
QUALIFIERS: tuple[str, ...] = get_args(Qualifier)

_NUMBER = re.compile(r"[+-]?([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")


SMALLEST, LARGEST = 1e-60, 1e60
"""Sizes of printed numbers beyond which sums and shares of them could leave the range of a double."""


def number(text: str, where: str = "value") -> float:
    """A finite decimal number. Raises BadInput for anything else, NaN and infinity included."""
    if not _NUMBER.fullmatch(text.strip()):
        raise BadInput(f"is {text!r}", where=where, allowed="a decimal number such as 1234.5, without separators")
    value = float(text)
    if not math.isfinite(value):
        raise BadInput(f"is {_cut(text)!r}", where=where, allowed="a finite number")
    if value and not SMALLEST <= abs(value) <= LARGEST:
        raise BadInput(f"is {_cut(text)!r}", where=where, allowed=f"0, or a size from {SMALLEST:g} to {LARGEST:g}")
    return value


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "..."


def printed_step(text: str) -> float:
    """Size of the last digit that `text` shows: 0.1 for "83.1", 1 for "8593". Zeros at the end count as digits."""
    match = _NUMBER.fullmatch(text.strip())
    if not match:
        raise BadInput(f"is {text!r}", where="value", allowed="a decimal number")
    decimals, exponent = len(match[2] or ""), int(match[3] or 0)
    return 10.0 ** (exponent - decimals)


@dataclass(frozen=True, slots=True)
class Band:
    """What a printed figure allows the true one to be: `low <= true <= high`, in the figure's unit."""

    low: float
    high: float

    def scaled(self, by: float) -> Band:
        """The band in another unit."""
        return Band(self.low * by, self.high * by)


def band(value: float, step: float, qualifier: Qualifier) -> Band:
    """What a printed value allows.

    Exact: half a step to both sides. Over: the value is the least, the most is not known. About: a whole step.
    """
    if qualifier == "over":
        return Band(value, math.inf)
    half = step / 2 if qualifier == "exact" else step
    return Band(value - half, value + half)
