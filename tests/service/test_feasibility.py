"""Feasibility of a 5QI, clause by clause (TS 23.501 v19.7.0, cl. 5.7.3 and Table 5.7.4-1)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.service.feasibility import Conditions, QosFinding, check, survey
from setsail.service.feasibility.model import clauses
from setsail.service.feasibility.study import feasibility_record, own_fiveqi
from setsail.standards.applications import application, applications
from setsail.standards.qos import fiveqi, fiveqis


def finding(name: str, app: str, value: int, conditions: Conditions | None = None) -> QosFinding:
    found = check(app, value, conditions or Conditions())
    return next(f for f in found.findings if f.check == name)


def test_line_protection_fails_on_82_and_passes_on_85() -> None:
    """15 ms from relay to relay cross the radio twice: 2 x 10 ms do not fit, 2 x 5 ms do."""
    fails, passes = check("APP-078", 82), check("APP-078", 85)
    assert (fails.verdict, passes.verdict) == ("fail", "pass")
    budget = finding("qos.pdb", "APP-078", 82)
    assert (budget.met, budget.required, budget.margin) == pytest.approx((20.0, 15.0, -5.0))
    assert budget.cause == "2 radio legs: 2 x 10 ms = 20 ms above 15 ms"
    assert budget.remedy == "a PDB of at most 7.5 ms"


def test_check_whose_need_is_not_stated_is_not_applicable() -> None:
    found = {f.check: f.verdict for f in check("APP-078", 85).findings}
    assert found.pop("qos.pdb") == "pass"
    assert set(found.values()) == {"not_applicable"}


def test_every_check_has_its_clause_and_its_place() -> None:
    assert [f.check for f in check("APP-078", 85).findings] == list(clauses())
    assert all("TS 23.501 v19.7.0" in c.source for c in clauses().values())


@pytest.mark.parametrize(("bound_ms", "verdict"), [(9.999, "fail"), (10.0, "pass"), (10.001, "pass")])
def test_delay_budget_at_and_around_the_bound(bound_ms: float, verdict: str) -> None:
    app = replace(application("APP-078"), legs=1, latency_s=bound_ms / 1e3)
    assert check(app, 82).findings[0].verdict == verdict


@pytest.mark.parametrize(
    ("app", "value", "verdict"),
    [
        ("APP-144", 4, "fail"),  # 99 % within 300 ms, GBR promises 98 %
        ("APP-006", 80, "fail"),  # 99.99 % and Non-GBR, which only wishes
        ("APP-124", 3, "fail"),  # availability 99.99999 % with a bound of 100 ms
        ("APP-071", 85, "pass"),  # 99.999 %, late packets count as lost
        ("APP-036", 87, "pass"),  # 99.9 % at a PER of 1e-3
        ("APP-123", 7, "not_applicable"),  # nothing asked
    ],
)
def test_soft_bound_of_98_percent_is_held_against_the_need(app: str, value: int, verdict: str) -> None:
    assert finding("qos.soft-bound", app, value).verdict == verdict


def test_98_percent_is_enough_for_90_but_not_over_two_legs_for_97() -> None:
    app = replace(application("APP-043"), legs=1)
    assert next(f for f in check(replace(app, latency_s=0.1), 3).findings if f.check == "qos.soft-bound").verdict == (
        "pass"
    )
    strict = replace(app, latency_s=0.2, reliability=0.97)
    told = [f.verdict for legs in (1, 2) for f in check(strict, 3, Conditions(legs=legs)).findings
            if f.check == "qos.soft-bound"]  # fmt: skip
    assert told == ["pass", "fail"]


def test_losses_of_two_legs_add_up() -> None:
    assert finding("qos.per", "APP-080", 85).verdict == "fail"
    assert finding("qos.per", "APP-080", 85).met == pytest.approx(2e-5)
    assert finding("qos.per", "APP-080", 85, Conditions(legs=1)).verdict != "fail"


@pytest.mark.parametrize(
    ("app", "value", "need"),
    [
        ("APP-052", 85, 9375),  # 25 Mbit/s x (5 - 2) ms
        ("APP-032", 82, 11250),  # 10 Mbit/s x (10 - 1) ms
        ("APP-083", 82, 5_625_000),  # 5 Gbit/s x (10 - 1) ms
        ("APP-058", 89, 252_000),  # 144 Mbit/s x (15 - 1) ms
        ("APP-056", 85, 8000),  # message of 8 kB, more than 0.4 Mbit/s x 3 ms = 150 byte
    ],
)
def test_burst_need_is_rate_times_radio_part_or_the_message(app: str, value: int, need: int) -> None:
    told = finding("qos.mdbv", app, value)
    assert told.required == need
    assert told.remedy == f"signal an MDBV of {need} byte"
    assert told.verdict == "pass" if application(app).verified else "inconclusive"
    assert finding("qos.mdbv", app, value, Conditions(mdbv_bytes=need - 1)).verdict == "fail"
    assert finding("qos.mdbv", app, value, Conditions(mdbv_bytes=need)).verdict != "fail"
    assert (feasibility_record(check(app, value))["signal"] or {}).get("mdbv_bytes") == need


def test_burst_is_not_applicable_without_a_volume() -> None:
    assert finding("qos.mdbv", "APP-131", 2).verdict == "not_applicable"


@pytest.mark.parametrize(("km", "verdict"), [(319, "pass"), (320, "pass"), (321, "fail")])
def test_core_part_of_two_ms_is_used_up_by_320_km_and_the_upf(km: float, verdict: str) -> None:
    """2 ms of 5QI 85 less 0.4 ms in the UPF leave 1.6 ms, at 5 us/km."""
    told = finding("qos.core", "APP-071", 85, Conditions(upf_distance_m=km * 1e3))
    assert told.verdict == verdict
    assert told.remedy == ("" if verdict == "pass" else "a UPF within 320 km of fibre")


def test_core_part_of_one_ms_wants_the_edge_and_counts_hops() -> None:
    assert finding("qos.core", "APP-030", 82, Conditions(upf_distance_m=50e3, hops=4)).met == pytest.approx(0.85)
    assert finding("qos.core", "APP-030", 82, Conditions(upf_distance_m=50e3, hops=8)).verdict == "fail"
    assert finding("qos.core", "APP-131", 2, Conditions(upf_distance_m=3000e3)).verdict == "pass"  # 15.4 of 20 ms


def test_signalled_core_part_is_for_delay_critical_values_and_not_above_the_static_one() -> None:
    """TS 23.501 v19.7.0, cl. 5.7.3.4 NOTE 4."""
    near = Conditions(upf_distance_m=10e3, core_pdb_s=0.5e-3)
    assert finding("qos.core", "APP-071", 85, near).verdict == "pass"
    assert finding("qos.core", "APP-131", 2, near).verdict == "fail"
    above = Conditions(upf_distance_m=10e3, core_pdb_s=3e-3)
    assert finding("qos.core", "APP-071", 85, above).verdict == "fail"


@pytest.mark.parametrize("value", [65, 66, 67, 69, 70])
def test_network_assigned_values_ask_who_assigns_them(value: int) -> None:
    told = [finding("qos.assignment", "APP-101", value, Conditions(requested_by=by)).verdict
            for by in (None, "ue", "network")]  # fmt: skip
    assert told[:2] == ["inconclusive", "fail"]
    assert finding("qos.assignment", "APP-147", value, Conditions(requested_by="network")).verdict == "pass"


def test_75_is_for_messages_between_vehicles_only() -> None:
    assert finding("qos.use", "APP-054", 75).verdict == "pass"
    assert finding("qos.use", "APP-055", 75).verdict == "fail"  # video of a delivery vehicle
    assert finding("qos.use", "APP-124", 75).verdict == "fail"


def test_geostationary_satellite_refuses_what_is_interactive() -> None:
    geo = Conditions(satellite="GEO")
    told = finding("qos.satellite", "APP-131", 2, geo)
    assert told.met == pytest.approx(810)
    assert told.verdict == "fail"
    assert finding("qos.satellite", "APP-145", 10, geo).verdict == "pass"  # PDB of 1100 ms is made for it
    assert finding("qos.satellite", "APP-131", 2, Conditions(satellite="leo")).verdict == "pass"
    with pytest.raises(UnknownName, match="LEO, MEO, GEO"):
        Conditions(satellite="moon")


def test_recalled_need_cannot_give_a_pass_but_can_fail() -> None:
    assert application("APP-030").evidence == "recalled"
    found = check("APP-030", 82)
    assert found.verdict == "inconclusive"
    assert "recalled" in found.findings[0].cause
    assert not found.findings[0].verified
    assert check("APP-030", 84).verdict == "fail"


@pytest.mark.parametrize(
    ("app", "failing", "pdb_ms"),
    [("APP-118", "pdb", 2.0), ("APP-003", "pdb", 2.5), ("APP-079", "pdb", 2.5), ("APP-012", "per", 400.0)],
)
def test_application_without_a_standard_value_says_what_fails_and_what_to_signal(
    app: str, failing: str, pdb_ms: float
) -> None:
    found = check(app)
    assert (found.verdict, found.fiveqi) == ("fail", None)
    signal = feasibility_record(found)["signal"]
    assert (signal["failing"], signal["pdb_ms"]) == (failing, pytest.approx(pdb_ms))
    own = own_fiveqi(None, signal["pdb_ms"] / 1e3, signal["per"], mdbv_bytes=signal["mdbv_bytes"])
    assert check(app, own).verdict == ("pass" if application(app).verified else "inconclusive")


@pytest.mark.parametrize(("value", "pdb", "per"), [(None, 0.01, None), (127, 0.01, 1e-4), (255, 0.01, 1e-4),
                                                   (None, 0.0, 1e-4), (None, 0.01, 1.0)])  # fmt: skip
def test_own_value_that_cannot_be_is_refused(value: int | None, pdb: float | None, per: float | None) -> None:
    with pytest.raises((BadInput, OutOfRange)):
        own_fiveqi(value, pdb, per)


def test_survey_reproduces_18_and_39_and_explains_every_difference() -> None:
    found = survey()
    counts = found.counts()
    assert (counts["without_standard_fiveqi"], counts["larger_mdbv"]) == (18, 39)
    assert found.first_edition() == {"without_standard_fiveqi": 18, "larger_mdbv": 39}
    assert counts["soft_bound"] == 37
    assert counts["applications"] == 154
    told = {(d["application"], d["subject"]) for d in found.differences()}
    later = {("APP-027", "MDBV"), ("APP-042", "MDBV"), ("APP-043", "MDBV"), ("APP-049", "MDBV")}
    assert told == later | {("APP-080", "natural 5QI")}
    assert counts["larger_mdbv_by_later_messages"] == len(later)
    assert all(d["reason"] and d["first_edition"] for d in found.differences())


def test_survey_names_the_same_rows_as_the_first_edition() -> None:
    rows = survey().rows
    assert [r.application.application for r in rows if r.fits is False] == [
        a.application for a in applications().values() if "no standard 5QI" in a.first_edition
    ]
    assert [r.application.application for r in rows if r.larger_first] == [
        a.application for a in applications().values() if "signal MDBV" in a.first_edition
    ]


def test_six_of_nine_sidelink_rows_do_not_fit_over_two_legs() -> None:
    """The 10 ms rows on their natural 5QI, and the 3 ms row on none."""
    rows = [a for a in applications().values() if a.flow == "sidelink"]
    told = [check(a, a.fiveqi or 85, Conditions(legs=2)).verdict for a in rows]
    assert (len(rows), told.count("fail")) == (9, 6)


@given(st.sampled_from(sorted(applications())), st.sampled_from(sorted(fiveqis())))
def test_verdict_follows_its_findings(app: str, value: int) -> None:
    found = check(app, value)
    told = {f.verdict for f in found.findings}
    assert (found.verdict == "fail") == ("fail" in told)
    if found.verdict == "pass":
        assert application(app).verified or told <= {"pass", "not_applicable"}
    for f in found.findings:
        assert (f.margin is None) or ((f.margin >= -1e-9) == (f.verdict != "fail"))


@given(st.sampled_from(sorted(applications())), st.sampled_from(sorted(fiveqis())))
def test_a_second_leg_never_helps(app: str, value: int) -> None:
    one, two = (check(app, value, Conditions(legs=n)) for n in (1, 2))
    assert one.verdict != "fail" or two.verdict == "fail"


def test_unknown_values_are_refused() -> None:
    with pytest.raises(UnknownName, match="5QI"):
        check("APP-078", 81)
    with pytest.raises(OutOfRange, match="legs"):
        Conditions(legs=3)
    with pytest.raises(UnknownName, match="network, ue"):
        Conditions(requested_by="me")  # type: ignore[arg-type]
    assert fiveqi(85).fiveqi == 85
