"""The gateway itself, spoken to in the registrar's place: calls, refusals, faults of callers, seats given back."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

pytest.importorskip("aiortc")

from setsail.conference.gateway import call as calls
from setsail.conference.gateway import desk as desks
from setsail.conference.gateway.desk import Desk
from setsail.conference.gateway.sip import message, sdp
from setsail.conference.server.janus import free_ports
from setsail.conference.server.opening import Server, open_server
from setsail.conference.server.order import Order
from setsail.conference.server.sip import Account, SipSettings
from setsail.conference.server.status import legs
from tests.conference.gateway.agent import Agent
from tests.conference.gateway.peer import until
from tests.conference.rooms import fresh_rooms

Run = Callable[[Any], Any]
ACCOUNTS = tuple(Account(f"s{n:02d}", f"S{n:02d}", "0" * 32) for n in range(1, 6))


def _now() -> datetime:
    return datetime(2026, 1, 13, tzinfo=UTC)


@asynccontextmanager
async def _desk(
    server: Server, folder: Path, number: int, *, places: int = 3, silence_s: float = 30.0
) -> AsyncIterator[tuple[Desk, Agent]]:
    """A gateway with a room of its own, and who speaks to it."""
    rooms = fresh_rooms(number, sites=places, margin=0, codec="h264")
    await server.make_rooms(rooms)
    agent = Agent(free_ports(1)[0])
    sip = SipSettings(folder, ("127.0.0.1",), 5060, "conference.example", agent.port, agent.gateway[1], ACCOUNTS,
                      silence_s=silence_s)  # fmt: skip
    desk = Desk(Order("synthetic", folder, server.settings, rooms, sip=sip), sip, folder, _now)
    stop = asyncio.Event()
    running = asyncio.create_task(desk.run(stop))
    await until(lambda: desk.endpoint.address[1])
    try:
        yield desk, agent
    finally:
        agent.line.setblocking(False)
        stop.set()
        answering = asyncio.create_task(_answering(agent))
        await running
        answering.cancel()
        agent.close()


async def _answering(agent: Agent) -> None:
    """Says yes to every BYE."""
    while True:
        bye = await agent.answer(method="BYE", within_s=60)
        agent.send(message.written(message.answer(bye, 200)))


def test_a_call_of_sound_is_answered_relayed_and_ended(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path
) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            made, answered = await agent.dial(room_number)
            assert answered.status == 200
            body = sdp.read(answered.body)
            assert [(m.kind, m.direction) for m in body.media] == [("audio", "sendrecv")]
            target = agent.hear_from(answered)
            loop = asyncio.get_running_loop()
            for n in range(20):
                agent.sound(target, n)
                await asyncio.sleep(0.02)
            async with asyncio.timeout(5):
                mix = await loop.sock_recv(agent.media[0], 2000)
            assert mix[1] & 0x7F == 0
            assert len(mix) == 172
            (row,) = desk.record()["calls"]
            assert (row["site"], row["audio_in"], row["audio_lost_in"]) == ("S01", 20, 0)
            there = await legs(janus_server.place, room_number)
            assert [(p["site"], p["leg"]) for p in there] == [("S01", "sound")]
            tag = message.party(answered.first("to")).tag
            agent.request("BYE", room_number, call=made, number=2, to_tag=tag)
            assert (await agent.answer()).status == 200
            await until(lambda: not desk.calls)
            await asyncio.sleep(0.3)
            assert not await legs(janus_server.place, room_number)

    run_async(call())


@pytest.mark.parametrize(
    "case",
    [
        ({"room": 1}, 404),
        ({"user": "nobody"}, 500),
        ({"body": b""}, 488),
        ({"body": b"v=1\r\n"}, 488),
        ({"body": b"v=0\r\nm=audio 0 RTP/AVP 0\r\n"}, 488),
        ({"body": b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/SAVP 0\r\n"}, 488),
        ({"body": b"v=0\r\nc=IN IP4 224.0.0.1\r\nm=audio 4000 RTP/AVP 0\r\n"}, 488),
        ({"body": b"<x/>", "more": (("content-type", "text/xml"),)}, 415),
        ({"more": (("require", "100rel"), ("content-type", "application/sdp"))}, 420),
        ({"more": (("contact", "nonsense"), ("content-type", "application/sdp"))}, 200),  # the first Contact counts
    ],
)
def test_calls_that_cannot_be_are_refused_by_number(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path, case: tuple[dict[str, Any], int]
) -> None:
    changes, status = case

    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            told: dict[str, Any] = {"room": room_number, "body": agent.offer(), "call": "one"} | changes
            agent.request("INVITE", **told)
            answered = await agent.answer()
            assert answered.status == status, answered
            agent.request("ACK", room_number, call="one", to_tag=message.party(answered.first("to")).tag)
            assert len(desk.calls) == (status == 200)

    run_async(call())


def test_requests_outside_of_calls_are_refused_and_a_stranger_is_not_heard(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path
) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            for method, status in (("BYE", 481), ("INFO", 481), ("CANCEL", 481), ("SUBSCRIBE", 405), ("OPTIONS", 200)):
                agent.request(method, room_number, call=method, to_tag="" if method == "OPTIONS" else "x")
                assert (await agent.answer()).status == status, method
            agent.request("INVITE", room_number, call="x", to_tag="x", body=agent.offer())
            assert (await agent.answer()).status == 481
            stranger = Agent(agent.gateway[1])
            stranger.request("INVITE", room_number, call="y", body=agent.offer())
            stranger.request("OPTIONS", room_number, call="z")
            assert (await stranger.answer()).cseq[1] == "OPTIONS"
            assert desk.endpoint.dropped == 1
            assert not desk.calls
            stranger.close()

    run_async(call())


def test_a_terminal_that_falls_silent_is_told_and_its_seat_is_free(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path
) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number, silence_s=1.0) as (desk, agent):
            await agent.dial(room_number)
            bye = await agent.answer(method="BYE")
            agent.send(message.written(message.answer(bye, 200)))
            assert "nothing came" in bye.first("reason")
            assert bye.target == "sip:s01@192.0.2.9:5070"
            assert list(bye.all("route")) == [f"<sip:127.0.0.1:{agent.port};lr>"]
            await until(lambda: not desk.calls)
            assert not await legs(janus_server.place, room_number)

    run_async(call())


def test_a_call_that_is_cancelled_leaves_nothing(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path
) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            branch = agent.request("INVITE", room_number, call="one", body=agent.offer())
            await agent.answer(status=100)
            agent.request("CANCEL", room_number, call="one", branch=branch)
            seen = {(await agent.answer()).cseq[1], (await agent.answer()).cseq[1]}
            assert seen == {"INVITE", "CANCEL"}
            assert {m.status for m in agent.heard if m.status >= 200 and m.cseq[1] == "INVITE"} == {487}
            assert not desk.calls

    run_async(call())


def test_hold_and_back_keep_ports_and_a_bad_offer_changes_nothing(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path
) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            made, answered = await agent.dial(room_number)
            tag = message.party(answered.first("to")).tag
            first = agent.hear_from(answered)

            async def again(number: int, body: bytes) -> message.Message:
                agent.request("INVITE", room_number, call=made, number=number, to_tag=tag, body=body)
                told = await agent.answer()
                agent.request("ACK", room_number, call=made, number=number, to_tag=tag)
                return told

            held = await again(2, agent.offer(direction="sendonly"))
            assert sdp.read(held.body).media[0].direction == "recvonly"
            assert agent.hear_from(held) == first
            refused = await again(3, b"v=0\r\nc=IN IP4 127.0.0.1\r\nm=audio 4000 RTP/AVP 18\r\n")
            assert refused.status == 488
            back = await again(4, agent.offer())
            assert sdp.read(back.body).media[0].direction == "sendrecv"
            assert sdp.read(back.body).version == "3"
            assert (await again(4, agent.offer())).status == 500  # an old number
            refresh = await again(5, b"")
            assert refresh.body == back.body
            assert len(desk.calls) == 1

    run_async(call())


def test_more_calls_than_places_are_busy_and_a_second_call_of_an_account_takes_the_place_of_its_first(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path
) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number, places=2) as (desk, agent):
            await agent.dial(room_number, user="s01")
            await agent.dial(room_number, user="s02")
            _, third = await agent.dial(room_number, user="s03")
            assert third.status == 486
            assert "2 places" in third.first("warning")
            made, again = await agent.dial(room_number, user="s01")
            assert again.status == 200
            assert sorted(c.kept.user for c in desk.calls.values()) == ["s01", "s02"]
            assert made in desk.calls

    run_async(call())


def test_keys_choose_the_picture(janus_server: Server, run_async: Run, room_number: int, tmp_path: Path) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            made, answered = await agent.dial(room_number)
            leg = desk.calls[made].leg
            leg.choice.came([(1, "A"), (2, "B")])
            tag, target = message.party(answered.first("to")).tag, agent.hear_from(answered)
            for _ in range(3):  # a key's end comes three times and counts once
                agent.sound(target, 9, number=101, payload=struct.pack(">BBH", 11, 0x8A, 800))
            await until(lambda: leg.choice.pinned == ("A",))
            leg.shown = "A"
            agent.request("INFO", room_number, call=made, number=2, to_tag=tag, body=b"Signal=#\r\nDuration=160\r\n",
                          more=(("content-type", "application/dtmf-relay"),))  # fmt: skip
            assert (await agent.answer()).status == 200
            assert leg.choice.pinned == ("B",)
            agent.request("INFO", room_number, call=made, number=3, to_tag=tag, body=b"0",
                          more=(("content-type", "application/dtmf"),))  # fmt: skip
            assert (await agent.answer()).status == 200
            assert not leg.choice.pinned

    run_async(call())


def test_packets_of_strangers_and_rubbish_on_the_media_ports_are_counted_and_not_relayed(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path
) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            made, answered = await agent.dial(room_number, video=True)
            sound, picture = agent.hear_from(answered, 0), agent.hear_from(answered, 1)
            agent.sound(sound, 1)
            for rubbish in (
                b"",
                b"\x80",
                b"x" * 1500,
                b"\x90" + b"\0" * 11,
                b"\xbf\x60" + b"\0" * 10,
                b"\x81\xce\0\x01",
            ):
                for one in range(2):
                    agent.media[one].sendto(rubbish, (sound, picture)[one])
                    agent.media[one].sendto(rubbish, ((sound, picture)[one][0], (sound, picture)[one][1] + 1))
            other = Agent(agent.gateway[1])
            await asyncio.sleep(0.1)
            other.sound(sound, 2)  # from another port of the same host while the terminal speaks
            await asyncio.sleep(0.2)
            row = desk.calls[made].row()
            assert row["audio_in"] == 1
            assert row["strange"] >= 5
            assert len(desk.calls) == 1
            other.close()

    run_async(call())


@pytest.mark.slow
def test_a_killed_server_is_joined_again_on_the_same_ports(janus_here: None, run_async: Run, tmp_path: Path) -> None:
    async def call() -> None:
        async with open_server(folder=tmp_path / "own") as server:
            folder = tmp_path / "sip"
            folder.mkdir()
            async with _desk(server, folder, 77) as (desk, agent):
                made, _ = await agent.dial(77)
                ports = desk.calls[made].streams.ports
                await server.kill()
                await server.restart()
                await server.make_rooms(desk.order.rooms)
                await until(lambda: desk.calls[made].leg.rejoined == 1, 10)
                assert desk.calls[made].streams.ports == ports
                assert [p["site"] for p in await legs(server.place, 77)] == ["S01"]

    run_async(call())


def test_calls_of_a_killed_gateway_are_taken_up_by_the_next_on_the_same_ports(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path
) -> None:
    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            made, answered = await agent.dial(room_number, video=True)
            kept = desk.calls[made].kept
            for old in list(desk.calls.values()):  # as if it had been killed: seat and ports are gone, the file is not
                await old.close()
            desk.calls.clear()
            for one in calls_of(tmp_path):
                await desk._take_up(one)
            again = desk.calls[made]
            assert again.kept == replace(kept, ports=again.kept.ports)
            assert dict(again.kept.ports) == dict(kept.ports)
            agent.sound(agent.hear_from(answered), 5)
            await until(lambda: again.row()["audio_in"] == 1)
            tag = message.party(answered.first("to")).tag
            agent.request("BYE", room_number, call=made, number=9, to_tag=tag)
            assert (await agent.answer()).status == 200

    run_async(call())


def test_calls_that_are_taken_up_are_told_from_the_first_word_of_the_new_gateway(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[list[str]] = []

    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            made, _ = await agent.dial(room_number, video=True)
            kept = list(calls_of(tmp_path))
            for old in list(desk.calls.values()):
                await old.close()
            desk.calls.clear()
            again = Desk(
                desk.order,
                replace(desk.settings, gateway_port=free_ports(1, kind=socket.SOCK_DGRAM)[0]),
                tmp_path,
                desk.now,
            )
            monkeypatch.setattr(desks, "tell", lambda _, record: told.append([c["site"] for c in record["calls"]]))
            stop = asyncio.Event()
            runs = asyncio.create_task(again.run(stop))
            await until(lambda: len(told) > 0)
            stop.set()
            await runs
            assert told[0] == [kept[0].site]
            assert made == kept[0].dialog.call_id

    run_async(call())


def calls_of(folder: Path) -> list[calls.Kept]:
    from setsail.conference.gateway import kept

    return kept.read(folder)


@given(data=st.binary(max_size=300) | st.text(max_size=200).map(lambda t: f"INVITE sip:1@h SIP/2.0\r\n{t}".encode()))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_datagram_breaks_the_port(data: bytes, tmp_path: Path) -> None:
    async def one() -> None:
        agent = Agent(1)
        sip = SipSettings(tmp_path, ("127.0.0.1",), 5060, "conference.example", agent.port, 1, ACCOUNTS)
        desk = Desk(Order("synthetic", tmp_path, None, fresh_rooms(9, sites=2), sip=sip), sip, tmp_path, _now)  # type: ignore[arg-type]
        desk.endpoint.datagram_received(data, ("127.0.0.1", agent.port))
        agent.close()
        assert not desk.calls

    asyncio.run(one())


def test_a_fault_of_our_own_ends_one_call_and_no_other(
    janus_server: Server, run_async: Run, room_number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: calls.Call) -> None:
        await self.close()
        raise ZeroDivisionError

    async def call() -> None:
        async with _desk(janus_server, tmp_path, room_number) as (desk, agent):
            await agent.dial(room_number, user="s01")
            monkeypatch.setattr(calls.Call, "open", broken)
            _, answered = await agent.dial(room_number, user="s02")
            assert answered.status == 500
            assert [c.kept.user for c in desk.calls.values()] == ["s01"]

    run_async(call())
