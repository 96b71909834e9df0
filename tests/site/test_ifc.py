from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput, MissingExtra, OutOfRange
from setsail.site import ifc as isolated
from setsail.site.folder import ordered
from setsail.site.folder import read as read_folder
from setsail.site.folder import write as write_folder
from setsail.site.ifc import study as ifc
from setsail.site.ifc.materials import material_of, nearest_class
from setsail.site.model import Site
from setsail.site.pieces import faults, pieces

ifcopenshell = pytest.importorskip("ifcopenshell")
guid = pytest.importorskip("ifcopenshell.guid")


class Writer:
    """A small building model, written as a modelling program would."""

    def __init__(self, unit: str | None = "MILLI", schema: str = "IFC4") -> None:
        self.per_m = {"MILLI": 1000.0, "": 1.0, "FOOT": 1 / 0.3048, None: 1000.0}[unit]
        self.file = ifcopenshell.file(schema=schema)
        zero = self.make("IfcCartesianPoint", Coordinates=(0.0, 0.0, 0.0))
        self.origin = self.make("IfcAxis2Placement3D", Location=zero)
        self.context = self.make(
            "IfcGeometricRepresentationContext", ContextType="Model", CoordinateSpaceDimension=3, Precision=1e-5,
            WorldCoordinateSystem=self.origin,
        )  # fmt: skip
        units = None
        if unit == "FOOT":
            metre = self.make("IfcSIUnit", UnitType="LENGTHUNIT", Name="METRE")
            value = self.file.create_entity("IfcLengthMeasure", 0.3048)
            factor = self.make("IfcMeasureWithUnit", ValueComponent=value, UnitComponent=metre)
            exponents = self.make("IfcDimensionalExponents", 1, 0, 0, 0, 0, 0, 0)
            units = self.make("IfcConversionBasedUnit", exponents, "LENGTHUNIT", "FOOT", factor)
        elif unit is not None:
            units = self.make("IfcSIUnit", UnitType="LENGTHUNIT", Prefix=unit or None, Name="METRE")
        assigned = self.make("IfcUnitAssignment", Units=[units]) if units is not None else None
        self.rooted("IfcProject", Name="P", RepresentationContexts=[self.context], UnitsInContext=assigned)

    def make(self, kind: str, *args: Any, **more: Any) -> Any:
        return self.file.create_entity(kind, *args, **more)

    def rooted(self, kind: str, **more: Any) -> Any:
        return self.make(kind, GlobalId=guid.new(), **more)

    def storey(self, name: str, elevation_m: float) -> Any:
        return self.rooted("IfcBuildingStorey", Name=name, Elevation=elevation_m * self.per_m)

    def body(self, corners: list[tuple[float, float]], low_m: float = 0.0, high_m: float = 3.0) -> Any:
        points = [self.make("IfcCartesianPoint", (x * self.per_m, y * self.per_m)) for x, y in (*corners, corners[0])]
        curve = self.make("IfcPolyline", Points=points)
        area = self.make("IfcArbitraryClosedProfileDef", ProfileType="AREA", OuterCurve=curve)
        foot = self.make("IfcCartesianPoint", (0.0, 0.0, low_m * self.per_m))
        solid = self.make(
            "IfcExtrudedAreaSolid", area, self.make("IfcAxis2Placement3D", Location=foot),
            self.make("IfcDirection", (0.0, 0.0, 1.0)), (high_m - low_m) * self.per_m,
        )  # fmt: skip
        shape = self.make("IfcShapeRepresentation", self.context, "Body", "SweptSolid", [solid])
        return self.make("IfcProductDefinitionShape", Representations=[shape])

    def element(self, kind: str, box: tuple[float, float, float, float], storey: Any, **more: Any) -> Any:
        x0, y0, x1, y1 = box
        placement = self.make("IfcLocalPlacement", RelativePlacement=self.origin)
        shape = self.body([(x0, y0), (x1, y0), (x1, y1), (x0, y1)])
        found = self.rooted(kind, ObjectPlacement=placement, Representation=shape, **more)
        if storey is not None and kind == "IfcSpace":
            self.rooted("IfcRelAggregates", RelatingObject=storey, RelatedObjects=[found])
        elif storey is not None:
            self.rooted("IfcRelContainedInSpatialStructure", RelatedElements=[found], RelatingStructure=storey)
        return found

    def layers(self, wall: Any, *layers: tuple[str, float]) -> None:
        made = [
            self.make("IfcMaterialLayer", Material=self.make("IfcMaterial", Name=n), LayerThickness=t * self.per_m)
            for n, t in layers
        ]
        found = self.make("IfcMaterialLayerSet", MaterialLayers=made)
        self.rooted("IfcRelAssociatesMaterial", RelatedObjects=[wall], RelatingMaterial=found)

    def door(
        self, wall: Any, box: tuple[float, float, float, float], storey: Any, kind: str = "IfcDoor", **more: Any
    ) -> None:
        hole = self.element("IfcOpeningElement", box, None)
        self.rooted("IfcRelVoidsElement", RelatingBuildingElement=wall, RelatedOpeningElement=hole)
        filling = self.element(kind, box, storey, **more)
        self.rooted("IfcRelFillsElement", RelatingOpeningElement=hole, RelatedBuildingElement=filling)

    def saved(self, path: Path) -> Path:
        self.file.write(str(path))
        return path


def two_rooms(path: Path, unit: str | None = "MILLI", schema: str = "IFC4") -> Path:
    """Two rooms of 4 m x 3 m: brick outside, a partition with a door between them, a window, a column."""
    w = Writer(unit, schema)
    low = w.storey("L1", 0.0)
    w.storey("L2", 3.5)
    for box in ((-0.2, -0.2, 8.3, 0.0), (-0.2, 3.0, 8.3, 3.2), (-0.2, 0.0, 0.0, 3.0), (8.1, 0.0, 8.3, 3.0)):
        outer = w.element("IfcWall", box, low)
        w.layers(outer, ("Brick, common", 0.12), ("Mineral wool", 0.06), ("Cast concrete", 0.15))
    inner = w.element("IfcWallStandardCase", (4.0, 0.0, 4.1, 3.0), low)
    w.layers(inner, ("Gypsum board", 0.0125), ("Air", 0.075), ("Gypsum board", 0.0125))
    w.door(inner, (4.0, 1.0, 4.1, 1.9), low, Name="Steel door 90")
    w.door(outer, (8.1, 1.0, 8.3, 2.5), low, kind="IfcWindow", Name="Window low-e")
    w.element("IfcSpace", (0.0, 0.0, 4.0, 3.0), low, Name="101", LongName="WARD")
    w.element("IfcSpace", (4.1, 0.0, 8.1, 3.0), low, Name="102", LongName="CORRIDOR")
    w.element("IfcColumn", (1.0, 1.0, 1.2, 1.2), low)
    return w.saved(path)


def told(site: Site) -> str:
    return "\n".join(f"{t.subject}: {t.what} ({t.reason})" for t in (*site.inferred, *site.refused))


@pytest.mark.parametrize(("unit", "schema"), [("MILLI", "IFC4"), ("", "IFC4"), ("FOOT", "IFC4"), ("MILLI", "IFC2X3")])
def test_a_model_gives_rooms_walls_doors_and_windows_in_metres(tmp_path: Path, unit: str, schema: str) -> None:
    site = ifc.read(two_rooms(tmp_path / "m.ifc", unit, schema), name="Model")
    low, high = site.floors
    assert (low.floor, low.level, low.elevation_m, low.height_m) == ("L1", 0, 0.0, 3.5)
    assert (high.level, high.elevation_m) == (1, 3.5)
    assert [(r.room, r.function, r.height_m) for r in low.rooms] == [("101", "ward", 3.0), ("102", "corridor", 3.0)]
    assert [r.area_m2 for r in low.rooms] == pytest.approx([12.0, 12.0], rel=1e-4)
    assert sorted(w.wall_class for w in low.walls) == ["exterior"] * 4 + ["light"]
    (inner,) = (w for w in low.walls if w.wall_class == "light")
    assert inner.start[0] == pytest.approx(4.05, abs=0.002)
    assert [(o.kind, o.opening_class) for o in low.openings] == [("door", "door-steel"), ("window", "window-irr")]
    assert low.openings[0].start == pytest.approx((4.05, 1.0), abs=0.002)
    assert low.openings[0].end == pytest.approx((4.05, 1.9), abs=0.002)
    assert faults(low) == ()
    assert {p.wall_class for p in pieces(low)} == {"exterior", "light", "door-steel", "window-irr"}


def test_what_was_mapped_and_what_was_left_out_is_told(tmp_path: Path) -> None:
    text = told(ifc.read(two_rooms(tmp_path / "m.ifc"), name="Model"))
    assert "1 walls of Gypsum board 12.5 mm + Air 75 mm + Gypsum board 12.5 mm are of class light" in text
    assert "IfcColumn: 1 elements (are not read)" in text


def test_a_read_model_can_be_written_and_read_as_a_folder(tmp_path: Path) -> None:
    site = ifc.read(two_rooms(tmp_path / "m.ifc"), name="Model")
    write_folder(site, tmp_path / "site")
    assert read_folder(tmp_path / "site") == ordered(site)


def test_spaces_alone_get_derived_walls(tmp_path: Path) -> None:
    w = Writer()
    storey = w.storey("L1", 0.0)
    w.element("IfcSpace", (0.0, 0.0, 4.0, 3.0), storey, Name="1", LongName="Office")
    w.element("IfcSpace", (4.1, 0.0, 8.1, 3.0), storey, Name="2", LongName="X-RAY")
    site = ifc.read(w.saved(tmp_path / "m.ifc"), name="Spaces")
    assert {x.origin for x in site.floors[0].walls} == {"derived"}
    assert "lead-lined" in {x.wall_class for x in site.floors[0].walls}


def test_an_l_shaped_space_keeps_its_outline(tmp_path: Path) -> None:
    w = Writer()
    storey = w.storey("L1", 0.0)
    space = w.element("IfcSpace", (0.0, 0.0, 1.0, 1.0), storey, Name="1", LongName="Office")
    space.Representation = w.body([(0, 0), (6, 0), (6, 2), (2, 2), (2, 5), (0, 5)])
    (room,) = ifc.read(w.saved(tmp_path / "m.ifc"), name="L").floors[0].rooms
    assert len(room.outline) == 6
    assert room.area_m2 == pytest.approx(18.0)
    assert room.drawn


def test_codes_of_a_classification_give_the_function(tmp_path: Path) -> None:
    w = Writer()
    space = w.element("IfcSpace", (0.0, 0.0, 4.0, 3.0), w.storey("L1", 0.0), Name="1")
    reference = w.make("IfcClassificationReference", Identification="13-85 11 00: Corridor")
    w.rooted("IfcRelAssociatesClassification", RelatedObjects=[space], RelatingClassification=reference)
    (room,) = ifc.read(w.saved(tmp_path / "m.ifc"), name="Code").floors[0].rooms
    assert room.function == "corridor"


def test_a_model_without_a_unit_is_refused_until_it_is_told(tmp_path: Path) -> None:
    path = two_rooms(tmp_path / "m.ifc", None)
    with pytest.raises(BadInput, match="states no unit of length"):
        ifc.read(path, name="Model")
    site = ifc.read(path, name="Model", unit="mm")
    assert [r.area_m2 for r in site.floors[0].rooms] == [pytest.approx(12.0)] * 2
    assert site.floors[1].elevation_m == 3.5


def test_a_unit_that_the_model_contradicts_is_left_aside_and_told(tmp_path: Path) -> None:
    site = ifc.read(two_rooms(tmp_path / "m.ifc"), name="Model", unit="ft")
    assert site.floors[0].rooms[0].area_m2 == pytest.approx(12.0)
    assert "the unit ft is left aside" in told(site)


def test_a_file_that_needs_more_than_the_memory_is_refused_before_it_is_opened(tmp_path: Path) -> None:
    path = two_rooms(tmp_path / "m.ifc")
    size = path.stat().st_size
    ifc.read(path, name="Just in", memory_bytes=10.0 * size)
    with pytest.raises(OutOfRange, match="of memory"):
        ifc.read(path, name="Just out", memory_bytes=10.0 * size - 1)


def test_a_file_of_200_megabytes_is_refused_with_what_is_allowed(tmp_path: Path) -> None:
    path = tmp_path / "big.ifc"
    with path.open("wb") as file:
        file.write(b"ISO-10303-21;\n")
        file.truncate(200_000_000)
    with pytest.raises(OutOfRange, match=r"holds 200 MB and needs about 2\.0 GB.*up to 150 MB"):
        ifc.read(path, name="Big")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"hello", "no IFC file"),
        (b"PK\x03\x04zip", "zip archive"),
        (b"ISO-10303-21;\nnonsense", "cannot be read|no IfcProject"),
        (b"", "is empty"),
    ],
)
def test_what_is_no_model_is_refused(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "m.ifc"
    path.write_bytes(content)
    with pytest.raises(BadInput, match=what):
        ifc.read(path, name="Bad")


def test_a_model_without_storeys_or_rooms_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no IfcBuildingStorey"):
        ifc.read(Writer().saved(tmp_path / "a.ifc"), name="None")
    w = Writer()
    w.storey("L1", 0.0)
    with pytest.raises(BadInput, match="no spaces and no walls"):
        ifc.read(w.saved(tmp_path / "b.ifc"), name="Empty")


def test_a_wall_without_a_body_is_told(tmp_path: Path) -> None:
    w = Writer()
    storey = w.storey("L1", 0.0)
    w.element("IfcSpace", (0.0, 0.0, 4.0, 3.0), storey, Name="1", LongName="Office")
    bare = w.rooted("IfcWall", Name="bare")
    w.rooted("IfcRelContainedInSpatialStructure", RelatedElements=[bare], RelatingStructure=storey)
    assert "IfcWall: 1 without a body" in told(ifc.read(w.saved(tmp_path / "m.ifc"), name="Bare"))


def test_a_missing_extra_is_one_line_with_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = two_rooms(tmp_path / "m.ifc")
    monkeypatch.setitem(sys.modules, "ifcopenshell", None)
    with pytest.raises(MissingExtra, match=r"setsail\[ifc\]"):
        ifc.read(path, name="Model")


@pytest.mark.parametrize(
    ("words", "material"),
    [
        ("Concrete, Cast In Situ", "concrete"),
        ("Gypsum Wall Board", "plasterboard"),
        ("Lead sheet 2mm", "metal"),
        ("Rock wool insulation", "vacuum"),
        ("Glass wool", "vacuum"),
        ("钢筋混凝土", "concrete"),
        ("加气混凝土砌块", "brick"),
        ("Xyz", None),
    ],
)
def test_words_of_a_model_name_a_material_of_p2040(words: str, material: str | None) -> None:
    assert material_of(words) == material


@pytest.mark.parametrize(
    ("layers", "named"),
    [
        ([("plasterboard", 0.0125), ("vacuum", 0.1), ("plasterboard", 0.0125)], "light"),
        ([("plasterboard", 0.0125), ("metal", 0.001), ("plasterboard", 0.0125)], "metal"),
        ([("plasterboard", 0.0125), ("metal", 0.002), ("plasterboard", 0.0125)], "lead-lined"),
        ([("concrete", 0.25)], "concrete"),
        ([("brick", 0.11)], "brick"),
        ([("brick", 0.24), ("plasterboard", 0.02)], "block"),
        ([("glass", 0.012)], "glass"),
        ([("wood", 0.05)], "wood"),
        ([("brick", 0.1), ("vacuum", 0.1), ("concrete", 0.2)], "exterior"),
    ],
)
def test_layers_find_the_nearest_class(layers: list[tuple[str, float]], named: str) -> None:
    found = nearest_class(layers)
    assert found is not None
    assert found.wall_class == named


def test_layers_of_unknown_materials_have_no_class() -> None:
    assert nearest_class([]) is None
    assert nearest_class([("vacuum", 0.1)]) is None


def test_a_model_read_in_a_process_of_its_own_is_the_same(tmp_path: Path) -> None:
    path = two_rooms(tmp_path / "m.ifc")
    assert isolated.read(path, name="Model") == ifc.read(path, name="Model")


def test_errors_of_the_other_process_come_back_as_they_were(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="states no unit of length"):
        isolated.read(two_rooms(tmp_path / "m.ifc", None), name="Model")
    with pytest.raises(OutOfRange, match="of memory"):
        isolated.read(tmp_path / "m.ifc", name="Model", memory_bytes=10.0)


def test_references_to_nothing_are_one_line_not_a_crash(tmp_path: Path) -> None:
    path = two_rooms(tmp_path / "m.ifc")
    text = path.read_text(encoding="utf-8")
    start = text.index("IFCRELASSOCIATESMATERIAL(")
    end = text.index(";", start)
    broken = text[start:end].rsplit(",", 1)[0] + ",$)"
    path.write_text(text[:start] + broken + text[end:], encoding="utf-8")
    with pytest.raises(BadInput, match="cannot be understood"):
        isolated.read(path, name="Broken")


def test_a_file_that_ends_its_reader_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = two_rooms(tmp_path / "m.ifc")
    monkeypatch.setattr("setsail.site.ifc.apart.sys.executable", "/bin/false")
    with pytest.raises(BadInput, match="brings its reader down"):
        isolated.read(path, name="Fatal")
