"""A full cell is split where that admits more; one that gains nothing stays whole."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from setsail.design.dimension.room_rates import room_rates
from setsail.design.dimension.split import good_share, refused, split
from setsail.design.dimension.study import Dimensioned, dimension
from setsail.design.indoor.maps import RadioMaps, maps
from setsail.design.indoor.options import MapOptions
from setsail.design.network.model import Carrier, Cell, Head, Network
from setsail.site.model import Floor, Need, Site, Wall
from tests.design.dimension.sites import room

FAR = 60.0


def site(count: int) -> Site:
    """Two rooms far apart, with a wall between that nearly nothing passes, and devices of 20 Mbit/s in both."""
    rooms = (room("W1", 0, "ward"), room("W2", FAR, "ward"))
    walls = tuple(Wall(f"k{x:g}", "F0", (x, -20.0), (x, 25.0), "metal") for x in (20.0, 30.0, 40.0))
    floor = Floor("F0", "Ground", 0, 0.0, 3.0, rooms, walls)
    return Site("two", "Two synthetic rooms", "hospital", (floor,), (Need("N", "APP-131", count, function="ward"),))


def heard(count: int) -> tuple[RadioMaps, Callable[[RadioMaps], Dimensioned]]:
    """Maps of one cell with a head in each room, and the dimensioning of maps."""
    whole = site(count)
    heads = tuple(Head(f"h{x:g}", "F0", x + 3.0, 2.5, 2.7, "C01", 10.0, 4) for x in (0.0, FAR))
    network = Network("two", (Carrier("c1", "n78", 3.5e9, 100e6, 30e3),), (Cell("C01", "c1"),), heads)

    def dimensioned(made: RadioMaps) -> Dimensioned:
        return dimension(whole, [c.cell for c in made.network.cells], room_rates([made]))

    return maps(whole, network, MapOptions(resolution_m=1.0)), dimensioned


def test_full_cell_is_split_where_its_rooms_lie_apart() -> None:
    found, dimensioned = heard(8)
    before = dimensioned(found)
    assert refused(before) > 0
    made = split(found, before, dimensioned)
    assert {h.head: h.cell for h in made.maps.network.heads} == {"h0": "C01", "h60": "C02"}
    assert refused(made.found) < refused(before)
    assert made.notes == (
        f"cell C01 was split into C01 and C02: devices refused {refused(before)} to {refused(made.found)}",
    )
    assert {f.cell for f in made.found.flows} == {"C01", "C02"}
    assert good_share(made.maps) == pytest.approx(1.0)


def test_cell_that_admits_all_stays_whole() -> None:
    found, dimensioned = heard(1)
    before = dimensioned(found)
    assert refused(before) == 0
    assert split(found, before, dimensioned).maps is found


def test_rate_of_a_room_is_the_harmonic_mean_of_its_pixels() -> None:
    found, _ = heard(1)
    made = room_rates([found])
    floor = found.floors[0]
    here = floor.rate_ul_bps[floor.grid.room == floor.index("W1")].astype(float)
    low = floor.rooms.quantile["rate_ul_bps"][floor.index("W1"), 0]
    expected = here.size / sum(1.0 / max(r, low) for r in here.tolist())
    assert made["W1"].ul_bps == pytest.approx(expected, rel=1e-6)
    assert made["W1"].cell == "C01"
