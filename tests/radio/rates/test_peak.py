"""Peak rate of TS 38.306, devices with limits, and the rate of the transport blocks."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.radio.rates.devices import device, device_rate, devices
from setsail.radio.rates.peak import Carrier, carrier_rate_bps, overheads, peak_rate_bps, scalings
from setsail.radio.rates.scheduled import SlotUse, scheduled_rate_bps, split_layers
from setsail.radio.rates.tbs import transport_block
from setsail.radio.rates.tdd import frame_structure

FULL = Carrier(273, 30e3, 8, 4)


def test_100_mhz_four_layers_256qam_peaks_at_2337_mbit() -> None:
    """1e6 * (4 * 8 * 948/1024) * 273 * 12 / (1e-3 / 28) * 0.86, by hand 2337.00012 Mbit/s."""
    assert carrier_rate_bps(FULL) == pytest.approx(2_337_000_120, rel=1e-12)


def test_each_factor_of_the_formula_scales_the_rate() -> None:
    base = carrier_rate_bps(FULL)
    assert carrier_rate_bps(replace(FULL, layers=2)) == pytest.approx(base / 2)
    assert carrier_rate_bps(replace(FULL, qm=6)) == pytest.approx(base * 6 / 8)
    assert carrier_rate_bps(replace(FULL, scaling=0.4)) == pytest.approx(base * 0.4)
    assert carrier_rate_bps(replace(FULL, direction="ul")) == pytest.approx(base * 0.92 / 0.86)
    assert carrier_rate_bps(replace(FULL, share=52 / 70)) == pytest.approx(base * 52 / 70)
    assert carrier_rate_bps(replace(FULL, overhead_given=0.0)) == pytest.approx(base / 0.86)
    assert carrier_rate_bps(replace(FULL, rate_x1024=474)) == pytest.approx(base / 2)


def test_overheads_and_scalings_are_those_of_the_clause() -> None:
    told = {("FR1", "dl"): 0.14, ("FR2", "dl"): 0.18, ("FR1", "ul"): 0.08, ("FR2", "ul"): 0.10}
    assert overheads() == told
    assert scalings() == (1.0, 0.8, 0.75, 0.4)


def test_carriers_add_up_across_frequency_ranges() -> None:
    mmwave = Carrier(264, 120e3, 6, 2, frequency_range="FR2")
    assert peak_rate_bps([FULL, mmwave]) == pytest.approx(carrier_rate_bps(FULL) + carrier_rate_bps(mmwave))
    by_hand = 2 * 6 * 948 / 1024 * 264 * 12 * 14 * 8000 * 0.82
    assert carrier_rate_bps(mmwave) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"n_prb": 0}, "prb"), ({"n_prb": 276}, "prb"), ({"n_prb": 274}, "273"), ({"scs_hz": 15e3}, "270"),
         ({"layers": 9}, "layers"), ({"layers": 0}, "layers"),
        ({"rate_x1024": 1024.0}, "rate"), ({"scs_hz": 120e3}, "FR1"), ({"scs_hz": 29e3}, "scs"), ({"qm": 5}, "qm"),
        ({"scaling": 0.5}, "scaling"), ({"share": 0.0}, "share"), ({"share": 1.1}, "share"),
        ({"overhead_given": 1.0}, "overhead"),
    ],
)  # fmt: skip
def test_a_carrier_outside_its_limits_is_refused(change: dict[str, float], word: str) -> None:
    with pytest.raises(OutOfRange, match=word):
        replace(FULL, **change)  # type: ignore[arg-type]


def test_no_carrier_or_both_directions_are_refused() -> None:
    with pytest.raises(BadInput, match="empty"):
        peak_rate_bps([])
    with pytest.raises(BadInput, match="mix"):
        peak_rate_bps([FULL, replace(FULL, direction="ul")])


def test_transport_blocks_of_every_slot_come_within_3_percent_of_the_formula() -> None:
    block = transport_block(273, 8, 948, 4, symbols=13, dmrs_re=12).tbs_bits
    assert scheduled_rate_bps(FULL, SlotUse()) == block * 2000
    assert scheduled_rate_bps(FULL, SlotUse()) == pytest.approx(carrier_rate_bps(FULL), rel=0.03)


def test_scheduled_rate_in_tdd_counts_slots_and_the_special_slot() -> None:
    frame = frame_structure("DDDSU", 30e3)
    tdd = replace(FULL, share=frame.shares[0])
    full = transport_block(273, 8, 948, 4, symbols=13, dmrs_re=12).tbs_bits
    short = transport_block(273, 8, 948, 4, symbols=9, dmrs_re=12).tbs_bits
    assert scheduled_rate_bps(tdd, SlotUse(), frame) == pytest.approx((3 * full + short) * 400)
    up = replace(FULL, direction="ul", layers=1, share=frame.shares[2])
    uplink = transport_block(273, 8, 948, 1, symbols=14, dmrs_re=12).tbs_bits
    assert scheduled_rate_bps(up, SlotUse(), frame) == pytest.approx(uplink * 400)


def test_more_than_four_layers_are_two_blocks() -> None:
    assert [split_layers(n) for n in (1, 4, 5, 8)] == [(1,), (4,), (2, 3), (4, 4)]
    eight = scheduled_rate_bps(replace(FULL, layers=8), SlotUse())
    assert eight == 2 * scheduled_rate_bps(FULL, SlotUse())


def test_redcap_takes_20_mhz_its_layers_and_64qam() -> None:
    got = device_rate(FULL, device("redcap-2rx"))
    assert (got.carrier.n_prb, got.carrier.layers, got.carrier.qm) == (51, 2, 6)
    assert got.rate_bps == pytest.approx(2 * 6 * 948 / 1024 * 51 * 12 * 28000 * 0.86)
    assert len(got.limits) == 3
    assert device_rate(FULL, device("redcap-1rx")).rate_bps == pytest.approx(got.rate_bps / 2)
    assert device_rate(FULL, device("redcap-2rx-256qam")).rate_bps == pytest.approx(got.rate_bps * 8 / 6)


def test_redcap_takes_100_mhz_in_fr2() -> None:
    wide = Carrier(264, 120e3, 6, 2, frequency_range="FR2")
    assert device_rate(wide, device("redcap-2rx")).carrier.n_prb == 66


def test_half_duplex_halves_fdd_and_leaves_tdd() -> None:
    both, half = device("redcap-1rx"), device("redcap-1rx-hd")
    assert device_rate(FULL, half).rate_bps == pytest.approx(device_rate(FULL, both).rate_bps / 2)
    tdd = replace(FULL, share=0.7)
    assert device_rate(tdd, half).rate_bps == device_rate(tdd, both).rate_bps


@pytest.mark.parametrize("direction", ["dl", "ul"])
def test_eredcap_stops_at_10_mbit(direction: str) -> None:
    got = device_rate(replace(FULL, direction=direction), device("eredcap-2rx"))  # type: ignore[arg-type]
    assert got.rate_bps == 10e6
    small = Carrier(4, 15e3, 2, 1, 120)
    assert device_rate(small, device("eredcap-1rx")).rate_bps == pytest.approx(carrier_rate_bps(small))


def test_a_carrier_that_a_device_cannot_use_is_refused() -> None:
    with pytest.raises(BadInput, match="FR2"):
        device_rate(Carrier(66, 120e3, 6, 1, frequency_range="FR2"), device("eredcap-1rx"))
    with pytest.raises(BadInput, match="60 kHz"):
        device_rate(Carrier(24, 60e3, 6, 1), device("eredcap-1rx"))
    with pytest.raises(UnknownName, match="nothing"):
        device("nothing")


@pytest.mark.parametrize("name", sorted(devices()))
def test_no_device_gains_by_its_limits(name: str) -> None:
    for direction in ("dl", "ul"):
        carrier = replace(FULL, direction=direction)
        assert device_rate(carrier, device(name)).rate_bps <= carrier_rate_bps(carrier)
