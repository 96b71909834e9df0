"""What a forecast says: path, intervals, target, and the back-test that it rests on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from setsail.monitor.forecast.candidates import Family


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` to `high` hold the truth with probability `level`, in the unit of the series."""

    level: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class PathPoint:
    """The forecast at one time [decimal year]; `beyond_back_test` when no error at such a horizon was ever seen."""

    t: float
    value: float
    intervals: tuple[Interval, ...]
    beyond_back_test: bool

    @property
    def month(self) -> str:
        """The month as `YYYY-MM`."""
        return month_of(self.t)

    def interval(self, level: float = 0.8) -> Interval:
        """The interval of that level. Raises KeyError for a level that was not asked for."""
        found = {each.level: each for each in self.intervals}
        return found[level]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number of a model with its unit."""

    name: str
    value: float
    unit: str


@dataclass(frozen=True, slots=True)
class ModelFit:
    """One kind of model at its best variant: parameters at the last point and its back-test error [ratio]."""

    kind: str
    name: str
    family: Family
    error: float | None
    parameters: tuple[Parameter, ...]


@dataclass(frozen=True, slots=True)
class BackTestRow:
    """Back-test of one model over horizons in (`from_years`, `to_years`].

    mape : mean of error over value [ratio], None where a value is zero;  mae : mean error in the unit of the series;
    coverage : share of points inside the 80 % interval issued with what was known at each origin.
    """

    model: str
    family: Family
    from_years: float
    to_years: float
    points: int
    mape: float | None
    mae: float
    coverage: float


@dataclass(frozen=True, slots=True)
class Coverage:
    """Share of back-test points inside the 80 % interval, three ways.

    issued : intervals as they would have been issued, model chosen, calibrated and steered with what was known at each
    origin;  left_out : the chosen model, each origin calibrated on all others;  in_sample : calibrated on all errors;
    points, origins : how many back-test points from how many origins.
    """

    issued: float | None
    left_out: float | None
    in_sample: float | None
    points: int
    origins: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """Month in which a target is expected to be crossed, and the months between which it is with 80 %.

    None: not within `search_years` of the last point.
    """

    expected: str | None
    earliest: str | None
    latest: str | None
    search_years: float


@dataclass(frozen=True, slots=True)
class TargetOutlook:
    """How likely a target is reached by its deadline, the forecast at the deadline, and when it is crossed.

    reached : the last value reaches it already; then there is no crossing ahead;  probability : None where the deadline
    lies further ahead than is looked.
    """

    value: float
    deadline: float
    comparator: str
    reached: bool
    probability: float | None
    at_deadline: PathPoint | None
    crossing: Crossing | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """A forecast, or the reason why there is none.

    path : month ends from the last point on;  at : the dates asked for;  model : the chosen one;  models : the best
    variant of each kind, best first;  back_test : those by horizon;  width_factor : steered width over the calibrated
    one;  notes : what a reader should know.
    """

    series: str
    unit: str
    points: int
    last: float | None
    made: bool
    reason: str = ""
    points_needed: int = 0
    model: ModelFit | None = None
    path: tuple[PathPoint, ...] = ()
    at: tuple[PathPoint, ...] = ()
    target: TargetOutlook | None = None
    models: tuple[ModelFit, ...] = ()
    back_test: tuple[BackTestRow, ...] = ()
    error: float | None = None
    coverage: Coverage | None = None
    width_factor: float = 1.0
    notes: tuple[str, ...] = ()


def day_of(t: float) -> date:
    """The day whose end a decimal year names: 2024.0 is 2023-12-31."""
    year = int(t) if t > int(t) else int(t) - 1
    days = (date(year + 1, 1, 1) - date(year, 1, 1)).days
    number = max(1, min(days, round((t - year) * days + 0.499)))
    return date(year, 1, 1) + timedelta(days=number - 1)


def month_of(t: float) -> str:
    """The month of a decimal year as `YYYY-MM`."""
    return f"{day_of(t):%Y-%m}"
