"""Attempts to sign in are counted by name and by address; too many in a while are turned away."""

from __future__ import annotations

import threading
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

WHILE = timedelta(minutes=10)
MOST_OF_A_NAME_FROM_AN_ADDRESS = 8
MOST_OF_A_NAME = 40
"""From all addresses: five of them may lock a name out for a while, one may not."""
MOST_OF_AN_ADDRESS = 40
"""Of all names, and never forgotten by a success: an own account does not buy more guesses at those of others."""
MOST_KEYS = 20_000

Key = tuple[str, str]


@dataclass(slots=True)
class Attempts:
    """When sign-ins were tried, by name and address; those that succeeded are taken out again."""

    tried: OrderedDict[Key, deque[datetime]] = field(default_factory=OrderedDict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, name: str, address: str, now: datetime) -> int:
        """Counts an attempt before its password is looked at; where there were too many, how long to wait [s], else 0.

        One that is turned away is not counted, so that the wait ends.
        """
        with self.lock:
            wait_s = max(self._wait_s(key, most, now) for key, most in _keys(name, address))
            if not wait_s:
                for key, _ in _keys(name, address):
                    self._times(key).append(now)
            return wait_s

    def succeeded(self, name: str, address: str, now: datetime) -> None:
        """Forgets the failures of a name from this address, and this attempt everywhere."""
        with self.lock:
            self.tried.pop(("both", f"{name} {address}"), None)
            for key in (("name", name), ("address", address)):
                if (times := self.tried.get(key)) and now in times:
                    times.remove(now)

    def _times(self, key: Key) -> deque[datetime]:
        times = self.tried.setdefault(key, deque())
        self.tried.move_to_end(key)
        while len(self.tried) > MOST_KEYS:
            self.tried.popitem(last=False)
        return times

    def _wait_s(self, key: Key, most: int, now: datetime) -> int:
        times = self.tried.get(key)
        while times and now - times[0] >= WHILE:
            times.popleft()
        if not times:
            self.tried.pop(key, None)
            return 0
        return int((times[0] + WHILE - now).total_seconds()) + 1 if len(times) >= most else 0


def _keys(name: str, address: str) -> tuple[tuple[Key, int], ...]:
    return (
        (("both", f"{name} {address}"), MOST_OF_A_NAME_FROM_AN_ADDRESS),
        (("name", name), MOST_OF_A_NAME),
        (("address", address), MOST_OF_AN_ADDRESS),
    )
