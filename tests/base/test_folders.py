from pathlib import Path

import pytest

from setsail.base import folders
from setsail.base.errors import BadInput, StoreConflict
from setsail.base.folders import read_whole, whole_folder


def _write(path: Path, text: str, *, replace: bool = False) -> None:
    with whole_folder(path, replace=replace, proof="a.txt", owned=frozenset({"a.txt", "old"})) as new:
        (new / "a.txt").write_text(text, encoding="utf-8")


def test_folder_is_there_whole_and_other_files_stay(tmp_path: Path) -> None:
    path = tmp_path / "x" / "[odd]*name"
    _write(path, "1")
    (path / "mine.txt").write_text("m", encoding="utf-8")
    (path / "old").mkdir()
    (path / "link").symlink_to("mine.txt")
    _write(path, "2", replace=True)
    assert sorted(p.name for p in path.iterdir()) == ["a.txt", "link", "mine.txt"]
    assert (path / "a.txt").read_text("utf-8") == "2"
    assert (path / "link").is_symlink()
    assert [p.name for p in path.parent.iterdir()] == ["[odd]*name"]


def test_block_that_raises_leaves_everything_as_it_was(tmp_path: Path) -> None:
    _write(tmp_path / "s", "1")
    with pytest.raises(UnicodeEncodeError):
        _write(tmp_path / "s", "2\ud800", replace=True)
    assert (tmp_path / "s" / "a.txt").read_text("utf-8") == "1"
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_what_a_killed_writer_left_is_swept_by_the_next(tmp_path: Path) -> None:
    (tmp_path / ".s.new-abc").mkdir()
    (tmp_path / ".sister.new-abc").mkdir()
    _write(tmp_path / "s", "1")
    assert sorted(p.name for p in tmp_path.iterdir()) == [".sister.new-abc", "s"]


def test_folder_is_replaced_where_the_system_has_no_exchange(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folders, "_exchange", lambda *_: False)
    _write(tmp_path / "s", "1")
    _write(tmp_path / "s", "2", replace=True)
    assert (tmp_path / "s" / "a.txt").read_text("utf-8") == "2"
    assert [p.name for p in tmp_path.iterdir()] == ["s"]


def test_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    _write(tmp_path / "real", "1")
    (tmp_path / "link").symlink_to("real")
    _write(tmp_path / "link", "2", replace=True)
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real" / "a.txt").read_text("utf-8") == "2"


def test_existing_folder_file_and_unwritable_place_are_told(tmp_path: Path) -> None:
    _write(tmp_path / "s", "1")
    with pytest.raises(StoreConflict, match="is there already"):
        _write(tmp_path / "s", "2")
    with pytest.raises(BadInput, match="is a file"):
        _write(tmp_path / "s" / "a.txt", "2")
    with pytest.raises(BadInput, match="cannot be written"):
        _write(tmp_path / "s" / "a.txt" / "below", "2")


def test_reader_reads_again_what_was_replaced_under_it(tmp_path: Path) -> None:
    _write(tmp_path / "s", "1")
    seen = []

    def read(path: Path) -> str:
        seen.append((path / "a.txt").read_text("utf-8"))
        if len(seen) == 1:
            _write(path, "2", replace=True)
            raise BadInput("half of each", where="s")
        return seen[-1]

    assert read_whole(tmp_path / "s", read) == "2"
    assert seen == ["1", "2"]
