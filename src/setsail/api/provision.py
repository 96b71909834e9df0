"""What the sites of a rollout are given: link demand, configuration, work orders, flows for the site design."""

from __future__ import annotations

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

    What is not given is that of the rollout, else of a rollout as it begins; audio is left out unless asked for or
    the rollout has it. guaranteed : rate, frames a second and packets a frame where less is guaranteed than may be
    sent;  rtcp_kbps, rtcp_percent : instead of each codec's own rule;  srtp : ten octets more on each packet.
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
    picture = link.video_stream(
        codec or call.codec, _first(video_kbps, call.video_kbps), _first(fps, call.fps),
        _first(packets_per_frame, call.packets_per_frame), version,  # type: ignore[arg-type]  # checked there
        guaranteed=guaranteed, rtcp=rule, extra_octets=extra,
    )  # fmt: skip
    sound = None
    if audio or found:
        rate = _first(audio_kbps, call.audio_kbps)
        sound = link.audio_stream(
            audio or calls.AUDIO, rate, version, frames_per_packet=audio_frames,  # type: ignore[arg-type]
            guaranteed_kbps=audio_guaranteed_kbps, rtcp=rule, extra_octets=extra,
        )  # fmt: skip
    count = _first(sites, len(found.sites) if found else 1)
    shown = _first(receive, call.receive if found else 0)
    return calls.demand_record(link.demand(picture, sound, sites=count, receive=shown), srtp=srtp)


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
