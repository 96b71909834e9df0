"""A block of a file turned into rows of ours: converted, judged, completed with the columns that are computed."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from setsail.base.arrays import F64, I64, Bool
from setsail.base.datum import to_wgs84
from setsail.base.errors import BadInput
from setsail.base.period import parse_period
from setsail.store.places import NOWHERE, h3_cells
from setsail.store.readers.block import Block
from setsail.store.readers.components import Component
from setsail.store.readers.convert import convert, mask, storage_type, today_everywhere
from setsail.store.readers.derive import h3_middles, quadkey_middles
from setsail.store.readers.figures import judge_figures
from setsail.store.readers.maps import Bound, Rule
from setsail.store.readers.refusals import Refusals
from setsail.store.readers.regions import Placer

SWAP_SAMPLE = 1_000


@dataclass(slots=True)
class Tally:
    """What is worth a note in the result, counted over all blocks."""

    counts: dict[str, int] = field(default_factory=dict)
    first_line: dict[str, int] = field(default_factory=dict)
    looked_at: int = 0

    def add(self, code: str, rows: Bool, block: Block) -> None:
        """Counts rows (n,) under a code, with the line of the first."""
        found = np.flatnonzero(rows)
        if len(found):
            self.first_line.setdefault(code, block.places.line(int(found[0])))
            self.counts[code] = self.counts.get(code, 0) + len(found)


@dataclass(frozen=True, slots=True)
class Assembler:
    """Makes rows of one component out of blocks, by a map that met the header of the file."""

    bound: Bound
    recorded_at: datetime
    placer: Placer | None
    tally: Tally

    @property
    def component(self) -> Component:
        """The kind that is made."""
        return self.bound.map.component

    def schema(self) -> pa.Schema:
        """Columns as stored."""
        return pa.schema(
            [pa.field(c.name, storage_type(c.dtype), nullable=not c.needed) for c in self.component.columns]
        )

    def rows(self, block: Block, refusals: Refusals) -> dict[str, pa.Array]:
        """All columns of all rows of the block; those that `refusals` names are not to be kept."""
        columns = self._read(block, refusals)
        self._place(columns, refusals)
        self._judge_times(columns, refusals)
        if self.component.kind == "observations":
            source = {rule.column.name: name for rule, name in self.bound.rules}.get("value")
            judge_figures(columns, block.arrays.get(source or ""), refusals)
            with np.errstate(invalid="ignore"):
                self._note_shares(columns, block, refusals)
        self._complete(columns, block, refusals)
        return columns

    def _read(self, block: Block, refusals: Refusals) -> dict[str, pa.Array]:
        ruled = {rule.column.name: (rule, source) for rule, source in self.bound.rules}
        columns: dict[str, pa.Array] = {}
        for column in self.component.read:
            rule, source = ruled.get(column.name, (Rule(column, constant=column.default), None))
            values = (
                self._constant(rule, block.rows)
                if source is None
                else self._converted(rule, block.arrays[source], refusals)
            )
            if column.default and values.null_count:
                filled = self._constant(Rule(column, constant=column.default), 1)[0]
                values = pc.fill_null(values, filled)
            if column.needed and values.null_count:
                refusals.add(mask(pc.is_null(values)), column.name, "is empty")
            columns[column.name] = values
        return columns

    def _converted(self, rule: Rule, array: pa.Array, refusals: Refusals) -> pa.Array:
        converted = convert(array, rule, self.bound.map.form)
        for rows, reason in converted.faults:
            refusals.add(rows, rule.column.name, reason)
        return converted.values

    def _constant(self, rule: Rule, rows: int) -> pa.Array:
        """One value in all rows. Raises BadInput where it is not one of the column's."""
        stored = storage_type(rule.column.dtype)
        if not rule.constant:
            return pa.nulls(rows, stored)
        made = convert(pa.array([rule.constant], pa.string()), rule, self.bound.map.form)
        for fault, reason in made.faults:
            if fault.any():
                raise BadInput(
                    f"{rule.constant!r} {reason}",
                    where=f"constant of column '{rule.column.name}'",
                    allowed=rule.column.description,
                )
        return pa.array([made.values[0].as_py()] * rows, stored)

    def _place(self, columns: dict[str, pa.Array], refusals: Refusals) -> None:
        """Judges coordinates that were read, and moves them to WGS 84."""
        if "lon" not in columns or "lat" not in columns:
            return
        lon, lat = _floats(columns["lon"]), _floats(columns["lat"])
        with np.errstate(invalid="ignore"):
            bad_lon, bad_lat = np.abs(lon) > 180, np.abs(lat) > 90
            swapped = bad_lat & (np.abs(lat) <= 180) & (np.abs(lon) <= 90)
            nowhere = (lon == 0) & (lat == 0)
        refusals.add(swapped, "lat", "is outside [-90, 90]: lon and lat look swapped")
        refusals.add(bad_lat, "lat", "is outside [-90, 90]")
        refusals.add(bad_lon, "lon", "is outside [-180, 180]")
        refusals.add(nowhere, "lon", "is 0 and so is lat: a place that was never set")
        datum = self.bound.map.form.datum
        if datum != "wgs84":
            good = ~refusals.refused
            x, y = to_wgs84(np.where(good, lon, 0.0), np.where(good, lat, 0.0), datum)
            columns["lon"], columns["lat"] = pa.array(x), pa.array(y)

    def _judge_times(self, columns: dict[str, pa.Array], refusals: Refusals) -> None:
        latest = today_everywhere(self.recorded_at)
        for column in self.component.read:
            values = columns[column.name]
            if column.dtype == "time":
                later = mask(pc.greater(values, pa.scalar(self.recorded_at, values.type)))
            elif column.dtype == "day":
                later = mask(pc.greater(values, pa.scalar(latest, pa.date32())))
                if self.component.has("status"):
                    later &= ~mask(pc.equal(columns["status"], "planned"))
            else:
                continue
            refusals.add(later, column.name, f"lies in the future of {self.recorded_at:%Y-%m-%d %H:%M} UTC")
        self._judge_periods(columns, refusals, latest)

    def _judge_periods(self, columns: dict[str, pa.Array], refusals: Refusals, latest: object) -> None:
        if "period" not in columns:
            return
        starts, ends = period_bounds(columns["period"])
        if self.component.has("period_start"):
            columns["period_start"], columns["period_end"] = starts, ends
        if self.component.kind == "observations":
            refusals.add(mask(pc.greater(starts, pa.scalar(latest, pa.date32()))), "period", "lies in the future")

    def _note_shares(self, columns: dict[str, pa.Array], block: Block, refusals: Refusals) -> None:
        values = _floats(columns["value"])
        percent = mask(pc.equal(columns["unit"], "percent")) & (values > 100)
        ratio = mask(pc.equal(columns["unit"], "ratio")) & (values > 1)
        self.tally.add("share-above-100", (percent | ratio) & ~refusals.refused, block)

    def _complete(self, columns: dict[str, pa.Array], block: Block, refusals: Refusals) -> None:
        """Adds the columns that are computed: middles, H3 cells, regions."""
        if not self.component.has("h3"):
            return
        good = ~refusals.refused
        if self.component.has("quadkey"):
            columns["lon"], columns["lat"] = quadkey_middles(columns["quadkey"], good)
        elif not self._is_made("h3"):
            columns["lon"], columns["lat"] = h3_middles(columns["h3"], good)
        lon, lat = _floats(columns["lon"])[good], _floats(columns["lat"])[good]
        if self._is_made("h3"):
            cells = h3_cells(lon, lat)
            columns["h3"] = _spread(cells, good, pa.int64())
        else:
            cells = columns["h3"].filter(pa.array(good)).to_numpy(zero_copy_only=False).astype(np.int64)
        self._regions(columns, lon, lat, cells, good)
        if self.placer is not None:
            outside = good & mask(pc.is_null(columns["province"]))
            self.tally.add("unplaced", outside, block)
            self._note_swapped(_floats(columns["lon"]), _floats(columns["lat"]), outside, block)

    def _is_made(self, name: str) -> bool:
        return next(column.made for column in self.component.columns if column.name == name)

    def _regions(self, columns: dict[str, pa.Array], lon: F64, lat: F64, cells: I64, good: Bool) -> None:
        for name in ("province", "prefecture"):
            columns[name] = pa.nulls(len(good), pa.int32())
        if self.placer is not None and len(lon):
            for name, codes in zip(("province", "prefecture"), self.placer(lon, lat, cells), strict=True):
                placed = good.copy()
                placed[good] = codes != NOWHERE
                columns[name] = _spread(codes[codes != NOWHERE], placed, pa.int32())

    def _note_swapped(self, lon: F64, lat: F64, outside: Bool, block: Block) -> None:
        """Counts, among the first rows outside all regions, those that would lie inside with lon and lat swapped."""
        if self.placer is None or self.tally.looked_at >= SWAP_SAMPLE:
            return
        sample = np.flatnonzero(outside)[:SWAP_SAMPLE]
        sample = sample[np.abs(lon[sample]) <= 90]
        if not len(sample):
            return
        self.tally.looked_at += len(sample)
        inside = np.zeros(len(lon), np.bool_)
        x, y = lat[sample], lon[sample]
        inside[sample] = self.placer(x, y, h3_cells(x, y))[0] != NOWHERE
        self.tally.add("looks-swapped", inside, block)


def period_bounds(periods: pa.Array) -> tuple[pa.Array, pa.Array]:
    """First day and day after the last of each period (n,); null where it is null."""
    coded = periods.dictionary_encode()
    parsed = [parse_period(text) for text in coded.dictionary.to_pylist()]
    starts = pa.array([p.start for p in parsed], pa.date32()).take(coded.indices)
    ends = pa.array([p.end for p in parsed], pa.date32()).take(coded.indices)
    return starts, ends


def numeric_sources(bound: Bound) -> frozenset[str]:
    """Columns of the file that a source may hand on as numbers at once."""
    kinds: dict[str, set[bool]] = {}
    for rule, source in bound.rules:
        if source is not None:
            plain = rule.column.dtype in {"int", "float", "lon", "lat"} or rule.format in {"unix_s", "unix_ms"}
            as_printed = bound.map.component.kind == "observations"
            kinds.setdefault(source, set()).add(plain and not rule.values and not as_printed)
    return frozenset(source for source, plain in kinds.items() if plain == {True})


def _spread(values: I64 | NDArray[np.int32], rows: Bool, kind: pa.DataType) -> pa.Array:
    """Values of the rows that are true (n,), null in the others."""
    full = np.zeros(len(rows), values.dtype)
    full[rows] = values
    return pa.array(full, kind, mask=~rows)


def _floats(array: pa.Array) -> F64:
    return np.asarray(array.to_numpy(zero_copy_only=False), dtype=np.float64)
