"""Availability of a service: logs, loss models, parts (TS 22.104 Annex C)."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail import api
from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.service.availability import LossModel, Part, from_log, from_losses, loss_ratio_allowed, system
from setsail.service.availability.log import MessageLog, runs_of
from setsail.service.availability.redundancy import parallel, part, read_parts, series

LOST = float("nan")


def log(pattern: str, *, survival_ms: float = 0.0, interval_ms: float = 10.0) -> MessageLog:
    """A log of `.` good, `x` lost and `l` late messages with a deadline of 5 ms."""
    delay = [{".": 0.002, "x": LOST, "l": 0.006}[c] for c in pattern]
    sent = np.arange(len(pattern)) * interval_ms / 1e3
    return from_log(sent, delay, deadline_s=0.005, survival_s=survival_ms / 1e3, interval_s=interval_ms / 1e3)


def test_log_without_a_failure_is_available_and_has_no_time_between_failures() -> None:
    found = log("." * 50)
    assert (found.availability, found.failures, found.mtbf_s, found.reliability) == (1.0, 0, None, 1.0)
    assert found.observed_s == pytest.approx(0.5)


def test_late_message_fails_as_a_lost_one_and_runs_are_counted() -> None:
    found = log("..x.lx..xxx.")
    assert (found.messages, found.lost, found.late) == (12, 5, 1)
    assert found.runs.tolist() == [1, 2, 3]
    assert found.reliability == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("survival_ms", "failures", "down_ms"),
    [(0, 3, 60.0), (9.99, 3, 30.03), (10, 2, 30.0), (10.01, 2, 29.98), (20, 1, 10.0), (29.9, 1, 0.1), (30, 0, 0.0)],
)
def test_service_is_down_for_what_outlasts_the_survival_time(survival_ms: float, failures: int, down_ms: float) -> None:
    """Runs of 1, 2 and 3 losses at 10 ms: a run of n is down for n x 10 ms less the survival time."""
    found = log("..x.lx..xxx.", survival_ms=survival_ms)
    assert found.failures == failures
    assert found.down_s == pytest.approx(down_ms / 1e3)
    assert found.availability == pytest.approx(1 - down_ms / 120)
    if failures:
        assert found.mtbf_s == pytest.approx((0.12 - down_ms / 1e3) / failures)


def test_times_since_1970_lose_no_verdict_to_their_digits() -> None:
    """A double holds seconds since 1970 to 2.4e-7 s: a run of one must not outlast a survival time of one interval."""
    delay = [0.001, LOST, 0.001, 0.001, LOST, LOST, 0.001] * 50
    sent = 1.79e9 + np.arange(len(delay)) * 0.01
    found = from_log(sent, delay, deadline_s=0.005, survival_s=0.01, interval_s=0.01)
    assert found.failures == 50


def test_run_at_the_end_ends_one_interval_after_the_last_message() -> None:
    assert log("....xx").down_s == pytest.approx(0.02)
    assert log("xx....").down_s == pytest.approx(0.02)
    assert log("xxxxxx").availability == pytest.approx(0.0)


def test_deadline_itself_is_in_time() -> None:
    found = from_log([0.0, 0.01], [0.005, 0.0050001], deadline_s=0.005)
    assert (found.late, found.lost) == (1, 0)


@pytest.mark.parametrize(
    ("sent", "delay", "word"),
    [([], [], "equal length"), ([0, 1], [0.1], "equal length"), ([0, 0], [0.1, 0.1], "message 2"),
     ([1, 0], [0.1, 0.1], "rising"), ([0, LOST], [0.1, 0.1], "no number"), ([0, 1], [0.1, -0.1], "clocks")],
)  # fmt: skip
def test_log_that_cannot_be_is_refused(sent: list[float], delay: list[float], word: str) -> None:
    with pytest.raises(BadInput, match=word):
        from_log(sent, delay, deadline_s=0.005, interval_s=0.01)


def test_one_message_wants_its_interval() -> None:
    with pytest.raises(BadInput, match="interval_s"):
        from_log([0.0], [0.001], deadline_s=0.005)
    assert from_log([0.0], [0.001], deadline_s=0.005, interval_s=0.01).availability == 1.0


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_runs_rebuild_their_column(failed: list[bool]) -> None:
    first, after = runs_of(np.array(failed))
    rebuilt = np.zeros(len(failed), dtype=bool)
    for a, b in zip(first, after, strict=True):
        rebuilt[a:b] = True
    assert rebuilt.tolist() == failed


def test_independent_losses_with_a_survival_of_one_interval_need_two_in_a_row() -> None:
    """k = floor(10/10) + 1 = 2: probability p^2, unavailability p^2, MTBF 10 ms / ((1-p) p^2) less the down time."""
    p = 1e-3
    found = from_losses(LossModel(p), interval_s=0.01, survival_s=0.01)
    assert found.losses_until_down == 2
    assert found.p_down_run == pytest.approx(p**2)
    assert found.unavailability == pytest.approx(p**2)
    assert found.mtbf_s == pytest.approx(0.01 / ((1 - p) * p**2), rel=1e-5)


def test_patient_monitoring_counts_the_losses_that_its_survival_time_bridges() -> None:
    """Survival 100 ms, one message every 100 ms (assumed): k = 2; 99.99999 % then allows a loss of 3.2e-4."""
    assert loss_ratio_allowed(0.9999999, interval_s=0.1, survival_s=0.1) == pytest.approx(1e-7**0.5, rel=1e-5)
    assert loss_ratio_allowed(0.9999999, interval_s=0.1) == pytest.approx(1e-7, rel=1e-5)


def test_bursts_cost_what_the_survival_time_wins() -> None:
    lone = from_losses(LossModel(1e-4), interval_s=0.01, survival_s=0.01)
    burst = from_losses(LossModel(1e-4, mean_burst=3.0), interval_s=0.01, survival_s=0.01)
    assert burst.p_down_run == pytest.approx(1e-4 * 2 / 3)
    assert burst.unavailability > 5000 * lone.unavailability
    assert burst.model.correlation == pytest.approx(1 - 1 / 3 - 1e-4 / 3 / (1 - 1e-4))


@pytest.mark.parametrize(("loss", "burst", "survival_ms"), [(0.05, None, 10), (0.05, 2.5, 10), (0.1, 4.0, 25),
                                                            (0.02, 1.5, 0)])  # fmt: skip
def test_loss_model_agrees_with_the_log_of_a_simulated_chain(
    loss: float, burst: float | None, survival_ms: float
) -> None:
    """The same pure function on 400 000 messages of the chain; tolerance of 4 % is five standard errors or more."""
    model = LossModel(loss, burst)
    draw = np.random.default_rng(22104).random(400_000)
    bad, states = False, np.empty(draw.size, dtype=bool)
    for i, u in enumerate(draw.tolist()):
        bad = u < (1 - model.out_of_bad if bad else model.into_bad)
        states[i] = bad
    sent = np.arange(draw.size) * 0.01
    seen = from_log(sent, np.where(states, np.nan, 0.001), deadline_s=0.005, survival_s=survival_ms / 1e3,
                    interval_s=0.01)  # fmt: skip
    told = from_losses(model, interval_s=0.01, survival_s=survival_ms / 1e3)
    assert 1 - seen.availability == pytest.approx(told.unavailability, rel=0.06)
    assert seen.mtbf_s == pytest.approx(told.mtbf_s, rel=0.06)
    assert seen.down_s / seen.failures == pytest.approx(told.mean_down_s, rel=0.04)


@pytest.mark.parametrize(("loss", "burst"), [(0.0, None), (1.0, None), (0.1, 0.9), (0.9, 2.0)])
def test_loss_model_that_cannot_be_is_refused(loss: float, burst: float | None) -> None:
    with pytest.raises(OutOfRange):
        LossModel(loss, burst)


@given(st.floats(1e-6, 0.3), st.floats(0, 0.1), st.floats(1.0, 10.0))
def test_longer_survival_never_lowers_availability(loss: float, survival_s: float, burst: float) -> None:
    if burst < loss / (1 - loss):
        return
    model = LossModel(loss, burst)
    short = from_losses(model, interval_s=0.01, survival_s=survival_s)
    longer = from_losses(model, interval_s=0.01, survival_s=survival_s + 0.004)
    assert longer.unavailability <= short.unavailability * (1 + 1e-9)
    assert 0.0 <= short.unavailability <= 1.0


PARTS = [Part("gnb", 50_000, 4), Part("a", 20_000, 8), Part("b", 20_000, 8), Part("duct", 400_000, 24)]


def test_series_multiplies_and_parallel_multiplies_what_fails() -> None:
    a = 20_000 / 20_008
    assert system("a & b", PARTS).availability == pytest.approx(a * a, rel=1e-14)
    two = system("a | b", PARTS)
    assert two.unavailability == pytest.approx((8 / 20_008) ** 2, rel=1e-12)
    assert two.mttr_h == pytest.approx(4.0)  # two repairs at once
    assert two.mtbf_h == pytest.approx(two.availability / two.unavailability * 4.0, rel=1e-12)


def test_two_of_three_is_that_of_the_book() -> None:
    """A = 3 a^2 - 2 a^3."""
    parts = [Part(n, 900, 100) for n in "abc"]
    assert system("2of(a, b, c)", parts).availability == pytest.approx(3 * 0.81 - 2 * 0.729)


def test_shared_duct_caps_two_links() -> None:
    shared = system("(a & duct) | (b & duct)", PARTS)
    apart = system("duct & (a | b)", PARTS)
    assert shared.unavailability == pytest.approx(apart.unavailability, rel=1e-12)
    assert shared.failures_per_year == pytest.approx(apart.failures_per_year, rel=1e-12)
    assert shared.unavailability > 24 / 400_024
    assert shared.single == ("duct",)
    assert shared.importance[0][0] == "duct"


def test_single_system_has_the_times_of_its_part() -> None:
    found = system("gnb", PARTS)
    assert (found.mtbf_h, found.mttr_h) == pytest.approx((50_000, 4))
    assert found.failures_per_year == pytest.approx(8766 / 50_004)
    assert found.importance == (("gnb", 1.0),)


def test_second_upf_turns_minutes_into_seconds_per_year() -> None:
    parts = [Part("upf-1", 30_000, 2), Part("upf-2", 30_000, 2)]
    one, two = system("upf-1", parts), system("upf-1 | upf-2", parts)
    assert one.unavailability * 8766 * 60 == pytest.approx(35.06, abs=0.01)
    assert two.unavailability * 8766 * 3600 == pytest.approx(0.1402, abs=0.001)


def test_expression_and_blocks_are_the_same() -> None:
    blocks = series(part("gnb"), parallel(part("a"), series(part("b"), part("duct"))))
    assert system(blocks, PARTS) == system("gnb & (a | b & duct)", PARTS)


@pytest.mark.parametrize("text", ["", "a &", "a b", "(a", "a)", "& a", "0of(a)", "3of(a, b)", "a ! b", "2of(a"])
def test_expression_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="structure"):
        system(text, PARTS)


def test_unknown_part_is_refused() -> None:
    with pytest.raises(UnknownName, match="'c'"):
        system("a | c", PARTS)
    with pytest.raises(OutOfRange, match="x mtbf_h"):
        Part("x", 0, 1)


@given(st.integers(0, 2**32))
def test_system_agrees_with_every_state_counted(seed: int) -> None:
    """Availability against the sum over all 2^4 states of a structure with a shared part."""
    rng = np.random.default_rng(seed)
    parts = [Part(n, float(rng.uniform(1, 100)), float(rng.uniform(0.1, 50))) for n in "abcd"]
    up = {p.part: p.availability for p in parts}
    total = 0.0
    for state in range(16):
        on = {n: bool(state >> i & 1) for i, n in enumerate("abcd")}
        works = (on["a"] and on["d"]) or (on["b"] and on["d"]) or on["c"]
        total += works * math.prod(up[n] if on[n] else 1 - up[n] for n in "abcd")
    found = system("a & d | b & d | c", parts)
    assert found.availability == pytest.approx(total, rel=1e-12)
    assert found.unavailability == pytest.approx(1 - total, rel=1e-9, abs=1e-14)


def test_parts_are_read_from_toml() -> None:
    structure, parts = read_parts(
        'structure = "a | b"\n[part.a]\nmtbf_h = 10\nmttr_h = 1\n[part.b]\nmtbf_h = 5\nmttr_h = 0', "x"
    )
    assert structure == "a | b"
    assert parts[1] == Part("b", 5.0, 0.0)
    with pytest.raises(BadInput, match="mttr_h"):
        read_parts("[part.a]\nmtbf_h = 10", "x")


def test_log_file_is_judged_with_its_sample(tmp_path: Path) -> None:
    path = tmp_path / "probe.csv"
    lines = [f"{i / 100},{'' if i == 7 else 3.5}" for i in range(1000)]
    path.write_text("sent_s,delay_ms\n" + "\n".join(lines) + "\n", encoding="utf-8")
    told = api.service_availability_log(path, deadline_s=0.005, survival_s=0.01, target=0.98)
    assert (told["availability"], told["lost"], told["verdict"]) == (1.0, 1, "pass")
    assert told["test"]["n"] == 1000
    strict = api.service_availability_log(path, deadline_s=0.005, target=0.9999)
    assert strict["verdict"] == "inconclusive"
    path.write_text("sent_s,delay_ms\n0,abc\n", encoding="utf-8")
    with pytest.raises(BadInput, match="delay_ms"):
        api.service_availability_log(path, deadline_s=0.005)


EXAMPLES = Path(__file__).parents[2] / "examples" / "service"


def test_example_log_holds_bursts_that_widen_its_interval() -> None:
    told = api.service_availability_log(
        EXAMPLES / "probe_synthetic.csv", deadline_s=0.012, survival_s=0.01, target=0.98
    )
    assert told["messages"] == 1500
    assert told["mean_run"] > 1
    assert told["test"]["n_effective"] < 1500
    assert told["availability"] > told["reliability"]


def test_example_parts_name_the_base_station_and_the_duct() -> None:
    told = api.service_availability_parts(EXAMPLES / "parts_invented.toml")
    assert told["single_points"] == ["gnb", "duct"]
    assert told["unavailability"] == pytest.approx(4 / 50_004 + 24 / 400_024, rel=0.01)  # what stands alone decides
