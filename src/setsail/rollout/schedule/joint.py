"""Crews, skills, places that need several crews, shifts, windows and the bench in one model (OR-Tools CP-SAT).

For small cases: it betters routes that other searches gave, proves that none ends earlier, or that no plan keeps all
rules. Every rule of it is one that `timing` holds too, so that its proofs hold for every plan.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from setsail.base.extras import require
from setsail.rollout.routes.floors import candidates
from setsail.rollout.timing.frame import CrewFrame, Frame
from setsail.rollout.timing.runs import Trips, run
from setsail.rollout.travel.matrix import UNREACHABLE

MOST_PLACES = 24
MOST_ARCS = 12_000
"""Of the model: above, building it takes longer than it is worth."""
SMALL = 10
"""Places up to which the model is used even where routes alone settle the case: it proves that they are best."""
LEAST_SECONDS = 2.5
"""Below, the solver would hardly be loaded."""
WORKERS = 2
LEAST_WORK, WORK_A_ROUND = 0.5, 0.01
"""In the solver's own unit of work, about a second of an idle core."""
HORIZON_S = 3 * 86_400
IMPOSSIBLE = "it is proved that no plan keeps all windows, due times, shifts and the deadline together"
START = -1
"""The node of a crew's start; places have the numbers of the frame."""


@dataclass(frozen=True, slots=True)
class Joint:
    """What the model gave. trips : None where none;  bound : of the finish, 0 where none;  impossible : by proof."""

    trips: Trips | None = None
    bench_order: list[tuple[int, int]] | None = None
    bound: int = 0
    bound_reason: str = ""
    impossible: str = ""


def fits(frame: Frame, seconds: float) -> bool:
    """True where the model is worth its time: small, and routes alone do not settle the case, or very small."""
    count, crews = len(frame.todo), len(frame.crews)
    if not count or seconds < LEAST_SECONDS or count > MOST_PLACES or 2 * crews * count * count > MOST_ARCS:
        return False
    return count <= SMALL or frame.together or waits_for_bench(frame) or any(frame.need[p] for p in frame.todo)


def waits_for_bench(frame: Frame) -> bool:
    """True where some crew could leave before the bench has given all sets."""
    for home, supply in frame.supplies.items():
        crews = [own for own in frame.crews if own.home == home]
        total = sum(frame.bring[p] for p in frame.todo)
        if crews and total and supply.first(total)[-1].end > min(_first_load(own) for own in crews):
            return True
    return False


def _first_load(own: CrewFrame) -> int:
    """The second at which a crew could begin to load."""
    return max(own.free, own.from_s, own.road_from - own.load)


def solved(frame: Frame, start: Trips, *, seconds: float, seed: int, rounds: int | None = None) -> Joint:
    """The best routes within so many seconds, begun from given ones. Raises MissingExtra.

    rounds : the solver's work is limited by them too, on one core, so that it can be repeated.
    """
    cp_model = require("ortools.sat.python.cp_model", "rollout")
    model = _Model(frame, cp_model.CpModel())
    model.hint(start)
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = seconds
    solver.parameters.num_workers = WORKERS if rounds is None else 1
    if rounds is not None:
        solver.parameters.max_deterministic_time = max(LEAST_WORK, WORK_A_ROUND * rounds)
    solver.parameters.random_seed = seed
    status = solver.solve(model.model)
    if status == cp_model.INFEASIBLE:
        return Joint(impossible=IMPOSSIBLE)
    if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
        return Joint()
    best = status == cp_model.OPTIMAL
    why = "a search of all choices of crews, orders and bench" + ("" if best else ", stopped by its time")
    trips, order = model.read(solver)
    return Joint(trips, order, round(solver.best_objective_bound), why)


class _Model:
    """Variables and rules. Each crew's way is a circuit over its start (`START`) and the places that it may serve.

    An arc is driven directly or by way of the depot, where the vehicle loads for a new trip. A crew under way may
    drive directly from its start, then its first trip is served by the sets aboard alone.
    """

    def __init__(self, frame: Frame, model: Any) -> None:  # noqa: ANN401 - the solver has no types
        self.frame, self.model = frame, model
        self.places = sorted(frame.todo)
        self.horizon = max(HORIZON_S, frame.deadline)
        self.begin: dict[int, Any] = {}
        self.comes: dict[tuple[int, int], Any] = {}
        self.brings: dict[tuple[int, int], Any] = {}
        self.runs: dict[tuple[int, int], Any] = {}
        """(crew, place) -> literal: it comes; it brings the sets; it comes on the trip that was under way."""
        self.taken: dict[tuple[int, int], Any] = {}
        self.leave: dict[tuple[int, int], Any] = {}
        self.load: dict[tuple[int, int], Any] = {}
        """(crew, place) -> of the trip on which it comes: loading begins, it leaves, sets used up to there."""
        self.arcs: dict[tuple[int, int, int, bool], Any] = {}
        """(crew, from, to, by way of the depot) -> literal."""
        self.finish = model.new_int_var(0, self.horizon, "finish")
        self._times()
        self._visits()
        for c in range(len(frame.crews)):
            self._circuit(c)
        self._teams()
        if waits_for_bench(frame):
            self._bench()
        model.add(self.finish >= max((t[2] for t in frame.fixed.values()), default=0))
        model.minimize(self.finish)

    def _times(self) -> None:
        """Work within windows, accepted in time."""
        frame, model = self.frame, self.model
        for p in self.places:
            low = frame.floor[p]
            last = min(frame.limit[p], frame.due[p] - frame.remote[p], self.horizon) - frame.work[p]
            if last < low or frame.line[p] + frame.remote[p] > frame.due[p]:
                model.add_bool_or([])
                last = low
            self.begin[p] = model.new_int_var(low, last, "")
            model.add(self.finish >= self.begin[p] + frame.work[p] + frame.remote[p])
            model.add(self.finish >= frame.line[p] + frame.remote[p])

    def _visits(self) -> None:
        """What is decided for each crew at each place that it may serve."""
        frame, model = self.frame, self.model
        for p in self.places:
            for c in candidates(frame, p):
                own = frame.crews[c]
                self.comes[c, p] = model.new_bool_var("")
                self.brings[c, p] = self.comes[c, p] if frame.crews_at[p] == 1 else model.new_bool_var("")
                self.runs[c, p] = model.new_bool_var("") if own.moving else False
                self.taken[c, p] = model.new_int_var(0, self.horizon, "")
                self.leave[c, p] = model.new_int_var(0, self.horizon, "")
                self.load[c, p] = model.new_int_var(0, max(own.capacity, own.aboard), "")
                loaded = [self.comes[c, p]] + ([self.runs[c, p].Not()] if own.moving else [])
                for floor, var in ((frame.set_from[p], self.taken[c, p]), (frame.load_from[p], self.leave[c, p])):
                    if floor > 0:
                        model.add(var >= floor).only_enforce_if(loaded)
                if own.moving:
                    model.add_implication(self.runs[c, p], self.comes[c, p])

    def _circuit(self, c: int) -> None:
        """The way of a crew."""
        frame, model, own, n = self.frame, self.model, self.frame.crews[c], self.frame.n
        able = [p for p in self.places if (c, p) in self.comes]
        node = {START: 0} | {p: i + 1 for i, p in enumerate(able)}
        arcs = [(node[p], node[p], self.comes[c, p].Not()) for p in able]
        stays = model.new_bool_var("")
        arcs.append((0, 0, stays))
        for p in able:
            model.add_implication(stays, self.comes[c, p].Not())
            end = self.begin[p] + frame.work[p]
            home = frame.seconds[p * n + own.home]
            if home < UNREACHABLE:
                last = model.new_bool_var("")
                arcs.append((node[p], 0, last))
                if min(own.until_s, own.road_until - home) < self.horizon:
                    model.add(end <= min(own.until_s, own.road_until - home)).only_enforce_if(last)
            for q in (START, *able):
                if q == p:
                    continue
                for via in (False, True):
                    lit = self._arc(c, q, p, via)
                    if lit is not None:
                        self.arcs[c, q, p, via] = lit
                        arcs.append((node[q], node[p], lit))
        model.add_circuit(arcs)

    def _arc(self, c: int, q: int, p: int, via: bool) -> Any:  # noqa: ANN401
        """The literal of a drive of a crew from q to p, with what follows from it; None where it cannot be driven."""
        frame, model, own, n = self.frame, self.model, self.frame.crews[c], self.frame.n
        here = own.start if q == START else q
        if q == START and not via and not own.moving:
            return None
        out, back = frame.seconds[own.home * n + p], frame.seconds[here * n + own.home]
        drive = out if via else frame.seconds[here * n + p]
        if drive >= UNREACHABLE or (via and back >= UNREACHABLE):
            return None
        lit = model.new_bool_var("")
        free = max(own.free, own.from_s) if q == START else self.begin[q] + frame.work[q]
        brought = frame.bring[p] * self.brings[c, p]
        if via:
            model.add(self.taken[c, p] >= free + back).only_enforce_if(lit)
            model.add(self.leave[c, p] >= self.taken[c, p] + own.load).only_enforce_if(lit)
            model.add(self.leave[c, p] >= own.road_from).only_enforce_if(lit)
            model.add(self.begin[p] >= self.leave[c, p] + drive).only_enforce_if(lit)
            model.add(self.load[c, p] == brought).only_enforce_if(lit)
            model.add(self.load[c, p] <= own.capacity).only_enforce_if(lit)
            if own.moving:
                model.add_implication(lit, self.runs[c, p].Not())
        elif q == START:
            model.add(self.begin[p] >= max(own.free, own.from_s, own.road_from) + drive).only_enforce_if(lit)
            model.add(self.load[c, p] == brought + max(own.capacity, own.aboard) - own.aboard).only_enforce_if(lit)
            model.add_implication(lit, self.runs[c, p])
        else:
            model.add(self.begin[p] >= free + drive).only_enforce_if(lit)
            model.add(self.load[c, p] == self.load[c, q] + brought).only_enforce_if(lit)
            model.add(self.taken[c, p] == self.taken[c, q]).only_enforce_if(lit)
            model.add(self.leave[c, p] == self.leave[c, q]).only_enforce_if(lit)
            if own.moving:
                model.add(self.runs[c, p] == self.runs[c, q]).only_enforce_if(lit)
        return lit

    def _teams(self) -> None:
        """As many crews as a place needs, with all its skills; the first of them brings the sets."""
        frame, model = self.frame, self.model
        for p in self.places:
            crews = [c for c in range(len(frame.crews)) if (c, p) in self.comes]
            model.add(sum(self.comes[c, p] for c in crews) == frame.crews_at[p])
            if frame.crews_at[p] == 1:
                continue
            for i in range(len(frame.skills)):
                if frame.need[p] >> i & 1:
                    model.add_bool_or([self.comes[c, p] for c in crews if frame.crews[c].have >> i & 1])
            model.add_exactly_one([self.brings[c, p] for c in crews])
            for k, c in enumerate(crews):
                model.add_implication(self.brings[c, p], self.comes[c, p])
                for earlier in crews[:k]:
                    model.add_implication(self.brings[c, p], self.comes[earlier, p].Not())

    def _bench(self) -> None:
        """At no time are more sets loaded than a depot has configured."""
        frame, model = self.frame, self.model
        total = sum(frame.bring[p] for p in self.places)
        for home, supply in frame.supplies.items():
            mine = [(c, p) for c, p in self.comes if frame.crews[c].home == home and frame.bring[p]]
            times: list[Any] = [one.end for one in supply.first(total)]
            changes, actives = [1] * total, [True] * total
            for c, p in mine:
                loads = model.new_bool_var("")
                runs = self.runs[c, p]
                model.add_implication(loads, self.brings[c, p])
                if runs is False:
                    model.add_implication(self.brings[c, p], loads)
                else:
                    model.add_implication(loads, runs.Not())
                    model.add_bool_or([self.brings[c, p].Not(), runs, loads])
                times.append(self.taken[c, p])
                changes.append(-frame.bring[p])
                actives.append(loads)
            if mine:
                model.add_reservoir_constraint_with_active(times, changes, actives, 0, total)

    def hint(self, trips: Trips) -> None:
        """Begins the search at given trips."""
        frame, model = self.frame, self.model
        done = run(frame, trips)
        used = set[tuple[int, int, int, bool]]()
        for c, own in enumerate(trips):
            here = START
            for k, trip in enumerate(own):
                runs_on = (
                    k == 0
                    and frame.crews[c].moving
                    and not any(s.order == 0 and s.trip == 0 and s.crew == c for s in done.stops)
                )
                for i, p in enumerate(trip):
                    used.add((c, here, p, i == 0 and not runs_on))
                    here = p
        for arc, lit in self.arcs.items():
            model.add_hint(lit, arc in used)
        for p, var in self.begin.items():
            if p in done.begin:
                model.add_hint(var, done.begin[p])

    def read(self, solver: Any) -> tuple[Trips, list[tuple[int, int]]]:  # noqa: ANN401
        """The trips of a solution, and (crew, trip) in the order in which they load."""
        used = {(c, q): (p, via) for (c, q, p, via), lit in self.arcs.items() if solver.boolean_value(lit)}
        trips: Trips = []
        loads: list[tuple[int, int, int]] = []
        for c in range(len(self.frame.crews)):
            own: list[list[int]] = []
            here = START
            while (c, here) in used:
                here, via = used[c, here]
                if via or not own:
                    own.append([])
                    loads.append((solver.value(self.taken[c, here]), c, len(own) - 1))
                own[-1].append(here)
            trips.append(own)
        return trips, [(c, k) for _, c, k in sorted(loads)]
