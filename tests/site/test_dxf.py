from __future__ import annotations

import math
from collections import Counter
from pathlib import Path
from typing import Any

import ezdxf
import pytest

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.site import dxf
from setsail.site.dxf import drawing as drawing_module
from setsail.site.folder import ordered
from setsail.site.folder import read as read_folder
from setsail.site.folder import write as write_folder
from setsail.site.generate import demonstration
from setsail.site.importing import imported
from setsail.site.model import Floor, Site
from setsail.site.pieces import faults

MM = 4


def new(units: int = MM) -> tuple[Any, Any]:
    document = ezdxf.new("R2010")  # type: ignore[attr-defined]
    document.header["$INSUNITS"] = units
    return document, document.modelspace()


def saved(document: Any, path: Path) -> Path:
    document.saveas(path)
    return path


def small(path: Path, units: int = MM, scale: float = 1000.0, layer: str = "A-WALL") -> Path:
    """Two rooms of 4 m x 3 m with one wall between them, drawn in single lines."""
    document, space = new(units)
    for a, b in (((0, 0), (8, 0)), ((8, 0), (8, 3)), ((8, 3), (0, 3)), ((0, 3), (0, 0)), ((4, 0), (4, 3))):
        space.add_line([v * scale for v in a], [v * scale for v in b], dxfattribs={"layer": layer})
    for x, text in ((2, "WARD 1"), (6, "走廊")):
        space.add_text(text, dxfattribs={"insert": (x * scale, 1.5 * scale), "layer": "A-TEXT"})
    return saved(document, path)


def drawn(floor: Floor, path: Path) -> Path:
    """A floor as a draughtsman draws it: both faces of walls, cut at doors, blocks for doors, outlines with texts."""
    document, space = new()
    block = document.blocks.new("DOOR")
    block.add_line((0, 0), (0, 1))
    block.add_arc((0, 0), 1.0, 0, 90)
    for wall in floor.walls:
        layer = {"exterior": "A-WALL-EXTR", "concrete": "A-WALL-CONC", "lead-lined": "A-WALL-LEAD", "brick": "砖墙"}
        named = layer.get(wall.wall_class, "A-WALL-PRTN")
        (x0, y0), (x1, y1) = wall.start, wall.end
        length = math.dist(wall.start, wall.end)
        nx, ny = -(y1 - y0) / length * 0.05, (x1 - x0) / length * 0.05
        for side in (1, -1):
            ends = [((x + side * nx) * 1000, (y + side * ny) * 1000) for x, y in (wall.start, wall.end)]
            space.add_line(*ends, dxfattribs={"layer": named})
    for opening in floor.openings:
        (x0, y0), (x1, y1) = opening.start, opening.end
        width = math.dist(opening.start, opening.end)
        if opening.kind == "door":
            angle = math.degrees(math.atan2(y1 - y0, x1 - x0))
            size = {"xscale": width * 1000, "yscale": width * 1000, "rotation": angle, "layer": "A-DOOR"}
            space.add_blockref("DOOR", (x0 * 1000, y0 * 1000), dxfattribs=size)
        else:
            space.add_line((x0 * 1000, y0 * 1000), (x1 * 1000, y1 * 1000), dxfattribs={"layer": "A-GLAZ"})
    for room in floor.rooms:
        corners = [(x * 1000, y * 1000) for x, y in room.outline]
        space.add_lwpolyline(corners, close=True, dxfattribs={"layer": "A-AREA"})
        middle = [sum(p[i] for p in corners) / len(corners) for i in (0, 1)]
        space.add_mtext(
            f"{room.room}\\P{room.name.rsplit(' ', 1)[0]}", dxfattribs={"insert": middle, "layer": "A-TEXT"}
        )
    return saved(document, path)


def wall_m(site: Site) -> float:
    return sum(math.dist(w.start, w.end) for f in site.floors for w in f.walls)


def told(site: Site) -> str:
    return "\n".join(f"{t.subject}: {t.what} ({t.reason})" for t in (*site.inferred, *site.refused))


def test_a_drawn_hospital_floor_comes_back_with_its_rooms_walls_and_doors(tmp_path: Path) -> None:
    given = demonstration("hospital").floors[0]
    site = dxf.read(drawn(given, tmp_path / "F1.dxf"), name="Drawn")
    (floor,) = site.floors
    assert len(floor.rooms) == len(given.rooms)
    assert sum(r.area_m2 for r in floor.rooms) == pytest.approx(sum(r.area_m2 for r in given.rooms), rel=1e-6)
    assert wall_m(site) == pytest.approx(sum(math.dist(w.start, w.end) for w in given.walls), rel=0.02)
    assert Counter(o.kind for o in floor.openings) == Counter(o.kind for o in given.openings)
    assert {w.wall_class for w in floor.walls} == {w.wall_class for w in given.walls}
    assert faults(floor) == ()
    assert Counter(r.function for r in floor.rooms)["corridor"] == 3


def test_a_read_site_can_be_written_and_read_as_a_folder(tmp_path: Path) -> None:
    site = dxf.read(drawn(demonstration("hospital").floors[0], tmp_path / "F1.dxf"), name="Drawn")
    write_folder(site, tmp_path / "site")
    assert read_folder(tmp_path / "site") == ordered(site)


def test_rooms_are_those_that_walls_enclose_where_no_outline_is_drawn(tmp_path: Path) -> None:
    site = dxf.read(small(tmp_path / "a.dxf"), name="Small")
    assert [(r.function, r.area_m2, r.name) for r in site.rooms()] == [
        ("ward", 12.0, "WARD 1"),
        ("corridor", 12.0, "走廊"),
    ]
    assert "2 rooms that its walls enclose" in told(site)


def test_walls_are_derived_where_only_rooms_are_drawn(tmp_path: Path) -> None:
    document, space = new(6)
    for x in (0, 4.1):
        corners = [(x, 0), (x + 4, 0), (x + 4, 3), (x, 3)]
        space.add_lwpolyline(corners, close=True, dxfattribs={"layer": "房间"})
    site = dxf.read(saved(document, tmp_path / "a.dxf"), name="Rooms")
    assert {w.origin for w in site.floors[0].walls} == {"derived"}
    assert "no walls" in told(site)


@pytest.mark.parametrize(
    ("units", "scale"),
    [(4, 1000.0), (5, 100.0), (6, 1.0), (2, 1 / 0.3048), (1, 1 / 0.0254)],
    ids=["mm", "cm", "m", "ft", "in"],
)
def test_a_drawing_in_any_unit_is_read_in_metres(tmp_path: Path, units: int, scale: float) -> None:
    site = dxf.read(small(tmp_path / "a.dxf", units, scale), name="Small")
    assert wall_m(site) == pytest.approx(8 + 8 + 3 + 3 + 3, abs=0.01)


def test_a_drawing_without_a_unit_is_refused_until_it_is_told(tmp_path: Path) -> None:
    path = small(tmp_path / "a.dxf", 0)
    with pytest.raises(BadInput, match=r"states no unit of length.*--unit mm"):
        dxf.read(path, name="Small")
    assert wall_m(dxf.read(path, name="Small", unit="mm")) == pytest.approx(25.0)


def test_a_plan_in_feet_that_is_said_to_be_in_metres_is_read_as_told_and_the_conflict_is_named(tmp_path: Path) -> None:
    site = dxf.read(small(tmp_path / "a.dxf", 6, 1 / 0.3048), name="Small", unit="ft")
    assert wall_m(site) == pytest.approx(25.0, abs=0.01)
    assert "the drawing states m" in told(site)


def test_an_unknown_unit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="ft"):
        dxf.read(small(tmp_path / "a.dxf"), name="Small", unit="cubit")


@pytest.mark.parametrize(("wide_m", "good"), [(2.0, True), (1.9, False), (5000.0, True), (5001.0, False)])
def test_a_plan_of_no_possible_size_is_refused_with_the_unit_as_the_hint(
    tmp_path: Path, wide_m: float, good: bool
) -> None:
    document, space = new(6)
    space.add_line((0, 0), (wide_m, 0), dxfattribs={"layer": "A-WALL"})
    path = saved(document, tmp_path / "a.dxf")
    if good:
        assert wall_m(dxf.read(path, name="Wide")) == pytest.approx(wide_m)
    else:
        with pytest.raises(OutOfRange, match="--unit"):
            dxf.read(path, name="Wide")


def test_what_is_not_read_is_listed_with_kind_layer_and_count(tmp_path: Path) -> None:
    document, space = new(6)
    space.add_line((0, 0), (10, 0), dxfattribs={"layer": "A-WALL"})
    space.add_line((1, 1), (1, 1), dxfattribs={"layer": "A-WALL"})
    space.add_line((0, 0), (9, 9), dxfattribs={"layer": "XYZ"})
    space.add_lwpolyline([(0, 0), (1, 0), (1, 1)], dxfattribs={"layer": "A-AREA"})
    for _ in range(3):
        space.add_3dface([(0, 0), (1, 0), (1, 1)], dxfattribs={"layer": "SOLID"})
    space.add_blockref("NOWHERE", (0, 0), dxfattribs={"layer": "A-DOOR"})
    text = told(dxf.read(saved(document, tmp_path / "F1.dxf"), name="Odd"))
    assert "a wall of zero length" in text
    assert "floor F1 layer XYZ: 1 LINE (no pattern gives the layer a class)" in text
    assert "F1.dxf layer SOLID: 3 3DFACE (is not read)" in text
    assert "an outline of a room that is not closed" in text
    assert "INSERT of 'NOWHERE'" in text


def test_layers_that_are_off_are_left_out_and_told(tmp_path: Path) -> None:
    document, space = new(6)
    document.layers.add("OLD-WALL").off()
    space.add_line((0, 0), (10, 0), dxfattribs={"layer": "A-WALL"})
    space.add_line((0, 5), (10, 5), dxfattribs={"layer": "OLD-WALL"})
    site = dxf.read(saved(document, tmp_path / "F1.dxf"), name="Off")
    assert wall_m(site) == pytest.approx(10.0)
    assert "the layer is off or frozen" in told(site)


def test_own_patterns_count_before_the_shipped_ones(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("pattern,kind,class\nMUR-*,wall,concrete\nA-WALL,wall,brick\n", encoding="utf-8")
    path = small(tmp_path / "a.dxf", layer="MUR-12")
    with pytest.raises(BadInput, match="no layer that is known"):
        dxf.read(path, name="Small")
    assert {w.wall_class for w in dxf.read(path, name="S", layers=table).floors[0].walls} == {"concrete"}
    other = small(tmp_path / "b.dxf")
    assert {w.wall_class for w in dxf.read(other, name="S", layers=table).floors[0].walls} == {"brick"}


@pytest.mark.parametrize("row", ["X,wall,door-wood", "X,roof,", "X,wall,", "X,room,brick", "X,wall,cardboard"])
def test_own_patterns_that_cannot_be_are_refused_with_their_line(tmp_path: Path, row: str) -> None:
    table = tmp_path / "own.csv"
    table.write_text(f"pattern,kind,class\n{row}\n", encoding="utf-8")
    with pytest.raises(BadInput, match=r"own\.csv:2"):
        dxf.read(small(tmp_path / "a.dxf"), name="S", layers=table)


def test_storeys_are_read_from_files_of_a_folder_in_the_order_of_their_names(tmp_path: Path) -> None:
    for name in ("B1.dxf", "F1.dxf", "F2.dxf", "F10.dxf"):
        small(tmp_path / name)
    site = dxf.read(tmp_path, name="High")
    assert [(f.name, f.level) for f in site.floors] == [("B1", -1), ("F1", 0), ("F2", 1), ("F10", 9)]
    assert len({r.room for r in site.rooms()}) == 8


def test_storeys_are_read_from_prefixes_of_layers(tmp_path: Path) -> None:
    document, space = new(6)
    for storey in ("F1", "F2"):
        space.add_line((0, 0), (10, 0), dxfattribs={"layer": f"{storey}$A-WALL"})
    site = dxf.read(saved(document, tmp_path / "all.dxf"), name="Two")
    assert [(f.name, f.level, len(f.walls)) for f in site.floors] == [("F1", 0, 1), ("F2", 1, 1)]


def test_coordinates_of_a_map_are_moved_to_the_corner_of_the_plan_and_told(tmp_path: Path) -> None:
    document, space = new(6)
    space.add_line((500_000.5, 4_000_000.0), (500_020.5, 4_000_000.0), dxfattribs={"layer": "A-WALL"})
    site = dxf.read(saved(document, tmp_path / "a.dxf"), name="Far")
    assert (site.floors[0].walls[0].start, site.floors[0].walls[0].end) == ((0.5, 0.0), (20.5, 0.0))
    assert "coordinates are those of a map" in told(site)


def test_arcs_and_curved_walls_are_followed_by_straight_pieces(tmp_path: Path) -> None:
    document, space = new(6)
    space.add_arc((0, 0), 10, 0, 90, dxfattribs={"layer": "A-WALL"})
    assert wall_m(dxf.read(saved(document, tmp_path / "a.dxf"), name="Arc")) == pytest.approx(math.pi * 5, rel=0.005)


def test_a_wall_that_is_broken_at_its_door_is_led_on_to_the_far_jamb(tmp_path: Path) -> None:
    document, space = new(6)
    space.add_line((0, 0), (4, 0), dxfattribs={"layer": "A-WALL"})
    space.add_line((5, 0), (9, 0), dxfattribs={"layer": "A-WALL"})
    space.add_arc((4, 0), 1.0, 0, 90, dxfattribs={"layer": "A-DOOR"})
    space.add_line((4, 0), (4, 1), dxfattribs={"layer": "A-DOOR"})
    (floor,) = dxf.read(saved(document, tmp_path / "a.dxf"), name="Door").floors
    assert [(w.start, w.end) for w in floor.walls] == [((0.0, 0.0), (9.0, 0.0))]
    (door,) = floor.openings
    assert door.kind == "door"


def test_files_that_are_no_drawing_are_refused_in_one_line(tmp_path: Path) -> None:
    for name, content, what in (
        ("a.dxf", b"hello\n", "is no DXF"),
        ("b.dxf", b"AC1032\0\0\0\0", "DWG"),
        ("c.dxf", b"\xff\xfe\x00" * 99, "is no DXF"),
        ("d.dxf", b"  0\nSECTION\n  2\nENTITIES\n", "is no DXF|no unit|no lines"),
    ):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(BadInput, match=what):
            dxf.read(path, name="Bad")
    with pytest.raises(BadInput, match="does not exist"):
        dxf.read(tmp_path / "none.dxf", name="Bad")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match=r"no \.dxf file"):
        dxf.read(tmp_path / "empty", name="Bad")


def test_an_empty_model_space_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no lines in its model space"):
        dxf.read(saved(new(6)[0], tmp_path / "a.dxf"), name="Empty")


def test_blocks_that_multiply_without_end_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drawing_module, "MAX_ENTITIES", 2_000)
    document, space = new(6)
    previous = document.blocks.new("B0")
    previous.add_line((0, 0), (1, 0))
    for level in range(1, 7):
        block = document.blocks.new(f"B{level}")
        for n in range(10):
            block.add_blockref(f"B{level - 1}", (n, 0))
    space.add_blockref("B6", (0, 0), dxfattribs={"layer": "A-WALL"})
    with pytest.raises(OutOfRange, match="more than 2,000 parts"):
        dxf.read(saved(document, tmp_path / "a.dxf"), name="Bomb")


def test_a_grid_of_a_million_copies_of_a_block_is_refused(tmp_path: Path) -> None:
    document, space = new(6)
    document.blocks.new("B").add_line((0, 0), (1, 0))
    grid = {"row_count": 1000, "column_count": 1000, "row_spacing": 1, "column_spacing": 1, "layer": "A-WALL"}
    space.add_blockref("B", (0, 0), dxfattribs=grid)
    with pytest.raises(OutOfRange, match="repeats block 'B'"):
        dxf.read(saved(document, tmp_path / "a.dxf"), name="Grid")


def test_a_file_over_the_limit_of_size_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = small(tmp_path / "a.dxf")
    monkeypatch.setattr(drawing_module, "MAX_BYTES", path.stat().st_size)
    dxf.read(path, name="Just in")
    monkeypatch.setattr(drawing_module, "MAX_BYTES", path.stat().st_size - 1)
    with pytest.raises(BadInput, match="holds"):
        dxf.read(path, name="Just out")


def test_an_import_finds_the_reader_and_refuses_layers_for_other_files(tmp_path: Path) -> None:
    table = tmp_path / "own.csv"
    table.write_text("pattern,kind,class\nA-WALL,wall,brick\n", encoding="utf-8")
    small(tmp_path / "F1.dxf")
    assert {w.wall_class for w in imported(tmp_path, layers=table).floors[0].walls} == {"brick"}
    (tmp_path / "m.ifc").write_bytes(b"ISO-10303-21;")
    with pytest.raises(BadInput, match="with DXF drawings"):
        imported(tmp_path / "m.ifc", layers=table)


def test_the_first_line_of_a_text_that_is_a_number_is_the_id_of_its_room(tmp_path: Path) -> None:
    path = drawn(demonstration("hospital").floors[0], tmp_path / "F1.dxf")
    rooms = {r.room: r.name for r in dxf.read(path, name="Drawn").rooms()}
    assert rooms["0001"] == "Spine corridor"


def test_entities_of_unknown_kinds_are_told(tmp_path: Path) -> None:
    path = small(tmp_path / "F1.dxf")
    text = path.read_text(encoding="utf-8")
    at = text.rindex("\nLINE\n")
    path.write_text(text[:at] + "\nLIXE\n" + text[at + 6 :], encoding="utf-8")
    assert "1 LIXE (is not read)" in told(dxf.read(path, name="Odd"))
