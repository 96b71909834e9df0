"""A plan as values: who is where when, what each site has reached when, and what can be proved of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from setsail.rollout.model import Stage

Trips = tuple[tuple[str, ...], ...]
"""Trips of one crew: each leaves a depot loaded (or is under way) and calls at these sites in order."""
Routes = Mapping[str, Trips]
"""crew -> its trips. A site that needs several crews stands in the routes of each of them."""
VisitKind = Literal["load", "visit", "again", "return"]


@dataclass(frozen=True, slots=True)
class CrewStanding:
    """Where a crew is free: at `place` (a site or a depot) from `free_at`, with `aboard` sets for its running trip."""

    crew: str
    place: str
    free_at: datetime
    aboard: int = 0


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the work stands at `at`, read from the log: what is done or begun is never moved.

    done : (site, stage) -> when it ended;  begun : visits on the road or on site, with the times they are expected
    to have (their sites are not planned again);  crews : where each crew that is left is free;  lost : crews that are
    out;  closed : bridges, or roads written "A|B" between two places, that cannot be driven;  line_ready : sites whose
    line is up at another time than the rollout says;  again : installed sites that a crew must come back to;
    dead : sites whose set is broken, so that another must be configured and brought;  configured : sets that stand
    configured at a depot now;  incoming : depot -> times when sets come back into stock;  spares : kind -> left;
    sets_again : sites whose configured set is no longer there;  late : (site, stage) -> not before;
    on_site : site -> minutes that the work there takes, where an event said so;  bench : slots that were begun before
    `at` and are not ended: they keep their station and their end, and are counted neither in `configured` nor in
    `incoming`;  raw : depot -> sets that are there and not yet on the bench, a depot left out where they suffice.
    """

    at: datetime
    done: Mapping[tuple[str, Stage], datetime] = field(default_factory=dict)
    begun: tuple[Visit, ...] = ()
    crews: Mapping[str, CrewStanding] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    closed: frozenset[str] = frozenset()
    line_ready: Mapping[str, datetime] = field(default_factory=dict)
    again: frozenset[str] = frozenset()
    dead: frozenset[str] = frozenset()
    configured: Mapping[str, int] = field(default_factory=dict)
    incoming: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    spares: Mapping[str, int] = field(default_factory=dict)
    sets_again: frozenset[str] = frozenset()
    late: Mapping[tuple[str, Stage], datetime] = field(default_factory=dict)
    on_site: Mapping[str, float] = field(default_factory=dict)
    bench: tuple[BenchSlot, ...] = ()
    raw: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Visit:
    """One stop of a crew. kind "load" and "return" are at a depot, "again" repeats work at an installed site.

    depart : from the place before;  arrive;  begin, end : of the work there;  begun : already so, never moved.
    """

    crew: str
    vehicle: str
    trip: int
    order: int
    kind: VisitKind
    place: str
    depart: datetime
    arrive: datetime
    begin: datetime
    end: datetime
    drive_s: int
    distance_m: int
    sets: int = 0
    begun: bool = False


@dataclass(frozen=True, slots=True)
class BenchSlot:
    """A set on the bench: for `site` ("" for a spare), on one station."""

    depot: str
    station: int
    site: str
    begin: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class SitePlan:
    """When a site reaches each stage, and by whom.

    stages : stage -> when it ends, in the order of STAGES;  crews : who comes;  binding : what
    decides when it is accepted ("crew", "line", "bench", "window", "release");  slack_min : how much later its on-site
    work could end without the plan's finish (or its own due time) being later;  late_min : after its due time or the
    deadline, 0 where in time.
    """

    site: str
    stages: Mapping[Stage, datetime]
    crews: tuple[str, ...]
    trip: int
    order: int
    arrive: datetime | None
    slack_min: float
    late_min: float
    binding: str


@dataclass(frozen=True, slots=True)
class MilestoneState:
    """A milestone held against the plan."""

    by: datetime
    stage: Stage
    required: int
    reached: int

    @property
    def met(self) -> bool:
        """True where as many sites as asked for are there in time."""
        return self.reached >= self.required


@dataclass(frozen=True, slots=True)
class Plan:
    """A schedule, and what is proved of it.

    feasible : True where every site is accepted by the deadline and all rules hold in this plan, False where it is
    proved that no plan can, None where neither is known;  reason : why not, or what decides the finish;  finish : the
    last acceptance;  finish_delivered : the last delivery;  bound_finish : no plan ends earlier;  bound_reason : by
    which argument;  unplanned : sites that no crew can serve, with the reason;  at : planned with what was known then.
    """

    rollout: str
    at: datetime
    feasible: bool | None
    reason: str
    finish: datetime | None
    finish_delivered: datetime | None
    bound_finish: datetime
    bound_reason: str
    distance_m: int
    lateness_min: float
    sites: tuple[SitePlan, ...]
    visits: tuple[Visit, ...]
    bench: tuple[BenchSlot, ...]
    milestones: tuple[MilestoneState, ...]
    routes: Routes
    unplanned: Mapping[str, str] = field(default_factory=dict)
    critical_site: str = ""
    method: str = ""
    seed: int = 0

    @property
    def finish_of_all(self) -> datetime | None:
        """The last acceptance of all sites, None where sites are left out: then `finish` is that of the others."""
        return None if self.unplanned else self.finish
