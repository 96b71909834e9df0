"""How far a design is, on standard error: a line that changes at a terminal, else a line now and then."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from setsail.cli.common import say

Told = Callable[[str, float], None]
EVERY_S = 5.0
"""Between lines where standard error is no terminal, and before the first."""


@contextmanager
def shown(clock: Callable[[], float]) -> Iterator[Told]:
    """What a design tells of its progress is shown. clock : seconds."""
    if not sys.stderr.isatty():
        yield lines(clock, say)
        return
    from rich.console import Console

    with Console(stderr=True).status("designing") as status:
        yield lambda stage, share: status.update(line(stage, share))


def lines(clock: Callable[[], float], write: Callable[[str], None]) -> Told:
    """Writes a line where the last one, or the beginning, is `EVERY_S` ago."""
    last = clock()

    def told(stage: str, share: float) -> None:
        nonlocal last
        now = clock()
        if now - last >= EVERY_S:
            last = now
            write(line(stage, share))

    return told


def line(stage: str, share: float) -> str:
    """The stage that goes on, and the share of the whole that is done."""
    return f"designing: {stage}, {share:.0%}"
