"""Frame structures: shares, guard, refusals."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange
from setsail.radio.rates.tdd import SPACINGS_HZ, frame_structure, slot_s, special_slot, symbol_s


def test_dddsu_gives_52_guard_2_and_16_of_70_symbols() -> None:
    frame = frame_structure("DDDSU", 30e3)
    assert frame.symbols == (52, 2, 16)
    assert frame.shares == pytest.approx((52 / 70, 2 / 70, 16 / 70))
    assert frame.period_s == pytest.approx(2.5e-3)
    assert frame.guard_s == pytest.approx(2 * 0.5e-3 / 14)
    assert frame.guard_radius_m == pytest.approx(10_707, abs=1)


def test_another_special_slot_moves_symbols_between_the_shares() -> None:
    long_guard = frame_structure("dddsudDsuu", 30e3, "6:4:4")
    assert long_guard.symbols == (5 * 14 + 2 * 6, 2 * 4, 3 * 14 + 2 * 4)
    assert frame_structure("DDDSU", 30e3, "6D:4G:4U").symbols == (48, 4, 18)


@given(st.sampled_from(SPACINGS_HZ), st.sampled_from(["DDDSU", "DSUUU", "DDSUU", "DDDDDDDSUU", "DDDSUDDSUU"]))
def test_shares_add_to_one_at_any_spacing(scs_hz: float, pattern: str) -> None:
    frame = frame_structure(pattern, scs_hz)
    assert sum(frame.shares) == pytest.approx(1.0)
    assert 20e-3 / frame.period_s == pytest.approx(round(20e-3 / frame.period_s))


def test_slots_halve_when_the_spacing_doubles() -> None:
    assert [slot_s(scs) for scs in SPACINGS_HZ] == [1e-3, 5e-4, 2.5e-4, 1.25e-4, 3.125e-5, 1.5625e-5]
    assert symbol_s(30e3) == pytest.approx(1e-3 / 28)
    with pytest.raises(OutOfRange, match="scs"):
        slot_s(31e3)


@pytest.mark.parametrize(
    ("pattern", "special", "word"),
    [
        ("", "10:2:2", "empty"), ("DDXU", "10:2:2", "'X'"), ("DDDU", "10:2:2", "without S"),
        ("DDDSUD", "10:2:2", "3 ms"), ("DDDSU", "10:2:3", "adds to 15"), ("DDDSU", "10-2-2", "10D:2G:2U"),
        ("DDDSU", "12:0:2", "guard"), ("UDDDD", "10:2:2", "without S"),
    ],
)  # fmt: skip
def test_a_frame_structure_that_cannot_be_is_refused(pattern: str, special: str, word: str) -> None:
    with pytest.raises(BadInput, match=word):
        frame_structure(pattern, 30e3, special)


def test_special_slot_reads_letters_or_bare_numbers() -> None:
    assert special_slot("10D:2G:2U") == special_slot("10:2:2") == (10, 2, 2)
