"""Outlines of regions as a layer of a vector tile, simplified by zoom with common borders kept."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import shapely

from setsail.monitor.maplayers import encode
from setsail.monitor.maplayers.mercator import EXTENT, Tile

if TYPE_CHECKING:
    from setsail.standards.boundaries import Regions

LAYER, LABELS = "regions", "labels"
MARGIN = 64 / EXTENT
"""Outlines reach this share of a tile beyond its edge, so that no seam is drawn."""
STEPS_DEG = ((3, 0.05), (5, 0.015), (7, 0.004), (9, 0.001))
"""Simplification by the deepest zoom that it serves: about one pixel of 512 a tile; deeper zooms get the whole outline.
"""


class Outlines:
    """The outlines of one level with their simplified forms, made when first asked for."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        self._made: dict[float, shapely.STRtree] = {}
        self._lock = threading.Lock()
        middles = shapely.get_coordinates(shapely.point_on_surface(shapely.simplify(regions.shape, STEPS_DEG[0][1])))
        self._lon, self._lat = middles[:, 0].copy(), middles[:, 1].copy()

    def shapes(self, z: int) -> shapely.STRtree:
        """The outlines at a zoom."""
        step = next((step for last, step in STEPS_DEG if z <= last), 0.0)
        with self._lock:
            if step not in self._made:
                shape = self.regions.shape
                self._made[step] = shapely.STRtree(shapely.coverage_simplify(shape, step) if step else shape)
            return self._made[step]

    def layer(self, tile: Tile) -> bytes:
        """The layers of a tile; empty where no region touches it. id : adcode; code, name_en, name_zh.

        `labels` holds a point inside each region, in the one tile that it falls into.
        """
        box = tile.bounds(MARGIN)
        tree = self.shapes(tile.z)
        rows = np.sort(tree.query(shapely.box(*box), predicate="intersects"))
        table = encode.Values()
        drawn = [self._feature(int(row), shapely.clip_by_rect(tree.geometries[row], *box), tile, table) for row in rows]
        features = b"".join(drawn)
        return (encode.layer(LAYER, features, table) if features else b"") + self._labels(tile)

    def _labels(self, tile: Tile) -> bytes:
        x, y = tile.place(self._lon, self._lat)
        rows = np.flatnonzero((x >= 0) & (x < EXTENT) & (y >= 0) & (y < EXTENT))
        if not rows.size:
            return b""
        table = encode.Values()
        tags = np.hstack([table.column(key, [told[row] for row in rows]) for key, told in self._names().items()])
        geometry = encode.point_geometry(x[rows], y[rows])
        features = encode.features(self.regions.adcode[rows].astype(np.int64), encode.POINT, tags, geometry)
        return encode.layer(LABELS, features, table)

    def _names(self) -> dict[str, list[str]]:
        of = self.regions
        return {"code": [str(code) for code in of.adcode], "name_en": list(of.name_en), "name_zh": list(of.name_zh)}

    def _feature(self, row: int, shape: shapely.Geometry, tile: Tile, table: encode.Values) -> bytes:
        rings = []
        for part in shapely.get_parts(shape):
            if part.geom_type != "Polygon":
                continue
            for k, ring in enumerate((part.exterior, *part.interiors)):
                corners = shapely.get_coordinates(ring)[:-1]
                x, y = tile.place(corners[:, 0], corners[:, 1])
                moved = np.flatnonzero((np.diff(x, append=x[:1]) != 0) | (np.diff(y, append=y[:1]) != 0))
                if moved.size >= 3:
                    rings.append((x[moved], y[moved], k == 0))
                elif k == 0:
                    break  # an island of no size, and its lakes
        geometry = encode.rings_geometry(rings)
        if not geometry.size:
            return b""
        numbers = [n for key, told in self._names().items() for n in (table.key(key), table.value(told[row]))]
        tags = np.array([numbers], dtype=np.uint64)
        return encode.features(np.array([int(self.regions.adcode[row])]), encode.POLYGON, tags, geometry)


def geojson(regions: Regions, step_deg: float = STEPS_DEG[1][1]) -> list[dict[str, object]]:
    """The outlines as GeoJSON geometries in the order of the regions, simplified."""
    import json  # noqa: PLC0415 - only for an export

    shapes = shapely.coverage_simplify(regions.shape, step_deg)
    rounded = shapely.transform(shapes, lambda xy: np.round(xy, 5))
    return [json.loads(text) for text in shapely.to_geojson(rounded)]
