"""Counting of a stream: gaps, repairs, second copies, lost pictures, freezes."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.conference.call.counting import Freezes, Sequence, Tally


def _counted(numbers: list[int]) -> Tally:
    tally, sequence = Tally(6000, 0.0), Sequence()
    for number in numbers:
        sequence.add(number & 0xFFFF, (tally,))
    return tally


@given(st.integers(0, 65535), st.integers(1, 400), st.sets(st.integers(1, 398)))
def test_packets_that_never_came_are_counted_across_the_wrap(first: int, count: int, lost: set[int]) -> None:
    gone = {n for n in lost if n < count - 1}
    tally = _counted([first + n for n in range(count) if n not in gone])
    assert tally.gaps == tally.lost == len(gone)
    assert tally.packets == count - len(gone)
    assert tally.repaired == tally.copies == 0


@given(st.permutations(list(range(30))))
def test_packets_in_any_order_are_all_there_in_the_end(order: list[int]) -> None:
    tally = _counted([65530, *(65531 + n for n in order)])
    assert tally.packets == 31
    assert tally.lost == 0
    assert tally.gaps == tally.repaired


def test_a_second_copy_is_no_packet() -> None:
    tally = _counted([5, 6, 6, 5, 7])
    assert (tally.packets, tally.copies, tally.lost) == (3, 2, 0)


def test_lost_pictures_are_told_from_their_time_stamps_across_the_wrap() -> None:
    tally = Tally(6000, 0.0)
    tally.frames, tally.first_ts, tally.last_ts = 8, 2**32 - 12000, 6000 * 7
    assert tally.frames_lost == 2


@pytest.mark.parametrize(("gap", "freezes"), [(0.21, 0), (0.2167, 1), (0.5, 1)])
def test_a_freeze_at_fifteen_pictures_begins_beyond_mean_and_150_ms(gap: float, freezes: int) -> None:
    # mean 66.67 ms: 3 x mean is 200 ms, mean + 150 ms is 216.67 ms, the larger counts
    tally, counted, at = Tally(6000, 0.0), Freezes(), 0.0
    for _ in range(31):
        counted.frame(at, (tally,))
        at += 1 / 15
    counted.frame(at - 1 / 15 + gap, (tally,))
    assert tally.freezes == freezes
    assert tally.longest_gap_s == pytest.approx(gap)


def test_a_slow_stream_freezes_beyond_three_times_its_mean() -> None:
    tally, counted = Tally(6000, 0.0), Freezes()
    for n in range(20):
        counted.frame(n * 0.5, (tally,))
    counted.frame(9.5 + 1.4, (tally,))
    assert tally.freezes == 0
    counted.frame(10.9 + 2.0, (tally,))
    assert tally.freezes == 1


def test_a_stream_that_stands_still_at_the_end_is_a_freeze() -> None:
    tally, counted = Tally(6000, 0.0), Freezes()
    for n in range(20):
        counted.frame(n / 15, (tally,))
    counted.end(19 / 15 + 5.0, (tally,))
    assert tally.freezes == 1
    assert tally.longest_gap_s == pytest.approx(5.0)
