"""Which region a place lies in: outlines or a raster of codes, in any coordinate system."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyogrio.raw
import pyproj
import rasterio.features
import shapely
from numpy.typing import NDArray
from pyogrio.errors import DataSourceError
from rasterio import Affine
from rasterio.enums import Resampling
from rasterio.vrt import WarpedVRT

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, DuplicateKey
from setsail.radio.served.layers import extent, opened
from setsail.standards.boundaries import Regions as Known

LONLAT = "EPSG:4326"
RASTERS = (".tif", ".tiff")
MOST_CODES = 100_000


class Regions(Protocol):
    """Regions by number; -1 is none."""

    @property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Key and name of each."""
        ...

    def on_grid(self, transform: Affine, shape: tuple[int, int], crs: str) -> I64:
        """Region (rows, columns) of the centres of pixels."""
        ...

    def at(self, x: F64, y: F64, crs: str) -> I64:
        """Region (n,) of places."""
        ...


@dataclass(frozen=True)
class Nowhere:
    """No regions asked for."""

    names: tuple[tuple[str, str], ...] = ()

    def on_grid(self, transform: Affine, shape: tuple[int, int], crs: str) -> I64:  # noqa: ARG002 - as the protocol
        """None."""
        return np.full(shape, -1, dtype=np.int64)

    def at(self, x: F64, y: F64, crs: str) -> I64:  # noqa: ARG002 - as the protocol
        """None."""
        return np.full(len(x), -1, dtype=np.int64)


@dataclass
class Outlines:
    """Areas with keys and names; a place in two of them belongs to the first."""

    names: tuple[tuple[str, str], ...]
    shapes: NDArray[np.object_]
    crs: str = LONLAT
    _moved: dict[str, tuple[NDArray[np.object_], Any]] = field(default_factory=dict)

    def on_grid(self, transform: Affine, shape: tuple[int, int], crs: str) -> I64:
        """Region (rows, columns) of the centres of pixels."""
        shapes, tree = self._in(crs)
        box = shapely.box(*extent(transform, shape))
        near = np.sort(tree.query(box))[::-1]
        if not near.size:
            return np.full(shape, -1, dtype=np.int64)
        burnt = rasterio.features.rasterize(
            [(shapes[k], int(k)) for k in near], out_shape=shape, transform=transform, fill=-1, dtype="int32"
        )
        return np.asarray(burnt, dtype=np.int64)

    def at(self, x: F64, y: F64, crs: str) -> I64:
        """Region (n,) of places."""
        _, tree = self._in(crs)
        out = np.full(len(x), -1, dtype=np.int64)
        point, area = tree.query(shapely.points(x, y), predicate="within")
        order = np.argsort(-area, kind="stable")
        out[point[order]] = area[order]
        return out

    def _in(self, crs: str) -> tuple[NDArray[np.object_], Any]:
        key = pyproj.CRS.from_user_input(crs).to_wkt()
        if key not in self._moved:
            shapes = projected(self.shapes, self.crs, key)
            self._moved[key] = shapes, shapely.STRtree(shapes)
        return self._moved[key]


@dataclass
class Codes:
    """A raster of codes such as adcodes; its no-data value is no region."""

    names: tuple[tuple[str, str], ...]
    path: Path
    codes: I64

    def on_grid(self, transform: Affine, shape: tuple[int, int], crs: str) -> I64:
        """Region (rows, columns) of the centres of pixels."""
        with opened(self.path) as file, WarpedVRT(
            file, crs=crs, transform=transform, height=shape[0], width=shape[1], resampling=Resampling.nearest,
            nodata=file.nodata, add_alpha=file.nodata is None,
        ) as moved:  # fmt: skip
            read = moved.read(1, masked=True)
        return self._numbers(read.filled(0).astype(np.int64), np.ma.getmaskarray(read))

    def at(self, x: F64, y: F64, crs: str) -> I64:
        """Region (n,) of places."""
        with opened(self.path) as file:
            moved = pyproj.Transformer.from_crs(crs, file.crs, always_xy=True).transform(x, y)
            read = list(file.sample(zip(*moved, strict=True), masked=True))
        value = np.array([int(np.ma.getdata(v)[0]) for v in read], dtype=np.int64)
        return self._numbers(value, np.array([bool(np.ma.getmaskarray(v)[0]) for v in read], dtype=np.bool_))

    def _numbers(self, value: I64, masked: NDArray[np.bool_]) -> I64:
        at = np.minimum(np.searchsorted(self.codes, value), len(self.codes) - 1)
        return np.where((self.codes[at] == value) & ~masked, at, -1)


def projected(shapes: NDArray[np.object_], source: str, target: str) -> NDArray[np.object_]:
    """Shapes in another system."""
    move = pyproj.Transformer.from_crs(source, target, always_xy=True)

    def turn(corners: F64) -> F64:
        return np.column_stack(move.transform(corners[:, 0], corners[:, 1]))

    return np.asarray(shapely.transform(shapes, turn), dtype=object)


def read_regions(path: Path, key: str) -> Regions:
    """Regions of a raster of codes (.tif), or of a file of areas with a column `key`. Raises BadInput, DuplicateKey."""
    if path.suffix.lower() in RASTERS:
        return _codes(path)
    shapes, columns, crs = read_shapes(path, (key, "name"))
    if key not in columns:
        raise BadInput(f"lacks column {key!r}", where=str(path), hint="--region-key names the column of codes")
    if not all(s is not None and s.geom_type in ("Polygon", "MultiPolygon") for s in shapes):
        raise BadInput("holds something else", where=str(path), allowed="areas (Polygon, MultiPolygon)")
    keys = [str(v) for v in columns[key]]
    if len(set(keys)) < len(keys):
        twice = next(k for k in keys if keys.count(k) > 1)
        raise DuplicateKey(f"repeats {twice}", where=f"{path} column {key!r}")
    names = [str(v) for v in columns["name"]] if "name" in columns else keys
    return Outlines(tuple(zip(keys, names, strict=True)), shapes, crs)


def outlines(of: Known) -> Outlines:
    """Provinces or prefectures as regions by adcode; an unverified datum is taken as WGS 84."""
    return Outlines(tuple((str(int(c)), n) for c, n in zip(of.adcode, of.name_en, strict=True)), of.shape)


def _codes(path: Path) -> Codes:
    with opened(path) as file:
        if file.crs is None or np.dtype(file.dtypes[0]).kind not in "iu":
            raise BadInput("is not a raster of whole numbers with a coordinate system", where=str(path))
        found: set[int] = set()
        for _, window in file.block_windows(1):
            found.update(int(v) for v in np.unique(file.read(1, window=window, masked=True).compressed()))
            if len(found) > MOST_CODES:
                raise BadInput(f"holds more than {MOST_CODES} codes", where=str(path), allowed="one code per region")
    if not found:
        raise BadInput("holds no code", where=str(path))
    codes = sorted(found)
    return Codes(tuple((str(c), str(c)) for c in codes), path, np.array(codes, dtype=np.int64))


def read_shapes(path: Path, wanted: Sequence[str]) -> tuple[NDArray[np.object_], dict[str, NDArray[Any]], str]:
    """Shapes of a vector file, its columns of those names, and its coordinate system. Raises BadInput."""
    if not path.is_file():
        raise BadInput(
            "does not exist" if not path.exists() else "is a folder", where=str(path), allowed="a vector file"
        )
    try:
        meta, _, geometry, data = pyogrio.raw.read(path)
    except (DataSourceError, ValueError) as err:
        raise BadInput("cannot be read", where=str(path), allowed="GeoJSON, GeoPackage or what GDAL reads") from err
    if geometry is None or not len(geometry):
        raise BadInput("holds no shape", where=str(path), allowed="one feature or more")
    if not meta["crs"]:
        raise BadInput("has no coordinate system", where=str(path), hint="write it with one, such as EPSG:4326")
    shapes = np.asarray(shapely.force_2d(shapely.from_wkb(geometry)), dtype=object)
    require_place(shapely.total_bounds(shapes), meta["crs"], str(path))
    columns = {str(name): data[k] for k, name in enumerate(meta["fields"]) if name in wanted}
    return shapes, columns, str(meta["crs"])


def require_place(bounds: Sequence[float], crs: str, where: str) -> None:
    """Raises BadInput where degrees are no degrees: the file is in another system than it says."""
    if not np.all(np.isfinite(bounds)):
        raise BadInput("has no extent", where=where, allowed="finite coordinates")
    if pyproj.CRS.from_user_input(crs).is_geographic:
        west, south, east, north = bounds
        if west < -360.0 or east > 360.0 or south < -90.0 - 1e-6 or north > 90.0 + 1e-6:
            told = f"says {crs} but holds {west:.6g} {south:.6g} to {east:.6g} {north:.6g}"
            raise BadInput(told, where=where, allowed="degrees", hint="name the system that the file is in")
