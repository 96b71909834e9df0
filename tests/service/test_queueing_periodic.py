"""Periodic flows that share a server: worst case, closed form and enumeration against simulated packets."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput, NotComputable, OutOfRange
from setsail.service.latency.budget import budget
from setsail.service.latency.options import Radio
from setsail.service.queueing import periodic
from setsail.service.queueing.md1 import Md1
from setsail.service.queueing.parts import md1_part, periodic_part
from setsail.service.queueing.periodic import Periodic

EIGHT = Periodic(10e-3, 1e-3, 8)


def simulated(flow: Periodic, runs: int, seed: int) -> np.ndarray:
    """Waits of one flow's packet in the fourth period, phases drawn anew in each run."""
    rng, waits = np.random.default_rng(seed), np.empty(runs)
    for k in range(runs):
        phases = np.concatenate([[0.0], rng.uniform(0, flow.period_s, flow.count - 1)])
        order = sorted((p + n * flow.period_s, i) for n in range(4) for i, p in enumerate(phases))
        free = 0.0
        for at, i in order:
            if i == 0:
                waits[k] = max(free - at, 0.0)
            free = max(free, at) + flow.service_s
    return waits


def test_equal_flows_wait_as_simulated() -> None:
    waits = simulated(EIGHT, 20_000, 1)
    assert periodic.equal_mean_wait_s(EIGHT) == pytest.approx(float(waits.mean()), rel=0.03)
    for wait_s in (0.0, 0.5e-3, 1e-3, 3e-3):
        assert periodic.equal_wait_tail(EIGHT, wait_s) == pytest.approx(float((waits > wait_s).mean()), abs=0.015)


def test_wait_at_all_is_the_load_of_the_others() -> None:
    assert periodic.equal_wait_tail(EIGHT, 0.0) == pytest.approx(0.7)


def test_many_flows_of_little_load_wait_like_poisson_arrivals() -> None:
    """N*D/D/1 tends to M/D/1 as N grows at one load."""
    load, n = 0.5, 1000
    flow, poisson = Periodic(n / load, 1.0, n), Md1(load, 1.0)
    assert periodic.equal_mean_wait_s(flow) == pytest.approx(poisson.mean_wait_s, rel=0.01)
    assert periodic.equal_delay_percentile_s(flow, 0.99) == pytest.approx(poisson.delay_percentile_s(0.99), rel=0.01)


def test_worst_delay_is_one_packet_of_each() -> None:
    assert periodic.worst_delay_s([EIGHT]) == pytest.approx(8e-3)
    assert periodic.worst_delay_s([Periodic(10.0, 2.0), Periodic(5.0, 1.0, 2)]) == pytest.approx(4.0)


def test_flows_that_fill_the_server_are_taken_and_more_are_refused() -> None:
    assert periodic.load_ratio([Periodic(1.0, 0.5, 2)]) == pytest.approx(1.0)
    with pytest.raises(OutOfRange, match="load"):
        periodic.load_ratio([Periodic(1.0, 0.5, 2), Periodic(1.0, 0.001)])


def test_single_flow_never_waits() -> None:
    one = Periodic(1.0, 0.3)
    assert periodic.equal_mean_wait_s(one) == 0.0
    assert periodic.equal_delay_percentile_s(one, 0.999) == 0.3
    assert periodic.equal_wait_tail(one, 0.0) == 0.0


def test_enumeration_of_two_flows_is_that_by_hand() -> None:
    """Period 4, service 1, slot 1: the other arrives 0 to 3 slots before; at 0 it goes first, else it has left."""
    found = periodic.enumerated([Periodic(4.0, 1.0, 2)], 1.0)
    assert found[0].mean_s == pytest.approx(1.25)
    assert found[0].max_s == pytest.approx(2.0)
    assert found[0].percentile_s(0.75) == pytest.approx(1.0)


def test_finer_slots_come_closer_to_the_closed_form() -> None:
    flow = Periodic(8.0, 1.0, 3)
    exact = periodic.equal_mean_wait_s(flow) + flow.service_s
    errors = [periodic.enumerated([flow], slot)[0].mean_s - exact for slot in (1.0, 0.5, 0.25)]
    assert errors == sorted(errors, reverse=True)
    assert 0 < errors[-1] < 0.05


@settings(max_examples=30, deadline=None)
@given(
    flows=st.lists(
        st.tuples(st.sampled_from([2, 3, 4, 6]), st.floats(0.05, 0.7)), min_size=1, max_size=4
    )
)  # fmt: skip
def test_no_phase_is_worse_than_all_at_once(flows: list[tuple[int, float]]) -> None:
    kinds = [Periodic(float(p), s) for p, s in flows]
    if sum(f.load_ratio for f in kinds) > 1:
        return
    worst = periodic.worst_delay_s(kinds)
    found = periodic.enumerated(kinds, 1.0)
    assert max(d.max_s for d in found) == pytest.approx(worst)


def test_period_that_is_no_whole_number_of_slots_is_refused() -> None:
    with pytest.raises(BadInput, match="whole number"):
        periodic.enumerated([Periodic(1.0, 0.1)], 0.3)


def test_too_many_combinations_are_refused() -> None:
    with pytest.raises(NotComputable, match="combinations"):
        periodic.enumerated([Periodic(100.0, 0.1, 9)], 1.0)


@pytest.mark.parametrize("given_", [(0.0, 1.0, 1), (1.0, 0.0, 1), (1.0, 0.1, 0), (1.0, float("nan"), 1)])
def test_flow_outside_its_limits_is_refused(given_: tuple[float, float, int]) -> None:
    with pytest.raises(OutOfRange):
        Periodic(*given_)


def test_wait_becomes_a_term_of_a_budget() -> None:
    for part, mean in (
        (periodic_part(EIGHT), periodic.equal_mean_wait_s(EIGHT)),
        (md1_part(Md1(800.0, 1e-3)), Md1(800.0, 1e-3).mean_wait_s),
    ):
        assert part.delay.delivered_ratio == pytest.approx(1.0)
        assert part.delay.mean_s == pytest.approx(mean, rel=0.01)
        made = budget(Radio(), extra=(part,))
        assert made.mean_s == pytest.approx(budget(Radio()).mean_s + part.delay.mean_s)
        assert made.percentile(0.99) > budget(Radio()).percentile(0.99)
