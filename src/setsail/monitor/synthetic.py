"""A synthetic country: invented stations that add up to the published totals. Never a statement about real stations.

Obeyed exactly: the provinces' published stations, scaled to the number asked for (largest remainder); the months of
opening, so that the country's sum follows its published totals; the outlines (no station outside its prefecture).
Assumed: everything else, namely operators, bands, and where within a province stations stand (`ASSUMPTIONS`).
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, NotComputable
from setsail.base.limits import Limit
from setsail.base.observation import Observations
from setsail.base.period import parse_period
from setsail.standards.boundaries import Regions
from setsail.store.places import Places, h3_cells
from setsail.store.readers.components import component
from setsail.store.readers.convert import storage_type

I32 = NDArray[np.int32]

STATIONS = Limit("stations", 1, 200_000_000, "a gNB identifier of 28 bits, TS 38.413 cl. 9.3.1.6")
BATCH_ROWS = 1 << 18
MARK = "synthetic"
INDICATOR, DEFINITION, NATION_DEFINITION, PERIOD = "base_stations_5g", "yearbook-series", "built-and-opened", "2024-12"
FIRST_MONTH = "2019-06"
"""Licences were given on 6 June 2019; before the first published total stations are spread evenly from then on."""

MCC = 999
"""Mobile country code for internal use (ITU-T E.212), which no public network carries."""

CENTRE_SHARE, TOWN_SHARE = 0.45, 0.40
TOWNS = 12
CENTRE_RADIUS, TOWN_RADIUS = 0.10, 0.02
RANK_POWER = 0.6
ROUNDS = 40

ASSUMPTIONS = (
    f"within a province the prefecture of rank r (capital first, then by code) weighs r^-{RANK_POWER}; "
    f"in a prefecture {CENTRE_SHARE:.0%} of the stations stand around its middle (exponential, scale "
    f"{CENTRE_RADIUS:g} of the root of its area), {TOWN_SHARE:.0%} around {TOWNS} random towns of falling weight "
    f"(scale {TOWN_RADIUS:g}), the rest evenly; shares of operators and bands are invented; one cell per station; "
    "provinces open at the pace of the country"
)

SCHEMA = pa.schema(
    [pa.field(c.name, storage_type(c.dtype), nullable=not c.needed) for c in component("cells").columns]
    + [pa.field("opened", pa.date32(), nullable=False), pa.field("mark", pa.string(), nullable=False)]
)
"""Columns of the component `cells`, and: the first day of the month of opening; the mark `synthetic`."""


@dataclass(frozen=True)
class Country:
    """What is to be made: counts by province (adcode, ascending) and national totals at month starts.

    counts : stations by province;  months : (m,) first day of each month;
    opened : (m,) stations opened before the end of that month; the last equals the sum of counts.
    """

    counts: Mapping[int, int]
    months: tuple[date, ...]
    opened: I64

    @property
    def stations(self) -> int:
        """Number of all stations."""
        return sum(self.counts.values())


def told(plan: Country, seed: int, prefectures: Regions) -> dict[str, object]:
    """What the manifest of a synthetic data set says of it."""
    return {
        "synthetic": True,
        "mark": MARK,
        "seed": seed,
        "stations": plan.stations,
        "obeys": f"{INDICATOR} of {PERIOD} by province ({DEFINITION}); of the country by month ({NATION_DEFINITION})",
        "assumptions": ASSUMPTIONS,
        "outlines": prefectures.source,
    }


@dataclass(frozen=True, slots=True)
class Choice:
    """An operator and a band, with the share of all stations that have both."""

    operator: str
    mnc: int
    band: str
    share: float


@cache
def choices() -> tuple[Choice, ...]:
    """The invented operators and their bands; shares add to 1."""
    text = (files("setsail.monitor") / "data" / "synthetic_operators.csv").read_text(encoding="utf-8")
    found = tuple(
        Choice(row["operator"], int(row["mnc"]), row["band"], float(row["operator_share"]) * float(row["band_share"]))
        for row in csv.DictReader(text.splitlines())
    )
    if not math.isclose(sum(c.share for c in found), 1.0):
        raise BadInput("shares do not add to 1", where="synthetic_operators.csv")
    return found


def country(observations: Observations, stations: int) -> Country:
    """The plan of a country of that many stations, from published figures. Raises OutOfRange, NotComputable."""
    STATIONS.require(stations)
    published = province_totals(observations)
    counts = largest_remainder(np.array(list(published.values()), dtype=np.float64), stations)
    months, totals = monthly_totals(observations)
    opened = np.floor(totals / totals[-1] * stations + 0.5).astype(np.int64)
    return Country(dict(zip(published, counts.tolist(), strict=True)), months, opened)


def province_totals(observations: Observations) -> dict[int, float]:
    """Published stations by province at the end of 2024 in the consistent series. Raises NotComputable."""
    found = {
        int(o.region): o.value
        for o in observations
        if (o.indicator, o.definition, o.period.text) == (INDICATOR, DEFINITION, PERIOD) and o.region.endswith("0000")
    }
    if not found:
        raise NotComputable(f"no {INDICATOR} of {PERIOD} by province ({DEFINITION})", where="synthetic country")
    return dict(sorted(found.items()))


def monthly_totals(observations: Observations) -> tuple[tuple[date, ...], F64]:
    """Months and the country's stations at their end, straight between published totals. Raises NotComputable."""
    end = parse_period(PERIOD).end
    known = {
        _month_number(o.period.last_day): o.value
        for o in observations.of(INDICATOR, "CN")
        if o.definition == NATION_DEFINITION and o.period.end <= end
    }
    first, last = _month_number(parse_period(FIRST_MONTH).start), _month_number(parse_period(PERIOD).start)
    if last not in known:
        raise NotComputable(f"no total of the country at {PERIOD}", where="synthetic country")
    at = [first - 1, *sorted(known)]
    numbers = np.arange(first, last + 1)
    totals = np.interp(numbers, at, [0.0, *(known[k] for k in at[1:])])
    if np.any(np.diff(totals) < 0):
        raise NotComputable("published totals fall", where="synthetic country")
    return tuple(date(n // 12, n % 12 + 1, 1) for n in numbers.tolist()), totals


def _month_number(day: date) -> int:
    return day.year * 12 + day.month - 1


def largest_remainder(weights: F64, total: int) -> I64:
    """Whole numbers (n,) in proportion to weights (n,) that add to `total`; ties go to the earlier.

    Source: method of Hamilton (largest remainders).
    """
    exact = weights / weights.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return np.asarray(whole, dtype=np.int64)


def batches(plan: Country, places: Places, rng: np.random.Generator) -> Iterator[pa.RecordBatch]:
    """Stations in `SCHEMA`, province after province, in batches of at most `BATCH_ROWS`.

    places : the prefectures that stations stand in.  The same plan, places and generator state give the same bytes.
    Raises NotComputable for a province without outline.
    """
    months = np.array(plan.months, dtype="datetime64[D]")
    step = _coprime_step(plan.stations, rng)
    streams = rng.spawn(len(plan.counts))
    start = 0
    for (province, count), stream in zip(plan.counts.items(), streams, strict=True):
        land = _Land.of_province(places.regions, province, stream)
        for first in range(start, start + count, BATCH_ROWS):
            rows = np.arange(first, min(first + BATCH_ROWS, start + count))
            turn = (rows % plan.stations) * step % plan.stations
            opened = months[np.searchsorted(plan.opened, turn, side="right")]
            yield _batch(rows, opened, land, places, stream)
        start += count


def _coprime_step(stations: int, rng: np.random.Generator) -> int:
    """A step that visits every number below `stations` once, near the golden section: months mix evenly everywhere."""
    step = max(1, int(stations * (math.sqrt(5) - 1) / 2) + int(rng.integers(0, 1000)))
    while math.gcd(step, stations) != 1:
        step += 1
    return step


@dataclass(frozen=True)
class _Land:
    """The prefectures of one province and where in them stations gather.

    index : (k,) rows of the prefectures in the regions;  weight : (k,) shares of the stations;
    middle, towns : (k, 1 + TOWNS, 2) places that stations gather around, the first the middle;
    scale : (k, 1 + TOWNS) scale [degrees of latitude];  triangles : corners (t, 3, 2) that fill the prefectures;
    reach : (t,) running area of the triangles, `first` (k + 1,) where each prefecture begins in them.
    """

    code: I32
    weight: F64
    places: F64
    scale: F64
    triangles: F64
    reach: F64
    first: I64

    @classmethod
    def of_province(cls, prefectures: Regions, province: int, rng: np.random.Generator) -> _Land:
        """Raises NotComputable where no prefecture of that province is there."""
        rows = np.flatnonzero(prefectures.parent == province)
        if not rows.size:
            raise NotComputable(f"no outline of a prefecture of {province}", where="synthetic country")
        shapes = prefectures.shape[rows]
        corners, reach, first = _triangles(shapes)
        middle = np.where(
            shapely.contains(shapes, shapely.centroid(shapes)),
            shapely.centroid(shapes),
            shapely.point_on_surface(shapes),
        )
        towns = [_even(corners, reach, first, np.full(TOWNS, k), rng) for k in range(rows.size)]
        places = np.concatenate([shapely.get_coordinates(middle)[:, None], np.array(towns)], axis=1)
        root = np.sqrt(np.diff(reach[first]))
        scale = np.outer(root, [CENTRE_RADIUS, *[TOWN_RADIUS] * TOWNS])
        weight = np.arange(1.0, rows.size + 1) ** -RANK_POWER
        return cls(prefectures.adcode[rows], weight / weight.sum(), places, scale, corners, reach, first)

    def scatter(self, count: int, places: Places, rng: np.random.Generator) -> tuple[F64, F64, I32]:
        """Lon, lat (count,) [degrees, six decimals] and the code of the prefecture that holds each."""
        prefecture = rng.choice(len(self.weight), count, p=self.weight)
        shares = np.array([CENTRE_SHARE, *_town_shares(), 1 - CENTRE_SHARE - TOWN_SHARE])
        around = rng.choice(len(shares), count, p=shares)
        even = around == len(shares) - 1
        around[even] = 0
        points = np.empty((count, 2))
        left = np.arange(count)
        for round_ in range(ROUNDS):
            points[left] = self._draw(prefecture[left], around[left], even[left], 0.7**round_, rng)
            held = places.place(points[left, 0], points[left, 1]) == self.code[prefecture[left]]
            left = left[~held]
            if not left.size:
                return points[:, 0], points[:, 1], self.code[prefecture]
        raise NotComputable(f"{left.size} stations found no place", where="synthetic country")

    def _draw(
        self, prefecture: I64, around: I64, even: NDArray[np.bool_], shrink: float, rng: np.random.Generator
    ) -> F64:
        """Points (n, 2): around a place, nearer to it in each round, or evenly over the prefecture."""
        centre = self.places[prefecture, around]
        radius = rng.exponential(1.0, len(around)) * self.scale[prefecture, around] * shrink
        angle = rng.uniform(0, 2 * np.pi, len(around))
        stretch = 1 / np.cos(np.radians(centre[:, 1]))
        points = centre + np.column_stack([radius * np.cos(angle) * stretch, radius * np.sin(angle)])
        points[even] = _even(self.triangles, self.reach, self.first, prefecture[even], rng)
        return np.round(points, 6)


def _town_shares() -> F64:
    falling = 1 / np.arange(1.0, TOWNS + 1)
    return np.asarray(TOWN_SHARE * falling / falling.sum())


def _triangles(shapes: NDArray[np.object_]) -> tuple[F64, F64, I64]:
    """Corners (t, 3, 2) of triangles that fill the shapes, running area (t + 1,), first triangle of each (k + 1,)."""
    triangles, owner = shapely.get_parts(shapely.constrained_delaunay_triangles(shapes), return_index=True)
    rings = shapely.get_coordinates(triangles).reshape(-1, 4, 2)
    reach = np.concatenate([[0.0], np.cumsum(shapely.area(triangles))])
    return rings[:, :3], reach, np.searchsorted(owner, np.arange(len(shapes) + 1))


def _even(corners: F64, reach: F64, first: I64, wanted: I64, rng: np.random.Generator) -> F64:
    """Points (n, 2) spread evenly over the prefectures `wanted` (n,)."""
    low, high = reach[first[wanted]], reach[first[wanted + 1]]
    at = np.searchsorted(reach, low + rng.random(len(wanted)) * (high - low), side="right") - 1
    triangle = corners[np.clip(at, first[wanted], first[wanted + 1] - 1)]
    u, v = rng.random((2, len(wanted)))
    beyond = u + v > 1
    u, v = np.where(beyond, 1 - u, u), np.where(beyond, 1 - v, v)
    a, b, c = triangle[:, 0], triangle[:, 1], triangle[:, 2]
    return np.asarray(a + u[:, None] * (b - a) + v[:, None] * (c - a))


def _batch(
    rows: I64, opened: NDArray[np.datetime64], land: _Land, places: Places, rng: np.random.Generator
) -> pa.RecordBatch:
    lon, lat, code = land.scatter(len(rows), places, rng)
    table = choices()
    drawn = rng.choice(len(table), len(rows), p=np.array([c.share for c in table]))
    index = pa.array(drawn)
    made: dict[str, pa.Array] = {
        "technology": _repeat("nr", len(rows)),
        "mcc": pa.array(np.full(len(rows), MCC)),
        "mnc": pa.array([c.mnc for c in table], pa.int64()).take(index),
        "area": pa.array(code.astype(np.int64)),
        "cell_id": pa.array((rows + 1) << 8),
        "lon": pa.array(lon),
        "lat": pa.array(lat),
        "position": _repeat("exact", len(rows)),
        "operator": pa.array([c.operator for c in table]).take(index),
        "band": pa.array([c.band for c in table]).take(index),
        "h3": pa.array(h3_cells(lon, lat)),
        "province": pa.array(code // 10_000 * 10_000, pa.int32()),
        "prefecture": pa.array(code, pa.int32()),
        "opened": pa.array(opened.astype("datetime64[D]"), pa.date32()),
        "mark": _repeat(MARK, len(rows)),
    }
    columns = [made.get(field.name, pa.nulls(len(rows), field.type)) for field in SCHEMA]
    return pa.record_batch(columns, schema=SCHEMA)


def _repeat(text: str, count: int) -> pa.Array:
    return pa.repeat(pa.scalar(text), count)
