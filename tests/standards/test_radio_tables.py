"""The radio tables: keys, sources, order, and the look-up of each."""

from __future__ import annotations

from importlib.resources import files
from itertools import pairwise

import pytest

from setsail.base.errors import OutOfRange, UnknownName
from setsail.radio.emc import covered_share, gaps_mhz
from setsail.standards import facts
from setsail.standards import radio as tables

TABLES = (
    "nr_bands", "nr_channel_bandwidths", "nr_nrb", "ue_power_class_fr1", "ue_release_profiles", "emc_band_coverage",
    "iec60601_1_2_table9", "iec60601_1_2_radiated", "mcs_1", "mcs_2", "mcs_3", "mcs_4", "cqi_1", "cqi_2", "cqi_3",
    "cqi_4", "cqi_sinr", "tbs_small", "link_models", "peak_rate", "ue_rate_limits", "exposure_limits",
    "exposure_shares",
)  # fmt: skip
FR2 = {f"n{number}" for number in range(257, 264)}


@pytest.mark.parametrize("name", TABLES)
def test_every_row_names_a_known_source_and_a_clause(name: str) -> None:
    rows = tables.rows(name)
    assert rows
    for row in rows:
        assert row.need("source_id") in facts.sources(), row
        assert row.need("clause")
        if "evidence" in row.cells:
            assert row.need("evidence") in ("seen", "recalled", "unverified")


def test_every_table_of_these_subjects_is_shipped_as_a_file() -> None:
    folder = files("setsail.standards") / "data" / "radio"
    assert {f"{name}.csv" for name in TABLES} <= {entry.name for entry in folder.iterdir()}


def test_bands_hold_their_edges_and_their_duplex_tells_which_directions_they_have() -> None:
    assert len(tables.bands()) == 77
    for band in tables.bands().values():
        for edges in (band.ul_hz, band.dl_hz):
            assert edges is None or 0 < edges[0] < edges[1] < 72e9
        assert (band.ul_hz is None) == (band.duplex == "SDL")
        assert (band.dl_hz is None) == (band.duplex == "SUL")
        assert (band.duplex == "TDD") == (band.ul_hz == band.dl_hz)
        assert band.frequency_range == ("FR1" if band.name not in FR2 else "FR2")


def test_band_is_found_by_name_number_and_frequency() -> None:
    assert tables.band("N78") is tables.band("78")
    assert tables.band("n78").ul_hz == (3.3e9, 3.8e9)
    assert {b.name for b in tables.bands_at(3.5e9)} == {"n77", "n78"}
    assert {b.name for b in tables.bands_at(3.3e9)} == {"n77", "n78"}
    assert tables.bands_at(3.2999e9) == []
    with pytest.raises(UnknownName, match="n9999"):
        tables.band("n9999")


def test_every_channel_bandwidth_of_every_band_has_a_number_of_resource_blocks() -> None:
    for row in tables.rows("nr_channel_bandwidths"):
        band = tables.band(row.need("band"))
        scs_hz = float(row.need("scs_khz")) * 1e3
        for bandwidth in tables.channel_bandwidths_hz(band.name, scs_hz):
            blocks = tables.n_rb(bandwidth, scs_hz, band.frequency_range)
            assert 12 * blocks * scs_hz < bandwidth  # guard bands on both sides


def test_resource_blocks_grow_with_bandwidth_and_fall_with_spacing() -> None:
    for part in ("FR1", "FR2"):
        grid = tables.grid(part)
        for (scs, bandwidth), blocks in grid.items():
            assert all(n > blocks for (s, b), n in grid.items() if s == scs and b > bandwidth)
            assert all(n < blocks for (s, b), n in grid.items() if b == bandwidth and s > scs)
    assert tables.n_rb(100e6, 30e3, "FR1") == 273
    assert tables.n_rb(100e6, 120e3, "FR2") == 66


@pytest.mark.parametrize(("bandwidth", "scs", "part"), [(33e6, 30e3, "FR1"), (100e6, 15e3, "FR1"), (20e6, 31e3, "FR1")])
def test_bandwidth_without_blocks_is_refused(bandwidth: float, scs: float, part: tables.FrequencyRange) -> None:
    with pytest.raises(OutOfRange, match="channel bandwidth"):
        tables.n_rb(bandwidth, scs, part)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_mcs_tables_have_32_rows_whose_efficiency_grows_with_the_index(number: int) -> None:
    schemes = tables.mcs_table(number)
    assert [s.index for s in schemes] == list(range(32))
    used = [s for s in schemes if s.rate_x1024 is not None]
    steps = [b.efficiency - a.efficiency for a, b in pairwise(used)]
    falls = [(used[i].qm, used[i + 1].qm) for i, step in enumerate(steps) if step <= 0]
    assert falls == ([(4, 6)] if number == 1 else [])  # 16QAM 658 stands before 64QAM 438, as printed
    assert [s.qm for s in schemes if s.rate_x1024 is None] == sorted({s.qm for s in used})
    assert all(a.qm <= b.qm for a, b in pairwise(used))


@pytest.mark.parametrize(
    ("table", "index", "qm", "rate", "efficiency"),
    [
        ("qam64", 0, 2, 120, 0.2344), ("qam64", 9, 2, 679, 1.3262), ("qam64", 16, 4, 658, 2.5703),
        ("qam64", 17, 6, 438, 2.5664), ("qam64", 28, 6, 948, 5.5547), ("qam256", 4, 2, 602, 1.1758),
        ("qam256", 20, 8, 682.5, 5.3320), ("qam256", 26, 8, 916.5, 7.1602), ("qam256", 27, 8, 948, 7.4063),
        ("qam64LowSE", 0, 2, 30, 0.0586), ("qam64LowSE", 14, 2, 602, 1.1758), ("qam64LowSE", 28, 6, 772, 4.5234),
        ("qam1024", 2, 2, 449, 0.8770), ("qam1024", 23, 10, 805.5, 7.8662), ("qam1024", 26, 10, 948, 9.2578),
    ],
)  # fmt: skip
def test_mcs_gives_the_printed_efficiency(table: str, index: int, qm: int, rate: float, efficiency: float) -> None:
    """The efficiency column of TS 38.214 Tables 5.1.3.1-1 to -4, printed to 4 digits, is not shipped: a check digit."""
    scheme = tables.mcs(table, index)
    assert (scheme.qm, scheme.rate_x1024) == (qm, rate)
    assert scheme.efficiency == pytest.approx(efficiency, abs=5.1e-5)


@pytest.mark.parametrize(("table", "index"), [("2", 28), ("1", 29), ("4", 27), ("1", 32), ("1", -1)])
def test_reserved_or_missing_mcs_is_refused(table: str, index: int) -> None:
    with pytest.raises(OutOfRange, match="MCS") as caught:
        tables.mcs(table, index)
    assert ("reserved" in str(caught.value)) == (0 <= index < 32)


def test_unknown_tables_are_refused() -> None:
    with pytest.raises(UnknownName, match="MCS table"):
        tables.mcs_table("5")
    with pytest.raises(UnknownName, match="CQI table"):
        tables.cqi_table(0)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_cqi_tables_have_15_rows_of_growing_efficiency(number: int) -> None:
    schemes = tables.cqi_table(number)
    assert [s.index for s in schemes] == list(range(1, 16))
    assert all(a.efficiency < b.efficiency for a, b in pairwise(schemes))
    assert all(s.verified for s in schemes) == (number != 4)


@pytest.mark.parametrize(("number", "first", "last"), [(1, 0.1523, 5.5547), (2, 0.1523, 7.4063), (3, 0.0586, 4.5234)])
def test_cqi_tables_end_at_the_printed_efficiencies(number: int, first: float, last: float) -> None:
    schemes = tables.cqi_table(number)
    assert [schemes[0].efficiency, schemes[-1].efficiency] == pytest.approx([first, last], abs=5.1e-5)


def test_small_transport_blocks_are_93_growing_multiples_of_8() -> None:
    sizes = tables.small_tbs()
    assert (len(sizes), sizes[0], sizes[-1]) == (93, 24, 3824)
    assert all(size % 8 == 0 for size in sizes)
    assert list(sizes) == sorted(set(sizes))


def test_power_classes_of_a_band_come_with_23_dbm_everywhere() -> None:
    assert tables.power_classes_dbm("n41") == {"1": 31.0, "1.5": 29.0, "2": 26.0, "3": 23.0}
    named = {row.need("band") for row in tables.rows("ue_power_class_fr1")}
    assert named - set(tables.bands()) == {"n47"}  # sidelink only: no band of a base station
    for name in named - {"n47"}:
        assert tables.power_classes_dbm(name)["3"] == 23.0
    assert tables.power_classes_dbm("n257") == {}


def test_ue_features_are_found_by_part_of_the_name() -> None:
    assert len(tables.ue_features("eredcap")) == 2
    assert {row["evidence"] for row in tables.ue_features("Release")} == {"recalled"}
    assert len(tables.ue_features()) == len(tables.rows("ue_release_profiles"))


def test_coverage_of_every_band_by_the_immunity_test_is_the_overlap_of_both_tables() -> None:
    told = {row.need("band"): row for row in tables.rows("emc_band_coverage")}
    assert set(told) == set(tables.bands())
    for name, row in told.items():
        for direction in ("ul", "dl"):
            share = covered_share(name, direction)
            assert row.get(f"{direction}_covered_share") == ("" if share is None else str(round(share, 3)))
            assert row.get(f"{direction}_gap_mhz") == gaps_mhz(name, direction)


def test_immunity_levels_are_those_of_the_stated_power_at_the_stated_distance() -> None:
    for spot in tables.immunity_spots():
        assert spot.low_hz <= min(spot.spots_hz) <= max(spot.spots_hz) <= spot.high_hz
        field = 6 * spot.max_power_w**0.5 / spot.distance_m
        assert abs(field - spot.level_v_per_m) < 0.5  # printed to whole V/m
