"""The requirement on the shipped national figures: 80 % intervals hold 70 to 90 % of the rolling back-test points."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from setsail.base.observation import Observation
from setsail.monitor.forecast.options import ForecastOptions
from setsail.monitor.forecast.series import Series, linked, series_of
from setsail.monitor.forecast.study import forecast
from setsail.standards import facts

COUNTED = ForecastOptions(non_decreasing=True, lower_limit=0.0)


def national(indicator: str, definition: str) -> Series:
    rows: list[Observation] = [
        o for o in facts.observations().of(indicator, "CN") if o.definition == definition and not o.industry
    ]
    return series_of(rows, unit=rows[0].unit, name=f"{indicator} ({definition})")


def users_linked() -> Series:
    return linked(
        national("subscribers_5g", "users-three-operators"), national("subscribers_5g", "users-with-broadnet")
    )


def users_per_resident() -> Series:
    """Linked users over the population known at each time (line between year ends), as a share of residents [%]."""
    users, people = users_linked(), national("population", "year-end")
    share = 100.0 * users.y / np.interp(users.t, people.t, people.y)
    return Series(users.times, tuple(share), name="users per resident", unit="percent")


SERIES: dict[str, tuple[int, Callable[[], Series]]] = {
    "stations": (34, lambda: national("base_stations_5g", "built-and-opened")),
    "users, three operators": (17, lambda: national("subscribers_5g", "users-three-operators")),
    "users, four operators": (15, lambda: national("subscribers_5g", "users-with-broadnet")),
    "users, linked": (31, users_linked),
    "users per resident": (31, users_per_resident),
    "stations per 10,000": (10, lambda: national("base_stations_5g_per_10k", "as-published")),
    "private networks": (9, lambda: national("industry_virtual_private_networks_5g", "on-public-5g")),
    "cellular things": (11, lambda: national("iot_terminals_cellular_all", "all-generations")),
}


@pytest.mark.parametrize("name", SERIES)
def test_intervals_issued_on_a_shipped_series_cover_between_70_and_90_percent(name: str) -> None:
    points, make = SERIES[name]
    series = make()
    assert len(series) >= points
    got = forecast(series, COUNTED)
    assert got.made
    assert got.coverage is not None
    assert got.coverage.issued is not None
    assert 0.7 <= got.coverage.issued <= 0.9, got.coverage
    assert got.error is not None
    assert 0.0 < got.error < 0.12


def test_penetration_as_published_has_too_few_points_and_says_so() -> None:
    got = forecast(national("penetration_5g_individual", "as-published"), ForecastOptions())
    assert not got.made
    assert "too few points" in got.reason
