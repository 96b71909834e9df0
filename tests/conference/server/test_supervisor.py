"""The supervisor with small programs instead of Janus: falls, hangs, crash loops, a full disk, taking over."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput
from setsail.conference.server import keeper, order, state
from setsail.conference.server.errors import CannotStart, NoAnswer
from setsail.conference.server.janus import fresh
from setsail.conference.server.order import Order
from setsail.conference.server.process import FIRST, Running
from setsail.conference.server.services import Service
from setsail.conference.server.state import State
from setsail.conference.server.supervisor import run, supervise
from tests.conference.rooms import fresh_rooms

Run = Callable[[Any], Any]
SLEEPS = "import time; time.sleep(60)"


def _now() -> datetime:
    return datetime(2020, 2, 6, 3, 30, tzinfo=UTC)


@pytest.fixture
def asked(tmp_path: Path) -> Order:
    folder = tmp_path / "conference"
    folder.mkdir()
    return Order("synthetic", folder, fresh(folder / "janus", addresses=("192.0.2.7",)), fresh_rooms(sites=3))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "CHECK_EVERY_S", 0.02)
    monkeypatch.setattr(keeper, "PAUSES_S", (0.0, 0.01, 0.01))


async def _fine() -> None:
    return None


def _service(asked: Order, name: str, code: str, check: Any = _fine, after: Any = None) -> Service:
    return Service(name, lambda: [sys.executable, "-c", code], check, asked.folder, asked.folder / f"{name}.log",
                   after=after)  # fmt: skip


async def _until(asked: Order, true: Callable[[State], bool]) -> State:
    async with asyncio.timeout(30):
        while True:
            found = state.read(asked.folder)
            if true(found):
                return found
            await asyncio.sleep(0.005)


async def _supervised(asked: Order, wanted: Sequence[Service], what: Callable[[], Any]) -> State:
    stop = asyncio.Event()
    task = asyncio.create_task(supervise(asked, wanted, _now, stop))
    try:
        await what()
    finally:
        stop.set()
        ended = await task
    return ended


def _process(found: State, name: str) -> Running:
    one = found.service(name)
    assert one is not None
    assert one.running is not None
    return one.running


def _all_up(found: State) -> bool:
    return bool(found.services) and all(s.phase == "up" for s in found.services)


def test_killed_service_runs_again_and_what_comes_after_its_start_is_done_again(asked: Order, run_async: Run) -> None:
    done: list[str] = []

    async def after() -> None:
        done.append("rooms")

    async def kill() -> None:
        first = _process(await _until(asked, _all_up), "janus")
        first.signal(9)
        found = await _until(asked, lambda s: _all_up(s) and _process(s, "janus") != first)
        assert found.services[0].restarts == 1
        assert "SIGKILL" in found.services[0].note

    ended = run_async(_supervised(asked, [_service(asked, "janus", SLEEPS, after=after)], kill))
    assert done == ["rooms", "rooms"]
    assert [s.phase for s in ended.services] == ["stopped"]


def test_what_carries_the_call_goes_first_again_after_a_fall(asked: Order, run_async: Run) -> None:
    ours = os.getpriority(os.PRIO_PROCESS, 0)
    try:
        os.setpriority(os.PRIO_PROCESS, 0, ours - 1)
    except OSError:
        pytest.skip("nobody may go first here")
    os.setpriority(os.PRIO_PROCESS, 0, ours)
    wanted = dataclasses.replace(_service(asked, "one", SLEEPS), first=True)
    found: list[int] = []

    async def falls() -> None:
        for restarts in (0, 1):
            told = await _until(asked, lambda s, n=restarts: _up(s, "one") and s.services[0].restarts == n)  # type: ignore[misc]
            running = _process(told, "one")
            found.append(os.getpriority(os.PRIO_PROCESS, running.pid))
            running.signal(9)

    run_async(_supervised(asked, [wanted], falls))
    assert found == [FIRST, FIRST]


def _up(found: State, name: str) -> bool:
    one = found.service(name)
    return one is not None and one.phase == "up" and one.alive


def test_service_that_hangs_is_ended_and_runs_again(asked: Order, run_async: Run) -> None:
    silent: list[bool] = []

    async def check() -> None:
        if silent and silent[0]:
            raise NoAnswer("is silent", where="test")

    async def hang() -> None:
        first = _process(await _until(asked, _all_up), "janus")
        silent.append(True)
        await _until(asked, lambda s: s.services[0].restarts == 1)
        silent[0] = False
        found = await _until(asked, lambda s: _all_up(s) and _process(s, "janus") != first)
        assert "hung" in found.services[0].note

    run_async(_supervised(asked, [_service(asked, "janus", SLEEPS, check)], hang))


def test_service_that_falls_again_and_again_is_given_up_and_the_others_go_on(asked: Order, run_async: Run) -> None:
    falling = _service(asked, "turn", "import time; time.sleep(0.15); raise SystemExit('ERROR: no use')")

    async def wait() -> None:
        found = await _until(asked, lambda s: len(s.services) == 2 and s.services[1].phase == "given up")
        assert found.services[1].restarts == 3
        assert "given up after 3 falls" in found.services[1].note
        assert "ERROR: no use" in found.services[1].note
        assert found.services[0].phase == "up"
        assert found.services[0].alive

    run_async(_supervised(asked, [_service(asked, "janus", SLEEPS), falling], wait))


def test_service_that_does_not_come_up_at_first_ends_the_others_and_says_why(asked: Order, run_async: Run) -> None:
    async def never() -> None:
        raise NoAnswer("not yet", where="test")

    broken = _service(asked, "turn", "raise SystemExit('ERROR: no such address')", never)

    async def fail() -> State:
        return await supervise(asked, [_service(asked, "janus", SLEEPS), broken], _now, asyncio.Event())

    ended = run_async(fail())
    assert ended.fault_code == "conference-cannot-start"
    assert "no such address" in ended.fault
    assert not ended.left
    assert not state.read(asked.folder).left


def test_services_of_a_killed_supervisor_are_taken_over_as_they_run(asked: Order, run_async: Run) -> None:
    wanted = [_service(asked, "janus", SLEEPS), _service(asked, "turn", SLEEPS)]

    async def take_over() -> None:
        first = asyncio.create_task(supervise(asked, wanted, _now, asyncio.Event()))
        before = await _until(asked, _all_up)
        text = (asked.folder / state.FILE).read_text()
        janus, turn = _process(before, "janus"), _process(before, "turn")
        second_stop = asyncio.Event()
        second = asyncio.create_task(supervise(asked, wanted, _now, second_stop))
        await asyncio.sleep(0)
        found = await _until(asked, _all_up)
        assert (_process(found, "janus"), _process(found, "turn")) == (janus, turn)
        assert text
        turn.signal(9)
        await _until(asked, lambda s: _all_up(s) and _process(s, "turn") != turn)
        second_stop.set()
        await second
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        assert not janus.alive

    run_async(take_over())


def test_full_disk_ends_no_call_and_the_state_is_still_told(
    asked: Order, run_async: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fill() -> None:
        first = _process(await _until(asked, _all_up), "janus")

        def full(path: Path, text: str) -> None:
            raise BadInput("cannot be written: No space left on device", where=str(path))

        monkeypatch.setattr(state, "write_whole", full)
        size = (asked.folder / state.FILE).stat().st_size
        first.signal(9)
        found = await _until(asked, lambda s: _all_up(s) and _process(s, "janus") != first)
        assert found.services[0].restarts == 1
        assert (asked.folder / state.FILE).stat().st_size == size

    run_async(_supervised(asked, [_service(asked, "janus", SLEEPS)], fill))


def test_log_on_a_full_disk_ends_no_service(asked: Order, run_async: Run) -> None:
    talks = (
        "import sys, time\nwhile True:\n    try: print('x', flush=True)\n    except OSError: pass\n    time.sleep(.01)"
    )
    one = Service("janus", lambda: [sys.executable, "-c", talks], _fine, asked.folder, Path("/dev/full"))

    async def wait() -> None:
        found = await _until(asked, _all_up)
        await asyncio.sleep(0.1)
        assert _process(found, "janus").alive

    run_async(_supervised(asked, [one], wait))


def test_second_supervisor_of_a_folder_is_refused(asked: Order, run_async: Run) -> None:
    from setsail.store.leases import locked

    with locked(asked.folder / state.LOCK), pytest.raises(CannotStart, match="another supervisor"):
        run_async(run(asked.folder, _now))


def test_order_is_kept_private_and_read_as_it_was(asked: Order, tmp_path: Path) -> None:
    order.write(asked)
    assert (asked.folder / order.FILE).stat().st_mode & 0o777 == 0o600
    assert order.read(asked.folder) == asked
    assert asked.rooms.pin not in repr(asked.rooms)
    assert asked.place.secret not in repr(asked.place)


def test_broken_order_is_told(asked: Order) -> None:
    from setsail.base.errors import StoreCorrupt

    for text in ("{", "{}", "[]", '{"turn": 3}'):
        (asked.folder / order.FILE).write_text(text)
        with pytest.raises(StoreCorrupt):
            order.read(asked.folder)


def test_state_that_cannot_be_read_is_empty(asked: Order) -> None:
    for text in ("", "{", "[]", '{"services": [{}]}'):
        (asked.folder / state.FILE).write_text(text)
        assert state.read(asked.folder) == State()
