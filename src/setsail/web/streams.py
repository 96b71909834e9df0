"""Lines that stay open (text/event-stream): they end with the session that opened them, within seconds."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from time import monotonic

from fastapi import Request
from fastapi.responses import StreamingResponse

from setsail.web.access import Session, session_of
from setsail.web.state import state_of

LOOK_S = 0.5
PROOF_S = 2.0
"""Between two looks at whether the session still holds."""
SILENT_TURNS = 30
LONGEST_S = 3600.0
SILENT = "event: beat\ndata: still there\n\n"
"""So that a page notices where nothing comes through any more."""
HEADERS = {"x-accel-buffering": "no"}  # a proxy in between shall not hold it back


@dataclass(slots=True)
class Proof:
    """Whether who opened a line may still hold it; looked up now and then."""

    request: Request
    session: Session
    at: float = 0.0

    async def holds(self) -> bool:
        """False from the first look after the session ended, or its account became another."""
        if monotonic() - self.at < PROOF_S:
            return True
        found = await asyncio.to_thread(session_of, self.request, state_of(self.request))
        self.at = monotonic()
        return found == self.session


def streamed(lines: AsyncIterator[str]) -> StreamingResponse:
    """The answer that tells these lines as they come."""
    return StreamingResponse(lines, media_type="text/event-stream", headers=HEADERS)


async def following(request: Request, session: Session, look: Callable[[], tuple[str, bool]]) -> AsyncIterator[str]:
    """What `look` finds each time it is another, until it says that this was the last, or the session has ended."""
    proof, last = Proof(request, session), ""
    for turn in range(int(LONGEST_S / LOOK_S)):
        if not await proof.holds():
            return
        text, ended = await asyncio.to_thread(look)
        if text != last:
            yield f"data: {text}\n\n"
            last = text
        elif turn % SILENT_TURNS == 0:
            yield SILENT
        if ended or await request.is_disconnected():
            return
        await asyncio.sleep(LOOK_S)
