"""Failed sign-ins are counted by name and by address; too many in a while are turned away."""

from __future__ import annotations

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

MOST = 8
WHILE = timedelta(minutes=10)
MOST_KEYS = 10_000


@dataclass(slots=True)
class Attempts:
    """When sign-ins failed, by name and address."""

    failed: dict[str, deque[datetime]] = field(default_factory=lambda: defaultdict(deque))

    def wait_s(self, keys: tuple[str, ...], now: datetime) -> int:
        """How long one must wait [s]; 0 where one may try."""
        return max(self._wait_s(key, now) for key in keys)

    def note(self, keys: tuple[str, ...], now: datetime) -> None:
        """One more failure."""
        if len(self.failed) > MOST_KEYS:
            self.failed.clear()
        for key in keys:
            self.failed[key].append(now)

    def forget(self, keys: tuple[str, ...]) -> None:
        """After a success."""
        for key in keys:
            self.failed.pop(key, None)

    def _wait_s(self, key: str, now: datetime) -> int:
        times = self.failed.get(key)
        while times and now - times[0] > WHILE:
            times.popleft()
        if not times or len(times) < MOST:
            return 0
        return int((times[0] + WHILE - now).total_seconds()) + 1
