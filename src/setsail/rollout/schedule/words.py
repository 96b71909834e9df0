"""What decides a time, in one word for a site and in a sentence for the plan."""

from __future__ import annotations

from dataclasses import dataclass

from setsail.rollout.routes.floors import minutes_told
from setsail.rollout.timing.frame import Frame, moment
from setsail.rollout.timing.runs import Run, Stop

WORDS = ("crew", "line", "bench", "window", "release")
"""What can decide when a site is accepted."""


@dataclass(frozen=True, slots=True)
class Cause:
    """What decides a place's acceptance. word : one of `WORDS`;  told : as half a sentence."""

    word: str
    told: str


def causes(frame: Frame, done: Run) -> dict[int, Cause]:
    """What decides each place that is visited or settled."""
    first = {p: _settled(frame, p) for p in frame.fixed}
    chains: dict[int, list[Stop]] = {}
    for stop in done.stops:
        chains.setdefault(stop.crew, []).append(stop)
    for chain in chains.values():
        chain.sort(key=lambda s: (s.order == -1, s.trip, s.order))
        by_bench = False
        for stop in chain:
            if stop.order == 0:
                by_bench = _waits_for_bench(frame, done, stop)
            elif stop.order > 0 and (stop.place not in first or stop.arrive >= stop.begin):
                waited = frame.floor[stop.place] > stop.arrive
                by_bench = by_bench and not waited
                held = "wait" if waited else "bench" if by_bench else "crew"
                first[stop.place] = _at(frame, done, stop, held)
    return first


def _waits_for_bench(frame: Frame, done: Run, stop: Stop) -> bool:
    """True where a departure is held up by the sets of the trip."""
    ready = done.ready[stop.crew][stop.trip]
    return ready > stop.arrive and stop.end <= ready + frame.crews[stop.crew].load


def _settled(frame: Frame, p: int) -> Cause:
    """What decides a place that needs no visit any more."""
    installed = frame.fixed[p][1]
    if frame.line[p] > installed:
        return _line(frame, p)
    return Cause("crew", f"the work at {frame.places[p]} ends at {moment(frame, installed):%H:%M}")


def _line(frame: Frame, p: int) -> Cause:
    """The line decides."""
    return Cause("line", f"the line of {frame.places[p]} comes up at {moment(frame, frame.line[p]):%H:%M}")


def _at(frame: Frame, done: Run, stop: Stop, held: str) -> Cause:
    """What decides a place that a crew visits. held : by "wait" for its opening, by the "bench" or by its "crew"."""
    p, own = stop.place, frame.crews[stop.crew]
    name = frame.places[p]
    if frame.line[p] > stop.end:
        return _line(frame, p)
    if held == "wait":
        site = frame.rollout.site(name)
        opens = moment(frame, frame.floor[p])
        windowed = site is not None and site.window_from is not None and site.window_from >= opens
        word = "window" if windowed else "release"
        what = "the window of" if windowed else "work may begin at"
        return Cause(word, f"{what} {name} opens at {opens:%H:%M}" if windowed else f"{what} {name} from {opens:%H:%M}")
    if held == "bench":
        ready = moment(frame, done.ready[stop.crew][stop.trip])
        return Cause("bench", f"the bench gives the sets of {own.crew}'s trip at {ready:%H:%M}")
    drive = minutes_told(frame.seconds[stop.left * frame.n + p])
    work = minutes_told(frame.work[p])
    return Cause(
        "crew", f"{own.crew} comes to {name} at {moment(frame, stop.arrive):%H:%M} ({drive} away) and works {work}"
    )


def decided(frame: Frame, place: int | None, found: dict[int, Cause]) -> str:
    """What decides the finish, as a sentence."""
    if place is None:
        return "there is nothing to do"
    return f"{frame.places[place]} is the last: {found[place].told}"
