"""Outlines that a user brings: what is refused, what is stored, what is used from then on."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from setsail import api
from setsail.base.datum import from_wgs84
from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.standards.boundaries import SOURCE, shipped
from setsail.store.regions import Importing, active, read_regions
from setsail.store.workspace import Workspace

AT = datetime(2026, 1, 1, tzinfo=UTC)
SQUARE = [[113.0, 22.0], [114.0, 22.0], [114.0, 23.0], [113.0, 23.0], [113.0, 22.0]]


def feature(adcode: object, ring: list[list[float]] | None = None, **properties: object) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": {"adcode": adcode, **properties},
        "geometry": {"type": "Polygon", "coordinates": [ring or SQUARE]},
    }


def moved(east: float, north: float = 0.0) -> list[list[float]]:
    return [[x + east, y + north] for x, y in SQUARE]


def geojson(folder: Path, *features: dict[str, Any], **members: object) -> Path:
    path = folder / "regions.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": features, **members}), encoding="utf-8")
    return path


def test_imported_outlines_are_used_instead_of_the_sample(tmp_path: Path) -> None:
    path = geojson(tmp_path, feature(440000), feature(440100, name="广州市"), feature(110000, moved(2, 17)))
    made = api.data_regions_import(path, workspace=tmp_path / "w", recorded_at=AT, actor="test")
    assert made["rows"] == 4  # two provinces; Guangzhou; Beijing again, as a municipality without prefectures
    assert made["shared_borders"] == {"prefecture": True, "province": True}
    with Workspace.open(tmp_path / "w") as workspace:
        prefectures, provinces = active(workspace, "prefecture"), active(workspace, "province")
    assert prefectures.adcode.tolist() == [110000, 440100]
    assert prefectures.parent.tolist() == [110000, 440000]
    assert provinces.name_en == ("Beijing", "Guangdong")
    assert (prefectures.name_zh, prefectures.datum) == (("北京市", "广州市"), "wgs84")
    assert provinces.of(440000).equals(shapely.box(113, 22, 114, 23))
    assert provinces.source != SOURCE


def test_level_that_the_file_lacks_stays_the_sample(tmp_path: Path) -> None:
    api.data_regions_import(geojson(tmp_path, feature(440000)), workspace=tmp_path / "w", recorded_at=AT, actor="test")
    with Workspace.open(tmp_path / "w") as workspace:
        assert active(workspace, "prefecture").source == SOURCE


def test_without_import_the_sample_is_used(tmp_path: Path) -> None:
    with Workspace.open(tmp_path) as workspace:
        assert active(workspace, "province") is shipped("province")
    assert active(None, "province") is shipped("province")


def test_another_key_is_read(tmp_path: Path) -> None:
    row = feature("x", code="440000")
    assert read_regions(geojson(tmp_path, row), Importing(key="code")).column("adcode").to_pylist() == [440000]


def test_outlines_in_gcj02_are_converted(tmp_path: Path) -> None:
    lon, lat = np.array(SQUARE).T
    shifted = np.column_stack(from_wgs84(lon, lat, "gcj02")).tolist()
    path = geojson(tmp_path, feature(440000, shifted))
    made = api.data_regions_import(path, datum="gcj02", workspace=tmp_path / "w", recorded_at=AT, actor="test")
    assert (made["datum"], made["datum_of_file"]) == ("wgs84", "gcj02")
    with Workspace.open(tmp_path / "w") as workspace:
        got = shapely.get_coordinates(active(workspace, "province").of(440000))
    np.testing.assert_allclose(got, SQUARE, atol=1e-8)


def test_overlap_is_told_and_kept(tmp_path: Path) -> None:
    path = geojson(tmp_path, feature(440000), feature(450000, moved(0.5)))
    made = api.data_regions_import(path, workspace=tmp_path / "w", recorded_at=AT, actor="test")
    assert made["shared_borders"] == {"province": False}


@pytest.mark.parametrize("name", ["urn:ogc:def:crs:OGC:1.3:CRS84", "urn:ogc:def:crs:EPSG::4490", "EPSG:4326"])
def test_degrees_by_any_name_are_read(tmp_path: Path, name: str) -> None:
    path = geojson(tmp_path, feature(440000), crs={"type": "name", "properties": {"name": name}})
    assert read_regions(path, Importing()).num_rows == 1


BOWTIE = [[113.0, 22.0], [114.0, 23.0], [114.0, 22.0], [113.0, 23.0], [113.0, 22.0]]
SWAPPED = [[y, x] for x, y in SQUARE]
METRES = [[x * 1e5, y * 1e5] for x, y in SQUARE]


@pytest.mark.parametrize(
    ("ring", "words"),
    [
        (BOWTIE, "is invalid: Self-intersection"),
        (SWAPPED, "latitude before longitude"),
        (METRES, "not degrees"),
        (moved(-100), "lies at 13.00"),
    ],
)
def test_outline_that_cannot_be_right_is_refused(tmp_path: Path, ring: list[list[float]], words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        read_regions(geojson(tmp_path, feature(440000, ring)), Importing())
    assert "feature 0 (adcode 440000)" in caught.value.where


def test_other_crs_is_refused(tmp_path: Path) -> None:
    crs = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::3857"}}
    with pytest.raises(BadInput, match="EPSG::3857"):
        read_regions(geojson(tmp_path, feature(440000), crs=crs), Importing())


def test_same_code_twice_is_refused_naming_both(tmp_path: Path) -> None:
    with pytest.raises(DuplicateKey, match=r"feature 1 .* repeats 440000 of .*feature 0"):
        read_regions(geojson(tmp_path, feature(440000), feature("440000", moved(1))), Importing())


@pytest.mark.parametrize("code", [999999, 990000, 441000])
def test_unknown_code_is_refused(tmp_path: Path, code: int) -> None:
    with pytest.raises(UnknownName, match=f"is {code}"):
        read_regions(geojson(tmp_path, feature(code)), Importing())


def test_new_code_of_a_known_province_is_accepted_when_asked_for(tmp_path: Path) -> None:
    table = read_regions(geojson(tmp_path, feature(659010, name="新市")), Importing(new_codes=True))
    assert table.to_pylist()[0]["name_zh"] == "新市"
    with pytest.raises(UnknownName, match="is 990000"):
        read_regions(geojson(tmp_path, feature(990000)), Importing(new_codes=True))


@pytest.mark.parametrize("code", ["44000", "4400000", "abcdef", None, 44.5, "４４００００"])
def test_code_of_another_form_is_refused(tmp_path: Path, code: object) -> None:
    with pytest.raises(BadInput, match="six digits"):
        read_regions(geojson(tmp_path, feature(code)), Importing())


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"{", "not GeoJSON"),
        (b"\xff\xfe", "not GeoJSON in UTF-8"),
        (b"[1]", "not a FeatureCollection"),
        (b'{"features": []}', "no feature"),
        (b'{"features": [1]}', "lacks properties"),
        (b'{"features": [{"properties": {"a": 1}, "geometry": {}}]}', "lacks the property 'adcode'"),
        (b'{"features": [{"properties": {"adcode": 440000}, "geometry": {"type": "Point"}}]}', "is a Point"),
        (b'{"features": [{"properties": {"adcode": 440000}, "geometry": {"type": "Polygon"}}]}', "cannot be read"),
        (b"[" * 100_000, "not GeoJSON"),
    ],
)
def test_file_of_another_form_is_refused(tmp_path: Path, text: bytes, words: str) -> None:
    path = tmp_path / "bad.geojson"
    path.write_bytes(text)
    with pytest.raises(BadInput, match=words):
        read_regions(path, Importing())


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is not a file"):
        read_regions(tmp_path / "none.geojson", Importing())


def test_unknown_datum_is_refused_and_nothing_is_stored(tmp_path: Path) -> None:
    path = geojson(tmp_path, feature(440000))
    with pytest.raises(UnknownName, match="--datum"):
        api.data_regions_import(path, datum="tokyo", workspace=tmp_path / "w", recorded_at=AT, actor="test")
    with Workspace.open(tmp_path / "w") as workspace:
        assert workspace.manifests() == []


def test_list_of_regions_tells_area_and_source(tmp_path: Path) -> None:
    rows = {row["adcode"]: row for row in api.data_regions(tmp_path / "nothing", level="province")}
    assert len(rows) == 34
    assert rows["440000"]["area_km2"] == pytest.approx(181_800, rel=0.005)
    assert "not an approved base map" in api.data_regions_notice(None, level="province")
    with pytest.raises(UnknownName, match="province, prefecture"):
        api.data_regions(None, level="county")
    assert not (tmp_path / "nothing").exists()
