"""Outlines of regions: the shipped sample of provinces and prefectures, and how any set of outlines is checked.

The shipped outlines are a sample for maps and for placing points. They are not an approved base map, their datum is
not verified, and they must not be published as a map of China: see `DISCLAIMER` and `data/boundaries/NOTICE`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from setsail.base.arrays import F64
from setsail.base.datum import Datum
from setsail.base.errors import UnknownName

Level = Literal["province", "prefecture"]
LEVELS: tuple[str, ...] = get_args(Level)

SOURCE = "echarts-4.9.0-maps"
DISCLAIMER = (
    "Sample outlines, simplified, datum unverified; not an approved base map, no statement on any border. "
    "Import an official file with: setsail data regions import FILE --key adcode"
)
EARTH_RADIUS_KM = 6371.0072
"""Radius of the sphere of equal area (authalic radius of WGS 84)."""

SCHEMA = pa.schema(
    [
        pa.field("level", pa.string(), nullable=False),
        pa.field("adcode", pa.int32(), nullable=False),
        pa.field("name_en", pa.string(), nullable=False),
        pa.field("name_zh", pa.string(), nullable=False),
        pa.field("parent", pa.int32()),
        pa.field("geometry", pa.binary(), nullable=False),
    ]
)
"""Columns of a set of regions; geometry is WKB, lon then lat in degrees."""

GEO_METADATA: dict[str, object] = {
    "version": "1.1.0",
    "primary_column": "geometry",
    "columns": {"geometry": {"encoding": "WKB", "geometry_types": ["Polygon", "MultiPolygon"], "crs": None}},
}
"""GeoParquet header; `crs: null` says that the datum is not known."""

Shapes = NDArray[np.object_]


def as_level(name: str) -> Level:
    """The level of that name. Raises UnknownName."""
    if name == "province":
        return "province"
    if name == "prefecture":
        return "prefecture"
    raise UnknownName(f"is {name!r}", where="level of regions", allowed=", ".join(LEVELS))


@dataclass(frozen=True)
class Regions:
    """Outlines of one level, sorted by adcode; neighbours share their borders in the shipped sample.

    adcode, parent : (n,) six-digit codes, parent 0 where there is none;  shape : (n,) shapely areas, lon and lat.
    """

    level: str
    adcode: NDArray[np.int32]
    parent: NDArray[np.int32]
    name_en: tuple[str, ...]
    name_zh: tuple[str, ...]
    shape: Shapes
    datum: Datum
    source: str

    def __len__(self) -> int:
        return len(self.adcode)

    def of(self, adcode: int) -> shapely.Geometry:
        """The outline of one region. Raises UnknownName."""
        found = int(np.searchsorted(self.adcode, adcode))
        if found == len(self) or self.adcode[found] != adcode:
            raise UnknownName(f"is {adcode}", where=f"{self.level} adcode", hint="setsail data regions list")
        return self.shape[found]


def area_km2(shapes: Shapes) -> F64:
    """Areas (n,) [km2] on the sphere of equal area.

    Source: Lambert's cylindrical equal-area projection (Snyder, USGS PP 1395, 1987, eq. 10-1 and 10-2, phi_s = 0).
    """

    def project(corners: F64) -> F64:
        lon, lat = np.radians(corners[:, 0]), np.radians(corners[:, 1])
        return np.column_stack([lon, np.sin(lat)]) * EARTH_RADIUS_KM

    return np.asarray(shapely.area(shapely.transform(shapes, project)), dtype=np.float64)


@cache
def shipped(level: Level) -> Regions:
    """The shipped sample of one level. Raises UnknownName."""
    return from_table(_shipped_table(), level, datum="unverified", source=SOURCE)


def from_table(table: pa.Table, level: str, *, datum: Datum, source: str) -> Regions:
    """Regions of one level from a table in `SCHEMA`. Raises UnknownName where the table has none of that level."""
    kept = sorted((row for row in table.to_pylist() if row["level"] == level), key=lambda row: row["adcode"])
    if not kept:
        known = ", ".join(sorted(set(table.column("level").to_pylist())))
        raise UnknownName(f"is {level!r}", where="level of regions", allowed=known)
    return Regions(
        level=level,
        adcode=np.array([row["adcode"] for row in kept], dtype=np.int32),
        parent=np.array([row["parent"] or 0 for row in kept], dtype=np.int32),
        name_en=tuple(row["name_en"] for row in kept),
        name_zh=tuple(row["name_zh"] for row in kept),
        shape=np.asarray(shapely.from_wkb([row["geometry"] for row in kept]), dtype=object),
        datum=datum,
        source=source,
    )


@cache
def _shipped_table() -> pa.Table:
    file = files("setsail.standards") / "data" / "boundaries" / "china.parquet"
    return pq.read_table(pa.BufferReader(file.read_bytes()))


def notice() -> str:
    """Where the shipped outlines come from and what they must not be taken for."""
    return (files("setsail.standards") / "data" / "boundaries" / "NOTICE").read_text(encoding="utf-8")


def names(regions: Sequence[Regions]) -> dict[int, str]:
    """English name by adcode over several levels."""
    return {int(code): name for r in regions for code, name in zip(r.adcode, r.name_en, strict=True)}
