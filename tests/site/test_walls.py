from __future__ import annotations

import math
from dataclasses import replace

import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput
from setsail.site import geometry
from setsail.site.model import Floor, Room, Site, Wall
from setsail.site.rules import SHIELDED
from setsail.site.walls import derive, faults, pieces, with_walls


def box(room: str, x0: float, y0: float, x1: float, y1: float, **more: object) -> Room:
    outline = ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    return Room(room, room, "F1", outline=outline, area_m2=(x1 - x0) * (y1 - y0), **{"function": "", **more})  # type: ignore[arg-type]


def floor(*rooms: Room) -> Floor:
    return Floor("F1", "Ground", 0, 0.0, 3.0, rooms)


def lines(walls: tuple[Wall, ...]) -> shapely.MultiLineString:
    return shapely.MultiLineString([[w.start, w.end] for w in walls])


def between(walls: tuple[Wall, ...], x: float) -> list[Wall]:
    return [w for w in walls if w.start[0] == w.end[0] == x]


@pytest.mark.parametrize(("gap", "count", "x"), [(0.0, 1, 4.0), (0.12, 1, 4.06), (0.44, 1, 4.22), (0.45, 1, 4.225)])
def test_two_rooms_within_a_gap_share_one_wall_on_the_middle_line(gap: float, count: int, x: float) -> None:
    walls, _, _ = derive(floor(box("a", 0, 0, 4, 3), box("b", 4 + gap, 0, 8, 3)))
    assert len(between(walls, x)) == count
    assert len(walls) == 5


def test_two_rooms_over_the_gap_have_a_wall_each() -> None:
    walls, _, _ = derive(floor(box("a", 0, 0, 4, 3), box("b", 4.47, 0, 8, 3)))
    assert len(between(walls, 4.0)) == len(between(walls, 4.47)) == 1


def test_walls_between_rooms_are_partitions_and_around_them_exterior() -> None:
    walls, _, _ = derive(floor(box("a", 0, 0, 4, 3), box("b", 4.1, 0, 8, 3)))
    assert [w.wall_class for w in between(walls, 4.05)] == ["light"]
    assert {w.wall_class for w in walls if w not in between(walls, 4.05)} == {"exterior"}
    assert {w.origin for w in walls} == {"derived"}


def test_walls_of_a_shielded_room_are_lead_lined_with_a_lead_door() -> None:
    walls, openings, _ = derive(floor(box("ct", 0, 0, 4, 3, shielded=True), box("b", 4.1, 0, 8, 3)))
    assert [w.wall_class for w in between(walls, 4.05)] == [SHIELDED]
    assert sum(w.wall_class == SHIELDED for w in walls) == 4
    assert [o.opening_class for o in openings if o.kind == "door"] == ["door-lead"]


def test_walls_of_a_lift_are_concrete_with_a_steel_door() -> None:
    walls, openings, _ = derive(
        floor(box("l", 0, 0, 2, 3, function="lift"), box("c", 2.2, 0, 9, 3, function="corridor"))
    )
    assert [w.wall_class for w in between(walls, 2.1)] == ["concrete"]
    assert "door-steel" in {o.opening_class for o in openings}


def test_a_smaller_box_cuts_the_larger_one_that_it_overlaps() -> None:
    shapes = geometry.disjoint([box("hall", 0, 0, 10, 10, drawn=False), box("cell", 6, 6, 12, 12, drawn=False)])
    assert sum(p.area for p in shapes["hall"]) == pytest.approx(84.0)
    assert sum(p.area for p in shapes["cell"]) == pytest.approx(36.0)


def test_a_cut_leaves_no_sliver_thinner_than_a_wall() -> None:
    shapes = geometry.disjoint([box("hall", 0, 0, 10, 10, drawn=False), box("row", -1, 0.2, 11, 9, drawn=False)])
    assert [p.bounds for p in shapes["hall"]] == [(0.0, 9.0, 10.0, 10.0)] or "row" in shapes
    assert all(min(p.bounds[2] - p.bounds[0], p.bounds[3] - p.bounds[1]) >= 0.3 for ps in shapes.values() for p in ps)


def test_drawn_rooms_are_never_cut() -> None:
    shapes = geometry.disjoint([box("hall", 0, 0, 10, 10), box("cell", 6, 6, 12, 12)])
    assert sum(p.area for p in shapes["hall"]) == 100.0


def test_every_room_has_a_door_and_corridors_are_open_to_each_other() -> None:
    rooms = [box("c1", 0, 0, 10, 2, function="corridor"), box("c2", 10, 0, 20, 2, function="corridor")]
    rooms += [box(f"r{n}", 4 * n, 2.1, 4 * n + 3.9, 6) for n in range(5)]
    walls, openings, told = derive(floor(*rooms))
    assert not between(walls, 10.0)
    inner = [o for o in openings if o.kind == "door" and o.start[1] == pytest.approx(2.05)]
    assert len(inner) == 5
    assert {o.origin for o in openings} == {"inferred"}
    assert {o.wall for o in openings} <= {w.wall for w in walls}
    assert any("passages without a wall" in t.what for t in told)
    assert any("doors" in t.what for t in told)


def test_ends_of_walls_meet_so_that_no_ray_slips_through_a_corner() -> None:
    rooms = [box("c", 0, -2, 12.3, -0.1)] + [box(f"r{n}", 4.1 * n, 0, 4.1 * n + 4, 4) for n in range(3)]
    walls, _, _ = derive(floor(*rooms))
    closed = shapely.polygonize(list(shapely.get_parts(shapely.unary_union(lines(walls)))))
    assert len(closed.geoms) == 4


def test_a_void_inside_the_building_has_partitions_and_a_courtyard_exterior_walls() -> None:
    ring = [box("s", 0, 0, 12, 3), box("n", 0, 9, 12, 12), box("w", 0, 3, 3, 9), box("e", 9, 3, 12, 9)]
    yard, _, _ = derive(floor(*ring))
    assert {w.wall_class for w in yard if w.start[0] == w.end[0] == 3.0} == {"exterior"}
    small = [box("s", 0, 0, 8, 3), box("n", 0, 5, 8, 8), box("w", 0, 3, 3, 5), box("e", 5, 3, 8, 5)]
    shaft, _, _ = derive(floor(*small))
    assert {w.wall_class for w in shaft if w.start[0] == w.end[0] == 3.0} == {"light"}


def test_outdoor_rooms_have_no_walls() -> None:
    assert derive(floor(box("roof", 0, 0, 4, 3, indoor=False)))[0] == ()


def test_a_room_without_area_is_refused() -> None:
    with pytest.raises(BadInput, match="without an area"):
        derive(floor(box("a", 0, 0, 0, 3)))


def test_rooms_that_reach_a_floor_from_below_have_walls_on_it() -> None:
    atrium = box("atrium", 4, 0, 8, 3, to_floor="F2")
    upper = replace(floor(replace(box("a", 0, 0, 4, 3), floor="F2")), floor="F2", level=1)
    site = with_walls(Site("s", "S", "hospital", (floor(atrium), upper)))
    assert len(site.floors[1].walls) == 5
    assert len(site.floors[0].walls) == 4
    assert site.inferred


def test_walls_that_were_given_are_kept() -> None:
    given_wall = Wall("w", "F1", (0.0, 0.0), (4.0, 0.0), "brick")
    kept = replace(floor(box("a", 0, 0, 4, 3)), walls=(given_wall,))
    assert with_walls(Site("s", "S", "hospital", (kept,))).floors == (kept,)


def test_walls_of_a_grid_of_rooms_are_joined_along_their_lines() -> None:
    rooms = [box(f"r{i}-{j}", 4.1 * i, 5.1 * j, 4.1 * i + 4, 5.1 * j + 5) for i in range(20) for j in range(13)]
    walls, _, _ = derive(floor(*rooms))
    assert len(walls) == 21 + 14


cuts = st.lists(st.integers(2, 9), min_size=1, max_size=5)


def tiling(columns: list[int], rows: list[int], gap: float = 0.0) -> list[Room]:
    x = [sum(columns[:n]) for n in range(len(columns) + 1)]
    y = [sum(rows[:n]) for n in range(len(rows) + 1)]
    return [
        box(f"{i}.{j}", x[i] + gap / 2, y[j] + gap / 2, x[i + 1] - gap / 2, y[j + 1] - gap / 2)
        for i in range(len(columns))
        for j in range(len(rows))
    ]


@settings(max_examples=40, deadline=None)
@given(cuts, cuts, st.sampled_from([0.0, 0.1, 0.2, 0.4]))
def test_walls_of_a_tiling_enclose_each_room_and_conserve_the_area(
    cols: list[int], rows: list[int], gap: float
) -> None:
    rooms = tiling(cols, rows, gap)
    walls, _, _ = derive(floor(*rooms))
    closed = shapely.polygonize(list(shapely.get_parts(shapely.unary_union(lines(walls)))))
    assert len(closed.geoms) == len(rooms)
    assert sum(p.area for p in closed.geoms) == pytest.approx((sum(cols) - gap) * (sum(rows) - gap))


boxes = st.lists(
    st.tuples(st.integers(0, 30), st.integers(0, 30), st.integers(2, 12), st.integers(2, 12)), min_size=1, max_size=12
)


@settings(max_examples=60, deadline=None)
@given(boxes)
def test_cut_boxes_do_not_overlap_and_no_wall_lies_inside_a_room(found: list[tuple[int, int, int, int]]) -> None:
    rooms = [box(f"r{n}", x, y, x + w, y + h, drawn=False) for n, (x, y, w, h) in enumerate(found)]
    shapes = geometry.disjoint(rooms)
    flat = [part for parts in shapes.values() for part in parts]
    whole = shapely.union_all([geometry.polygon(r.outline) for r in rooms])
    assert sum(p.area for p in flat) == pytest.approx(whole.area, abs=1e-3)
    walls, _, _ = derive(floor(*rooms))
    for part in flat:
        assert lines(walls).intersection(part.buffer(-0.05, join_style="mitre")).length == pytest.approx(0.0, abs=1e-9)


@settings(max_examples=40, deadline=None)
@given(boxes)
def test_walls_of_a_mirrored_plan_are_the_mirrored_walls(found: list[tuple[int, int, int, int]]) -> None:
    there = [box(f"r{n}", x, y, x + w, y + h, drawn=False) for n, (x, y, w, h) in enumerate(found)]
    back = [box(f"r{n}", -x - w, y, -x, y + h, drawn=False) for n, (x, y, w, h) in enumerate(found)]
    first, second = derive(floor(*there))[0], derive(floor(*back))[0]
    mirrored = shapely.transform(lines(second), lambda p: p * [-1.0, 1.0])
    assert shapely.hausdorff_distance(lines(first), mirrored) < 0.01
    assert sum(math.dist(w.start, w.end) for w in first) == pytest.approx(lines(second).length, abs=0.01)


def test_faults_of_derived_walls_and_openings_are_none() -> None:
    whole = floor(*tiling([4, 5, 6], [3, 4], 0.1))
    walls, openings, _ = derive(whole)
    done = replace(whole, walls=walls, openings=openings)
    assert faults(done) == ()
    assert len(pieces(done)) > len(walls)


@pytest.mark.parametrize("turn_deg", [17.0, 45.0, 90.0, 123.0])
def test_walls_of_a_turned_plan_are_as_many_and_as_long(turn_deg: float) -> None:
    c, s = math.cos(math.radians(turn_deg)), math.sin(math.radians(turn_deg))
    straight = tiling([4, 5, 6], [3, 4], 0.1)
    turned = [replace(r, outline=tuple((x * c - y * s, x * s + y * c) for x, y in r.outline)) for r in straight]
    first, second = derive(floor(*straight)), derive(floor(*turned))
    assert len(first[0]) == len(second[0])
    assert len(first[1]) == len(second[1])
    assert lines(first[0]).length == pytest.approx(lines(second[0]).length, abs=0.05)


@pytest.mark.parametrize(
    "outline",
    [
        ((0.0, 0.0), (0.0, 1.0), (1.2e-57, 0.0)),
        ((1.2e-57, 0.0), (0.0, 2.0), (1.0, 1.0), (0.0, 0.0), (0.0, 3.0), (0.0, 1.0)),
        ((0.0, 2.0), (1.0, 0.0), (0.0, 1.0), (5.2e-201, 0.0)),
    ],
)
def test_outline_with_corners_on_top_of_each_other_is_that_without_them(
    outline: tuple[tuple[float, float], ...],
) -> None:
    plain = tuple((round(x, 6), round(y, 6)) for x, y in outline)
    assert geometry.polygon(outline).equals(geometry.polygon(plain))
    assert geometry.polygon(outline).buffer(1.0, join_style="mitre").is_valid


outlines = st.lists(
    st.lists(st.tuples(st.floats(0, 30), st.floats(0, 30)), min_size=3, max_size=8, unique=True), min_size=1, max_size=8
)


@settings(max_examples=60, deadline=None)
@given(outlines, st.booleans())
def test_outlines_of_any_shape_give_walls_that_a_ray_can_meet(
    found: list[list[tuple[float, float]]], drawn: bool
) -> None:
    rooms = [Room(f"r{n}", "r", "F1", "", tuple(p), 1.0, drawn=drawn) for n, p in enumerate(found)]
    whole = floor(*(r for r in rooms if geometry.polygon(r.outline).area > 0.0))
    walls, openings, _ = derive(whole)
    done = replace(whole, walls=walls, openings=openings)
    pieces(done)
    assert all("overlaps" in told.what for told in faults(done))
