"""People, medical devices and positions near heads."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from setsail.design.indoor import safety
from setsail.design.indoor.layers import LAYERS, layer
from setsail.design.indoor.maps import maps
from setsail.design.indoor.options import MapOptions
from setsail.design.indoor.positions import METHODS, positions
from setsail.site.model import Wall
from tests.design.indoor.sites import N78, clinic, hall, head, network, site

pytest.importorskip("numba", reason="needs the extra 'site'")
N41 = replace(N78, carrier="n41", band="n41", fc_hz=2.565e9)


def test_exposure_under_a_head_by_hand() -> None:
    made = maps(site(hall()), network(head("H1", 10.0, 5.0)), MapOptions())
    (found,) = safety.exposures(made)
    eirp_w = 4 * 10.0 ** ((24.0 - 30.0) / 10.0) * 10.0**0.2
    density = eirp_w * (52 / 70) / (4.0 * math.pi * 1.25**2)
    assert found.distance_m == pytest.approx(1.25)
    assert found.ratio == pytest.approx(density / (3350.0 / 7500.0), rel=1e-6)  # GB 8702: f / 7500 W/m2 from 3 GHz
    assert found.ratio * found.distance_m**2 == pytest.approx(found.limit_m**2)
    raster = safety.exposure_ratio(made, made.floors[0])
    assert raster.max() <= found.ratio


def test_a_device_is_as_near_as_the_nearest_place_of_its_room() -> None:
    made = maps(clinic(), network(head("H1", 3.0, 6.5), carrier=N41), MapOptions())
    floor = made.floors[0]
    field = {f.room: f for f in safety.fields(made, floor)}
    below = math.hypot(0.25, 0.25)  # the nearest centres of pixels of the corridor
    away = {name: float(field[name].distance_m or 0.0) for name in ("C0", "W00")}
    assert away["C0"] == pytest.approx(math.hypot(below, 2.0), abs=0.3)
    assert field["C0"].field_ratio == pytest.approx(6.0 * 1.0024 / away["C0"] / 28.0, rel=0.01)  # 4 x 24 dBm
    assert away["W00"] > away["C0"]


def test_no_immunity_test_covers_n78() -> None:
    made = maps(clinic(), network(head("H1", 3.0, 6.5)), MapOptions())
    assert all(f.field_ratio is None for f in safety.fields(made, made.floors[0]))
    assert safety.ue_distance_m(made) is None


def test_positions_need_heads_and_improve_with_them() -> None:
    four = [head("H1", 1.0, 1.0), head("H2", 19.0, 1.0), head("H3", 19.0, 9.0), head("H4", 1.0, 9.0)]
    bounds = [
        positions(m, m.floors[0]) for m in (maps(site(hall()), network(*four[:n]), MapOptions()) for n in (1, 2, 3, 4))
    ]
    assert np.isinf(bounds[0].p90_m).all()
    assert "1 heads" in bounds[0].cause(0)
    assert bounds[1].method == ("rtt",)
    assert bounds[3].cause(0) == f"{METHODS[bounds[3].method[0]]} with 4 heads"
    assert bounds[3].p90_m[0] <= bounds[2].p90_m[0]
    assert 0.1 < bounds[3].p90_m[0] < 3.0  # clocks of 0.3 m decide


def test_walls_add_a_bias_to_positions() -> None:
    four = [head("H1", 1.0, 1.0), head("H2", 19.0, 1.0), head("H3", 19.0, 9.0), head("H4", 1.0, 9.0)]
    wall = Wall("w", "F0", (10.1, -1.0), (10.1, 11.0), "concrete")
    before, after = (maps(site(f), network(*four), MapOptions()) for f in (hall(), replace(hall(), walls=(wall,))))
    assert positions(after, after.floors[0]).p90_m[0] > positions(before, before.floors[0]).p90_m[0]


@pytest.mark.parametrize("name", list(LAYERS))
def test_every_layer_covers_the_building(name: str) -> None:
    made = maps(clinic(), network(*(head(f"H{k}", 5.0 + 7 * k, 6.5) for k in range(4))), MapOptions())
    shown = layer(made, made.floors[0], name)
    inside = shown.values[made.floors[0].grid.indoor]
    assert shown.values.shape == made.floors[0].grid.room.shape
    assert not np.isnan(inside).any()
