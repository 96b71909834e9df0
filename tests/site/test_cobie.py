import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput, SetSailError
from setsail.site import cobie
from setsail.site.cobie import book as books
from setsail.site.cobie import sheets
from setsail.site.cobie.study import overlapping
from setsail.site.model import Room, Site, Told
from tests.site import workbooks

Rows = dict[str, list[list[Any]]]


def _site(tmp_path: Path, change: Callable[[Rows], object] = lambda rows: None, **options: Any) -> Site:
    rows = workbooks.rows()
    change(rows)
    return cobie.read(workbooks.write(tmp_path / "synthetic.xlsx", rows), **options)


def _room(site: Site, name: str) -> Room:
    return next(room for room in site.rooms() if room.room == name)


def _told(told: tuple[Told, ...], subject: str) -> list[str]:
    return [f"{t.what} ({t.reason})" for t in told if subject in t.subject]


def test_rooms_stand_on_their_floors_with_given_areas_and_functions(tmp_path: Path) -> None:
    site = _site(tmp_path)
    assert [(f.floor, f.level, f.elevation_m, f.height_m) for f in site.floors] == [
        ("ground", 0, 0.0, 4.0),
        ("upper", 1, 4.0, 4.0),
    ]
    assert {r.room: r.function for r in site.rooms()} == {
        "101": "waiting", "102": "ward", "103": "office", "D1": "loading-dock", "L1": "lift", "201": "", "R1": "roof",
    }  # fmt: skip
    assert (site.kind, site.name) == ("hospital", "Invented hospital")
    assert _room(site, "101").area_m2 == 60.0
    assert _room(site, "101").outline == ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
    assert not any(room.drawn for room in site.rooms())


def test_area_that_is_not_given_is_that_of_the_box_and_said_so(tmp_path: Path) -> None:
    site = _site(tmp_path)
    assert (_room(site, "201").area_m2, _room(site, "201").area_origin) == (50.0, "derived")
    assert "area 50 m2 (of its box; neither NetArea nor GrossArea is given)" in _told(site.inferred, "room 201")


@pytest.mark.parametrize("bad", ["sixty", -60])
def test_area_that_is_no_area_is_refused_by_its_line_and_the_gross_area_counts(tmp_path: Path, bad: object) -> None:
    def change(rows: Rows) -> None:
        rows["Space"][0][5:7] = [61.0, bad]

    site = _site(tmp_path, change)
    assert (_room(site, "101").area_m2, _room(site, "101").area_origin) == (61.0, "given")
    assert _told(site.refused, f"NetArea {str(bad)!r}") == ["Space line 2: not read (an area is a number from 0)"]


def test_heights_in_millimetres_are_told_and_zero_or_absent_ones_come_from_the_box(tmp_path: Path) -> None:
    site = _site(tmp_path)
    heights = {r.room: r.height_m for r in site.rooms()}
    assert heights == {"101": 2.8, "102": 2.7, "103": 2.6, "L1": 8.0, "D1": 3.0, "201": 2.7, "R1": 4.0}
    assert any("millimetres" in t.what for t in site.inferred)
    assert "clear height 2.8 m (of its box; UsableHeight is not given)" in _told(site.inferred, "room 101")
    assert "clear height 8 m (of its box; UsableHeight is 0)" in _told(site.inferred, "room L1")


def test_room_through_two_storeys_reaches_the_upper_one(tmp_path: Path) -> None:
    site = _site(tmp_path)
    assert _room(site, "L1").to_floor == "upper"
    assert [r.room for r in site.rooms() if r.to_floor] == ["L1"]
    assert _told(site.inferred, "room L1")[0] == "its box is that of 'l1' (the names differ in capital letters only)"


def test_dock_and_roof_are_outdoors(tmp_path: Path) -> None:
    assert {r.room for r in _site(tmp_path).rooms() if not r.indoor} == {"D1", "R1"}


def test_boxes_that_overlap_are_counted_and_kept(tmp_path: Path) -> None:
    site = _site(tmp_path)
    [(first, second, area)] = overlapping(site.floors[0].rooms)
    assert (first, second) == ("101", "102")
    assert area == pytest.approx(4.9**2)
    assert _told(site.inferred, "1 pairs of rooms")


def test_door_and_window_with_a_place_stand_in_derived_walls(tmp_path: Path) -> None:
    site = _site(tmp_path)
    given = {o.opening: o for o in site.floors[0].openings if o.origin == "given"}
    assert set(given) == {"Door 102", "Window 103"}
    door, window = given["Door 102"], given["Window 103"]
    assert (door.start, door.end) == ((6.0, 5.1), (6.9, 5.1))  # the edge of the smaller box, which stays whole
    assert (window.start, window.end) == ((15.0, 2.0), (15.0, 3.0))
    walls = {w.wall for w in site.floors[0].walls}
    assert {door.wall, window.wall} <= walls
    assert all(w.origin == "derived" for w in site.floors[0].walls)


def test_lead_lined_door_shields_the_room_behind_it_but_no_waiting_area(tmp_path: Path) -> None:
    site = _site(tmp_path)
    assert [r.room for r in site.rooms() if r.shielded] == ["102"]
    assert next(o for o in site.floors[0].openings if o.opening == "Door 102").opening_class == "door-lead"


def test_everything_left_out_is_listed(tmp_path: Path) -> None:
    site = _site(tmp_path)
    refused = [(t.subject, t.what) for t in site.refused]
    assert ("Door far", "not placed") in refused
    assert ("1 doors and windows", "no place in the workbook") in refused
    assert ("1 components IfcLamp", "not read") in refused
    assert ("floor Cellar", "left out") in refused
    assert ("sheet Contact", "not read") in refused
    assert ("1 lines of sheet Attribute", "not read") in refused
    assert ("room 201", "no function") in refused


def test_spaces_that_cannot_be_placed_are_listed_with_their_line(tmp_path: Path) -> None:
    def spoil(rows: Rows) -> None:
        rows["Space"] += [
            ["102", "", "Ground", "TWICE", 2700, 1, 1], ["104", "", "Attic", "NOWHERE", 2700, 1, 1],
            ["105", "", "Ground", "NO BOX", 2700, 1, 1], ["106", "", "Ground", "FLAT", 2700, 1, 1],
            ["n/a", "", "Ground", "NAMELESS", 2700, 1, 1],
        ]  # fmt: skip
        rows["Coordinate"] += workbooks.corners("Space", "106", (0, 0, 0), (0, 5, 2))
        rows["Coordinate"] += workbooks.corners("Space", "999", (0, 0, 0), (1, 5, 2))
        rows["Coordinate"] += workbooks.corners("Space", "104", (0, 0, 0), (1, 5, 2))
        rows["Coordinate"] += [["", "box-lowerleft", "Space", "105", "x", 0, 0, 0]]

    site = _site(tmp_path, spoil)
    left = {t.subject: t.reason for t in site.refused if t.what == "left out"}
    assert left["Space line 9 (space 102)"] == "its name is that of another space"
    assert left["Space line 10 (space 104)"] == "its floor 'Attic' is not in the sheet Floor"
    assert left["Space line 11 (space 105)"] == "it has no box in the sheet Coordinate"
    assert left["Space line 12 (space 106)"] == "its box has no area"
    assert left["Space line 13 (space )"] == "it has no name"
    assert left["box 999"] == "no space has this name"
    assert sum(1 for _ in site.rooms()) == 7


def test_workbook_in_feet_is_read_in_metres(tmp_path: Path) -> None:
    def feet(rows: Rows) -> None:
        rows["Facility"][0][3:] = ["feet", "squarefeet"]
        for line in rows["Coordinate"]:
            line[4:7] = [value / 0.3048 for value in line[4:7]]
        for line in rows["Space"]:
            line[4] = line[4] / 304.8 if isinstance(line[4], int) and line[4] else line[4]
            line[6] = line[6] / 0.3048**2 if line[6] else line[6]
        for line in rows["Floor"]:
            line[2:] = [value / 0.3048 for value in line[2:]]

    site, metres = _site(tmp_path, feet), _site(tmp_path)
    assert [r.area_m2 for r in site.rooms()] == pytest.approx([r.area_m2 for r in metres.rooms()])
    assert [r.outline for r in site.rooms()] == [r.outline for r in metres.rooms()]
    assert [r.height_m for r in site.rooms()] == pytest.approx([r.height_m for r in metres.rooms()], abs=1e-4)
    assert site.floors[1].elevation_m == pytest.approx(4.0)


def test_unit_asked_for_counts_before_the_stated_one_and_is_told(tmp_path: Path) -> None:
    site = _site(tmp_path, unit="mm")
    assert _room(site, "103").outline[2] == (0.015, 0.005)
    assert _told(site.inferred, "lengths") == ["in mm (asked for; the workbook says meters)"]


def test_workbook_without_unit_asks_for_one(tmp_path: Path) -> None:
    def without(rows: Rows) -> None:
        rows["Facility"][0][3] = "n/a"

    with pytest.raises(BadInput, match=r"Facility LinearUnits: states no unit of length.*try: --unit m"):
        _site(tmp_path, without)
    assert _site(tmp_path, without, unit="m").name == "Invented hospital"


@pytest.mark.parametrize("sheet", ["Floor", "Space", "Coordinate"])
def test_workbook_without_a_needed_sheet_is_told_which_it_has(tmp_path: Path, sheet: str) -> None:
    with pytest.raises(BadInput, match=rf"has no sheet '{sheet}' \(its sheets: .*Contact"):
        _site(tmp_path, lambda rows: rows.pop(sheet))


def test_workbook_without_placeable_space_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="has no space that can be placed"):
        _site(tmp_path, lambda rows: rows.update(Coordinate=[]))


def test_formula_counts_by_its_stored_answer_and_is_told_by_cell(tmp_path: Path) -> None:
    path = workbooks.write(tmp_path / "a.xlsx", workbooks.rows())
    changed = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(changed, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet3.xml":
                assert b'<c r="G3" t="n"><v>20</v></c>' in content
                content = content.replace(b'<c r="G3" t="n"><v>20</v></c>', b'<c r="G3"><f>4*5+1</f><v>21</v></c>')
                content = content.replace(b'<c r="G4" t="n"><v>25</v></c>', b'<c r="G4"><f>5*5</f></c>')
            new.writestr(name, content)
    site = cobie.read(changed)
    assert _room(site, "102").area_m2 == 21.0
    assert _told(site.inferred, "Space!G3")[0].startswith("a formula's stored answer 21 (formulas are never computed")
    assert _told(site.inferred, "Space!G4")[0].startswith("a formula without an answer: empty")
    assert _room(site, "103").area_m2 == 25.0  # its gross area


def _with_part(path: Path, name: str, content: bytes) -> Path:
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return path


def test_workbook_with_macros_is_refused(tmp_path: Path) -> None:
    path = _with_part(workbooks.write(tmp_path / "a.xlsx", workbooks.rows()), "xl/vbaProject.bin", b"\0")
    with pytest.raises(BadInput, match=r"holds macros \(xl/vbaProject.bin\).*none is ever run"):
        cobie.read(path)


def test_zip_bomb_is_refused_without_inflating_it(tmp_path: Path) -> None:
    path = _with_part(workbooks.write(tmp_path / "a.xlsx", workbooks.rows()), "xl/media/a.xml", bytes(80 << 20))
    with pytest.raises(BadInput, match="as a zip bomb does"):
        cobie.read(path)


def test_large_file_is_refused_by_its_size(tmp_path: Path) -> None:
    path = tmp_path / "large.xlsx"
    with path.open("wb") as file:
        file.truncate(200 << 20)
    with pytest.raises(BadInput, match="holds 209,715,200 bytes; allowed: up to 100 MiB"):
        cobie.read(path)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "is empty"),
        (b"Name,Area\n", "is no workbook"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "is no workbook"),
        (b"PK\x03\x04" + bytes(40), "is no workbook"),
    ],
)
def test_file_that_is_no_workbook_is_refused(tmp_path: Path, content: bytes, told: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    with pytest.raises(BadInput, match=told):
        cobie.read(tmp_path / "a.xlsx")


def test_other_zip_is_no_workbook(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        archive.writestr("readme.txt", "hello")
    with pytest.raises(BadInput, match="is a zip archive, no workbook"):
        cobie.read(tmp_path / "a.xlsx")


def test_workbook_with_any_byte_cut_or_changed_is_read_or_refused_in_our_words(tmp_path: Path) -> None:
    whole = workbooks.write(tmp_path / "a.xlsx", workbooks.rows()).read_bytes()
    path = tmp_path / "b.xlsx"
    refused = 0
    for at in range(60, len(whole), len(whole) // 60):
        for content in (whole[:at], whole[:at] + struct.pack("B", whole[at] ^ 0xFF) + whole[at + 1 :]):
            path.write_bytes(content)
            try:
                cobie.read(path)
            except SetSailError:
                refused += 1
    assert refused > 60


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (b'<row r="2"', b'<row r="900000"', "claims line 900,000"),
        (b"<worksheet", b"<!DOCTYPE x [<!ENTITY a 'b'>]><worksheet", "declares a DTD"),
        (b"</sheetData>", b"", "is no whole XML"),
    ],
)
def test_sheet_that_claims_too_much_is_refused(tmp_path: Path, old: bytes, new: bytes, told: str) -> None:
    path, changed = workbooks.write(tmp_path / "a.xlsx", workbooks.rows()), tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(changed, "w") as after:
        for name in before.namelist():
            content = before.read(name)
            after.writestr(name, content.replace(old, new, 1) if name == "xl/worksheets/sheet3.xml" else content)
    with pytest.raises(BadInput, match=told):
        cobie.read(changed)


def test_column_named_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(workbooks.HEADERS, "Floor", ("Name", "Category", "Elevation", "Elevation"))
    with pytest.raises(SetSailError, match="names column 'Elevation' twice"):
        _site(tmp_path)


def test_prefixed_and_inline_cells_are_read(tmp_path: Path) -> None:
    sheet = (
        b'<x:worksheet xmlns:x="urn:x"><x:sheetData><x:row r="1"><x:c r="A1" t="inlineStr"><x:is><x:t>Na</x:t>'
        b'<x:t>me</x:t></x:is></x:c></x:row><x:row><x:c><x:v>7.5</x:v></x:c><x:c t="b"><x:v>1</x:v></x:c>'
        b'<x:c t="e"><x:v>#N/A</x:v></x:c><x:c t="str"><x:f>A1</x:f><x:v>s</x:v></x:c></x:row></x:sheetData>'
        b"</x:worksheet>"
    )
    links = b'<Relationships><Relationship Id="r1" Target="/xl/s.xml"/></Relationships>'
    parts = {
        "xl/workbook.xml": b'<workbook xmlns:r="urn:r"><sheets><sheet name="S" r:id="r1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": links,
        "xl/s.xml": sheet,
    }
    with zipfile.ZipFile(tmp_path / "a.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with zipfile.ZipFile(tmp_path / "a.xlsx") as archive:
        got = sheets.Sheets(archive, tmp_path / "a.xlsx").sheet("S")
    assert got.lines == {1: {0: "Name"}, 2: {0: 7.5, 1: True, 3: "s"}}
    assert got.formulas == [(2, 3)]


def test_cells_have_the_names_of_spreadsheets() -> None:
    assert [sheets.column(x) for x in ("A", "Z", "AA", "XFD")] == [0, 25, 26, 16383]
    assert [sheets.cell_name(4, at) for at in (0, 25, 26, 16383)] == ["A4", "Z4", "AA4", "XFD4"]


def test_absent_values_are_empty_and_numbers_keep_their_form() -> None:
    line = books.Line("Space", 2, {"a": "n/a", "b": " N/A ", "c": 101, "d": "2.5", "e": True, "f": 1e15, "g": "x"})
    assert [line.text(k) for k in "abcdz"] == ["", "", "101", "2.5", ""]
    assert [line.number_of(k) for k in "acdefgz"] == [None, 101.0, 2.5, None, None, None, None]
