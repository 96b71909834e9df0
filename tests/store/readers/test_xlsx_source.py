"""Workbooks: values, formulas, merged cells, claims past the limits. All data are synthetic."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.store.readers import sheet_scan
from tests.store.readers.helpers import map_file, nothing_kept, read_in, rejects, stored

HEAD = ["site_id", "lon", "lat", "name", "opened_on", "height_m"]


def workbook(folder: Path, rows: Sequence[Sequence[object]], name: str = "案 例.xlsx") -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    path = folder / name
    book.save(path)
    return path


def patched(path: Path, change: Callable[[str], str], part: str = "xl/worksheets/sheet1.xml") -> Path:
    """The workbook with one part rewritten."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    before = parts[part].decode()
    parts[part] = change(before).encode()
    assert parts[part].decode() != before
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_numbers_dates_and_text_of_a_sheet_are_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path, [HEAD, ["a", 116.4, 39.9, "北京", date(2024, 5, 1), 0.1 + 0.2], [7, 1, 2, None, None, None]]
    )
    table = stored(tmp_path, read_in(tmp_path, path))
    assert table.column("site_id").to_pylist() == ["a", "7"]
    assert table.column("height_m").to_pylist() == [0.3, None]
    assert str(table.column("opened_on")[0]) == "2024-05-01"


def test_refused_row_is_named_by_its_sheet_row(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEAD, ["a", 1, 1], [], ["b", "x", 1]])
    read_in(tmp_path, path)
    assert [(r["line"], r["value"]) for r in rejects(tmp_path)] == [("4", "x")]


def test_header_in_a_later_row_and_a_named_sheet_are_found(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["not this"])
    sheet = book.create_sheet("站点")
    for row in (["Report of an invented agency"], [], HEAD, ["a", 1, 1]):
        sheet.append(row)
    path = tmp_path / "case.xlsx"
    book.save(path)
    declared = map_file(tmp_path, 'kind = "sites"\nsame_names = true\n[file]\nsheet = "站点"\nheader = 3\n')
    assert read_in(tmp_path, path, column_map=declared).manifest.rows == 1
    other = map_file(tmp_path, 'kind = "sites"\nsame_names = true\n[file]\nsheet = "Nowhere"\n')
    with pytest.raises(UnknownName, match="no sheet 'Nowhere'"):
        read_in(tmp_path, path, column_map=other)


def test_second_sheet_with_rows_is_told_in_a_note(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("second")):
        sheet.append(HEAD)
        sheet.append(["a", 1, 1])
    book.save(tmp_path / "case.xlsx")
    done = read_in(tmp_path, tmp_path / "case.xlsx")
    assert [note.code for note in done.notes] == ["other-sheets"]


def test_formulas_are_read_by_their_stored_answers_and_told(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEAD, ["a", "=100+16", 1], ["b", "=1+1", 1]])
    # With lxml beside it, openpyxl writes the same empty cell in other letters.
    patched(path, lambda xml: re.sub(r"<f>100\+16</f><v ?(/>|></v>)", "<f>100+16</f><v>116</v>", xml))
    done = read_in(tmp_path, path)
    assert stored(tmp_path, done).column("lon").to_pylist() == [116.0]
    assert rejects(tmp_path)[0]["reason"] == "is empty"
    assert next(note for note in done.notes if note.code == "formula-cells").text == (
        "2 cells are formulas; their last stored answers are read; 1 have none and count as missing"
    )


def test_merged_cells_are_told_and_their_empty_parts_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in (HEAD, ["a", 1, 1], ["b", 1, 1]):
        book.active.append(row)
    book.active.merge_cells("A2:A3")
    book.save(tmp_path / "case.xlsx")
    done = read_in(tmp_path, tmp_path / "case.xlsx")
    assert [note.code for note in done.notes] == ["merged-cells"]
    assert (rejects(tmp_path)[0]["line"], rejects(tmp_path)[0]["column"]) == ("3", "site_id")


def test_error_cells_are_refused_in_numbers_and_in_text(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEAD, ["a", "#DIV/0!", 1], ["b", 1, 1, "#N/A"], ["c", 1, 1]])
    read_in(tmp_path, path)
    assert [r["reason"] for r in rejects(tmp_path)] == ["is not a number", "is a spreadsheet error"]


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        ('r="A1048577"', "claims cell 'A1048577'"),
        ('r="ZZZZZZ2"', "claims cell 'ZZZZZZ2'"),
        ('r="XFE2"', "claims cell 'XFE2'"),
        ('r="A999999999999"', "claims cell"),
    ],
)
def test_cell_that_claims_a_place_past_the_format_is_an_error(tmp_path: Path, cell: str, what: str) -> None:
    path = patched(workbook(tmp_path, [HEAD, ["a", 1, 1]]), lambda xml: xml.replace('r="A2"', cell))
    with pytest.raises(BadInput, match=re.escape(what)):
        read_in(tmp_path, path)
    assert nothing_kept(tmp_path)


def test_row_that_claims_number_a_billion_is_an_error(tmp_path: Path) -> None:
    path = patched(
        workbook(tmp_path, [HEAD, ["a", 1, 1]]), lambda xml: xml.replace('<row r="2"', '<row r="1000000000"')
    )
    with pytest.raises(BadInput, match="claims row 1000000000"):
        read_in(tmp_path, path)


def test_dimension_that_claims_the_whole_sheet_is_not_believed(tmp_path: Path) -> None:
    path = patched(
        workbook(tmp_path, [HEAD, ["a", 1, 1]]),
        lambda xml: re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', xml),
    )
    assert read_in(tmp_path, path).rows_in == 1


def test_last_cell_of_the_format_is_within_the_limits(tmp_path: Path) -> None:
    path = patched(workbook(tmp_path, [HEAD, ["a", 1, 1]]), lambda xml: xml.replace('r="A2"', 'r="XFD1048576"'))
    with zipfile.ZipFile(path) as archive:
        part = next(name for name in archive.namelist() if name.endswith("sheet1.xml"))
    assert sheet_scan.scan_sheet(path, part).rows == 2


def test_entities_are_refused(tmp_path: Path) -> None:
    dtd = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'
    path = patched(workbook(tmp_path, [HEAD, ["a", 1, 1]]), lambda xml: dtd + xml.removeprefix("<?xml version='1.0'?>"))
    with pytest.raises(BadInput, match="declares a DTD"):
        read_in(tmp_path, path)


def test_cut_workbook_broken_xml_and_an_empty_sheet_are_errors(tmp_path: Path) -> None:
    path = workbook(tmp_path, [HEAD, ["a", 1, 1]])
    whole = path.read_bytes()
    path.write_bytes(whole[:-40])
    with pytest.raises(BadInput, match="damaged or cut off"):
        read_in(tmp_path, path)
    path.write_bytes(whole)
    patched(path, lambda xml: xml[:-30])
    with pytest.raises(BadInput, match="no whole XML"):
        read_in(tmp_path, path)
    with pytest.raises(BadInput, match="no rows, or nothing"):
        read_in(tmp_path, workbook(tmp_path, [HEAD], "only header.xlsx"))
    with pytest.raises(DuplicateKey, match="'lon' twice"):
        read_in(tmp_path, workbook(tmp_path, [["lon", "lon"], [1, 2]], "twice.xlsx"))


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"])
def test_packed_bytes_that_are_overwritten_are_named_as_damage(tmp_path: Path, part: str) -> None:
    path = workbook(tmp_path, [HEAD, *([f"site-{k}", 1, 1] for k in range(200))])
    with zipfile.ZipFile(path) as archive:
        place = archive.getinfo(part)
    content = bytearray(path.read_bytes())
    start = place.header_offset + 30 + len(part)
    content[start : start + 24] = b"\xff" * 24
    path.write_bytes(content)
    with pytest.raises(BadInput, match=r"damaged|no whole workbook"):
        read_in(tmp_path, path)
