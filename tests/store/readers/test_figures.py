"""Observations read in bulk mean what `base.observation` reads row by row."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput
from setsail.base.observation import COLUMNS, observation, read_observations
from setsail.base.tables import Row
from tests.store.readers.helpers import read_in, rejects, stored, written

HEADER = "indicator,region,period,value,unit,step,qualifier,known_on,mark"
CELLS = {
    "indicator": ["users", ""],
    "region": ["110000", " 440000 "],
    "period": ["2023", "2023-Q4", "2023-12", "2023-12-31", "2023-13", "23", "2024-02-30"],
    "value": [
        "57.1",
        "8593",
        "-3",
        "-3.5",
        "+1.50",
        "1e3",
        "1.5e-2",
        "",
        ".5",
        "5.",
        "nan",
        "inf",
        "1,000",
        "0x1",
        "1e400",
    ],
    "unit": ["percent", "count", "10k_count", "ratio", "percent_per_year", "dbm", "users", "furlong", ""],
    "step": ["", "0.1", "0", "-1", "x"],
    "qualifier": ["", "exact", "over", "about", "maybe"],
    "known_on": ["", "2024-01-15", "2024-01", "yesterday"],
    "mark": ["", "measured", "synthetic", "guessed"],
}
ROWS = st.tuples(*(st.sampled_from(values) for values in CELLS.values()))


def by_row(cells: tuple[str, ...]) -> tuple[object, ...] | None:
    """What the row-by-row reader makes of a row; None where it refuses."""
    try:
        o = observation(Row("case", 2, dict(zip(CELLS, cells, strict=True))))
    except BadInput:
        return None
    return (
        o.indicator,
        o.region,
        str(o.period),
        o.value,
        o.unit,
        o.step,
        o.qualifier,
        o.known_on,
        o.mark,
        o.period.end,
    )


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROWS, min_size=1, max_size=40))
def test_bulk_and_row_by_row_accept_the_same_rows_with_the_same_meaning(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]]
) -> None:
    folder = tmp_path_factory.mktemp("case")
    # an operator of its own keeps every row's key its own
    text = (
        HEADER
        + ",operator\n"
        + "".join(",".join(f'"{c}"' if "," in c else c for c in row) + f",o{i}\n" for i, row in enumerate(rows))
    )
    done = read_in(folder, written(folder, text), "observations")
    table = stored(folder, done)
    names = ["indicator", "region", "period", "value", "unit", "step", "qualifier", "known_on", "mark", "period_end"]
    bulk = list(zip(*(table.column(name).to_pylist() for name in names), strict=True))
    assert bulk == [made for row in rows if (made := by_row(row)) is not None]


def test_share_above_a_hundred_percent_is_kept_with_a_note(tmp_path: Path) -> None:
    text = (
        HEADER
        + "\nusers,440300,2024,101.77,percent,,,,\nusers,440301,2024,100,percent,,,,\nusers,1,2024,1.06,ratio,,,,\n"
    )
    done = read_in(tmp_path, written(tmp_path, text), "observations")
    note = next(note for note in done.notes if note.code == "share-above-100")
    assert (done.rows_refused, note.count, note.first_line) == (0, 2, 2)


def test_period_and_day_known_in_the_future_are_refused(tmp_path: Path) -> None:
    text = HEADER + "\na,1,2026-01,1,count,,,,\na,1,2026-02,1,count,,,,\na,1,2025,1,count,,,2026-01-17,\n"
    read_in(tmp_path, written(tmp_path, text), "observations")
    assert [(r["line"], r["column"]) for r in rejects(tmp_path)] == [("3", "period"), ("4", "known_on")]


def test_repeated_key_is_refused_as_the_row_by_row_reader_refuses_the_file(tmp_path: Path) -> None:
    path = written(tmp_path, HEADER + "\na,1,2024,1,count,,,,\na,1,2024,2,count,,,,\n")
    read_in(tmp_path, path, "observations")
    assert rejects(tmp_path)[0]["reason"] == "repeats the key of line 2"
    with pytest.raises(BadInput, match="repeats the key of line 2"):
        read_observations(path)


def test_comments_are_passed_over_and_lines_stay_right(tmp_path: Path) -> None:
    path = written(
        tmp_path, "# synthetic figures\n" + HEADER + "\n# more\na,1,2024,1,count,,,,\na,2,2024,x,count,,,,\n"
    )
    done = read_in(tmp_path, path, "observations")
    assert (done.rows_in, rejects(tmp_path)[0]["line"]) == (2, "5")


def test_component_has_every_column_of_a_file_of_observations() -> None:
    from setsail.store.readers.components import component

    assert {c.name for c in component("observations").read} == set(COLUMNS)


def test_period_bounds_are_stored(tmp_path: Path) -> None:
    done = read_in(tmp_path, written(tmp_path, HEADER + "\na,1,2023-Q4,1,count,,,,\n"), "observations")
    table = stored(tmp_path, done)
    assert table.column("period_start")[0].as_py() == date(2023, 10, 1)
    assert table.column("period_end")[0].as_py() == date(2024, 1, 1)
