"""A network judged: to whom checks apply, what is not asked, what waits, and what is judged again."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest

from setsail.base.errors import BadInput
from setsail.conformance.profile import STAGES
from setsail.conformance.profile_reader import profile
from setsail.conformance.verify import verify
from setsail.design.assess import structure
from setsail.design.assess.facts import Fact
from setsail.standards.applications import application
from tests.conformance.small import made, network, rsrp, site

FACTS = (rsrp(-100.0), rsrp(-107.0, "room:R2"), rsrp(-80.0, "room:R3"))


def test_each_subject_gets_its_verdict(tmp_path: Path) -> None:
    judged = verify(site(), network(), made(tmp_path, {}), FACTS)
    assert [(f.subject, f.verdict) for f in judged.findings] == [
        ("room:R1", "pass"), ("room:R2", "fail"), ("room:R3", "pass"),
    ]  # fmt: skip
    assert judged.counts()["performance"] == {"pass": 2, "fail": 1, "inconclusive": 0, "not_measurable": 0}
    assert judged.failed


@pytest.mark.parametrize(
    ("where", "rooms"),
    [
        ("indoor=true", ["room:R1", "room:R2"]),
        ("critical=true;indoor=true", ["room:R2"]),
        ("function=ward|roof", ["room:R1", "room:R3"]),
        ("needs=APP-131", ["room:R1"]),
    ],
)
def test_conditions_choose_the_subjects(tmp_path: Path, where: str, rooms: list[str]) -> None:
    judged = verify(site(), network(), made(tmp_path, {"where": where}), FACTS)
    assert [f.subject for f in judged.findings] == rooms


def test_condition_that_no_subject_keeps_makes_the_check_not_applicable(tmp_path: Path) -> None:
    judged = verify(site(), network(), made(tmp_path, {"where": "function=lift"}), FACTS)
    assert not judged.findings
    assert [(n.subject, n.reason) for n in judged.not_applicable] == [("", "the design has no such room")]


def test_need_is_the_bound_of_the_application_with_its_source(tmp_path: Path) -> None:
    row = {"fact": "service.rate_dl_bps", "subject": "flow", "unit": "bit/s", "limit": "need:dl_bps"}
    facts = [Fact("service.rate_dl_bps", f"flow:{f}", 19e6, "bit/s") for f in ("f1", "f2")]
    judged = verify(site(), network(), made(tmp_path, row), facts)
    assert application("APP-131").dl_bps == 20e6
    assert [(f.subject, f.verdict, f.required, f.margin) for f in judged.findings] == [("flow:f1", "fail", 20e6, -1e6)]
    assert "APP-131" in judged.findings[0].source
    assert [(n.subject, n.reason) for n in judged.not_applicable] == [("flow:f2", "need:dl_bps is not stated")]


def test_need_of_a_room_is_the_hardest_of_its_flows(tmp_path: Path) -> None:
    extra = dataclasses.replace(network().flows[0], flow="f3", application="APP-113")
    more = dataclasses.replace(network(), flows=(*network().flows, extra))
    row = {"fact": "radio.rate_dl_bps.p05", "unit": "bit/s", "limit": "need:dl_bps"}
    facts = [Fact("radio.rate_dl_bps.p05", "room:R1", 250e6, "bit/s")]
    (one,) = verify(site(), more, made(tmp_path, row), facts).findings
    assert (application("APP-113").dl_bps, one.required, one.verdict) == (300e6, 300e6, "fail")


def test_need_from_a_recalled_source_cannot_pass(tmp_path: Path) -> None:
    recalled = dataclasses.replace(network().flows[0], application="APP-119")
    assert not application("APP-119").verified
    row = {"fact": "service.rate_dl_bps", "subject": "flow", "unit": "bit/s", "limit": "need:dl_bps"}
    facts = [Fact("service.rate_dl_bps", "flow:f1", 1e9, "bit/s")]
    (one,) = verify(site(), dataclasses.replace(network(), flows=(recalled,)), made(tmp_path, row), facts).findings
    assert (one.verdict, one.verified) == ("inconclusive", False)


def test_miss_of_a_need_that_is_a_study_result_is_below_target(tmp_path: Path) -> None:
    row = {
        "fact": "service.rate_ul_bps",
        "subject": "flow",
        "unit": "bit/s",
        "limit": "need:ul_bps",
        "kind": "engineering",
    }
    facts = [Fact("service.rate_ul_bps", "flow:f2", 1.0, "bit/s")]
    (one,) = verify(site(), network(), made(tmp_path, row), facts).findings
    assert application("APP-124").kind == "study"
    assert (one.verdict, one.severity) == ("fail", "below_target")


def test_limit_stated_by_the_site_is_used_and_without_it_nothing_is_asked(tmp_path: Path) -> None:
    rules = made(tmp_path, {"limit": "site:target_rsrp_dbm"})
    assert [f.required for f in verify(site(target_rsrp_dbm=-99.0), network(), rules, FACTS[:1]).findings] == [-99.0]
    assert not verify(site(), network(), rules, FACTS[:1]).findings


def test_declaration_decides_and_its_absence_is_inconclusive(tmp_path: Path) -> None:
    row = {"fact": "declared.ups_hours", "subject": "site", "unit": "h", "limit": "2", "method": "declared"}
    rules = made(tmp_path, row)
    verdicts = [verify(s, network(), rules, ()).findings[0] for s in (site(ups_hours=2), site(ups_hours=1.9), site())]
    assert [f.verdict for f in verdicts] == ["pass", "fail", "inconclusive"]
    assert "ups_hours" in verdicts[2].cause


def test_check_of_a_later_stage_is_not_measurable_and_of_an_earlier_one_not_asked(tmp_path: Path) -> None:
    rules = made(tmp_path, {"check": "later", "stages": "operate"}, {"check": "earlier", "stages": "design"})
    design, accept = (verify(site(), network(), rules, FACTS[:1], stage) for stage in STAGES[:2])
    assert [(f.rule, f.verdict) for f in design.findings] == [("later", "not_measurable"), ("earlier", "pass")]
    assert [(f.rule, f.verdict) for f in accept.findings] == [("later", "not_measurable")]
    assert [n.check.check for n in accept.not_applicable] == ["earlier"]


def test_fact_that_no_method_states_is_not_measurable(tmp_path: Path) -> None:
    (one,) = verify(site(), network(), made(tmp_path, {}), ()).findings
    assert (one.verdict, one.subject) == ("not_measurable", "site:S")


def test_silence_of_all_subjects_for_one_reason_is_told_once(tmp_path: Path) -> None:
    silent = [rsrp(None, f"room:R{k}", cause="no head") for k in (1, 2, 3)]
    judged = verify(site(), network(), made(tmp_path, {}), silent)
    assert [(f.verdict, f.cause) for f in judged.findings] == [("not_measurable", "no head (room: all 3)")]
    some = verify(site(), network(), made(tmp_path / "2", {}), [*silent[:2], rsrp(-100.0, "room:R3")])
    assert len(some.findings) == 3


def test_value_that_is_missing_for_an_unread_source_is_inconclusive(tmp_path: Path) -> None:
    (one,) = verify(site(), network(), made(tmp_path, {}), [rsrp(None, verified=False)]).findings
    assert one.verdict == "inconclusive"


@pytest.mark.parametrize(
    ("where", "flows"),
    [("qos=true", ["f1", "f2"]), ("states=dl_bps", ["f1"]), ("states=dl_bps|ul_bps", ["f1", "f2"]), ("asks=I2", ["f2"]),
     ("field=13", ["f1", "f2"]), ("delay_critical=true", []), ("room.critical=true", ["f2"])],
)  # fmt: skip
def test_conditions_on_the_application_choose_flows(tmp_path: Path, where: str, flows: list[str]) -> None:
    row = {"fact": "service.admitted", "subject": "flow", "unit": "bool", "op": "==", "limit": "true", "where": where}
    facts = [Fact("service.admitted", f"flow:{f}", True, "bool") for f in ("f1", "f2")]
    judged = verify(site(), network(), made(tmp_path, row), facts)
    assert [f.subject for f in judged.findings] == [f"flow:{f}" for f in flows]


def test_open_slot_is_listed_and_not_judged(tmp_path: Path) -> None:
    judged = verify(site(), network(), made(tmp_path, {"limit": ""}), FACTS)
    assert (judged.open_slots, judged.findings) == (("x.rsrp",), ())


def test_fact_in_another_unit_or_stated_twice_is_refused(tmp_path: Path) -> None:
    rules = made(tmp_path, {})
    with pytest.raises(BadInput, match="dBm"):
        verify(site(), network(), rules, [Fact("radio.rsrp_dbm.p05", "room:R1", -100.0, "dB")])
    with pytest.raises(BadInput, match="twice"):
        verify(site(), network(), rules, [FACTS[0], FACTS[0]])


def test_only_what_changed_is_judged_again(tmp_path: Path) -> None:
    rules = made(tmp_path, {}, {"check": "second", "limit": "-90"})
    first = verify(site(), network(), rules, FACTS)
    same = verify(site(), network(), rules, FACTS, before=first)
    moved = verify(site(), network(), rules, [rsrp(-101.0), *FACTS[1:]], before=first)
    assert (first.judged, same.judged, moved.judged) == (6, 0, 2)
    assert same.findings == first.findings
    assert moved.findings == verify(site(), network(), rules, [rsrp(-101.0), *FACTS[1:]]).findings


def test_only_the_changed_check_of_a_new_profile_is_judged_again(tmp_path: Path) -> None:
    old = made(tmp_path / "1", {}, {"check": "second", "limit": "-90"})
    new = made(tmp_path / "2", {}, {"check": "second", "limit": "-85", "version": "2"})
    again = verify(site(), network(), new, FACTS, before=verify(site(), network(), old, FACTS))
    assert again.judged == 3
    assert again.findings == verify(site(), network(), new, FACTS).findings


def test_two_runs_on_the_same_facts_give_the_same_bytes() -> None:
    hospital = profile("hospital")
    facts = structure.facts(site(), network())
    texts = [json.dumps(verify(site(), network(), hospital, facts).record(), sort_keys=False) for _ in range(2)]
    assert texts[0] == texts[1]


def test_counts_are_those_of_the_findings_and_every_dimension_is_there() -> None:
    judged = verify(site(), network(), profile("hospital"), structure.facts(site(), network()))
    assert sum(sum(row.values()) for row in judged.counts().values()) == len(judged.findings)
    assert len(judged.counts()) == 8
    assert sum(judged.totals().values()) == len(judged.findings)
    assert {"rule", "dimension", "subject", "verdict", "met", "required", "margin", "cause", "source"} <= set(
        judged.findings[0].record()
    )


def test_design_of_recalled_and_undeclared_things_only_has_no_pass_in_security_controls() -> None:
    every = {c.fact.removeprefix("declared."): True for c in profile("hospital").checks if c.mark == "recalled"}
    judged = verify(site(**every), network(), profile("hospital"), ())
    weak = [f for f in judged.findings if f.check.mark == "recalled"]
    assert len(weak) >= 10
    assert "pass" not in {f.verdict for f in weak}


def test_hundred_thousand_pairs_grow_linearly_and_quickly(tmp_path: Path) -> None:
    """The number of judged pairs is exact; the time is kept in the benchmark, here only a generous bound."""
    rooms = tuple(dataclasses.replace(next(site().rooms()), room=f"R{i}") for i in range(20_000))
    big = dataclasses.replace(site(), floors=(dataclasses.replace(site().floors[0], rooms=rooms),))
    rules = made(tmp_path, *({"check": f"c{i}", "limit": str(-100 - i)} for i in range(5)))
    facts = [rsrp(-101.5, f"room:R{i}") for i in range(20_000)]
    began = time.process_time()
    judged = verify(big, network(), rules, facts)
    assert judged.judged == len(judged.findings) == 100_000
    assert time.process_time() - began < 3.0
    assert judged.totals()["fail"] == 40_000
