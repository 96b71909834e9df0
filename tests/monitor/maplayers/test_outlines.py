"""Outlines as tiles: every region where it belongs, neighbours without gaps, one label each."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import shapely

from setsail.monitor.maplayers.mercator import Tile
from setsail.monitor.maplayers.outlines import Outlines, geojson
from setsail.standards.boundaries import shipped
from tests.monitor.maplayers import mvt


@pytest.fixture(scope="module")
def provinces() -> Outlines:
    return Outlines(shipped("province"))


def _shape(feature: mvt.Feature) -> shapely.Geometry:
    parts: list[tuple[list[tuple[int, int]], list[list[tuple[int, int]]]]] = []
    for path in feature.paths:
        if mvt.area2(path) > 0:
            parts.append((path, []))
        else:
            parts[-1][1].append(path)
    return shapely.union_all([shapely.make_valid(shapely.Polygon(outer, lakes)) for outer, lakes in parts])


def test_tiles_of_a_zoom_hold_every_region_and_one_label_each(provinces: Outlines) -> None:
    codes: set[int] = set()
    labels: list[str] = []
    for x, y in itertools.product(range(8), repeat=2):
        data = provinces.layer(Tile(3, x, y))
        for name, layer in (mvt.read(data) if data else {}).items():
            if name == "labels":
                labels += [f.properties["code"] for f in layer.features]
            else:
                codes |= {f.id or 0 for f in layer.features}
    assert codes == set(provinces.regions.adcode.tolist())
    assert sorted(labels) == [str(code) for code in provinces.regions.adcode]


@pytest.mark.parametrize("place", [(5, 26, 12), (8, 210, 97), (12, 3371, 1551)])
def test_point_on_a_tile_lies_in_the_region_that_the_outlines_say(
    provinces: Outlines, place: tuple[int, int, int]
) -> None:
    tile = Tile(*place)
    shapes = {f.id: _shape(f) for f in mvt.read(provinces.layer(tile))["regions"].features}
    rng = np.random.default_rng(2)
    west, south, east, north = tile.bounds()
    lon, lat = rng.uniform(west, east, 200), rng.uniform(south, north, 200)
    x, y = tile.place(lon, lat)
    right = 0
    for k in range(200):
        said = [code for code, shape in shapes.items() if shapely.intersects_xy(shape, int(x[k]), int(y[k]))]
        true = [
            int(code)
            for code, shape in zip(provinces.regions.adcode, provinces.regions.shape, strict=True)
            if shapely.intersects_xy(shape, lon[k], lat[k])
        ]
        right += set(said) == set(true)
    assert right >= 196  # simplification and rounding move borders by about a pixel


def test_tile_without_regions_is_empty(provinces: Outlines) -> None:
    assert provinces.layer(Tile(6, 0, 0)) == b""


def test_export_keeps_every_region_as_a_valid_area(provinces: Outlines) -> None:
    shapes = shapely.from_geojson(
        [str(one).replace("'", '"').replace("(", "[").replace(")", "]") for one in geojson(provinces.regions)]
    )
    assert len(shapes) == len(provinces.regions)
    assert not shapely.is_empty(shapes).any()
