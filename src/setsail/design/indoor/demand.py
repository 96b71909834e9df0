"""What the needs of a site ask of the radio: traffic of the busy hour, rate of one device, critical rooms."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from setsail.site.model import Need, Room, Site
from setsail.standards.applications import Application, applications


@dataclass(frozen=True, slots=True)
class RoomDemand:
    """Of one room: traffic of the busy hour and highest rate of one device [bit/s], and whether a need is critical.

    position_m : least position error that a need asks for, infinite for none.
    """

    dl_bps: float = 0.0
    ul_bps: float = 0.0
    device_dl_bps: float = 0.0
    device_ul_bps: float = 0.0
    critical: bool = False
    position_m: float = math.inf

    def plus(self, need: Need, application: Application | None) -> RoomDemand:
        """With the devices of one more need; an application of which no rate is stated adds none."""
        dl = need.dl_bps if need.dl_bps is not None else (application.dl_bps if application else None) or 0.0
        ul = need.ul_bps if need.ul_bps is not None else (application.ul_bps if application else None) or 0.0
        error = application.position_m if application and application.position_m else math.inf
        active = need.count * need.activity_ratio
        return RoomDemand(
            self.dl_bps + dl * active, self.ul_bps + ul * active, max(self.device_dl_bps, dl),
            max(self.device_ul_bps, ul), self.critical or need.critical, min(self.position_m, error),
        )  # fmt: skip


NOTHING = RoomDemand()


def meant(need: Need, room: Room) -> bool:
    """True where a need is one of a room: by id, else by function, else everywhere indoors."""
    if need.room:
        return need.room == room.room
    return need.function == room.function if need.function else room.indoor


def outdoors(site: Site) -> frozenset[str]:
    """Rooms outside the building, such as a loading dock, that a need names by id or function."""
    return frozenset(r.room for r in site.rooms() if not r.indoor and any(meant(n, r) for n in site.needs))


def demand(site: Site) -> Mapping[str, RoomDemand]:
    """Demand of every indoor room by its id, and of those outside that a need names."""
    known, outside, asked = applications(), outdoors(site), _by_name(site.needs)
    found = {}
    for room in site.rooms():
        if not room.indoor and room.room not in outside:
            continue
        one = RoomDemand(critical=room.critical)
        names = dict.fromkeys(((room.room, ""), ("", room.function), ("", "")))
        own = {k: need for name in names for k, need in asked.get(name, ()) if meant(need, room)}
        for k in sorted(own):
            one = one.plus(own[k], known.get(own[k].application))
        found[room.room] = one
    return found


def _by_name(needs: Sequence[Need]) -> Mapping[tuple[str, str], list[tuple[int, Need]]]:
    """Needs with their place in the list, by the room that they name, else by its function."""
    found: dict[tuple[str, str], list[tuple[int, Need]]] = {}
    for k, need in enumerate(needs):
        found.setdefault((need.room, "" if need.room else need.function), []).append((k, need))
    return found
