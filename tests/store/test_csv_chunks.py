"""A CSV file in pieces: every row once, in order, whatever the size of the pieces."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput
from setsail.store.csv_chunks import chunks, map_chunks

TYPES = {"b": pa.int64()}


def file(folder: Path, text: str) -> Path:
    path = folder / "rows.csv"
    path.write_bytes(text.encode())
    return path


@settings(max_examples=30, deadline=None)
@given(values=st.lists(st.integers(0, 10**9), min_size=1, max_size=50), size=st.integers(1, 60), last=st.booleans())
def test_pieces_hold_every_line_once_and_whole(
    tmp_path_factory: pytest.TempPathFactory, values: list[int], size: int, *, last: bool
) -> None:
    lines = [f"x,{v}\n" for v in values]
    path = file(tmp_path_factory.mktemp("csv"), "a,b\n" + "".join(lines)[: None if last else -1])
    pieces = [bytes(piece) for piece in chunks(path, size)]
    assert b"".join(pieces).decode().splitlines(keepends=False) == [line.strip() for line in lines]
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])


@pytest.mark.parametrize("threads", [1, 2, 5])
def test_results_come_in_the_order_of_the_file(tmp_path: Path, threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setsail.store.csv_chunks.chunks.__defaults__", (64,))
    path = file(tmp_path, 'a,"b"\n' + "".join(f"x,{k}\n" for k in range(1000)))
    parts = list(map_chunks(path, TYPES, lambda table: table.column("b").to_pylist(), threads=threads))
    assert len(parts) > 50
    assert [v for part in parts for v in part] == list(range(1000))


def test_header_alone_gives_nothing(tmp_path: Path) -> None:
    assert list(map_chunks(file(tmp_path, "a,b\n"), TYPES, len)) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,c\n1,2\n", "lacks column 'b'"),
        ("", "is empty"),
        ("a,b\n1,x\n", "invalid value 'x'"),
        ("a,b\n1,2,3\n", "Expected 2 columns, got 3"),
    ],
)
def test_file_that_is_not_as_said_is_refused(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        list(map_chunks(file(tmp_path, text), TYPES, len))


def test_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        list(map_chunks(tmp_path / "none.csv", TYPES, len))
