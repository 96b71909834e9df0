"""The table of a layer by room agrees with the statistics of the maps and with plain quantiles."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from setsail.base.errors import UnknownName
from setsail.design.indoor.layer_rooms import by_room
from setsail.design.indoor.layers import layer
from setsail.design.indoor.maps import RadioMaps, maps
from setsail.design.indoor.options import MapOptions
from setsail.design.network.model import Carrier, Cell, Head, Network
from setsail.site import generate
from setsail.site.walls import with_walls


@pytest.fixture(scope="module")
def made() -> RadioMaps:
    site = generate.hospital(
        np.random.default_rng(1), name="Invented", floors=1, floor_area_m2=600.0, wards_per_floor=1
    )
    site = with_walls(replace(site, site="s"))
    first = next(r for r in site.rooms() if r.indoor)
    x, y = np.mean(first.outline, axis=0)
    head = Head("H1", first.floor, float(x), float(y), 2.7, "C1", 24.0, 2)
    carrier = Carrier("K", "n78", 3.5e9, 100e6, 30e3)
    network = Network("s", (carrier,), (Cell("C1", "K"),), (head,))
    return maps(site, network, MapOptions(resolution_m=1.0))


def test_room_table_holds_every_indoor_room_with_its_quantiles(made: RadioMaps) -> None:
    floor = made.floors[0]
    told = {row["room"]: row for row in by_room(made, floor, "rsrp")}
    assert list(told) == [room.room for room in floor.grid.rooms]
    for index, room in enumerate(floor.grid.rooms):
        own = floor.rsrp_dbm[floor.grid.room == index].astype(float)
        own = own[np.isfinite(own)]
        row = told[room.room]
        assert row["pixels"] == own.size
        if own.size:
            assert row["edge"] == pytest.approx(np.sort(own)[0] if own.size == 1 else np.quantile(own, 0.05))
            assert row["median"] == pytest.approx(np.median(own))


def test_room_table_of_what_is_better_small_takes_the_other_end(made: RadioMaps) -> None:
    for row in by_room(made, made.floors[0], "exposure"):
        assert row["edge"] is None or row["edge"] >= row["median"]
    for row in by_room(made, made.floors[0], "sinr"):
        assert row["edge"] is None or row["edge"] <= row["median"]


def test_room_table_of_an_unknown_layer_is_refused(made: RadioMaps) -> None:
    with pytest.raises(UnknownName):
        by_room(made, made.floors[0], "colour")
    assert layer(made, made.floors[0], "rsrp").name == "rsrp"
