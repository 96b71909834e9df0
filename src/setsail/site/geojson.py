"""A site from GeoJSON of another origin: rooms, walls and doors by their properties, also as IMDF and OSM name them."""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from shapely.errors import ShapelyError
from shapely.geometry import shape as shaped

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.extras import require
from setsail.base.tables import read_rows, read_text
from setsail.site.classes import DATA, wall_classes
from setsail.site.floor_file import COORDINATES, MARK, natural, strict_json
from setsail.site.functions import functions, match
from setsail.site.geometry import LEAST_LENGTH_M, parts, whole_rings
from setsail.site.model import Floor, Opening, Point, Room, Site, Wall
from setsail.site.notes import STOREY_M, Notes, finished, identifier, level_in, room_of, unique
from setsail.site.units import length_factor
from setsail.store.readers.guards import require_regular

MAX_BYTES = 256 << 20
MAX_FEATURES = 200_000
EXTENT_DEG = 0.1
FAR_M = 10_000.0
"""Local coordinates beyond this are those of a map: the plan is moved to its own corner."""
EXTENT_M = (2.0, 5_000.0)
LEAST_ROOM_M2 = 0.25
NO_ROOMS = ("structure", "opentobelow")
FILES = ("level", "unit", "opening", "fixture", "wall", "room")
"""Files of an IMDF folder that are read."""
ROOMS = ("unit", "room", "area", "space", "corridor")
LEVELS = ("level", "storey", "floor")
LINES = ("wall",)
OPENINGS = ("opening", "door", "window")
KEYS = ("feature_type", "part", "indoor", "kind", "type", "class", "layer")
"""Properties that may say what a feature is, the first that does so counts."""


@dataclass(frozen=True, slots=True)
class Feature:
    """One feature: what it is, where it was found, its properties and its shape in degrees or units of the plan."""

    kind: str
    where: str
    id: str
    properties: Mapping[str, Any]
    shape: shapely.Geometry


@dataclass(slots=True)
class Storey:
    """One level with what stands on it."""

    key: str
    name: str = ""
    level: int | None = None
    features: list[Feature] = field(default_factory=list)


def read(path: Path, *, name: str = "", unit: str | None = None, kind: str = "hospital") -> Site:
    """The site of a GeoJSON file, or of a folder with the files of IMDF (level.geojson, unit.geojson ...).

    unit : the coordinates are local, x east and y north, in this unit; by default they are longitude and latitude,
    which become metres on an azimuthal equidistant plane about the middle of the plan.
    Raises BadInput, OutOfRange for degrees that no building spans, UnknownName, MissingExtra.
    """
    notes = Notes()
    files = [(file, _collection(file)) for file in _files(path)]
    features = [f for file, value in files for f in _features(file, value["features"], notes)]
    if unit is None and all(_is_ours(value) for _, value in files):
        unit = "m"
    useful = [f for f in features if f.kind in (*ROOMS, *LEVELS, *LINES, *OPENINGS)]
    if not any(f.kind in (*ROOMS, *LINES) for f in useful):
        kinds = ", ".join(sorted({f.kind or "?" for f in features})[:8])
        hint = "a property feature_type of unit, wall, opening or level"
        raise BadInput(
            f"holds no rooms and no walls, but {kinds}", where=str(path), allowed="rooms as polygons", hint=hint
        )
    placed, middle = _placed(useful, unit, path, notes)
    taken: set[str] = set()
    floors = [_floor(storey, floor, taken, notes) for storey, floor in _storeys(placed, notes)]
    lon, lat = middle or (None, None)
    return replace(finished(path, name, kind, floors, notes, form="GeoJSON"), lon=lon, lat=lat)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = [p for stem in FILES if (p := path / f"{stem}.geojson").is_file()]
    if not found:
        raise BadInput("holds no unit.geojson", where=str(path), allowed=", ".join(f"{f}.geojson" for f in FILES))
    return found


def _collection(path: Path) -> dict[str, Any]:
    """The FeatureCollection of a file. Raises BadInput, OutOfRange."""
    size = require_regular(path)
    if size > MAX_BYTES:
        raise BadInput(f"holds {size:,} bytes", where=str(path), allowed=f"up to {MAX_BYTES >> 20} MiB")
    value = strict_json(read_text(path), str(path))
    if not isinstance(value, dict) or value.get("type") != "FeatureCollection":
        raise BadInput("is no FeatureCollection", where=str(path), allowed="GeoJSON (RFC 7946)")
    _require_degrees(value.get("crs"), path)
    given = value.get("features")
    if not isinstance(given, list):
        raise BadInput("has no list 'features'", where=str(path))
    if len(given) > MAX_FEATURES:
        raise OutOfRange(f"holds {len(given):,} features", where=str(path), allowed=f"up to {MAX_FEATURES:,}")
    return value


def _is_ours(value: Mapping[str, Any]) -> bool:
    """True for a floor of a site folder, which says that its coordinates are local metres."""
    mark = value.get(MARK)
    return isinstance(mark, dict) and mark.get("coordinates") == COORDINATES


def _features(path: Path, given: Sequence[object], notes: Notes) -> list[Feature]:
    found = [_feature(one, f"{path.name} feature {n}", path.stem, notes) for n, one in enumerate(given, start=1)]
    return [one for one in found if one is not None]


def _require_degrees(crs: object, path: Path) -> None:
    """Raises BadInput for a coordinate system that is not longitude and latitude of WGS 84."""
    told = json.dumps(crs)
    if crs is not None and not any(word in told for word in ("CRS84", "4326")):
        raise BadInput(
            f"is in {told[:80]}", where=f"{path} crs", allowed="longitude and latitude (EPSG:4326), or local lengths",
            hint="ogr2ogr -t_srs EPSG:4326 out.geojson in.geojson, or --unit m without the member crs",
        )  # fmt: skip


def _feature(value: object, where: str, stem: str, notes: Notes) -> Feature | None:
    if not isinstance(value, dict) or not isinstance(value.get("geometry"), dict):
        notes.leave("features", "without a geometry", "nothing to draw")
        return None
    own = value.get("properties")
    properties = own if isinstance(own, dict) else {}
    try:
        shape = shapely.force_2d(shaped(value["geometry"]))
        sound = bool(math.isfinite(sum(shape.bounds))) if not shape.is_empty else False
    except (ShapelyError, ValueError, TypeError, KeyError, AttributeError, IndexError):
        sound = False
    if not sound:
        notes.refuse(where, "a geometry that cannot be read", "left out")
        return None
    told = [value.get("feature_type"), *(properties.get(key) for key in KEYS)]
    words = [str(word).casefold() for word in told if isinstance(word, str)]
    known = (*ROOMS, *LEVELS, *LINES, *OPENINGS)
    kind = next((w for w in words if w in known), stem.casefold() if stem.casefold() in FILES and not words else "")
    if not kind:
        notes.leave(f"features of type {words[0] if words else 'not said'}", shape.geom_type, "are not read")
        return None
    return Feature(kind, where, str(value.get("id") or properties.get("id") or ""), properties, shape)


def _placed(
    features: Sequence[Feature], unit: str | None, path: Path, notes: Notes
) -> tuple[list[Feature], Point | None]:
    """The features in metres, and longitude and latitude of the plane's origin where they were in degrees."""
    west, south, east, north = shapely.total_bounds([f.shape for f in features]).tolist()
    if unit is not None:
        factor = length_factor(unit, "--unit")
        _require_extent(max(east - west, north - south) * factor, path)
        far = max(map(abs, (west, south, east, north))) * factor > FAR_M
        origin = np.floor(np.array([west, south]) * factor) if far else np.zeros(2)
        if far:
            notes.infer(
                "origin", f"at ({origin[0]:g}, {origin[1]:g}) m of the file", "its coordinates are those of a map"
            )
        return [replace(f, shape=shapely.transform(f.shape, lambda p: p * factor - origin)) for f in features], None
    if not (
        -180.0 <= west <= east <= 180.0
        and -90.0 <= south <= north <= 90.0
        and max(east - west, north - south) <= EXTENT_DEG
    ):
        raise OutOfRange(
            f"spans {east - west:g} x {north - south:g} degrees, if its numbers are longitude and latitude",
            where=str(path), allowed=f"up to {EXTENT_DEG:g} degrees",
            hint="--unit m, mm, ft ... where they are lengths on a plan",
        )  # fmt: skip
    middle = (round((west + east) / 2.0, 7), round((south + north) / 2.0, 7))
    project = _plane(middle)
    notes.infer("plane", f"metres east and north of {middle[0]:.7f}, {middle[1]:.7f}", "azimuthal equidistant, WGS 84")
    placed = [replace(f, shape=shapely.transform(f.shape, project)) for f in features]
    bounds = shapely.total_bounds([f.shape for f in placed])
    _require_extent(float(max(bounds[2] - bounds[0], bounds[3] - bounds[1])), path)
    return placed, middle


def _require_extent(wide_m: float, path: Path) -> None:
    if not EXTENT_M[0] <= wide_m <= EXTENT_M[1]:
        allowed = f"{EXTENT_M[0]:g} to {EXTENT_M[1]:g} m"
        raise OutOfRange(f"is {wide_m:g} m wide", where=str(path), allowed=allowed, hint="another --unit")


def _plane(middle: Point) -> Callable[[Any], Any]:
    pyproj = require("pyproj", "site")
    text = f"+proj=aeqd +lat_0={middle[1]} +lon_0={middle[0]} +datum=WGS84 +units=m"
    there = pyproj.Transformer.from_crs("EPSG:4326", text, always_xy=True)

    def project(points: Any) -> Any:  # noqa: ANN401 - an array of (n, 2)
        return np.column_stack(there.transform(points[:, 0], points[:, 1]))

    return project


def _storeys(features: Sequence[Feature], notes: Notes) -> list[tuple[Storey, Floor]]:
    """Levels from low to high with their features; those that name no level stand on the ground floor."""
    found: dict[str, Storey] = {}
    for one in features:
        if one.kind in LEVELS:
            level = one.properties.get("ordinal", one.properties.get("level"))
            named = _text(one.properties.get("short_name")) or _text(one.properties.get("name"))
            found[one.id] = Storey(one.id, named, int(level) if isinstance(level, int | float) else None)
    for one in features:
        if one.kind not in LEVELS:
            key = _level_key(one.properties)
            found.setdefault(key, Storey(key)).features.append(one)
    used = [s for s in found.values() if s.features]
    order = sorted(used, key=lambda s: (_level(s) is None, _level(s) or 0, natural(s.key)))
    told, floors, taken = [_level(s) for s in order], [], set[str]()
    exact = None not in told and len(set(told)) == len(told)
    for index, storey in enumerate(order):
        level = int(told[index] or 0) if exact else index
        title = storey.name or (f"Level {storey.key}" if storey.key else f"Level {level}")
        named = unique(identifier(storey.name or storey.key, f"L{level}"), taken)
        elevation = round(level * STOREY_M, 3)
        notes.infer(
            f"floor {named}", f"elevation {elevation:g} m, height {STOREY_M:g} m", "by its level; none is given"
        )
        floors.append((storey, Floor(named, title, level, elevation, STOREY_M)))
    return floors


def _level_key(properties: Mapping[str, Any]) -> str:
    told = next(
        (properties[k] for k in ("level_id", "level", "storey", "floor", "ordinal") if properties.get(k) is not None),
        "",
    )
    return str(told).split(";")[0].strip()


def _level(storey: Storey) -> int | None:
    if storey.level is not None:
        return storey.level
    try:
        return math.floor(float(storey.key))
    except ValueError:
        return level_in(storey.name or storey.key)


def _floor(storey: Storey, floor: Floor, taken: set[str], notes: Notes) -> Floor:
    kinds: dict[str, list[Feature]] = defaultdict(list)
    for one in storey.features:
        kinds["room" if one.kind in ROOMS else "wall" if one.kind in LINES else "opening"].append(one)
    rooms = [room for one in kinds["room"] for room in _rooms(one, floor, taken, notes)]
    walls = _walls(kinds["wall"], floor, notes)
    return replace(floor, rooms=tuple(rooms), walls=walls, openings=_openings(kinds["opening"], floor, notes))


def _rooms(feature: Feature, floor: Floor, taken: set[str], notes: Notes) -> list[Room]:
    category = str(feature.properties.get("category") or feature.properties.get("room") or feature.kind).casefold()
    found = [whole for part in parts(shapely.make_valid(feature.shape), LEAST_ROOM_M2) for whole in whole_rings(part)]
    if category in NO_ROOMS or not found:
        why = f"{category} is no room" if category in NO_ROOMS else "no area"
        notes.leave(f"floor {floor.floor}", feature.shape.geom_type, why)
        return []
    name = _text(feature.properties.get("name")) or _text(feature.properties.get("alt_name"))
    own = identifier(str(feature.properties.get("ref") or feature.id or ""), f"{floor.floor}-r{len(taken) + 1:03d}")
    if len(found) > 1:
        notes.infer(f"room {own}", f"{len(found)} rooms", "its plan has several parts or holes")
    said = str(feature.properties.get("function") or "")
    words = name if match(name).function else (_categories().get(category) or category)
    words = said if said in functions() else words
    height = feature.properties.get("height")
    rooms = []
    for one in found:
        corners = [(float(x), float(y)) for x, y in one.exterior.coords[:-1]]
        tall = float(height) if isinstance(height, int | float) and height > 0 else None
        room = room_of(unique(own, taken), words, floor.floor, corners, height_m=tall)
        rooms.append(replace(room, name=name or room.name, function_given=f"{name} ({category})" if name else category))
    return rooms


def _walls(features: Iterable[Feature], floor: Floor, notes: Notes) -> tuple[Wall, ...]:
    found = []
    for one in features:
        told = next((one.properties[k] for k in ("wall_class", "material", "class") if one.properties.get(k)), "")
        named = told if told in wall_classes() and wall_classes()[told].kind == "wall" else "light"
        if named != told:
            notes.infer(f"floor {floor.floor} {one.where}", "a wall of class light", f"no class is named {told!r}")
        for a, b in _segments(one, floor, notes):
            found.append((min(a, b), max(a, b), named))
    found.sort()
    return tuple(Wall(f"{floor.floor}-w{n:04d}", floor.floor, *one) for n, one in enumerate(found, start=1))


def _openings(features: Iterable[Feature], floor: Floor, notes: Notes) -> tuple[Opening, ...]:
    found = []
    for one in features:
        said = " ".join(str(one.properties.get(k) or "") for k in ("door", "material", "category", "kind")).casefold()
        kind = "window" if one.kind == "window" or "window" in said else "door"
        named = "window" if kind == "window" else "door-steel" if "metal" in said or "steel" in said else "door-wood"
        named = "door-glass" if kind == "door" and "glass" in said else named
        ends = _segments(one, floor, notes)
        if ends:
            found.append((min(ends[0][0], ends[-1][1]), max(ends[0][0], ends[-1][1]), kind, named))
    found.sort()
    return tuple(
        Opening(f"{floor.floor}-o{n:04d}", floor.floor, a, b, kind, named)  # type: ignore[arg-type]
        for n, (a, b, kind, named) in enumerate(found, start=1)
    )


def _segments(feature: Feature, floor: Floor, notes: Notes) -> list[tuple[Point, Point]]:
    """The straight parts of a line; what has no length is told."""
    lines = [part for part in shapely.get_parts(feature.shape) if part.geom_type == "LineString"]
    found = []
    for line in lines:
        points = [(round(float(x), 4) + 0.0, round(float(y), 4) + 0.0) for x, y in line.coords]
        found += [(a, b) for a, b in pairwise(points) if math.dist(a, b) >= LEAST_LENGTH_M]
    if not found:
        why = "a wall of zero length" if feature.kind in LINES and lines else "no line"
        notes.leave(f"floor {floor.floor}", f"{feature.kind} ({feature.shape.geom_type})", why)
    return found


def _text(value: object) -> str:
    """A text, or of texts by language the English, else the Chinese, else the first."""
    if isinstance(value, dict):
        texts = {str(k).casefold(): v for k, v in value.items() if isinstance(v, str)}
        order = sorted(texts, key=lambda k: (not k.startswith("en"), not k.startswith("zh"), k))
        return texts[order[0]] if order else ""
    return value.strip() if isinstance(value, str) else ""


@cache
def _categories() -> Mapping[str, str]:
    """Functions by IMDF category; each function is one of `functions.csv`."""
    rows = read_rows(DATA / "imdf_categories.csv", required=("category", "function"), name="imdf_categories.csv")
    return {row.need("category"): row.get("function") for row in rows if row.get("function") in functions()}
