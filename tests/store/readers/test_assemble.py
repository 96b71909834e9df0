"""Columns that are computed at ingest, and times, words and datums on their way in. All data are synthetic."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import h3ronpy
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.datum import from_wgs84
from setsail.standards.boundaries import shipped
from setsail.store.places import Places, h3_cells
from setsail.store.readers import regions
from setsail.store.readers.derive import quadkey_middles
from setsail.store.readers.regions import TwoLevels
from tests.store.readers.helpers import map_file, read_in, rejects, stored, written

MEASURED = "time,lon,lat\n"


@pytest.fixture(scope="module")
def placer() -> TwoLevels:
    return TwoLevels(shipped("province"), shipped("prefecture"))


def test_points_get_province_and_prefecture_and_those_outside_a_note(tmp_path: Path, placer: TwoLevels) -> None:
    text = "site_id,lon,lat\nbeijing,116.4074,39.9042\nshenzhen,114.0579,22.5431\ncork,-8.47,51.9\n"
    done = read_in(tmp_path, written(tmp_path, text), placer=placer)
    table = stored(tmp_path, done)
    assert table.column("province").to_pylist() == [110000, 440000, None]
    assert table.column("prefecture").to_pylist() == [110000, 440300, None]
    assert [(note.code, note.count, note.first_line) for note in done.notes] == [("unplaced", 1, 4)]


def test_swapped_columns_inside_the_range_are_suspected(tmp_path: Path, placer: TwoLevels) -> None:
    text = "site_id,lon,lat\nkashgar,39.47,75.99\nurumqi,43.8,87.6\n"
    done = read_in(tmp_path, written(tmp_path, text), placer=placer)
    assert [(note.code, note.count) for note in done.notes] == [("unplaced", 2), ("looks-swapped", 2)]


def test_refused_rows_between_good_ones_do_not_shift_regions(tmp_path: Path, placer: TwoLevels) -> None:
    text = "site_id,lon,lat\na,x,1\nb,116.4074,39.9042\nc,,\nd,114.0579,22.5431\n"
    table = stored(tmp_path, read_in(tmp_path, written(tmp_path, text), placer=placer))
    assert table.column("prefecture").to_pylist() == [110000, 440300]


def test_few_and_many_points_are_placed_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(86)
    lon, lat = rng.uniform(70, 140, 3_000), rng.uniform(15, 56, 3_000)
    cells = h3_cells(lon, lat)
    few = TwoLevels(shipped("province"), shipped("prefecture"))(lon, lat, cells)
    monkeypatch.setattr(regions, "FEW", 0)
    many = TwoLevels(shipped("province"), shipped("prefecture"))(lon, lat, cells)
    assert all(np.array_equal(a, b) for a, b in zip(few, many, strict=True))
    assert np.array_equal(many[0], Places.from_regions(shipped("province")).place(lon, lat))


def test_h3_of_hexes_is_read_and_its_middle_made(tmp_path: Path) -> None:
    cell = h3_cells(np.array([-72.7]), np.array([41.7]))
    name = pa.array(h3ronpy.cells_to_string(pa.array(cell.view(np.uint64))))[0].as_py()
    head = "h3_res9_id,providerid,technology,mindown,minup,environmnt\n"
    rest = ",1,500,35,3,0\n"
    coarse = "882a1072b5fffff"
    done = read_in(
        tmp_path,
        written(tmp_path, head + name + rest + "nonsense" + rest + coarse + rest),
        "hexes",
        "fcc-bdc-mobile-hexes",
    )
    table = stored(tmp_path, done)
    assert table.column("h3").to_pylist() == [int(cell[0])]
    assert h3_cells(table.column("lon").to_numpy(), table.column("lat").to_numpy())[0] == cell[0]
    assert [r["reason"] for r in rejects(tmp_path)] == [
        "is not an H3 cell",
        "is an H3 cell of another resolution than 9",
    ]


@given(st.lists(st.text("0123", min_size=1, max_size=23), min_size=1, max_size=20))
def test_quadkey_middle_is_that_of_its_tile(keys: list[str]) -> None:
    lon, lat = quadkey_middles(pa.array(keys), np.ones(len(keys), np.bool_))
    for i, key in enumerate(keys):
        west, east, top, bottom = 0.0, 1.0, 0.0, 1.0
        for sign in key:
            x, y = (west + east) / 2, (top + bottom) / 2
            west, east = (x, east) if sign in "13" else (west, x)
            top, bottom = (y, bottom) if sign in "23" else (top, y)
        assert lon[i].as_py() == pytest.approx((west + east) / 2 * 360 - 180, abs=1e-9)
        mercator = np.log(np.tan(np.pi / 4 + np.radians(lat[i].as_py()) / 2))
        assert mercator == pytest.approx(np.pi * (1 - (top + bottom)), abs=1e-9)


def test_published_tile_has_its_published_middle() -> None:
    """Row of the Ookla tiles: quadkey 0230131221113313 has tile_x -114.6121, tile_y 34.8251 (4 decimals)."""
    lon, lat = quadkey_middles(pa.array(["0230131221113313"]), np.ones(1, np.bool_))
    assert (round(lon[0].as_py(), 4), round(lat[0].as_py(), 4)) == (-114.6121, 34.8251)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_shifted_coordinates_are_brought_to_wgs84(tmp_path: Path, datum: str) -> None:
    lon, lat = from_wgs84([116.4], [39.9], datum)
    declared = map_file(tmp_path, f'kind = "sites"\nsame_names = true\n[file]\ndatum = "{datum}"\n')
    path = written(tmp_path, f"site_id,lon,lat\na,{lon[0]!r},{lat[0]!r}\n".replace("np.float64(", "").replace(")", ""))
    table = stored(tmp_path, read_in(tmp_path, path, column_map=declared))
    assert table.column("lon")[0].as_py() == pytest.approx(116.4, abs=1e-7)
    assert table.column("lat")[0].as_py() == pytest.approx(39.9, abs=1e-7)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2025-03-01T08:00:00+08:00", (2025, 3, 1, 0, 0)),
        ("2025-03-01 08:00", (2025, 3, 1, 8, 0)),
        ("2025-03-01", (2025, 3, 1, 0, 0)),
        ("2025-03-01T08:00:00Z", (2025, 3, 1, 8, 0)),
        ("2025-02-30", None),
        ("01/03/2025", None),
        ("1740787200", None),
    ],
)
def test_iso_times_with_and_without_zone(tmp_path: Path, text: str, utc: tuple[int, int, int, int, int] | None) -> None:
    done = read_in(tmp_path, written(tmp_path, f"{MEASURED}{text},1,1\n2025-01-01,1,1\n"), "measurements")
    table = stored(tmp_path, done)
    assert table.column("time")[0].as_py() == (datetime(*utc, tzinfo=UTC) if utc else datetime(2025, 1, 1, tzinfo=UTC))
    assert done.rows_refused == (utc is None)


def test_local_times_are_turned_to_utc_over_the_change_of_the_clocks(tmp_path: Path) -> None:
    example = Path(__file__).parents[3] / "examples" / "ingest" / "drive_synthetic.csv"
    table = stored(tmp_path, read_in(tmp_path, example, "measurements", "gnettrack-5g"))
    times = table.column("time").to_pylist()
    assert times[1] == datetime(2025, 3, 30, 0, 59, 59, tzinfo=UTC)
    assert times[2] == datetime(2025, 3, 30, 1, 0, 0, tzinfo=UTC)
    assert table.column("technology").to_pylist() == ["nr", "nr", "lte", "lte", "umts", None]
    assert table.column("sinr_db").to_pylist()[3] is None
    assert table.column("dl_bps").to_pylist()[0] == 124_533_000.0
    assert table.column("latency_s").to_pylist()[0] == pytest.approx(0.041)


def test_seconds_since_1970_are_read_and_nonsense_refused(tmp_path: Path) -> None:
    declared = map_file(
        tmp_path, 'kind = "measurements"\nsame_names = true\n[columns]\ntime = { from = "t", format = "unix_s" }\n'
    )
    path = written(tmp_path, "t,lon,lat\n1735689600,1,1\n-5,1,1\nx,1,1\n99999999999999,1,1\n")
    table = stored(tmp_path, read_in(tmp_path, path, "measurements", declared))
    assert table.column("time").to_pylist() == [datetime(2025, 1, 1, tzinfo=UTC)]
    assert [r["line"] for r in rejects(tmp_path)] == ["3", "4", "5"]


def test_words_that_a_rule_does_not_list_are_refused_kept_or_missing(tmp_path: Path) -> None:
    for other, kept in (("refuse", ["A"]), ("keep", ["A", "y"]), ("missing", ["A", None])):
        declared = map_file(
            tmp_path,
            'kind = "sites"\nsame_names = true\n[columns]\n'
            f'operator = {{ from = "op", values = {{ x = "A" }}, other = "{other}" }}\n',
        )
        path = written(tmp_path, "site_id,lon,lat,op\na,1,1,x\nb,1,1,y\n")
        assert stored(tmp_path, read_in(tmp_path, path, column_map=declared)).column("operator").to_pylist() == kept


def test_typed_and_text_paths_agree(tmp_path: Path) -> None:
    """One bad cell sends its block down the text path; the good rows come out the same."""
    rng = np.random.default_rng(4)
    rows = [f"s{i},{x:.6f},{y:.6e}" for i, (x, y) in enumerate(rng.uniform(-80, 80, (500, 2)))]
    clean = stored(tmp_path, read_in(tmp_path, written(tmp_path, "site_id,lon,lat\n" + "\n".join(rows))))
    mixed = stored(tmp_path, read_in(tmp_path, written(tmp_path, "site_id,lon,lat\n" + "\n".join([*rows, "z,x,1"]))))
    assert clean.equals(mixed)


def test_csv_gzip_xlsx_and_parquet_of_one_table_give_the_same_rows(tmp_path: Path) -> None:
    import gzip

    import openpyxl

    rows: list[list[object]] = [
        ["site_id", "lon", "lat", "opened_on", "cells"],
        ["a", 116.25, 39.5, "2024-01-31", 3],
        ["b", 1.5, 2.5, None, None],
    ]
    text = "\n".join(",".join("" if c is None else str(c) for c in row) for row in rows)
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "t.xlsx")
    columns = {str(name): [row[i] for row in rows[1:]] for i, name in enumerate(rows[0])}
    pq.write_table(pa.table(columns), tmp_path / "t.parquet")
    files = [
        written(tmp_path, text, "t.csv"),
        written(tmp_path, gzip.compress(text.encode()), "t.csv.gz"),
        tmp_path / "t.xlsx",
        tmp_path / "t.parquet",
    ]
    tables = [stored(tmp_path, read_in(tmp_path, file)) for file in files]
    assert all(table.equals(tables[0]) for table in tables)


def test_stored_numbers_that_say_missing_are_missing(tmp_path: Path) -> None:
    path = tmp_path / "tiles.parquet"
    columns = {
        "quadkey": ["1321003131032230", "1321003131032231"], "avg_d_kbps": [1000, 2000], "avg_u_kbps": [1, 2],
        "avg_lat_ms": [24, 25], "avg_lat_down_ms": [-1.0, 300.0], "avg_lat_up_ms": [float("nan"), 1.0],
        "tests": [1, 2], "devices": [1, 2],
    }  # fmt: skip
    pq.write_table(pa.table(columns), path)
    done = read_in(tmp_path, path, "tiles", "ookla-mobile-tiles", constants={"period": "2025-Q1"})
    table = stored(tmp_path, done)
    assert table.column("latency_dl_s").to_pylist() == [None, 0.3]
    assert table.column("latency_ul_s").to_pylist() == [None, 0.001]
    assert table.column("dl_bps").to_pylist() == [1e6, 2e6]
    assert table.column("period").to_pylist() == ["2025-Q1"] * 2
