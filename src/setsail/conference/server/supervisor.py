"""The process that keeps a conference running: `python -m setsail.conference.server.supervisor FOLDER`.

It starts what `services` lists, starts again what falls, makes the rooms anew with the same PINs, and ends all of it
on SIGTERM. Where it is itself killed, the services go on, and the next supervisor takes them over as they run.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from setsail.base.errors import SetSailError
from setsail.conference.server import logs, order, process, state
from setsail.conference.server.errors import CannotStart
from setsail.conference.server.keeper import Keeper
from setsail.conference.server.order import Order
from setsail.conference.server.services import Service, services
from setsail.conference.server.state import ServiceState, State
from setsail.store.leases import locked

TURN_OVER_EVERY_S = 5.0
GRACE_S = 5.0
LOG = "supervisor.log"


async def supervise(asked: Order, wanted: Sequence[Service], now: Callable[[], datetime], stop: asyncio.Event) -> State:
    """Keeps the services running until `stop`; what was so at the end, with nothing of it running any more.

    `fault` of it is set where a service did not come up at first; the others are ended then.
    """
    before = state.read(asked.folder)
    found = State(process.running(os.getpid()), state.moment(now()))
    found.services = [_taken_over(before, s.name) for s in wanted]

    def told() -> None:
        with contextlib.suppress(SetSailError):  # a full disk ends no call: what runs is asked of the kernel anyhow
            state.write(asked.folder, found)

    keepers = [Keeper(s, f, told, now) for s, f in zip(wanted, found.services, strict=True)]
    told()
    tasks = [asyncio.create_task(k.keep()) for k in keepers]
    tasks.append(asyncio.create_task(_hold_logs([*(s.log for s in wanted), asked.folder / LOG])))
    try:
        await _first_of(asyncio.gather(*(k.opened.wait() for k in keepers)), stop.wait())
        faults = [k.fault for k in keepers if k.fault is not None]
        if faults:
            found.fault, found.fault_code = str(faults[0]), faults[0].code
        else:
            await stop.wait()
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _end(found.services)
        found.supervisor = None
        told()
    return found


async def _first_of(*waits: object) -> None:
    tasks = [asyncio.ensure_future(w) for w in waits]  # type: ignore[call-overload]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _end(found: Sequence[ServiceState]) -> None:
    """Ends what runs, the last started first."""
    for one in reversed(found):
        if one.running is not None:
            await one.running.end(grace_s=GRACE_S)
        one.running = None
        one.phase = "stopped" if one.phase != "given up" else one.phase


async def _hold_logs(paths: Sequence[Path]) -> None:
    while True:
        await asyncio.sleep(TURN_OVER_EVERY_S)
        for path in paths:
            logs.turn_over(path)


def _taken_over(before: State, name: str) -> ServiceState:
    """The service as an earlier supervisor left it, if its process still runs."""
    old = before.service(name)
    if old is not None and old.alive:
        return ServiceState(name, "starting", old.running, old.since, old.restarts, old.note)
    return ServiceState(name)


async def run(folder: Path, now: Callable[[], datetime]) -> State:
    """Supervises the conference of a folder until SIGTERM or SIGINT. Raises CannotStart where another one does."""
    with locked(folder / state.LOCK, wait=False) as ours:
        if not ours:
            raise CannotStart("another supervisor runs", where=str(folder))
        asked = order.read(folder)
        if asked is None:
            raise CannotStart("has no order", where=str(folder), hint="setsail conference up")
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, stop.set)
        return await supervise(asked, services(asked), now, stop)


def main(arguments: list[str]) -> int:
    """0 where it was ended by `down`, 3 where the conference did not open."""
    try:
        ended = asyncio.run(run(Path(arguments[0]), lambda: datetime.now(UTC)))
    except SetSailError as err:
        sys.stderr.write(f"error [{err.code}] {err}\n")
        return 3
    if ended.fault:
        sys.stderr.write(f"error [{ended.fault_code}] {ended.fault}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
