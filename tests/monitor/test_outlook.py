"""The outlook of a target: which series is forecast, and what is refused."""

from __future__ import annotations

from datetime import date

import pytest

from setsail.monitor.outlook import outlook
from setsail.monitor.verdict import judge
from setsail.standards import facts
from setsail.standards.plans import plan

TODAY = date(2026, 11, 21)
UPGRADE = {t.indicator: t for t in plan("cn-set-sail-2024-upgrade").targets}


@pytest.mark.parametrize("indicator", ["penetration_5g_individual", "base_stations_5g_per_10k"])
def test_the_eighty_percent_interval_holds_seventy_to_ninety_of_the_back_test(indicator: str) -> None:
    seen = outlook(judge(UPGRADE[indicator], "CN", facts.observations(), TODAY))
    assert seen.made
    assert seen.coverage is not None
    assert seen.coverage.issued is not None
    assert 0.7 <= seen.coverage.issued <= 0.9
    assert seen.error is not None
    assert seen.target is not None
    assert seen.target.at_deadline is not None
    step = seen.target.at_deadline.interval(0.8)
    assert step.low < seen.target.at_deadline.value < step.high


def test_definitions_are_never_joined_into_one_series() -> None:
    seen = outlook(judge(UPGRADE["penetration_5g_individual"], "CN", facts.observations(), TODAY))
    assert "users-with-broadnet / year-end" in seen.series
    assert seen.points < 20


def test_a_short_series_says_why_there_is_no_forecast() -> None:
    seen = outlook(judge(UPGRADE["traffic_share_5g"], "CN", facts.observations(), TODAY))
    assert not seen.made
    assert "at least 5" in seen.reason


def test_a_forecast_is_replayed_with_what_was_known() -> None:
    early = outlook(judge(UPGRADE["base_stations_5g_per_10k"], "CN", facts.observations(), date(2024, 12, 31)))
    late = outlook(judge(UPGRADE["base_stations_5g_per_10k"], "CN", facts.observations(), TODAY))
    assert early.points < late.points
