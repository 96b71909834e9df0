"""Seats on a real call over HTTP: who may take one, what is refused and by which name, and when a seat ends."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.base.errors import MissingExtra
from setsail.conference.server import state
from setsail.conference.server.opening import Server as Janus
from setsail.conference.server.opening import open_server
from setsail.conference.server.order import Order
from setsail.conference.server.room import Rooms
from setsail.conference.server.turn import TurnSettings
from setsail.store import people
from setsail.web import attempts, seats, streams
from tests.conference.conftest import janus_here as janus_here  # noqa: PLC0414 - a fixture
from tests.conference.conftest import janus_server as janus_server  # noqa: PLC0414 - a fixture
from tests.conference.conftest import room_number as room_number  # noqa: PLC0414 - a fixture
from tests.conference.conftest import run_async as run_async  # noqa: PLC0414 - a fixture
from tests.conference.rooms import fresh_rooms
from tests.web.asgi import Answer, Client
from tests.web.conftest import NOW, MakeServer, Server

CALL = "/api/v1/rollouts/Example%20Hospital/wuhan-2020/call"
Run = Callable[[Awaitable[Any]], Any]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("rollout") / "wuhan-2020"
    api.rollout_example("wuhan-2020", folder)
    return folder


@pytest.fixture
def served(make_server: MakeServer, made: Path, tmp_path: Path) -> Server:
    """A server with the founding case, of one organisation; no conference is up."""
    shutil.copytree(made, tmp_path / "rollouts" / "Example Hospital" / "wuhan-2020")
    return make_server(rollouts=tmp_path / "rollouts")


@dataclass
class Room:
    """A room on a real server, which the rollout of the test takes for its conference."""

    janus: Janus
    rooms: Rooms

    def joining(self, name: str = "S01", pin: str = "") -> dict[str, str]:
        return {"name": name, "pin": pin or self.rooms.pin}

    async def made(self) -> None:
        await self.janus.make_rooms(self.rooms)

    async def senders_and_heard(self) -> int:
        """How many are in the mix of sounds: every seat joins it."""
        from setsail.conference.server.audiobridge import AudioBridge
        from setsail.conference.server.client import Client as Line

        async with await Line.connect(self.janus.place) as line:
            bridge = await AudioBridge.attach(line)
            return len(await bridge.participants(self.rooms.room))


@pytest.fixture
def room(janus_server: Janus, room_number: int, monkeypatch: pytest.MonkeyPatch) -> Room:
    rooms = fresh_rooms(room_number, sites=4)
    order = Order("synthetic", Path("nowhere"), janus_server.settings, rooms)
    monkeypatch.setattr(state, "running", lambda folder: order)
    return Room(janus_server, rooms)


@asynccontextmanager
async def listening(client: Client, path: str) -> AsyncIterator[Callable[[str], Awaitable[dict[str, Any]]]]:
    """A page that hears the news of its seat; gives `until(is)`: the first news of that kind."""
    told: asyncio.Queue[bytes] = asyncio.Queue()
    left = asyncio.Event()
    asked = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if not asked.is_set():
            asked.set()
            return {"type": "http.request", "body": b"", "more_body": False}
        await left.wait()
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        assert message.get("status", 200) == 200
        await told.put(message.get("body", b""))

    async def until(kind: str) -> dict[str, Any]:
        while True:
            text = (await told.get()).decode()
            if text.startswith("data: "):
                news: dict[str, Any] = json.loads(text.removeprefix("data: "))
                if news["is"] == kind:
                    return news

    task = asyncio.create_task(client.app(client.scope(path), receive, send))
    try:
        yield until
    finally:
        left.set()
        await asyncio.wait_for(task, 20)


async def seat_of(client: Client, given: dict[str, str]) -> str:
    answer = await client.ask("POST", CALL, json=given)
    assert answer.status_code == 201, answer.text
    found: str = answer.json()["seat"]
    return found


async def offer() -> str:
    """What a page offers: a moving picture."""
    aiortc = pytest.importorskip("aiortc")
    peer = aiortc.RTCPeerConnection()
    peer.addTrack(aiortc.mediastreams.VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    sdp: str = peer.localDescription.sdp
    await peer.close()
    return sdp


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.02)


def test_without_a_conference_it_is_not_up_and_joining_is_refused_by_name(served: Server) -> None:
    viewer = served.client("viewer")
    assert viewer.get(CALL).json() == {"up": False}
    refused = viewer.post(CALL, json={"name": "S01", "pin": "12345678"})
    assert (refused.status_code, refused.error["code"]) == (422, "conference-not-up")
    assert "setsail conference up" in refused.error["hint"]


def test_people_of_other_organisations_and_nobody_get_no_call(served: Server) -> None:
    other, administrator = served.client("dispatcher", organisation="Other Office"), served.client("administrator")
    given = {"name": "S01", "pin": "12345678"}
    asked = [other.get(CALL), other.post(CALL, json=given), other.get(f"{CALL}/x/news"), other.delete(f"{CALL}/x")]
    assert [a.status_code for a in asked] == [404, 404, 404, 404]
    assert administrator.get(CALL).status_code == 200
    assert served.client().post(CALL, json=given).status_code == 401
    assert served.client().get(f"{CALL}/x/news").status_code == 401


def test_without_the_extra_the_command_that_adds_it_is_told(served: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(module: str, extra: str) -> None:
        raise MissingExtra(f"needs the extra '{extra}'", where=module, hint=f"uv sync --extra {extra}")

    monkeypatch.setattr("setsail.base.extras.require", missing)
    answer = served.client("viewer").post(CALL, json={"name": "S01", "pin": "12345678"})
    assert (answer.status_code, answer.error["hint"]) == (501, "uv sync --extra conference")


def test_page_takes_a_seat_sends_its_picture_hears_the_news_and_leaves(
    served: Server, room: Room, run_async: Run
) -> None:
    viewer = served.client("viewer")

    async def call() -> None:
        await room.made()
        seat = await seat_of(viewer, room.joining("Command centre"))
        async with listening(viewer, f"{CALL}/{seat}/news".replace("%20", " ")) as heard:
            news = await heard("joined")
            assert (news["room"], news["receive"], news["here"]) == (room.rooms.room, room.rooms.receive, [])
            answer = await viewer.ask("POST", f"{CALL}/{seat}/video", json={"sdp": await offer()})
            assert answer.json()["sdp"].startswith("v=0")
            for what, given in (("watch", {"names": []}), ("mute", {"muted": True}), ("mute", {"muted": False})):
                answer = await viewer.ask("POST", f"{CALL}/{seat}/{what}", json=given)
                assert answer.status_code == 204, answer.text
        assert await room.senders_and_heard() == 1
        assert (await viewer.ask("DELETE", f"{CALL}/{seat}")).status_code == 204
        assert await room.senders_and_heard() == 0
        assert (await viewer.ask("POST", f"{CALL}/{seat}/mute", json={"muted": True})).status_code == 404

    run_async(call())


def test_seat_of_somebody_else_is_not_there(served: Server, room: Room, run_async: Run) -> None:
    first, second = served.client("viewer"), served.client("administrator")

    async def call() -> list[Answer]:
        await room.made()
        seat = await seat_of(first, room.joining())
        theirs = [
            await second.ask("GET", f"{CALL}/{seat}/news"),
            await second.ask("POST", f"{CALL}/{seat}/mute", json={"muted": True}),
            await second.ask("POST", f"{CALL}/{seat}/video", json={"sdp": "v=0"}),
            await second.ask("DELETE", f"{CALL}/{seat}"),
        ]
        assert (await first.ask("DELETE", f"{CALL}/{seat}")).status_code == 204
        return theirs

    assert [a.status_code for a in run_async(call())] == [404, 404, 404, 404]


def test_wrong_pins_are_refused_by_name_counted_and_then_turned_away(
    served: Server, room: Room, run_async: Run
) -> None:
    viewer = served.client("viewer")

    async def call() -> list[Answer]:
        await room.made()
        return [await viewer.ask("POST", CALL, json=room.joining(pin="0000")) for _ in range(most + 1)]

    most = attempts.MOST_OF_A_NAME_FROM_AN_ADDRESS
    *wrong, last = run_async(call())
    assert {(a.status_code, a.error["code"]) for a in wrong} == {(422, "conference-wrong-pin")}
    assert room.rooms.pin not in "".join(a.text for a in wrong)
    assert (last.status_code, last.error["code"]) == (429, "too-often")
    assert 0 < int(last.headers["retry-after"]) <= attempts.WHILE.total_seconds() + 1
    assert viewer.post(CALL, json=room.joining()).status_code == 429  # the right one helps no more
    served.clock.move(attempts.WHILE.total_seconds() + 1)
    assert viewer.post(CALL, json=room.joining(pin="0000")).status_code == 422


def test_coming_back_while_the_server_is_lost_is_no_guess_of_the_pin(
    served: Server, janus_here: None, run_async: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page tries again and again then, with the right PIN: it must not be turned away as one that guesses."""
    viewer, rooms = served.client("viewer"), fresh_rooms(71, sites=2)

    async def call() -> None:
        async with open_server(folder=tmp_path / "own") as janus:
            await janus.make_rooms(rooms)
            order = Order("synthetic", Path("nowhere"), janus.settings, rooms)
            monkeypatch.setattr(state, "running", lambda folder: order)
            _quick(monkeypatch)
            await janus.kill()
            given = {"name": "S01", "pin": rooms.pin}
            lost = [await viewer.ask("POST", CALL, json=given) for _ in range(12)]
            assert {(a.status_code, a.error["code"]) for a in lost} == {(503, "conference-server-lost")}
            await janus.restart()
            await janus.make_rooms(rooms)
            seat = await seat_of(viewer, given)
            assert (await viewer.ask("DELETE", f"{CALL}/{seat}")).status_code == 204

    run_async(call())


def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is tried once."""
    from setsail.conference.server.client import Client as Line

    connect = Line.connect.__func__  # type: ignore[attr-defined]

    async def once(cls: type[Line], place: Any, *, on_lost: Any = None, within_s: float = 0.0) -> Line:
        found: Line = await connect(cls, place, on_lost=on_lost, within_s=0.0)
        return found

    monkeypatch.setattr(Line, "connect", classmethod(once))


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("video", {"sdp": "hello"}),
        ("sound", {"sdp": ""}),
        ("seen", {"sdp": "v=1"}),
        ("video", {"sdp": "v=0" + "x" * 64_000}),
        ("video", {"sdp": "v=0\r\nthis is none"}),
        ("sound", {"sdp": "v=0\r\nthis is none"}),
        ("seen", {"sdp": "v=0\r\n"}),
        ("watch", {"names": ["x" * 41]}),
        ("watch", {"names": ["x"] * 51}),
        ("mute", {"muted": "perhaps"}),
        ("mute", {"muted": True, "room": 1}),
    ],
)
def test_what_is_no_session_description_is_refused_and_the_seat_stays(
    served: Server, room: Room, run_async: Run, what: str, given: dict[str, Any]
) -> None:
    viewer = served.client("viewer")

    async def call() -> Answer:
        await room.made()
        seat = await seat_of(viewer, room.joining())
        answer = await viewer.ask("POST", f"{CALL}/{seat}/{what}", json=given)
        assert (await viewer.ask("POST", f"{CALL}/{seat}/mute", json={"muted": True})).status_code == 204
        assert (await viewer.ask("DELETE", f"{CALL}/{seat}")).status_code == 204
        return answer

    answer = run_async(call())
    assert answer.status_code == 422, answer.text
    assert answer.error["what"]


@pytest.mark.parametrize("name", ["", "   ", "x" * 41, "S\x0701", "S\u202e01"])
def test_names_that_cannot_be_shown_are_refused_and_count_as_no_guess(
    served: Server, room: Room, run_async: Run, name: str
) -> None:
    viewer = served.client("viewer")
    answers = [viewer.post(CALL, json=room.joining(name)) for _ in range(10)]
    assert {a.status_code for a in answers} == {422}


def test_seat_ends_when_nobody_listens_and_not_while_somebody_does(
    served: Server, room: Room, run_async: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "GRACE_S", 0.3)
    viewer = served.client("viewer")
    held = served.app.state.seats.held

    async def call() -> None:
        await room.made()
        never = await seat_of(viewer, room.joining("S01"))
        await until(lambda: never not in held)
        seat = await seat_of(viewer, room.joining("S02"))
        async with listening(viewer, f"{CALL}/{seat}/news".replace("%20", " ")) as heard:
            await heard("joined")
            await asyncio.sleep(0.6)  # twice as long as a page may be away
            assert list(held) == [seat]
        await until(lambda: not held)
        await asyncio.gather(*served.app.state.seats.closing)
        assert await room.senders_and_heard() == 0

    run_async(call())


def test_seat_ends_with_the_session_of_who_holds_it(
    served: Server, room: Room, run_async: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "SILENCE_S", 0.05)
    monkeypatch.setattr(streams, "PROOF_S", 0.05)
    viewer = served.client("viewer")
    held = served.app.state.seats.held

    async def call() -> None:
        await room.made()
        seat = await seat_of(viewer, room.joining("S01"))
        async with listening(viewer, f"{CALL}/{seat}/news".replace("%20", " ")) as heard:
            await heard("joined")
            people.change(served.engine, "viewer.example", actor="tester", now=NOW, active=False)
            await until(lambda: not held)
        assert await room.senders_and_heard() == 0

    run_async(call())


def test_server_full_of_seats_says_so_and_takes_one_again_when_one_was_left(
    served: Server, room: Room, run_async: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST_SEATS", 1)
    viewer = served.client("viewer")

    async def call() -> None:
        await room.made()
        seat = await seat_of(viewer, room.joining("S01"))
        full = await viewer.ask("POST", CALL, json=room.joining("S02"))
        assert full.status_code == 503
        assert "1 seats" in full.error["what"]
        await viewer.ask("DELETE", f"{CALL}/{seat}")
        await viewer.ask("DELETE", f"{CALL}/{await seat_of(viewer, room.joining('S02'))}")

    run_async(call())


def test_one_person_takes_no_more_seats_than_one_may_and_others_still_do(
    served: Server, room: Room, run_async: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seats, "MOST_EACH", 2)
    viewer, other = served.client("viewer"), served.client("administrator")

    async def call() -> None:
        await room.made()
        first, _ = await seat_of(viewer, room.joining("S01")), await seat_of(viewer, room.joining("S02"))
        refused = await viewer.ask("POST", CALL, json=room.joining("S03"))
        assert (refused.status_code, refused.error["code"]) == (429, "too-often")
        assert "you hold 2 seats" in refused.error["what"]
        await seat_of(other, room.joining("S03"))
        await viewer.ask("DELETE", f"{CALL}/{first}")
        both = await asyncio.gather(*(viewer.ask("POST", CALL, json=room.joining(n)) for n in ("S04", "S01")))
        assert sorted(a.status_code for a in both) == [201, 429]  # what is being taken counts
        await served.app.state.seats.close()

    run_async(call())


def test_news_go_to_the_newest_line_of_a_seat_and_the_older_one_ends(tmp_path: Path, run_async: Run) -> None:
    class Talking:
        news: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

        async def close(self) -> None:
            """Nothing is open."""

    def ends_soon(one: seats.Held) -> bool:
        return one.ending is not None and not one.ending.cancelled()

    async def call() -> None:
        held, talking = seats.Seats(), Talking()
        name = held.add(talking, "A. Person", tmp_path)  # type: ignore[arg-type]
        old, new = (held.news(name, "A. Person", tmp_path) for _ in range(2))
        waits = asyncio.ensure_future(anext(old))
        await asyncio.sleep(0)
        talking.news.put_nowait({"n": 1})
        assert await waits == {"n": 1}
        waits = asyncio.ensure_future(anext(old))
        await asyncio.sleep(0)
        talking.news.put_nowait({"n": 2})  # the old line has it in its hand while the new one comes
        heard = [await anext(new)]
        assert await waits is None
        assert await anext(old, "over") == "over"
        for n in (3, 4):
            talking.news.put_nowait({"n": n})
            heard.append(await anext(new))
        assert heard == [{"n": 2}, {"n": 3}, {"n": 4}]
        assert ends_soon(held.held[name]) is False  # the end of the old line ends no seat
        await new.aclose()  # type: ignore[attr-defined]
        assert ends_soon(held.held[name]) is True
        await held.close()

    run_async(call())


def test_end_of_the_server_ends_all_seats(served: Server, room: Room, run_async: Run) -> None:
    viewer = served.client("viewer")

    async def call() -> None:
        await room.made()
        async with served.app.router.lifespan_context(served.app):
            for name in ("S01", "S02"):
                await seat_of(viewer, room.joining(name))
            assert await room.senders_and_heard() == 2
        assert await room.senders_and_heard() == 0

    run_async(call())


def test_seat_comes_with_the_relay_and_a_credential_that_it_takes_for_a_day(
    served: Server, room: Room, run_async: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from setsail.rollout.provision.secrets import turn_credential

    relay = TurnSettings(tmp_path, 3478, "a shared secret", ("192.0.2.9",), ("192.0.2.9",))
    order = replace(state.running(Path()), turn=relay)
    viewer = served.client("viewer")

    async def take() -> tuple[Any, Any]:
        await room.made()
        without = await viewer.ask("POST", CALL, json=room.joining())
        monkeypatch.setattr(state, "running", lambda folder: order)
        given = await viewer.ask("POST", CALL, json=room.joining("S02"))
        await served.app.state.seats.close()
        return without.json(), given.json()

    without, given = run_async(take())
    assert without["relays"] == []
    (one,) = given["relays"]
    made = turn_credential("a shared secret", "viewer.example", NOW + timedelta(days=1))
    assert one == {
        "urls": ["turn:192.0.2.9:3478?transport=udp"],
        "username": made.username,
        "credential": made.password,
    }
