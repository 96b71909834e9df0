"""Served: people are conserved, lines keep their length, what is not known is never counted as not covered."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyproj
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail import api
from setsail.base.errors import BadInput, NotComputable, SetSailError
from setsail.cli.main import run
from setsail.radio.served.amounts import pieces
from setsail.radio.served.layers import Layer
from setsail.radio.served.options import ServedOptions
from setsail.radio.served.study import served
from setsail.radio.served.tally import codes, counted, outside, summed

CRS, WEST, NORTH, PIXEL = "EPSG:32650", 450_000.0, 4_430_000.0, 100.0
LONLAT = pyproj.Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
GAP = -32768


def from_origin(west: float, north: float, width: float, height: float, turn_rad: float = 0.0) -> rasterio.Affine:
    """The transform of a raster whose first corner is given, turned about it."""
    c, s = math.cos(turn_rad), math.sin(turn_rad)
    return rasterio.Affine(width * c, height * s, west, width * s, -height * c, north)


def _coverage(path: Path, level: npt.ArrayLike, *, crs: str | None = CRS, pixel: float = PIXEL, **more: Any) -> Path:
    """RSRP as the coverage command writes it: hundredths of a dB in 16 bits; NaN becomes the mark of no data."""
    values = np.asarray(level, dtype=np.float64)
    stored = np.where(np.isnan(values), GAP, np.round(np.nan_to_num(values) * 100)).astype(np.int16)
    corner = from_origin(WEST, NORTH, pixel, pixel)
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="int16", crs=crs,
        transform=more.pop("transform", corner), nodata=GAP,
    ) as file:  # fmt: skip
        file.write(stored, 1)
        file.scales = (0.01,)
    return path


def _people(
    path: Path, counts: npt.ArrayLike, transform: Any, *, crs: str | None = CRS, nodata: float | None = -1.0
) -> Path:
    values = np.asarray(counts, dtype=np.float64)
    with rasterio.open(
        path, "w", driver="GTiff", height=values.shape[0], width=values.shape[1], count=1, dtype="float64", crs=crs,
        transform=transform, nodata=nodata,
    ) as file:  # fmt: skip
        file.write(values, 1)
    return path


def _lines(path: Path, *ways: list[tuple[float, float]], kinds: tuple[str, ...] = ()) -> Path:
    """Lines given in metres from the corner of the coverage, written as GeoJSON."""
    features = []
    for k, way in enumerate(ways):
        lonlat = [LONLAT.transform(WEST + x, NORTH - y) for x, y in way]
        kind = {"kind": kinds[k]} if kinds else {}
        shape = {"type": "LineString", "coordinates": lonlat}
        features.append({"type": "Feature", "properties": kind, "geometry": shape})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


def _rows(found: dict[str, Any], **where: object) -> list[dict[str, Any]]:
    return [r for r in found["rows"] if all(r[k] == v for k, v in where.items())]


def _one(found: dict[str, Any], **where: object) -> dict[str, Any]:
    rows = _rows(found, **where)
    assert len(rows) == 1
    return rows[0]


WEST_HALF = np.where(np.arange(20) < 10, -90.0, -120.0)[None, :].repeat(20, axis=0)


@settings(max_examples=25, deadline=None)
@given(
    counts=st.lists(st.integers(0, 10**6), min_size=12, max_size=12).filter(any),
    shift=st.tuples(st.floats(-900, 900), st.floats(-900, 900)),
    pixel=st.tuples(st.floats(40.0, 700.0), st.floats(-0.3, 0.3)),
    seed=st.integers(0, 9),
)
def test_all_people_are_kept_exactly_whatever_the_grids(
    tmp_path_factory: pytest.TempPathFactory, counts: list[int], shift: tuple[float, float],
    pixel: tuple[float, float], seed: int,
) -> None:  # fmt: skip
    folder, (side, turn) = tmp_path_factory.mktemp("people"), pixel
    level = np.random.default_rng(seed).uniform(-130, -70, (20, 20))
    level[3:9, 4:12] = np.nan
    cover = _coverage(folder / "c.tif", level)
    corner = from_origin(WEST + 700 + shift[0], NORTH - 700 + shift[1], side, side, turn)
    people = _people(folder / "p.tif", np.reshape(counts, (3, 4)), corner)
    try:
        found = served([Layer(cover)], ServedOptions((-100.0, -90.0)), population=people)
    except BadInput as err:
        assert "does not overlap" in str(err)  # noqa: PT017 - all people may lie outside
        return
    for row in _rows(found, what="people"):
        # whole people: every sum is a whole multiple of 1 / k^2 below 2^53, so nothing is rounded before the division
        assert row["total"] == pytest.approx(sum(counts), rel=1e-15)
        parts = row["covered"] + row["not_covered"] + row["unknown"] + row["outside"]
        assert parts == pytest.approx(sum(counts), rel=1e-15)


def test_people_in_degrees_are_kept_exactly(tmp_path: Path) -> None:
    lon, lat = LONLAT.transform(WEST + 1000, NORTH - 1000)
    counts = np.random.default_rng(1).integers(0, 5000, (15, 15))
    people = _people(tmp_path / "p.tif", counts, from_origin(lon - 0.015, lat + 0.015, 0.002, 0.002), crs="EPSG:4326")
    found = served([Layer(_coverage(tmp_path / "c.tif", WEST_HALF))], ServedOptions((-100.0,)), population=people)
    row = _one(found, what="people")
    assert row["total"] == counts.sum()
    assert min(row["covered"], row["not_covered"], row["outside"]) > 0.0


def test_people_of_a_coarse_pixel_are_shared_by_area(tmp_path: Path) -> None:
    """A pixel of 1 km on ten columns of 100 m, three of them covered: three tenths, exactly."""
    level = np.where(np.arange(10) < 3, -90.0, -120.0)[None, :].repeat(10, axis=0)
    people = _people(tmp_path / "p.tif", [[1000.0]], from_origin(WEST, NORTH, 1000, 1000))
    found = served([Layer(_coverage(tmp_path / "c.tif", level))], ServedOptions((-100.0,)), population=people)
    assert _one(found, what="people")["covered"] == 300.0


def test_no_data_is_told_apart_and_bounds_the_share(tmp_path: Path) -> None:
    level = np.full((10, 10), -120.0)
    level[:, :4], level[:, 4:6] = -90.0, np.nan
    people = _people(tmp_path / "p.tif", np.ones((10, 12)), from_origin(WEST, NORTH, 100, 100))
    found = served([Layer(_coverage(tmp_path / "c.tif", level))], ServedOptions((-100.0,)), population=people)
    row = _one(found, what="people")
    assert (row["covered"], row["not_covered"], row["unknown"], row["outside"]) == (40.0, 40.0, 20.0, 20.0)
    assert row["share_ratio"] == 0.5
    assert row["share_low_ratio"] == pytest.approx(40 / 120)
    assert row["share_high_ratio"] == pytest.approx(80 / 120)
    area = _one(found, what="area")
    assert (area["covered"], area["not_covered"], area["unknown"]) == pytest.approx((0.4, 0.4, 0.2))


@pytest.mark.parametrize(("threshold", "covered"), [(-105.0, 1.0), (-104.99, 0.0), (-105.1, 1.0)])
def test_a_level_at_the_threshold_is_covered(tmp_path: Path, threshold: float, covered: float) -> None:
    cover = _coverage(tmp_path / "c.tif", np.full((10, 10), -105.0))
    found = served([Layer(cover)], ServedOptions((threshold,)))
    assert _one(found, what="area")["share_ratio"] == covered


def test_every_hundredth_of_a_decibel_equals_its_own_threshold(tmp_path: Path) -> None:
    level = np.round(np.arange(-130.0, -80.0, 0.01), 2)
    cover = _coverage(tmp_path / "c.tif", level[None, :])
    for k in range(0, level.size, 97):
        found = served([Layer(cover)], ServedOptions((float(level[k]),)))
        assert _one(found)["covered"] == pytest.approx((level.size - k) * 0.01)


def test_indoors_need_the_entry_loss_more(tmp_path: Path) -> None:
    cover = _coverage(tmp_path / "c.tif", WEST_HALF)
    found = served([Layer(cover)], ServedOptions((-105.0, -120.0), entry_loss_db=15.0))
    assert _one(found, place="indoor", threshold_dbm=-105.0)["share_ratio"] == 0.5
    assert _one(found, place="indoor", threshold_dbm=-120.0)["share_ratio"] == 0.5
    assert _one(found, place="outdoor", threshold_dbm=-120.0)["share_ratio"] == 1.0
    over = served([Layer(cover)], ServedOptions((-105.0,), entry_loss_db=15.01))
    assert _one(over, place="indoor")["share_ratio"] == 0.0


def test_a_line_across_no_data_keeps_its_length_in_four_parts(tmp_path: Path) -> None:
    level = np.full((10, 20), -120.0)
    level[:, :5], level[:, 5:8] = -90.0, np.nan
    road = _lines(tmp_path / "l.geojson", [(0.0, 450.0), (2500.0, 450.0)])
    found = served([Layer(_coverage(tmp_path / "c.tif", level))], ServedOptions((-100.0,), step_m=10.0), vectors=[road])
    row = _one(found, what="line")
    # the step of 10 m on the border of a pixel; the line is straight in degrees, not in metres
    assert row["covered"] == pytest.approx(0.5, abs=0.011)
    assert row["unknown"] == pytest.approx(0.3, abs=0.011)
    assert row["not_covered"] == pytest.approx(1.2, abs=0.011)
    assert row["outside"] == pytest.approx(0.5, abs=0.011)
    assert row["total"] == pytest.approx(2.5, abs=1e-4)


def test_roads_and_railways_are_told_apart(tmp_path: Path) -> None:
    west, east = [(100.0, 300.0), (100.0, 900.0)], [(1500.0, 300.0), (1500.0, 1300.0)]
    ways = _lines(tmp_path / "l.geojson", west, east, kinds=("road", "railway"))
    found = served([Layer(_coverage(tmp_path / "c.tif", WEST_HALF))], ServedOptions((-100.0,)), vectors=[ways])
    assert _one(found, what="road")["share_ratio"] == 1.0
    assert _one(found, what="railway")["share_ratio"] == 0.0
    assert _one(found, what="road")["total"] == pytest.approx(0.6, abs=1e-5)


@given(
    way=st.lists(st.tuples(st.floats(-1e5, 1e5), st.floats(-1e5, 1e5)), min_size=2, max_size=6),
    step=st.floats(200.0, 5_000.0),
)
def test_pieces_of_a_line_add_up_to_it_and_none_is_longer_than_the_step(
    way: list[tuple[float, float]], step: float
) -> None:
    import shapely

    line = shapely.LineString(way)
    _, _, length = pieces(np.array([line], dtype=object), step)
    assert length.sum() == pytest.approx(line.length, rel=1e-12, abs=1e-9)
    assert (length <= step * (1 + 1e-12)).all()


def test_layers_of_operators_and_bands_are_joined_by_three_valued_or(tmp_path: Path) -> None:
    a, b = np.full((10, 10), -120.0), np.full((10, 10), -120.0)
    a[:, :4], b[:, 2:6] = -90.0, -90.0
    b[:, 6:8], b[:, 0] = np.nan, np.nan
    table = tmp_path / "layers.csv"
    _coverage(tmp_path / "a.tif", a)
    _coverage(tmp_path / "b.tif", b)
    table.write_text(
        "coverage,operator,band,standalone\na.tif,operator-a,n28,yes\nb.tif,operator-b,n78,no\n", encoding="utf-8"
    )
    found = api.radio_served(None, [-100.0], layers=table, by=(("operator",), ("band", "standalone")))
    every = _one(found, operator="all", band="all")
    assert (every["covered"], every["not_covered"], every["unknown"]) == pytest.approx((0.6, 0.2, 0.2))
    assert _one(found, operator="operator-a")["covered"] == pytest.approx(0.4)
    both = _one(found, band="n78", standalone="no")
    assert (both["covered"], both["unknown"]) == pytest.approx((0.4, 0.3))


def test_layers_on_other_grids_are_refused(tmp_path: Path) -> None:
    a, b = _coverage(tmp_path / "a.tif", WEST_HALF), _coverage(tmp_path / "b.tif", WEST_HALF, pixel=50.0)
    with pytest.raises(BadInput, match="has another transform"):
        served([Layer(a), Layer(b)], ServedOptions((-100.0,)))


def _halves(path: Path) -> Path:
    """Two regions: the west and the east half of the coverage."""
    features = []
    for key, x0 in (("110001", 0.0), ("110002", 1000.0)):
        ring = [(x0, -100.0), (x0 + 1000.0, -100.0), (x0 + 1000.0, 2100.0), (x0, 2100.0), (x0, -100.0)]
        lonlat = [LONLAT.transform(WEST + x, NORTH - y) for x, y in ring]
        shape = {"type": "Polygon", "coordinates": [lonlat]}
        features.append({"type": "Feature", "properties": {"adcode": key, "name": key}, "geometry": shape})
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8")
    return path


@pytest.mark.parametrize("raster", [False, True])
def test_regions_of_outlines_and_of_a_raster_of_codes_give_their_own_shares(tmp_path: Path, raster: bool) -> None:
    cover = _coverage(tmp_path / "c.tif", WEST_HALF)
    regions = _halves(tmp_path / "r.geojson")
    if raster:
        regions = tmp_path / "r.tif"
        with rasterio.open(
            regions, "w", driver="GTiff", height=1, width=2, count=1, dtype="int32", crs=CRS, nodata=0,
            transform=from_origin(WEST, NORTH, 1000, 2000),
        ) as file:  # fmt: skip
            file.write(np.array([[110001, 110002]], dtype=np.int32), 1)
    people = _people(tmp_path / "p.tif", np.full((10, 10), 7.0), from_origin(WEST, NORTH, 200, 200))
    road = _lines(tmp_path / "l.geojson", [(505.0, 505.0), (1505.0, 505.0)])
    found = api.radio_served(
        cover, [-100.0], population=people, lines=[road], regions=regions, step_m=10.0
    )  # fmt: skip
    for what, half in (("people", 350.0), ("area", 2.0), ("line", 0.5)):
        west, east = _one(found, what=what, region="110001"), _one(found, what=what, region="110002")
        assert (west["share_ratio"], east["share_ratio"]) == pytest.approx((1.0, 0.0), abs=0.02)
        assert (west["total"], east["total"]) == pytest.approx((half, half), abs=0.011)
        assert _one(found, what=what, region="all")["total"] == pytest.approx(2 * half, abs=1e-4)


def test_coverage_without_or_with_a_geographic_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no coordinate system"):
        served([Layer(_coverage(tmp_path / "a.tif", WEST_HALF, crs=None))], ServedOptions((-100.0,)))
    degrees = _coverage(
        tmp_path / "b.tif", WEST_HALF, crs="EPSG:4326", transform=from_origin(116.0, 40.0, 0.001, 0.001)
    )
    with pytest.raises(BadInput, match="projected system in metres"):
        served([Layer(degrees)], ServedOptions((-100.0,)))


def test_coverage_in_a_system_that_distorts_areas_is_refused(tmp_path: Path) -> None:
    x, y = pyproj.Transformer.from_crs("EPSG:4326", "EPSG:3857", always_xy=True).transform(116.4, 40.0)
    web = _coverage(tmp_path / "w.tif", WEST_HALF, crs="EPSG:3857", transform=from_origin(x, y, 100, 100))
    with pytest.raises(BadInput, match="turns areas into"):
        served([Layer(web)], ServedOptions((-100.0,)))


def test_lines_in_metres_that_say_degrees_are_refused(tmp_path: Path) -> None:
    cover = _coverage(tmp_path / "c.tif", WEST_HALF)
    shape = {"type": "LineString", "coordinates": [[WEST, NORTH - 500], [WEST + 900, NORTH - 500]]}
    wrong = tmp_path / "l.geojson"
    feature = {"type": "Feature", "properties": {}, "geometry": shape}
    wrong.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), encoding="utf-8")
    with pytest.raises(BadInput, match="degrees"):
        served([Layer(cover)], ServedOptions((-100.0,)), vectors=[wrong])


def test_people_without_a_system_or_below_nothing_are_refused(tmp_path: Path) -> None:
    cover, corner = _coverage(tmp_path / "c.tif", WEST_HALF), from_origin(WEST, NORTH, 1000, 1000)
    with pytest.raises(BadInput, match="has no coordinate system"):
        served(
            [Layer(cover)], ServedOptions((-100.0,)), population=_people(tmp_path / "a.tif", [[1.0]], corner, crs=None)
        )
    bad = _people(tmp_path / "b.tif", [[5.0, -200.0]], corner, nodata=None)
    with pytest.raises(BadInput, match="holds -200 at row 0, column 1"):
        served([Layer(cover)], ServedOptions((-100.0,)), population=bad)


def test_inputs_that_do_not_meet_the_coverage_are_refused(tmp_path: Path) -> None:
    cover = _coverage(tmp_path / "c.tif", WEST_HALF)
    far = _people(tmp_path / "p.tif", [[1.0]], from_origin(WEST + 50_000, NORTH, 1000, 1000))
    with pytest.raises(BadInput, match="does not overlap the coverage"):
        served([Layer(cover)], ServedOptions((-100.0,)), population=far)
    away = _lines(tmp_path / "l.geojson", [(50_000.0, 0.0), (51_000.0, 0.0)])
    with pytest.raises(BadInput, match="does not overlap the coverage"):
        served([Layer(cover)], ServedOptions((-100.0,)), vectors=[away])
    nobody = _people(tmp_path / "n.tif", [[0.0]], from_origin(WEST, NORTH, 1000, 1000))
    with pytest.raises(NotComputable, match="nothing to count"):
        served([Layer(cover)], ServedOptions((-100.0,)), population=nobody)
    with pytest.raises(BadInput, match="no known RSRP"):
        served([Layer(_coverage(tmp_path / "e.tif", np.full((5, 5), np.nan)))], ServedOptions((-100.0,)))


def test_a_truncated_raster_is_refused(tmp_path: Path) -> None:
    cover = _coverage(tmp_path / "c.tif", np.random.default_rng(0).uniform(-120, -80, (200, 200)))
    cover.write_bytes(cover.read_bytes()[:30_000])
    with pytest.raises(SetSailError, match=r"c\.tif"):
        served([Layer(cover)], ServedOptions((-100.0,)))


def test_a_folder_of_a_run_that_is_not_done_is_refused(tmp_path: Path) -> None:
    _coverage(tmp_path / "rsrp.tif", WEST_HALF)
    with pytest.raises(BadInput, match=r"lacks rsrp\.tif or summary\.json"):
        api.radio_served(tmp_path, [-100.0])


def test_beyond_reach_counts_as_not_covered_only_where_all_blocks_are_done(tmp_path: Path) -> None:
    level = WEST_HALF.copy()
    level[:, 15:] = np.nan
    _coverage(tmp_path / "rsrp.tif", level)
    summary = tmp_path / "summary.json"
    summary.write_text(json.dumps({"findings": []}), encoding="utf-8")
    assert _one(api.radio_served(tmp_path, [-100.0]))["unknown"] == 1.0
    found = _one(api.radio_served(tmp_path, [-100.0], reached=True))
    assert (found["unknown"], found["not_covered"]) == (0.0, 2.0)
    failed = {"findings": [{"code": "block-failed", "where": "block 0000000-0000000", "what": "lost"}]}
    summary.write_text(json.dumps(failed), encoding="utf-8")
    with pytest.raises(BadInput, match="1 failed blocks"):
        api.radio_served(tmp_path, [-100.0], reached=True)


def test_codes_know_the_three_values() -> None:
    edges = np.array([-110.0, -100.0])
    full, none = np.array([-105.0, -120.0, np.nan]), np.array([np.nan, np.nan, np.nan])
    assert codes([full], edges).tolist() == [1, 0, 3]
    assert codes([full, none], edges).tolist() == [4, 3, 3]
    sums = summed(np.array([0, 1, 4, 3, outside(edges)]), np.zeros(5, dtype=np.int64), None, 1, edges)[0]
    low, high = counted(sums, 0), counted(sums, 1)
    assert (low.covered, low.not_covered, low.unknown, low.outside) == (2, 1, 1, 1)
    assert (high.covered, high.not_covered, high.unknown, high.outside) == (0, 2, 2, 1)


@pytest.mark.parametrize("bad", [{"thresholds_dbm": ()}, {"thresholds_dbm": (-20.0,)}, {"by": (("colour",),)}])
def test_options_outside_their_limits_are_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(BadInput):
        ServedOptions(**{"thresholds_dbm": (-100.0,), **bad})


def test_command_and_function_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cover = _coverage(tmp_path / "c.tif", WEST_HALF)
    people = _people(tmp_path / "p.tif", np.full((10, 10), 7.0), from_origin(WEST, NORTH, 200, 200))
    words = ["radio", "served", "--coverage", str(cover), "--population", str(people), "--threshold", "-105"]
    assert run([*words, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == api.radio_served(cover, [-105.0], population=people)
    assert run([*words, "--entry", "low"]) == 2
    assert run([*words, "--entry", "low", "--frequency", "3.5e9", "--format", "json"]) == 0
    assert {r["place"] for r in json.loads(capsys.readouterr().out)["rows"]} == {"outdoor", "indoor"}


EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "radio"


def test_examples_run_from_cells_to_the_share_of_people_and_lines(tmp_path: Path) -> None:
    folder = tmp_path / "coverage"
    api.radio_coverage(EXAMPLES / "cells_synthetic.csv", (116.35, 39.96, 116.44, 40.03), 200.0, folder)
    found = api.radio_served(
        folder, [-105.0, -95.0], population=EXAMPLES / "population_synthetic.tif",
        lines=[EXAMPLES / "lines_synthetic.geojson"], level="prefecture",
    )  # fmt: skip
    with rasterio.open(EXAMPLES / "population_synthetic.tif") as file:
        everyone = float(file.read(1, masked=True).sum(dtype=np.float64))
    people = _one(found, what="people", threshold_dbm=-105.0, region="all")
    assert people["total"] == everyone
    assert people["outside"] > 0.0
    assert {"road", "railway", "people", "area"} == {r["what"] for r in found["rows"]}
    by_region = [r["total"] for r in _rows(found, what="people", threshold_dbm=-105.0) if r["region"] != "all"]
    assert sum(by_region) == pytest.approx(everyone, rel=1e-15)
    for row in found["rows"]:
        assert 0.0 <= row["share_low_ratio"] <= row["share_high_ratio"] <= 1.0
        harder = _rows(found, what=row["what"], region=row["region"], threshold_dbm=-95.0)[0]
        assert harder["covered"] <= row["covered"] or row["threshold_dbm"] == -95.0
