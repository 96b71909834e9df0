"""Cells of a data set as tiles: no station lost, none twice, and every outline where it belongs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from functools import partial

import numpy as np
import pyarrow as pa
import pytest
import shapely
from h3ronpy import change_resolution
from h3ronpy.vector import cells_to_wkb_polygons

from setsail.base.errors import BadInput, OutOfRange
from setsail.monitor.maplayers import hexes, kernels
from setsail.monitor.maplayers.choice import Choice
from setsail.monitor.maplayers.cube import Cube, Cubes
from setsail.monitor.maplayers.mercator import Tile
from setsail.store.places import h3_cells
from tests.monitor.maplayers import mvt
from tests.monitor.maplayers.stations import cube


def _all_tiles(z: int, box: tuple[float, float, float, float] = (70, 15, 140, 56)) -> Iterator[Tile]:
    for x, y in itertools.product(range(1 << z), repeat=2):
        tile = Tile(z, x, y)
        west, south, east, north = tile.bounds()
        if west < box[2] and east > box[0] and south < box[3] and north > box[1]:
            yield tile


def _counts(found: Cube, choice: Choice, tiles: Iterator[Tile]) -> dict[tuple[int, int], int]:
    """Count by resolution and id; a cell that lies in several tiles has the same count in each."""
    told: dict[tuple[int, int], int] = {}
    for tile in tiles:
        data = hexes.layer(found, choice, tile)
        for feature in mvt.read(data)["cells"].features if data else ():
            assert feature.id is not None
            key = (feature.properties["r"], feature.id)
            assert told.setdefault(key, feature.properties["n"]) == feature.properties["n"]
    return told


@pytest.mark.parametrize("z", [0, 2, 3, 5, 6])
def test_counts_of_all_tiles_of_a_zoom_add_up_to_all_stations(z: int) -> None:
    made = cube(4000, unplaced=37)
    told = _counts(made, Choice(), _all_tiles(z))
    assert sum(told.values()) == 4000 - 37
    assert made.unplaced == 37
    assert {r for r, _ in told} == {hexes.resolution_of(z)}


@pytest.mark.parametrize("z", [9, 12])
def test_counts_of_deep_tiles_add_up_over_a_town(z: int) -> None:
    made = cube(3000, wide=False)
    west, south, east, north = made.bounds() or (0, 0, 0, 0)
    n = 1 << z
    xs = range(int((west - 0.3 + 180) / 360 * n), int((east + 0.3 + 180) / 360 * n) + 1)
    rows = {y for y in range(n) for b in [Tile(z, 0, y).bounds()] if b[1] < north + 0.3 and b[3] > south - 0.3}
    told = _counts(made, Choice(), (Tile(z, x, y) for x in xs for y in rows))
    assert sum(told.values()) == 3000


def test_choice_keeps_what_a_plain_count_keeps() -> None:
    made = cube(4000)
    choice = Choice(operators=("synthetic-operator-a",), bands=("n78",), since="2020-03", until="2022-11")
    told = _counts(made, choice, _all_tiles(3))
    months = (2020 * 12 + 2, 2022 * 12 + 10)
    plain = int(((made.group == 1) & (made.month >= months[0]) & (made.month <= months[1])).sum())
    assert 0 < plain < 4000
    assert sum(told.values()) == plain


def test_rows_without_a_date_are_kept_only_where_no_date_is_asked() -> None:
    made = cube(500)
    assert made.undated() == 10
    everything = Choice(since="0001-01", until="1300-01")
    assert sum(_counts(made, Choice(), _all_tiles(2)).values()) == 500
    assert sum(_counts(made, everything, _all_tiles(2)).values()) == 0
    assert sum(_counts(made, Choice(since="2019-01"), _all_tiles(2)).values()) == 490


def test_outline_of_a_cell_is_that_of_the_library_to_half_a_step() -> None:
    made = cube(300)
    tile = Tile(5, 26, 12)
    features = mvt.read(hexes.layer(made, Choice(), tile))["cells"].features
    assert features
    west, south, east, north = tile.bounds()
    for feature in features:
        cell = hexes.full_id(feature.id or 0, feature.properties["r"])
        wkb = pa.array(cells_to_wkb_polygons(pa.array([cell], pa.uint64())))[0].as_py()
        corners = shapely.get_coordinates(shapely.from_wkb(wkb))[:-1]
        x = (corners[:, 0] - west) / (east - west) * 4096
        scale = np.log(np.tan(np.pi / 4 + np.radians([corners[:, 1], np.full(len(corners), north)]) / 2))
        bottom = np.log(np.tan(np.pi / 4 + np.radians(south) / 2))
        y = (scale[1] - scale[0]) / (scale[1][0] - bottom) * 4096
        drawn = sorted(feature.paths[0])
        expected = sorted(zip(x.tolist(), y.tolist(), strict=True))
        np.testing.assert_allclose(drawn, expected, atol=0.51)
        assert mvt.area2(feature.paths[0]) > 0


def test_cells_at_the_antimeridian_and_of_five_sides_are_drawn_whole() -> None:
    pentagon = 0x831C00FFFFFFFFF
    lon, lat = np.array([179.99, -179.99, 0.0]), np.array([52.0, 52.0, 10.0])
    made = cube(10)
    five = pa.array(change_resolution(pa.array([pentagon], pa.uint64()), 9)).to_numpy().view(np.int64)[:1]
    made.cells = np.sort(np.concatenate([h3_cells(lon, lat), five, made.cells[:6]]))
    told = [hexes.layer(made, Choice(), Tile(1, x, y)) for x in (0, 1) for y in (0, 1)]
    features = [f for data in told if data for f in mvt.read(data)["cells"].features]
    assert {len(f.paths[0]) for f in features} >= {
        6,
        10,
    }  # a cell of five sides has ten corners where it crosses the solid's edges
    wide = [max(x for x, _ in f.paths[0]) - min(x for x, _ in f.paths[0]) for f in features]
    assert max(wide) < 4096 / 8
    ids = {hexes.full_id(f.id or 0, 3) for f in features}
    assert set(kernels.parents(made.cells, 3).tolist()) == ids


def test_tile_of_more_cells_than_allowed_is_drawn_coarser(monkeypatch: pytest.MonkeyPatch) -> None:
    made = cube(3000)
    monkeypatch.setattr(hexes, "MOST_FEATURES", 130)
    drawn = hexes.cells_of(made, Choice(), Tile(5, 26, 12))
    assert drawn.resolution == 3
    assert len(drawn.cells) <= 130
    monkeypatch.setattr(hexes, "MOST_FEATURES", 15_000)
    assert hexes.cells_of(made, Choice(), Tile(5, 26, 12)).resolution == 4


def test_sums_of_a_coarse_cell_equal_those_of_its_descendants() -> None:
    made = cube(2000)
    cells, sums = made.whole(Choice(), 3)
    parents = pa.array(change_resolution(pa.array(made.cells.view(np.uint64)), 3)).to_numpy().view(np.int64)
    expected = dict(zip(*np.unique(parents, return_counts=True), strict=True))
    assert dict(zip(cells.tolist(), sums[:, 0].tolist(), strict=True)) == expected


def test_quantised_figures_stay_within_their_class_and_unknown_stays_unknown() -> None:
    rng = np.random.default_rng(5)
    values = np.append(rng.lognormal(size=5000), [np.nan] * 7)
    told = hexes.quantised(values)
    assert np.isnan(told[-7:]).all()
    assert np.unique(told[:-7]).size <= hexes.QUANTILES
    ranks = np.searchsorted(np.sort(values[:-7]), told[:-7]) / 5000
    own = np.searchsorted(np.sort(values[:-7]), values[:-7]) / 5000
    assert np.abs(ranks - own).max() < 1 / hexes.QUANTILES + 1e-3
    few = np.array([0.25, 0.5, np.nan])
    np.testing.assert_array_equal(hexes.quantised(few), few)


def test_measurements_tell_shares_and_minus_one_where_nothing_was_measured() -> None:
    made = cube(2)
    made.cells = np.sort(h3_cells(np.array([110.0, 120.0]), np.array([30.0, 35.0])))
    made.columns = ("n", "n_rsrp", "n_covered", "n_rate", "sum_dl_bps")
    made.sums = np.array([[10.0, 8, 6, 4, 4e8], [3.0, 0, 0, 0, 0]])
    (data,) = [d for t in _all_tiles(2) if (d := hexes.layer(made, Choice(), t))][:1]
    told = {f.properties["n"]: f.properties for f in mvt.read(data)["cells"].features}
    assert told[10]["coverage_share"] == 0.75
    assert told[10]["mean_dl_bps"] == 1e8
    assert (told[3]["coverage_share"], told[3]["mean_dl_bps"]) == (-1.0, -1.0)


def test_tile_beyond_the_square_is_refused() -> None:
    for z, x, y in ((3, 8, 0), (3, 0, -1)):
        with pytest.raises(BadInput):
            Tile(z, x, y)
    for z in (-1, 19):
        with pytest.raises(OutOfRange):
            Tile(z, 0, 0)


def test_records_of_an_export_hold_every_station_once() -> None:
    made = cube(800)
    rows = list(hexes.records(made, Choice(), 5))
    assert sum(int(str(row["n"])) for row in rows) == 800
    assert len({row["h3"] for row in rows}) == len(rows)
    for row in rows[:20]:
        assert shapely.Polygon(row["ring"]).contains(shapely.Point(row["lon"], row["lat"]))
    with pytest.raises(OutOfRange):
        next(hexes.records(made, Choice(), 8))


def test_cubes_beyond_the_memory_allowed_give_up_the_least_used() -> None:
    kept = Cubes(most_bytes=cube(100).bytes * 2)
    made: list[str] = []

    def make(name: str) -> Cube:
        made.append(name)
        return cube(100)

    for name in ("a", "b", "a", "c", "a", "b"):
        kept.get(name, partial(make, name))
    assert made == ["a", "b", "c", "b"]
    assert kept.peek("c") is None
