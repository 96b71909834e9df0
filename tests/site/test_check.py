from dataclasses import replace
from typing import Any

import pytest

from setsail.site.check import Finding, check, check_bands, check_flows, check_heads
from setsail.site.model import Floor, Need, Opening, Point, Room, Site, Told, Wall


def _box(x0: float, y0: float, x1: float, y1: float) -> tuple[Point, ...]:
    return (x0, y0), (x1, y0), (x1, y1), (x0, y1)


def _room(name: str, outline: tuple[Point, ...], **more: Any) -> Room:
    given: dict[str, Any] = {"function": "ward", "area_m2": 20.0, "height_m": 2.7} | more
    return Room(name, name, "g", outline=outline, **given)


WALL = Wall("w1", "g", (0.0, 0.0), (10.0, 0.0), "light")
DOOR = Opening("d1", "g", (1.0, 0.0), (1.9, 0.0), "door", "door-wood", "w1")
A, B = _room("a", _box(0, 0, 5, 4)), _room("b", _box(5.1, 0, 10, 4))
FLOOR = Floor("g", "Ground", 0, 0.0, 3.5, rooms=(A, B), walls=(WALL,), openings=(DOOR,))


def _site(floor: Floor = FLOOR, **more: Any) -> Site:
    return Site("s", "Synthetic", "hospital", (floor,), licensed_bands=("n78",), **more)


def _only(site: Site) -> Finding:
    [found] = check(site)
    return found


def test_sound_site_has_no_finding() -> None:
    assert check(_site()) == []


@pytest.mark.parametrize(("x", "found"), [(4.98, 0), (4.976, 0), (4.974, 1)])
def test_drawn_rooms_overlap_from_a_tenth_of_a_square_metre(x: float, found: int) -> None:
    site = _site(replace(FLOOR, rooms=(A, _room("b", _box(x, 0, 10, 4)))))
    assert [f.code for f in check(site)] == ["rooms-overlap"] * found
    boxes = tuple(replace(room, drawn=False) for room in site.floors[0].rooms)
    assert check(_site(replace(FLOOR, rooms=boxes))) == []


def test_overlap_is_told_with_both_rooms_and_its_area() -> None:
    got = _only(_site(replace(FLOOR, rooms=(A, _room("b", _box(4, 0, 10, 4))))))
    assert got == Finding(
        "rooms-overlap", "defect", "floors/g.geojson (room 'a')", "overlaps room 'b' by 4 m2; both are drawn",
        "move the line between them",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "code", "grade", "what"),
    [
        ({"walls": (WALL, Wall("w2", "g", (3.0, 3.0), (3.0, 3.0), "light"))}, "wall-fault", "defect", "has no length"),
        ({"walls": (WALL, Wall("w2", "g", (3.0, 3.0), (4.0, 3.0), "straw"))}, "wall-fault", "defect", "'straw'"),
        ({"openings": (DOOR, replace(DOOR, opening="d2", wall="w9"))}, "opening-fault", "defect", "wall 'w9'"),
        ({"openings": (DOOR, replace(DOOR, opening="d2"))}, "opening-fault", "notice", "overlaps d1"),
        ({"rooms": (A, replace(B, area_m2=0.0))}, "room-area", "defect", "has the area 0 m2"),
        ({"rooms": (A, replace(B, area_m2=0.0, function="site"))}, "room-area", "notice", "has the area 0 m2"),
        ({"rooms": (A, replace(B, function="wrd"))}, "room-function", "defect", "'wrd'"),
        ({"rooms": (A, replace(B, function=""))}, "no-function", "notice", "1 rooms without a function: b"),
        ({"rooms": (A, replace(B, to_floor="h"))}, "room-reach", "defect", "'h', no floor here"),
        ({"height_m": 0.0}, "floor-height", "defect", "has the height 0 m"),
        ({"height_m": 1.79}, "floor-height", "defect", "has the height 1.79 m"),
        ({"slab_class": "ice"}, "slab-class", "defect", "'ice'"),
        ({"walls": (), "openings": ()}, "no-walls", "notice", "has rooms and no walls"),
    ],
)
def test_fault_of_a_floor_is_one_finding(change: dict[str, Any], code: str, grade: str, what: str) -> None:
    got = _only(_site(replace(FLOOR, **change)))
    assert (got.code, got.grade) == (code, grade)
    assert what in got.what


def test_height_at_its_limit_is_no_finding() -> None:
    assert check(_site(replace(FLOOR, height_m=1.8))) == []


def test_outline_without_area_or_crossing_itself_is_a_defect() -> None:
    flat = _room("b", ((6.0, 0.0), (8.0, 0.0), (9.0, 0.0)))
    assert _only(_site(replace(FLOOR, rooms=(A, flat)))).code == "room-outline"
    bow = _room("b", ((6.0, 0.0), (8.0, 2.0), (8.0, 0.0), (6.0, 3.0)), area_m2=2.0)
    assert "room-crosses" in {f.code for f in check(_site(replace(FLOOR, rooms=(A, bow))))}


@pytest.mark.parametrize(
    ("scale", "found"), [(0.15, ["floor-scale"]), (0.25, []), (299.0, []), (301.0, ["floor-scale"])]
)
def test_plan_without_a_scale_is_known_by_its_extent(scale: float, found: list[str]) -> None:
    outline = tuple((x * scale, y * scale) for x, y in _box(0, 0, 10, 4))
    floor = replace(FLOOR, rooms=(_room("a", outline, area_origin="derived"),), openings=())
    assert [f.code for f in check(_site(floor)) if f.code == "floor-scale"] == found


def test_plan_in_feet_is_suspected_by_doors_heights_and_areas() -> None:
    door = replace(DOOR, end=(4.0, 0.0))
    got = _only(_site(replace(FLOOR, openings=(door,))))
    assert (got.code, got.grade) == ("plan-unit", "notice")
    tall = tuple(replace(room, height_m=9.0) for room in (A, B))
    both = _only(_site(replace(FLOOR, openings=(door,), rooms=tall)))
    assert (both.grade, both.hint) == ("defect", "import it again with --unit ft (or mm, cm, in)")
    assert "doors are 3 m wide" in both.what
    assert "rooms are 9 m high" in both.what
    square_feet = tuple(replace(room, area_m2=20.0 / 0.3048**2) for room in (A, B))
    areas = _only(_site(replace(FLOOR, rooms=square_feet)))
    assert (areas.code, areas.grade) == ("plan-unit", "defect")
    assert "square feet" in areas.what


@pytest.mark.parametrize(
    ("need", "code", "grade"),
    [
        (Need("n", "APP-124", 1, room="zz"), "need-room", "defect"),
        (Need("n", "APP-124", 1, function="wrd"), "need-function", "defect"),
        (Need("n", "APP-124", 1, function="icu"), "need-unused", "notice"),
        (Need("n", "APP-999", 1, room="a"), "need-application", "defect"),
    ],
)
def test_need_of_something_that_is_not_here_is_a_finding(need: Need, code: str, grade: str) -> None:
    got = _only(_site(needs=(need,)))
    assert (got.code, got.grade, got.where) == (code, grade, "needs.csv (need 'n')")


def test_need_that_names_what_is_here_is_no_finding() -> None:
    assert check(_site(needs=(Need("n", "APP-124", 1, room="a"), Need("m", "APP-124", 1, function="ward")))) == []


def test_bands_of_the_licence_are_known_ones() -> None:
    assert _only(replace(_site(), licensed_bands=("n78", "n9999"))).code == "band-unknown"
    assert _only(replace(_site(), licensed_bands=())).code == "no-licence"


def test_carrier_on_a_band_without_licence_or_name_is_a_defect() -> None:
    got = check_bands(_site(), [("c1", "n78"), ("c2", "n41"), ("c3", "n9999")])
    assert [(f.code, f.grade, f.where) for f in got] == [
        ("band-licence", "defect", "network.toml (carrier 'c2')"),
        ("band-unknown", "defect", "network.toml (carrier 'c3')"),
    ]
    assert check_bands(replace(_site(), licensed_bands=()), [("c2", "n41")]) == []


@pytest.mark.parametrize(
    ("x", "y", "found"), [(1.0, 1.0, []), (5.05, 2.0, []), (10.49, 1.0, []), (10.51, 1.0, ["head-outside"])]
)
def test_head_hangs_in_the_building_or_is_a_defect(x: float, y: float, found: list[str]) -> None:
    assert [f.code for f in check_heads(_site(), [("h1", "g", x, y)])] == found


def test_head_on_no_floor_and_flow_of_no_room_are_defects() -> None:
    assert [f.code for f in check_heads(_site(), [("h1", "cellar", 1.0, 1.0)])] == ["head-floor"]
    assert [f.where for f in check_flows(_site(), [("f1", "a"), ("f2", "gone"), ("f3", "")])] == [
        "flows.csv (flow 'f2')"
    ]


def test_head_in_a_lift_from_below_is_inside() -> None:
    lift = _room("lift", _box(20, 0, 22, 2), function="lift", to_floor="h")
    upper = Floor("h", "Upper", 1, 3.5, 3.5, rooms=(replace(A, room="u", floor="h"),))
    site = replace(_site(replace(FLOOR, rooms=(A, B, lift))), floors=(replace(FLOOR, rooms=(A, B, lift)), upper))
    assert check_heads(site, [("h1", "h", 21.0, 1.0)]) == []


def test_what_an_import_left_out_and_an_empty_site_are_told() -> None:
    left = replace(
        _site(), refused=(Told("space 9", "left out", "it has no box"), Told("sheet X", "not read", "no use"))
    )
    assert [(f.code, f.where) for f in check(left)] == [("left-out", "space 9")]
    empty = Site("s", "s", "hospital", (), licensed_bands=("n78",))
    assert [(f.code, f.grade) for f in check(empty)] == [("no-rooms", "defect")]


def test_defects_come_before_notices() -> None:
    site = replace(_site(replace(FLOOR, rooms=(replace(A, function=""), replace(B, area_m2=0.0)))), licensed_bands=())
    assert [f.grade for f in check(site)] == ["defect", "notice", "notice"]
