"""Cells of a table, checked row by row: what cannot be used is told as a finding, the rest is kept."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace
from functools import cache
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import BadInput
from setsail.base.tables import Row
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.pathloss.scenarios import default, limits
from setsail.standards import facts

OPTIONAL_TEXT = ("site_id", "operator", "band")
SHOWN = 5
AZIMUTHS_DEG = (0.0, 120.0, 240.0)
WIDEST_DEG = 120.0
"""The polynomial of the horizontal angle holds so far; the pattern must have reached its cap there."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that a reader must know: a code, where it was met, what it is."""

    code: str
    where: str
    what: str

    def record(self) -> dict[str, str]:
        """As written in the summary."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Cells:
    """Usable cells as columns (n,); see `coverage_cells.csv` for meaning and units.

    resource_blocks : of the carrier;  conducted_re_dbm : power of one resource element at the antenna connector.
    """

    cell_id: npt.NDArray[np.str_]
    lon: F64
    lat: F64
    azimuth_deg: F64
    tilt_deg: F64
    height_m: F64
    frequency_hz: F64
    bandwidth_hz: F64
    scs_hz: F64
    eirp_re_dbm: F64
    antenna_gain_dbi: F64
    load: F64
    h_beamwidth_deg: F64
    v_beamwidth_deg: F64
    front_back_db: F64
    sidelobe_db: F64
    resource_blocks: I64

    def __len__(self) -> int:
        """Number of cells."""
        return len(self.cell_id)

    @property
    def conducted_re_dbm(self) -> F64:
        """Power of one resource element at the antenna connector [dBm]."""
        return self.eirp_re_dbm - self.antenna_gain_dbi

    def take(self, which: I64 | Bool) -> Cells:
        """Some of the cells."""
        return replace(self, **{f.name: getattr(self, f.name)[which] for f in fields(self)})

    def digest(self) -> str:
        """SHA-256 over all columns: the identity of the input."""
        told = hashlib.sha256()
        for field in fields(self):
            column = getattr(self, field.name)
            told.update(
                "\0".join(column).encode() if column.dtype.kind == "U" else np.ascontiguousarray(column).tobytes()
            )
        return told.hexdigest()


@cache
def columns() -> tuple[Row, ...]:
    """The columns of a cells table with units, defaults, ranges and sources."""
    return tuple(facts.table("radio/coverage_cells.csv"))


def parts(path: Path) -> tuple[Path, ...]:
    """The files of a table: the file itself, or the Parquet files of a folder in order of name. Raises BadInput."""
    if path.is_file():
        return (path,)
    found = tuple(sorted(path.glob("*.parquet")))
    if not found:
        what = "holds no Parquet file" if path.is_dir() else "does not exist"
        raise BadInput(what, where=str(path), allowed="a Parquet or CSV file, or a folder of Parquet files")
    return found


def read(path: Path) -> pa.Table:
    """The rows of a Parquet or CSV file, or of all Parquet files of a folder. Raises BadInput."""
    return pa.concat_tables([_read(one) for one in parts(path)])


def _read(path: Path) -> pa.Table:
    try:
        if path.suffix.lower() == ".csv":
            texts = pa_csv.ConvertOptions(column_types={name: pa.string() for name in ("cell_id", *OPTIONAL_TEXT)})
            with path.open("rb") as file:
                notes = next((n for n, line in enumerate(file) if not line.startswith(b"#")), 0)
            return pa_csv.read_csv(path, pa_csv.ReadOptions(skip_rows=notes), convert_options=texts)
        return pq.ParquetFile(path).read()
    except (pa.ArrowInvalid, pa.ArrowTypeError, OSError) as err:
        told = str(err).splitlines()[0]
        raise BadInput(f"cannot be read: {told}", where=str(path), allowed="a Parquet or CSV file") from err


def cells(
    table: pa.Table,
    options: CoverageOptions,
    *,
    where: str = "cells",
    operator: str | None = None,
    three_sectors: bool = False,
) -> tuple[Cells, tuple[Finding, ...]]:
    """The usable cells of a table and findings about the others.

    operator : keep its cells only;  three_sectors : give every row without azimuth three cells at 0, 120 and 240
    degrees, for tables of stations such as the synthetic country.
    Raises BadInput: a column is missing or of the wrong kind, no row, or no usable row.
    """
    if not table.num_rows:
        raise BadInput("holds no cell", where=where, allowed="one row or more")
    findings: list[Finding] = []
    table = _with_frequency(table, findings)
    if operator is not None:
        table = _of_operator(table, operator, where)
    if three_sectors:
        table = _three_sectors(table, findings)
    needed = [r.get("column") for r in columns() if r.get("required") == "yes"]
    lacking = [name for name in needed if name not in table.column_names]
    if lacking:
        hint = "--three-sectors for a table of stations" if lacking == ["azimuth_deg"] else ""
        raise BadInput(f"lacks column {lacking[0]!r}", where=where, allowed=", ".join(needed), hint=hint)
    made = _columns(table, options, where)
    usable = _checked(made, options, findings)
    if not usable.any():
        raise BadInput("has no usable cell", where=where, hint="; ".join(f.what for f in findings[:SHOWN]))
    return _without_duplicates(made.take(usable), findings), tuple(findings)


def _with_frequency(table: pa.Table, findings: list[Finding]) -> pa.Table:
    """Frequencies of rows that only name their band: the middle of its downlink."""
    if "frequency_hz" in table.column_names or "band" not in table.column_names:
        return table
    middle = {
        r.get("band"): 0.5e6 * (float(r.get("dl_low_mhz")) + float(r.get("dl_high_mhz")))
        for r in facts.table("radio/nr_bands.csv") if r.get("dl_low_mhz")
    }  # fmt: skip
    values = [middle.get(str(band)) for band in table["band"].to_pylist()]
    findings.append(Finding("frequency-from-band", "frequency_hz", "the middle of the downlink of each band is taken"))
    return table.append_column("frequency_hz", pa.array(values, pa.float64()))


def _of_operator(table: pa.Table, operator: str, where: str) -> pa.Table:
    if "operator" not in table.column_names:
        raise BadInput("lacks column 'operator'", where=where, hint="leave --operator away")
    kept = table.filter(pc.equal(table["operator"], operator))
    if not kept.num_rows:
        known = sorted({str(v) for v in table["operator"].unique().to_pylist() if v is not None})
        raise BadInput(f"has no cell of {operator!r}", where=where, allowed=", ".join(known[:20]))
    return kept


def _three_sectors(table: pa.Table, findings: list[Finding]) -> pa.Table:
    if "azimuth_deg" in table.column_names:
        return table
    n, k = table.num_rows, len(AZIMUTHS_DEG)
    many = table.take(pa.array(np.repeat(np.arange(n), k)))
    names = [f"{name}-{s + 1}" for name in table["cell_id"].cast(pa.string()).to_pylist() for s in range(k)]
    many = many.set_column(many.schema.get_field_index("cell_id"), "cell_id", pa.array(names))
    told = f"{n} stations without azimuth became {n * k} cells at {', '.join(f'{a:g}' for a in AZIMUTHS_DEG)} degrees"
    findings.append(Finding("three-sectors", "azimuth_deg", told))
    return many.append_column("azimuth_deg", pa.array(np.tile(AZIMUTHS_DEG, n)))


def _columns(table: pa.Table, options: CoverageOptions, where: str) -> Cells:
    """All columns as numbers; what is empty becomes the default, or NaN where there is none."""
    got: dict[str, F64] = {}
    for row in columns():
        name, text = row.get("column"), row.get("default")
        if row.get("dtype") == "text":
            continue
        fallback = default(options.scenario, "h_bs_m") if text == "scenario" else float(text) if text else np.nan
        got[name] = _numbers(table, name, fallback, where)
    blocks = resource_blocks(got["scs_hz"], got["bandwidth_hz"])
    power, gain = got.pop("tx_power_dbm"), got["antenna_gain_dbi"]
    with np.errstate(divide="ignore"):
        computed = power + gain - 10.0 * np.log10(12.0 * blocks)
    got["eirp_re_dbm"] = np.where(np.isnan(got["eirp_re_dbm"]), computed, got["eirp_re_dbm"])
    omni = np.isnan(got["azimuth_deg"]) & (got["h_beamwidth_deg"] >= 360.0)
    got["azimuth_deg"] = np.where(omni, 0.0, got["azimuth_deg"])
    names = np.array(["" if v is None else str(v) for v in table["cell_id"].to_pylist()], dtype=np.str_)
    return Cells(cell_id=names, resource_blocks=blocks, **got)


def _numbers(table: pa.Table, name: str, fallback: float, where: str) -> F64:
    if name not in table.column_names:
        return np.full(table.num_rows, fallback)
    column = table[name]
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type) or pa.types.is_null(column.type)):
        raise BadInput(f"is of type {column.type}", where=f"{where} column {name!r}", allowed="numbers")
    empty = np.asarray(column.is_null().combine_chunks())
    values = np.asarray(column.cast(pa.float64()).fill_null(np.nan).combine_chunks(), dtype=np.float64).copy()
    values[empty] = fallback
    return values


def resource_blocks(scs_hz: F64, bandwidth_hz: F64) -> I64:
    """(n,) resource blocks of each carrier; 0 where TS 38.104 has no such carrier.

    Source: 3GPP TS 38.104 v19.4.0, Tables 5.3.2-1 and 5.3.2-2; up to 60 kHz the first table goes before the second.
    """
    known: dict[tuple[float, float], int] = {}
    for row in facts.table("radio/nr_nrb.csv"):
        known.setdefault((float(row.get("scs_khz")) * 1e3, float(row.get("channel_bw_mhz")) * 1e6), int(row.get("nrb")))
    pairs, back = np.unique(np.stack([scs_hz, bandwidth_hz], axis=1), axis=0, return_inverse=True)
    counts = np.array([known.get((float(s), float(b)), 0) for s, b in pairs], dtype=np.int64)
    return counts[back.ravel()]


def _checked(made: Cells, options: CoverageOptions, findings: list[Finding]) -> Bool:
    """(n,) which cells are usable; each reason once, with the first cells that it names."""
    usable = np.ones(len(made), dtype=np.bool_)

    def refuse(bad: Bool, code: str, what: str) -> None:
        fresh = bad & usable
        if fresh.any():
            findings.append(Finding(code, _names(made.cell_id[fresh]), f"{int(fresh.sum())} left out: {what}"))
            usable[bad] = False

    refuse(made.cell_id == "", "no-identity", "cell_id is empty")
    refuse(np.isnan(made.azimuth_deg), "no-azimuth", "azimuth_deg is empty and the antenna is not omnidirectional")
    for row in columns():
        name = row.get("column")
        if row.get("dtype") == "text" or name == "tx_power_dbm":
            continue
        low, high, values = float(row.get("low")), float(row.get("high")), getattr(made, name)
        refuse(~np.isfinite(values), "not-a-number", f"{name} is empty or not finite")
        refuse(
            (values < low) | (values > high), "out-of-range", f"{name} is outside [{low:g}, {high:g}] {row.get('unit')}"
        )
    refuse(made.height_m <= options.h_ut_m, "too-low", f"height_m is not above the UE at {options.h_ut_m:g} m")
    for quantity, values in (("fc_hz", made.frequency_hz), ("h_bs_m", made.height_m)):
        limit = limits(options.scenario, "nlos").get(quantity)
        if limit is not None:
            outside = np.array([not limit.holds(v) for v in np.unique(values)])[
                np.unique(values, return_inverse=True)[1]
            ]
            refuse(outside, "outside-model", f"{quantity} is outside {options.scenario} {limit.text()}")
    refuse(made.resource_blocks == 0, "no-such-carrier", "TS 38.104 has no carrier of that bandwidth and spacing")
    wide = (made.h_beamwidth_deg < 360.0) & (cap_angle_deg(made.h_beamwidth_deg, made.front_back_db) > WIDEST_DEG)
    refuse(wide, "beam-too-wide", f"the pattern reaches front_back_db only beyond {WIDEST_DEG:g} degrees")
    refuse((made.h_beamwidth_deg <= 0) | (made.v_beamwidth_deg <= 0), "out-of-range", "a beamwidth is 0")
    return usable


def cap_angle_deg(beamwidth_deg: F64, cap_db: F64) -> F64:
    """Angle at which 12 (angle / beamwidth)^2 dB reaches the cap."""
    return np.asarray(beamwidth_deg * np.sqrt(cap_db / 12.0))


def _without_duplicates(kept: Cells, findings: list[Finding]) -> Cells:
    """Drops a second cell of one identity, and a second cell of one place, direction and carrier."""
    _, first = np.unique(kept.cell_id, return_index=True)
    again = np.setdiff1d(np.arange(len(kept)), first)
    if again.size:
        findings.append(
            Finding("duplicate-identity", _names(kept.cell_id[again]), f"{again.size} left out: cell_id repeats")
        )
        kept = kept.take(np.sort(first))
    told = np.stack(
        [kept.lon, kept.lat, np.round(kept.azimuth_deg % 360.0, 6) % 360.0, kept.height_m, kept.frequency_hz], axis=1
    )
    _, first = np.unique(told, axis=0, return_index=True)
    again = np.setdiff1d(np.arange(len(kept)), first)
    if again.size:
        what = f"{again.size} left out: same place, height, azimuth and frequency as an earlier cell"
        findings.append(Finding("duplicate-cell", _names(kept.cell_id[again]), what))
        kept = kept.take(np.sort(first))
    return kept


def _names(ids: Sequence[str] | npt.NDArray[np.str_]) -> str:
    more = f" and {len(ids) - SHOWN} more" if len(ids) > SHOWN else ""
    return ", ".join(map(str, ids[:SHOWN])) + more
