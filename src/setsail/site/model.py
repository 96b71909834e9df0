"""A site as values: floors in local metres, with rooms, walls and openings. x is east, y is north, z is up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

Point = tuple[float, float]
"""x, y [m] in the plane of the site."""
Origin = Literal["given", "derived", "inferred", "placed"]
"""Read from a file, computed from what was read, assumed and told, or drawn by a person with our tools."""


@dataclass(frozen=True, slots=True)
class Room:
    """One room of a floor.

    room : id, unique in the site;  function : a name of `functions.csv` such as "ward", "" where none was found;
    function_given : the words of the source;  outline : corners in order, the first not repeated;
    drawn : the outline was drawn as it is, False where it is only a bounding box;  area_m2 : as the source gives it,
    else of the outline (`area_origin`);  height_m : clear height, None where unknown;  indoor : False for roofs, yards,
    loading docks;  to_floor : the topmost floor that the room reaches where it spans several.
    """

    room: str
    name: str
    floor: str
    function: str
    outline: tuple[Point, ...]
    area_m2: float
    area_origin: Origin = "given"
    function_given: str = ""
    height_m: float | None = None
    indoor: bool = True
    drawn: bool = True
    critical: bool = False
    shielded: bool = False
    to_floor: str = ""


@dataclass(frozen=True, slots=True)
class Wall:
    """A straight wall from floor to ceiling. wall_class : a name of `wall_classes.csv`, which holds its layers."""

    wall: str
    floor: str
    start: Point
    end: Point
    wall_class: str
    origin: Origin = "given"


@dataclass(frozen=True, slots=True)
class Opening:
    """A door or window in a wall, by its two ends on the line of the wall. opening_class : of `wall_classes.csv`."""

    opening: str
    floor: str
    start: Point
    end: Point
    kind: Literal["door", "window", "gap"]
    opening_class: str
    wall: str = ""
    origin: Origin = "given"


@dataclass(frozen=True, slots=True)
class Floor:
    """One storey. level : 0 at the ground;  slab_class : of the slab under it."""

    floor: str
    name: str
    level: int
    elevation_m: float
    height_m: float
    rooms: tuple[Room, ...] = ()
    walls: tuple[Wall, ...] = ()
    openings: tuple[Opening, ...] = ()
    slab_class: str = "slab-concrete"

    def room(self, room: str) -> Room | None:
        """The room of that id, if it is here."""
        return next((r for r in self.rooms if r.room == room), None)


@dataclass(frozen=True, slots=True)
class Need:
    """An application wanted in a place. room or function names the place ("" both: everywhere indoors).

    application : id such as "APP-131";  count : devices in each place;  activity_ratio : share of them active in the
    busy hour;  critical : a second server is wanted where it is used;  ul_bps, dl_bps : rate of one device where it is
    known better than the application's own.
    """

    need: str
    application: str
    count: int
    room: str = ""
    function: str = ""
    activity_ratio: float = 1.0
    critical: bool = False
    origin: Origin = "given"
    note: str = ""
    ul_bps: float | None = None
    dl_bps: float | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One thing that was inferred, or refused, while a file was read: subject, what, and why."""

    subject: str
    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class Site:
    """A site: its floors from low to high, its needs, and what its owner states of it.

    licensed_bands : NR bands that may be used here, empty where not stated;  lon, lat : of the plane's origin
    (EPSG:4326) or None;  bearing_deg : of the y axis from north;  declared : answers of the owner by key, for
    checks on documents;  inferred, refused : what an import told.
    """

    site: str
    name: str
    kind: str
    floors: tuple[Floor, ...]
    needs: tuple[Need, ...] = ()
    licensed_bands: tuple[str, ...] = ()
    lon: float | None = None
    lat: float | None = None
    bearing_deg: float = 0.0
    synthetic: bool = False
    source: str = ""
    declared: dict[str, str | float | bool] = field(default_factory=dict)
    inferred: tuple[Told, ...] = ()
    refused: tuple[Told, ...] = ()

    def rooms(self) -> Iterator[Room]:
        """Every room of every floor."""
        for floor in self.floors:
            yield from floor.rooms

    def floor(self, floor: str) -> Floor | None:
        """The floor of that id, if it is here."""
        return next((f for f in self.floors if f.floor == floor), None)
