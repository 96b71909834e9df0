"""A real two-storey clinic with 269 rooms: buildingSMART community sample file (COBie 2.4), CC BY 4.0.

The counts and areas are those of the workbook, counted by hand from its sheets.
"""

from collections import Counter

import pytest
import shapely

from setsail.site import cobie, records
from setsail.site.check import check
from setsail.site.cobie.study import overlapping
from setsail.site.functions import functions
from setsail.site.model import Room, Site
from setsail.site.needs import default_needs
from tests.oracles import oracle


@pytest.fixture(scope="module")
def clinic() -> Site:
    return cobie.read(oracle("clinic_cobie/clinic_design_cobie.xlsx"))


@pytest.fixture(scope="module")
def rooms(clinic: Site) -> dict[str, Room]:
    return {room.room: room for room in clinic.rooms()}


def test_clinic_has_its_spaces_and_areas(clinic: Site) -> None:
    found = records.imported_record(clinic)
    assert found["spaces"] == 269
    assert found["area_total_m2"] == 6872.649
    assert found["spaces_indoor"] == 260
    assert found["area_indoor_m2"] == 4409.494
    assert [row["room"] for row in found["outdoors"]] == ["1F01", "1F02"]


def test_clinic_has_seven_roofs_a_penthouse_and_its_grounds(clinic: Site, rooms: dict[str, Room]) -> None:
    roofs = [room for room in rooms.values() if room.function == "roof"]
    assert sorted(room.room for room in roofs) == ["2R01", "2R02", "3AC1", "3R01", "3R02", "3R03", "3R04"]
    assert sum(room.floor == "second-floor" for room in roofs) == 2
    assert (rooms["3D01"].function, rooms["Site"].function) == ("penthouse", "site")
    assert any(t.subject == "room Site" and "'SITE'" in t.what for t in clinic.inferred)
    assert not rooms["1F02"].indoor


def test_clinic_has_two_storeys_under_its_roof(clinic: Site) -> None:
    shown = {f.name: (f.level, f.elevation_m, f.height_m, len(f.rooms)) for f in clinic.floors}
    assert shown == {
        "First Floor": (0, 0.0, 4.57, 155),
        "Second Floor": (1, 4.57, 4.68, 107),
        "Roof - Main": (2, 9.25, 4.0, 6),
        "Site": (0, 0.0, 13.25, 1),
    }


def test_clinic_boxes_overlap_and_differ_from_areas_as_counted(clinic: Site, rooms: dict[str, Room]) -> None:
    of_floors = [r for r in records.counted(list(rooms.values()), "floor") if not r.to_floor]
    assert len(overlapping(of_floors)) == 138
    sized = [(r.area_m2, shapely.Polygon(r.outline).area) for r in rooms.values() if r.area_m2 > 0]
    assert sum(area > 1.02 * box for area, box in sized) == 196
    assert sum(area < 0.8 * box for area, box in sized) == 28
    assert not any(room.drawn for room in rooms.values())
    assert {t.subject.split(":")[0] for t in clinic.inferred} >= {"138 pairs of rooms", "196 rooms", "28 rooms"}


def test_clinic_heights_are_read_in_metres(clinic: Site, rooms: dict[str, Room]) -> None:
    from_box = Counter(t.reason.rpartition("UsableHeight is ")[2] for t in clinic.inferred if "clear height" in t.what)
    assert from_box == {"not given": 26, "0": 7}
    assert (rooms["1A01"].height_m, rooms["1E24"].height_m, rooms["1AC1"].height_m) == (2.7, 3.35, 4.57)
    assert rooms["E1"].to_floor == "second-floor"
    assert [room.room for room in rooms.values() if room.to_floor] == ["E1"]


def test_clinic_rooms_are_all_mapped_as_a_reader_would(rooms: dict[str, Room]) -> None:
    assert not [room.room for room in rooms.values() if room.function not in functions()]
    by_hand = {
        "1A01": "reception", "1A16": "pharmacy", "1A15": "consulting", "1AC2": "corridor", "1AS1": "stairs",
        "1B03": "treatment", "1B04": "laboratory", "1B06": "office", "1B15": "imaging-support",
        "1B19": "imaging-x-ray", "1B21": "server-room", "1B23": "electrical", "1C05": "examination",
        "1C09": "examination", "1C18": "examination", "1D05": "treatment", "1D06": "sterile-supply",
        "1D03": "clean-utility", "1E02": "plant", "1E12": "toilet", "1E16": "workshop", "1E30": "soiled-utility",
        "1F01": "yard", "1F02": "loading-dock", "2A05": "treatment", "2A12": "imaging-x-ray", "2B08": "office",
        "2B17": "clean-utility", "2C07": "changing", "2C17": "laboratory", "2D04A": "server-room", "2D12": "lobby",
        "2D20": "meeting", "E1": "lift",
    }  # fmt: skip
    assert {name: rooms[name].function for name in by_hand} == by_hand
    kinds = Counter(room.function for room in rooms.values())
    assert (kinds["corridor"], kinds["stairs"], kinds["lift"], kinds["toilet"], kinds["imaging-x-ray"]) == (
        40,
        6,
        1,
        20,
        3,
    )


def test_clinic_rooms_behind_lead_are_shielded(rooms: dict[str, Room]) -> None:
    """1B19, 2A12 and 2A12A are X-ray rooms; the doors of 1B19, 2A12, 2A13 and 2C04 are 'Lead Lined' in the workbook."""
    assert sorted(room.room for room in rooms.values() if room.shielded) == ["1B19", "2A12", "2A12A", "2C04"]


def test_clinic_doors_and_windows_stand_where_the_workbook_puts_them(clinic: Site) -> None:
    """294 doors and windows have a place: 236 doors and 58 windows."""
    given = Counter(o.kind for f in clinic.floors for o in f.openings if o.origin == "given")
    lost = [t for t in clinic.refused if t.what == "not placed"]
    assert given["window"] == 58
    assert given["door"] + len(lost) == 236
    assert given["door"] >= 225
    one = next(o for f in clinic.floors for o in f.openings if o.opening == "Door 1C19")
    assert (one.start[0], one.end[0]) == (-49.545, -48.478)
    assert one.start[1] == pytest.approx(53.202, abs=0.1)


def test_clinic_is_sound_and_tells_what_it_left_out(clinic: Site) -> None:
    assert [finding for finding in check(clinic) if finding.grade == "defect"] == []
    left = {t.subject for t in clinic.refused}
    assert {"floor TOF Footing", "sheet Contact", "sheet PickLists", "3155 components IfcFlowTerminal"} <= left


def test_clinic_needs_follow_its_functions(clinic: Site) -> None:
    needs = default_needs(clinic)
    assert {need.application for need in needs} >= {"APP-124", "APP-130", "APP-131"}
    assert all(need.origin == "inferred" and need.note.startswith("assumption") for need in needs)
