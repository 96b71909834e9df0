"""The application profiles: keys, ranges, marks, and a few rows against their sources."""

from __future__ import annotations

import pytest

from setsail.base.errors import UnknownName
from setsail.standards import applications as table
from setsail.standards import qos
from setsail.standards.requirements import requirement, requirements, requirements_of


def test_table_holds_154_profiles_of_15_fields() -> None:
    found = table.applications()
    assert list(found) == [f"APP-{n:03d}" for n in range(1, 155)]
    assert len({a.field for a in found.values()}) == 15


def test_every_profile_has_values_in_range_and_known_marks() -> None:
    for a in table.applications().values():
        assert a.kind in table.KINDS
        assert a.evidence in table.EVIDENCES
        assert a.legs in (1, 2)
        assert a.directions in (1, 2)
        assert a.isolation in ("I0", "I1", "I2", "I3", "I4")
        assert a.sst is None or a.sst in qos.ssts()
        assert a.fiveqi is None or a.fiveqi in qos.fiveqis()
        for share in (a.reliability, a.availability):
            assert share is None or 0.5 < share < 1
        for time in (a.latency_s, a.survival_s, a.interval_s, a.jitter_s):
            assert time is None or 0 <= time <= 3600
        assert a.leg_budget_s is None or a.leg_budget_s > 0


def test_percentages_are_read_to_their_last_digit() -> None:
    assert table.application("APP-012").reliability == 0.9999999999
    assert table.application("APP-124").availability == 0.9999999


@pytest.mark.parametrize("text", ["APP-078", "app-78", "78", "078", " APP078 "])
def test_application_is_found_by_several_spellings(text: str) -> None:
    assert table.application(text).application == "APP-078"


@pytest.mark.parametrize("text", ["", "APP-000", "APP-155", "surgery", "7.8", "-1", "²"])
def test_unknown_application_is_refused(text: str) -> None:
    with pytest.raises(UnknownName, match="APP-001 to APP-154"):
        table.application(text)


def test_patient_monitoring_is_that_of_tr_22826() -> None:
    """TR 22.826 v17.2.0, patient monitoring: 99,99999 %, < 100 ms, 0.5 Mbit/s, <= 1000 byte, survival time 100 ms."""
    a = table.application("APP-124")
    assert (a.latency_s, a.ul_bps, a.message_bytes, a.survival_s) == (0.1, 0.5e6, 1000, 0.1)
    assert (a.availability, a.evidence) == (0.9999999, "seen")


def test_emergency_stop_is_that_of_ts_22104_table_53_1() -> None:
    """TS 22.104 Table 5.3-1: 99.999 999 %, < 8 ms, 250 kbit/s, 40 to 250 byte, survival time 16 ms."""
    a = table.application("APP-034")
    assert (a.latency_s, a.ul_bps, a.message_bytes, a.survival_s) == (0.008, 0.25e6, 250, 0.016)
    assert a.availability == 0.99999999


def test_relay_protection_crosses_the_radio_twice_and_a_sum_shares_its_bound() -> None:
    assert table.application("APP-078").legs == 2
    assert table.application("APP-078").leg_budget_s == pytest.approx(0.0075)
    head_set = table.application("APP-003")
    assert (head_set.directions, head_set.leg_budget_s) == (2, 0.0025)
    cloud = table.application("APP-004")  # 60 ms of round trip less 30 ms in the renderer, over two directions
    assert cloud.leg_budget_s == pytest.approx(0.015)


def test_recalled_and_assumed_rows_are_not_verified() -> None:
    found = table.applications().values()
    assert not any(a.verified for a in found if a.evidence in ("recalled", "assumed") or a.mapping == "assumed")
    assert sum(a.evidence == "assumed" for a in found) == 13
    assert table.application("APP-078").verified


def test_remote_surgery_has_values_a_factor_of_350_apart_and_one_that_binds() -> None:
    """2 ms (TS 22.104, one hospital), 10, 50, 100 ms (ATIS registry), 150 to 700 ms (Qureshi et al. 2022)."""
    near, far = requirement("remote-surgery-in-hospital"), requirement("remote-surgery-wide-area")
    assert [v.number for v in near.values] == [2, 10, 50, 100, 150, 700]
    assert (near.bound.number, far.bound.number) == (2, 50)
    assert far.spread == 350
    assert {v.source_id for v in far.values} == {"ts22104", "atis-6gkpi", "qureshi-2022"}


def test_every_need_has_several_values_one_that_binds_and_a_reason() -> None:
    known = table.applications()
    for need in requirements().values():
        assert len(need.values) >= 2
        assert len(need.reason) > 20
        assert need.bound.application in known
        for value in need.values:
            assert value.kind in table.KINDS
            assert value.evidence in table.EVIDENCES


def test_values_of_needs_are_those_of_their_profiles() -> None:
    for need in requirements().values():
        for value in need.values:
            if not value.application:
                continue
            app = table.application(value.application)
            held = app.latency_s if value.quantity == "latency" else app.availability
            assert held == pytest.approx(value.number / (1e3 if value.quantity == "latency" else 100))
            assert (value.source_id, value.evidence, value.kind) == (app.source_id, app.evidence, app.kind)


def test_needs_are_found_by_their_applications() -> None:
    assert [r.need for r in requirements_of("APP-120")] == ["remote-surgery-in-hospital", "remote-surgery-wide-area"]
    assert requirements_of("APP-001") == ()
    with pytest.raises(UnknownName, match="remote-surgery"):
        requirement("surgery")
