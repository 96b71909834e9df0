"""Points placed in province and prefecture at ingest, with the tables built when the first point asks."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from setsail.base.arrays import F64, I64
from setsail.standards.boundaries import Regions
from setsail.store.places import NOWHERE, Places

I32 = NDArray[np.int32]

Placer = Callable[[F64, F64, I64], tuple[I32, I32]]
"""From lon, lat (n,) [degrees] and their H3 cells (n,) to adcodes of province and prefecture (n,), 0 outside."""


class TwoLevels:
    """A placer over provinces and prefectures: a point's province is its prefecture's, where it lies in one."""

    def __init__(self, provinces: Regions, prefectures: Regions) -> None:
        self.provinces, self.prefectures = provinces, prefectures

    def __call__(self, lon: F64, lat: F64, cells: I64) -> tuple[I32, I32]:
        """Adcodes (n,) of province and prefecture, 0 outside."""
        prefecture = self._lower.place(lon, lat, cells)
        province = self._parents(prefecture)
        bare = np.flatnonzero(province == NOWHERE)
        if bare.size:
            province[bare] = self._upper.place(lon[bare], lat[bare], cells[bare])
        return province, prefecture

    @cached_property
    def _upper(self) -> Places:
        return Places.from_regions(self.provinces)

    @cached_property
    def _lower(self) -> Places:
        return Places.from_regions(self.prefectures)

    def _parents(self, prefecture: I32) -> I32:
        codes, parents = self.prefectures.adcode, self.prefectures.parent
        at = np.searchsorted(codes, prefecture).clip(max=len(codes) - 1)
        return np.where(codes[at] == prefecture, parents[at], NOWHERE).astype(np.int32)
