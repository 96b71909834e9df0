"""What the sites of a rollout are given: link demand, configuration, work orders, flows for the site design."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.rollout.provision.codecs import Rtcp

T = TypeVar("T")

# Link demand of a call.


def conference_size(
    codec: str | None = None,
    *,
    video_kbps: float | None = None,
    fps: float | None = None,
    packets_per_frame: int | None = None,
    ip: int | None = None,
    guaranteed: tuple[float, float, int] | None = None,
    audio: str | None = None,
    audio_kbps: float | None = None,
    audio_guaranteed_kbps: float | None = None,
    audio_frames: int = 1,
    receive: int | None = None,
    sites: int | None = None,
    rtcp_kbps: float | None = None,
    rtcp_percent: float | None = None,
    srtp: bool = False,
    rollout: Path | None = None,
) -> Record:
    """Guaranteed and largest rates of a call's streams, of a site's link and of the server [kbit/s].

    What is not given is that of the rollout, else of a rollout as it begins, and named in `assumed`. Without a rollout
    a medium is left out where only the other one is asked for; where neither is, it is the picture.
    guaranteed : rate, frames a second and packets a frame where less is guaranteed than may be sent;  rtcp_kbps,
    rtcp_percent : instead of each codec's own rule;  srtp : ten octets more on each packet.
    Raises UnknownName, OutOfRange, BadInput.
    """
    from setsail.rollout.model import CallOrder
    from setsail.rollout.provision import calls, link

    found = None
    if rollout is not None:
        from setsail.rollout.folder.reading import read

        found = read(rollout)
    call = found.call if found else CallOrder()
    extra, rule = link.SRTP_OCTETS if srtp else 0, _rtcp(rtcp_kbps, rtcp_percent)
    version = _first(ip, call.ip)
    seen = {"codec": codec, "video_kbps": video_kbps, "fps": fps, "packets_per_frame": packets_per_frame}
    heard = {"audio": audio, "audio_kbps": audio_kbps}
    ask_seen = {*seen.values(), guaranteed, receive} != {None}
    ask_heard = {*heard.values(), audio_guaranteed_kbps} != {None} or audio_frames != 1
    picture = sound = None
    assumed: Record = {"ip": ip}
    if found or ask_seen or not ask_heard:
        assumed |= seen
        picture = link.video_stream(
            codec or call.codec, _first(video_kbps, call.video_kbps), _first(fps, call.fps),
            _first(packets_per_frame, call.packets_per_frame), version,  # type: ignore[arg-type]  # checked there
            guaranteed=guaranteed, rtcp=rule, extra_octets=extra,
        )  # fmt: skip
    if found or ask_heard:
        assumed |= heard
        sound = link.audio_stream(
            audio or calls.AUDIO, _first(audio_kbps, call.audio_kbps), version,  # type: ignore[arg-type]
            frames_per_packet=audio_frames, guaranteed_kbps=audio_guaranteed_kbps, rtcp=rule, extra_octets=extra,
        )  # fmt: skip
    begins = {**asdict(call), "audio": calls.AUDIO}
    told = {} if found else {name: begins[name] for name, given in assumed.items() if given is None}
    count = _first(sites, len(found.sites) if found else 1)
    shown = _first(receive, call.receive if found else 0)
    return calls.demand_record(link.demand(picture, sound, sites=count, receive=shown), srtp=srtp) | {"assumed": told}


# Configuration of every site.


def rollout_provision(
    folder: Path,
    out: Path,
    *,
    now: datetime,
    random_bytes: Callable[[int], bytes],
    own_templates: Path | None = None,
    rotate: bool = False,
    replace: bool = False,
    show_secrets: bool = False,
) -> Record:
    """Writes the configuration of every site and of the servers; what is in it.

    random_bytes : a cryptographic random source;  own_templates : families of the user's, before the shipped ones;
    rotate : all secrets are made anew;  replace : an older provisioning in `out`;  show_secrets : the PIN is told.
    Nothing is written, neither secrets nor files, where a template or an option is bad.
    Raises BadInput, UnknownName, OutOfRange, StoreConflict.
    """
    from setsail.base.errors import BadInput
    from setsail.rollout.folder.reading import read
    from setsail.rollout.provision import options, secrets, study

    if own_templates is not None and not own_templates.is_dir():
        raise BadInput(
            "is no folder", where=str(own_templates), allowed="a folder of families: KIND/FAMILY/family.toml"
        )
    found, chosen = read(folder), options.read(folder)
    tried = secrets.completed(found, random_bytes)

    def make() -> study.Provisioned:
        study.provisioned(found, chosen, tried, now, own_templates=own_templates)  # every fault before a secret is made
        kept = secrets.kept(folder, found, random_bytes, rotate=rotate)
        return study.provisioned(found, chosen, kept, now, own_templates=own_templates)

    made = study.write(make, out, replace=replace)
    index = made.index
    answer = {
        "rollout": found.rollout, "folder": str(out), "sites": len(found.sites), "files": len(made.files),
        "room": found.call.room, "secrets": str(folder / secrets.FILE), "turn": found.call.turn,
        "families": [f"{f['kind']}/{f['family']}" for f in index["families"]],
        "up_kbps": index["link"]["up_kbps"], "down_kbps": index["link"]["down_kbps"], "assumed": index["assumed"],
    }  # fmt: skip
    return answer | ({"pin": secrets.read(folder).pin} if show_secrets else {})


# Work orders.


def rollout_orders(
    folder: Path,
    out: Path,
    *,
    now: datetime,
    language: str = "en",
    sites: Sequence[str] = (),
    with_pin: bool = False,
) -> Record:
    """Writes the work orders of a rollout as PDF: a cover with crew sheets, a page for each site; what is in it.

    Times are those of the plan in force in the event log; without one the pages say so.  sites : only these pages;
    with_pin : the room's PIN is printed.  Raises UnknownName, MissingExtra, BadInput.
    """
    from setsail.rollout.folder.reading import read
    from setsail.rollout.provision import certificates, config, options, secrets
    from setsail.rollout.provision.orders import making
    from setsail.rollout.provision.orders.content import Orders
    from setsail.rollout.provision.orders.planned import plan_in_force

    found = read(folder)
    plan = plan_in_force(found, folder)
    kept = secrets.read(folder) if with_pin else secrets.stand_ins(found)
    configs = config.site_configs(found, options.read(folder), kept, now)
    authority = certificates.authority_file(folder)
    trusted = certificates.fingerprint(authority) if authority.exists() else ""
    asked = Orders(found, configs, plan, now, language, tuple(sites), kept.pin if with_pin else "", trusted)
    making.write(asked, out)
    pages = len(dict.fromkeys(sites)) or len(found.sites)
    return {
        "rollout": found.rollout, "file": str(out), "sites": pages, "language": language, "planned": plan is not None,
        "planned_at": plan.at if plan else None, "with_pin": with_pin,
    }  # fmt: skip


# Flows for the design of a site.


def rollout_flows(
    folder: Path,
    site: str,
    *,
    into: Path | None = None,
    room: str = "",
    function: str = "",
    application: str = "APP-131",
) -> Record:
    """The flows that the call asks of one site's network: 5QI, guaranteed rates, and the needs that carry them.

    into : a site folder; its needs of the same ids are replaced, its other files stay;  room, function : where the
    terminals stand there;  application : whose delay and loss the flows are to keep.
    Raises UnknownName, BadInput, StoreConflict (a design of that folder is at work).
    """
    from setsail.rollout.folder.reading import read
    from setsail.rollout.provision import flows

    found = flows.handed(read(folder), site, room=room, function=function, application_id=application)
    if into is not None:
        from setsail.site import folder as sites

        sites.write(flows.joined(sites.read(into), found.needs), into, replace=True)
    return {
        "site": site, "into": str(into) if into else None, "flows": list(found.flows),
        "needs": flows.need_records(found.needs), "signalling": found.signalling,
    }  # fmt: skip


def _rtcp(kbps: float | None, percent: float | None) -> Rtcp | None:
    from setsail.base.errors import BadInput
    from setsail.rollout.provision import link
    from setsail.rollout.provision.codecs import Rtcp

    if kbps is not None and percent is not None:
        raise BadInput("is given with --rtcp-percent", where="--rtcp-kbps", allowed="one of both")
    if kbps is not None:
        link.RTCP_KBPS.require(kbps)
        return Rtcp("fixed", kbps=kbps)
    if percent is not None:
        link.RTCP_PERCENT.require(percent)
        return Rtcp("share", percent=percent)
    return None


def _first(given: T | None, other: T) -> T:
    return other if given is None else given
