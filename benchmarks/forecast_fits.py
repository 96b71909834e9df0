"""Coverage, error and time of the forecast: `python -m benchmarks.forecast_fits` prints the tables of its page.

On the shipped series, on synthetic curves that no constant was chosen on, with each constant of the method moved, and
the batched fit against one scipy fit after another.
"""

from __future__ import annotations

import platform
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

import numpy as np
from scipy.optimize import least_squares
from tests.monitor.forecast.curves import noisy
from tests.monitor.forecast.test_shipped_series import COUNTED, SERIES

from setsail.base.arrays import F64
from setsail.monitor.forecast import backtest, kernels
from setsail.monitor.forecast.candidates import ITERATIONS
from setsail.monitor.forecast.options import ForecastOptions
from setsail.monitor.forecast.results import Coverage
from setsail.monitor.forecast.series import Series, series_of
from setsail.monitor.forecast.study import forecast
from setsail.standards import facts

SYNTHETIC, FRESH_SEED = 120, 20_260
HALF_NORMAL = (0.1257, 0.3853, 0.6745, 1.0364, 1.6449)
MOVED: dict[str, dict[str, object]] = {
    "as shipped": {},
    "assumed errors x 2/3": {"PRIOR_SCORES": tuple(1.0 * q for q in HALF_NORMAL)},
    "assumed errors x 4/3": {"PRIOR_SCORES": tuple(2.0 * q for q in HALF_NORMAL)},
    "assumed errors weigh 2.5": {"PRIOR_WEIGHT": 2.5},
    "assumed errors weigh 10": {"PRIOR_WEIGHT": 10.0},
    "half-life 1 year": {"ERROR_HALF_LIFE_YEARS": 1.0},
    "half-life 4 years": {"ERROR_HALF_LIFE_YEARS": 4.0},
    "steering off": {"STEERING": 0.0},
    "steering 1": {"STEERING": 1.0},
    "steering 3": {"STEERING": 3.0},
    "width factor 1/3 to 6": {"FACTOR_BOUNDS": (1 / 3, 6.0)},
    "width factor 2/3 to 3": {"FACTOR_BOUNDS": (2 / 3, 3.0)},
}


@contextmanager
def moved(names: dict[str, object]) -> Iterator[None]:
    """The back-test with some of its constants replaced."""
    before = {name: getattr(backtest, name) for name in names}
    try:
        for name, value in names.items():
            setattr(backtest, name, value)
        yield
    finally:
        for name, value in before.items():
            setattr(backtest, name, value)


def coverages(many: Iterable[Series], options: ForecastOptions) -> list[Coverage]:
    """Coverages of the forecasts that were made and tested."""
    found = [forecast(series, options).coverage for series in many]
    return [c for c in found if c is not None and c.points]


def told(found: list[Coverage]) -> str:
    """Pooled coverage and the share of series between 70 and 90 %."""
    issued = np.array([c.issued for c in found], dtype=float)
    points = np.array([c.points for c in found], dtype=float)
    within = float(np.mean((issued >= 0.7) & (issued <= 0.9)))
    return f"{float(np.sum(issued * points) / np.sum(points)):.2f} | {within:.0%}"


def regional() -> list[Series]:
    """Every shipped series of a region that is not a nation, with six points or more."""
    groups: dict[tuple[str, ...], list[object]] = {}
    for o in facts.observations():
        if o.region not in {"CN", "IN"}:
            groups.setdefault((o.indicator, o.region, o.operator, o.industry, o.definition), []).append(o)
    made = [series_of(rows, unit=rows[0].unit) for rows in groups.values()]  # type: ignore[arg-type, attr-defined]
    return [s for s in made if len(s) >= 6 and min(s.values) < max(s.values)]


def shipped() -> None:
    """One row per shipped national series."""
    print("| series | points | chosen | error | best curve | issued | left out | in sample | tested | s |")
    print("|---|---|---|---|---|---|---|---|---|---|")
    for name, (_, make) in SERIES.items():
        series = make()
        begun = time.perf_counter()
        got = forecast(series, COUNTED)
        took = time.perf_counter() - begun
        c, curve = got.coverage, next(m for m in got.models if m.family == "growth")
        if c is None or got.model is None:
            continue
        print(
            f"| {name} | {got.points} | {got.model.name} | {got.error:.1%} | {curve.kind} {curve.error:.1%} "
            f"| {c.issued:.0%} | {c.left_out:.0%} | {c.in_sample:.0%} | {c.points} | {took:.2f} |"
        )


def sensitivity() -> None:
    """Coverage with each constant moved, on the shipped series and on synthetic ones."""
    national = [make() for _, make in SERIES.values()]
    rng = np.random.default_rng(FRESH_SEED)
    synthetic = [noisy(rng) for _ in range(SYNTHETIC)]
    print("| constants | shipped: pooled | in 70-90 % | synthetic: pooled | in 70-90 % |")
    print("|---|---|---|---|---|")
    for name, names in MOVED.items():
        with moved(names):
            print(
                f"| {name} | {told(coverages(national, COUNTED))} | {told(coverages(synthetic, ForecastOptions()))} |"
            )
    print(f"\nregional series, not used in choosing: {told(coverages(regional(), ForecastOptions()))}")


def _one(t: F64, y: F64, start: F64) -> float:
    """Sum of squares of one logistic fit by scipy."""

    def misses(p: F64) -> F64:
        return np.asarray(kernels.logistic(p[None], t)[0] - y)

    def slopes(p: F64) -> F64:
        return np.asarray(kernels.logistic_jacobian(p[None], t)[0])

    return 2.0 * float(least_squares(misses, start, jac=slopes, bounds=([1.0, 0.02, -25.0], [10.0, 6.0, 20.0])).cost)


def fits() -> None:
    """Seconds of 400 logistic fits at once and one by one with scipy from the same start."""
    rng = np.random.default_rng(3)
    n, k = 400, 30
    t: F64 = np.tile(np.linspace(-5.0, 0.0, k), (n, 1))
    theta = np.stack([rng.uniform(1.1, 3.0, n), rng.uniform(0.5, 2.0, n), rng.uniform(-2.0, 1.0, n)], axis=1)
    y = kernels.logistic(theta, t) + 0.01 * rng.standard_normal((n, k))
    low, high = np.tile([1.0, 0.02, -25.0], (n, 1)), np.tile([10.0, 6.0, 20.0], (n, 1))
    problem = kernels.Problem(t, y, np.ones_like(t), low, high, np.full(n, 2.0), np.zeros(n))
    start = np.tile([2.0, 1.0, -0.5], (n, 1))
    begun = time.perf_counter()
    _, cost = kernels.fit(kernels.logistic, kernels.logistic_jacobian, start, problem, iterations=ITERATIONS)
    batch = time.perf_counter() - begun
    begun = time.perf_counter()
    twin = np.array([_one(t[i : i + 1], y[i], start[i]) for i in range(n)])
    single = time.perf_counter() - begun
    worse = int(np.sum(cost > twin * (1 + 1e-3)))
    print(f"{n} fits: batch {batch:.3f} s, scipy one by one {single:.3f} s, ratio {single / batch:.0f}; worse: {worse}")


if __name__ == "__main__":
    made = f"Python {platform.python_version()}, numpy {np.__version__}"
    print(f"{datetime.now(UTC):%Y-%m-%d}, {platform.machine()}, {made}")
    shipped()
    print()
    sensitivity()
    print()
    fits()
