"""The door: who knows the PIN comes in, nobody else, and only one for orders."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from setsail.base.errors import BadInput
from setsail.conference.accept.datagrams import host_port
from setsail.conference.accept.site import door as doors
from setsail.conference.accept.site.door import Door, NobodyCame, door
from setsail.conference.accept.site.line import Caller, LineLost, SentAway, proof, shared_key
from setsail.conference.accept.site.player import Player, own
from setsail.conference.call.shards import ShardLost
from setsail.conference.server.errors import WrongPin
from tests.conference.accept.site.test_gate import ORDER

NOW = datetime.now(UTC)
Run = Callable[[Awaitable[Any]], Any]


def caller(opened: Door, *, site: str = "S05", pin: str = "246813") -> Caller:
    return Caller(*host_port(opened.at, "test"), site, pin)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doors, "WRONG_S", 0.01)


def test_a_participant_with_the_pin_is_led_by_orders_and_its_answers_come_back(run_async: Run) -> None:
    with door(ORDER, "S05", "127.0.0.1", 0, NOW) as opened:

        async def plays() -> None:
            line = await caller(opened).call("orders")
            for _ in range(2):
                order = await line.get(20)
                await line.put({"did": order["do"]})
            with pytest.raises(LineLost):
                await line.get(20)
            await line.close()

        async def both() -> tuple[Any, Player]:
            playing = asyncio.create_task(plays())
            player = await asyncio.to_thread(opened.arrived, 20.0)
            first = await asyncio.to_thread(player.asked, {"do": "one"}, 20.0)
            second = await asyncio.to_thread(player.asked, {"do": "two"}, 20.0)
            await asyncio.to_thread(player.close)
            await playing
            return (first, second), player

        answers, player = run_async(both())
    assert answers == ({"did": "one"}, {"did": "two"})
    assert player.address == "127.0.0.1"


def test_a_wrong_pin_is_refused_by_name_counted_and_held_back(run_async: Run, quick: None) -> None:
    with door(ORDER, "S05", "127.0.0.1", 0, NOW) as opened:
        wrong = caller(opened, pin="246814")
        for _ in range(20):
            with pytest.raises(WrongPin):
                run_async(wrong.call("orders"))
        assert opened.wrong == 20
        run_async(_comes_and_goes(caller(opened)))
        assert opened.arrived(20).site == "S05"


async def _comes_and_goes(one: Caller) -> None:
    line = await one.call("orders")
    await line.close()


def test_nobody_who_comes_is_told_with_the_command_for_the_site(quick: None) -> None:
    with (
        door(ORDER, "S05", "127.0.0.1", 0, NOW) as opened,
        pytest.raises(NobodyCame, match=r"participant 127\.0\.0\.1:"),
    ):
        opened.arrived(0.05)


def test_another_site_and_a_second_participant_are_sent_away(run_async: Run, quick: None) -> None:
    with door(ORDER, "S05", "127.0.0.1", 0, NOW) as opened:

        async def come() -> None:
            with pytest.raises(SentAway, match="S05 is being accepted"):
                await caller(opened, site="S06").call("orders")
            first = await caller(opened).call("orders")
            await asyncio.to_thread(opened.arrived, 20.0)
            with pytest.raises(SentAway, match="another participant"):
                await caller(opened).call("orders")
            await first.close()

        run_async(come())


def test_who_stands_between_with_another_certificate_cannot_show_the_proof(run_async: Run) -> None:
    """A server that does not know the PIN answers with what it likes: the participant does not believe it."""

    async def lies(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        key = shared_key("00000000", b"of another")
        writer.write(f'{{"setsail": 1, "proof": "{proof(key, "server", "S05")}"}}\n'.encode())
        await writer.drain()
        writer.close()

    async def called() -> None:
        from setsail.conference.accept.site.line import identity

        context: ssl.SSLContext = identity(NOW).context
        server = await asyncio.start_server(lies, "127.0.0.1", 0, ssl=context)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(WrongPin, match="not the server of this room"):
            await Caller("127.0.0.1", port, "S05", "246813").call("orders")
        server.close()

    run_async(called())


def test_rubbish_and_a_flood_leave_the_door_open(run_async: Run, quick: None) -> None:
    with door(ORDER, "S05", "127.0.0.1", 0, NOW) as opened:
        host, port = host_port(opened.at, "test")

        async def floods() -> None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            for word in (b"GET / HTTP/1.1\n", b"[1]\n", b"\xff\n", b"{}\n", b"x" * 2**21 + b"\n"):
                _, writer = await asyncio.open_connection(host, port, ssl=context)
                writer.write(word)
                writer.close()
            plain = [await asyncio.open_connection(host, port) for _ in range(3)]
            for _, writer in plain:
                writer.write(b"no TLS at all\n")
                writer.close()
            await asyncio.sleep(0.5)
            await _comes_and_goes(caller(opened))

        run_async(floods())
        assert opened.arrived(20).site == "S05"


def test_a_port_that_is_taken_is_named() -> None:
    with (
        door(ORDER, "S05", "127.0.0.1", 0, NOW) as opened,
        pytest.raises(BadInput, match="--listen"),
        door(ORDER, "S05", *host_port(opened.at, "test"), NOW),
    ):
        pass


def test_a_participant_that_goes_away_is_lost_by_name(run_async: Run) -> None:
    with door(ORDER, "S05", "127.0.0.1", 0, NOW) as opened:
        run_async(_comes_and_goes(caller(opened)))
        player = opened.arrived(20)
        for _ in range(2):
            with pytest.raises(ShardLost, match="S05"):
                player.answer(5)


ANSWER: dict[str, Any] = {
    "pairs": [{"of": "S01", "to": "S05", "seconds": 5.0, "frames": 70, "delay_s": -0.05}, {"of": "S05", "to": "S01"}],
    "streams": [{"to": "S05", "place": 0, "frames": 70}, {"to": "S01", "place": 0}],
    "sites": [{"site": "S05", "number": 5, "ghosts": [], "lag_s": 0.0}, {"site": "S01", "ghosts": []}],
    "heard": {"S05": {"1": 4}, "S01": {"5": 0}}, "listened": 4, "cpu_cores": 0.1, "load": 0.5, "cores": 2,
}  # fmt: skip


def test_only_what_a_participant_tells_of_its_own_site_is_taken() -> None:
    found = own(ANSWER, "S05")
    assert [p["to"] for p in found["pairs"]] == ["S05"]
    assert found["pairs"][0]["delay_s"] == pytest.approx(-0.05)
    assert [s["to"] for s in found["streams"]] == ["S05"]
    assert [s["site"] for s in found["sites"]] == ["S05"]
    assert found["heard"] == {"S05": {"1": 4}}
    assert own({"joined": {"S05": 1.0, "S01": 1.0}, "failed": {"S02": ["a", "b"]}}, "S05") == {
        "joined": {"S05": 1.0}, "failed": {},
    }  # fmt: skip


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), -1, "5", None, [5]])
def test_numbers_that_are_none_are_refused(wrong: Any) -> None:
    rows = [{**ANSWER["pairs"][0], "frames": wrong}]
    with pytest.raises((ValueError, TypeError)):
        own({**ANSWER, "pairs": rows}, "S05")


def test_clocks_are_compared_by_the_shortest_way() -> None:
    player = Player("S05", None, None, "192.0.2.9")  # type: ignore[arg-type]
    ways = iter([0.0, 0.4, 1.0, 1.1, 2.0, 2.4] + [float(n) for n in range(3, 13)])
    times = iter([0.7, 1.55, 2.7, 3.9, 5.9, 7.9, 9.9, 11.9])
    player.asked = lambda *_: {"now": next(times)}  # type: ignore[method-assign]
    player.compare_clocks(lambda: next(ways))
    assert player.ahead_s == pytest.approx(0.5)
    assert player.clock_error_s == pytest.approx(0.05)


def test_the_key_depends_on_pin_and_certificate() -> None:
    keys = {shared_key(pin, mark) for pin in ("246813", "246814") for mark in (b"a", b"b")}
    assert len(keys) == 4
