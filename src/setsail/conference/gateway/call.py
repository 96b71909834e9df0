"""One call of a terminal: its dialog, its streams and its seat in the room, from the first answer to the end."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from setsail.base.record import Record
from setsail.conference.gateway import terms as agreement
from setsail.conference.gateway.leg import Leg
from setsail.conference.gateway.media.streams import Streams
from setsail.conference.gateway.sip import sdp
from setsail.conference.gateway.sip.dialog import Dialog
from setsail.conference.gateway.terms import Terms
from setsail.conference.server.order import Order
from setsail.conference.server.sip import SipSettings

NEXT, SPEAKER = "#", "0"
"""Keys of a terminal: the next picture, the picture of who speaks."""
HELD_S = 600.0
"""A terminal that put us on hold may be silent so long."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A call as it is kept on disk. address, ports : of ours;  source : where the terminal's SIP comes from."""

    user: str
    site: str
    dialog: Dialog
    terms: Terms
    address: str
    source: str
    session: int
    version: int
    since: str
    ports: tuple[tuple[str, int], ...] = ()


class Call:
    """A call that is being set up, or runs. on_end : called once with the reason, where the call ends from our side."""

    def __init__(self, kept: Kept, order: Order, settings: SipSettings, on_end: Callable[[Call, str], None]) -> None:
        self.kept, self.order, self.settings = kept, order, settings
        self.streams = Streams(settings, kept.terms, self._pressed)
        self.leg = Leg(order, kept.terms, kept.site, self.streams, self._ended)
        self.phase: Literal["setting up", "up", "ended"] = "setting up"
        self.description = b""
        self._on_end = on_end
        self._watch: asyncio.Task[None] | None = None

    @property
    def dialog(self) -> Dialog:
        """As it stands."""
        return self.kept.dialog

    async def open(self) -> None:
        """Ports bound and the seat taken; `description` answers the terminal's own afterwards.

        Raises NoPort, RoomFull, NoSuchRoom, ServerLost, NoAnswer; nothing is left open then.
        """
        try:
            await self.streams.open(self.kept.address, dict(self.kept.ports) or None)
            self.streams.aim(self.kept.terms, self.kept.source)
            await self.leg.join()
        except BaseException:
            await self.close()
            raise
        self.kept = replace(self.kept, ports=tuple(self.streams.ports.items()))
        self.phase = "up"
        self._watch = asyncio.create_task(self._watched())

    def answers(self, offer: sdp.Description) -> bytes:
        """Our description for an offer that was agreed on."""
        self.description = agreement.answered(
            offer, self.kept.terms, self.kept.address, self.streams.ports, session=self.kept.session,
            version=self.kept.version, kbps=round(self.order.rooms.bitrate_bps / 1000),
        )  # fmt: skip
        return self.description

    async def renew(self, offer: sdp.Description, dialog: Dialog) -> bytes:
        """Our description for a new offer within the call: hold, another port. Raises NotAcceptable."""
        terms = agreement.agreed(offer, codecs=codecs(self.order), before=self.kept.terms)
        self.kept = replace(self.kept, terms=terms, dialog=dialog, version=self.kept.version + 1)
        self.streams.aim(terms, self.kept.source)
        await self.leg.agreed(terms)
        return self.answers(offer)

    async def close(self) -> None:
        """Seat and ports are given back."""
        if self.phase == "ended":
            return
        self.phase = "ended"
        if self._watch is not None and self._watch is not asyncio.current_task():
            self._watch.cancel()
        await self.leg.close()
        await self.streams.close()

    def row(self) -> Record:
        """The call as the status shows it."""
        terms = self.kept.terms
        return {
            "site": self.kept.site, "user": self.kept.user, "terminal": self.kept.source, "since": self.kept.since,
            "state": self.leg.state if self.phase == "up" else self.phase,
            "audio": terms.audio.codec if terms.audio else "", "video": terms.video.codec if terms.video else "",
            "encrypted": terms.encrypted, "shown": self.leg.shown, "rejoined": self.leg.rejoined, **self.streams.row(),
        }  # fmt: skip

    def _pressed(self, key: str) -> None:
        if key == NEXT:
            self.leg.next_picture()
        elif key == SPEAKER:
            self.leg.follow_speaker()

    def pressed(self, key: str) -> None:
        """A key that came by SIP INFO."""
        self._pressed(key)

    def _ended(self, reason: str) -> None:
        if self.phase == "up":
            self._on_end(self, reason)

    async def _watched(self) -> None:
        while True:
            await asyncio.sleep(1.0)
            terms = self.kept.terms
            sends = any(side is not None and side.sends for side in (terms.audio, terms.video))
            if self.streams.silent_s > (self.settings.silence_s if sends else HELD_S):
                self._ended(f"nothing came from the terminal for {self.streams.silent_s:.0f} s")
                return


def begun(user: str, site: str, dialog: Dialog, terms: Terms, *, address: str, source: str, now: datetime) -> Kept:
    """A new call as it is kept."""
    return Kept(user, site, dialog, terms, address, source, secrets.randbits(31), 1,
                now.isoformat(timespec="seconds"))  # fmt: skip


def codecs(order: Order) -> list[str]:
    """Of pictures that the room takes and we can pass through, its own first."""
    return [c for c in order.rooms.video_codecs.split(",") if c in agreement.VIDEO.values()]
