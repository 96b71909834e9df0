"""The rate test over the loopback interface, its packets, and what the far end refuses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import OutOfRange
from setsail.conference.accept import rate_peer, udp_rate
from setsail.conference.accept import rate_wire as wire
from setsail.conference.accept.datagrams import Datagram, bound
from setsail.conference.accept.rate_peer import RatePeer
from setsail.conference.accept.rate_wire import Head, Start
from setsail.conference.accept.reflector import Reflector
from setsail.conference.accept.udp_rate import RateOrder, octets_for, rate_test
from tests.conference.accept.far_end import far_end, relay, unharmed

AT = 1_790_000_000_000_000_000
PEER = ("192.0.2.1", 40000)
SECRET = b"s" * 32


def test_a_sound_link_carries_every_step_both_ways() -> None:
    order = RateOrder(2e6, 3e6, step_seconds=0.2)
    with far_end(Reflector(), RatePeer()) as port:
        found = rate_test("127.0.0.1", port, order)
    assert found.reason == ""
    assert [(s.direction, s.share) for s in found.steps] == [(d, x) for d in ("up", "down") for x in udp_rate.SHARES]
    for step in found.steps:
        assert (step.lost, step.duplicates, step.dscp_seen) == (0, 0, 34)
        assert step.sent > 0
    full = found.at_full("down")
    assert full is not None
    assert full.planned_bps == 3e6


def test_losses_duplicates_and_order_are_counted_in_each_direction() -> None:
    def harmed(_number: int, packet: bytes) -> list[bytes]:
        if wire.is_ours(packet) and wire.read_head(packet).kind == wire.DATA:
            number = wire.read_data(packet)
            assert number is not None
            return [] if number[0] % 4 == 1 else [packet, packet] if number[0] % 4 == 2 else [packet]
        return [packet]

    order = RateOrder(1e6, 1e6, step_seconds=0.2, shares=(1.0,))
    with far_end(Reflector(), RatePeer()) as port, relay(port, harmed, harmed) as through:
        found = rate_test("127.0.0.1", through, order)
    assert len(found.steps) == 2
    for step in found.steps:
        assert step.lost == len(range(1, step.sent, 4))
        assert step.duplicates == len(range(2, step.sent, 4))
        assert step.loss_ratio == pytest.approx(step.lost / step.sent)


def test_a_direction_without_a_rate_is_left_out() -> None:
    with far_end(Reflector(), RatePeer()) as port:
        found = rate_test("127.0.0.1", port, RateOrder(5e5, 0, step_seconds=0.1, shares=(1.0,)))
    assert [s.direction for s in found.steps] == ["up"]


def test_a_silent_far_end_is_told_and_the_test_ends() -> None:
    with bound("127.0.0.1", 0, "test") as silent:
        found = rate_test("127.0.0.1", silent.getsockname()[1], RateOrder(5e5, 0))
    assert (found.steps, found.reason) == ((), "the far end does not answer")


def test_a_far_end_that_breaks_off_is_told_with_the_step() -> None:
    def first_step_only(_number: int, packet: bytes) -> list[bytes]:
        return [] if wire.read_head(packet).step > 1 else [packet]

    with far_end(Reflector(), RatePeer()) as port, relay(port, first_step_only, unharmed) as through:
        found = rate_test("127.0.0.1", through, RateOrder(5e5, 0, step_seconds=0.1, shares=(0.5, 1.0)))
    assert len(found.steps) == 1
    assert found.reason == "the far end broke off at 100% up"


@pytest.mark.parametrize(
    ("order", "allowed"),
    [
        (RateOrder(1_000, 50e6), True),
        (RateOrder(999, 0), False),
        (RateOrder(0, 50_000_001), False),
        (RateOrder(1e6, 0, step_seconds=30), True),
        (RateOrder(1e6, 0, step_seconds=30.1), False),
    ],
)
def test_an_order_beyond_the_bounds_of_the_far_end_is_refused(order: RateOrder, allowed: bool) -> None:
    if allowed:
        order.require()
    else:
        with pytest.raises(OutOfRange):
            order.require()


def test_packets_are_small_enough_for_forty_a_step_and_large_enough_for_their_numbers() -> None:
    assert octets_for(208_000, 1.0, 28) == 208_000 // 8 // 40 - 28
    assert octets_for(1_000, 1.0, 28) == 100
    assert octets_for(50e6, 1.0, 28) == 1200


# The far end by itself.


def met(packet: bytes, address: tuple[object, ...] = PEER) -> Datagram:
    return Datagram(packet, address, AT, 136, 64)


def token(peer: RatePeer, address: tuple[object, ...] = PEER, now_s: float = 0.0) -> bytes:
    answer = peer.answer(met(wire.control(Head(wire.HELLO)), address), now_s)
    assert answer is not None
    return wire.read_head(answer).token


def started(
    peer: RatePeer, start: Start, *, given: bytes, address: tuple[object, ...] = PEER, step: int = 1
) -> int | None:
    answer = peer.answer(met(wire.control(Head(wire.START, step, 9, given), start.pack()), address), 0.0)
    return None if answer is None else wire.read_head(answer).kind


DOWN = Start("down", 34, 500, 1000, 1_000_000)


def test_nothing_is_sent_to_an_address_that_did_not_send_its_token_back() -> None:
    peer = RatePeer(SECRET)
    stolen = token(peer, ("192.0.2.66", 1))
    assert started(peer, DOWN, given=stolen) is None
    assert started(peer, DOWN, given=bytes(16)) is None
    assert list(peer.due(0.5)) == []
    assert peer.told["dropped: token"] == 2


def test_a_token_grows_old() -> None:
    peer = RatePeer(SECRET)
    given = token(peer)
    late = met(wire.control(Head(wire.START, 1, 9, given), DOWN.pack()))
    assert peer.answer(late, 2 * rate_peer.TOKEN_S) is None
    assert peer.answer(late, 2 * rate_peer.TOKEN_S - 0.1) is not None


def test_a_flow_stops_where_nobody_says_to_hear_it() -> None:
    peer = RatePeer(SECRET)
    assert started(peer, DOWN, given=token(peer)) == wire.STARTED
    assert len(list(peer.due(0.1))) > 0
    assert list(peer.due(rate_peer.KEEP_S + 0.1)) == []


def test_a_flow_ends_with_its_time_although_somebody_hears_it() -> None:
    peer = RatePeer(SECRET)
    given = token(peer)
    started(peer, DOWN, given=given)
    peer.answer(met(wire.control(Head(wire.KEEP, 1, 9, given))), 0.95)
    assert len(list(peer.due(0.99))) > 0
    assert list(peer.due(1.0)) == []


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (Start("up", 0, wire.SMALLEST, 30_000, 50_000_000), wire.STARTED),
        (Start("up", 0, wire.SMALLEST - 1, 30_000, 50_000_000), wire.REFUSED),
        (Start("up", 0, wire.LARGEST + 1, 30_000, 1_000_000), wire.REFUSED),
        (Start("up", 0, 500, 30_001, 1_000_000), wire.REFUSED),
        (Start("up", 0, 500, 1000, 50_000_001), wire.REFUSED),
        (Start("up", 64, 500, 1000, 1_000_000), wire.REFUSED),
        (Start("up", 0, 500, 0, 1_000_000), wire.REFUSED),
        (Start("up", 0, 500, 1000, 0), wire.REFUSED),
    ],
)
def test_an_order_is_taken_within_the_bounds_and_refused_beyond_them(start: Start, kind: int) -> None:
    peer = RatePeer(SECRET)
    assert started(peer, start, given=token(peer)) == kind


def test_orders_of_many_are_bounded_together() -> None:
    peer = RatePeer(SECRET)
    large = Start("down", 0, 1200, 1000, 50_000_000)
    kinds = []
    for port in range(5):
        address = ("192.0.2.1", port)
        kinds.append(started(peer, large, given=token(peer, address), address=address))
    assert kinds == [wire.STARTED] * 4 + [wire.REFUSED]


def test_a_start_that_comes_twice_begins_one_flow() -> None:
    peer = RatePeer(SECRET)
    given = token(peer)
    assert [started(peer, DOWN, given=given), started(peer, DOWN, given=given)] == [wire.STARTED, wire.STARTED]
    assert peer.told["started"] == 1


@given(st.binary(max_size=200), st.integers(0, 12), st.booleans())
def test_whatever_the_far_end_gets_its_answer_is_not_longer(body: bytes, kind: int, known: bool) -> None:
    peer = RatePeer(SECRET)
    packet = Head(kind, 1, 9, token(peer) if known else bytes(16)).pack() + body
    answer = peer.answer(met(packet), 0.0)
    assert answer is None or len(answer) <= len(packet)


def test_no_stamp_packet_of_this_century_looks_like_one_of_the_rate_test() -> None:
    from setsail.conference.accept import stamp_wire
    from setsail.conference.server.ntp import NTP_UNIX_S

    for year_s in (946_684_800, 1_790_000_000, 4_102_444_800):
        bits = stamp_wire.time_bits(year_s * 1_000_000_000, "ntp")
        assert bits.to_bytes(8, "big")[:4] != wire.MAGIC[4:]
    assert int.from_bytes(wire.MAGIC[4:], "big") - NTP_UNIX_S < 0
