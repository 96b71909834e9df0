"""GeoJSON of points (RFC 7946): each feature a row, its properties the columns, its place in `lon` and `lat`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from setsail.base.errors import BadInput
from setsail.store.readers.block import Block, Broken, Remarks
from setsail.store.readers.maps import Form
from setsail.store.readers.text_source import RowPlaces

MAX_BYTES = 128 << 20
"""Such a file is read as a whole; a larger table goes as CSV or Parquet."""
ROWS = 50_000
LON, LAT = "lon", "lat"


class GeoJsonSource:
    """A FeatureCollection of points. The number of a feature, from 1, is its line."""

    def __init__(self, path: Path, form: Form) -> None:
        self.path, self.form = path, form
        self.remarks = Remarks()
        self._features = _features(path)
        names = dict.fromkeys(name for feature in self._features for name in _properties(feature))
        self.header: tuple[str, ...] = (*(name for name in names if name not in {LON, LAT}), LON, LAT)

    def blocks(self, columns: Sequence[str], numeric: frozenset[str]) -> Iterator[Block]:
        """Its rows in blocks, every cell as text; a feature without a point is broken."""
        del numeric
        for first in range(0, len(self._features), ROWS):
            yield self._block(first, columns)

    def _block(self, first: int, columns: Sequence[str]) -> Block:
        cells, lines, broken = [], [], []
        for line, feature in enumerate(self._features[first : first + ROWS], start=first + 1):
            point = _point(feature)
            if point is None:
                broken.append(
                    Broken(line, "is no point with two numbers", json.dumps(feature, ensure_ascii=False)[:1000])
                )
                continue
            given = {**_properties(feature), LON: point[0], LAT: point[1]}
            cells.append([_text(given.get(name)) for name in self.header])
            lines.append(line)
        at = {name: self.header.index(name) for name in columns}
        missing = set(self.form.missing)
        arrays = {
            name: pa.array([None if row[i] in missing else row[i] for row in cells], pa.string())
            for name, i in at.items()
        }
        return Block(arrays, len(cells), RowPlaces(cells, lines, self.header, self.form), tuple(broken))


def _features(path: Path) -> list[Any]:
    size = path.stat().st_size
    if size > MAX_BYTES:
        raise BadInput(
            f"has {size:,} bytes", where=str(path), allowed=f"up to {MAX_BYTES:,} as GeoJSON", hint="write it as CSV"
        )
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as err:
        raise BadInput(f"is not JSON: {err}", where=str(path), allowed="a FeatureCollection of points") from err
    features = document.get("features") if isinstance(document, dict) else None
    if not isinstance(features, list) or document.get("type") != "FeatureCollection":
        raise BadInput("is no FeatureCollection", where=str(path), allowed="a FeatureCollection of points")
    if "crs" in document:
        raise BadInput("names a CRS of its own", where=str(path), allowed="lon and lat of WGS 84, as RFC 7946 says")
    return features


def _properties(feature: object) -> dict[str, Any]:
    found = feature.get("properties") if isinstance(feature, dict) else None
    return found if isinstance(found, dict) else {}


def _point(feature: object) -> tuple[float, float] | None:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") != "Point":
        return None
    match geometry.get("coordinates"):
        case [int() | float() as lon, int() | float() as lat, *_] if math.isfinite(lon) and math.isfinite(lat):
            return lon, lat
    return None


def _text(value: object) -> str:
    """A cell as CSV would hold it."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False)
