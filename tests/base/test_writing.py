"""Files are whole or not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsail.base.errors import BadInput
from setsail.base.writing import whole_file, write_private, write_whole


def write_half(path: Path) -> None:
    with whole_file(path) as temporary:
        temporary.write_text("half")
        raise ZeroDivisionError


def test_file_is_written_with_its_folders_and_readable_by_all(tmp_path: Path) -> None:
    path = tmp_path / "a" / "b.txt"
    write_whole(path, "one\r\ntwo\n")
    assert path.read_bytes() == b"one\r\ntwo\n"
    assert path.stat().st_mode & 0o777 == 0o644
    assert list(path.parent.iterdir()) == [path]


def test_text_that_cannot_be_encoded_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(UnicodeEncodeError):
        write_whole(tmp_path / "p.html", "\ud800")
    assert not list(tmp_path.iterdir())


def test_block_that_fails_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "p"
    write_whole(path, "old")
    with pytest.raises(ZeroDivisionError):
        write_half(path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_folder_and_place_without_a_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a folder"):
        write_whole(tmp_path, "x")
    (tmp_path / "file").write_text("x")
    with pytest.raises(BadInput, match="cannot be written"):
        write_whole(tmp_path / "file" / "below", "x")
    with pytest.raises(BadInput, match="cannot be written"):
        write_whole(tmp_path / ("n" * 300), "x")
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_private_file_is_its_owners_alone_whole_and_left_where_it_says_the_same(tmp_path: Path) -> None:
    file = tmp_path / "secret.json"
    file.write_text("old", encoding="utf-8")
    file.chmod(0o644)
    write_private(file, "new ü\n")
    assert (file.stat().st_mode & 0o777, file.read_text(encoding="utf-8")) == (0o600, "new ü\n")
    before = file.stat()
    write_private(file, "new ü\n")
    assert file.stat().st_ino == before.st_ino
    file.chmod(0o640)
    write_private(file, "new ü\n", durable=False)
    assert file.stat().st_mode & 0o777 == 0o600
    assert [p.name for p in tmp_path.iterdir()] == ["secret.json"]


def test_private_file_where_none_can_be_made_raises_and_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        write_private(tmp_path / "none" / "secret.json", "x")
    assert not list(tmp_path.iterdir())
