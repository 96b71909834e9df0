from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pyproj
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.base.tables import read_rows
from setsail.site import geojson
from setsail.site.classes import DATA
from setsail.site.folder import ordered
from setsail.site.folder import read as read_folder
from setsail.site.folder import write as write_folder
from setsail.site.functions import functions
from setsail.site.generate import demonstration
from setsail.site.geometry import whole_rings
from setsail.site.importing import imported
from setsail.site.model import Site

LON, LAT = 113.26, 23.13


def lonlat(x: float, y: float) -> list[float]:
    """Degrees of a place in metres from a corner, by the geodesic: another way than the reader's plane."""
    geod = pyproj.Geod(ellps="WGS84")
    lon, lat, _ = geod.fwd(LON, LAT, math.degrees(math.atan2(x, y)), math.hypot(x, y))
    return [lon, lat]


def local(x: float, y: float) -> list[float]:
    return [x, y]


def box(x0: float, y0: float, x1: float, y1: float, place: Any = lonlat) -> dict[str, Any]:
    ring = [place(x, y) for x, y in ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))]
    return {"type": "Polygon", "coordinates": [ring]}


def line(*points: tuple[float, float], place: Any = lonlat) -> dict[str, Any]:
    return {"type": "LineString", "coordinates": [place(x, y) for x, y in points]}


def feature(geometry: Any, one: str = "f", kind: str | None = None, **properties: Any) -> dict[str, Any]:
    found = {"type": "Feature", "id": one, "geometry": geometry, "properties": properties}
    return found | ({"feature_type": kind} if kind else {})


def written(path: Path, *features: Any, **more: Any) -> Path:
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **more}), encoding="utf-8")
    return path


def told(site: Site) -> str:
    return "\n".join(f"{t.subject}: {t.what} ({t.reason})" for t in (*site.inferred, *site.refused))


def imdf(path: Path) -> Path:
    path.mkdir()
    written(
        path / "level.geojson",
        feature(box(0, 0, 9, 9), "lv0", "level", ordinal=0, name={"en": "Ground"}, short_name={"en": "G"}),
        feature(box(0, 0, 9, 9), "lv1", "level", ordinal=1, name={"zh": "二层"}, short_name={"zh": "2F"}),
    )
    written(
        path / "unit.geojson",
        feature(box(0, 0, 8, 2), "u1", "unit", category="walkway", level_id="lv0", name=None),
        feature(box(0, 2.1, 4, 6), "u2", "unit", category="room", level_id="lv0", name={"en": "Ward 3", "zh": "病房"}),
        feature(box(4.1, 2.1, 8, 6), "u3", "unit", category="elevator", level_id="lv0", name=None),
        feature(box(0, 0, 8, 6), "u4", "unit", category="office", level_id="lv1", name={"zh": "办公室"}),
        feature(box(0, 0, 1, 1), "u5", "unit", category="opentobelow", level_id="lv1", name=None),
    )
    written(
        path / "opening.geojson",
        feature(
            line((1, 2.05), (2.2, 2.05)), "o1", "opening", category="pedestrian", level_id="lv0", door={"type": "door"}
        ),
        feature(line((50, 50), (51, 50)), "o2", "opening", category="pedestrian", level_id="lv0"),
    )
    return path


def test_a_folder_of_imdf_gives_levels_rooms_and_doors_in_metres(tmp_path: Path) -> None:
    site = geojson.read(imdf(tmp_path / "imdf"), name="Mall")
    ground, upper = site.floors
    assert [(f.level, f.name) for f in site.floors] == [(0, "G"), (1, "2F")]
    assert [(r.room, r.function) for r in ground.rooms] == [("u1", "corridor"), ("u2", "ward"), ("u3", "lift")]
    assert [r.function for r in upper.rooms] == ["office"]
    assert [r.area_m2 for r in ground.rooms] == pytest.approx([16.0, 15.6, 15.21], rel=1e-5)
    assert [(o.kind, o.origin) for o in ground.openings if o.kind == "door"] == [("door", "given")]
    assert "opentobelow is no room" in told(site)
    assert "opening G-o0002: a door (lies in no wall)" in told(site)


def test_degrees_become_metres_about_the_middle_which_the_site_states(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", feature(box(0, 0, 120, 60), "r", "room", name="Office"))
    site = geojson.read(path, name="Plane")
    (room,) = site.rooms()
    assert [site.lon, site.lat] == pytest.approx(lonlat(60, 30), abs=1e-6)
    xs, ys = [x for x, _ in room.outline], [y for _, y in room.outline]
    assert (max(xs) - min(xs), max(ys) - min(ys)) == pytest.approx((120.0, 60.0), abs=0.01)
    assert room.area_m2 == pytest.approx(7200.0, rel=1e-4)


@pytest.mark.parametrize(("unit", "per_m"), [("m", 1.0), ("mm", 1000.0), ("ft", 1 / 0.3048)])
def test_local_lengths_are_read_in_the_unit_told(tmp_path: Path, unit: str, per_m: float) -> None:
    def place(x: float, y: float) -> list[float]:
        return [x * per_m, y * per_m]

    path = written(tmp_path / "a.json", feature(box(0, 0, 4, 3, place), "r", "room", name="Office"))
    site = geojson.read(path, name="Local", unit=unit)
    assert next(site.rooms()).area_m2 == pytest.approx(12.0, rel=1e-4)
    assert site.lon is None


def test_local_lengths_without_a_unit_are_refused_with_the_hint(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", feature(box(0, 0, 40, 30, local), "r", "room"))
    with pytest.raises(OutOfRange, match=r"40 x 30 degrees.*--unit m"):
        geojson.read(path, name="Local")
    with pytest.raises(UnknownName):
        geojson.read(path, name="Local", unit="cubit")


@pytest.mark.parametrize(("wide", "good"), [(2.0, True), (1.99, False), (5000.0, True), (5001.0, False)])
def test_a_plan_of_no_possible_size_is_refused(tmp_path: Path, wide: float, good: bool) -> None:
    path = written(tmp_path / "a.geojson", feature(box(0, 0, wide, 1, local), "r", "room"))
    if good:
        geojson.read(path, name="Wide", unit="m")
    else:
        with pytest.raises(OutOfRange, match="m wide"):
            geojson.read(path, name="Wide", unit="m")


def test_coordinates_of_a_map_are_moved_to_the_corner_and_told(tmp_path: Path) -> None:
    path = written(tmp_path / "a.geojson", feature(box(500_000, 4_000_000, 500_004, 4_000_003, local), "r", "room"))
    site = geojson.read(path, name="Far", unit="m")
    assert shapely.Polygon(next(site.rooms()).outline).bounds == (0.0, 0.0, 4.0, 3.0)
    assert "those of a map" in told(site)


def test_rooms_walls_and_doors_as_openstreetmap_names_them(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.geojson",
        feature(box(0, 0, 8, 2), "w1", indoor="corridor", level="1"),
        feature(box(0, 2, 4, 6), "w2", indoor="room", room="restroom", level="0;1"),
        feature(line((0, 0), (8, 0)), "w3", indoor="wall", level="1", material="brick"),
        feature(line((1, 0), (1, 0)), "w4", indoor="wall", level="1", material="straw"),
        feature({"type": "Point", "coordinates": lonlat(1, 1)}, "n1", amenity="bench"),
    )
    site = geojson.read(path, name="OSM")
    assert [(f.level, [r.function for r in f.rooms]) for f in site.floors] == [(0, ["toilet"]), (1, ["corridor"])]
    assert [w.wall_class for w in site.floors[1].walls] == ["brick"]
    assert "a wall of zero length" in told(site)
    assert "features of type not said: 1 Point (are not read)" in told(site)


def test_a_room_with_a_hole_becomes_rooms_without_one_and_it_is_told(tmp_path: Path) -> None:
    ring = box(0, 0, 10, 10, local)
    ring["coordinates"].append(box(3, 3, 7, 7, local)["coordinates"][0])
    site = geojson.read(
        written(tmp_path / "a.geojson", feature(ring, "c", "unit", category="walkway")), name="R", unit="m"
    )
    assert sum(r.area_m2 for r in site.rooms()) == pytest.approx(84.0)
    assert "2 rooms (its plan has several parts or holes)" in told(site)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 17), st.integers(1, 17)), max_size=5, unique=True))
def test_a_shape_cut_at_its_holes_keeps_its_area_and_has_none(holes: list[tuple[int, int]]) -> None:
    cut = shapely.box(0, 0, 20, 20).difference(
        shapely.union_all([shapely.box(x, y, x + 1.5, y + 1.5) for x, y in holes])
    )
    shape = max(shapely.get_parts(cut), key=lambda p: p.area)
    found = whole_rings(shape)
    assert sum(p.area for p in found) == pytest.approx(shape.area)
    assert not any(p.interiors for p in found)


def test_a_read_plan_can_be_written_and_read_as_a_folder(tmp_path: Path) -> None:
    site = geojson.read(imdf(tmp_path / "imdf"), name="Mall")
    write_folder(site, tmp_path / "site")
    assert read_folder(tmp_path / "site") == ordered(site)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("{", "is not JSON"),
        ("[]", "no FeatureCollection"),
        ('{"type": "FeatureCollection"}', "no list 'features'"),
        ('{"type": "FeatureCollection", "features": []}', "no rooms and no walls"),
        ('{"type": "FeatureCollection", "features": [NaN]}', "NaN"),
        ('{"type": "FeatureCollection", "crs": {"name": "EPSG:3857"}, "features": []}', "3857"),
    ],
)
def test_what_is_no_plan_is_refused(tmp_path: Path, text: str, what: str) -> None:
    path = tmp_path / "a.geojson"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=what):
        geojson.read(path, name="Bad")


def test_features_that_cannot_be_drawn_are_told_not_dropped(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.geojson",
        feature(box(0, 0, 4, 3), "r", "room", name="Office"),
        feature(None, "x", "room"),
        feature({"type": "Polygon", "coordinates": "no"}, "y", "room"),
        feature({"type": "Blob", "coordinates": []}, "z", "room"),
        feature(box(9, 9, 9, 9), "q", "room"),
        3,
    )
    text = told(geojson.read(path, name="Odd"))
    assert "2 without a geometry" in text
    assert "a.geojson feature 3: a geometry that cannot be read" in text
    assert "a.geojson feature 4: a geometry that cannot be read" in text
    assert "1 Polygon (no area)" in text


def test_a_folder_without_units_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=r"unit\.geojson"):
        geojson.read(tmp_path / "empty", name="Bad")


def test_functions_of_categories_are_functions_of_rooms() -> None:
    rows = read_rows(DATA / "imdf_categories.csv")
    assert {row.get("function") for row in rows} - {""} <= set(functions())


def test_a_floor_of_a_site_folder_is_read_as_local_metres_with_its_functions(tmp_path: Path) -> None:
    given = demonstration("hospital")
    write_folder(given, tmp_path / "site")
    site = geojson.read(tmp_path / "site" / "floors" / "L1.geojson", name="Again")
    floor = given.floors[1]
    assert [(r.function, r.outline) for r in site.rooms()] == [(r.function, r.outline) for r in floor.rooms]
    assert len(site.floors[0].walls) == len(floor.walls)
    assert len(site.floors[0].openings) == len(floor.openings)
    assert site.lon is None


def test_an_import_finds_the_reader_of_a_folder(tmp_path: Path) -> None:
    site = imported(imdf(tmp_path / "imdf"), name="Mall")
    assert len(site.floors) == 2
