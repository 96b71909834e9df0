"""How much later the work at each place could end without anything that counts being later."""

from __future__ import annotations

from setsail.rollout.timing.frame import NEVER, Frame
from setsail.rollout.timing.runs import Run, Stop


def slacks(frame: Frame, done: Run) -> dict[int, int]:
    """Seconds by which the work at each visited place could end later: the finish of the run, due times, windows and
    shifts that it keeps stay as they are. Where one is broken already, nothing may become worse.
    """
    latest = _Latest(frame, done)
    while latest.tighten():
        pass
    return {p: max(0, latest.end[p] - end) for p, end in done.end.items()}


class _Latest:
    """The latest end of the work at each place; lowered until nothing changes."""

    def __init__(self, frame: Frame, done: Run) -> None:
        self.frame, self.done = frame, done
        self.end = {p: self._own(p, end) for p, end in done.end.items()}
        self.chains: dict[int, list[Stop]] = {}
        for stop in done.stops:
            self.chains.setdefault(stop.crew, []).append(stop)
        for chain in self.chains.values():
            chain.sort(key=lambda s: (s.order == -1, s.trip, s.order))
        self.last = {c: next((s for s in reversed(chain) if s.order > 0), None) for c, chain in self.chains.items()}

    def _own(self, p: int, end: int) -> int:
        """What the place itself allows."""
        frame, accepted = self.frame, self.done.accepted[p]
        until = min(self.done.score.finish_s, frame.due[p]) if accepted <= frame.due[p] else accepted
        limit = frame.limit[p] if end <= frame.limit[p] else end
        return min(until - frame.remote[p], limit)

    def tighten(self) -> bool:
        """Goes back along the way of every crew once; True where something became earlier."""
        changed = False
        for c, chain in self.chains.items():
            latest = NEVER
            for stop in reversed(chain):
                latest = self._before(c, stop, latest)
                if stop.order > 0:
                    if latest < self.end[stop.place]:
                        self.end[stop.place] = latest
                        changed = True
                    latest = self.end[stop.place] - self.frame.work[stop.place]
                elif stop.order == 0:
                    latest -= self.frame.crews[c].load
                latest -= self.frame.seconds[stop.left * self.frame.n + stop.place]
        return changed

    def _before(self, c: int, stop: Stop, latest: int) -> int:
        """The latest end of a stop, when the next must be left for by `latest`."""
        own = self.frame.crews[c]
        if stop.order == -1:
            return own.road_until if stop.end <= own.road_until else stop.end
        if stop.order > 0 and stop is self.last[c]:
            latest = min(latest, own.until_s if stop.end <= own.until_s else stop.end)
        return latest
