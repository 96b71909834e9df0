"""One check on one fact: at the limit, just in, just out, and what keeps a good value from being a pass."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.conformance.checks import judge, judge_all, plain_bound
from setsail.conformance.findings import VERDICTS, Bound
from setsail.conformance.profile import Check, Mark, Op
from setsail.design.assess.facts import Fact
from tests.conformance.small import made, rsrp


@pytest.fixture(scope="module")
def check(tmp_path_factory: pytest.TempPathFactory) -> Check:
    folder: Path = tmp_path_factory.mktemp("profile")
    return made(folder, {}).checks[0]


LIMIT = Bound(-105.0)


def test_value_at_its_limit_passes_and_just_beyond_fails(check: Check) -> None:
    assert judge(check, rsrp(-105.0), LIMIT).verdict == "pass"
    assert judge(check, rsrp(-104.999), LIMIT).verdict == "pass"
    assert judge(check, rsrp(-105.001), LIMIT).verdict == "fail"


def test_strict_comparison_fails_at_its_limit(check: Check) -> None:
    strict = dataclasses.replace(check, op=">")
    assert judge(strict, rsrp(-105.0), LIMIT).verdict == "fail"
    assert judge(strict, rsrp(-104.999), LIMIT).verdict == "pass"


def test_sum_of_doubles_that_equals_the_limit_but_for_rounding_passes(check: Check) -> None:
    most = dataclasses.replace(check, op="<=")
    assert 0.1 + 0.2 > 0.3
    assert judge(most, rsrp(0.1 + 0.2), Bound(0.3)).verdict == "pass"


def test_margin_is_positive_where_met_and_negative_where_missed(check: Check) -> None:
    most = dataclasses.replace(check, op="<=")
    assert judge(check, rsrp(-100.0), LIMIT).margin == 5.0
    assert judge(check, rsrp(-110.0), LIMIT).margin == -5.0
    assert judge(most, rsrp(-110.0), LIMIT).margin == 5.0


def test_recalled_threshold_cannot_pass_but_can_fail(check: Check) -> None:
    weak = dataclasses.replace(check, mark="recalled")
    good, bad = judge(weak, rsrp(-90.0), LIMIT), judge(weak, rsrp(-120.0), LIMIT)
    assert (good.verdict, bad.verdict) == ("inconclusive", "fail")
    assert "recalled" in good.cause
    assert (good.verified, bad.verified) == (False, False)


def test_assumed_threshold_or_assumed_need_can_neither_pass_nor_fail(check: Check) -> None:
    weak = dataclasses.replace(check, mark="assumed")
    assert {judge(weak, rsrp(v), LIMIT).verdict for v in (-90.0, -120.0)} == {"inconclusive"}
    need = Bound(-105.0, "APP-1", firm=False, kind="default")
    assert {judge(check, rsrp(v), need).verdict for v in (-90.0, -120.0)} == {"inconclusive"}
    recalled = Bound(-105.0, "APP-1", firm=False, kind="normative")
    assert judge(check, rsrp(-120.0), recalled).verdict == "fail"


def test_unverified_value_or_need_cannot_pass(check: Check) -> None:
    value = judge(check, rsrp(-90.0, verified=False), LIMIT)
    need = judge(check, rsrp(-90.0), Bound(-105.0, "APP-1", firm=False))
    assert value.verdict == need.verdict == "inconclusive"
    assert value.cause != need.cause


def test_miss_of_an_evidence_check_is_inconclusive(check: Check) -> None:
    assert judge(dataclasses.replace(check, miss="inconclusive"), rsrp(-120.0), LIMIT).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("low", "high", "verdict"),
    [
        (-104.0, -90.0, "pass"),
        (-105.0, -90.0, "pass"),
        (-105.1, -90.0, "inconclusive"),
        (-120.0, -105.0, "inconclusive"),
        (-120.0, -105.1, "fail"),
        (None, -90.0, "inconclusive"),
        (None, -110.0, "fail"),
        (-100.0, None, "pass"),
    ],
)
def test_interval_passes_or_fails_only_where_all_of_it_does(
    check: Check, low: float | None, high: float | None, verdict: str
) -> None:
    fact = rsrp(-100.0, evidence="measured", n=50, confidence=0.95, low=low, high=high)
    assert judge(check, fact, LIMIT).verdict == verdict


def test_measured_value_without_confidence_is_inconclusive(check: Check) -> None:
    assert judge(check, rsrp(-90.0, evidence="measured", n=3), LIMIT).verdict == "inconclusive"


@pytest.mark.parametrize(
    ("fact", "verdict"),
    [
        (rsrp(None, cause="no method"), "not_measurable"),
        (rsrp(math.nan), "not_measurable"),
        (rsrp(None, evidence="measured", n=0), "inconclusive"),
        (rsrp(None, evidence="declared"), "inconclusive"),
        (rsrp("strong"), "inconclusive"),  # type: ignore[arg-type]
        (rsrp(True), "inconclusive"),
    ],
)
def test_fact_without_a_number_is_never_a_pass(check: Check, fact: Fact, verdict: str) -> None:
    assert judge(check, fact, LIMIT).verdict == verdict


@pytest.mark.parametrize(
    ("op", "limit", "value", "verdict"),
    [
        ("==", "true", True, "pass"),
        ("==", "true", False, "fail"),
        ("==", "true", 1.0, "fail"),
        ("==", "true", "true", "fail"),
        ("==", "2", 2, "pass"),
        ("==", "2", 3.0, "fail"),
        ("in", "a|b", "b", "pass"),
        ("in", "a|b", "c", "fail"),
    ],
)
def test_equality_asks_for_the_same_kind_of_value(
    check: Check, op: Op, limit: str, value: float | str | bool, verdict: str
) -> None:
    other = dataclasses.replace(check, op=op, limit=limit)
    assert judge(other, rsrp(value), plain_bound(other)).verdict == verdict  # type: ignore[arg-type]


@given(st.floats(-200, 50), st.floats(-200, 50), st.sampled_from([">=", "<=", ">", "<"]))
def test_verdict_and_sign_of_margin_agree(value: float, limit: float, op: Op) -> None:
    check = dataclasses.replace(CHECK, op=op)
    found = judge(check, rsrp(value), Bound(limit))
    assert found.verdict in VERDICTS
    assert found.margin is not None
    if abs(found.margin) > 1e-6:
        assert (found.verdict == "pass") == (found.margin > 0)


CHECK = Check(
    "x", 1, "performance", "x", "", "radio.rsrp_dbm.p05", "room", (), ">=", "-105", "dBm", ("design",), "target",
    "computed", "own", "", "", "own", "", "",
)  # fmt: skip


@given(
    st.lists(st.one_of(st.floats(-200, 50), st.none(), st.just(-105.0), st.just(-105.0 * (1 + 5e-10))), max_size=20),
    st.sampled_from([">=", "<=", ">", "<"]),
    st.sampled_from(["own", "recalled"]),
    st.booleans(),
)
def test_many_facts_are_judged_as_each_one_is(values: list[float | None], op: Op, mark: Mark, verified: bool) -> None:
    check = dataclasses.replace(CHECK, op=op, mark=mark)
    facts = [rsrp(v, verified=verified) for v in values]
    facts += [dataclasses.replace(f, low=-110.0, high=-90.0, evidence="measured", n=9) for f in facts]
    assert judge_all(check, facts, LIMIT) == [judge(check, f, LIMIT) for f in facts]
