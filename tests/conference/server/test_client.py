"""The client against a running Janus: answers, refusals by name, a line that breaks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from setsail.conference.server.admin import Admin
from setsail.conference.server.audiobridge import AudioBridge
from setsail.conference.server.client import Client
from setsail.conference.server.errors import NoSuchRoom, Refused, RoomExists, RoomFull, ServerLost, WrongPin
from setsail.conference.server.opening import Server, open_server
from setsail.conference.server.places import Places
from setsail.conference.server.videoroom import VideoRoom
from tests.conference.rooms import fresh_rooms

Run = Callable[[Any], Any]


def test_client_with_another_secret_is_refused(janus_server: Server, run_async: Run) -> None:
    with pytest.raises(Refused, match="Unauthorized") as met:
        run_async(Client.connect(replace(janus_server.place, secret="another")))
    assert met.value.number == 403


def test_admin_with_another_secret_is_refused(janus_server: Server, run_async: Run) -> None:
    async def look() -> None:
        async with Admin(replace(janus_server.place, admin_secret="another")) as admin:
            await admin.sessions()

    with pytest.raises(Refused, match="Unauthorized"):
        run_async(look())


def test_room_without_the_admin_key_is_not_made(janus_server: Server, run_async: Run, room_number: int) -> None:
    async def make() -> bool:
        async with await Client.connect(janus_server.place) as client:
            video = await VideoRoom.attach(client)
            with pytest.raises(Refused):
                await video.create(fresh_rooms(room_number, sites=2), admin_key="")
            return await video.exists(room_number)

    assert run_async(make()) is False


def test_rooms_made_twice_are_the_same_rooms(janus_server: Server, run_async: Run, room_number: int) -> None:
    rooms = fresh_rooms(room_number, sites=3)

    async def make() -> tuple[list[dict[str, Any]], bool]:
        await janus_server.make_rooms(rooms)
        await janus_server.make_rooms(rooms)
        async with await Client.connect(janus_server.place) as client:
            video, audio = await VideoRoom.attach(client), await AudioBridge.attach(client)
            with pytest.raises(RoomExists):
                await video.create(rooms, admin_key=janus_server.place.admin_key)
            listed = [r for r in await video.rooms(admin_key=janus_server.place.admin_key) if r["room"] == room_number]
            return listed, await audio.exists(room_number)

    listed, audio = run_async(make())
    assert audio
    assert [(r["max_publishers"], r["pin_required"], r["record"], r["is_private"]) for r in listed] == [
        (7, True, False, True)
    ]


def test_wrong_pin_is_told_by_name_and_touches_nobody(janus_server: Server, run_async: Run, room_number: int) -> None:
    rooms = fresh_rooms(room_number, sites=3)

    async def join() -> list[dict[str, Any]]:
        await janus_server.make_rooms(rooms)
        async with await Client.connect(janus_server.place) as client:
            inside, outside = await VideoRoom.attach(client), await VideoRoom.attach(client)
            await inside.join_publisher(room_number, pin=rooms.pin, display="S01")
            for wrong in ("", rooms.pin[:-1], rooms.pin + "0"):
                with pytest.raises(WrongPin, match=f"room {room_number}"):
                    await outside.join_publisher(room_number, pin=wrong, display="S02")
                with pytest.raises(WrongPin):
                    await (await AudioBridge.attach(client)).join(room_number, pin=wrong, display="S02")
            with pytest.raises(NoSuchRoom):
                await outside.join_publisher(room_number + 500_000, pin=rooms.pin, display="S02")
            return await inside.participants(room_number)

    assert [p["display"] for p in run_async(join())] == ["S01"]


def test_plain_rtp_seat_names_where_packets_go(janus_server: Server, run_async: Run, room_number: int) -> None:
    rooms = fresh_rooms(room_number, sites=3)

    async def join() -> tuple[Any, list[dict[str, Any]]]:
        await janus_server.make_rooms(rooms)
        async with await Client.connect(janus_server.place) as client:
            seat = await AudioBridge.attach(client)
            told = await seat.join_rtp(room_number, pin=rooms.pin, display="S09", address="127.0.0.1", port=9)
            return told, await seat.participants(room_number)

    told, there = run_async(join())
    assert told.address == "127.0.0.1"
    assert 24000 <= told.port <= 25999
    assert told.payload_type == 0
    assert [p["display"] for p in there] == ["S09"]


def test_client_that_finds_nobody_says_so(run_async: Run, janus_server: Server) -> None:
    nowhere = replace(janus_server.place, url="ws://127.0.0.1:1")
    with pytest.raises(ServerLost, match="cannot be reached"):
        run_async(Client.connect(nowhere, within_s=0.1))


def test_killed_server_is_heard_of_by_everybody_and_comes_back_with_the_same_rooms(
    janus_here: None, run_async: Run
) -> None:
    rooms = fresh_rooms(2020, sites=2)

    async def fall() -> tuple[list[str], str]:
        lost: list[str] = []
        async with open_server(rooms=rooms) as server:
            client = await Client.connect(server.place, on_lost=lost.append)
            seat = await VideoRoom.attach(client)
            await seat.join_publisher(2020, pin=rooms.pin, display="S01")
            waiting = asyncio.create_task(seat.handle.wait("webrtcup"))
            await asyncio.sleep(0)
            await server.kill()
            with pytest.raises(ServerLost):
                await waiting
            with pytest.raises(ServerLost):
                await seat.participants(2020)
            await client.close()
            await server.restart()
            await server.make_rooms(rooms)
            again = await Client.connect(server.place)
            joined = await (await VideoRoom.attach(again)).join_publisher(2020, pin=rooms.pin, display="S01")
            await again.close()
            return lost, str(joined.senders)

    lost, senders = run_async(fall())
    assert len(lost) == 1
    assert senders == "()"


def test_private_server_is_gone_after_its_block(janus_here: None, run_async: Run, tmp_path: Any) -> None:
    async def use() -> Any:
        async with open_server(folder=tmp_path / "run") as server:
            assert server.running.alive
            assert (server.settings.folder / "janus.jcfg").stat().st_mode & 0o077 == 0
            return server.running

    assert not run_async(use()).alive


def test_full_room_refuses_the_next_sender_and_keeps_the_others(
    janus_server: Server, run_async: Run, room_number: int
) -> None:
    aiortc = pytest.importorskip("aiortc")
    rooms = fresh_rooms(room_number, sites=2, margin=0)

    async def fill() -> list[str]:
        await janus_server.make_rooms(rooms)
        peers = []
        async with await Client.connect(janus_server.place) as client:
            try:
                for name in ("S01", "S02"):
                    peer = aiortc.RTCPeerConnection()
                    peers.append(peer)
                    peer.addTransceiver("video", direction="sendonly")
                    await peer.setLocalDescription(await peer.createOffer())
                    seat = await VideoRoom.attach(client)
                    await seat.join_publisher(room_number, pin=rooms.pin, display=name)
                    offer = {"type": "offer", "sdp": peer.localDescription.sdp}
                    answer = await seat.publish(offer)
                    await peer.setRemoteDescription(aiortc.RTCSessionDescription(answer["sdp"], answer["type"]))
                    await seat.handle.wait("webrtcup")
                late = await VideoRoom.attach(client)
                await late.join_publisher(room_number, pin=rooms.pin, display="S03")
                with pytest.raises(RoomFull):
                    await late.publish(offer)
                there = await late.participants(room_number)
                return [p["display"] for p in there if p["publisher"]]
            finally:
                await asyncio.gather(*(p.close() for p in peers))

    assert sorted(run_async(fill())) == ["S01", "S02"]


def test_six_at_the_same_instant_where_three_were_planned_leave_three_in_the_room(
    janus_server: Server, run_async: Run, room_number: int
) -> None:
    aiortc = pytest.importorskip("aiortc")
    rooms = fresh_rooms(room_number, sites=3, margin=0)

    async def crowd() -> tuple[list[list[str]], set[str], dict[str, Any]]:
        await janus_server.make_rooms(rooms)
        places, peers = Places(janus_server.place, rooms), {f"S{n:02d}": aiortc.RTCPeerConnection() for n in range(6)}
        async with await Client.connect(janus_server.place) as client:
            try:
                seats = {name: await VideoRoom.attach(client) for name in peers}
                offers = {name: await _offered(peer) for name, peer in peers.items()}
                for name, seat in seats.items():
                    await seat.join_publisher(room_number, pin=rooms.pin, display=name)
                answers = {name: await seat.publish(offers[name]) for name, seat in seats.items()}
                for name, answer in answers.items():
                    told = aiortc.RTCSessionDescription(answer["sdp"], answer["type"])
                    await peers[name].setRemoteDescription(told)
                for seat in seats.values():
                    await seat.handle.wait("webrtcup")
                out = [await places.hold(), await places.hold()]
                left = {n: await seats[n].handle.wait("event", lambda d: d.get("leaving") == "ok") for n in out[0]}
                rest = next(seat for name, seat in seats.items() if name not in out[0])
                there = {p["display"] for p in await rest.participants(room_number) if p["publisher"]}
            finally:
                await places.close()
                await asyncio.gather(*(p.close() for p in peers.values()))
        return out, there, {name: event.data["reason"] for name, event in left.items()}

    out, there, reasons = run_async(crowd())
    assert (len(out[0]), out[1]) == (3, [])
    assert there == {f"S{n:02d}" for n in range(6)} - set(out[0])
    assert reasons == dict.fromkeys(out[0], "kicked")


def test_the_surplus_is_put_out_as_it_begins_to_send_without_another_look(
    janus_server: Server, run_async: Run, room_number: int
) -> None:
    aiortc = pytest.importorskip("aiortc")
    rooms = fresh_rooms(room_number, sites=2, margin=0)

    async def crowd() -> tuple[int, int]:
        await janus_server.make_rooms(rooms)
        places, peers = Places(janus_server.place, rooms), [aiortc.RTCPeerConnection() for _ in range(4)]
        async with await Client.connect(janus_server.place) as client:
            try:
                assert await places.hold() == []  # the only look: what follows comes of itself
                seats = [await VideoRoom.attach(client) for _ in peers]
                offers = [await _offered(peer) for peer in peers]
                for n, seat in enumerate(seats):
                    await seat.join_publisher(room_number, pin=rooms.pin, display=f"S{n}")
                answers = [await seat.publish(offer) for seat, offer in zip(seats, offers, strict=True)]
                for peer, answer in zip(peers, answers, strict=True):
                    await peer.setRemoteDescription(aiortc.RTCSessionDescription(answer["sdp"], answer["type"]))
                for seat in seats:
                    await seat.handle.wait("webrtcup")
                async with asyncio.timeout(20):
                    while (found := await _sending(seats[0], room_number)) > 2:
                        await asyncio.sleep(0.02)
                return found, len(await places.hold())
            finally:
                await places.close()
                await asyncio.gather(*(p.close() for p in peers))

    assert run_async(crowd()) == (2, 0)


async def _sending(seat: VideoRoom, room: int) -> int:
    return sum(bool(p["publisher"]) for p in await seat.participants(room))


async def _offered(peer: Any) -> dict[str, str]:
    peer.addTransceiver("video", direction="sendonly")
    await peer.setLocalDescription(await peer.createOffer())
    return {"type": "offer", "sdp": peer.localDescription.sdp}
