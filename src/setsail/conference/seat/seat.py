"""One seat: joins both rooms, carries session descriptions between a page and the server, follows who speaks.

The page sends offers of its picture and its sound and gets answers; it gets offers of what it is sent and answers them.
All that it may ask for is a method here: nothing of Janus itself can be reached from a page.
"""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Coroutine, Iterable
from typing import Any

from setsail.base.errors import BadInput, SetSailError
from setsail.base.record import Record
from setsail.conference.seat.choice import Choice, exchanged
from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client
from setsail.conference.server.errors import WrongPin
from setsail.conference.server.handle import Event, Jsep
from setsail.conference.server.labels import label
from setsail.conference.server.order import Order
from setsail.conference.server.videoroom import Sender, VideoRoom, Wanted, senders

LONGEST_NAME = 40
LONGEST_SDP = 64_000
MOST_NEWS = 500
"""Kept for a page that does not listen; then the oldest are lost and the seat ends with its page."""


class Seat:
    """A person in the room. Make it with `taken`; read `news` for what the page must hear; end with `close`."""

    def __init__(self, order: Order, name: str, client: Client) -> None:
        self.order, self.name, self.client = order, name, client
        self.choice = Choice(order.rooms.receive)
        self.news: asyncio.Queue[Record] = asyncio.Queue(MOST_NEWS)
        self.shown: dict[str, int] = {}
        self._private = 0
        self._rooms: dict[str, Any] = {}
        self._mids: dict[int, str] = {}
        self._speakers: dict[int, str] = {}
        self._turn = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()

    @classmethod
    async def taken(cls, order: Order, *, pin: str, name: str) -> Seat:
        """A seat in the rooms of a conference that is up. Raises WrongPin, RoomFull, BadInput, ServerLost."""
        told = name.strip()
        if not told or len(told) > LONGEST_NAME or not told.isprintable():
            raise BadInput(f"is {name[:60]!r}", where="name", allowed=f"1 to {LONGEST_NAME} printable characters")
        if not hmac.compare_digest(pin.encode(), order.rooms.pin.encode()):
            raise WrongPin("is another one", where="PIN", hint="ask the dispatcher for the room's PIN")
        seats: list[Seat] = []
        client = await Client.connect(order.place, on_lost=lambda why: seats[0]._lost(why) if seats else None)
        seat = cls(order, told, client)
        seats.append(seat)
        try:
            await seat._join()
        except BaseException:
            await client.close()
            raise
        return seat

    async def _join(self) -> None:
        rooms = self.order.rooms
        video = await VideoRoom.attach(self.client, label=label(self.name, "page"), on_event=self._of_video)
        self._rooms["video"] = video
        joined = await video.join_publisher(rooms.room, pin=rooms.pin, display=self.name)
        self._private = joined.private_id
        self._came(joined.senders)
        sound = await AudioBridge.attach(self.client, label=label(self.name, "page"), on_event=self._of_sound)
        self._rooms["sound"] = sound
        self._heard_of((await sound.join(rooms.room, pin=rooms.pin, display=self.name)).get("participants", []))
        self.tell({"is": "joined", "room": rooms.room, "receive": rooms.receive, "here": self._names()})

    # What a page asks for

    async def send_video(self, sdp: str) -> str:
        """The answer to the offer of the own picture. Raises RoomFull, BadInput."""
        made: Jsep = await self._rooms["video"].publish(_offer(sdp), bitrate_bps=self.order.rooms.bitrate_bps)
        return str(made["sdp"])

    async def send_sound(self, sdp: str) -> str:
        """The answer to the offer of the own sound, on which the mix of the others comes back."""
        made: Jsep | None = await self._rooms["sound"].configure(_offer(sdp))
        if made is None:
            raise BadInput("has no answer", where="sound", hint="join again")
        return str(made["sdp"])

    async def mute(self, muted: bool) -> None:
        """Silent for the others, or heard again."""
        await self._rooms["sound"].configure(muted=muted)

    async def watch(self, names: tuple[str, ...] = ()) -> None:
        """Pictures are sent from now on: of these names first, then of the last who spoke."""
        self.choice.pinned = names[: self.order.rooms.receive]
        await self._follow()

    async def see(self, sdp: str) -> None:
        """The page's answer to what it was offered last. Raises BadInput where nothing was."""
        answer = {"type": "answer", "sdp": _checked(sdp)}
        if "seen" not in self._rooms:
            raise BadInput("answers no offer", where="sdp", hint="watch first, and wait for the offer")
        await self._rooms["seen"].start(answer)

    async def close(self) -> None:
        """Gives the seat back."""
        for task in list(self._tasks):
            task.cancel()
        await self.client.close()

    # What the server tells

    def tell(self, news: Record) -> None:
        """News for the page; where nobody reads them the oldest are dropped."""
        if self.news.full():
            self.news.get_nowait()
        self.news.put_nowait(news)

    def _lost(self, why: str) -> None:
        self.tell({"is": "lost", "why": why})

    def _of_video(self, event: Event) -> None:
        data = event.data
        if event.kind == "hangup":
            self.tell({"is": "hangup", "of": "video"})
        if event.kind != "event":
            return
        self._came(senders(data))
        for gone in (data.get("unpublished"), data.get("leaving")):
            if isinstance(gone, int):
                self.choice.left(gone)
        if data.keys() & {"publishers", "unpublished", "leaving"}:
            self.tell({"is": "here", "here": self._names()})
            self._soon(self._follow())

    def _of_sound(self, event: Event) -> None:
        data, what = event.data, event.data.get("audiobridge")
        if event.kind == "hangup":
            self.tell({"is": "hangup", "of": "sound"})
        if event.kind != "event":
            return
        self._heard_of(data.get("participants", []))
        if what not in ("talking", "stopped-talking"):
            return
        name = self._speakers.get(data.get("id", 0), "")
        self.tell({"is": what, "name": name})
        if what == "talking" and name and name != self.name:
            self.choice.heard(name)
            self._soon(self._follow())

    def _came(self, more: Iterable[Sender]) -> None:
        """Senders with a picture; one that sends none is not shown."""
        for sender in more:
            mid = next((s.mid for s in sender.streams if s.kind == "video"), None)
            if mid is not None:
                self._mids[sender.feed] = mid
                self.choice.came([(sender.feed, sender.display)])

    def _heard_of(self, participants: Iterable[Record]) -> None:
        self._speakers |= {int(p["id"]): str(p.get("display", "")) for p in participants}

    def _of_seen(self, event: Event) -> None:
        if event.kind == "event" and event.jsep is not None:
            self._offered(event.data, event.jsep)

    def _names(self) -> list[str]:
        return sorted(self.choice.here.values())

    def _soon(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(self._tried(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _tried(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except SetSailError as err:
            self.tell({"is": "trouble", "what": str(err)})

    # What is shown

    async def _follow(self) -> None:
        """What is shown becomes what is wanted: the first time a subscription, then places that change hands."""
        async with self._turn:
            wanted = self.choice.wanted()
            if "seen" not in self._rooms:
                if wanted:
                    await self._first(wanted)
                return
            self.shown = {place: feed for place, feed in self.shown.items() if feed in self.choice.here}
            change = exchanged(self.shown, wanted)
            if change:
                await self._rooms["seen"].switch({place: self._of(feed) for place, feed in change.items()})
                self.shown |= change
                self._tell_shown()
            more = [feed for feed in wanted if feed not in self.shown.values()]
            if more:
                reply = await self._rooms["seen"].update(add=[self._of(feed) for feed in more])
                if reply.jsep is not None:
                    self._offered(reply.data, reply.jsep)

    async def _first(self, wanted: tuple[int, ...]) -> None:
        rooms = self.order.rooms
        seen = await VideoRoom.attach(self.client, label=f"{self.name} sees", on_event=self._of_seen)
        self._rooms["seen"] = seen
        reply = await seen.join_subscriber(
            rooms.room, [self._of(feed) for feed in wanted], pin=rooms.pin, private_id=self._private
        )
        if reply.jsep is not None:
            self._offered(reply.data, reply.jsep)

    def _of(self, feed: int) -> Wanted:
        return Wanted(feed, self._mids[feed])

    def _offered(self, data: Record, jsep: Jsep) -> None:
        """An offer of pictures goes to the page, with whose they are by place."""
        streams = data.get("streams", [])
        self.shown = {str(s["mid"]): int(s["feed_id"]) for s in streams if s.get("active") and "feed_id" in s}
        self.tell({"is": "offer", "sdp": jsep["sdp"], "shown": self._shown_names()})

    def _tell_shown(self) -> None:
        self.tell({"is": "shown", "shown": self._shown_names()})

    def _shown_names(self) -> dict[str, str]:
        return {place: self.choice.here.get(feed, "") for place, feed in self.shown.items()}


def _offer(sdp: str) -> Jsep:
    return {"type": "offer", "sdp": _checked(sdp)}


def _checked(sdp: str) -> str:
    if not sdp.startswith("v=0") or len(sdp) > LONGEST_SDP:
        raise BadInput("is no session description", where="sdp", allowed=f"SDP of up to {LONGEST_SDP} characters")
    return sdp
