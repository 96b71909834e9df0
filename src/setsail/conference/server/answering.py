"""Waiting until a process that was started answers."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from setsail.base.errors import SetSailError
from setsail.conference.server.errors import CannotStart
from setsail.conference.server.logs import tail
from setsail.conference.server.process import Running

READY_S = 10.0
CHECK_WITHIN_S = 4.0
PAUSE_S = 0.02


async def answering(
    name: str, running: Running, check: Callable[[], Awaitable[None]], log: Path, *, since: int = 0,
    within_s: float = READY_S,
) -> None:  # fmt: skip
    """Returns as soon as `check` does. Raises CannotStart where the process ends, or is silent for `within_s`.

    since : byte of the log at which this process began to write.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + within_s
    while True:
        if not running.alive:
            raise CannotStart(f"ended at once; its log says: {tail(log, since=since)}", where=name)
        try:
            async with asyncio.timeout(CHECK_WITHIN_S):
                await check()
        except (SetSailError, OSError) as err:
            if loop.time() > end:
                raise CannotStart(f"does not answer in {within_s:g} s ({err})", where=name, hint=f"see {log}") from err
        else:
            if running.alive:  # another program on our port would not know the secret
                return
        await asyncio.sleep(PAUSE_S)
