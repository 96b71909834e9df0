"""Exact enumeration over a frame structure: hand values, limits of patterns, and a slot-by-slot twin."""

from __future__ import annotations

import numpy as np
import pytest

from setsail.base.errors import BadInput, OutOfRange
from setsail.service.latency.alignment import align
from setsail.service.latency.options import Radio, processing_symbols
from setsail.standards import facts

MS = 1e-3


def walked(radio: Radio, arrivals: int = 709) -> tuple[float, float]:
    """The twin: mean and maximum over arrivals walked symbol by symbol through a written-out frame."""
    slots = "X" if radio.tdd == "FDD" else radio.tdd
    special = "D" * 10 + "G" * 2 + "U" * 2
    n = len(slots)
    symbols = {"D": "D" * 14, "U": "U" * 14, "S": special, "X": "X" * 14}
    air = "".join(symbols[s] for s in slots) * 40
    full = {s * 14 for s in range(len(air) // 14) if air[s * 14] in "UX"}
    down = {s * 14: air[s * 14 : s * 14 + 14].count("D") or 14 for s in range(len(air) // 14) if air[s * 14] in "DX"}
    grant = {s * 14 for s in range(len(air) // 14) if slots[s % n] in "DX"}
    chance = full | {i for i in range(1, len(air)) if air[i] == "U" and air[i - 1] == "G"}
    delays = []
    for k in range(arrivals):
        at = (k + 0.5) * n * 14 / arrivals
        ready = at + radio.n2 / 2
        if radio.direction == "dl":
            start = min(i for i in down if i >= ready)
            delays.append(start + down[start] + radio.n1 / 2 - at)
            continue
        if radio.access == "cg":
            start = min(i for i in full if i >= ready)
        else:
            sr = min(i for i in chance if i >= ready)
            told = min(i for i in grant if i >= (sr // 14 + 1) * 14)
            start = min(i for i in full if i >= told + 1 + radio.n2)
        delays.append(start + 14 + radio.n1 / 2 - at)
    return float(np.mean(delays)) * radio.symbol_s, float(np.max(delays)) * radio.symbol_s


@pytest.mark.parametrize("tdd", ["FDD", "DDDSU", "DDDDDDDSUU", "DSUU", "DU", "DDDSUDDSUU", "UDDDS"])
@pytest.mark.parametrize(("direction", "access"), [("dl", "sr"), ("ul", "sr"), ("ul", "cg")])
@pytest.mark.parametrize("scs_khz", [15, 30, 60])
def test_enumeration_agrees_with_arrivals_walked_one_by_one(
    tdd: str, direction: str, access: str, scs_khz: float
) -> None:
    radio = Radio(scs_khz * 1e3, tdd, direction=direction, access=access)  # type: ignore[arg-type]
    mean_s, max_s = walked(radio)
    step_s = len("X" if tdd == "FDD" else tdd) * 14 * radio.symbol_s / 709
    assert align(radio).delay.mean_s == pytest.approx(mean_s, abs=step_s)
    assert align(radio).delay.max_s == pytest.approx(max_s, abs=step_s)
    assert align(radio).delay.max_s >= max_s - 1e-12


def test_uplink_by_request_on_dddsu_is_the_value_of_the_requirement() -> None:
    delay = align(Radio(30e3, "DDDSU", direction="ul", access="sr")).delay
    assert delay.mean_s == pytest.approx(4.64 * MS, abs=0.005 * MS)
    assert delay.max_s == pytest.approx(5.89 * MS, abs=0.005 * MS)


def test_shares_of_the_branches_add_to_what_arrives() -> None:
    found = align(Radio(bler=0.1, max_retransmissions=3))
    assert found.delay.delivered_ratio == pytest.approx(1 - 1e-4)
    first = sum(b.weight for b in found.branches if b.retransmissions == 0)
    assert first == pytest.approx(0.9)


def test_retransmission_conditional_on_the_phase_adds_its_own_round_trip() -> None:
    radio = Radio(direction="dl", bler=0.1, max_retransmissions=1)
    once = [b for b in align(radio).branches if b.retransmissions == 1]
    trips = sorted(dict(b.steps)["retransmissions"] for b in once)
    assert trips == [42, 56, 70, 102]  # symbols after D2, D1, D0 and S of DDDSU
    mean = sum(b.weight * dict(b.steps)["retransmissions"] for b in once) / sum(b.weight for b in once)
    round_trip = align(Radio(direction="harq")).delay.mean_s
    assert mean * radio.symbol_s == pytest.approx(round_trip)


@pytest.mark.parametrize(
    ("tdd", "special", "direction", "access", "met"),
    [
        ("DDDD", "10D2G2U", "ul", "cg", "uplink data"),
        ("S", "10D2G2U", "ul", "cg", "uplink data"),
        ("DS", "10D2G2U", "ul", "sr", "uplink data"),
        ("UUU", "10D2G2U", "dl", "sr", "downlink data"),
        ("UUU", "10D2G2U", "ul", "sr", "the grant"),
        ("SU", "1D11G2U", "dl", "sr", "downlink data"),
        ("DDD", "10D2G2U", "harq", "sr", "the ACK"),
        ("DS", "12D2G0U", "harq", "sr", "the ACK"),
    ],
)
def test_pattern_without_a_place_for_the_direction_is_refused(
    tdd: str, special: str, direction: str, access: str, met: str
) -> None:
    with pytest.raises(BadInput, match=met):
        align(Radio(30e3, tdd, special, direction, access))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("tdd", "special"),
    [("", "10D2G2U"), ("DXU", "10D2G2U"), ("D" * 10_241, "10D2G2U"), ("DSU", "10D2G3U"), ("DSU", "12D0G2U"),
     ("DSU", "ten"), ("DSU", "-1D13G2U")],
)  # fmt: skip
def test_pattern_or_special_slot_that_cannot_be_read_is_refused(tdd: str, special: str) -> None:
    with pytest.raises(BadInput):
        align(Radio(30e3, tdd, special))


def test_special_slot_alone_carries_downlink_data() -> None:
    delay = align(Radio(30e3, "S", direction="dl")).delay  # 6 + wait up to 14 + 10 + 5 symbols
    assert delay.max_s == pytest.approx(35 * Radio().symbol_s)
    assert delay.mean_s == pytest.approx(28 * Radio().symbol_s)


def test_two_downlink_symbols_are_the_least_a_special_slot_needs() -> None:
    with_two, with_one = (align(Radio(30e3, "DSU", s, "dl")).delay for s in ("2D10G2U", "1D11G2U"))
    assert with_two.max_s < with_one.max_s


def test_special_slot_without_uplink_symbols_gives_no_request() -> None:
    with_two, without = (align(Radio(30e3, "DDSU", s)).delay for s in ("10D2G2U", "10D4G0U"))
    # the request of the U slot leads to the same grant as that of S, so only the phase of the wait differs
    assert without.max_s >= with_two.max_s


@pytest.mark.parametrize("spelled", ["10D2G2U", "10D:2G:2U", "10:2:2", "10d 2g 2u"])
def test_special_slot_is_read_in_each_spelling(spelled: str) -> None:
    assert align(Radio(special=spelled)).delay.mean_s == align(Radio()).delay.mean_s


def test_pattern_turned_round_gives_the_same_delay() -> None:
    turned = [align(Radio(tdd=t)).delay for t in ("DDDSU", "UDDDS", "SUDDD", "DDDSUDDDSU")]
    for delay in turned[1:]:
        assert delay.mean_s == pytest.approx(turned[0].mean_s)
        assert delay.max_s == pytest.approx(turned[0].max_s)


def test_request_period_lengthens_the_wait_and_one_slot_is_every_chance() -> None:
    every, each_slot, two_patterns = (
        align(Radio(request_period_slots=p)).delay.max_s for p in (None, 1, 10)
    )  # fmt: skip
    assert each_slot == pytest.approx(every)
    assert two_patterns - every == pytest.approx(2.5e-3 + 2 / 14 * 0.5e-3)  # next chance is 10 slots on, in S


def test_configured_grant_of_each_pattern_equals_its_uplink_slot() -> None:
    every, period = (align(Radio(access="cg", configured_period_slots=p)).delay for p in (None, 5))
    assert period.mean_s == pytest.approx(every.mean_s)


def test_mini_slots_begin_sooner_and_end_sooner() -> None:
    slot, *mini = (align(Radio(tdd="FDD", direction="dl", mini_slot=m)).delay.mean_s for m in (None, 7, 4, 2))
    assert mini == sorted(mini, reverse=True)
    assert mini[0] < slot
    symbols = 6 + 3.5 + 7 + 5  # N2/2, mean wait, TTI, N1/2
    assert mini[0] == pytest.approx(symbols * Radio().symbol_s)


def test_repetitions_of_a_configured_grant_take_the_next_uplink_slots() -> None:
    radio = Radio(access="cg", bler=0.1, repetitions=2)
    found = align(radio)
    assert found.delay.delivered_ratio == pytest.approx(0.99)
    assert found.delay.max_s - align(Radio(access="cg")).delay.max_s == pytest.approx(2.5e-3)


def test_duplicates_fail_together_only() -> None:
    assert align(Radio(bler=0.1, duplicates=2)).delay.delivered_ratio == pytest.approx(0.99)


def test_buffer_status_round_adds_one_grant_cycle() -> None:
    without, always = (align(Radio(bsr_ratio=q)).delay for q in (0.0, 1.0))
    assert always.mean_s - without.mean_s == pytest.approx(2.5e-3)
    half = align(Radio(bsr_ratio=0.5)).delay
    assert half.mean_s == pytest.approx((without.mean_s + always.mean_s) / 2)


def test_offset_shifts_downlink_whole_and_uplink_by_grants() -> None:
    down = [align(Radio(direction="dl", offset_slots=k)).delay.mean_s for k in (0, 8)]
    assert down[1] - down[0] == pytest.approx(4e-3)  # M = 5 and H = 3 slots at 30 kHz are 4 ms
    up = [align(Radio(offset_slots=k)).delay.mean_s for k in (0, 2, 4)]
    assert up[1] == pytest.approx(up[0])
    assert up[2] - up[0] == pytest.approx(2.5e-3)


@pytest.mark.parametrize(
    ("quantity", "capability", "scs_khz", "symbols"),
    [("N1", 1, 15, 8), ("N1", 1, 30, 10), ("N1", 1, 60, 17), ("N1", 1, 120, 20), ("N1", 2, 15, 3), ("N1", 2, 30, 4.5),
     ("N1", 2, 60, 9), ("N2", 1, 15, 10), ("N2", 1, 30, 12), ("N2", 1, 60, 23), ("N2", 1, 120, 36), ("N2", 2, 15, 5),
     ("N2", 2, 30, 5.5), ("N2", 2, 60, 11)],
)  # fmt: skip
def test_processing_symbols_are_those_of_ts_38_214(
    quantity: str, capability: int, scs_khz: float, symbols: float
) -> None:
    """TS 38.214 v19 Tables 5.3-1, 5.3-2, 6.4-1, 6.4-2."""
    assert processing_symbols(quantity, capability, scs_khz * 1e3) == symbols  # type: ignore[arg-type]


@pytest.mark.parametrize(("capability", "scs_hz"), [(2, 120e3), (1, 240e3), (1, 0.0), (1, float("nan"))])
def test_spacing_without_a_processing_time_is_refused(capability: int, scs_hz: float) -> None:
    with pytest.raises(OutOfRange, match=r"TS 38\.214"):
        Radio(scs_hz, capability=capability)


@pytest.mark.parametrize(
    "given",
    [{"bler": 1.0}, {"bler": -0.1}, {"max_retransmissions": 32}, {"offset_slots": -1}, {"repetitions": 9},
     {"duplicates": 0}, {"mini_slot": 3}, {"capability": 3}, {"direction": "up"}, {"access": "rach"},
     {"request_period_slots": 0}, {"bsr_ratio": 1.1}, {"bler_retransmission": 1.0}],
)  # fmt: skip
def test_option_outside_its_limits_is_refused(given: dict[str, float]) -> None:
    with pytest.raises(BadInput):
        Radio(**given)  # type: ignore[arg-type]


def test_longest_pattern_gives_percentiles_too() -> None:
    rng = np.random.default_rng(3)
    tdd = "".join(rng.choice(list("DSU"), 10_240))
    found = align(Radio(30e3, tdd, bler=0.1, max_retransmissions=1))
    assert found.delay.delivered_ratio == pytest.approx(0.99)
    assert found.delay.min_s < found.delay.percentile_s(0.5) < found.delay.percentile_s(0.98) < found.delay.max_s


def test_pattern_written_twice_is_merged_into_the_same_pieces() -> None:
    once, many = (align(Radio(tdd="DDDSU" * n)).delay for n in (1, 50))
    assert len(many.weight) == len(once.weight)
    assert many.mean_s == pytest.approx(once.mean_s)


def test_every_processing_time_names_its_table() -> None:
    for row in facts.table("service/processing_times.csv"):
        assert row.need("source_id") in facts.sources()
        assert "Table" in row.need("clause")
