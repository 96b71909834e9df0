"""What a forecast may assume, and the numbers of its method. One set for all series.

The constants of the back-test stand in `backtest.py`; `docs/explain/forecast.md` says on what they were chosen.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from setsail.base.errors import BadInput
from setsail.base.limits import Limit

Comparator = Literal["at_least", "at_most"]

BACK_TEST_YEARS = Limit("back_test_years", 0.0, 20.0, "assumption", ends="(]")
LEVEL = Limit("level", 0.0, 1.0, "assumption", ends="()")
SATURATION = Limit("saturation", 1.0, 1000.0, "assumption")

MIN_POINTS = 5
"""Fewest points for a forecast: four to fit, one to test."""

FIRST_ORIGIN_POINTS = 4
"""Points before the first origin of the back-test."""

MAIN_LEVEL = 0.8
"""Level of the interval that the back-test steers and judges."""


@dataclass(frozen=True, slots=True)
class Target:
    """A target to be reached: `value` in the unit of the series, by `deadline` [decimal year]."""

    value: float
    deadline: float
    comparator: Comparator = "at_least"


@dataclass(frozen=True, slots=True)
class Saturation:
    """A declared belief on the saturation level of a growth curve, as a multiple of the greatest value seen.

    pull 0: none beyond the bounds. Otherwise ln(saturation / centre) squared times `pull` is added to the sum of
    squared misses (values over the greatest one): a saturation off by the factor e costs as much as one point missed
    by sqrt(pull) of the greatest value.
    """

    name: str
    centre: float
    pull: float


SATURATIONS = (Saturation("free", 2.0, 0.0), Saturation("twice", 2.0, 3e-3), Saturation("thrice", 3.0, 3e-3))


@dataclass(frozen=True, slots=True)
class Weighting:
    """How the points of a fit count: half for each `half_life_years` of age, or all alike (None).

    `joined` shifts the fitted curve so that it leaves from the last value.
    """

    name: str
    half_life_years: float | None
    joined: bool


WEIGHTINGS = (Weighting("all points", None, False), Weighting("recent points", 1.0, True))


@dataclass(frozen=True, slots=True)
class ForecastOptions:
    """Options of one forecast. Times are decimal years, values in the unit of the series. Raises BadInput, OutOfRange.

    at : dates asked for;  target : what is to be reached by when;  upper_limit, lower_limit : what the quantity can
    never pass (None: not known; a penetration may exceed 100 %);  non_decreasing : the quantity is declared never to
    fall;  levels : of the intervals, 0.8 is always among them;  back_test_years : longest horizon that is tested;
    saturation_bounds : range of the saturation as multiples of the greatest value seen;
    search_years : how far ahead a crossing is looked for.
    """

    at: tuple[float, ...] = ()
    target: Target | None = None
    upper_limit: float | None = None
    lower_limit: float | None = None
    non_decreasing: bool = False
    levels: tuple[float, ...] = (0.5, 0.8, 0.95)
    back_test_years: float = 2.0
    saturation_bounds: tuple[float, float] = (1.0, 10.0)
    search_years: float = 10.0

    def __post_init__(self) -> None:
        BACK_TEST_YEARS.require(self.back_test_years, "ForecastOptions.back_test_years")
        BACK_TEST_YEARS.require(self.search_years, "ForecastOptions.search_years")
        LEVEL.require(self.levels or (0.0,), "ForecastOptions.levels")
        SATURATION.require(self.saturation_bounds, "ForecastOptions.saturation_bounds")
        if self.saturation_bounds[0] >= self.saturation_bounds[1]:
            raise BadInput("is empty", where="ForecastOptions.saturation_bounds", allowed="low < high")
        asked = (*self.at, *((self.target.value, self.target.deadline) if self.target else ()))
        if not all(map(math.isfinite, asked)):
            raise BadInput("is not finite", where="ForecastOptions.at or target", allowed="finite numbers")
        if self.upper_limit is not None and self.lower_limit is not None and self.upper_limit <= self.lower_limit:
            raise BadInput("is not above lower_limit", where="ForecastOptions.upper_limit")
        object.__setattr__(self, "levels", tuple(sorted({*self.levels, MAIN_LEVEL})))
