"""Figures of a link test, from replies written by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.accept.link_result import (
    Heard,
    interarrival_jitter,
    percentile,
    reordered,
    result,
    spread,
)

MS = 1_000_000


def reply(
    asked: int, number: int, *, there_ms: float = 10, inside_ms: float = 2, back_ms: float = 20, dscp: int | None = 34
) -> Heard:
    sent = asked * 20 * MS
    received = sent + int(there_ms * MS)
    replied = received + int(inside_ms * MS)
    return Heard(asked, number, replied + int(back_ms * MS), received, replied, 60, dscp, dscp, False)


def sent(count: int) -> list[int]:
    return [n * 20 * MS for n in range(count)]


def test_the_round_trip_leaves_out_the_time_inside_the_reflector() -> None:
    found = result(sent(2), [reply(0, 0), reply(1, 1, inside_ms=9)], 34, shared_clock=False, strange=0)
    assert found.rtt is not None
    assert (found.rtt.min_ms, found.rtt.max_ms) == (30.0, 30.0)
    assert found.jitter_ms == 0.0
    assert found.one_way_there is None


def test_one_way_delays_are_told_where_the_clock_is_shared() -> None:
    found = result(sent(1), [reply(0, 0)], 34, shared_clock=True, strange=0)
    assert found.one_way_there is not None
    assert found.one_way_back is not None
    assert (found.one_way_there.mean_ms, found.one_way_back.mean_ms) == (10.0, 20.0)


def test_losses_are_told_apart_by_direction_where_the_reflector_counts() -> None:
    heard = [reply(0, 0), reply(2, 1), reply(4, 3)]  # request 1 lost on the way there, the reply to 3 on the way back
    found = result(sent(5), heard, 34, shared_clock=False, strange=0)
    assert (found.lost, found.lost_there, found.lost_back) == (2, 1, 1)
    assert found.loss_ratio == pytest.approx(0.4)


def test_losses_are_not_told_apart_where_replies_carry_the_numbers_of_requests() -> None:
    found = result(sent(4), [reply(0, 0), reply(3, 3)], 34, shared_clock=False, strange=0)
    assert (found.lost, found.lost_there, found.lost_back) == (2, None, None)


def test_losses_are_not_told_apart_where_the_last_packets_are_missing() -> None:
    found = result(sent(4), [reply(0, 0), reply(2, 1)], 34, shared_clock=False, strange=0)
    assert (found.lost, found.lost_there) == (2, None)


def test_a_reply_that_comes_twice_is_a_duplicate_and_not_counted_again() -> None:
    found = result(sent(2), [reply(0, 0), reply(0, 0), reply(1, 1)], 34, shared_clock=False, strange=0)
    assert (found.received, found.duplicates, found.lost) == (2, 1, 0)


def test_a_link_that_answers_nothing_has_lost_all_and_has_no_delays() -> None:
    found = result(sent(3), [], 34, shared_clock=True, strange=2)
    assert (found.loss_ratio, found.rtt, found.jitter_ms, found.dscp_kept, found.ttl) == (1.0, None, None, None, None)
    assert found.strange == 2


@pytest.mark.parametrize(("seen", "kept"), [(34, True), (0, False), (None, None)])
def test_the_mark_of_packets_is_kept_lost_or_not_known(seen: int | None, kept: bool | None) -> None:
    assert result(sent(1), [reply(0, 0, dscp=seen)], 34, shared_clock=False, strange=0).dscp_kept is kept


def test_jitter_follows_the_filter_of_rfc_3550() -> None:
    first = 16.0 / 16
    assert interarrival_jitter([0.0, 16.0]) == first
    assert interarrival_jitter([0.0, 16.0, 0.0]) == first + (16.0 - first) / 16
    assert interarrival_jitter([1.0]) is None


def test_a_packet_is_reordered_where_a_later_one_came_before_it() -> None:
    assert reordered([0, 1, 2]) == 0
    assert reordered([0, 2, 1, 3]) == 1
    assert reordered([3, 0, 1, 2]) == 3


def test_the_percentile_is_the_nearest_rank() -> None:
    assert percentile(list(range(1, 101)), 0.95) == 95
    assert percentile([5.0], 0.95) == 5.0
    assert percentile([1.0, 2.0], 0.5) == 1.0


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=40))
def test_the_five_figures_stand_in_their_order(values: list[float]) -> None:
    found = spread(values)
    assert found is not None
    assert found.min_ms <= found.p50_ms <= found.p95_ms <= found.max_ms
    assert found.min_ms <= found.mean_ms * (1 + 1e-9)
    assert found.mean_ms <= found.max_ms * (1 + 1e-9)
