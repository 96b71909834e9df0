"""The shipped outlines: complete, named, of the right size, sharing their borders."""

from __future__ import annotations

import json
from importlib.resources import files

import numpy as np
import pyarrow.parquet as pq
import pytest
import shapely
from tools.derive_boundaries import decode_geometry, decode_ring

from setsail.base.errors import UnknownName
from setsail.standards import facts
from setsail.standards.boundaries import LEVELS, SCHEMA, area_km2, from_table, names, notice, shipped


@pytest.mark.parametrize(("adcode", "km2"), [(440000, 181_800), (540000, 1_203_800), (110000, 16_400)])
def test_shipped_province_has_the_area_of_the_source(adcode: int, km2: float) -> None:
    provinces = shipped("province")
    got = area_km2(np.array([provinces.of(adcode)]))[0]
    assert got == pytest.approx(km2, rel=0.005)  # simplified corners move an area of this size by less


def test_shipped_provinces_add_up_to_the_country() -> None:
    assert area_km2(shipped("province").shape).sum() == pytest.approx(9.52e6, rel=0.002)


@pytest.mark.parametrize("level", LEVELS)
def test_shipped_outlines_are_valid_and_neighbours_share_their_borders(level: str) -> None:
    shapes = shipped(level).shape
    assert np.all(shapely.is_valid(shapes))
    assert shapely.coverage_is_valid(shapes)


def test_shipped_levels_have_34_provinces_and_369_prefectures_sorted_by_code() -> None:
    for level, count in (("province", 34), ("prefecture", 369)):
        regions = shipped(level)
        assert len(regions) == count
        assert np.all(np.diff(regions.adcode) > 0)


def test_every_province_of_the_facts_is_found_with_its_name() -> None:
    told = {code: region for code, region in facts.regions().items() if region.level == "province"}
    outlines = names([shipped("province")])
    assert len(told) == 31
    for code, region in told.items():
        assert outlines[int(code)] == region.name_en
    assert outlines[150000] == "Inner Mongolia"


def test_every_city_of_the_facts_is_found_with_its_name() -> None:
    outlines = names([shipped("prefecture")])
    for code, region in facts.regions().items():
        if region.level == "city":
            assert outlines[int(code)] == region.name_en


def test_prefectures_fill_their_province() -> None:
    provinces, prefectures = shipped("province"), shipped("prefecture")
    for code in (330000, 650000, 810000):
        parts = prefectures.shape[prefectures.parent == code]
        assert shapely.coverage_union_all(parts).equals(provinces.of(code))


def test_prefecture_of_a_municipality_is_the_municipality() -> None:
    prefectures = shipped("prefecture")
    for code in (110000, 120000, 310000, 500000):
        assert prefectures.of(code).equals(shipped("province").of(code))


def test_unknown_code_is_refused_by_name() -> None:
    with pytest.raises(UnknownName, match="province adcode: is 990000"):
        shipped("province").of(990000)


def test_unknown_level_is_refused_with_those_there_are() -> None:
    file = files("setsail.standards") / "data" / "boundaries" / "china.parquet"
    table = pq.read_table(file)
    with pytest.raises(UnknownName, match="prefecture, province"):
        from_table(table, "county", datum="unverified", source="test")


def test_shipped_file_is_small_geoparquet_with_unknown_datum() -> None:
    file = files("setsail.standards") / "data" / "boundaries" / "china.parquet"
    schema = pq.read_schema(file)
    assert len(file.read_bytes()) < 1_000_000
    assert schema.remove_metadata().equals(SCHEMA)
    assert json.loads(schema.metadata[b"geo"])["columns"]["geometry"]["crs"] is None
    assert shipped("province").datum == "unverified"


def test_notice_says_licence_datum_and_that_it_is_a_sample() -> None:
    text = " ".join(notice().split())
    for words in ("Apache License 2.0", "datum", "not an approved base map", "Later releases of ECharts ship no maps"):
        assert words in text


def test_ring_decodes_zigzag_deltas_from_its_offset() -> None:
    # deltas (+1, -1), (+2, 0), (-3, +2) in zigzag: 2 1, 4 0, 5 4, each + 64; offset (1024, 2048)
    ring = decode_ring("".join(chr(64 + z) for z in (2, 1, 4, 0, 5, 4)), [1024, 2048])
    np.testing.assert_array_equal(ring * 1024, [[1025, 2047], [1027, 2047], [1024, 2049]])


def test_geometry_decodes_holes_and_plain_coordinates_alike() -> None:
    def text(*pairs: tuple[int, int]) -> str:
        return "".join(chr(64 + (v << 1 if v >= 0 else (-v << 1) - 1)) for pair in pairs for v in pair)

    encoded = {
        "type": "Polygon",
        "coordinates": [text((0, 0), (8, 0), (0, 8), (-8, 0), (0, -8)), text((2, 2), (2, 0), (0, 2), (-2, 0), (0, -2))],
        "encodeOffsets": [[1024, 1024], [1024, 1024]],
    }
    (shape,) = decode_geometry(encoded)
    plain = {
        "type": "MultiPolygon",
        "coordinates": [[[list(c) for c in r.coords] for r in (shape.exterior, *shape.interiors)]],
    }
    assert shape.area * 1024**2 == 60
    assert next(decode_geometry(plain)).equals(shape)
