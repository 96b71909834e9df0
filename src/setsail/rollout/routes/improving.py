"""Routes made better by ruin and recreate, judged by the exact times of `timing`.

A few sites are taken out (near each other, of the crew that ends last, or by chance), and put back one by one where
regret is greatest: the one that would lose most if its best crew were not taken.
Source: Ropke, Pisinger, Transportation Science 40(4), 2006 (regret); Schrimpf et al., J. Comput. Phys. 159, 2000.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.route import BROKEN_S, RouteValue, route_value
from setsail.rollout.timing.runs import Run, Trips, run

Key = tuple[int, int, int, int, int]
"""Rules broken, lateness, milestones missed, last acceptance, way and waiting together; smaller is better in order."""
BROKEN, LATE, SHORT, FINISH, OWN_FINISH, WAY = 1e6, 1e4, 1e3, 30.0, 1.0, 0.02
"""Weights of one second (of one metre: WAY) where a place is put back and where a worse round is taken for a while."""
MOST_OUT = 8
NEAR = 24
"""Places looked at around one that is taken out."""
WARM, COLD = 20_000.0, 200.0
"""Weighted seconds by which a round may be worse: 10 minutes of the last acceptance at first, some seconds at last."""
MOST_CREWS = 16
"""Crews tried for a place, the nearest ones, where there are more."""


@dataclass(slots=True)
class State:
    """Routes of all crews, with their exact run;  crews : whose trips may change;  values : of trips as they stand."""

    frame: Frame
    trips: Trips
    crews: tuple[int, ...]
    done: Run
    values: dict[int, RouteValue] = field(default_factory=dict)

    def value(self, c: int) -> RouteValue:
        """The value of one crew's trips, kept until they change."""
        if c not in self.values:
            self.values[c] = self.of(c, self.trips[c])
        return self.values[c]

    def of(self, c: int, own: Sequence[Sequence[int]]) -> RouteValue:
        """The value of other trips of a crew, with the sets as ready as they are for its present trips."""
        ready = self.done.ready[c]
        spare = ready[-1] if ready else 0
        return route_value(self.frame, c, own, [*ready[: len(own)], *[spare] * (len(own) - len(ready))])


def key(done: Run) -> Key:
    """What routes are compared by."""
    score = done.score
    return score.broken_s, score.late_s, score.short_s, score.finish_s, score.distance_m + sum(done.accepted.values())


def weight(found: Key) -> float:
    """The key as one number, for the annealing alone."""
    return found[0] * BROKEN + found[1] * LATE + found[2] * SHORT + found[3] * FINISH + found[4] * WAY


def improved(
    frame: Frame, trips: Trips, *, rng: np.random.Generator, rounds: int, seconds: float,
    crews: Iterable[int] | None = None, clock: Callable[[], float] = time.perf_counter,
) -> Trips:  # fmt: skip
    """Trips that are no worse, after so many rounds or seconds.

    crews : whose trips may change, all by default.  Places that need several crews stay where they are.
    """
    begun = clock()
    best, best_key = trips, key(run(frame, trips))
    state = State(frame, trips, tuple(range(len(frame.crews)) if crews is None else sorted(crews)), run(frame, trips))
    present = weight(best_key)
    for k in range(rounds):
        share = max(k / rounds, (clock() - begun) / seconds)
        if share >= 1:
            break
        out = ruin(state, rng)
        if not out:
            break
        changed = recreated(state, out, rng)
        done = run(frame, changed)
        found = key(done)
        if found < best_key:
            best, best_key = changed, found
        heat = WARM * (COLD / WARM) ** share
        if weight(found) <= present - heat * np.log(max(1e-9, rng.random())):
            present, state = weight(found), State(frame, changed, state.crews, done)
        elif rng.random() < 0.01:
            present, state = weight(best_key), State(frame, best, state.crews, run(frame, best))
    return best


def ruin(state: State, rng: np.random.Generator) -> list[int]:
    """Places that are taken out this time."""
    frame = state.frame
    held = [p for c in state.crews for trip in state.trips[c] for p in trip if frame.crews_at[p] == 1]
    if not held:
        return []
    count = int(rng.integers(1, min(MOST_OUT, len(held)) + 1))
    way = rng.random()
    if way < 0.4:
        accepted = state.done.accepted
        last = max(state.crews, key=lambda c: max((accepted.get(p, 0) for t in state.trips[c] for p in t), default=-1))
        own = [p for trip in state.trips[last] for p in trip if frame.crews_at[p] == 1] or held
        seed = own[int(rng.integers(len(own)))]
    else:
        seed = held[int(rng.integers(len(held)))]
    if way > 0.9:
        return sorted({held[int(i)] for i in rng.integers(0, len(held), count)})
    n = frame.n
    near = sorted(held, key=lambda p: frame.seconds[seed * n + p])[:NEAR]
    weights = np.arange(len(near), 0, -1.0)
    picked = rng.choice(len(near), size=min(count, len(near)), replace=False, p=weights / weights.sum())
    return sorted({seed, *(near[int(i)] for i in picked)})


def recreated(state: State, out: Iterable[int], rng: np.random.Generator | None) -> Trips:
    """The routes with these places put back, the one with the greatest regret first; rng : for a little noise."""
    frame = state.frame
    left = set(out)
    trips = list(state.trips)
    for c in state.crews:
        if any(p in left for trip in trips[c] for p in trip):
            kept = [[p for p in trip if p not in left] for trip in trips[c]]
            trips[c] = [trip for trip in kept if trip]
    work = State(frame, trips, state.crews, state.done)
    offers: dict[int, dict[int, tuple[float, list[list[int]]]]] = {
        p: {c: offer for c in _able(work, p) if (offer := _offer(work, c, p, rng)) is not None} for p in sorted(left)
    }
    while offers:
        p = max(offers, key=lambda q: (_regret(offers[q]), -q))
        if offers[p]:
            c, (_, own) = min(offers[p].items(), key=lambda item: (item[1][0], item[0]))
            work.trips[c] = own
            work.values.pop(c, None)
            for q, offered in offers.items():
                if q != p and c in offered:
                    offer = _offer(work, c, q, rng)
                    if offer is not None:
                        offered[c] = offer
        del offers[p]
    return work.trips


def _regret(offered: dict[int, tuple[float, list[list[int]]]]) -> float:
    """What is lost if the best crew is not taken; those that one crew alone can serve come first."""
    costs = sorted(cost for cost, _ in offered.values())
    if not costs:
        return -1.0
    return costs[1] - costs[0] if len(costs) > 1 else float("inf")


def _able(state: State, p: int) -> list[int]:
    """Crews that may serve a place: with its skills and room for its sets, the nearest where there are many."""
    frame, n = state.frame, state.frame.n
    able = [c for c in state.crews if _may(frame, c, p)]
    if len(able) <= MOST_CREWS:
        return able

    def away(c: int) -> int:
        stops = [frame.crews[c].start, *(q for trip in state.trips[c] for q in trip)]
        return min(frame.seconds[q * n + p] for q in stops)

    return sorted(able, key=lambda c: (away(c), c))[:MOST_CREWS]


def _may(frame: Frame, c: int, p: int) -> bool:
    """True where a crew has the skills and the room for a place."""
    own = frame.crews[c]
    return not frame.need[p] & ~own.have and frame.bring[p] <= max(own.capacity, own.aboard)


def _offer(state: State, c: int, p: int, rng: np.random.Generator | None) -> tuple[float, list[list[int]]] | None:
    """What a place costs in the best position of a crew's trips, and those trips; None where none is allowed."""
    before = state.value(c)
    best: tuple[float, list[list[int]]] | None = None
    limit = state.done.score.finish_s
    for own in _positions(state.frame, c, state.trips[c], p):
        value = state.of(c, own)
        cost = (
            (value.broken_s - before.broken_s) * BROKEN + (value.late_s - before.late_s) * LATE
            + max(0, value.finish_s - limit) * FINISH + (value.finish_s - before.finish_s) * OWN_FINISH
            + (value.distance_m - before.distance_m) * WAY
        )  # fmt: skip
        if best is None or cost < best[0]:
            best = cost, own
    if best is None or best[0] >= BROKEN * BROKEN_S:
        return None
    if rng is not None:
        best = best[0] * (1 + 0.1 * rng.random()), best[1]
    return best


def _positions(frame: Frame, c: int, own: list[list[int]], p: int) -> Iterable[list[list[int]]]:
    """A crew's trips with a place in each position that its vehicle has room for, and on a trip of its own."""
    capacity = frame.crews[c].capacity
    for k, trip in enumerate(own):
        if frame.bring[p] and frame.bring[p] + sum(frame.bring[q] for q in trip) > capacity:
            continue
        for i in range(len(trip) + 1):
            yield [*own[:k], [*trip[:i], p, *trip[i:]], *own[k + 1 :]]
    yield [*own, [p]]
    if own:
        yield [[p], *own]
