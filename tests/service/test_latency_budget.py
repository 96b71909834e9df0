"""Budget trees: their sums, percentiles against a simulation of the same packets, presets and ranges."""

from __future__ import annotations

import math

import numpy as np
import pytest

from setsail.base.errors import OutOfRange, UnknownName
from setsail.service.latency.alignment import align
from setsail.service.latency.budget import Node, Part, Way, budget
from setsail.service.latency.mixture import constant, uniform
from setsail.service.latency.options import Radio
from setsail.service.latency.presets import Preset, preset, presets
from setsail.service.latency.records import latency_record
from setsail.standards import facts

MID = "rel15-mid-band"


def sums(node: Node) -> None:
    if node.children:
        assert sum(c.mean_s for c in node.children) == pytest.approx(node.mean_s)
        assert sum(c.worst_s for c in node.children) == pytest.approx(node.worst_s)
        assert sum(c.max_s for c in node.children) >= node.worst_s - 1e-12
    for child in node.children:
        sums(child)


@pytest.mark.parametrize("name", list(presets()))
@pytest.mark.parametrize("direction", ["dl", "ul", "harq"])
@pytest.mark.parametrize("tdd", ["DDDSU", "DSUU", "FDD"])
def test_terms_of_a_budget_add_up_to_it(name: str, direction: str, tdd: str) -> None:
    made = budget(Radio(tdd=tdd, direction=direction), preset=name, way=Way(20e3, 2, fronthaul_m=500))  # type: ignore[arg-type]
    sums(made.tree)
    assert made.tree.mean_s == pytest.approx(made.mean_s)
    assert made.tree.worst_s == pytest.approx(made.max_s)
    assert made.min_s <= made.mean_s <= made.max_s


@pytest.mark.parametrize(("direction", "access"), [("dl", "sr"), ("ul", "sr"), ("ul", "cg")])
def test_percentiles_agree_with_simulated_packets(direction: str, access: str) -> None:
    """The twin draws phase, retransmissions and UPF of each packet; the model enumerates and convolves."""
    radio, n = Radio(direction=direction, access=access), 400_000  # type: ignore[arg-type]
    made = budget(radio, preset=MID)
    rng = np.random.default_rng(5)
    branches = align(made.radio).branches
    weights = np.array([b.weight for b in branches] + [1 - made.delivered_ratio])
    drawn = rng.choice(len(weights), n, p=weights / weights.sum())
    fixed = np.array([b.fixed for b in branches] + [math.inf])[drawn]
    wait = np.array([b.wait for b in branches] + [0.0])[drawn] * rng.random(n)
    upf = np.where(rng.random(n) < 0.01, rng.uniform(0.6e-3, 1.2e-3, n), 0.4e-3)
    stack = {"dl": 2.0e-3, "ul": 0.75e-3}[direction]
    delays = (fixed + wait) * made.radio.symbol_s + upf + stack
    arrived = delays[np.isfinite(delays)]
    assert made.mean_s == pytest.approx(float(arrived.mean()), rel=2e-3)
    for ratio in (0.1, 0.5, 0.9, 0.99, 0.999):
        spread = 5 * math.sqrt(ratio * (1 - ratio) / n)  # five standard errors of a share
        low, high = np.quantile(delays, [ratio - spread, min(ratio + spread, 1.0)], method="higher")
        assert low - made.total.resolution_s <= made.percentile(ratio) <= high + made.total.resolution_s


def test_percentile_and_share_within_are_inverse() -> None:
    for name in presets():
        made = budget(Radio(), preset=name)
        for ratio in (0.02, 0.5, 0.98, 0.999):
            at = made.percentile(ratio)
            assert made.ratio_within(at + made.total.resolution_s) >= ratio - 1e-9
            assert made.ratio_within(at - 2 * made.total.resolution_s - 1e-9) <= ratio + 1e-9


def test_percentile_beyond_what_arrives_is_infinite() -> None:
    made = budget(Radio(bler=0.1, max_retransmissions=3))
    assert math.isfinite(made.percentile(0.9999))
    assert math.isinf(made.percentile(0.99991))
    assert latency_record(made, (0.99991,))["percentiles_ms"] == {"99.991": None}


def test_exact_percentile_of_one_uniform_wait() -> None:
    made = budget(Radio(tdd="FDD", direction="dl"))  # 11 symbols + TTI 14 + wait up to 14
    for ratio in (0.0, 0.25, 0.98, 1.0):
        assert made.percentile(ratio) == pytest.approx((25 + 14 * ratio) * made.radio.symbol_s)
    assert "no grid" in made.method


def test_grid_is_told_where_two_terms_vary() -> None:
    made = budget(Radio(), preset=MID)
    assert "grid of 5 us" in made.method


def test_way_adds_fibre_links_and_hops() -> None:
    bare = budget(Radio())
    made = budget(Radio(), way=Way(100e3, 3, rate_bps=1e9, packet_bytes=1250, route_factor=1.4))
    wanted = 100e3 * 1.4 * 5e-9 + 4 * 1250 * 8 / 1e9 + 3 * 5e-6
    assert made.mean_s - bare.mean_s == pytest.approx(wanted)
    assert made.percentile(0.98) - bare.percentile(0.98) == pytest.approx(wanted)


def test_core_share_of_two_milliseconds_is_used_up_by_some_280_km() -> None:
    """TS 23.501 cl. 5.7.3.4 leaves 2 ms to the core for some 5QIs; at 5 us/km and a route of 1.4 that is 286 km."""
    at = budget(Radio(), way=Way(286e3, 0, route_factor=1.4, rate_bps=1e13)).mean_s - budget(Radio()).mean_s
    assert at == pytest.approx(2e-3, rel=2e-3)


def test_further_delay_is_convolved() -> None:
    part = Part("queue", uniform(0.0, 1e-3), "test")
    made = budget(Radio(), extra=(part,))
    assert made.mean_s == pytest.approx(budget(Radio()).mean_s + 0.5e-3)
    assert made.max_s == pytest.approx(budget(Radio()).max_s + 1e-3)
    assert made.tree.children[-1].name == "queue"


def test_constant_further_delay_keeps_the_method_exact() -> None:
    made = budget(Radio(), extra=(Part("codec", constant(2e-3), "test"),))
    assert made.percentile(0.5) == pytest.approx(budget(Radio()).percentile(0.5) + 2e-3)
    assert "no grid" in made.method


def test_cause_is_the_longest_part_of_the_longest_delay() -> None:
    assert budget(Radio(access="cg")).cause == "wait"
    assert budget(Radio(), preset=MID).cause == "retransmissions"
    assert budget(Radio(), way=Way(2e6)).cause == "propagation"


def test_explicit_options_stand_before_the_preset() -> None:
    made = budget(Radio(bler=0.0, capability=2), preset=MID)
    assert made.delivered_ratio == 1.0
    assert made.radio.capability == 2
    assert budget(Radio(), preset=MID).radio.capability == 1


def test_preset_that_is_unknown_is_refused() -> None:
    with pytest.raises(UnknownName, match="rel15-mid-band"):
        budget(Radio(), preset="rel99")


def test_every_value_of_a_preset_lies_in_its_range_and_names_a_source() -> None:
    sources = facts.sources()
    for one in presets().values():
        for t in one.terms:
            assert t.low <= t.value <= t.high, t
            assert t.source.split(":")[0] in sources, t


def test_value_outside_its_range_is_refused() -> None:
    with pytest.raises(OutOfRange, match="ue-stack"):
        preset(MID).with_values(ue_stack_dl=2.1)


def test_defaults_of_an_open_source_gnb_take_four_milliseconds_ahead() -> None:
    """M = 5 and H = 3 slots of 0.5 ms, before any protocol delay."""
    made = budget(Radio(direction="dl"), preset="open-source-default")
    ahead = next(n for n in made.tree.leaves() if n.name == "prepare-ahead")
    assert ahead.mean_s == pytest.approx(4e-3)


def test_round_trip_of_harq_takes_no_time_of_stack_or_core() -> None:
    names = {n.name for n in budget(Radio(direction="harq"), preset=MID).tree.leaves()}
    assert names == {"data-to-ack", "ack-to-retransmission"}


def test_budgets_of_one_radio_share_their_enumeration() -> None:
    first, second = budget(Radio(), preset=MID, way=Way(1e3)), budget(Radio(), preset=MID, way=Way(2e3))
    assert first.total.parts[0] is second.total.parts[0]


@pytest.mark.parametrize(
    "given",
    [{"fibre_m": -1.0}, {"hops": 256}, {"rate_bps": 0.0}, {"packet_bytes": 0}, {"route_factor": 0.9},
     {"fronthaul_m": float("nan")}],
)  # fmt: skip
def test_way_outside_its_limits_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(OutOfRange):
        Way(**given)  # type: ignore[arg-type]


def test_preset_without_terms_is_that_of_3gpp() -> None:
    assert preset("3gpp").terms == ()
    assert isinstance(preset("3gpp"), Preset)


def test_assumed_terms_are_verified_only_where_the_preset_met_a_measurement() -> None:
    assert budget(Radio(), preset=MID).verified
    assert budget(Radio()).verified
    assert not budget(Radio(), preset="rel15-mmwave").verified
    leaves = {n.name: n.verified for n in budget(Radio(), preset="open-source-default").tree.leaves()}
    assert not leaves["retransmissions"]
    assert not leaves["ue-stack"]
    given = budget(Radio(bler=0.01, max_retransmissions=1), preset="open-source-default")
    assert {n.name: n.verified for n in given.tree.leaves()}["retransmissions"]


def test_note_of_a_preset_is_told_with_the_answer() -> None:
    assert any("do not carry over" in note for note in budget(Radio(), preset="rel15-mmwave").notes)
