"""Video quality of G.1070 with the coefficients for H.264 at VGA size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import OutOfRange, UnknownName
from setsail.conference.accept.quality.g1070 import video_quality


@pytest.mark.parametrize(
    ("fps", "kbps", "loss_ratio", "vq"),
    [(15, 330, 0, 3.13), (15, 330, 0.01, 2.88), (25, 1500, 0, 4.10), (25, 1500, 0.01, 2.58)],
)
def test_rate_and_loss_give_the_values_computed_apart(fps: float, kbps: float, loss_ratio: float, vq: float) -> None:
    found = video_quality(fps, kbps, loss_ratio)
    assert round(found.vq, 2) == vq
    assert found.outside == ()
    assert "VGA" in found.coefficients


@given(st.floats(1, 30), st.floats(100, 2000), st.floats(0, 0.1), st.floats(0, 0.1))
def test_more_loss_never_looks_better(fps: float, kbps: float, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert video_quality(fps, kbps, high).vq <= video_quality(fps, kbps, low).vq


@given(st.floats(1, 30), st.floats(100, 2000), st.floats(0, 1))
def test_a_quality_lies_between_one_and_five(fps: float, kbps: float, loss: float) -> None:
    assert 1.0 <= video_quality(fps, kbps, loss).vq <= 5.0


@given(st.floats(100, 2000), st.floats(1, 30))
def test_no_frame_rate_looks_better_than_the_best_for_a_bit_rate(kbps: float, fps: float) -> None:
    best = video_quality(1, kbps, 0).best_fps
    assert video_quality(fps, kbps, 0).vq <= video_quality(best, kbps, 0).vq + 1e-12


def test_what_lies_beyond_the_range_of_the_coefficients_is_told_with_the_range() -> None:
    assert video_quality(30, 2000, 0.1).outside == ()
    assert video_quality(30.1, 2000, 0).outside == ("fps is 30.1, range [1, 30] (g1070 cl. 11.2 and Appendix I)",)
    assert len(video_quality(31, 2001, 0.11).outside) == 3


@pytest.mark.parametrize(
    ("fps", "kbps", "loss"), [(0, 100, 0), (15, 0, 0), (15, 100, -0.1), (15, 100, 1.1), (float("nan"), 1, 0)]
)
def test_an_input_without_meaning_is_refused(fps: float, kbps: float, loss: float) -> None:
    with pytest.raises(OutOfRange):
        video_quality(fps, kbps, loss)


def test_an_unknown_set_of_coefficients_is_refused() -> None:
    with pytest.raises(UnknownName, match="h264-vga"):
        video_quality(15, 330, 0, which="h265-hd")
