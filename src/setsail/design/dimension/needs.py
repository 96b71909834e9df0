"""Needs of a site as QoS flows: one flow for each need in each room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from setsail.base.errors import UnknownName
from setsail.design.network.model import Flow
from setsail.service.qos import QosChoice, choose
from setsail.site.model import Need, Room, Site
from setsail.standards.applications import Application, application

SHOWN = 12


@dataclass(frozen=True, slots=True)
class RoomRate:
    """What one room gets of the cell that serves it, had a device there the whole of it [bit/s]."""

    cell: str
    ul_bps: float
    dl_bps: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A flow with the QoS it was made from."""

    flow: Flow
    qos: QosChoice


@dataclass(frozen=True, slots=True)
class Peer:
    """The far end of a need that leaves its site. legs : radio legs of the path, 2 where that end is on radio too."""

    site: str
    legs: int


HERE = Peer("", 0)
"""A need that stays on its site, with the radio legs of its application."""


def asked(site: Site, rates: Mapping[str, RoomRate], peers: Mapping[str, Peer] | None = None) -> tuple[Asked, ...]:
    """Every need of a site in every room it names, with the QoS of its application.

    rates : by room; a room without one gets flows without a cell;  peers : far ends by need. Raises UnknownName (room,
    function, application).
    """
    known = Places(site)
    once: dict[tuple[str, bool, int, float | None, float | None], QosChoice] = {}
    found = []
    for need in site.needs:
        peer = (peers or {}).get(need.need, HERE)
        for room, count in known.of(need):
            key = need.application, need.critical or room.critical, peer.legs, need.ul_bps, need.dl_bps
            if key not in once:
                once[key] = choose(with_rates(need), critical=key[1], legs=peer.legs or None)
            flow = _flow(need, room, count, once[key], rates.get(room.room))
            found.append(Asked(replace(flow, peer=peer.site), once[key]))
    return tuple(found)


def with_rates(need: Need) -> Application:
    """The application of a need, with the need's own rates where it has some. Raises UnknownName."""
    profile = application(need.application)
    ul = profile.ul_bps if need.ul_bps is None else need.ul_bps
    dl = profile.dl_bps if need.dl_bps is None else need.dl_bps
    return replace(profile, ul_bps=ul, dl_bps=dl)


class Places:
    """The rooms of a site as its needs name them."""

    def __init__(self, site: Site) -> None:
        self._rooms: dict[str, list[Room]] = {}
        self._functions: dict[str, list[Room]] = {}
        self._indoors = [room for room in site.rooms() if room.indoor]
        for room in site.rooms():
            self._rooms.setdefault(room.room, []).append(room)
            self._functions.setdefault(room.function, []).append(room)

    def of(self, need: Need) -> list[tuple[Room, int]]:
        """Each room of a need with its devices: the room named, each room of a function, or each indoor room.

        Raises UnknownName.
        """
        found = self._indoors
        if need.room:
            found = self._rooms.get(need.room, [])
            if not found:
                raise UnknownName(f"is for room {need.room!r}", where=f"need {need.need}",
                                  allowed=_some([r.room for r in self._indoors]))  # fmt: skip
        elif need.function:
            found = self._functions.get(need.function, [])
            if not found:
                known = sorted(name for name in self._functions if name)
                raise UnknownName(f"is for function {need.function!r}", where=f"need {need.need}", allowed=_some(known))
        return [(room, need.count) for room in found if need.count]


def _flow(need: Need, room: Room, count: int, qos: QosChoice, rate: RoomRate | None) -> Flow:
    own = qos.fiveqi is None and bool(qos.failing)
    return Flow(
        flow=need.need if need.room else f"{need.need}:{room.room}", room=room.room, application=need.application,
        count=count,
        activity_ratio=need.activity_ratio, fiveqi=qos.fiveqi, slice="",
        gbr_ul_bps=qos.gbr_ul_bps, gbr_dl_bps=qos.gbr_dl_bps, mbr_ul_bps=qos.mbr_ul_bps, mbr_dl_bps=qos.mbr_dl_bps,
        arp=qos.arp, mdbv_bytes=qos.mdbv_bytes, legs=qos.legs, critical=need.critical or room.critical,
        reason=qos.reason, cell=rate.cell if rate else "",
        prb_ul_ratio=_share(qos.mbr_ul_bps, rate.ul_bps if rate else 0.0),
        prb_dl_ratio=_share(qos.mbr_dl_bps, rate.dl_bps if rate else 0.0),
        pdb_s=qos.pdb_s if own else None, per=qos.per if own else None,
    )  # fmt: skip


def _share(wanted_bps: float, whole_bps: float) -> float | None:
    """Share of the PRBs that a rate takes where the whole cell gives `whole_bps`; None where the cell gives nothing."""
    if not wanted_bps:
        return 0.0
    return wanted_bps / whole_bps if whole_bps > 0 else None


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
