"""A terminal's seat in the room: in the mix by plain RTP, its picture as a sender, one picture of another sent to it.

Joins, follows who speaks, and joins again by itself where the server was lost; the terminal's own ports stay open.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from setsail.base.errors import SetSailError
from setsail.base.record import Record
from setsail.conference.gateway.media.streams import Streams
from setsail.conference.gateway.terms import Terms
from setsail.conference.seat.choice import Choice
from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client
from setsail.conference.server.errors import NoSuchSender, Refused, ServerLost
from setsail.conference.server.handle import Event
from setsail.conference.server.labels import label
from setsail.conference.server.order import Order
from setsail.conference.server.place import LOOPBACK
from setsail.conference.server.videoroom import Sender, VideoRoom, senders

if TYPE_CHECKING:
    from setsail.conference.gateway.publisher import Publisher

JOIN_S = 10.0
PATIENCE_S = 60.0
"""So long a lost server is waited for before the call is ended."""
AGAIN_S = 0.5
FLOW_S = 12.0
"""A picture that has no way into the room after this is tried again."""


class Leg:
    """One terminal in the room. on_end : called with the reason when the room wants it no more or stays away."""

    def __init__(self, order: Order, terms: Terms, name: str, streams: Streams, on_end: Callable[[str], None]) -> None:
        self.order, self.terms, self.name, self.streams = order, terms, name, streams
        self.choice = Choice(receive=1)
        self.shown = ""
        self.rejoined = 0
        self._on_end = on_end
        self._client: Client | None = None
        self._video: VideoRoom | None = None
        self._publisher: Publisher | None = None
        self._forward: tuple[int, int] | None = None
        self._mids: dict[int, str] = {}
        self._speakers: dict[int, str] = {}
        self._turn = asyncio.Lock()
        self._changed, self._lost = asyncio.Event(), asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    @property
    def state(self) -> str:
        """In words: joined, or what is waited for."""
        if self._client is None or not self._client.connected:
            return "waiting for the server"
        if self._publisher is not None and self._publisher.state != "connected":
            return f"picture {self._publisher.state}"
        return "joined"

    async def join(self) -> None:
        """In the room, and kept there from now on. Raises RoomFull, NoSuchRoom, WrongPin, ServerLost, NoAnswer."""
        try:
            async with asyncio.timeout(JOIN_S):
                await self._join()
        except TimeoutError as err:
            await self._leave()
            raise ServerLost(f"did not let it in within {JOIN_S:g} s", where="room") from err
        except BaseException:
            await self._leave()
            raise
        self._tasks = [asyncio.create_task(self._keep()), asyncio.create_task(self._follow())]

    async def close(self) -> None:
        """Gives the seat back."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._leave()

    def next_picture(self) -> None:
        """Another sender's picture than the one that is shown, and it stays."""
        names = [n for n in dict.fromkeys(self.choice.here.values()) if n != self.name]
        if names:
            at = names.index(self.shown) + 1 if self.shown in names else 0
            self.choice.pinned = (names[at % len(names)],)
            self._changed.set()

    def follow_speaker(self) -> None:
        """The picture of who spoke last, from now on."""
        self.choice.pinned = ()
        self._changed.set()

    async def agreed(self, terms: Terms) -> None:
        """Changed directions (hold, and back)."""
        self.terms = terms
        self._changed.set()

    # Joining

    async def _join(self) -> None:
        rooms = self.order.rooms
        client = self._client = await Client.connect(self.order.place, on_lost=lambda _: self._lost.set(), within_s=2.0)
        if self.terms.audio is not None:
            bridge = await AudioBridge.attach(client, label=label(self.name, "sip"), on_event=self._of_sound)
            side, port = self.terms.audio, self.streams.audio_port
            seat = await bridge.join_rtp(
                rooms.room, pin=rooms.pin, display=self.name, address=LOOPBACK, port=port,
                codec=side.codec, payload_type=side.number,  # type: ignore[arg-type]
            )  # fmt: skip
            self.streams.sound_to(seat.port)
            self._heard_of(await bridge.participants(rooms.room))
        if self.terms.video is None:
            return
        self._video = await VideoRoom.attach(client, label=label(self.name, "sip"), on_event=self._of_video)
        joined = await self._video.join_publisher(rooms.room, pin=rooms.pin, display=self.name)
        self._came(joined.senders)
        if self.terms.video.sends:
            await self._publish(self._video)

    async def _publish(self, room: VideoRoom) -> None:
        from setsail.conference.gateway.publisher import Publisher  # noqa: PLC0415 - of the extra, and slow to load

        assert self.terms.video is not None  # noqa: S101 - the caller asked
        publisher = self._publisher = Publisher(self.terms.video.codec, self.streams.want_key)
        self.streams.pictures_to(publisher.track.put)
        await publisher.publish(room, self.order.rooms.bitrate_bps)

    async def _leave(self) -> None:
        client, publisher = self._client, self._publisher
        self._client = self._video = self._publisher = self._forward = None
        self.shown = ""
        self.streams.pictures_to(None)
        self.choice.here.clear()
        if client is not None:
            with contextlib.suppress(SetSailError, OSError):
                await client.close()
        if publisher is not None:
            await publisher.close()

    async def _keep(self) -> None:
        """Joins again whenever the server was lost, or the picture finds no way into the room."""
        loop = asyncio.get_running_loop()
        while True:
            await self._broken()
            end, why = loop.time() + PATIENCE_S, "the server was lost"
            while True:
                self._lost.clear()
                await self._leave()
                try:
                    async with asyncio.timeout(JOIN_S):
                        await self._join()
                except Exception as err:  # whatever it is, it is tried again
                    why = str(err) or type(err).__name__
                else:
                    self.rejoined += 1
                    self._changed.set()
                    break
                if loop.time() > end:
                    self._on_end(why)
                    return
                await asyncio.sleep(AGAIN_S)

    async def _broken(self) -> None:
        """Returns when there is a reason to join again."""
        loop = asyncio.get_running_loop()
        bad_since = None
        while not self._lost.is_set():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(1.0):
                    await self._lost.wait()
            if self._publisher is None or self._publisher.state == "connected":
                bad_since = None
            elif bad_since is None:
                bad_since = loop.time()
            elif self._publisher.state in ("failed", "closed") or loop.time() - bad_since > FLOW_S:
                return

    # What is shown

    async def _follow(self) -> None:
        """Whoever is to be shown is forwarded, one at a time."""
        while True:
            try:
                await self._show()
            except NoSuchSender:  # its leaving is told soon
                self._forward, self.shown = None, ""
            except (SetSailError, KeyError, IndexError):  # gone meanwhile; looked at again soon
                if self._client is None or not self._client.connected:
                    self.shown, self._forward = "", None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2.0):
                    await self._changed.wait()
            self._changed.clear()

    async def _show(self) -> None:
        async with self._turn:
            room, side, rooms, place = self._video, self.terms.video, self.order.rooms, self.order.place
            if room is None or side is None:
                return
            wanted = next(iter(self.choice.wanted()), None) if side.receives else None
            if self._forward is not None and self._forward[0] != wanted:
                feed, number = self._forward
                self._forward, self.shown = None, ""
                with contextlib.suppress(Refused):
                    await room.stop_rtp_forward(
                        rooms.room, feed, number, secret=rooms.secret, admin_key=place.admin_key
                    )
            if wanted is None or self._forward is not None:
                return
            self.streams.picture_begins()
            stream = {"mid": self._mids[wanted], "port": self.streams.video_port, "pt": side.number,
                      "rtcp_port": self.streams.video_rtcp_port}  # fmt: skip
            made = await room.rtp_forward(
                rooms.room, wanted, [stream], host=LOOPBACK, secret=rooms.secret, admin_key=place.admin_key
            )
            self._forward = (wanted, int(made[0]["stream_id"]))
            self.shown = self.choice.here.get(wanted, "")

    # What the room tells

    def _of_video(self, event: Event) -> None:
        data = event.data
        if event.kind == "detached":
            self._lost.set()
        if event.kind != "event":
            return
        self._came(senders(data))
        if "kicked" in data or data.get("leaving") == "ok":
            self._on_end(f"put out of the room ({data.get('reason', 'by the room')})")
        for gone in (data.get("unpublished"), data.get("leaving")):
            if isinstance(gone, int):
                self.choice.left(gone)
                if self._forward is not None and self._forward[0] == gone:
                    self._forward, self.shown = None, ""
        if data.get("videoroom") == "destroyed":
            self._lost.set()
        self._changed.set()

    def _of_sound(self, event: Event) -> None:
        if event.kind == "detached":
            self._lost.set()
        if event.kind != "event":
            return
        data = event.data
        self._heard_of(data.get("participants", []))
        if data.get("audiobridge") == "destroyed":
            self._lost.set()
        if data.get("audiobridge") == "event" and data.get("kicked") is not None and "participants" not in data:
            self._on_end("put out of the mix")
        if data.get("audiobridge") == "talking":
            name = self._speakers.get(data.get("id", 0), "")
            if name and name != self.name:
                self.choice.heard(name)
                self._changed.set()

    def _came(self, more: Iterable[Sender]) -> None:
        """Senders of pictures that this terminal can read; its own is not among them."""
        codec = self.terms.video.codec if self.terms.video is not None else ""
        for sender in more:
            mid = next((s.mid for s in sender.streams if s.kind == "video" and s.codec in ("", codec)), None)
            if mid is not None and sender.display != self.name:
                self._mids[sender.feed] = mid
                self.choice.came([(sender.feed, sender.display)])

    def _heard_of(self, participants: Iterable[Record]) -> None:
        self._speakers |= {int(p["id"]): str(p.get("display", "")) for p in participants}
