"""Peer connections of a test participant: offers, answers, codecs, and how descriptions are trimmed."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from aiortc import RTCPeerConnection, RTCRtpReceiver, RTCSessionDescription

from setsail.conference.server.errors import NoAnswer, ServerLost

CONNECT_S = 10.0


async def offer(peer: RTCPeerConnection) -> dict[str, Any]:
    """The description that a peer connection offers, set on it."""
    await peer.setLocalDescription(await peer.createOffer())
    return {"type": peer.localDescription.type, "sdp": peer.localDescription.sdp}


async def settle(peer: RTCPeerConnection, answer: dict[str, Any]) -> None:
    """The answer of the other side is set."""
    await peer.setRemoteDescription(RTCSessionDescription(answer["sdp"], answer["type"]))


async def connected(peer: RTCPeerConnection) -> None:
    """Returns when media can flow. Raises ServerLost where they cannot, NoAnswer in time."""
    end = time.monotonic() + CONNECT_S
    while peer.connectionState != "connected":
        if peer.connectionState in {"failed", "closed"}:
            raise ServerLost("media do not get through", where="ICE")
        if time.monotonic() > end:
            raise NoAnswer(f"media do not get through within {CONNECT_S:g} s", where="ICE")
        await asyncio.sleep(0.02)


def prefer(transceiver: Any, kind: str, mime: str) -> None:  # noqa: ANN401
    """One codec and no other, without retransmission by a second stream."""
    known = RTCRtpReceiver.getCapabilities(kind)
    codecs = [c for c in (known.codecs if known else []) if c.mimeType.lower() == mime.lower()]
    transceiver.setCodecPreferences(codecs)


def plain(sdp: str) -> str:
    """The description without retransmission streams (rtx): repairs come under the number that was lost."""
    rtx = {
        line.split(":", 1)[1].split(" ", 1)[0]
        for line in sdp.splitlines()
        if line.startswith("a=rtpmap:") and " rtx/" in line
    }
    kept = []
    for line in sdp.splitlines():
        if line.startswith(("a=rtpmap:", "a=fmtp:", "a=rtcp-fb:")) and line.split(":", 1)[1].split(" ", 1)[0] in rtx:
            continue
        if line.startswith("a=ssrc-group:FID"):
            continue
        if line.startswith("m="):
            line = " ".join(word for i, word in enumerate(line.split(" ")) if i < 3 or word not in rtx)  # noqa: PLW2901
        kept.append(line)
    return "\r\n".join(kept) + "\r\n"
