"""Planning again after an event: a choice among all tours against repair and search alone, for as long, by seeds.

Both begin from the plan in force of the founding case and from where its crews stand; the finish is that of exact
times. `ratio` is how long after the event all sites are accepted on the average, the peer's to ours, over the seeds
with which both find routes that every depot has the sets for.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from benchmarks.measure import peak_mb
from setsail import api
from setsail.rollout.folder.reading import read
from setsail.rollout.live import log as logs
from setsail.rollout.live.course import course
from setsail.rollout.live.desk import checked
from setsail.rollout.live.events import Told
from setsail.rollout.live.keeping import with_drafts
from setsail.rollout.live.replan import kept, still_there
from setsail.rollout.live.standing import state
from setsail.rollout.routes import programs, solving
from setsail.rollout.routes.floors import why_not
from setsail.rollout.schedule.searching import Effort, Found, repaired, searched
from setsail.rollout.timing.frame import Frame, frame_of, moment
from setsail.rollout.timing.runs import Trips
from setsail.rollout.timing.supply import NONE_LEFT
from setsail.rollout.travel.study import times

CASE = "wuhan-2020"
EVENTS: dict[str, list[tuple[str, str, dict[str, str]]]] = {
    "crew C3 at 05:00": [("crew-lost", "05:00", {"crew": "C3"})],
    "crew C6 at 05:00": [("crew-lost", "05:00", {"crew": "C6"})],
    "crew C7 at 04:30": [("crew-lost", "04:30", {"crew": "C7"})],
    "crew C8 at 03:40": [("crew-lost", "03:40", {"crew": "C8"})],
    "crew C1 at 06:00": [("crew-lost", "06:00", {"crew": "C1"})],
    "crew C3 at 02:00": [("crew-lost", "02:00", {"crew": "C3"})],
    "device of S18 at 05:00": [("device-dead", "05:00", {"site": "S18"})],
    "line of S24 at 04:00": [("line-late", "04:00", {"site": "S24", "until": "10:00"})],
    "S10 an hour late at 04:50": [("late", "04:50", {"site": "S10", "stage": "delivered", "minutes": "60"})],
    "road S09|S20 at 04:10": [("road-closed", "04:10", {"road": "S09|S20"})],
    "crews C3 and C5": [("crew-lost", "05:00", {"crew": "C3"}), ("crew-lost", "05:20", {"crew": "C5"})],
    "crew C2 and road D1|S27": [
        ("crew-lost", "04:00", {"crew": "C2"}), ("road-closed", "04:20", {"road": "D1|S27"}),
    ],
}  # fmt: skip
SEEDS = {"smoke": 1, "full": 5}
PLANNED_S = {"smoke": 1.0, "full": 10.0}
SECONDS = 1.0
"""Of the processor, by the searching thread, so that other work on the machine changes nothing: about what the command
has of its two seconds. The peer's library has a second thread beside it, which is not counted."""


def run(size: str) -> list[dict[str, Any]]:
    """Rows of the benchmark. size : smoke or full."""
    solving.prepare()
    programs.prepare()
    with tempfile.TemporaryDirectory() as there:
        folder = Path(there) / "rollout"
        api.rollout_example(CASE, folder)
        now = datetime.now(UTC)
        api.rollout_plan(folder, seconds=PLANNED_S[size], now=now, by="", clock=time.perf_counter)
        names = list(EVENTS) if size == "full" else list(EVENTS)[:1]
        return [{"size": size, **row(name, folder, now, SEEDS[size])} for name in names]


def row(name: str, folder: Path, now: datetime, seeds: int) -> dict[str, Any]:
    """Both sides on one event, or on several in a row."""
    frame, given = after(folder, [Told(*one) for one in EVENTS[name]], now)
    mine = [timed(searched, frame, given, seed) for seed in range(seeds)]
    theirs = [timed(repaired, frame, given, seed) for seed in range(seeds)]
    ours, peer = ([found.run.score.finish_s for found, _ in side] for side in (mine, theirs))
    kept = [(a, b) for a, b in zip(ours, peer, strict=True) if max(a, b) < NONE_LEFT]
    return {
        "case": name, "open_sites": len(frame.todo), "seeds": seeds, "seconds": SECONDS,
        "seconds_ours": max(s for _, s in mine), "seconds_peer": max(s for _, s in theirs),
        "not_before": clock(frame, max(found.bound for found, _ in mine)),
        **{f"{word}_ours": clock(frame, of(ours)) for word, of in (("best", min), ("worst", max))},
        **{f"{word}_peer": clock(frame, of(peer)) for word, of in (("best", min), ("worst", max))},
        "unsound_ours": sum(bool(found.run.score.broken_s) for found, _ in mine),
        "unsound_peer": sum(bool(found.run.score.broken_s) for found, _ in theirs),
        "ratio": sum(b - frame.at for _, b in kept) / max(1, sum(a - frame.at for a, _ in kept)),
        "load": os.getloadavg()[0], "peak_mb": peak_mb(),
    }  # fmt: skip


def after(folder: Path, told: list[Told], now: datetime) -> tuple[Frame, Trips]:
    """How the work stands after events, and the routes in force."""
    rollout, log = read(folder), logs.read(folder)
    drafts = checked(rollout, log, told, now=now, by="", foreseen=True)
    stands = state(course(rollout, with_drafts(log, drafts)))
    travel = times(rollout, stands.standing.closed)
    frame = frame_of(still_there(rollout, stands), travel, stands.standing, at=stands.standing.at)
    frame = replace(frame, todo=frozenset(p for p in frame.todo if not why_not(frame, p)))
    return frame, frame.numbered(kept(stands))


def timed(
    search: Callable[[Frame, Trips, Effort], Found], frame: Frame, given: Trips, seed: int
) -> tuple[Found, float]:
    """What a search finds, and the seconds that it takes."""
    begun = time.thread_time()
    found = search(frame, given, Effort(begun, SECONDS, seed, time.thread_time))
    return found, time.thread_time() - begun


def clock(frame: Frame, second: int) -> str:
    """A second as a time of day."""
    return f"{moment(frame, second):%H:%M:%S}" if timedelta(seconds=second) < timedelta(days=10) else "never"
