"""Points placed in province and prefecture at ingest, with the tables built when the first point asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
import shapely
from numpy.typing import NDArray

from setsail.base.arrays import F64, I64
from setsail.standards.boundaries import Regions
from setsail.store.places import NOWHERE, Places

I32 = NDArray[np.int32]

Placer = Callable[[F64, F64, I64], tuple[I32, I32]]
"""From lon, lat (n,) [degrees] and their H3 cells (n,) to adcodes of province and prefecture (n,), 0 outside."""


FEW = 5_000
"""Up to so many points in one call are found by their outlines alone: building the tables takes longer."""


class TwoLevels:
    """A placer over provinces and prefectures: a point's province is its prefecture's, where it lies in one."""

    def __init__(self, provinces: Regions, prefectures: Regions) -> None:
        self._upper, self._lower = _Level(provinces), _Level(prefectures)

    @property
    def source(self) -> str:
        """Where the outlines come from, kept in the manifest of what was placed by them."""
        return ", ".join(dict.fromkeys((self._upper.regions.source, self._lower.regions.source)))

    def __call__(self, lon: F64, lat: F64, cells: I64) -> tuple[I32, I32]:
        """Adcodes (n,) of province and prefecture, 0 outside."""
        prefecture = self._lower.place(lon, lat, cells)
        province = self._parents(prefecture)
        bare = np.flatnonzero(province == NOWHERE)
        province[bare] = self._upper.place(lon[bare], lat[bare], cells[bare])
        return province, prefecture

    def _parents(self, prefecture: I32) -> I32:
        codes, parents = self._lower.regions.adcode, self._lower.regions.parent
        at = np.searchsorted(codes, prefecture).clip(max=len(codes) - 1)
        return np.where(codes[at] == prefecture, parents[at], NOWHERE).astype(np.int32)


class _Level:
    """One set of regions, asked for points inside its bounding box only."""

    def __init__(self, regions: Regions) -> None:
        self.regions = regions
        self._box = shapely.total_bounds(regions.shape)

    def place(self, lon: F64, lat: F64, cells: I64) -> I32:
        """Codes (n,), 0 outside."""
        west, south, east, north = self._box
        near = (lon >= west) & (lon <= east) & (lat >= south) & (lat <= north)
        found = np.full(len(lon), NOWHERE, np.int32)
        if near.any():
            small = near.sum() <= FEW and "_places" not in self.__dict__
            found[near] = (
                self._by_outline(lon[near], lat[near])
                if small
                else self._places.place(lon[near], lat[near], cells[near])
            )
        return found

    @cached_property
    def _places(self) -> Places:
        return Places.from_regions(self.regions)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.regions.shape)

    def _by_outline(self, lon: F64, lat: F64) -> I32:
        """The lowest code among the outlines that hold each point, as `Places` has it."""
        points, shapes = self._tree.query(shapely.points(lon, lat), predicate="intersects")
        lowest = np.full(len(lon), len(self.regions), np.int64)
        np.minimum.at(lowest, points, shapes)
        return np.append(self.regions.adcode, NOWHERE)[lowest].astype(np.int32)
