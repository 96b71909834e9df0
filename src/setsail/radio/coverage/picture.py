"""A coverage raster as classes for a picture: read at the size of the picture, counted at full size of what is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, UnknownName
from setsail.base.extras import require
from setsail.standards import facts

WIDEST_PX = 4096
Index = npt.NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class PictureClass:
    """One class of a layer: values from `low` up to the next class, its colour and its words."""

    low: float
    colour: str
    label: str
    unit: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A raster in classes.

    index : (height, width) number of the class, -1 where the raster says nothing;  share : of the pixels that say
    something, by class;  scale_m : width of the picture on the ground [m].
    """

    layer: str
    classes: tuple[PictureClass, ...]
    index: Index
    share: tuple[float, ...]
    scale_m: float
    crs: str


def classes_of(layer: str) -> tuple[PictureClass, ...]:
    """The classes of a layer, highest first. Raises UnknownName."""
    rows = [r for r in facts.table("radio/picture_classes.csv") if r.get("layer") == layer]
    if not rows:
        known = sorted({r.get("layer") for r in facts.table("radio/picture_classes.csv")})
        raise UnknownName(f"is {layer!r}", where="layer", allowed=", ".join(known))
    return tuple(PictureClass(float(r.get("low")), r.get("colour"), r.get("label"), r.get("unit")) for r in rows)


def class_index(values: F64, classes: Sequence[PictureClass]) -> Index:
    """(rows, columns) number of the class of each value, the last for all that lies lower, -1 for NaN."""
    rising = np.array([c.low for c in classes[::-1]])
    found = np.minimum(len(classes) - np.searchsorted(rising, values, side="right"), len(classes) - 1)
    return np.asarray(np.where(np.isnan(values), -1, found), dtype=np.int8)


def picture(folder: Path, layer: str, width_px: int) -> Picture:
    """The classes of one layer of a coverage run, at most `width_px` wide. Raises BadInput, UnknownName."""
    classes = classes_of(layer)
    if not 1 <= width_px <= WIDEST_PX:
        raise BadInput(f"is {width_px}", where="width", allowed=f"1 to {WIDEST_PX} pixels")
    path = folder / f"{layer}.tif"
    if not path.is_file():
        raise BadInput("does not exist", where=str(path), hint="setsail radio coverage --out " + str(folder))
    values, scale_m, crs = _read(path, width_px)
    if classes[0].unit == "Mbit/s":
        values = values / 1e6
    index = class_index(values, classes)
    told = max(1, int((index >= 0).sum()))
    share = tuple(float((index == k).sum() / told) for k in range(len(classes)))
    return Picture(layer, classes, index, share, scale_m, crs)


def _read(path: Path, width_px: int) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float64]], float, str]:
    rasterio = require("rasterio", "radio")
    with rasterio.open(path) as raster:
        width = min(width_px, raster.width)
        height = max(1, round(raster.height * width / raster.width))
        band = raster.read(1, out_shape=(height, width), masked=True)  # nearest: a class is never a mean of two
        values = band.astype(np.float64) * raster.scales[0] + raster.offsets[0]
        scale_m = abs(float(raster.transform.a)) * raster.width
        return np.ma.filled(values, np.nan), scale_m, str(raster.crs)
