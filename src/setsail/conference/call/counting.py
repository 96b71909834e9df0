"""Counting of one received stream: packets by sequence number, pictures by RTP time stamp, freezes between pictures."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from statistics import median

HALF, WHOLE = 1 << 15, 1 << 16
REMEMBERED = 1024
"""Sequence numbers kept to tell a late packet from a second copy."""
WORTH_ASKING, TRIES = 32, 2
"""Longest gap that is asked for, and how often."""
MEAN_OVER = 30
"""Intervals of the running mean that a freeze is told by."""
FREEZE_FACTOR, FREEZE_MORE_S = 3.0, 0.150
DELAYS_KEPT = 512


@dataclass(slots=True)
class Tally:
    """What has come since `begin_s`. step : RTP time stamp units a picture."""

    step: int
    begin_s: float
    packets: int = 0
    gaps: int = 0
    repaired: int = 0
    copies: int = 0
    frames: int = 0
    freezes: int = 0
    longest_gap_s: float = 0.0
    marks: int = 0
    marks_wrong: int = 0
    delays_s: list[float] = field(default_factory=list)
    first_ts: int | None = None
    last_ts: int = 0

    @property
    def lost(self) -> int:
        """Packets that never came."""
        return max(0, self.gaps - self.repaired)

    @property
    def frames_lost(self) -> int:
        """Pictures missing between the first and the last, by their time stamps."""
        if self.first_ts is None:
            return 0
        between = round(((self.last_ts - self.first_ts) & 0xFFFFFFFF) / self.step) + 1
        return max(0, between - self.frames)

    @property
    def delay_s(self) -> float | None:
        """Median delay of the pictures whose strip was read."""
        return median(self.delays_s) if self.delays_s else None

    def delayed(self, seconds: float) -> None:
        """One more delay; the first 512 are kept."""
        if len(self.delays_s) < DELAYS_KEPT:
            self.delays_s.append(seconds)


class Sequence:
    """Sequence numbers of 16 bits as they come: which are new, late or a second copy, and which are missing.

    missing : number to how often it was asked for.
    """

    def __init__(self) -> None:
        self.top: int | None = None
        self.missing: dict[int, int] = {}
        self._seen: set[int] = set()

    def add(self, number: int, tallies: tuple[Tally, ...]) -> tuple[int, bool] | None:
        """The number beyond 16 bits and whether new gaps came to light; None for a second copy."""
        if self.top is None:
            self.top = number + WHOLE
            self._seen.add(self.top)
            for tally in tallies:
                tally.packets += 1
            return self.top, False
        whole = self.top + (number - self.top + HALF) % WHOLE - HALF
        if whole in self._seen:
            for tally in tallies:
                tally.copies += 1
            return None
        self._seen.add(whole)
        gap = whole - self.top - 1
        late = whole < self.top
        for tally in tallies:
            tally.packets += 1
            tally.gaps += max(0, gap)
            tally.repaired += late
        if 0 < gap <= WORTH_ASKING:
            self.missing.update(dict.fromkeys(range(self.top + 1, whole), 0))
        self.missing.pop(whole, None)
        self.top = max(self.top, whole)
        if len(self._seen) > 2 * REMEMBERED:
            self._forget(self.top)
        return whole, gap > 0

    def has(self, whole: int) -> bool:
        """Whether this number has come (of the last thousand)."""
        return whole in self._seen

    def wanted(self) -> list[int]:
        """Numbers of 16 bits to ask for again; each is named twice at most, or an overload would feed itself."""
        asked = [n & 0xFFFF for n in self.missing]
        self.missing = {n: tries + 1 for n, tries in self.missing.items() if tries + 1 < TRIES}
        return asked

    def _forget(self, top: int) -> None:
        low = top - REMEMBERED
        self._seen = {n for n in self._seen if n >= low}


class Freezes:
    """Freezes as WebRTC counts them: an interval longer than max(3 x mean, mean + 150 ms) of the last 30.

    Source: W3C, Identifiers for WebRTC's Statistics API, RTCInboundRtpStreamStats.freezeCount.
    """

    def __init__(self) -> None:
        self._intervals: deque[float] = deque(maxlen=MEAN_OVER)
        self._last_s: float | None = None

    def frame(self, at_s: float, tallies: tuple[Tally, ...]) -> None:
        """A whole picture came at that time."""
        if self._last_s is not None:
            gap = at_s - self._last_s
            self._judge(gap, tallies)
            self._intervals.append(gap)
        self._last_s = at_s

    def end(self, at_s: float, tallies: tuple[Tally, ...]) -> None:
        """The time of measurement is over: a stream that stands still is one more freeze."""
        if self._last_s is not None:
            self._judge(at_s - self._last_s, tallies)

    def _judge(self, gap: float, tallies: tuple[Tally, ...]) -> None:
        if not self._intervals:
            return
        mean = sum(self._intervals) / len(self._intervals)
        frozen = gap > max(FREEZE_FACTOR * mean, mean + FREEZE_MORE_S)
        for tally in tallies:
            tally.freezes += frozen
            tally.longest_gap_s = max(tally.longest_gap_s, gap)
