"""Stations counted by region from a CSV file, against a plain count."""

from __future__ import annotations

from collections import Counter, defaultdict
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from benchmarks.stations import run

from setsail import api
from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange
from setsail.monitor import stations
from setsail.standards.boundaries import shipped
from setsail.store.places import Places, h3_cells

ROWS = 3000
OPERATORS = ("synthetic-a", "synthetic-b", "synthetic-c")


@cache
def places() -> Places:
    return Places.from_regions(shipped("prefecture"))


def points() -> tuple[F64, F64, list[str]]:
    rng = np.random.default_rng(4)
    lon, lat = np.round(rng.uniform(110, 122, ROWS), 5), np.round(rng.uniform(22, 38, ROWS), 5)
    return lon, lat, [OPERATORS[k] for k in rng.integers(0, 3, ROWS)]


def csv_file(folder: Path, columns: str = "lon,lat,operator") -> Path:
    path = folder / "stations.csv"
    lines = [f"{x},{y},{name}" for x, y, name in zip(*points(), strict=True)]
    path.write_text("\n".join([columns, *lines]) + "\n", encoding="utf-8")
    return path


def test_counts_equal_a_plain_count_in_pieces_of_any_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setsail.store.csv_chunks.chunks.__defaults__", (4000,))
    lon, lat, names = points()
    codes = places().place(lon, lat).tolist()
    expected = Counter(zip(codes, names, strict=True))
    hexes: dict[int, set[int]] = defaultdict(set)
    for code, cell in zip(codes, (h3_cells(lon, lat) >> 24).tolist(), strict=True):
        hexes[code].add(cell)
        hexes[code // 10_000 * 10_000 if code else 0].add(cell)
    table = stations.count_file(csv_file(tmp_path), places(), {330000: 66_700_000.0}).to_pylist()
    low = {(r["region"], r["operator"]): r["stations"] for r in table if r["level"] == "prefecture" and r["operator"]}
    assert {k: v for k, v in low.items() if v} == {k: v for k, v in expected.items() if k[0]}
    for row in table:
        if row["level"] == "outside":
            assert row["stations"] == codes.count(0)
        elif row["operator"] is None:
            assert row["hexes"] == len(hexes.get(row["region"], ()))
    zhejiang = next(r for r in table if (r["level"], r["region"], r["operator"]) == ("province", 330000, None))
    assert zhejiang["stations"] == sum(330_000 < code < 340_000 for code in codes)
    assert zhejiang["per_10k_persons"] == pytest.approx(zhejiang["stations"] / 6670)
    assert all(r["per_10k_persons"] is None for r in table if r["region"] != 330000)


def test_levels_each_hold_every_placed_station(tmp_path: Path) -> None:
    table = stations.count_file(csv_file(tmp_path), places(), {}, threads=1).to_pylist()
    sums = Counter[str]()
    for row in table:
        if row["operator"] is None:
            sums[row["level"]] += row["stations"]
    assert sums["prefecture"] == sums["province"] == ROWS - sums["outside"]


def test_columns_of_other_names_are_read(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "x,y,net")
    named = stations.count_file(path, places(), {}, columns=stations.Columns("x", "y", "net"))
    assert named.num_rows > 369


def test_no_rows_give_zero_everywhere(tmp_path: Path) -> None:
    path = tmp_path / "empty.csv"
    path.write_text("lon,lat,operator\n", encoding="utf-8")
    table = stations.count_file(path, places(), {}).to_pylist()
    assert {row["stations"] for row in table} == {0}


@pytest.mark.parametrize("line", [",30,a", "110,,a", "110,30,"])
def test_empty_cell_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(f"lon,lat,operator\n{line}\n", encoding="utf-8")
    with pytest.raises(BadInput, match="empty cell"):
        stations.count_file(path, places(), {})


@pytest.mark.parametrize("line", ["181,30,a", "110,91,a", "nan,30,a"])
def test_point_off_the_globe_is_refused(tmp_path: Path, line: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_text(f"lon,lat,operator\n{line}\n", encoding="utf-8")
    with pytest.raises((OutOfRange, BadInput)):
        stations.count_file(path, places(), {})


def test_door_counts_a_file_with_shipped_populations(tmp_path: Path) -> None:
    rows = api.data_count(csv_file(tmp_path), workspace=None, level="province")
    assert {row["level"] for row in rows} == {"province", "outside"}
    assert sum(row["stations"] for row in rows if row["operator"] is None) == ROWS
    assert all(row["per_10k_persons"] for row in rows if row["region"] == "330000" and row["operator"] is None)


def test_benchmark_runs_and_both_sides_agree() -> None:
    (row,) = run("smoke")
    assert row["size"] == 20_000
    assert row["ratio"] > 0
