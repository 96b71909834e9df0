"""A folder or spreadsheet with damaged bytes is read or refused by name; no other error comes out."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import SetSailError
from setsail.rollout import cases
from setsail.rollout.folder import checking
from setsail.rollout.folder.files import HistoryEvent
from setsail.rollout.folder.reading import history, read, read_loosely
from setsail.rollout.folder.table import from_table
from setsail.rollout.folder.terms import Ask
from setsail.rollout.folder.writing import write
from setsail.rollout.travel.study import times
from tests.rollout.folder.rollouts import at, small

FILES = ("rollout.toml", "sites.csv", "depots.csv", "crews.csv", "bridges.csv", "travel.csv", "history.csv")
PIECES = st.sampled_from((
    b"", b",", b"\n", b'"', b"\x00", b"\xff", b"-", b"=", b"nan", b"1e999", b"-1", b"9" * 400, b"|", b"#", b"[",
    b"true", b"2026-03-02T00:00:00Z", b"0001-01-01T00:00:00+23:59", "，".encode(), b"\xe2\x80\xa8", b"S1", b"D1",
))  # fmt: skip


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every file."""
    path = tmp_path_factory.mktemp("whole") / "w"
    names = ("D1", "S1", "S2")
    matrix = tuple((a, b, 1.0, 2.0) for a in names for b in names if a != b)
    made = small(matrix=matrix, bridges=cases.example("wuhan-2020-bridges").bridges[:2])
    write(made, path, history=(HistoryEvent(at(3), "line-late", "S1", until=at(9)),))
    return path


def damaged(content: bytes, spots: list[tuple[float, int, bytes]]) -> bytes:
    for where, cut, piece in spots:
        begin = int(where * len(content))
        content = content[:begin] + piece + content[begin + cut :]
    return content


SPOTS = st.lists(st.tuples(st.floats(0, 1), st.integers(0, 12), PIECES), min_size=1, max_size=4)


@given(file=st.sampled_from(FILES), spots=SPOTS)
@settings(max_examples=250, deadline=None)
def test_a_folder_with_damaged_bytes_is_read_or_refused_by_name(
    whole: Path, file: str, spots: list[tuple[float, int, bytes]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "w"
        shutil.copytree(whole, folder)
        (folder / file).write_bytes(damaged((folder / file).read_bytes(), spots))
        with suppress(SetSailError):
            history(folder)
        try:
            loose, places = read_loosely(folder)
        except SetSailError:
            return
        if any(p.grade == "defect" for p in checking.problems(loose, places)):
            with pytest.raises(SetSailError):
                read(folder)
            return
        again = read(folder)
        assert (times(again).seconds >= 0).all()
        write(again, Path(place) / "again")
        assert read(Path(place) / "again") == again


TABLE = "编号,名称,lat,lon,due,sets,skills\nA,One,30.5,114.3,07:30,1,光纤\nB,Two,30.6,114.4,2026-03-02 08:00,2,\n"


@given(encoding=st.sampled_from(("utf-8", "gb18030", "utf-16")), spots=SPOTS)
@settings(max_examples=150, deadline=None)
def test_a_spreadsheet_with_damaged_bytes_is_read_or_refused_by_name(
    encoding: str, spots: list[tuple[float, int, bytes]]
) -> None:
    with tempfile.TemporaryDirectory() as place:
        file = Path(place) / "mine.csv"
        file.write_bytes(damaged(TABLE.encode(encoding), spots))
        try:
            made, _ = from_table(file, Ask(), now=datetime(2026, 3, 1, 22, tzinfo=UTC))
        except SetSailError:
            return
        write(made, Path(place) / "w")
        assert read(Path(place) / "w") == made
