"""Small synthetic COBie workbooks, for tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from openpyxl import Workbook

HEADERS: Mapping[str, Sequence[str]] = {
    "Facility": ("Name", "Category", "ProjectName", "LinearUnits", "AreaUnits"),
    "Floor": ("Name", "Category", "Elevation", "Height"),
    "Space": ("Name", "Category", "FloorName", "Description", "UsableHeight", "GrossArea", "NetArea"),
    "Component": ("Name", "TypeName", "Space", "ExtObject"),
    "Attribute": ("Name", "SheetName", "RowName", "Value"),
    "Coordinate": (
        "Name", "Category", "SheetName", "RowName", "CoordinateXAxis", "CoordinateYAxis", "CoordinateZAxis",
        "ClockwiseRotation",
    ),
    "Contact": ("Email",),
}  # fmt: skip


def corners(sheet: str, name: str, low: Sequence[float], high: Sequence[float]) -> list[list[Any]]:
    """The two lines of the box of something."""
    return [
        ["", "box-lowerleft", sheet, name, *low, 0],
        ["", "box-upperright", sheet, name, *high, 0],
    ]


def rows() -> dict[str, list[list[Any]]]:
    """Two storeys with an L-shaped hall about a ward, a lift through both, a roof and a loading dock."""
    space = "Space"
    return {
        "Facility": [["F", "11-13 24 11: Hospital", "Invented hospital", "meters", "squaremeters"]],
        "Floor": [["Ground", "Floor", 0, 0], ["Upper", "Floor", 4.0, 0], ["Cellar", "Floor", -4, 4]],
        space: [
            ["101", "13-51 31 11: Waiting", "Ground", "HALL / WAITING", "n/a", 60.0, 60.0],
            ["102", "13-41 31 11: Patient Care Room", "Ground", "WARD", 2700, 20.0, 20.0],
            ["103", "13-15 11 34 11: Office", "Ground", "DR. OFFICE", 2600, 25.0, 25.0],
            ["L1", "13-81 21 31: Elevator Shaft", "Ground", "LIFT", 0, 4.0, 4.0],
            ["D1", "13-91 11 11 33: Loading Dock", "Ground", "LOADING DOCK", 3000, 30.0, 30.0],
            ["201", "", "Upper", "Etwas Anderes", 2700, None, None],
            ["R1", "13-81 11 99: Other", "Upper", "ROOF", "n/a", 50.0, 50.0],
        ],
        "Component": [
            ["Door 102", "A", "102, 101", "IfcDoor"], ["Window 103", "W", "103", "IfcWindow"],
            ["Door far", "A", "102", "IfcDoor"], ["Door lost", "A", "102", "IfcDoor"], ["Lamp", "L", "102", "IfcLamp"],
        ],
        "Attribute": [["Shielded", "Component", "Door 102", "Lead Lined"], ["Color", "Space", "101", "white"]],
        "Coordinate": [
            *corners(space, "101", (0, 0, 0), (10, 10, 2.8)),
            *corners(space, "102", (5.1, 5.1, 0), (10, 10, 2.8)),
            *corners(space, "103", (10.1, 0, 0), (15, 5, 2.8)),
            *corners(space, "l1", (10.1, 5.1, 0), (12.1, 7.1, 8.0)),
            *corners(space, "D1", (16, 0, 0), (22, 5, 4.0)),
            *corners(space, "201", (0, 0, 4), (5, 10, 6.8)),
            *corners(space, "R1", (5.2, 0, 4), (15, 5, 8)),
            *corners("Component", "Door 102", (6.0, 4.6, 0), (6.9, 5.1, 2.1)),
            ["", "point", "Component", "Door 102", 6.45, 5.05, 0, 180],
            *corners("Component", "Window 103", (14.9, 2.0, 0.9), (15.3, 3.0, 2.0)),
            ["", "point", "Component", "Window 103", 15.1, 2.5, 0.9, 90],
            *corners("Component", "Door far", (60.0, 60.0, 0), (61.0, 60.9, 2.1)),
            ["", "point", "Component", "Door far", 60.5, 60.0, 0, 0],
        ],
        "Contact": [["nobody@example.org"]],
    }  # fmt: skip


def write(path: Path, content: Mapping[str, list[list[Any]]]) -> Path:
    """A workbook of those sheets."""
    book = Workbook()
    book.remove(book.worksheets[0])
    for title, lines in content.items():
        sheet = book.create_sheet(title)
        sheet.append(list(HEADERS.get(title, ("Name",))))
        for line in lines:
            sheet.append(line)
    book.save(path)
    return path
