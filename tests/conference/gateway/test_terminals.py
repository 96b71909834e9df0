"""Real SIP terminals (baresip) in a real room: seen, heard, seeing, hearing; refused by name, the others stay."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.base.errors import SetSailError
from tests.conference.gateway.conftest import Conference, open_conference
from tests.conference.gateway.peer import Peer, until
from tests.conference.gateway.terminal import Terminal, require_baresip, terminal

Run = Callable[[Any], Any]
MediaOf = Callable[[int], tuple[Path, Path]]


@pytest.fixture(autouse=True, scope="module")
def _here() -> None:
    require_baresip()


@contextmanager
def _terminal(
    conference: Conference, media_of: MediaOf, folder: Path, number: int, **changes: Any
) -> Iterator[Terminal]:
    """The terminal of site `number`, registered."""
    video, sound = media_of(number)
    user = list(conference.users)[number - 1]
    told: dict[str, Any] = {"password": conference.users[user], "video": video, "sound": sound} | changes
    sip = conference.sip
    with terminal(folder / user, user=user, domain=sip.domain, at=sip.at(sip.addresses[0]), **told) as one:
        one.wait("REGISTER_OK")
        yield one


def _dial(one: Terminal, conference: Conference, room: int = 0) -> None:
    one.ask("dial", f"sip:{room or conference.order.rooms.room}@{conference.sip.domain}")


def _gone(conference: Conference) -> None:
    """Returns when no call is left."""
    end = time.monotonic() + 10
    while conference.calls():
        assert time.monotonic() < end, conference.calls()
        time.sleep(0.2)


KINDS = {
    "udp": {},
    "tcp, single units": {"transport": "tcp", "video_codecs": "h264"},  # of two modes baresip offers the first then: 0
    "vp8, opus": {"codec": "vp8", "audio_codecs": "opus/48000/2"},
}


@pytest.mark.parametrize("kind", [k if k == "udp" else pytest.param(k, marks=pytest.mark.slow) for k in KINDS])
def test_a_terminal_and_a_page_see_and_hear_each_other(
    conference: Conference, media_of: MediaOf, tmp_path: Path, run_async: Run, kind: str
) -> None:
    codec: Any = KINDS[kind].get("codec", "h264")

    async def call(one: Terminal) -> tuple[Peer, dict[str, Any]]:
        page = await Peer.joined(conference.order, "page", 3, codec)
        try:
            await until(
                lambda: page.seen.get(1, 0) > 20 and page.heard([1, 2]) == {1},
                what=lambda: (page.seen, page.heard([1, 2])),
            )
            await until(lambda: 3 in one.heard([2, 3]), what=lambda: (one.ask("audio_debug"), one.log()))
            first = await asyncio.to_thread(one.pictures)
            async with asyncio.timeout(60.0):
                while await asyncio.to_thread(one.pictures) < first + 20:  # it goes on decoding, however slowly
                    await asyncio.sleep(0.2)
            return page, (await asyncio.to_thread(conference.calls))[0]
        finally:
            await page.leave()

    with _terminal(conference, media_of, tmp_path, 1, **KINDS[kind]) as one:
        _dial(one, conference)
        one.wait("CALL_ESTABLISHED")
        page, row = run_async(call(one))
        one.ask("hangup")
        _gone(conference)
    assert set(page.seen) == {1}  # the terminal's own picture, strip and all, decoded and nothing else
    assert row["shown"] == "page"
    assert (row["audio"], row["video"]) == (KINDS[kind].get("audio_codecs", "pcmu").partition("/")[0], codec)
    assert row["video_lost_in"] == row["audio_lost_in"] == row["strange"] == 0
    assert row["key_requests"] >= 1
    assert row["audio_out"] > 50


def test_a_wrong_password_and_an_unknown_room_are_refused_and_the_call_of_another_goes_on(
    conference: Conference, media_of: MediaOf, tmp_path: Path
) -> None:
    video, sound = media_of(1)
    sip = conference.sip
    users = list(conference.users)
    with ExitStack() as stack:
        one = stack.enter_context(_terminal(conference, media_of, tmp_path, 1))
        _dial(one, conference)
        one.wait("CALL_ESTABLISHED")
        wrong = stack.enter_context(
            terminal(
                tmp_path / "wrong",
                user=users[1],
                password="not it",
                domain=sip.domain,
                at=sip.at("127.0.0.1"),
                video=video,
                sound=sound,
            )
        )
        assert "401" in wrong.wait("REGISTER_FAIL")["param"]
        _dial(wrong, conference)
        assert "407" in wrong.wait("CALL_CLOSED")["param"]
        other = stack.enter_context(_terminal(conference, media_of, tmp_path, 2))
        _dial(other, conference, room=conference.order.rooms.room + 1)
        assert "404" in other.wait("CALL_CLOSED")["param"]
        assert [c["site"] for c in conference.calls()] == [conference.sip.site(users[0])]
        one.ask("hangup")
        _gone(conference)


def test_calls_beyond_the_places_are_refused_as_busy_and_the_others_stay(
    conference: Conference, media_of: MediaOf, tmp_path: Path, run_async: Run
) -> None:
    async def fill(one: Terminal, two: Terminal) -> str:
        """Two pages and a terminal take the three places."""
        pages = [await Peer.joined(conference.order, f"page-{n}", n + 10) for n in (1, 2)]
        try:
            await asyncio.to_thread(_dial, one, conference)
            await asyncio.to_thread(one.wait, "CALL_ESTABLISHED")
            await until(lambda: all(p.seen.get(1, 0) > 5 for p in pages), what=lambda: [p.seen for p in pages])
            await asyncio.to_thread(_dial, two, conference)
            refused = await asyncio.to_thread(two.wait, "CALL_CLOSED")
            seen = [p.seen.get(1, 0) for p in pages]
            await until(lambda: all(p.seen.get(1, 0) > n + 5 for p, n in zip(pages, seen, strict=True)))
            return str(refused["param"])
        finally:
            for page in pages:
                await page.leave()

    with (
        _terminal(conference, media_of, tmp_path, 1) as one,
        _terminal(conference, media_of, tmp_path, 2) as two,
    ):
        assert "486" in run_async(fill(one, two))
        one.ask("hangup")
        _gone(conference)


@pytest.mark.slow
@pytest.mark.parametrize("killed", ["janus", "gateway", "sip"])
@pytest.mark.usefixtures("janus_here", "kamailio_here")
def test_a_killed_service_is_back_within_five_seconds_and_the_call_with_it(
    media_of: MediaOf, tmp_path: Path, run_async: Run, killed: str
) -> None:
    own = open_conference(tmp_path / "w")

    async def call(one: Terminal) -> float:
        page = await Peer.joined(own.order, "page", 3)
        try:
            await until(lambda: page.seen.get(1, 0) > 10, what=lambda: page.seen)
            rows = {s["service"]: s for s in (await asyncio.to_thread(api.conference_status, own.folder))["services"]}
            os.kill(rows[killed]["pid"], signal.SIGKILL)
            began = time.monotonic()
            if killed == "janus":
                await page.leave()
                while True:
                    try:
                        page = await Peer.joined(own.order, "page", 3)
                        break
                    except SetSailError:
                        await asyncio.sleep(0.2)
                before = 0
            else:
                await asyncio.sleep(1.0 if killed == "gateway" else 0.0)  # what was under way
                before = page.seen[1]
            await until(lambda: page.seen.get(1, 0) > before + 5, what=lambda: (page.seen, one.log()))
            return time.monotonic() - began
        finally:
            await page.leave()

    try:
        with _terminal(own, media_of, tmp_path, 1) as one:
            _dial(one, own)
            one.wait("CALL_ESTABLISHED")
            took = run_async(call(one))
            assert took < 5.0
            end = time.monotonic() + 10
            while any(s["state"] != "up" for s in api.conference_status(own.folder)["services"]):
                assert time.monotonic() < end
                time.sleep(0.2)
            while [c["user"] for c in own.calls()] != [next(iter(own.users))]:  # told every two seconds
                assert time.monotonic() < end
                time.sleep(0.2)
            one.ask("hangup")  # the way of SIP goes on too, also through a registrar that knows nothing of the call
            _gone(own)
            if killed == "sip":  # it has forgotten who registered; a call needs the password, not the registration
                _dial(one, own)
                one.wait("CALL_ESTABLISHED")
    finally:
        api.conference_down(own.folder)
    for entry in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            assert str(own.folder).encode() not in entry.read_bytes()
