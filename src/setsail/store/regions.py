"""Outlines that a user brings: read from GeoJSON, checked, stored, and used instead of the shipped sample."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, cast

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from numpy.typing import NDArray

from setsail.base.datum import BOX, DATUMS, Datum, to_wgs84
from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.standards.boundaries import SCHEMA, Level, Regions, as_level, from_table, shipped
from setsail.store.manifest import Manifest
from setsail.store.workspace import Workspace

KIND = NAME = "regions"
"""Kind and name of the one data set of outlines; its newest version is in use."""

MAX_BYTES = 1 << 30
"""A GeoJSON file above this is refused before it is read."""

SAME_AS_WGS84 = ("OGC:1.3:CRS84", "OGC::CRS84", "EPSG::4326", "EPSG:4326", "EPSG::4490", "EPSG:4490")
"""Endings of CRS names read as degrees in WGS 84; CGCS2000 (EPSG:4490) differs from it by centimetres."""

Shapes = NDArray[np.object_]


@dataclass(frozen=True, slots=True)
class Importing:
    """How a file of outlines is to be read.

    key : property that holds the adcode;  datum : of the coordinates, as the file's source states it: outlines in
    GCJ-02 or BD-09 are converted to WGS 84;
    new_codes : accept codes that the shipped list does not know, below a known province;
    licence : of the file, as its user knows it.
    """

    key: str = "adcode"
    datum: str = "wgs84"
    new_codes: bool = False
    licence: str = "stated by the user's file, not checked"


@dataclass(frozen=True, slots=True)
class Outline:
    """One feature of a file, not yet checked against the others."""

    where: str
    adcode: int
    name: str
    name_en: str
    shape: shapely.Geometry


def active(workspace: Workspace | None, level: Level) -> Regions:
    """Outlines in use: the newest imported ones that hold this level, else the shipped sample."""
    stored = workspace.manifests(KIND, NAME) if workspace is not None else []
    if workspace is None or not stored:
        return shipped(level)
    newest = stored[-1]
    table = pa.concat_tables(pq.read_table(file) for file in workspace.files(newest))
    if level not in table.column("level").to_pylist():
        return shipped(level)
    return from_table(table, level, datum=cast(Datum, newest.meta["datum"]), source=newest.id)


def import_regions(workspace: Workspace, path: Path, how: Importing, *, at: datetime, actor: str) -> Manifest:
    """The manifest of the outlines of a GeoJSON file, stored and from now on in use.

    Raises BadInput (form, CRS, axis order, invalid outline), DuplicateKey, UnknownName (code, datum).
    """
    if how.datum not in DATUMS:
        raise UnknownName(f"is {how.datum!r}", where="--datum", allowed=", ".join(DATUMS))
    table = read_regions(path, how)
    datum = "unverified" if how.datum == "unverified" else "wgs84"
    meta = {"datum": datum, "datum_of_file": how.datum, "file": path.name, "shared_borders": shared_borders(table)}
    return workspace.write(
        KIND, NAME, table.to_batches(), schema=SCHEMA, source=str(path), licence=how.licence,
        recorded_at=at, actor=actor, meta=meta,
    )  # fmt: skip


def shared_borders(table: pa.Table) -> dict[str, bool]:
    """By level: whether neighbours share their borders corner by corner, without gaps or overlaps."""
    levels = np.array(table.column("level").to_pylist())
    shapes = shapely.from_wkb(table.column("geometry").to_pylist())
    return {str(k): bool(shapely.coverage_is_valid(shapes[levels == k])) for k in np.unique(levels)}


def read_regions(path: Path, how: Importing) -> pa.Table:
    """Checked outlines of a file in `SCHEMA`. Raises BadInput, DuplicateKey, UnknownName."""
    outlines = [_checked(outline, how) for outline in _features(path, how.key)]
    if not outlines:
        raise BadInput("holds no feature", where=str(path), allowed="one feature per region")
    seen: dict[int, str] = {}
    for outline in outlines:
        if outline.adcode in seen:
            raise DuplicateKey(f"repeats {outline.adcode} of {seen[outline.adcode]}", where=outline.where)
        seen[outline.adcode] = outline.where
    return _table(outlines)


def _features(path: Path, key: str) -> Iterator[Outline]:
    """The features of a GeoJSON file (RFC 7946)."""
    document = _document(path)
    for number, feature in enumerate(document["features"]):
        where = f"{path}: feature {number}"
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict) or not isinstance(feature.get("geometry"), dict):
            raise BadInput("lacks properties or geometry", where=where, allowed="a GeoJSON Feature")
        if key not in properties:
            raise BadInput(
                f"lacks the property {key!r}", where=where, allowed=", ".join(map(str, properties)), hint="--key NAME"
            )
        yield Outline(
            where=f"{where} ({key} {properties[key]})",
            adcode=_adcode(properties[key], f"{where} {key}"),
            name=str(properties.get("name") or ""),
            name_en=str(properties.get("name_en") or ""),
            shape=_shape(feature["geometry"], where),
        )


def _document(path: Path) -> dict[str, Any]:
    if not path.is_file():
        raise BadInput("is not a file", where=str(path))
    if path.stat().st_size > MAX_BYTES:
        raise BadInput(f"has {path.stat().st_size:,} bytes", where=str(path), allowed=f"{MAX_BYTES:,}")
    try:
        document = json.loads(path.read_bytes().decode("utf-8"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as err:
        raise BadInput(f"is not GeoJSON in UTF-8: {err}", where=str(path)) from err
    if not isinstance(document, dict) or not isinstance(document.get("features"), list):
        raise BadInput("is not a FeatureCollection", where=str(path), allowed="GeoJSON (RFC 7946)")
    _require_degrees(document.get("crs"), path)
    return document


def _require_degrees(crs: object, path: Path) -> None:
    """Raises BadInput where the old `crs` member names anything but degrees in WGS 84 or CGCS2000."""
    if crs is None:
        return
    name = str((crs.get("properties") or {}).get("name", "")) if isinstance(crs, dict) else str(crs)
    if not name.upper().endswith(SAME_AS_WGS84):
        raise BadInput(
            f"is in {name or crs!r}", where=f"{path}: crs",
            allowed="longitude and latitude: CRS84, EPSG:4326, EPSG:4490",
            hint="ogr2ogr -t_srs EPSG:4326 -lco RFC7946=YES out.geojson in",
        )  # fmt: skip


def _adcode(value: object, where: str) -> int:
    text = str(value).strip()
    if not (len(text) == 6 and text.isascii() and text.isdigit()):
        raise BadInput(f"is {value!r}", where=where, allowed="an adcode of six digits, such as 440300")
    return int(text)


def _shape(geometry: dict[str, Any], where: str) -> shapely.Geometry:
    if geometry.get("type") not in ("Polygon", "MultiPolygon"):
        raise BadInput(f"is a {geometry.get('type')}", where=where, allowed="Polygon or MultiPolygon")
    try:
        shape = shapely.from_geojson(json.dumps(geometry))
    except shapely.errors.GEOSException as err:
        raise BadInput(f"cannot be read: {err}", where=where) from err
    return shapely.force_2d(shape)


def _checked(outline: Outline, how: Importing) -> Outline:
    """The same outline in WGS 84. Raises BadInput, UnknownName."""
    where = outline.where
    if shapely.is_empty(outline.shape):
        raise BadInput("is empty", where=where)
    _require_in_china(outline.shape.bounds, where)
    if not shapely.is_valid(outline.shape):
        reason = shapely.is_valid_reason(outline.shape)
        raise BadInput(f"is invalid: {reason}", where=where, hint="mend it, for example with ST_MakeValid")
    known = _known_names()
    province = outline.adcode // 10000 * 10000
    if outline.adcode not in known and not (how.new_codes and province in known):
        raise UnknownName(
            f"is {outline.adcode}", where=where, allowed="a province or prefecture of GB/T 2260",
            hint="--new-codes, if the code is newer than this release",
        )  # fmt: skip
    return replace(outline, shape=_in_wgs84(outline.shape, how.datum))


def _in_wgs84(shape: shapely.Geometry, datum: str) -> shapely.Geometry:
    """The shape with each corner converted; equal corners of neighbours stay equal."""
    if datum not in ("gcj02", "bd09"):
        return shape
    return shapely.transform(shape, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], datum)))


def _require_in_china(bounds: tuple[float, float, float, float], where: str) -> None:
    """Raises BadInput for metres, for latitude before longitude, and for another part of the world."""
    west, south, east, north = bounds
    box = f"longitude {BOX[0]:.0f} to {BOX[2]:.0f}, latitude {BOX[1]:.0f} to {BOX[3]:.0f}"
    if _within((south, west, north, east)) and not _within(bounds):
        raise BadInput("has latitude before longitude", where=where, allowed=box, hint="swap the axes")
    if max(abs(west), abs(east)) > 180 or max(abs(south), abs(north)) > 90 or not np.all(np.isfinite(bounds)):
        raise BadInput(f"reaches {west:.0f}, {south:.0f}: not degrees", where=where, allowed=box, hint="reproject it")
    if not _within(bounds):
        raise BadInput(f"lies at {west:.2f}, {south:.2f}", where=where, allowed=box)


def _within(bounds: tuple[float, float, float, float]) -> bool:
    west, south, east, north = bounds
    return BOX[0] <= west and east <= BOX[2] and BOX[1] <= south and north <= BOX[3]


def _known_names() -> dict[int, tuple[str, str]]:
    """English and Chinese name by code, of the shipped sample."""
    return {
        int(code): (en, zh)
        for regions in (shipped("prefecture"), shipped("province"))
        for code, en, zh in zip(regions.adcode, regions.name_en, regions.name_zh, strict=True)
    }


def _table(outlines: list[Outline]) -> pa.Table:
    """Provinces and prefectures; a province without prefectures in the file counts as one, as a municipality does."""
    provinces = [o for o in outlines if o.adcode % 10000 == 0]
    prefectures = [o for o in outlines if o.adcode % 10000]
    parents = {o.adcode // 10000 for o in prefectures}
    if prefectures:
        prefectures += [o for o in provinces if o.adcode // 10000 not in parents]
    rows = [("province", o) for o in provinces] + [("prefecture", o) for o in prefectures]
    known = _known_names()
    return pa.table(
        {
            "level": [level for level, _ in rows],
            "adcode": [o.adcode for _, o in rows],
            "name_en": [o.name_en or known.get(o.adcode, (o.name, ""))[0] for _, o in rows],
            "name_zh": [o.name or known.get(o.adcode, ("", o.name_en))[1] for _, o in rows],
            "parent": [o.adcode // 10000 * 10000 if level == "prefecture" else None for level, o in rows],
            "geometry": [shapely.to_wkb(o.shape) for _, o in rows],
        },
        schema=SCHEMA,
    )


def in_use(workspace: Path | None, level: str) -> Regions:
    """The outlines that a workspace folder uses at a level; the sample where it imported none or does not exist."""
    wanted = as_level(level)
    if workspace is None or not (workspace / "workspace.json").is_file():
        return active(None, wanted)
    with Workspace.open(workspace, create=False) as opened:
        return active(opened, wanted)
