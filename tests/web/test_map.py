"""The map over the web: its count is the list's, its figures are the commands', and it tells what it leaves out."""

from __future__ import annotations

import csv
import gzip
import io
import itertools
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from setsail import api, engine
from setsail.api import map as map_door
from setsail.base.errors import OutOfRange
from setsail.monitor.maplayers import outlines
from setsail.monitor.synthetic import SCHEMA
from setsail.store.expressions import Tables
from setsail.store.query import QueryOptions
from setsail.store.query import connect as open_duckdb
from setsail.store.workspace import Workspace
from tests.monitor.maplayers import mvt
from tests.web.asgi import Answer, Client
from tests.web.conftest import NOW, MakeServer, Server

MAP = "/api/v1/map"
NAME = "synthetic-map"
N, UNPLACED, OUTSIDE, UNDATED = 400, 11, 7, 5


@cache
def _rows() -> pa.RecordBatch:
    """Invented stations: some without coordinates, some outside all regions, some without a date."""
    from setsail.standards.boundaries import shipped
    from setsail.store.places import Places, h3_cells

    rng = np.random.default_rng(4)
    lon, lat = rng.normal(113.0, 1.5, N), rng.normal(33.0, 1.5, N)
    lon[-OUTSIDE:], lat[-OUTSIDE:] = 160.0, 20.0
    code = Places.from_regions(shipped("prefecture")).place(lon, lat)
    gone = np.arange(N) < UNPLACED
    outside = gone | (code == 0)
    day = [date(2019 + k % 5, 1 + k % 12, 1) for k in range(N)]
    made = {
        "technology": ["nr"] * N, "mcc": [999] * N, "mnc": [1] * N, "area": list(range(N)), "cell_id": list(range(N)),
        "lon": pa.array(lon, mask=gone), "lat": pa.array(lat, mask=gone), "position": ["exact"] * N,
        "operator": [None if k % 50 == 0 else f"synthetic-operator-{'ab'[k % 2]}" for k in range(N)],
        "band": [("n41", "n78", "=n1")[k % 3] for k in range(N)], "h3": pa.array(h3_cells(lon, lat), mask=gone),
        "province": pa.array(code // 10000 * 10000, pa.int32(), mask=outside),
        "prefecture": pa.array(code, pa.int32(), mask=outside),
        "seen_first": None, "opened": day, "mark": ["synthetic"] * N,
    }  # fmt: skip
    fields = [f if f.name not in ("lon", "lat", "h3", "opened") else f.with_nullable(True) for f in SCHEMA]
    days = pa.array(day[: N - UNDATED - OUTSIDE] + [None] * UNDATED + day[-OUTSIDE:], pa.date32())
    columns = [days if f.name == "opened" else _column(made.get(f.name), f.type) for f in fields]
    return pa.record_batch(columns, schema=pa.schema(fields))


def _column(values: object, kind: pa.DataType) -> pa.Array:
    if values is None:
        return pa.nulls(N, kind)
    return values.cast(kind) if isinstance(values, pa.Array) else pa.array(values, kind)


@pytest.fixture
def viewer(server: Server) -> Client:
    with Workspace.open(server.settings.workspace) as store:
        rows = _rows()
        store.write(
            "cells", NAME, [rows], schema=rows.schema, source="invented", licence="CC0-1.0", recorded_at=NOW,
            actor="tester", meta={"synthetic": True},
        )  # fmt: skip
    return server.client("viewer")


def _tiles(viewer: Client, z: int, query: str = "") -> Iterator[Answer]:
    for x, y in itertools.product(range(1 << z), repeat=2):
        found = viewer.get(f"{MAP}/data/{NAME}/tiles/{z}/{x}/{y}?{query}")
        assert found.status_code in (200, 204), found.content
        if found.status_code == 200:
            yield found


def _on_map(viewer: Client, z: int, query: str = "") -> int:
    cells = {f.id: f.properties["n"] for t in _tiles(viewer, z, query) for f in mvt.read(t.content)["cells"].features}
    return sum(cells.values())


@pytest.mark.parametrize(
    "query", ["", "operator=synthetic-operator-a&band=n78", "until=2021-06", "operator=", "since=2022-01"]
)
def test_map_of_any_choice_counts_what_the_list_beside_it_counts(viewer: Client, query: str) -> None:
    told = viewer.get(f"{MAP}/data/{NAME}/summary?{query}").json()
    assert _on_map(viewer, 3, query) == told["on_map"] > 0
    assert told["on_map"] == sum(row["n"] for row in told["regions"]) + told["outside"]
    assert told["total"] == told["on_map"] + told["no_coordinates"]


def test_what_the_map_cannot_show_is_told_and_adds_up_to_all_rows(viewer: Client) -> None:
    told = viewer.get(f"{MAP}/data/{NAME}/summary").json()
    assert (told["total"], told["no_coordinates"], told["outside"]) == (N, UNPLACED, OUTSIDE)
    dated = viewer.get(f"{MAP}/data/{NAME}/summary?since=2000-01").json()
    assert (dated["total"] + dated["undated"], dated["undated"]) == (N, UNDATED)
    facets = viewer.get(f"{MAP}/data/{NAME}").json()
    assert (facets["no_coordinates"], facets["undated"], facets["months"]) == (
        UNPLACED,
        UNDATED,
        ["2019-01", "2023-12"],
    )
    assert sum(one["n"] for one in facets["operators"]) == N - UNPLACED
    assert {one["name"] for one in facets["operators"]} == {"", "synthetic-operator-a", "synthetic-operator-b"}


def test_list_beside_the_map_equals_the_command_that_counts(viewer: Client, server: Server) -> None:
    told = viewer.get(f"{MAP}/data/{NAME}/summary?level=prefecture").json()
    counted = api.data_aggregate(NAME, server.settings.workspace, by=["prefecture"])["rows"]
    assert {row["region"]: row["n"] for row in told["regions"]} == {
        str(row["prefecture"]): row["n"] for row in counted if row["prefecture"]
    }


def test_rows_in_the_view_are_those_within_its_bounds(viewer: Client) -> None:
    assert viewer.get(f"{MAP}/data/{NAME}/summary?bounds=-180,-90,180,90").json()["in_view"] == N - UNPLACED
    assert viewer.get(f"{MAP}/data/{NAME}/summary?bounds=159,19,161,21").json()["in_view"] == OUTSIDE
    for wrong in ("1,2,3", "a,b,c,d", "10,0,5,1", "nan,0,1,1"):
        assert viewer.get(f"{MAP}/data/{NAME}/summary?bounds={wrong}").error["code"] == "bad-input", wrong


def test_small_data_set_shows_its_points_at_any_zoom(viewer: Client) -> None:
    points = [f for t in _tiles(viewer, 2) for f in mvt.read(t.content)["points"].features]
    assert len(points) == N - UNPLACED
    assert {f.properties["band"] for f in points} == {"n41", "n78", "=n1"}


def test_cell_that_is_picked_tells_its_rows_source_and_date(viewer: Client) -> None:
    feature = mvt.read(viewer.get(f"{MAP}/data/{NAME}/tiles/3/6/3").content)["cells"].features[0]
    from setsail.monitor.maplayers.hexes import full_id

    cell = f"{full_id(feature.id or 0, feature.properties['r']):x}"
    told = viewer.get(f"{MAP}/data/{NAME}/cell/{cell}").json()
    assert told["n"] == feature.properties["n"] == sum(part["n"] for part in told["parts"]) == len(told["first"])
    assert (told["source"], told["licence"], told["as_of"][:10], told["synthetic"]) == (
        "invented",
        "CC0-1.0",
        "2026-03-01",
        True,
    )
    for wrong in ("zz", "0", "ffffffffffffffff", "8a1fb46622dffff"):
        assert viewer.get(f"{MAP}/data/{NAME}/cell/{wrong}").error["code"] in ("bad-input", "out-of-range"), wrong


def test_tile_that_the_browser_has_is_not_sent_again(viewer: Client) -> None:
    version = viewer.get(f"{MAP}/data").json()[0]["id"]
    path = f"{MAP}/data/{NAME}/tiles/4/13/6"
    first = viewer.get(f"{path}?v={version}", headers={"accept-encoding": "gzip"})
    assert "immutable" in first.headers["cache-control"]
    assert mvt.read(gzip.decompress(first.content))["cells"].features
    again = viewer.get(f"{path}?v={version}", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    other = viewer.get(f"{path}?v={version}&band=n78", headers={"if-none-match": first.headers["etag"]})
    assert other.status_code == 200
    newest = viewer.get(path)
    assert (newest.headers["etag"], newest.headers["cache-control"]) == (first.headers["etag"], "private, no-cache")
    assert viewer.get(f"{path}?v=nothing").status_code == 404


def test_tile_that_a_second_viewer_asks_for_is_not_made_again(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    version = viewer.get(f"{MAP}/data").json()[0]["id"]
    paths = (f"{MAP}/data/{NAME}/tiles/4/13/6?v={version}&until=2022-05", f"{MAP}/boundaries/province/4/13/6")
    first = [viewer.get(path) for path in paths]

    def again(*_: object, **__: object) -> None:
        raise AssertionError("made again")

    monkeypatch.setattr(api, "map_tile", again)
    monkeypatch.setattr(api, "map_boundary_tile", again)
    for path, before in zip(paths, first, strict=True):
        now = viewer.get(path)
        assert (now.status_code, now.content, now.headers["etag"]) == (200, before.content, before.headers["etag"])


@pytest.mark.parametrize("path", ["tiles/3/8/0", "tiles/3/-1/0", "tiles/19/0/0", "tiles/-1/0/0", "tiles/a/0/0"])
def test_tile_that_cannot_be_is_refused(viewer: Client, path: str) -> None:
    assert viewer.get(f"{MAP}/data/{NAME}/{path}").status_code == 422


@pytest.mark.parametrize(
    "query", ["until=2021-13", "until=2021", "since=x", "operator=" + "&operator=".join(map(str, range(201)))]
)
def test_choice_that_cannot_be_is_refused(viewer: Client, query: str) -> None:
    assert viewer.get(f"{MAP}/data/{NAME}/summary?{query}").status_code == 422


def test_data_set_without_places_and_unknown_ones_are_refused(viewer: Client) -> None:
    for path in ("", "/summary", "/tiles/3/6/3", "/cell/831fb4fffffffff", "/cells.csv"):
        assert viewer.get(f"{MAP}/data/nothing{path}").status_code == 404, path


def test_indicator_by_region_has_evidence_or_is_null(viewer: Client) -> None:
    told = viewer.get(f"{MAP}/regions?indicator=base_stations_5g_per_10k").json()
    assert (told["known"], told["unknown"], len(told["rows"])) == (31, 3, 34)
    for row in told["rows"]:
        assert (row["value"] is None) == (row["evidence"] is None) == (row["rank"] is None)
        if row["evidence"]:
            assert row["evidence"]["definition"]
            assert row["evidence"]["figures"][0]["source_id"]
    assert [row["value"] for row in told["rows"][-3:]] == [None, None, None]


def test_indicator_on_a_day_shows_what_was_known_then(viewer: Client) -> None:
    then = viewer.get(f"{MAP}/regions?indicator=base_stations_5g&known_on=2023-06-30").json()
    assert then["period"] < "2023-06"
    assert viewer.get(f"{MAP}/regions?indicator=base_stations_5g&known_on=2018-01-01").error["code"] == "bad-input"
    listed = viewer.get(f"{MAP}/indicators?level=prefecture").json()
    assert {"indicator", "name_en", "name_zh", "unit", "regions"} == set(listed[0])


def test_notice_of_the_shipped_outlines_comes_with_them(viewer: Client) -> None:
    told = viewer.get(f"{MAP}/boundaries/province/notice").json()
    assert told == {"level": "province", "notice": api.data_regions_notice(None, level="province")}
    assert told["notice"].startswith("Sample outlines")
    made = viewer.get(f"{MAP}/regions.geojson?indicator=base_stations_5g").json()
    assert made["notice"] == told["notice"]
    assert len(made["features"]) == 34
    layers = mvt.read(viewer.get(f"{MAP}/boundaries/prefecture/4/13/6").content)
    assert {"regions", "labels"} == set(layers)


def test_cells_as_files_hold_every_placed_row_and_no_formula(viewer: Client) -> None:
    answer = viewer.get(f"{MAP}/data/{NAME}/cells.csv?resolution=4")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert sum(int(row["n"]) for row in rows) == N - UNPLACED
    assert "attachment" in answer.headers["content-disposition"]
    made = json.loads(viewer.get(f"{MAP}/data/{NAME}/cells.geojson?resolution=4").text)
    assert sum(f["properties"]["n"] for f in made["features"]) == N - UNPLACED
    assert made["data_set"]["synthetic"] is True
    assert viewer.get(f"{MAP}/data/{NAME}/cells.csv?resolution=8").status_code == 422


def test_nobody_sees_the_map_without_signing_in(server: Server) -> None:
    stranger = server.client()
    for path in (
        "data",
        f"data/{NAME}/tiles/3/6/3",
        "regions?indicator=population",
        "coverage",
        "boundaries/province/3/6/3",
    ):
        assert stranger.get(f"{MAP}/{path}").status_code == 401, path


def test_workspace_without_data_has_a_map_of_indicators_only(make_server: MakeServer) -> None:
    client = make_server().client("viewer")
    assert client.get(f"{MAP}/data").json() == []
    assert client.get(f"{MAP}/coverage").json() == []
    assert client.get(f"{MAP}/regions?indicator=base_stations_5g").json()["known"] == 31


def test_the_list_is_counted_once_until_there_is_a_new_version(
    viewer: Client, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    real = api.map_summary

    def watched(name: str, *rest: Any, **more: Any) -> dict[str, Any]:
        counted.append(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(api, "map_summary", watched)
    path = f"{MAP}/data/{NAME}/summary"
    first = viewer.get(path)
    assert viewer.get(path).json() == first.json()
    assert viewer.get(path, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    assert counted == [NAME]
    assert viewer.get(f"{path}?until=2020-01").json()["total"] < first.json()["total"]
    assert viewer.get(f"{path}?level=prefecture").json()["level"] == "prefecture"
    rows = _rows().slice(0, 30)
    with Workspace.open(server.settings.workspace) as store:
        store.write(
            "cells", NAME, [rows], schema=rows.schema, source="invented", licence="CC0-1.0", recorded_at=NOW,
            actor="tester",
        )  # fmt: skip
    assert viewer.get(path).json()["total"] == 30
    assert len(counted) == 4


def test_queries_of_the_map_share_the_memory_that_the_server_allows_and_wait_for_their_turn(
    viewer: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    met, now, most = [], [0], [0]
    real = engine.open_engine

    @contextmanager
    def watched(*, options: QueryOptions) -> Iterator[Tables]:
        now[0] += 1
        most[0] = max(most[0], now[0])
        met.append(options)
        with real(options=options) as tables:
            yield tables
        now[0] -= 1

    monkeypatch.setattr(engine, "open_engine", watched)
    monkeypatch.setattr(map_door, "_query_bytes", map_door.QUERY_BYTES)
    api.map_allow(256 << 20)
    paths = [f"{MAP}/data/{NAME}/summary?until=20{year}-01" for year in range(19, 27)]
    with ThreadPoolExecutor(8) as pool:
        assert {found.status_code for found in pool.map(viewer.get, paths)} == {200}
    assert most[0] <= map_door.QUERIES_AT_ONCE
    assert {options.memory_bytes for options in met} == {(256 << 20) // map_door.QUERIES_AT_ONCE}
    assert len({options.temporary for options in met}) == len(met) == 8, "no two spill to one folder"
    assert not any(options.temporary.exists() for options in met)
    with open_duckdb(replace(met[0], temporary=Path("unused"))) as connection:
        assert connection.sql("SELECT current_setting('memory_limit')").fetchall() == [("128.0 MiB",)]


def test_a_bound_of_memory_that_no_query_could_work_in_is_refused() -> None:
    with pytest.raises(OutOfRange):
        api.map_allow((128 << 20) - 2)


def test_outlines_are_made_once_however_often_they_are_asked(viewer: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    assert viewer.get(f"{MAP}/boundaries/province/3/6/3").status_code == 200
    monkeypatch.setattr(outlines, "Outlines", lambda _: pytest.fail("made again"))
    assert viewer.get(f"{MAP}/boundaries/province/3/6/2").status_code == 200
