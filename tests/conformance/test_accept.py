"""Acceptance on logs: rejects, verdicts with their sample, clocks, and the design's verdict beside."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from setsail.base.errors import BadInput
from setsail.conformance.accept import Accepted, Logs, accept
from setsail.conformance.accept_facts import MEASURED, Options, Places
from setsail.conformance.accept_log import read_probe, read_walk
from setsail.conformance.accept_synthetic import MARK, losses, probe
from setsail.conformance.profile import Profile
from setsail.design.assess.facts import Fact
from setsail.design.assess.keys import fact_keys
from setsail.service.proof.intervals import messages_needed
from tests.conformance.small import made, network, rsrp, site

RATE = {"check": "rate", "fact": "service.reliability_ratio", "subject": "flow", "unit": "ratio", "limit": "0.99"}
DELAY = {"check": "delay", "fact": "service.latency_s.percentile", "subject": "flow", "unit": "s", "op": "<=",
         "limit": "0.02"}  # fmt: skip
UP = {"check": "up", "fact": "service.availability_ratio", "subject": "flow", "unit": "ratio", "limit": "0.9"}


def walk(path: Path, *lines: str, columns: str = "time_s,floor,x_m,y_m,rsrp_dbm") -> Path:
    path.write_text("\n".join([columns, *lines]) + "\n", encoding="utf-8")
    return path


def everywhere(level_dbm: float, share: float = 1.0) -> list[str]:
    """A line in each place of room R1, of half a metre, in lines across it."""
    places = [(0.25 + 0.5 * i, 0.25 + 0.5 * j) for j in range(8) for i in range(10)]
    return [f"{k},F1,{x},{y},{level_dbm}" for k, (x, y) in enumerate(places[: round(80 * share)])]


def judged(tmp_path: Path, profile: Profile, lines: list[str], messages: str = "", **options: float) -> Accepted:
    log = walk(tmp_path / "walk.csv", *lines)
    sent = None
    if messages:
        sent = tmp_path / "probe.csv"
        sent.write_text(messages, encoding="utf-8")
    return accept(site(), network(), profile, [rsrp(-90.0)], Logs(log, sent), options=Options(**options))


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("5,F1,99,1,-90", "lies outside floor F1"),
        ("5,F1,5.8,4.9,-90", "lies in no indoor room"),
        ("5,F9,1,1,-90", "floor 'F9' is none of F1"),
        ("5,F1,nan,1,-90", "x_m is 'nan'"),
        ("5,F1,1,1,NaN", "rsrp_dbm is 'NaN'"),
        ("5,F1,1,1,90", "check its unit"),
        ("five,F1,1,1,-90", "time_s is 'five'"),
        ("1,F1,1,1,-90", "there twice"),
        ("5,F1,1,1,", "nothing was measured"),
    ],
)
def test_line_that_cannot_be_used_is_listed_with_its_place_and_reason(tmp_path: Path, line: str, reason: str) -> None:
    log = walk(tmp_path / "walk.csv", "1,F1,1,1,-90", line)
    found, rejects = read_walk(log, Places(site(), 0.5).locate)
    assert len(found) == 1
    ((told),) = rejects
    assert (told.file, told.line) == ("walk.csv", 3)
    assert reason in told.reason


@pytest.mark.parametrize(
    ("columns", "line", "word"),
    [
        ("time_s,floor,x_m,y_m", "1,F1,1,1", "no quantity"),
        ("time_s,floor,x_m,rsrp_dbm", "1,F1,1,-90", "y_m"),
        ("time_s,floor,x_m,y_m,rsrp", "1,F1,1,1,-90", "rsrp"),
        ("time_s,floor,x_m,y_m,delay_s,delay_ms", "1,F1,1,1,1,1", "two units"),
        ("time_s,floor,x_m,y_m,rsrp_dbm", "1,F1,99,1,-90", "no usable line"),
        ("time_s,floor,x_m,y_m,rsrp_dbm", "1,F1,1", "3 cells"),
    ],
)
def test_file_that_is_no_walk_log_is_refused_in_one_line(tmp_path: Path, columns: str, line: str, word: str) -> None:
    with pytest.raises(BadInput) as told:
        read_walk(walk(tmp_path / "walk.csv", line, columns=columns), Places(site(), 0.5).locate)
    assert word in str(told.value)
    assert "\n" not in str(told.value)


def test_units_of_columns_are_brought_to_one(tmp_path: Path) -> None:
    log = walk(tmp_path / "w.csv", "1,F1,1,1,12,30", columns="time_s,floor,x_m,y_m,rate_dl_mbps,delay_ms")
    ((one,), _) = read_walk(log, Places(site(), 0.5).locate)
    assert dict(one.values) == {"rate_dl_bps": 12e6, "delay_s": 0.03}


def test_probe_of_an_unknown_flow_or_with_an_absurd_delay_is_listed(tmp_path: Path) -> None:
    log = tmp_path / "p.csv"
    log.write_text("flow,time_s,delay_ms\nf1,1,5\nf9,2,5\nf1,3,-1\nf1,4,lost\nf1,4,5\n", encoding="utf-8")
    found, rejects = read_probe(log, ["f1"], "one-way")
    assert [p.delay_s for p in found] == [0.005, math.inf]
    assert [r.line for r in rejects] == [3, 4, 6]


def test_room_walked_all_over_gets_the_verdict_of_its_level(tmp_path: Path) -> None:
    for level, verdict in ((-100.0, "pass"), (-110.0, "fail")):
        found = judged(tmp_path, made(tmp_path / str(level), {}), everywhere(level))
        told = {f.subject: f for f in found.judged.findings}
        assert told["room:R1"].verdict == verdict
        assert told["room:R1"].fact.n == 80


def test_room_walked_too_little_is_inconclusive_and_says_what_it_needs(tmp_path: Path) -> None:
    found = judged(tmp_path, made(tmp_path / "p", {}), everywhere(-80.0, 0.1))
    told = {f.subject: f for f in found.judged.findings}["room:R1"]
    assert told.verdict == "inconclusive"
    assert "within 1 m of every place" in told.cause


def test_room_that_was_not_walked_is_inconclusive_whatever_the_design_says(tmp_path: Path) -> None:
    found = judged(tmp_path, made(tmp_path / "p", {}), everywhere(-80.0))
    rest = [f for f in found.judged.findings if f.subject != "room:R1"]
    assert rest
    assert {(f.verdict, f.fact.n) for f in rest} == {("inconclusive", 0)}


def test_measured_finding_stands_beside_that_of_the_design(tmp_path: Path) -> None:
    log = walk(tmp_path / "walk.csv", *everywhere(-100.0))
    found = accept(site(), network(), made(tmp_path / "p", {}), [rsrp(-90.0, "room:R1")], Logs(log))
    (one,) = [b for b in found.beside if b.accept.subject == "room:R1"]
    assert (one.design and one.design.verdict, one.accept.verdict, one.difference) == ("pass", "pass", -10.0)
    assert one.record()["verdict_design"] == "pass"


def messages(n: int, *, lost: int = 0, clock: str = "one-way", delay_ms: float = 5.0) -> str:
    lines = [
        f"f1,{i * 0.1:.1f},{'' if i * lost // n > (i - 1) * lost // n and lost else delay_ms},{clock}" for i in range(n)
    ]
    return "\n".join(["flow,time_s,delay_ms,clock", *lines]) + "\n"


def verdict_of(found: Accepted, rule: str) -> tuple[str, str]:
    (one,) = [f for f in found.judged.findings if (f.rule, f.subject) == (rule, "flow:f1")]
    return one.verdict, one.cause


def test_enough_messages_prove_a_share_and_fewer_say_how_many_would(tmp_path: Path) -> None:
    rules = made(tmp_path / "p", RATE)
    need = messages_needed(0.99, 0.95, mean_burst=5.0)
    enough = judged(tmp_path, rules, everywhere(-80.0), messages(need))
    fewer = judged(tmp_path, rules, everywhere(-80.0), messages(need - 1))
    assert verdict_of(enough, "rate")[0] == "pass"
    assert verdict_of(fewer, "rate")[0] == "inconclusive"


def test_loss_fails_by_one_way_and_is_inconclusive_by_round_trips(tmp_path: Path) -> None:
    rules = made(tmp_path / "p", RATE, DELAY)
    one_way = judged(tmp_path, rules, everywhere(-80.0), messages(2000, lost=200, delay_ms=30.0))
    round_trip = judged(tmp_path, rules, everywhere(-80.0), messages(2000, lost=200, delay_ms=30.0, clock="round-trip"))
    for rule in ("rate", "delay"):
        assert verdict_of(one_way, rule)[0] == "fail"
        assert verdict_of(round_trip, rule)[0] == "inconclusive"
    assert "round trips cannot refute" in verdict_of(round_trip, "delay")[1]


def test_round_trip_within_the_bound_of_one_way_passes(tmp_path: Path) -> None:
    rules = made(tmp_path / "p", DELAY)
    found = judged(tmp_path, rules, everywhere(-80.0), messages(5000, clock="round-trip"))
    assert verdict_of(found, "delay")[0] == "pass"


def test_availability_is_refuted_but_never_proved_at_acceptance(tmp_path: Path) -> None:
    rules = made(tmp_path / "p", UP)
    good = judged(tmp_path, rules, everywhere(-80.0), messages(5000))
    bad = judged(tmp_path, rules, everywhere(-80.0), messages(5000, lost=2500))
    assert verdict_of(good, "up")[0] == "inconclusive"
    assert "only operation can prove it" in verdict_of(good, "up")[1]
    assert verdict_of(bad, "up")[0] == "fail"


def test_delays_of_a_walk_stand_for_the_flows_of_the_room(tmp_path: Path) -> None:
    own = next(f for f in network().flows if f.room == "R1")
    lines = [f"{line},7" for line in everywhere(-80.0)]
    log = walk(tmp_path / "w.csv", *lines, columns="time_s,floor,x_m,y_m,rsrp_dbm,delay_ms")
    found = accept(site(), network(), made(tmp_path / "p", RATE), [], Logs(log))
    told = {f.subject: f for f in found.judged.findings}[f"flow:{own.flow}"]
    assert told.fact.n == 80


def test_measured_facts_are_of_the_list_and_in_its_units(tmp_path: Path) -> None:
    found = judged(tmp_path, made(tmp_path / "p", {}), everywhere(-80.0), messages(50))
    told = [f for f in found.facts if f.evidence == "measured"]
    assert {f.key for f in told} == set(MEASURED)
    assert {f.unit == fact_keys()[f.key].unit for f in told} == {True}
    assert all(isinstance(f, Fact) for f in told)


def test_two_runs_on_the_same_logs_are_equal(tmp_path: Path) -> None:
    rules = made(tmp_path / "p", {}, RATE, DELAY, UP)
    runs = [judged(tmp_path, rules, everywhere(-100.0), messages(500, lost=3)) for _ in range(2)]
    assert runs[0].judged.record() == runs[1].judged.record()


def test_synthetic_probe_says_that_it_is_synthetic_and_can_be_read(tmp_path: Path) -> None:
    log = tmp_path / "p.csv"
    log.write_text(probe(network(), np.random.default_rng(1), messages=50), encoding="utf-8")
    assert log.read_text(encoding="utf-8").startswith(MARK)
    found, rejects = read_probe(log, ["f1", "f2"], "round-trip")
    assert (len(found), rejects) == (100, [])
    assert {p.clock for p in found} == {"one-way"}


@pytest.mark.parametrize("burst", [1.0, 4.0])
def test_synthetic_losses_have_their_ratio_and_their_runs(burst: float) -> None:
    lost = losses(np.random.default_rng(2), 200_000, 0.02, burst)
    runs = np.count_nonzero(np.diff(lost) > 0)
    assert lost.mean() == pytest.approx(0.02, abs=0.003)
    assert lost.sum() / runs == pytest.approx(burst, rel=0.05)
