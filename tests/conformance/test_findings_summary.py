"""Findings for a reader: each rule once, with the subject that misses most."""

from __future__ import annotations

from pathlib import Path

from setsail.conformance.findings_summary import by_rule, dimension_table, summary_records
from setsail.conformance.verify import verify
from setsail.design.assess.facts import Fact
from tests.conformance.small import made, network, rsrp, site


def test_rule_is_shown_once_with_its_worst_subject(tmp_path: Path) -> None:
    facts = [rsrp(-106.0), rsrp(-120.0, "room:R2"), rsrp(-90.0, "room:R3")]
    judged = verify(site(), network(), made(tmp_path, {}), facts)
    (one,) = by_rule(judged)
    assert (one.worst.subject, one.subjects, one.of) == ("room:R2", 2, 3)
    (row,) = summary_records(judged, "zh")
    assert (row["label"], row["remedy"], row["margin"]) == ("电平", "移动", -15.0)


def test_worst_of_rates_is_that_which_misses_the_greatest_share(tmp_path: Path) -> None:
    row = {"fact": "service.rate_ul_bps", "subject": "flow", "unit": "bit/s", "limit": "need:ul_bps"}
    facts = [
        Fact("service.rate_ul_bps", "flow:f1", 15e6, "bit/s"),  # 5 of 20 Mbit/s are missing
        Fact("service.rate_ul_bps", "flow:f2", 0.1e6, "bit/s"),  # 0.4 of 0.5 Mbit/s are missing
    ]
    (one,) = by_rule(verify(site(), network(), made(tmp_path, row), facts))
    assert one.worst.subject == "flow:f2"


def test_dimension_table_has_every_dimension_and_verdict(tmp_path: Path) -> None:
    judged = verify(site(), network(), made(tmp_path, {}), [rsrp(-100.0)])
    assert dimension_table(judged) == [
        {"dimension": "Performance", "pass": 1, "fail": 0, "inconclusive": 0, "not_measurable": 0},
        {"dimension": "Security", "pass": 0, "fail": 0, "inconclusive": 0, "not_measurable": 0},
    ]
