"""Seats on a real server: pictures and sound flow between pages (peers in this process), refusals by name."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput
from setsail.conference.seat.seat import Seat
from setsail.conference.server.errors import RoomFull, WrongPin
from setsail.conference.server.opening import Server, open_server
from setsail.conference.server.order import Order
from setsail.conference.server.room import Rooms
from tests.conference.rooms import fresh_rooms

Run = Callable[[Any], Any]


def _order(server: Server, rooms: Rooms) -> Order:
    return Order("synthetic", Path("nowhere"), server.settings, rooms)


@dataclass
class Page:
    """What a page does with a seat, by aiortc: sends a moving picture and a tone, counts what it gets."""

    seat: Seat
    peers: list[Any]
    frames: dict[str, int]
    told: list[dict[str, Any]]
    names: dict[str, str]

    @classmethod
    async def joined(cls, order: Order, name: str) -> Page:
        return cls(await Seat.taken(order, pin=order.rooms.pin, name=name), [], {}, [], {})

    async def send(self) -> None:
        import aiortc
        from aiortc.mediastreams import AudioStreamTrack, VideoStreamTrack

        for track, ask in ((VideoStreamTrack(), self.seat.send_video), (AudioStreamTrack(), self.seat.send_sound)):
            peer = aiortc.RTCPeerConnection()
            self.peers.append(peer)
            peer.addTrack(track)
            await peer.setLocalDescription(await peer.createOffer())
            answer = await ask(peer.localDescription.sdp)
            await peer.setRemoteDescription(aiortc.RTCSessionDescription(answer, "answer"))

    async def hear(self) -> None:
        """Answers offers of pictures and counts their frames, until it is stopped."""
        import aiortc

        peer = aiortc.RTCPeerConnection()
        self.peers.append(peer)
        counting: list[asyncio.Task[None]] = []

        async def count(mid: str | None, track: Any) -> None:
            while True:
                try:
                    await track.recv()
                except aiortc.mediastreams.MediaStreamError:
                    return
                self.frames[str(mid)] = self.frames.get(str(mid), 0) + 1

        @peer.on("track")
        def on_track(track: Any) -> None:
            mid = next(t.mid for t in peer.getTransceivers() if t.receiver.track is track)
            counting.append(asyncio.ensure_future(count(mid, track)))

        while True:
            news = await self.seat.news.get()
            self.told.append(news)
            if "shown" in news:
                self.names = news["shown"]
            if news["is"] == "offer":
                await peer.setRemoteDescription(aiortc.RTCSessionDescription(news["sdp"], "offer"))
                await peer.setLocalDescription(await peer.createAnswer())
                await self.seat.see(peer.localDescription.sdp)

    async def leave(self) -> None:
        for peer in self.peers:
            await peer.close()
        await self.seat.close()


async def _until(true: Callable[[], bool], within_s: float = 20.0) -> None:
    async with asyncio.timeout(within_s):
        while not true():
            await asyncio.sleep(0.05)


def test_pages_see_the_others_and_a_pinned_one_takes_the_place(
    janus_server: Server, run_async: Run, room_number: int
) -> None:
    rooms = fresh_rooms(room_number, sites=3, receive=1)

    async def call() -> tuple[dict[str, str], dict[str, str], list[dict[str, Any]]]:
        await janus_server.make_rooms(rooms)
        order = _order(janus_server, rooms)
        pages = [await Page.joined(order, name) for name in ("S01", "S02", "Dispatcher")]
        try:
            for page in pages[:2]:
                await page.send()
            watcher = pages[2]
            hearing = asyncio.ensure_future(watcher.hear())
            await _until(lambda: any(n["is"] == "here" and len(n["here"]) == 2 for n in watcher.told))
            await watcher.seat.watch(("S01",))
            await _until(lambda: sum(watcher.frames.values()) > 5)
            first = dict(watcher.names)
            await watcher.seat.watch(("S02",))
            await _until(lambda: watcher.names != first)
            count = sum(watcher.frames.values())
            await _until(lambda: sum(watcher.frames.values()) > count + 5)
            hearing.cancel()
            return first, watcher.names, watcher.told
        finally:
            for page in pages:
                await page.leave()

    first, then, told = run_async(call())
    assert list(first.values()) == ["S01"]
    assert list(then.values()) == ["S02"]
    assert list(first) == list(then)  # the same place, without a new offer
    assert [n["is"] for n in told].count("offer") == 1


def test_wrong_pin_and_names_are_refused_and_the_others_stay(
    janus_server: Server, run_async: Run, room_number: int
) -> None:
    rooms = fresh_rooms(room_number, sites=1, margin=1)

    async def call() -> None:
        await janus_server.make_rooms(rooms)
        order = _order(janus_server, rooms)
        first = await Seat.taken(order, pin=rooms.pin, name="S01")
        with pytest.raises(WrongPin):
            await Seat.taken(order, pin="00000000x", name="S02")
        for name in ("", "  ", "x" * 41, "S\x0701"):
            with pytest.raises(BadInput, match="name"):
                await Seat.taken(order, pin=rooms.pin, name=name)
        with pytest.raises(BadInput, match="session description"):
            await first.send_video("hello")
        assert first.client.connected
        await first.close()

    run_async(call())


def test_more_than_planned_are_refused_when_they_would_send(
    janus_server: Server, run_async: Run, room_number: int
) -> None:
    rooms = fresh_rooms(room_number, sites=1, margin=0)

    async def call() -> None:
        await janus_server.make_rooms(rooms)
        pages = [await Page.joined(_order(janus_server, rooms), name) for name in ("S01", "S02")]
        try:
            await pages[0].send()
            await _until(lambda: "S01" in pages[1].seat.choice.here.values())  # its picture flows: it is counted
            with pytest.raises(RoomFull):
                await pages[1].send()
            assert pages[0].seat.client.connected
        finally:
            for page in pages:
                await page.leave()

    run_async(call())


def test_page_hears_that_the_server_is_lost(janus_here: None, run_async: Run, tmp_path: Path) -> None:
    rooms = fresh_rooms(77, sites=2)

    async def call() -> list[str]:
        async with open_server(folder=tmp_path / "own") as server:
            await server.make_rooms(rooms)
            seat = await Seat.taken(_order(server, rooms), pin=rooms.pin, name="S01")
            await server.kill()
            told = []
            while "lost" not in told:
                async with asyncio.timeout(10):
                    told.append((await seat.news.get())["is"])
            await seat.close()
            return told

    assert run_async(call())[-1] == "lost"
