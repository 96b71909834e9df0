"""The call of a rollout as needs of a site's own design, so that its radio and its slices carry it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from setsail.base.errors import BadInput, UnknownName
from setsail.base.record import Record
from setsail.rollout.model import Rollout, RolloutSite
from setsail.rollout.provision.calls import FIVEQI, demand_of
from setsail.service.qos import choose
from setsail.site.model import Need, Site
from setsail.standards.applications import application

APPLICATION = "APP-131"
"""Video conference of a consultation: conversational video, 5QI 2 by its profile; its rate gives way to the call's.

APP-152, the emergency conference itself, asks for 99.9 % within the bound, which 5QI 2 does not promise: a design
answers with a delay-critical 5QI, and `--application APP-152` asks for that.
"""
PREFIX = "conference"
SHOWN = 12


@dataclass(frozen=True, slots=True)
class Handed:
    """Flows of a site's call, and the needs that carry them into a site folder; signalling has no flow of its own."""

    needs: tuple[Need, ...]
    flows: tuple[Record, ...]
    signalling: str


def handed(
    rollout: Rollout, site: str, *, room: str = "", function: str = "", application_id: str = APPLICATION
) -> Handed:
    """What the call asks of the network of one site: pictures and sound as guaranteed flows of 5QI 2.

    room, function : where the terminals stand in the site's own building;  application_id : whose delay and loss hold.
    The rates are those of the link demand
    with SRTP: one picture and one sound up, `receive` pictures and one sound down, for each set.
    Raises UnknownName for a site that the rollout does not have.
    Source: TS 26.114 Annex E; TS 23.501 Table 5.7.4-1 (5QI 2).
    """
    found = rollout.site(site)
    if found is None:
        known = [s.site for s in rollout.sites]
        some = ", ".join(known[:SHOWN]) + (" ..." if len(known) > SHOWN else "")
        raise UnknownName(f"is {site!r}", where="--site", allowed=some)
    demand = demand_of(rollout)
    needs, flows = [], []
    for media, stream, down in (("video", demand.video, demand.receive), ("audio", demand.audio, 1)):
        if stream is not None:
            need = Need(
                f"{PREFIX}/{media}", application(application_id).application, found.sets, room,
                "" if room else function, critical=True, note=_note(rollout, found, media),
                ul_bps=1000.0 * stream.gbr_kbps, dl_bps=1000.0 * down * stream.gbr_kbps,
            )  # fmt: skip
            needs.append(need)
            flows.append(_flow(need, media, stream.codec))
    signalling = (
        f"SIP and the web page's control go with DSCP CS5 in the default flow, or 5QI {FIVEQI['signalling']} of an "
        "operator's IMS: a few kbit/s, no need of their own"
    )
    return Handed(tuple(needs), tuple(flows), signalling)


def joined(site: Site, needs: Sequence[Need]) -> Site:
    """A site with these needs in place of its own of the same ids. Raises UnknownName for a room it does not have."""
    rooms = [r.room for r in site.rooms() if r.indoor]
    functions = sorted({r.function for r in site.rooms() if r.function})
    for need in needs:
        if need.room and need.room not in {r.room for r in site.rooms()}:
            raise UnknownName(f"is {need.room!r}", where="--room", allowed=_some(rooms))
        if need.function and need.function not in functions:
            raise UnknownName(f"is {need.function!r}", where="--function", allowed=_some(functions))
        if not need.room and not need.function:
            raise BadInput(
                "is not named, so every room would get a terminal", where="--room or --function",
                allowed=f"rooms {_some(rooms)}; functions {_some(functions)}",
            )  # fmt: skip
    new = {n.need for n in needs}
    return replace(site, needs=(*(n for n in site.needs if n.need not in new), *needs))


def _note(rollout: Rollout, site: RolloutSite, media: str) -> str:
    call = rollout.call
    told = f"{media} of rollout {rollout.rollout}, site {site.site}: {call.codec} {call.video_kbps:g} kbit/s, "
    return told + f"{call.receive} pictures; TS 26.114 Annex E with SRTP"


def _flow(need: Need, media: str, codec: str) -> Record:
    """The flow that the design makes of a need: 5QI, rates, ARP, as its own choice gives them."""
    profile = replace(application(need.application), ul_bps=need.ul_bps, dl_bps=need.dl_bps)
    qos = choose(profile, critical=need.critical)
    return {
        "flow": need.need, "media": media, "codec": codec, "application": need.application, "count": need.count,
        "fiveqi": qos.fiveqi, "resource_type": qos.resource_type, "gbr_ul_bps": qos.gbr_ul_bps,
        "gbr_dl_bps": qos.gbr_dl_bps, "mbr_ul_bps": qos.mbr_ul_bps, "mbr_dl_bps": qos.mbr_dl_bps, "arp": qos.arp,
        "pdb_ms": 1e3 * qos.pdb_s, "per": qos.per, "sst": qos.sst, "reason": qos.reason,
    }  # fmt: skip


def need_records(needs: Sequence[Need]) -> list[Record]:
    """The rows of needs.csv."""
    return [asdict(n) for n in needs]


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
