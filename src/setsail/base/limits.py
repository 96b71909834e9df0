"""A range written once: code, message, docs and tests read it there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.errors import OutOfRange

Ends = Literal["[]", "[)", "(]", "()"]


@dataclass(frozen=True, slots=True)
class Limit:
    """Range of one quantity with closed `[]` or open `()` ends and the source that states it."""

    name: str
    low: float
    high: float
    source: str
    ends: Ends = "[]"

    def text(self) -> str:
        """The range as read in messages, such as `[1, 150]`."""
        return f"{self.ends[0]}{self.low:g}, {self.high:g}{self.ends[1]} ({self.source})"

    def holds(self, values: ArrayLike) -> bool:
        """True when every value lies inside; NaN never does."""
        x = np.asarray(values, dtype=np.float64)
        above = x >= self.low if self.ends[0] == "[" else x > self.low
        below = x <= self.high if self.ends[1] == "]" else x < self.high
        return bool(np.all(above & below))

    def require(self, values: ArrayLike, where: str | None = None) -> None:
        """Raises OutOfRange, naming the first value outside."""
        if self.holds(values):
            return
        x = np.atleast_1d(np.asarray(values, dtype=np.float64)).ravel()
        first = next(v for v in x if not self.holds(v))
        raise OutOfRange(f"is {first:g}", where=where or self.name, allowed=self.text())
