"""Rasters of a floor: values by hand, walls by material, blocks, and input that is refused."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from typing import Any

import numpy as np
import pytest

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, SetSailError, UnknownName
from setsail.engine.blocks import open_blocks
from setsail.radio.floor.options import Floor, FloorOptions, Head, Wall, shape
from setsail.radio.floor.results import FloorRasters
from setsail.radio.floor.study import MOST_WALL_DB, distance_law, floor_raster
from setsail.radio.pathloss.p2040 import Layer, wall_loss
from setsail.radio.pathloss.scenarios import link
from setsail.radio.pathloss.tr38901 import path_loss
from tests.radio.floor.samples import FC_HZ, room, strewn

pytest.importorskip("numba", reason="needs the extra 'radio'")
FLOAT32_DB = 2e-5
"""Rounding of levels near -100 dB to float32."""


def at(values: Any, x_m: float, y_m: float) -> float:
    return float(values[math.floor((4.0 - y_m) / 0.25), math.floor(x_m / 0.25)])


def test_the_level_of_one_head_is_free_space_and_its_wall() -> None:
    found = floor_raster(room([Wall(3.0, 0.0, 3.0, 4.0, loss_db=7.0)]))
    free = 20 * math.log10(4 * math.pi * FC_HZ / 299_792_458.0)
    assert at(found.rsrp_dbm, 2.625, 2.125) == pytest.approx(-free - 20 * math.log10(1.5), abs=FLOAT32_DB)
    assert at(found.rsrp_dbm, 5.125, 2.125) == pytest.approx(-free - 20 * math.log10(4.0) - 7.0, abs=FLOAT32_DB)


def test_nearer_than_a_metre_counts_as_a_metre() -> None:
    found = floor_raster(room())
    free = 20 * math.log10(4 * math.pi * FC_HZ / 299_792_458.0)
    assert float(found.rsrp_dbm.max()) == pytest.approx(-free, abs=FLOAT32_DB)
    assert at(found.rsrp_dbm, 1.125, 2.125) == at(found.rsrp_dbm, 1.875, 2.125)


def test_the_indoor_slope_is_that_of_the_table() -> None:
    intercept, half = distance_law(FC_HZ, FloorOptions(distance_law="inh-los"))
    d = np.array([1.0, 7.0, 60.0, 149.0])
    want = path_loss(link("inh", "los", FC_HZ, h_bs_m=1.5, h_ut_m=1.5), d).loss_db
    np.testing.assert_allclose(intercept + 20.0 * half * np.log10(d), want, rtol=0, atol=1e-9)
    assert 20.0 * half == pytest.approx(17.3, abs=1e-9)


def test_sinr_is_the_best_over_the_others_at_their_load_and_noise() -> None:
    heads = (Head(1.125, 2.125, 1.5, -10.0), Head(7.125, 2.125, 1.5, -20.0))
    noise_mw = 1.380649e-23 * 290.0 * 30e3 * 1e3 * 10**0.9
    for load in (0.0, 0.5, 1.0):
        found = floor_raster(room(heads=heads), FloorOptions(load_ratio=load))
        other = 10.0 ** (at(found.second_rsrp_dbm, 3.125, 2.125) / 10.0)
        want = at(found.rsrp_dbm, 3.125, 2.125) - 10.0 * math.log10(load * other + noise_mw)
        assert at(found.sinr_db, 3.125, 2.125) == pytest.approx(want, abs=1e-4)
    assert (at(found.best_server, 3.125, 2.125), at(found.second_server, 3.125, 2.125)) == (0, 1)
    assert (at(found.best_server, 7.125, 2.125), at(found.second_server, 7.125, 2.125)) == (1, 0)


def test_equal_heads_give_the_pixel_to_the_first() -> None:
    heads = (Head(1.125, 2.125, 1.5, 0.0), Head(7.125, 2.125, 1.5, 0.0))
    found = floor_raster(room(heads=heads))
    assert (at(found.best_server, 4.125, 2.125), at(found.second_server, 4.125, 2.125)) == (0, 1)


def test_one_head_has_no_second_server() -> None:
    found = floor_raster(room())
    assert (found.second_server == -1).all()
    assert np.isneginf(found.second_rsrp_dbm).all()
    assert np.isfinite(found.sinr_db).all()


@pytest.mark.parametrize(("name", "thickness_m"), [("concrete", 0.2), ("plasterboard", 0.025), ("glass", 0.006)])
def test_a_wall_of_layers_loses_what_p2040_says_straight_on(name: str, thickness_m: float) -> None:
    layers = (Layer(name, thickness_m),)
    bare, walled = floor_raster(room()), floor_raster(room([Wall(3.0, 0.0, 3.0, 4.0, layers)]))
    lost = at(bare.rsrp_dbm, 5.125, 3.125) - at(walled.rsrp_dbm, 5.125, 3.125)
    assert lost == pytest.approx(wall_loss(layers, FC_HZ, average_ratio=0.05).transmission_loss_db, abs=1e-4)


def test_a_wall_met_at_an_angle_loses_what_p2040_says_there() -> None:
    layers = (Layer("concrete", 0.2),)
    asked = FloorOptions(incidence="oblique")
    bare, walled = floor_raster(room(), asked), floor_raster(room([Wall(3.0, -9.0, 3.0, 9.0, layers)]), asked)
    for x, y in ((5.125, 2.125), (5.125, 3.875), (3.125, 3.875)):
        angle = math.atan2(abs(y - 2.125), x - 1.125)
        want = wall_loss(layers, FC_HZ, incidence_rad=angle, average_ratio=0.05).transmission_loss_db
        assert at(bare.rsrp_dbm, x, y) - at(walled.rsrp_dbm, x, y) == pytest.approx(want, abs=0.02)


def test_losses_of_several_walls_are_added() -> None:
    walls = [Wall(x, 0.0, x, 4.0, loss_db=db) for x, db in ((2.0, 3.0), (3.0, 4.0), (4.0, 5.0))]
    lost = at(floor_raster(room()).rsrp_dbm, 6.125, 2.125) - at(floor_raster(room(walls)).rsrp_dbm, 6.125, 2.125)
    assert lost == pytest.approx(12.0, abs=1e-4)


def test_metal_is_the_most_that_a_ray_loses_and_is_told() -> None:
    found = floor_raster(room([Wall(3.0, 0.0, 3.0, 4.0, (Layer("metal", 0.002),))]))
    lost = at(floor_raster(room()).rsrp_dbm, 5.125, 2.125) - at(found.rsrp_dbm, 5.125, 2.125)
    assert lost == pytest.approx(MOST_WALL_DB, abs=1e-3)
    assert "1 walls lose more than 300 dB" in found.notes[0]
    assert np.isfinite(found.rsrp_dbm).all()


def test_a_material_outside_its_frequencies_is_told() -> None:
    floor = replace(room([Wall(3.0, 0.0, 3.0, 4.0, (Layer("concrete", 0.2),))]), fc_hz=0.7e9)
    assert "concrete" in floor_raster(floor).outside[0]
    assert floor_raster(replace(floor, fc_hz=FC_HZ)).outside == ()


def test_a_floor_beyond_the_range_of_inh_is_told() -> None:
    asked = FloorOptions(distance_law="inh-los", resolution_m=1.0)
    assert "150 m" in floor_raster(room(east_m=151.0), asked).notes[0]
    assert floor_raster(room(east_m=149.0), asked).notes == ()


def same(a: FloorRasters, b: FloorRasters) -> bool:
    values = (field.name for field in fields(FloorRasters))
    return all(np.array_equal(getattr(a, name), getattr(b, name)) for name in values)


def test_blocks_and_threads_do_not_change_a_bit() -> None:
    floor = strewn(np.random.default_rng(11))
    whole = floor_raster(floor, FloorOptions(rows_per_block=1000))
    for rows in (1, 7, 48):
        assert same(whole, floor_raster(floor, FloorOptions(rows_per_block=rows)))
    with open_blocks("threads:2") as engine:
        assert same(whole, floor_raster(floor, FloorOptions(rows_per_block=5), engine=engine))


def test_a_block_that_raises_is_not_silent() -> None:
    class Broken:
        def map(self, work: Callable[..., Any], blocks: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
            yield next(iter(blocks)), NotADirectoryError("lost")

    with pytest.raises(NotADirectoryError, match="lost"):
        floor_raster(room(), engine=Broken())


@pytest.mark.parametrize(("east_m", "columns"), [(8.0, 32), (8.01, 33), (0.1, 1)])
def test_pixels_cover_the_box(east_m: float, columns: int) -> None:
    floor = room(heads=(Head(0.0, 0.0, 3.0, 0.0),), east_m=east_m)
    assert shape(floor, 0.25) == (16, columns)
    assert floor_raster(floor).rsrp_dbm.shape == (16, columns)


def test_the_record_tells_size_and_share() -> None:
    found = floor_raster(room())
    record = found.record()
    assert record["pixels"] == 16 * 32
    assert record["pixels_by_head"] == [512]
    assert found.share_at_or_above(-200.0) == 1.0
    assert found.share_at_or_above(0.0) == 0.0
    assert "COST 231" in record["source"]


@pytest.mark.parametrize(
    ("made", "error", "text"),
    [
        (lambda: room(heads=()), BadInput, "has no heads"),
        (lambda: room(heads=(Head(1, 1, 3, 0), Head(1, 1, 3, 5))), DuplicateKey, "2 heads"),
        (lambda: Head(math.nan, 1, 3, 0), OutOfRange, "nan"),
        (lambda: Head(1, 1, -0.1, 0), OutOfRange, "height"),
        (lambda: Head(1, 1, 3, math.nan), OutOfRange, "eirp"),
        (lambda: Wall(0, 0, math.inf, 1, loss_db=1), OutOfRange, "end of a wall"),
        (lambda: Wall(1, 1, 1, 1, loss_db=1), BadInput, "no length"),
        (lambda: Wall(0, 0, 1, 1, loss_db=-0.1), OutOfRange, "-0.1"),
        (lambda: Wall(0, 0, 1, 1, loss_db=math.nan), OutOfRange, "nan"),
        (lambda: Wall(0, 0, 1, 1), BadInput, "both or neither"),
        (lambda: Wall(0, 0, 1, 1, (Layer("wood", 0.04),), 3.0), BadInput, "both or neither"),
        (lambda: Floor(0, 0, 0, 4, FC_HZ, (Head(1, 1, 3, 0),)), BadInput, "is empty"),
        (lambda: Floor(0, 0, math.nan, 4, FC_HZ, (Head(1, 1, 3, 0),)), OutOfRange, "nan"),
        (lambda: replace(room(), fc_hz=0.4e9), OutOfRange, "fc_hz"),
        (lambda: FloorOptions(resolution_m=0.0), OutOfRange, "resolution_m"),
        (lambda: FloorOptions(load_ratio=1.01), OutOfRange, "load_ratio"),
        (lambda: FloorOptions(h_ut_m=-1.0), OutOfRange, "h_ut_m"),
        (lambda: FloorOptions(scs_hz=25e3), OutOfRange, "scs_hz"),
        (lambda: FloorOptions(distance_law="hata"), BadInput, "hata"),  # type: ignore[arg-type]
        (lambda: FloorOptions(incidence="any"), BadInput, "any"),  # type: ignore[arg-type]
        (lambda: floor_raster(room([Wall(0, 0, 1, 1, (Layer("cheese", 0.1),))])), UnknownName, "cheese"),
    ],
)
def test_bad_input_is_named(made: Callable[[], object], error: type[SetSailError], text: str) -> None:
    with pytest.raises(error, match=text):
        made()


def test_a_grid_over_the_memory_allowed_is_refused_with_the_number() -> None:
    with pytest.raises(OutOfRange, match=r"20000 x 40000 pixels needs 1\.362e\+10 bytes"):
        floor_raster(
            Floor(0, 0, 400, 200, FC_HZ, (Head(1, 1, 3, 0),)), FloorOptions(resolution_m=0.01, memory_bytes=1e9)
        )


def test_the_memory_needed_is_allowed_when_asked_exactly() -> None:
    need = 16 * 32 * (16 + 80)
    asked = FloorOptions(memory_bytes=100_000)
    assert need <= 100_000
    assert floor_raster(room(), asked).rsrp_dbm.size == 512
    with pytest.raises(OutOfRange, match="bytes"):
        floor_raster(room(east_m=40.0), asked)
