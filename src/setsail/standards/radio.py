"""Bands, channel grids, modulation tables, UE classes and test spots of the radio standards: look-up only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.tables import Row
from setsail.standards import facts

FrequencyRange = Literal["FR1", "FR2"]
Direction = Literal["dl", "ul"]
MHZ = 1e6
MCS_TABLES = {"1": 1, "2": 2, "3": 3, "4": 4, "qam64": 1, "qam256": 2, "qam64lowse": 3, "qam1024": 4}
CQI_TABLES = (1, 2, 3, 4)
GRID_TABLES: dict[FrequencyRange, tuple[str, ...]] = {
    "FR1": ("Table 5.3.2-1",),
    "FR2": ("Table 5.3.2-2", "Table 5.3.2-3"),
}
"""Of TS 38.104, by frequency range."""


@dataclass(frozen=True, slots=True)
class Band:
    """One NR operating band (TS 38.104 Tables 5.2-1 and 5.2-2); a direction that it lacks is None."""

    name: str
    part: str
    ul_hz: tuple[float, float] | None
    dl_hz: tuple[float, float] | None
    duplex: str
    notes: str
    source: str

    @property
    def frequency_range(self) -> FrequencyRange:
        """FR1 or FR2, without its part."""
        return "FR1" if self.part == "FR1" else "FR2"


@dataclass(frozen=True, slots=True)
class Scheme:
    """Modulation and code rate of one MCS or CQI index; `rate_x1024` is None where the index is reserved."""

    index: int
    qm: int
    rate_x1024: float | None
    verified: bool
    source: str

    @property
    def efficiency(self) -> float:
        """Information bits per resource element and layer; 0 where the index is reserved."""
        return self.qm * (self.rate_x1024 or 0.0) / 1024


@dataclass(frozen=True, slots=True)
class Spot:
    """One row of the immunity test at spot frequencies (IEC 60601-1-2 Table 9)."""

    spots_hz: tuple[float, ...]
    low_hz: float
    high_hz: float
    level_v_per_m: float
    max_power_w: float
    distance_m: float
    source: str


def rows(name: str) -> list[Row]:
    """The rows of one shipped radio table, such as `nr_bands`."""
    return facts.table(f"radio/{name}.csv")


def source_of(row: Row) -> str:
    """Source and clause of a row, as told in results."""
    return f"{row.need('source_id')} {row.need('clause')}"


def _edges(row: Row, direction: str) -> tuple[float, float] | None:
    low, high = row.get(f"{direction}_low_mhz"), row.get(f"{direction}_high_mhz")
    return (float(low) * MHZ, float(high) * MHZ) if low and high else None


@cache
def bands() -> dict[str, Band]:
    """Every NR band by its name. Source: TS 38.104 v19.4.0, Tables 5.2-1 and 5.2-2."""
    return {
        row.need("band"): Band(
            row.need("band"), row.need("range"), _edges(row, "ul"), _edges(row, "dl"), row.need("duplex"),
            row.get("notes"), source_of(row),
        )
        for row in rows("nr_bands")
    }  # fmt: skip


def band(name: str) -> Band:
    """The band of that name, such as `n78` or `78`. Raises UnknownName."""
    text = name.strip().lower()
    found = bands().get(text if text.startswith("n") else f"n{text}")
    if found is None:
        raise UnknownName(f"is {name!r}", where="band", allowed=", ".join(bands()))
    return found


def bands_at(fc_hz: float) -> list[Band]:
    """The bands that hold a carrier frequency [Hz] in either direction; empty where none does."""
    return [one for one in bands().values() if _holds(one.ul_hz, fc_hz) or _holds(one.dl_hz, fc_hz)]


def _holds(edges: tuple[float, float] | None, fc_hz: float) -> bool:
    return edges is not None and edges[0] <= fc_hz <= edges[1]


def channel_bandwidths_hz(name: str, scs_hz: float) -> tuple[float, ...]:
    """Channel bandwidths [Hz] of a band at one subcarrier spacing; empty where the band lacks that spacing.

    Raises UnknownName. Source: TS 38.104 v19.4.0, Tables 5.3.5-1 to 5.3.5-3.
    """
    wanted = band(name).name
    for row in rows("nr_channel_bandwidths"):
        if row.need("band") == wanted and float(row.need("scs_khz")) * 1e3 == scs_hz:
            return tuple(float(x) * MHZ for x in row.get("channel_bandwidths_mhz").split())
    return ()


def band_spacings_hz(name: str) -> tuple[float, ...]:
    """Subcarrier spacings [Hz] that a band has channel bandwidths for. Raises UnknownName."""
    wanted = band(name).name
    return tuple(float(r.need("scs_khz")) * 1e3 for r in rows("nr_channel_bandwidths") if r.need("band") == wanted)


@cache
def grid(frequency_range: FrequencyRange) -> dict[tuple[float, float], int]:
    """N_RB by (subcarrier spacing [Hz], channel bandwidth [Hz]). Source: TS 38.104 v19.4.0, cl. 5.3.2."""
    names = GRID_TABLES[frequency_range]
    return {
        (float(row.need("scs_khz")) * 1e3, float(row.need("channel_bw_mhz")) * MHZ): int(row.need("nrb"))
        for row in rows("nr_nrb")
        if row.need("table") in names
    }


def n_rb(bandwidth_hz: float, scs_hz: float, frequency_range: FrequencyRange) -> int:
    """Resource blocks of a channel bandwidth. Raises OutOfRange, naming the bandwidths of that spacing."""
    found = grid(frequency_range).get((scs_hz, bandwidth_hz))
    if found is not None:
        return found
    known = ", ".join(f"{bw / MHZ:g}" for scs, bw in grid(frequency_range) if scs == scs_hz)
    spacings = ", ".join(f"{scs / 1e3:g}" for scs in sorted({scs for scs, _ in grid(frequency_range)}))
    allowed = f"{known} MHz" if known else f"a spacing of {spacings} kHz in {frequency_range}"
    raise OutOfRange(
        f"is {bandwidth_hz / MHZ:g} MHz at {scs_hz / 1e3:g} kHz", where="channel bandwidth",
        allowed=f"{allowed} (TS 38.104 cl. 5.3.2)",
    )  # fmt: skip


def mcs_table_number(table: str | int) -> int:
    """Number of an MCS table by number or name (qam64, qam256, qam64LowSE, qam1024). Raises UnknownName."""
    found = MCS_TABLES.get(str(table).strip().lower())
    if found is None:
        raise UnknownName(f"is {table!r}", where="MCS table", allowed=", ".join(MCS_TABLES))
    return found


def _scheme(row: Row, column: str) -> Scheme:
    rate = row.get("rate_x1024")
    seen = row.need("evidence") == "seen"
    return Scheme(int(row.need(column)), int(row.need("qm")), float(rate) if rate else None, seen, source_of(row))


@cache
def _mcs(number: int) -> tuple[Scheme, ...]:
    return tuple(_scheme(row, "mcs") for row in rows(f"mcs_{number}"))


def mcs_table(table: str | int) -> tuple[Scheme, ...]:
    """The 32 rows of an MCS table of TS 38.214 (5.1.3.1-1 to 5.1.3.1-4). Raises UnknownName."""
    return _mcs(mcs_table_number(table))


def mcs(table: str | int, index: int) -> Scheme:
    """One MCS. Raises OutOfRange for an index outside the table or reserved for retransmissions."""
    schemes = mcs_table(table)
    top = max(s.index for s in schemes if s.rate_x1024 is not None)
    if not 0 <= index <= top:
        reserved = top < index < len(schemes)
        raise OutOfRange(
            f"is {index}" + (", reserved for retransmissions" if reserved else ""), where="MCS",
            allowed=f"0 to {top} (TS 38.214 Table 5.1.3.1-{mcs_table_number(table)})",
        )  # fmt: skip
    return schemes[index]


@cache
def cqi_table(number: int) -> tuple[Scheme, ...]:
    """CQI 1 to 15 of a table of TS 38.214: 1 = 5.2.2.1-2 (64QAM), 2 = -3 (256QAM), 3 = -4, 4 = -5 (1024QAM).

    Raises UnknownName.
    """
    if number not in CQI_TABLES:
        raise UnknownName(f"is {number!r}", where="CQI table", allowed=", ".join(map(str, CQI_TABLES)))
    return tuple(_scheme(row, "cqi") for row in rows(f"cqi_{number}"))


@cache
def small_tbs() -> tuple[int, ...]:
    """The 93 transport block sizes [bit] up to 3824. Source: TS 38.214 Table 5.1.3.2-1."""
    return tuple(int(row.need("tbs_bits")) for row in rows("tbs_small"))


def power_classes_dbm(name: str) -> dict[str, float]:
    """Output power [dBm] of the UE power classes that a band of FR1 has. Raises UnknownName.

    Source: TS 38.101-1 v19.5.0, Table 6.2.1-1.
    """
    wanted, columns = band(name).name, {"pc1_dbm": "1", "pc1_5_dbm": "1.5", "pc2_dbm": "2", "pc3_dbm": "3"}
    for row in rows("ue_power_class_fr1"):
        if row.need("band") == wanted:
            return {number: float(row.get(column)) for column, number in columns.items() if row.get(column)}
    return {}


def ue_features(subject: str = "") -> list[dict[str, str]]:
    """What a kind of device or a release brings, each row with its evidence; all of them where `subject` is empty."""
    wanted = subject.strip().lower()
    return [dict(row.cells) for row in rows("ue_release_profiles") if wanted in row.need("object").lower()]


@cache
def immunity_spots() -> tuple[Spot, ...]:
    """The bands of the spot test of medical devices with their levels. Source: IEC 60601-1-2 ed. 4, Table 9."""
    return tuple(_spot(row) for row in rows("iec60601_1_2_table9"))


def _spot(row: Row) -> Spot:
    spots = tuple(float(x) * MHZ for x in row.need("spot_frequencies_mhz").split())
    low, high = (float(x) * MHZ for x in row.need("band_mhz").split("-"))
    level = float(row.need("test_level").split()[0])
    return Spot(spots, low, high, level, float(row.need("max_power_w")), float(row.need("distance_m")), source_of(row))
