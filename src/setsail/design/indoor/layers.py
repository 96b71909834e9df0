"""One layer of a floor's maps as a raster to be drawn, by the name of its classes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.base.errors import UnknownName
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.design.indoor.positions import positions
from setsail.design.indoor.safety import exposure_ratio

LAYERS = {
    "rsrp": ("RSRP of the best cell", "rsrp_dbm"), "sinr": ("SINR of the best cell", "sinr_db"),
    "rate_dl": ("Downlink rate of one UE", "rate_dl_bps"), "rate_ul": ("Uplink rate of one UE", "rate_ul_bps"),
    "second": ("RSRP of the next head", "second_rsrp_dbm"), "positioning": ("Bound of the position error", ""),
    "exposure": ("Exposure over the limit of GB 8702", ""),
}  # fmt: skip
CLASSES = {"rsrp": "indoor_rsrp", "rate_dl": "indoor_dl", "rate_ul": "indoor_ul"}
"""Names of the picture classes where they differ."""
MEGA = 1e6


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """values : (rows, columns) in the unit of its classes, NaN where nothing is known;  classes : their name."""

    name: str
    title: str
    classes: str
    values: F64


def layer(maps: RadioMaps, floor: FloorMaps, name: str) -> Layer:
    """The layer of that name. Raises UnknownName."""
    if name not in LAYERS:
        raise UnknownName(f"is {name!r}", where="layer", allowed=", ".join(LAYERS))
    title, raster = LAYERS[name]
    if raster:
        values = np.asarray(getattr(floor, raster), dtype=np.float64)
        return Layer(name, title, CLASSES.get(name, name), values / MEGA if name.startswith("rate") else values)
    if name == "exposure":
        return Layer(name, title, name, np.where(within(floor), exposure_ratio(maps, floor), np.nan))
    return Layer(name, title, name, _spread(maps, floor))


def within(floor: FloorMaps) -> Bool:
    """(rows, columns) the building as it is drawn: rooms, and the walls between them."""
    from scipy.ndimage import binary_closing  # noqa: PLC0415 - only for pictures

    return np.asarray(binary_closing(floor.grid.indoor, iterations=1) | floor.grid.indoor, dtype=np.bool_)


def _spread(maps: RadioMaps, floor: FloorMaps) -> F64:
    """The bound at the nearest of its points, within the building."""
    from scipy.ndimage import distance_transform_edt  # noqa: PLC0415 - only for pictures

    found = positions(maps, floor)
    values = np.full(floor.grid.room.size, np.nan)
    values[found.point] = np.where(np.isfinite(found.error_m), found.error_m, 1e9)
    plane = np.asarray(values.reshape(floor.grid.room.shape), dtype=np.float64)
    row, column = distance_transform_edt(np.isnan(plane), return_distances=False, return_indices=True)
    return np.where(within(floor), plane[row, column], np.nan)
