"""Network-calculus bounds: closed forms, tightness by simulated packets, and the radio as a server."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, NotComputable, OutOfRange
from setsail.service.latency.alignment import align
from setsail.service.latency.options import Radio
from setsail.service.queueing.curves import (
    RateLatency,
    TokenBucket,
    backlog_bound_bits,
    delay_bound_s,
    fifo_residual,
    in_line,
    output,
    priority_residual,
    radio_curve,
    shaped_delay_bound_s,
)
from setsail.service.queueing.parts import bound_record

FLOW = TokenBucket(8_000, 1e6)
SERVER = RateLatency(10e6, 2e-3)


def test_bounds_of_one_server_are_those_of_the_book() -> None:
    """Le Boudec and Thiran: delay T + b/R, backlog b + r T, output burst b + r T."""
    assert delay_bound_s(FLOW, SERVER) == pytest.approx(2e-3 + 0.8e-3)
    assert backlog_bound_bits(FLOW, SERVER) == pytest.approx(10_000)
    assert output(FLOW, SERVER) == TokenBucket(10_000, 1e6)


def test_bound_is_met_by_the_greediest_flow_through_the_laziest_server() -> None:
    """Bits as a fluid: the burst at once, then the rate; nothing for T, then R."""
    arrived = [(FLOW.burst_bits + FLOW.rate_bps * k * 1e-6) for k in range(10_000)]
    longest = max(SERVER.latency_s + a / SERVER.rate_bps - k * 1e-6 for k, a in enumerate(arrived))
    assert longest == pytest.approx(delay_bound_s(FLOW, SERVER))


def test_priority_leaves_rate_and_latency_of_the_formula() -> None:
    """R - r, (b + R T + L) / (R - r)."""
    left = priority_residual(SERVER, [TokenBucket(4_000, 2e6), TokenBucket(1_000, 3e6)], 12_000)
    assert left.rate_bps == pytest.approx(5e6)
    assert left.latency_s == pytest.approx((5_000 + 20_000 + 12_000) / 5e6)


def test_packet_below_holds_up_priority_by_its_length_only() -> None:
    with_one, without = (priority_residual(SERVER, [], bits) for bits in (12_000, 0))
    assert with_one.latency_s - without.latency_s == pytest.approx(12_000 / 10e6)


def test_burst_is_paid_once_in_line() -> None:
    servers = [SERVER, RateLatency(5e6, 1e-3)]
    line = in_line(servers)
    assert line.rate_bps == 5e6
    assert line.latency_s == pytest.approx(3e-3)
    one_by_one = delay_bound_s(FLOW, SERVER) + delay_bound_s(output(FLOW, SERVER), servers[1])
    assert delay_bound_s(FLOW, line) < one_by_one


@given(
    bursts=st.lists(st.floats(1, 1e6), min_size=1, max_size=4),
    latency=st.floats(0, 1),
    rate=st.floats(1e6, 1e9),
)
def test_fifo_leaves_no_worse_than_any_order(bursts: list[float], latency: float, rate: float) -> None:
    server, others = RateLatency(rate, latency), [TokenBucket(b, rate / 10) for b in bursts]
    assert fifo_residual(server, others).latency_s <= priority_residual(server, others).latency_s * (1 + 1e-12)


def test_flow_at_the_rate_of_the_server_has_a_bound_and_above_it_none() -> None:
    assert delay_bound_s(TokenBucket(8_000, 10e6), SERVER) == pytest.approx(2.8e-3)
    with pytest.raises(NotComputable, match="no bound"):
        delay_bound_s(TokenBucket(8_000, 10.001e6), SERVER)
    with pytest.raises(NotComputable):
        priority_residual(SERVER, [TokenBucket(0, 10e6)])
    with pytest.raises(NotComputable):
        shaped_delay_bound_s([(math.inf, TokenBucket(1, 6e6)), (1e9, TokenBucket(1, 6e6))], SERVER)


def test_line_that_feeds_a_server_takes_part_of_the_burst_off() -> None:
    free, shaped = (shaped_delay_bound_s([(line, FLOW)], SERVER) for line in (math.inf, 100e6))
    assert free == pytest.approx(delay_bound_s(FLOW, SERVER))
    assert shaped < free


def test_radio_as_a_server_holds_but_for_the_packets_that_all_transmissions_lose() -> None:
    """Violation BLER^(n + 1), latency the worst phase with n retransmissions."""
    radio = Radio(direction="ul", access="cg", bler=0.1, max_retransmissions=3)
    curve = radio_curve(radio, 20e6)
    assert curve.violation_ratio == pytest.approx(1e-4)
    assert curve.violation_ratio == pytest.approx(1 - align(radio).delay.delivered_ratio)
    assert curve.latency_s == pytest.approx(align(radio).delay.max_s)


@pytest.mark.parametrize("again", [0, 1, 5])
def test_violation_counts_repetitions_and_unlike_errors(again: int) -> None:
    radio = Radio(access="cg", bler=0.1, bler_retransmission=0.02, max_retransmissions=again, repetitions=2)
    assert radio_curve(radio, 1e6).violation_ratio == pytest.approx(0.1 * 0.02 ** (again + 1))
    assert 1 - align(radio).delay.delivered_ratio == pytest.approx(0.1 * 0.02 ** (again + 1), abs=1e-12)


def test_violations_in_line_are_added() -> None:
    made = in_line([RateLatency(1e6, 0.0, 1e-4), RateLatency(1e6, 0.0, 2e-4), RateLatency(1e6, 0.0)])
    assert made.violation_ratio == pytest.approx(3e-4)


def test_record_tells_what_each_server_leaves() -> None:
    cross = [(1, "higher", TokenBucket(4_000, 2e6), 12_000.0), (1, "lower", TokenBucket(9_000, 9e9), 12_000.0),
             (0, "fifo", TokenBucket(8_000, 1e6), 12_000.0)]  # fmt: skip
    told = bound_record(FLOW, [SERVER, SERVER], cross)
    assert told["servers"][0]["latency_s"] == pytest.approx(2e-3 + 0.8e-3)
    assert told["servers"][1]["latency_s"] == pytest.approx((4_000 + 20_000 + 12_000) / 8e6)
    assert told["bound_s"] == pytest.approx(2.8e-3 + 4.5e-3 + 8_000 / 8e6)
    assert told["bound_s"] < told["sum_of_bounds_s"]


def test_cross_flow_at_no_server_is_refused() -> None:
    with pytest.raises(BadInput, match="cross flow"):
        bound_record(FLOW, [SERVER], [(1, "fifo", FLOW, 0.0)])
    with pytest.raises(BadInput, match="servers"):
        bound_record(FLOW, [], [])


@pytest.mark.parametrize("given_", [(0.0, 0.0), (-1.0, 0.0), (1e6, -1.0), (math.inf, 0.0)])
def test_server_outside_its_limits_is_refused(given_: tuple[float, float]) -> None:
    with pytest.raises(OutOfRange):
        RateLatency(*given_)
