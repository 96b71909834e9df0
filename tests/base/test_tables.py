"""Strict tables: each refusal names file, line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.base.observation import Observations, observation, read_observations
from setsail.base.tables import iter_rows, read_text

HEAD = "indicator,region,period,value,unit\n"


def _read(tmp_path: Path, text: str) -> Observations:
    path = tmp_path / "figures.csv"
    path.write_text(text, encoding="utf-8")
    return read_observations(path)


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    (row,) = _read(tmp_path, "\ufeff# own figures\n" + HEAD + "stations,X,2023-12,83.1,10k_count\n\n")
    assert (row.value, row.unit, row.qualifier, row.mark) == (83.1, "10k_count", "exact", "published")
    assert row.step == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("a,X,2023-12,NaN,count", r"figures.csv:2 column 'value': is 'NaN'"),
        ("a,X,2023-12,-1,count", r"column 'value': is -1; allowed: 0 or more"),
        ("a,X,2023-13,1,count", r"column 'period'"),
        ("a,X,2023-12,1,furlong", r"column 'unit': is 'furlong'"),
        ("a,X,2023-12,,count", r"column 'value': is empty"),
        ("a,X,2023-12,1", r"figures.csv:2: has 4 cells"),
        (",X,2023-12,1,count", r"column 'indicator': is empty"),
        ('a,X,2023-12,1,"count', r"figures.csv:2"),
    ],
)
def test_a_bad_row_is_refused_with_its_place(tmp_path: Path, row: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        _read(tmp_path, HEAD + row + "\n")


def test_a_negative_growth_is_allowed(tmp_path: Path) -> None:
    assert next(iter(_read(tmp_path, HEAD + "g,X,2023,-3,percent_per_year\n"))).value == -3


def test_an_unknown_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="unknown column 'valeu'"):
        _read(tmp_path, HEAD.strip() + ",valeu\n")


def test_a_missing_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="lacks column 'unit'"):
        _read(tmp_path, "indicator,region,period,value\na,b,2023,1\n")


def test_a_repeated_key_names_both_lines(tmp_path: Path) -> None:
    with pytest.raises(DuplicateKey, match=r"figures.csv:3: repeats the key of line 2"):
        _read(tmp_path, HEAD + "a,X,2023-12,1,count\na,X,2023-12,2,count\n")


def test_a_repeated_column_is_refused() -> None:
    with pytest.raises(DuplicateKey, match="twice"):
        list(iter_rows("a,b,a\n1,2,3\n", "t"))


def test_another_encoding_is_refused_with_the_way_out(tmp_path: Path) -> None:
    path = tmp_path / "gb.csv"
    path.write_bytes((HEAD + "基站,北京,2023-12,1,count\n").encode("gb18030"))
    with pytest.raises(BadInput, match="iconv -f GB18030"):
        read_observations(path)


def test_an_empty_file_a_folder_and_no_file_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is empty"):
        _read(tmp_path, "")
    with pytest.raises(BadInput, match="is a folder"):
        read_text(tmp_path)
    with pytest.raises(BadInput, match="does not exist"):
        read_text(tmp_path / "none.csv")


def test_a_unit_spelled_otherwise_is_the_same_unit() -> None:
    row = next(iter_rows(HEAD + "a,X,2023,5,persons(accounts)\n", "t"))
    assert observation(row).unit == "accounts"


def test_an_unknown_choice_is_refused() -> None:
    row = next(iter_rows(HEAD.strip() + ",qualifier\na,X,2023,5,count,perhaps\n", "t"))
    with pytest.raises(BadInput, match="exact, over, about"):
        observation(row)


def test_unknown_names_are_bad_input() -> None:
    assert issubclass(UnknownName, BadInput)


def test_a_device_is_refused_and_another_encoding_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="is a device"):
        read_text(Path("/dev/zero"))
    path = tmp_path / "a.csv"
    path.write_bytes("a\nb".encode("utf-16"))
    with pytest.raises(BadInput, match="iconv -f UTF-16"):
        read_text(path)
    path.write_bytes("a\n北".encode("gb18030"))
    with pytest.raises(BadInput, match=r"a.csv:2: .*iconv -f GB18030"):
        read_text(path)
