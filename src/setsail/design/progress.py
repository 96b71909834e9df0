"""How far a design is, told while it goes on, and the way to end it early."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from threading import Event, Lock

Told = Callable[[str, float], None]
"""Is called with the stage that goes on and the share of the whole design that is done, 0..1; from any thread."""
SHARES: Mapping[str, float] = {
    "levels of places for heads": 0.15,
    "choice of heads": 0.69,
    "position errors": 0.05,
    "cells and powers": 0.03,
    "flows and slices": 0.07,
    "bill": 0.01,
}
"""Stages in their order, with the share of the time that each took of a hospital of twelve floors."""
LEVELS, HEADS, POSITIONS, CELLS, SERVICE, BILL = SHARES


class Ended(Exception):
    """A design that is being given up; it never leaves `place`, where what ended it is raised instead."""


class Progress:
    """Counts the steps of the stages. Threads that work on one design share it."""

    def __init__(self, told: Told | None = None) -> None:
        self._told, self._lock, self._ended = told, Lock(), Event()
        self._done = dict.fromkeys(SHARES, 0.0)

    def step(self, stage: str, of: int = 1) -> None:
        """Ends one of so many steps of a stage. Raises Ended where the design is being given up."""
        self.check()
        if self._told is None:
            return
        with self._lock:
            self._done[stage] = min(self._done[stage] + 1.0 / of, 1.0)
            self._told(stage, sum(SHARES[name] * done for name, done in self._done.items()))

    def check(self) -> None:
        """Raises Ended where the design is being given up."""
        if self._ended.is_set():
            raise Ended

    @contextmanager
    def ending_together(self) -> Iterator[None]:
        """Gives up what other threads still do where one of them, or the person, ends the work."""
        try:
            yield
        except BaseException:
            self._ended.set()
            raise
