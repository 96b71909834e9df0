"""With what a call is made: which room, what is sent, who takes part under which number."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from setsail.base.errors import UnknownName
from setsail.conference.call import media
from setsail.conference.server.order import Order
from setsail.conference.server.place import Place
from setsail.rollout.model import CallOrder, Rollout

MOST_KBPS = 1000.0
SHOWN_SITES = 12


@dataclass(frozen=True, slots=True)
class Room:
    """The conference to join: where, which room, by which PIN. mix : number of its sound, 0 for a call without."""

    place: Place
    room: int
    pin: str
    mix: int = 0


def room_of(order: Order) -> Room:
    """How to join the conference that runs for a rollout (`server.state.running`): pictures and sound."""
    return Room(order.place, order.rooms.room, order.rooms.pin, order.rooms.room)


def sending_of(wanted: CallOrder, *, most_kbps: float = MOST_KBPS) -> Sending:
    """What a simulated site sends for a rollout's call: its frame rate, its codec where that is VP8, else H.264.

    The rate is the call's too, from 60 to `most_kbps`: a test participant's picture is 640 x 360.
    """
    codec: media.Codec = "vp8" if wanted.codec == "vp8" else "h264"
    fps = round(min(max(wanted.fps, media.FPS.low), media.FPS.high))
    return Sending(codec, fps, round(min(max(wanted.video_kbps, media.KBPS.low), most_kbps)))


@dataclass(frozen=True, slots=True)
class Sending:
    """What each simulated site sends."""

    codec: media.Codec = "vp8"
    fps: int = 15
    kbps: int = 330


def require_site(rollout: Rollout, site: str, where: str = "--site") -> None:
    """Raises UnknownName for a site that the rollout does not have."""
    if rollout.site(site) is None:
        names = [s.site for s in rollout.sites]
        more = f" and {len(names) - SHOWN_SITES} more" if len(names) > SHOWN_SITES else ""
        raise UnknownName(f"{site!r} is not there", where=where, allowed=", ".join(names[:SHOWN_SITES]) + more)


def numbered(sites: Mapping[str, int] | Sequence[str]) -> dict[str, int]:
    """Name to number."""
    return dict(sites) if isinstance(sites, Mapping) else {name: i for i, name in enumerate(sites, start=1)}
