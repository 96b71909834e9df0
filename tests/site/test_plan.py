import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest

from setsail.site.model import Floor, Opening, Room, Site, Wall
from setsail.site.plan import Language, draw
from setsail.site.records import through

SVG = "{http://www.w3.org/2000/svg}"


def _site() -> Site:
    square = ((0.0, 0.0), (8.0, 0.0), (8.0, 6.0), (0.0, 6.0))
    inner = ((4.0, 3.0), (8.0, 3.0), (8.0, 6.0), (4.0, 6.0))
    rooms = (
        Room("A<1>", 'Ward "B" & C', "g", "ward", square, 48.0, drawn=False),
        Room("X", "X-ray", "g", "imaging-x-ray", inner, 12.0, drawn=False, shielded=True),
        Room("L", "Lift", "g", "lift", ((9.0, 0.0), (11.0, 0.0), (11.0, 2.0), (9.0, 2.0)), 4.0, to_floor="h"),
        Room(
            "D", "Dock", "g", "loading-dock", ((0.0, -9.0), (8.0, -9.0), (8.0, -1.0), (0.0, -1.0)), 64.0, indoor=False
        ),
        Room("S", "Site", "g", "site", ((-99.0, -99.0), (99.0, -99.0), (99.0, 99.0), (-99.0, 99.0)), 0.0, indoor=False),
    )
    walls = (Wall("w", "g", (0.0, 0.0), (8.0, 0.0), "exterior"), Wall("v", "g", (4.0, 3.0), (8.0, 3.0), "lead-lined"))
    door = Opening("o", "g", (1.0, 0.0), (2.0, 0.0), "door", "door-wood", "w")
    ground = Floor("g", "Ground & first", 0, 0.0, 3.5, rooms, walls, (door,))
    upper = Floor("h", "Upper", 1, 3.5, 3.0, rooms=(replace(rooms[0], room="B1", floor="h"),))
    return Site("s", "Synthetic <hospital>", "hospital", (ground, upper), synthetic=True)


def _texts(svg: str) -> list[str]:
    return [e.text or "" for e in ET.fromstring(svg).iter(f"{SVG}text")]


def test_plan_is_whole_xml_with_every_room_but_the_grounds() -> None:
    root = ET.fromstring(draw(_site(), _site().floors))
    tips = [t.text or "" for t in root.iter(f"{SVG}title")]
    assert tips[0] == "Synthetic <hospital>"
    assert [tip.split(" · ")[0] for tip in tips[1:]] == [
        'D Dock', 'A<1> Ward "B" & C', "X X-ray", "L Lift", 'B1 Ward "B" & C', "L Lift",
    ]  # fmt: skip


def test_name_that_no_drawing_may_hold_does_not_break_the_plan() -> None:
    site = replace(_site(), name="bell\x07 and \x00 zero")
    assert "bell\ufffd and \ufffd zero" in _texts(draw(site, site.floors))


def test_legend_counts_rooms_and_area_of_each_function_and_the_bar_is_round() -> None:
    texts = _texts(draw(_site(), _site().floors[:1]))
    at = texts.index("Ward")
    assert texts[at + 1 : at + 3] == ["1", "48"]
    assert "lead-lined wall" in texts
    assert "lead-lined wall" not in _texts(draw(_site(), _site().floors[1:]))
    assert "1 m" in texts
    assert any("synthetic" in text for text in texts)


def test_smaller_box_is_cut_out_of_the_larger_one() -> None:
    root = ET.fromstring(draw(_site(), _site().floors[:1]))
    paths = {p[0].text or "": p.attrib["d"] for p in root.iter(f"{SVG}path") if len(p)}
    ward = next(d for tip, d in paths.items() if tip.startswith("A<1>"))
    assert ward.count("L") == 5  # six corners: an L


@pytest.mark.parametrize(("language", "word"), [("en", "X-ray room"), ("zh", "X 射线室")])
def test_plan_speaks_the_language_asked_for(language: Language, word: str) -> None:
    assert word in _texts(draw(_site(), _site().floors, language))


def test_site_without_outlines_is_drawn_as_such() -> None:
    empty = Site("s", "s", "hospital", (Floor("g", "G", 0, 0.0, 3.0),))
    assert _texts(draw(empty, empty.floors)) == ["no floor has a room"]


def test_room_from_below_goes_through_the_floors_it_reaches() -> None:
    site = _site()
    assert [room.room for room in through(site, site.floors[1])] == ["L"]
    assert through(site, site.floors[0]) == []
