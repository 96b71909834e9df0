"""Lifts: shafts open between floors, heads in them where nothing else gets in, and how many of these are needed."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

pytest.importorskip("numba", reason="needs the extra 'site'")
pytest.importorskip("highspy", reason="needs the extra 'site'")

from setsail.design.indoor.lifts import lift_at, lifts, open_lift
from setsail.design.indoor.maps import maps
from setsail.design.indoor.options import MapOptions, PlaceOptions
from setsail.design.indoor.place import place
from setsail.design.network.model import Head
from setsail.site.model import Floor, Need, Site, Wall
from tests.design.indoor.sites import clinic, head, network, site, ward_floor

CORNERS = ((24.0, 8.0), (26.0, 8.0), (26.0, 10.0), (24.0, 10.0))
MIDDLE = (25.0, 9.0)
OPTIONS = PlaceOptions(carriers=("n78",), maps=MapOptions(resolution_m=0.5))


def lined(floor: Floor) -> Floor:
    """A floor of wards whose lift stands behind sheets of metal."""
    walls = tuple(
        Wall(f"{floor.floor}-l{k}", floor.floor, a, b, "lead-lined")
        for k, (a, b) in enumerate(zip(CORNERS, (*CORNERS[1:], CORNERS[0]), strict=True))
    )
    return replace(floor, walls=(*floor.walls, *walls))


def tower(floors: int, **more: object) -> Site:
    return site(*(lined(ward_floor(f"F{k}", k)) for k in range(floors)), **more)


def in_shaft(heads: tuple[Head, ...]) -> list[Head]:
    return [h for h in heads if 24.0 < h.x_m < 26.0 and 8.0 < h.y_m < 10.0]


def test_no_slab_takes_anything_in_an_open_shaft() -> None:
    made = maps(tower(2), network(head("H1", *MIDDLE)), MapOptions())
    above = made.floors[1]
    row, column = above.grid.row(8.75), above.grid.column(24.75)
    away = math.dist((above.grid.x[column], above.grid.y[row], 3.6 + 1.5), (*MIDDLE, 3.0))
    free = 20.0 * math.log10(4.0 * math.pi * 3.35e9 / 299_792_458.0) + 20.0 * math.log10(max(away, 1.0))
    level = 24.0 + 2.0 - 10.0 * math.log10(273 * 12) - free - 20.0
    assert above.rsrp_dbm[row, column] == pytest.approx(level, abs=1e-3)
    bare = replace(tower(2), floors=tuple(replace(f, rooms=tuple(r for r in f.rooms if r.function != "lift" or f.level))
                                          for f in tower(2).floors))  # fmt: skip
    closed = maps(bare, network(head("H1", *MIDDLE)), MapOptions()).floors[1]
    assert closed.rsrp_dbm[row, column] < level - 5.0


def test_a_shaft_is_open_only_where_a_lift_is_on_every_floor_between() -> None:
    made = tower(3)
    low, middle, high = made.floors
    assert open_lift(lifts(made), made, high, low, MIDDLE) == "L2"
    assert open_lift(lifts(made), made, low, high, MIDDLE) == "L0"
    assert not open_lift(lifts(made), made, high, low, (3.0, 2.0))
    assert not open_lift(lifts(made), made, low, low, MIDDLE)
    broken = replace(made, floors=(low, replace(middle, rooms=middle.rooms[:8]), high))
    assert not open_lift(lifts(broken), broken, high, low, MIDDLE)
    up = replace(low, rooms=tuple(replace(r, to_floor="F1") if r.function == "lift" else r for r in low.rooms))
    spanned = replace(broken, floors=(up, broken.floors[1], high))
    assert open_lift(lifts(spanned), spanned, high, low, MIDDLE) == "L2"
    assert lift_at(lifts(spanned), 1, *MIDDLE) is not None


def test_a_lift_behind_metal_is_served_from_its_shaft_on_all_floors() -> None:
    made = place(tower(3), OPTIONS)
    hung = in_shaft(made.heads)
    assert len(hung) == 1
    assert f"head {hung[0].head} hangs in the shaft of lift" in " ".join(made.notes)
    assert not [b for b in made.binding if b.subject.startswith("room:L")]
    for floor in made.maps.floors:
        assert floor.rooms.covered_ratio[floor.index(f"L{floor.floor.level}")] >= 0.95
    assert made.bound_heads <= len(made.heads)


def test_a_critical_lift_is_served_by_two_heads_in_its_shaft() -> None:
    made = place(tower(2, needs=(Need("N", "APP-131", 1, function="lift", critical=True),)), OPTIONS)
    assert len(in_shaft(made.heads)) == 2
    assert not [b for b in made.binding if b.constraint in {"rsrp", "second_server"}]


def test_a_head_placed_in_a_shaft_is_not_built_again() -> None:
    mine = replace(head("MINE", *MIDDLE), origin="placed")
    made = place(tower(2), OPTIONS, network=network(mine))
    assert [h.head for h in in_shaft(made.heads)] == ["MINE"]


def test_a_lift_that_is_reached_from_outside_gets_no_head() -> None:
    assert not in_shaft(place(clinic(), OPTIONS).heads)


def test_a_head_that_moves_into_a_shaft_is_heard_past_the_slab() -> None:
    before = maps(tower(2), network(head("H1", 3.0, 6.5)), MapOptions())
    moved, again = before.moved("H1", *MIDDLE), maps(tower(2), network(head("H1", *MIDDLE)), MapOptions())
    for a, b in zip(moved.floors, again.floors, strict=True):
        assert (a.rsrp_dbm == b.rsrp_dbm).all()
