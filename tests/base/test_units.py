"""Units: factors and refusals across dimensions."""

from __future__ import annotations

import pytest

from setsail.base.errors import BadInput, UnknownName
from setsail.base.units import factor, unit, units


def test_ten_thousand_stations_are_counts() -> None:
    assert factor("10,000 stations", "count") == 10_000


def test_a_ratio_is_a_hundred_percent() -> None:
    assert factor("ratio", "percent") == pytest.approx(100)


def test_dimensions_do_not_mix() -> None:
    with pytest.raises(BadInput, match="allowed: a unit of"):
        factor("percent", "count")


def test_an_unknown_unit_lists_the_known() -> None:
    with pytest.raises(UnknownName, match="per_10k_persons"):
        unit("parsec")


def test_every_factor_is_positive() -> None:
    assert all(u.factor > 0 for u in units().values())
