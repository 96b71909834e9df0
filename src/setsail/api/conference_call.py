"""A call of simulated sites that proves the conference server."""

from __future__ import annotations

from setsail.base.record import Record


def conference_selftest(
    sites: int = 29,
    *,
    receive: int = 4,
    seconds: float = 20.0,
    codec: str = "vp8",
    fps: int = 15,
    kbps: int = 330,
    audio: bool = True,
    planned: int | None = None,
    wrong_pin: bool = False,
    kill_server: bool = False,
) -> Record:
    """What a call of that many simulated sites on a private server has shown; `passed` where all was seen and heard.

    receive : pictures sent to each site at once;  planned : places in the room, where fewer than sites: the others
    are refused by name;  wrong_pin : one more comes with another PIN, and must be refused;  kill_server : after the
    measurement, `back_s` tells when all get everything again.
    Raises OutOfRange, UnknownName, MissingExtra (no Janus on this system, or the extra conference), CannotStart.
    """
    import asyncio

    from setsail.base.errors import UnknownName
    from setsail.base.extras import require

    test = require("setsail.conference.call.selftest", "conference")
    media = require("setsail.conference.call.media", "conference")
    if codec not in media.CODECS:
        raise UnknownName(f"is {codec!r}", where="--codec", allowed=", ".join(media.CODECS))
    media.FPS.require(fps, "--fps")
    media.KBPS.require(kbps, "--kbps")
    options = test.Options(
        sites=sites, receive=receive, seconds=seconds, sending=test.Sending(codec, fps, kbps), audio=audio,
        planned=planned, wrong_pin=wrong_pin, kill_server=kill_server,
    )  # fmt: skip
    found: Record = asyncio.run(test.selftest(options))
    return found
