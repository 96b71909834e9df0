"""Every rule of a rollout held against a finished plan, from its dates alone: no arithmetic of the planner is used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import pairwise

from setsail.rollout.model import STAGES, Crew, Depot, Rollout, RolloutSite, Vehicle
from setsail.rollout.plan_model import BenchSlot, Plan, SitePlan, Standing, Visit
from setsail.rollout.timing.supply import sets_at
from setsail.rollout.travel.matrix import UNREACHABLE, TravelTimes


def require_sound(rollout: Rollout, travel: TravelTimes, plan: Plan, standing: Standing | None) -> None:
    """Raises RuntimeError with the first rule that a plan breaks without saying so: that is our fault, not the user's.

    A plan whose verdict is True may break nothing. Any other may be late and may break windows, shifts, capacity and
    numbers of crews (its reason says so), but its times must be true all the same.
    """
    for breach in breaches(rollout, travel, plan, standing):
        raise RuntimeError(f"the plan breaks a rule: {breach}")


def breaches(rollout: Rollout, travel: TravelTimes, plan: Plan, standing: Standing | None) -> Iterator[str]:
    """Every rule that the plan breaks, in words."""
    check = _Check(rollout, travel, plan, standing)
    yield from check.ways()
    yield from check.works()
    yield from check.bench()
    yield from check.stages()
    yield from check.numbers()
    yield from check.frozen()
    if plan.feasible is True:
        yield from check.promises()


class _Check:
    """The rules, subject by subject."""

    def __init__(self, rollout: Rollout, travel: TravelTimes, plan: Plan, standing: Standing | None) -> None:
        self.rollout, self.travel, self.plan = rollout, travel, plan
        self.standing = standing or Standing(plan.at)
        fresh = {d.depot: n for d in rollout.depots if (n := sets_at(rollout, d.depot)) is not None}
        self.raw = fresh if standing is None else standing.raw
        """Depot -> sets that can still go on its bench."""
        self.crews: dict[str, Crew] = {c.crew: c for c in rollout.crews}
        self.vehicles: dict[str, Vehicle] = {v.vehicle: v for v in rollout.vehicles}
        self.depots: dict[str, Depot] = {d.depot: d for d in rollout.depots}
        self.sites: dict[str, RolloutSite] = {s.site: s for s in rollout.sites}
        self.planned: dict[str, SitePlan] = {s.site: s for s in plan.sites}
        begun = set(self.standing.begun)
        self.new = [v for v in plan.visits if not v.begun and v not in begun]
        self.works_new = [v for v in self.new if v.kind in {"visit", "again"}]
        self.at: dict[str, list[Visit]] = {}
        """Place -> all works there, begun ones too."""
        for visit in plan.visits:
            if visit.kind in {"visit", "again"}:
                self.at.setdefault(visit.place, []).append(visit)
        self.works_at: dict[str, list[Visit]] = {}
        """Place -> the new works there."""
        for visit in self.works_new:
            self.works_at.setdefault(visit.place, []).append(visit)
        self.chains: dict[str, list[Visit]] = {}
        """Crew -> its new visits in the order of time."""
        for visit in sorted(self.new, key=lambda v: (v.depart, v.arrive, v.end)):
            self.chains.setdefault(visit.crew, []).append(visit)
        self.surveyed = rollout.notice + timedelta(minutes=rollout.durations.survey_min)

    def home(self, crew: str) -> str:
        """The depot of a crew."""
        return self.vehicles[self.crews[crew].vehicle].depot

    def start(self, crew: str) -> tuple[str, datetime]:
        """Where and when a crew is free."""
        told = self.standing.crews.get(crew)
        if told is not None:
            return told.place, max(told.free_at, self.plan.at)
        begun = [v for v in self.standing.begun if v.crew == crew]
        if begun:
            last = max(begun, key=lambda v: v.end)
            return last.place, max(last.end, self.plan.at)
        return self.home(crew), self.plan.at

    def ways(self) -> Iterator[str]:
        """Nobody is at two places, drives faster than the roads allow or leaves before the plan is made."""
        for crew in sorted({v.crew for v in self.new}):
            if crew not in self.crews or crew in self.standing.lost:
                yield f"{crew} is not there and has visits"
                continue
            place, free = self.start(crew)
            for visit in self.chains[crew]:
                row, column = self.travel.index[place], self.travel.index[visit.place]
                drive = int(self.travel.seconds[row, column])
                if visit.depart < free:
                    yield f"{crew} leaves {place} for {visit.place} before it is free"
                if visit.drive_s != drive or visit.arrive - visit.depart != timedelta(seconds=drive):
                    yield f"{crew} does not take {drive} s from {place} to {visit.place}"
                if visit.distance_m != int(self.travel.metres[row, column]):
                    yield f"the way of {crew} from {place} to {visit.place} has another length"
                if visit.begin < visit.arrive or visit.end < visit.begin:
                    yield f"{crew} works at {visit.place} before it is there"
                place, free = visit.place, visit.end

    def works(self) -> Iterator[str]:
        """Work lasts as long as it must and begins where it may; crews that are needed together work together."""
        for visit in self.works_new:
            site = self.sites.get(visit.place)
            if site is None:
                yield f"{visit.place} is no site"
                continue
            want = timedelta(minutes=self.minutes(site, visit))
            if abs((visit.end - visit.begin) - want) > timedelta(seconds=1):
                yield f"the work at {visit.place} lasts {visit.end - visit.begin} instead of {want}"
            floors = [self.surveyed, self.plan.at, site.released_at, site.window_from]
            if any(visit.begin < f for f in floors if f is not None):
                yield f"the work at {visit.place} begins before it may"
        for place, mine in self.works_at.items():
            if len({(v.begin, v.end) for v in mine}) > 1:
                yield f"the crews at {place} do not work at the same time"
            if place in self.planned and set(self.planned[place].crews) != {v.crew for v in self.at[place]}:
                yield f"{place} names other crews than come"

    def minutes(self, site: RolloutSite, visit: Visit) -> float:
        """How long the work of a visit must last."""
        told = self.standing.on_site.get(site.site)
        if told is not None:
            return told
        usual = self.rollout.durations
        if visit.kind == "again":
            return usual.again_min
        install = usual.install_min if site.install_min is None else site.install_min
        deliver = usual.deliver_min if site.deliver_min is None else site.deliver_min
        return install if (site.site, "delivered") in self.standing.done else deliver + install

    def bench(self) -> Iterator[str]:
        """Stations make one set at a time in the time that it takes; no vehicle leaves with sets that are not there."""
        for depot in self.depots.values():
            mine = [s for s in self.plan.bench if s.depot == depot.depot]
            yield from self._stations(depot, mine)
            yield from self._stock(depot, mine)

    def _stations(self, depot: Depot, slots: list[BenchSlot]) -> Iterator[str]:
        opens = max(self.surveyed, depot.opens_at or self.surveyed)
        for station in {s.station for s in slots}:
            if not 1 <= station <= depot.stations:
                yield f"{depot.depot} has no station {station}"
            mine = sorted((s for s in slots if s.station == station), key=lambda s: s.begin)
            if any(b.begin < a.end for a, b in pairwise(mine)):
                yield f"station {station} of {depot.depot} makes two sets at once"
        for slot in slots:
            if slot in self.standing.bench:
                continue
            if abs((slot.end - slot.begin) - timedelta(minutes=depot.minutes_per_set)) > timedelta(seconds=1):
                yield f"a set of {depot.depot} is not made in the time that it takes"
            if slot.begin < max(opens, self.plan.at):
                yield f"the bench of {depot.depot} begins before it is open"

    def _stock(self, depot: Depot, slots: list[BenchSlot]) -> Iterator[str]:
        there = self.raw.get(depot.depot)
        if there is not None and sum(s not in self.standing.bench for s in slots) > there:
            yield f"the bench of {depot.depot} makes more sets than are there"
        ready = [s.end for s in slots]
        ready += [self.plan.at] * self.standing.configured.get(depot.depot, 0)
        ready += [max(self.plan.at, t) for t in self.standing.incoming.get(depot.depot, ())]
        ready.sort()
        loads = [v for v in self.new if v.kind == "load" and v.place == depot.depot]
        taken = 0
        for visit in sorted(loads, key=lambda v: v.end):
            taken += visit.sets
            if taken > len(ready) or (visit.sets and ready[taken - 1] > visit.begin):
                yield f"{visit.crew} loads sets at {depot.depot} that are not configured"
            if visit.end - visit.begin < timedelta(seconds=round(depot.load_min * 60)):
                yield f"{visit.crew} loads faster than it can"

    def stages(self) -> Iterator[str]:
        """Stages come in their order and end with the work that they stand for."""
        for plan in self.plan.sites:
            times = plan.stages
            order = [s for s in STAGES if s in times and s != "line_ready"]
            if any(times[b] < times[a] for a, b in pairwise(order)):
                yield f"the stages of {plan.site} are out of order"
            if times["registered"] < times["line_ready"]:
                yield f"{plan.site} is registered before its line is up"
            works = self.works_at.get(plan.site, [])
            if works and works[0].kind == "visit" and times["installed"] != works[0].end:
                yield f"{plan.site} is not installed when its work ends"
            yield from self._accepted(plan, works)

    def _accepted(self, plan: SitePlan, works: list[Visit]) -> Iterator[str]:
        site, usual = self.sites[plan.site], self.rollout.durations
        register = usual.register_min if site.register_min is None else site.register_min
        accept = usual.accept_min if site.accept_min is None else site.accept_min
        times = plan.stages
        after = max([times["line_ready"]] + [v.end for v in works])
        if works and times["accepted"] - after < timedelta(seconds=round(register * 60) + round(accept * 60)):
            yield f"{plan.site} is accepted faster than it can"

    def numbers(self) -> Iterator[str]:
        """The numbers of the plan are those of its visits and sites."""
        plan = self.plan
        for name, stage in (("finish", "accepted"), ("finish_delivered", "delivered")):
            last = max((t for s in plan.sites for k, t in s.stages.items() if k == stage), default=None)
            if getattr(plan, name) != last:
                yield f"{name} is not the last time of {stage}"
        if plan.distance_m != sum(v.distance_m for v in plan.visits):
            yield "the distance is not that of the visits"
        for stone in plan.milestones:
            reached = sum(s.stages[stone.stage] <= stone.by for s in plan.sites if stone.stage in s.stages)
            if reached != stone.reached:
                yield f"the milestone {stone.by:%H:%M} counts other sites than are there"
        for site in self.sites:
            if (site in self.planned) == (site in plan.unplanned):
                yield f"{site} is neither planned nor left out, or both"
        if plan.finish is not None and not plan.unplanned and plan.bound_finish > plan.finish:
            yield "the bound lies after the finish"

    def frozen(self) -> Iterator[str]:
        """Nothing that is done or begun is moved."""
        visits = set(self.plan.visits)
        for visit in self.standing.begun:
            if visit not in visits:
                yield f"the begun visit of {visit.crew} to {visit.place} is moved"
        for slot in self.standing.bench:
            if slot not in self.plan.bench:
                yield f"the begun set on station {slot.station} of {slot.depot} is moved"
        for (site, stage), when in self.standing.done.items():
            fresh = site in self.standing.again or site in self.standing.dead
            if site not in self.planned or (fresh and stage in {"registered", "accepted"}):
                continue
            if self.planned[site].stages.get(stage) != when:
                yield f"{site} was {stage} at {when:%H:%M} and the plan says otherwise"

    def promises(self) -> Iterator[str]:
        """What a plan that is called feasible must keep."""
        if self.plan.unplanned:
            yield "a feasible plan leaves sites out"
        for plan in self.plan.sites:
            site = self.sites[plan.site]
            if plan.stages["accepted"] > min(self.rollout.deadline, site.due or self.rollout.deadline):
                yield f"{plan.site} is late"
            yield from self._crews_at(site)
        for visit in self.works_new:
            limit = self.sites[visit.place].window_to
            if limit is not None and visit.end > limit:
                yield f"the work at {visit.place} ends after its window"
        for crew in sorted({v.crew for v in self.new} & self.crews.keys()):
            yield from self._crew_keeps(crew)

    def _crews_at(self, site: RolloutSite) -> Iterator[str]:
        if not self.works_at.get(site.site):
            return
        again = self.works_at[site.site][0].kind == "again"
        mine = self.works_at[site.site] if again else self.at[site.site]
        if len(mine) != max(1, site.crews) or len({v.crew for v in mine}) != len(mine):
            yield f"{site.site} needs {site.crews} crews and gets {len(mine)}"
        if not set(site.skills) <= {k for v in mine for k in self.crews[v.crew].skills}:
            yield f"the crew at {site.site} lacks a skill"

    def _crew_keeps(self, crew: str) -> Iterator[str]:
        own, chain = self.crews[crew], self.chains[crew]
        vehicle = self.vehicles[own.vehicle]
        works = [v for v in chain if v.kind in {"visit", "again"}]
        if own.until_at and works and works[-1].end > own.until_at:
            yield f"{crew} works after its shift"
        for visit in chain:
            if visit.sets > vehicle.capacity_sets and visit.kind == "load":
                yield f"{vehicle.vehicle} carries {visit.sets} sets"
            if visit.drive_s >= UNREACHABLE:
                yield f"{crew} drives where no road is"
            if visit.kind == "load" and own.from_at and visit.begin < own.from_at:
                yield f"{crew} loads before its shift"
            if visit.kind != "load" and vehicle.from_at and visit.depart < vehicle.from_at:
                yield f"{vehicle.vehicle} is on the road too early"
            if vehicle.until_at and visit.arrive > vehicle.until_at:
                yield f"{vehicle.vehicle} is on the road too late"
        yield from self._aboard(crew, chain)

    def _aboard(self, crew: str, chain: list[Visit]) -> Iterator[str]:
        """No crew leaves more sets at sites than it has loaded, but for places that others bring the sets to."""
        told = self.standing.crews.get(crew)
        aboard = 0 if told is None else told.aboard
        for visit in chain:
            if visit.kind == "load":
                aboard = visit.sets
            elif visit.kind in {"visit", "again"} and self.sites[visit.place].crews <= 1:
                aboard -= visit.sets
                if aboard < 0:
                    yield f"{crew} leaves sets at {visit.place} that it has not loaded"
