"""One service kept running: started, asked whether it answers, started again after a fall, given up in a crash loop."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import datetime

from setsail.base.errors import SetSailError
from setsail.conference.server import logs, process
from setsail.conference.server.answering import CHECK_WITHIN_S, answering
from setsail.conference.server.errors import CannotStart
from setsail.conference.server.process import Running
from setsail.conference.server.services import Service
from setsail.conference.server.state import Phase, ServiceState, moment

CHECK_EVERY_S = 2.0
SILENT_CHECKS = 2
"""Questions in a row without an answer after which a process counts as hung and is ended."""
PAUSES_S = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0)
"""Before each start after a fall in a row; after the last the service is given up."""
STEADY_S = 60.0
"""A service that ran so long begins again with the first pause."""


class Keeper:
    """Keeps one service. told : called at each change of `state`;  opened : set when it answered, or failed, at first.

    fault : why it did not come up at first.
    """

    def __init__(self, service: Service, state: ServiceState, told: Callable[[], None],
                 now: Callable[[], datetime]) -> None:  # fmt: skip
        self.service, self.state = service, state
        self.fault: SetSailError | None = None
        self.opened = asyncio.Event()
        self._told, self._now, self._falls, self._since = told, now, 0, logs.size(service.log)

    async def keep(self) -> None:
        """Runs until it is cancelled, or the service is given up, or does not come up at first (`fault`)."""
        running = self.state.running if self.state.alive else None
        while True:
            fresh = running is None
            try:
                running = await self._started() if running is None else running
                if not self.opened.is_set():
                    await self._answering(running)
            except (SetSailError, OSError) as err:
                if running is not None:  # taken over, and does not answer
                    await running.end(grace_s=0.5)
                running = None
                if fresh and not self.opened.is_set():
                    self.fault = (
                        err if isinstance(err, SetSailError) else CannotStart(str(err), where=self.service.name)
                    )
                    self.opened.set()
                    return
                reason = str(err)
            else:
                self._tell("up", running)
                self.opened.set()
                reason = await self._fallen(running)
                running = None
            if not await self._again(reason):
                return

    async def _started(self) -> Running:
        """A new process that answers, with all done that comes after its start."""
        self._tell("starting", None)
        service = self.service
        self._since = logs.size(service.log)
        running = process.start(service.command(), log=service.log, environment=service.environment,
                                folder=service.folder, dies_with_us=False)  # fmt: skip
        if service.first:
            process.hurry(running.pid)
        self._tell("starting", running)
        try:
            await self._answering(running)
            if service.after is not None:
                await service.after()
        except BaseException:
            running.signal(9)
            with contextlib.suppress(asyncio.CancelledError):
                await running.gone(5)
            process.reap(running.pid)
            raise
        self.state.since = moment(self._now())
        return running

    async def _answering(self, running: Running) -> None:
        await answering(self.service.name, running, self.service.check, self.service.log, since=self._since)

    async def _fallen(self, running: Running) -> str:
        """Waits until the process is no more, or hangs and is ended; why."""
        began, silent = asyncio.get_running_loop().time(), 0
        hung = False
        while not await running.gone(CHECK_EVERY_S):
            try:
                async with asyncio.timeout(CHECK_WITHIN_S):
                    await self.service.check()
                silent = 0
            except (SetSailError, OSError):
                silent += 1
            if silent >= SILENT_CHECKS and running.alive:
                hung = True
                running.signal(9)
        how = process.reap(running.pid) or "ended"
        if asyncio.get_running_loop().time() - began >= STEADY_S:
            self._falls = 0
        said = logs.faults(self.service.log, since=self._since)
        return ("hung without an answer and was ended" if hung else how) + (f"; its log says: {said}" if said else "")

    async def _again(self, reason: str) -> bool:
        """Waits for the next start; False where there will be none."""
        if self._falls >= len(PAUSES_S):
            self.state.note = f"given up after {self._falls} falls in a row: {reason}"
            self._tell("given up", None)
            return False
        pause = PAUSES_S[self._falls]
        self._falls += 1
        self.state.restarts += 1
        self.state.note = f"{moment(self._now())} {reason}"
        self._tell("waiting", None)
        await asyncio.sleep(pause)
        return True

    def _tell(self, phase: Phase, running: Running | None) -> None:
        self.state.phase = phase
        self.state.running = running
        self._told()
