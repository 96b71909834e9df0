from __future__ import annotations

from pathlib import Path

import pytest

from setsail.base.errors import BadInput
from setsail.rollout.routes.reading import read
from tests.rollout.routes.instances import ROWS, solomon, vrplib


def written(folder: Path, text: str) -> Path:
    path = folder / "instance.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_solomon_text_is_read_with_tenths_truncated(tmp_path: Path) -> None:
    made = read(written(tmp_path, solomon(((0, 0, 0, 0, 0, 99, 0), (1, 1, 1, 5, 1, 50, 3)))), dimacs=True)
    assert (made.vehicles, made.capacity, made.customers) == (3, 20, 1)
    assert int(made.distance[0, 1]) == 14
    assert (int(made.due[1]), int(made.service[1])) == (500, 30)


def test_solomon_text_without_the_rule_is_read_to_thousandths_with_times_rounded_up(tmp_path: Path) -> None:
    made = read(written(tmp_path, solomon(((0, 0, 0, 0, 0, 99, 0), (1, 1, 1, 5, 1, 50, 3)))))
    assert int(made.distance[0, 1]) == 1414
    assert int(made.duration[0, 1]) == 1415


def test_vrplib_without_times_is_rounded_as_tsplib_says(tmp_path: Path) -> None:
    made = read(written(tmp_path, vrplib()))
    assert made.rounding == "nint"
    assert made.distance[0].tolist() == [0, 5, 10, 5]
    assert not made.timed


def test_vrplib_with_releases_and_reloading_is_read(tmp_path: Path) -> None:
    more = (
        "TIME_WINDOW_SECTION\n1 0 900\n2 0 900\n3 0 900\n4 0 900\nRELEASE_TIME_SECTION\n1 0\n2 7\n3 0\n4 0\n"
        "VEHICLES_RELOAD_DEPOT_SECTION\n1 1\n2 1\n"
    )
    made = read(written(tmp_path, vrplib(more, "MTVRPTWR")), dimacs=True)
    assert made.reload
    assert made.release.tolist() == [0, 70, 0, 0]


def changed(row: int, column: int, value: object) -> str:
    rows: list[list[object]] = [list(r) for r in ROWS]
    rows[row][column] = value
    return solomon(tuple(tuple(r) for r in rows))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "neither of the formats"),
        ("hello\nworld\n", "neither of the formats"),
        (changed(1, 1, "north"), "numbers"),
        (changed(1, 1, "nan"), "finite"),
        (changed(1, 3, 21), "customer 1 asks for more than a vehicle carries"),
        (changed(1, 3, -1), "at least 0"),
        (changed(1, 3, 0.5), "not whole"),
        (changed(2, 0, 7), "where 2 follows"),
        (changed(2, 4, 1001), "closes before it opens"),
        (changed(2, 5, 9), "cannot be reached before its window closes"),
        (changed(2, 6, 990), "before the depot closes"),
        (changed(3, 6, "-1"), "at least 0"),
        (solomon(ROWS[:1]), "customers"),
        (solomon(vehicles=0), "vehicles"),
        (solomon(capacity=2.5), "capacity"),
        (solomon(vehicles=1), "asks for 30 in all, the vehicles carry 20"),
        (solomon((*ROWS, (4, 1, 1))), "3 numbers"),
        (vrplib("BACKHAUL_SECTION\n1 0\n2 1\n3 0\n4 0\n"), "BACKHAUL"),
        (vrplib().replace("DEPOT_SECTION\n1\n", "DEPOT_SECTION\n2\n"), "node 1 alone"),
        (vrplib().replace("DIMENSION : 4", "DIMENSION : 5"), "DIMENSION"),
        (vrplib().replace("4 10\n", "4\n"), "VRPLIB|DEMAND|demand"),
        (vrplib().replace("EUC_2D", "GEO"), "VRPLIB"),
        (vrplib().replace("CAPACITY : 20", "CAPACITY : many"), "capacity"),
    ],
)
def test_bad_instances_are_refused_by_one_error_that_names_the_fault(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        read(written(tmp_path, text))


def test_a_damaged_row_is_named_by_its_line(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"instance\.txt:12"):
        read(written(tmp_path, changed(2, 2, "x")))


def test_a_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read(tmp_path / "nothing.txt")
    (tmp_path / "b").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(BadInput, match="not text"):
        read(tmp_path / "b")
