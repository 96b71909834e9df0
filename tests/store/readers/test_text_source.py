"""Blocks of CSV: whatever the size of pieces and blocks, the rows are those of the csv module. Synthetic data."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setsail.store.readers import text_source, text_stream
from setsail.store.readers.maps import Form
from setsail.store.readers.text_source import TextSource
from tests.store.readers.helpers import written

CELL = st.text(st.sampled_from('ab ,"\n京é#;'), max_size=6)
ROWS = st.lists(st.tuples(st.text("xyz", min_size=1, max_size=3), CELL, CELL), min_size=1, max_size=40)


def as_csv(rows: list[tuple[str, ...]], end: str) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator=end)
    writer.writerow(("a", "b", "c"))
    writer.writerows(rows)
    return buffer.getvalue()


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ROWS, st.sampled_from(["\n", "\r\n"]), st.integers(20, 400), st.integers(5, 300))
def test_rows_and_lines_are_those_of_the_csv_module_for_any_block_size(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], end: str, block: int, piece: int
) -> None:
    text = as_csv(rows, end)
    path = written(tmp_path_factory.mktemp("case"), text)
    reader = csv.reader(io.StringIO(text, newline=""))
    expected, line = [], 1
    for cells in reader:
        expected.append((line, tuple(cells)))
        line = reader.line_num + 1
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(text_source, "BLOCK", block)
        patch.setattr(text_stream, "PIECE", piece)
        source = TextSource(path, Form(), zipped=False)
        found = []
        for made in source.blocks(("a", "b", "c"), frozenset()):
            assert not made.broken
            columns = [[cell or "" for cell in made.arrays[name].to_pylist()] for name in ("a", "b", "c")]
            lines = [made.places.line(i) for i in range(made.rows)]
            found += list(zip(lines, zip(*columns, strict=True), strict=True))
    assert source.header == ("a", "b", "c")
    assert found == expected[1:]


def test_badly_quoted_row_is_broken_and_those_around_it_are_kept(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\n1,"two\nlines"\n2,"x"y\n3,"z"\n4,"p\nq"\n')
    blocks = list(TextSource(path, Form(), zipped=False).blocks(("a",), frozenset()))
    assert [row for block in blocks for row in block.arrays["a"].to_pylist()] == ["1", "3", "4"]
    assert [(broken.line, broken.text) for block in blocks for broken in block.broken] == [(4, '2,"x"y')]


def test_quotes_that_mean_nothing_are_letters(tmp_path: Path) -> None:
    path = written(tmp_path, 'a;b\n5" pipe;1\n"6;2\n')
    source = TextSource(path, Form(delimiter=";", quote=""), zipped=False)
    assert [block.arrays["a"].to_pylist() for block in source.blocks(("a",), frozenset())] == [['5" pipe', '"6']]


def test_stray_quote_inside_a_cell_is_a_letter(tmp_path: Path) -> None:
    path = written(tmp_path, 'a,b\n5" pipe,1\nx,2\n')
    blocks = list(TextSource(path, Form(), zipped=False).blocks(("a",), frozenset()))
    assert [row for block in blocks for row in block.arrays["a"].to_pylist()] == ['5" pipe', "x"]


@pytest.mark.slow
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """Four times the rows, both past one row group, cost less than 150 MB more at the peak."""
    peaks = []
    for rows in (1_500_000, 6_000_000):
        path = tmp_path / f"{rows}.csv"
        with path.open("w", encoding="utf-8") as file:
            file.write("time,lon,lat,rsrp_dbm,dl_bps\n")
            for start in range(0, rows, 1000):
                file.writelines(f"2025-01-01 00:00:0{i % 10},-{100 + i % 7}.5,30.{i % 1000},-{90 + i % 20},{i}\n"
                                for i in range(start, start + 1000))  # fmt: skip
        code = (
            "import resource, sys; from setsail.cli.main import run; code = run(sys.argv[1:]); "
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024); sys.exit(code)"
        )
        call = [
            sys.executable,
            "-c",
            code,
            "data",
            "ingest",
            str(path),
            "--as",
            "measurements",
            "-w",
            str(tmp_path / "w"),
        ]
        done = subprocess.run(call, capture_output=True, check=True, env=dict(os.environ))
        peaks.append(int(done.stdout.split()[-1]))
    assert peaks[1] - peaks[0] < 150
