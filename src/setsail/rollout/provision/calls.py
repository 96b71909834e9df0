"""Demand of a rollout's call, and how it is told."""

from __future__ import annotations

from dataclasses import asdict

from setsail.base.record import Record
from setsail.rollout.model import Rollout
from setsail.rollout.provision import link
from setsail.rollout.provision.link import Demand, Stream

AUDIO = "opus"
"""What the conference's mix is coded with."""
FIVEQI = {"video": 2, "audio": 1, "signalling": 5}
"""Source: TS 26.114 Annex E.0 (speech 1, conversational video 2); TS 23.501 Table 5.7.4-1 (5: IMS signalling)."""


def demand_of(rollout: Rollout, *, srtp: bool = True) -> Demand:
    """What the call of a rollout asks of each site's link; with SRTP's tag, for the conference is encrypted.

    Raises UnknownName, OutOfRange.
    """
    call, extra = rollout.call, link.SRTP_OCTETS if srtp else 0
    picture = link.video_stream(
        call.codec, call.video_kbps, call.fps, call.packets_per_frame, call.ip, extra_octets=extra
    )
    sound = link.audio_stream(AUDIO, call.audio_kbps, call.ip, extra_octets=extra)
    return link.demand(picture, sound, sites=len(rollout.sites), receive=call.receive)


def demand_record(demand: Demand, *, srtp: bool) -> Record:
    """Its figures: those of the first medium at the top, each medium, the site's link and the server."""
    first = demand.video or demand.audio
    top = {} if first is None else _stream(first)
    return top | {
        "video": _stream(demand.video) if demand.video else None,
        "audio": _stream(demand.audio) if demand.audio else None,
        "sites": demand.sites,
        "receive": demand.receive,
        "site": {"up_kbps": demand.up_kbps, "down_kbps": demand.down_kbps},
        "server": {"in_kbps": demand.server_in_kbps, "out_kbps": demand.server_out_kbps},
        "srtp": srtp,
    }


def _stream(stream: Stream) -> Record:
    """gbr_kbps first: it is what most ask for."""
    fields = asdict(stream)
    return {"gbr_kbps": fields.pop("gbr_kbps"), "mbr_kbps": fields.pop("mbr_kbps")} | fields
