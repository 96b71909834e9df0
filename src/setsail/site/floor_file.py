"""One floor as a GeoJSON file in local metres: one feature a line, sorted, so that two versions can be compared."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, NoReturn, cast

from setsail.base.errors import BadInput, DuplicateKey
from setsail.base.fields import build, told
from setsail.site.model import Floor, Opening, Point, Room, Wall

MARK = "setsail"
"""Foreign member (RFC 7946, clause 6.1) that says what the coordinates are."""
COORDINATES = "local metres of the site: x east, y north; not longitude and latitude"
PARTS = ("room", "wall", "opening")
_PARTS = re.compile(r"(\d+)")
_FEATURE = re.compile(r'\s*\{\s*"type"\s*:\s*"Feature"')


def natural(name: str) -> list[tuple[int, int, str]]:
    """Key of an order in which `w2` stands before `w10`."""
    return [(0, int(part), part) if part.isdecimal() else (1, 0, part) for part in _PARTS.split(name) if part]


def ordered(floor: Floor) -> Floor:
    """The floor with its rooms, walls and openings in the order of their ids."""
    return replace(
        floor,
        rooms=tuple(sorted(floor.rooms, key=lambda r: natural(r.room))),
        walls=tuple(sorted(floor.walls, key=lambda w: natural(w.wall))),
        openings=tuple(sorted(floor.openings, key=lambda o: natural(o.opening))),
    )


def text(floor: Floor) -> str:
    """The file of a floor."""
    floor = ordered(floor)
    mark = {"floor": floor.floor, "coordinates": COORDINATES}
    features = [
        *(_feature("room", told(r, ("floor", "outline")), "Polygon", [_ring(r.outline)]) for r in floor.rooms),
        *(_line("wall", w) for w in floor.walls),
        *(_line("opening", o) for o in floor.openings),
    ]
    head = f'{{"type": "FeatureCollection", "{MARK}": {_json(mark)}, "features": [\n'
    return head + ",\n".join(features) + ("\n" if features else "") + "]}\n"


def floor(content: str, where: str, header: Floor) -> Floor:
    """The floor of a file, with id, name, level and heights of `header`. Raises BadInput with line and feature."""
    features = _features(content, where, header.floor)
    rooms: list[Room] = []
    walls: list[Wall] = []
    openings: list[Opening] = []
    for place, feature in features:
        properties = feature["properties"]
        kind = properties.get("part")
        named = properties.get(kind) if isinstance(kind, str) else None
        at = f"{place} ({kind} {named!r})" if isinstance(named, str) else place
        rest = {k: v for k, v in properties.items() if k != "part"}
        if kind == "room":
            outline = _outline(feature["geometry"], at)
            rooms.append(build(Room, rest, at, known={"floor": header.floor, "outline": outline}))
        elif kind in ("wall", "opening"):
            start, end = _ends(feature["geometry"], at)
            known = {"floor": header.floor, "start": start, "end": end}
            if kind == "wall":
                walls.append(build(Wall, rest, at, known=known))
            else:
                openings.append(build(Opening, rest, at, known=known))
        else:
            raise BadInput(f"is {kind!r}", where=f"{place} property 'part'", allowed=", ".join(PARTS))
    _unique(where, (("room", [r.room for r in rooms]), ("wall", [w.wall for w in walls])))
    _unique(where, (("opening", [o.opening for o in openings]),))
    return ordered(replace(header, rooms=tuple(rooms), walls=tuple(walls), openings=tuple(openings)))


def strict_json(content: str, where: str) -> Any:  # noqa: ANN401 - what JSON holds
    """The value of JSON text. Raises BadInput with the line; NaN and repeated keys are refused."""

    def refuse(constant: str) -> NoReturn:
        raise BadInput(f"holds {constant}", where=where, allowed="finite numbers")

    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            names = [k for k, _ in pairs]
            twice = next(k for k in names if names.count(k) > 1)
            raise DuplicateKey(f"names {twice!r} twice in one object", where=where)
        return found

    try:
        return json.loads(content, parse_constant=refuse, object_pairs_hook=once)
    except json.JSONDecodeError as err:
        raise BadInput(
            f"is not JSON: {err.msg}", where=f"{where}:{err.lineno}", hint="check commas and brackets"
        ) from err
    except (RecursionError, ValueError) as err:
        raise BadInput(f"is not JSON: {err}", where=where) from err


def _features(content: str, where: str, floor_id: str) -> list[tuple[str, dict[str, Any]]]:
    value = strict_json(content, where)
    if not isinstance(value, dict) or value.get("type") != "FeatureCollection":
        raise BadInput("is no FeatureCollection", where=where, allowed="GeoJSON as `setsail site new` writes it")
    mark = value.get(MARK)
    if not isinstance(mark, dict) or mark.get("floor") != floor_id or mark.get("coordinates") != COORDINATES:
        raise BadInput(
            f"lacks the member {MARK!r} of floor {floor_id!r}",
            where=where,
            allowed=f"{{{MARK!r}: {{'floor': {floor_id!r}, 'coordinates': {COORDINATES!r}}}}}",
            hint="setsail site import, for a GeoJSON file of another origin",
        )
    found = value.get("features")
    if not isinstance(found, list):
        raise BadInput("has no list 'features'", where=where)
    lines = [i for i, told_ in enumerate(content.splitlines(), 1) if _FEATURE.match(told_)]
    places = [f"{where}:{line}" for line in lines] if len(lines) == len(found) else []
    out = []
    for i, feature in enumerate(found):
        place = places[i] if places else f"{where} feature {i + 1}"
        if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
            raise BadInput("is no feature with properties", where=place, allowed="a GeoJSON Feature")
        if not isinstance(feature.get("geometry"), dict):
            raise BadInput("has no geometry", where=place, allowed="a Polygon or a LineString")
        out.append((place, feature))
    return out


def _feature(kind: str, properties: dict[str, Any], shape: str, coordinates: object) -> str:
    named = {"part": kind} | properties
    return _json({"type": "Feature", "properties": named, "geometry": {"type": shape, "coordinates": coordinates}})


def _line(kind: str, item: Wall | Opening) -> str:
    return _feature(kind, told(item, ("floor", "start", "end")), "LineString", [list(item.start), list(item.end)])


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def _ring(outline: Sequence[Point]) -> list[list[float]]:
    return [list(p) for p in (*outline, *outline[:1])]


def _outline(geometry: dict[str, Any], where: str) -> tuple[Point, ...]:
    rings = geometry.get("coordinates")
    if geometry.get("type") != "Polygon" or not isinstance(rings, list) or len(rings) != 1:
        raise BadInput(
            f"is a {geometry.get('type')} of {len(rings) if isinstance(rings, list) else 'no'} rings",
            where=f"{where} geometry", allowed="a Polygon of one ring", hint="cut a room with a hole into two rooms",
        )  # fmt: skip
    points = _points(rings[0], where)
    if not points:
        return ()
    if points[0] != points[-1]:
        raise BadInput("is not closed", where=f"{where} geometry", allowed="a ring that ends where it begins")
    return points[:-1]


def _ends(geometry: dict[str, Any], where: str) -> tuple[Point, Point]:
    points = _points(geometry.get("coordinates"), where) if geometry.get("type") == "LineString" else ()
    if len(points) != 2:
        raise BadInput(f"is a {geometry.get('type')}", where=f"{where} geometry", allowed="a LineString of two points")
    return points[0], points[1]


def _points(value: object, where: str) -> tuple[Point, ...]:
    if not isinstance(value, list):
        raise BadInput("has no points", where=f"{where} geometry", allowed="a list of [x, y]")
    for point in value:
        if not (isinstance(point, list) and len(point) == 2 and all(_is_metre(v) for v in point)):
            raise BadInput(f"has the point {str(point)[:60]}", where=f"{where} geometry", allowed="[x, y] in metres")
    return tuple((float(x), float(y)) for x, y in cast(list[list[float]], value))


def _is_metre(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e7


def _unique(where: str, groups: Iterable[tuple[str, Sequence[str]]]) -> None:
    for kind, ids in groups:
        seen: set[str] = set()
        for one in ids:
            if one in seen:
                raise DuplicateKey(f"has the {kind} {one!r} twice", where=where, hint="give one of them another id")
            seen.add(one)
