"""Where hubs stand and how cables run: from the equipment room up the riser, along walls to each head."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from setsail.design.bill.prices import Prices
from setsail.design.bill.results import Hub, Run
from setsail.design.network.model import Head
from setsail.site.model import Floor, Point, Room, Site

HUB_ROOMS = ("server-room", "shaft", "electrical", "plant")
"""Functions of rooms that hubs may stand in, best first where the way is the same."""
BASEBAND_ROOMS = ("server-room", "electrical", "plant", "shaft")
HUB_HEIGHT_M = 1.5
"""Over the floor (assumption)."""


@dataclass(frozen=True, slots=True)
class Place:
    """A point of a floor where equipment may stand. room : "" for the middle of the floor."""

    floor: str
    room: str
    at: Point
    elevation_m: float


@dataclass(frozen=True, slots=True)
class Cabling:
    """Hubs, runs of cable, the equipment room, and what had to be assumed."""

    hubs: tuple[Hub, ...]
    runs: tuple[Run, ...]
    basebands: Place | None
    notes: tuple[str, ...]


def cabling(site: Site, heads: Sequence[Head], prices: Prices) -> Cabling:
    """Hubs and cables of all heads.

    On every floor the places of hubs are chosen one by one while cables and hubs together become cheaper; a head hangs
    on the hub with the shortest way along both axes. Hubs hang by fibre on the equipment room.
    """
    home = baseband_place(site)
    notes: list[str] = []
    hubs: list[Hub] = []
    runs: list[Run] = []
    for floor in site.floors:
        mine = sorted((h for h in heads if h.floor == floor.floor), key=lambda h: h.head)
        if not mine:
            continue
        places = hub_places(floor)
        if not places[0].room:
            notes.append(f"floor {floor.floor}: no shaft or equipment room known, hubs in the middle (assumed)")
        for number, (place, hung) in enumerate(_chosen(places, mine, prices), start=1):
            name = f"hub-{floor.floor}-{number}"
            hubs.append(Hub(name, floor.floor, place.room, place.at, hubs_for(len(hung), prices), tuple(
                h.head for h in hung)))  # fmt: skip
            runs += [_to_head(name, place, head, prices) for head in hung]
            if home is not None:
                runs += _to_hub(name, home, place, hubs[-1].count, prices)
    if hubs and home is not None and not home.room:
        notes.append("no equipment room known: baseband in the middle of the lowest floor (assumed)")
    return Cabling(tuple(hubs), tuple(runs), home, tuple(notes))


def hubs_for(heads: int, prices: Prices) -> int:
    """Hubs that feed so many heads with the share of free ports that the settings ask for."""
    usable = max(math.floor(prices["hub_ports"] * (1.0 - prices["reserve_ratio"]) + 1e-9), 1)
    return math.ceil(heads / usable)


def hub_places(floor: Floor) -> list[Place]:
    """Places of a floor where hubs may stand, best rooms first; the middle of the floor where there is none."""
    found = [r for f in HUB_ROOMS for r in sorted(floor.rooms, key=lambda r: r.room) if r.function == f and r.indoor]
    if found:
        return [Place(floor.floor, r.room, _middle(r.outline), floor.elevation_m) for r in found]
    corners = [p for r in floor.rooms if r.indoor for p in r.outline] or [p for r in floor.rooms for p in r.outline]
    return [Place(floor.floor, "", _middle(corners), floor.elevation_m)]


def baseband_place(site: Site) -> Place | None:
    """The room of the baseband units: the lowest server room, else electrical, plant, shaft; None without floors."""
    rooms: list[tuple[Floor, Room]] = [(f, r) for f in site.floors for r in f.rooms if r.indoor]
    for function in BASEBAND_ROOMS:
        fitting = [(f, r) for f, r in rooms if r.function == function]
        if fitting:
            floor, room = min(fitting, key=lambda pair: (pair[0].level, pair[1].room))
            return Place(floor.floor, room.room, _middle(room.outline), floor.elevation_m)
    return hub_places(min(site.floors, key=lambda f: f.level))[0] if site.floors else None


def _chosen(places: Sequence[Place], heads: Sequence[Head], prices: Prices) -> list[tuple[Place, list[Head]]]:
    """Places with the heads that hang there: the cheapest single one, then more while that is cheaper."""
    chosen = [min(places, key=lambda p: (_cost([p], heads, prices), p.room))]
    while len(chosen) < len(places):
        rest = [p for p in places if p not in chosen]
        best = min(rest, key=lambda p: (_cost([*chosen, p], heads, prices), p.room))
        if _cost([*chosen, best], heads, prices) >= _cost(chosen, heads, prices):
            break
        chosen.append(best)
    return _hung(chosen, heads)


def _hung(places: Sequence[Place], heads: Sequence[Head]) -> list[tuple[Place, list[Head]]]:
    groups: list[list[Head]] = [[] for _ in places]
    for head in heads:
        ways = [_way_m(p, head) for p in places]
        groups[ways.index(min(ways))].append(head)
    return [(place, group) for place, group in zip(places, groups, strict=True) if group]


def _cost(places: Sequence[Place], heads: Sequence[Head], prices: Prices) -> float:
    total = 0.0
    for place, hung in _hung(places, heads):
        each = prices.items["hub"].price + prices.items["hub_mounting"].price
        total += hubs_for(len(hung), prices) * each
        for head in hung:
            length = laid_m(_way_m(place, head), prices)
            total += length * prices.items[_kind(length, prices)].price
    return total


def _way_m(place: Place, head: Head) -> float:
    """Way along both axes and up to the ceiling [m]."""
    return abs(place.at[0] - head.x_m) + abs(place.at[1] - head.y_m) + abs(head.z_m - HUB_HEIGHT_M)


def laid_m(way_m: float, prices: Prices) -> float:
    """Cable for a way, with ends and slack [m]."""
    return (way_m + prices["ends_m"]) * (1.0 + prices["slack_ratio"])


def _kind(length_m: float, prices: Prices) -> str:
    return "copper" if length_m <= prices["copper_m"] else "hybrid"


def _to_head(hub: str, place: Place, head: Head, prices: Prices) -> Run:
    length = laid_m(_way_m(place, head), prices)
    corner = (head.x_m, place.at[1])
    return Run(
        f"{hub}-{head.head}", "copper" if _kind(length, prices) == "copper" else "hybrid", hub, head.head, place.floor,
        head.floor, (place.at, corner, (head.x_m, head.y_m)), length,
    )  # fmt: skip


def _to_hub(hub: str, home: Place, place: Place, count: int, prices: Prices) -> list[Run]:
    way = abs(home.at[0] - place.at[0]) + abs(home.at[1] - place.at[1]) + abs(home.elevation_m - place.elevation_m)
    path = (home.at, (place.at[0], home.at[1]), place.at)
    return [
        Run(f"baseband-{hub}-{n}", "fibre", "baseband", hub, home.floor, place.floor, path, laid_m(way, prices))
        for n in range(1, count + 1)
    ]


def _middle(corners: Sequence[Point]) -> Point:
    """Middle of the box around some corners; the origin without any."""
    if not corners:
        return (0.0, 0.0)
    xs, ys = [p[0] for p in corners], [p[1] for p in corners]
    return ((min(xs) + max(xs)) / 2.0, (min(ys) + max(ys)) / 2.0)
