"""Rooms outside the building that a need names are served and judged; others are not."""

from __future__ import annotations

from dataclasses import replace

import pytest

pytest.importorskip("numba", reason="needs the extra 'site'")
pytest.importorskip("highspy", reason="needs the extra 'site'")

from setsail.design.indoor.demand import demand, outdoors
from setsail.design.indoor.maps import maps
from setsail.design.indoor.options import MapOptions, PlaceOptions
from setsail.design.indoor.place import place
from setsail.site.model import Need, Site
from tests.design.indoor.sites import box, hall, head, network, site

DOCK = box("D", 20.0, 2.0, 6.0, 6.0, "loading-dock", indoor=False)


def docked(*needs: Need) -> Site:
    floor = hall()
    return site(replace(floor, rooms=(*floor.rooms, DOCK)), needs=needs)


def test_a_dock_without_a_need_is_no_room_of_the_maps() -> None:
    assert not outdoors(docked(Need("N", "APP-131", 1)))
    assert [r.room for r in maps(docked(), network(head("H1", 5.0, 5.0))).floors[0].grid.rooms] == ["R0"]


@pytest.mark.parametrize(("room", "function"), [("D", ""), ("", "loading-dock")])
def test_a_dock_that_a_need_names_is_covered(room: str, function: str) -> None:
    wanted = docked(Need("N", "APP-131", 1, room, function))
    assert demand(wanted)["D"].dl_bps + demand(wanted)["D"].ul_bps > 0.0
    made = place(wanted, PlaceOptions(carriers=("n78",)))
    floor = made.maps.floors[0]
    assert floor.rooms.covered_ratio[floor.index("D")] >= 0.9
    assert not [h for h in made.heads if h.x_m > 20.0]


def test_a_dock_does_not_count_as_the_building() -> None:
    wanted = docked(Need("N", "APP-131", 1, room="D"))
    both = [maps(one, network(head("H1", 5.0, 5.0)), MapOptions()).floors[0] for one in (docked(), wanted)]
    assert both[0].rooms.pixels[-1] == both[1].rooms.pixels[-1]
    assert both[0].leakage_dbm(10.0) == pytest.approx(both[1].leakage_dbm(10.0), abs=0.2)
