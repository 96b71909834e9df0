"""What can be proved of any plan: a bound of the finish, and that none can be in time."""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass

from setsail.rollout.routes.bound import bound_s
from setsail.rollout.routes.floors import Floor, floor_of, minutes_told
from setsail.rollout.schedule.searching import Found
from setsail.rollout.timing.frame import NEVER, Frame, moment

MOST_AT_ONCE = 1000
LONG_S = 1.0
"""Of more sites, the arguments over all of them together are left out where there is less time for them."""


MOST_FLOORS = 200


@dataclass(frozen=True, slots=True)
class Proof:
    """feasible : True by this plan, False by proof, None else;  reason : why not, empty where True;  bound [s]."""

    feasible: bool | None
    reason: str
    bound: int
    bound_reason: str


def proved(frame: Frame, found: Found, unplanned: Mapping[int, str], *, seconds: float) -> Proof:
    """The verdict on a rollout, and the bound that no plan for the sites that can be served beats.

    seconds : a cap for the costliest argument of the bound.
    """
    floors = _floors(frame, frame.todo - unplanned.keys(), found)
    bound, why = _bound(frame, floors, found, seconds)
    impossible = _impossible(frame, unplanned, floors) or found.impossible
    if not impossible and bound > frame.deadline:
        impossible = f"no plan ends before {moment(frame, bound):%H:%M}: {why}"
    done = found.run
    if impossible:
        return Proof(False, impossible, bound, why)
    if not done.broken and not done.missing and not done.score.late_s:
        return Proof(True, "", bound, why)
    return Proof(None, _open(frame, found), bound, why)


def _floors(frame: Frame, places: Set[int], found: Found) -> list[Floor]:
    """The floors that can matter: the highest of all, and those of sites that are late in the plan found.

    The plan found serves no site before its floor. So a site that is in time there has a floor that is in time, and
    once a floor is as high as all later acceptances, none of the others is higher.  Every floor holds for itself: of
    very many late sites the latest are enough.
    """
    large = len(places) > MOST_AT_ONCE
    accepted = {} if found.run.broken and not large else found.run.accepted
    out, highest = list[Floor](), -1
    for p in sorted(places, key=lambda p: (-accepted.get(p, NEVER), p)):
        when = accepted.get(p, NEVER)
        if when > highest or when > frame.due[p]:
            out.append(floor_of(frame, p))
            highest = max(highest, out[-1].accepted)
        if large and len(out) >= MOST_FLOORS:
            break
    return sorted(out)


def _impossible(frame: Frame, unplanned: Mapping[int, str], floors: list[Floor]) -> str:
    """Why no plan can serve every site in time, by one site alone; "" where nothing proves it."""
    if unplanned:
        reasons = list(dict.fromkeys(unplanned.values()))
        more = f" (and {len(reasons) - 1} more reasons)" if len(reasons) > 1 else ""
        return reasons[0] + more
    for p, (_, installed, accepted) in frame.fixed.items():
        if accepted > frame.due[p]:
            name, due = frame.places[p], moment(frame, frame.due[p])
            line = f"the line of {name} comes up at {moment(frame, frame.line[p]):%H:%M}, so that it"
            who = line if frame.line[p] > installed else name
            return f"{who} is accepted at {moment(frame, accepted):%H:%M} as it stands; it is due at {due:%H:%M}"
    for one in floors:
        if one.accepted > frame.due[one.place]:
            name, due = frame.places[one.place], moment(frame, frame.due[one.place])
            why = floor_told(frame, one)
            return f"{why}, so that {name} is accepted at {moment(frame, one.accepted):%H:%M}; it is due at {due:%H:%M}"
    return ""


def floor_told(frame: Frame, one: Floor) -> str:
    """What keeps a site from being accepted earlier, were it the only one."""
    name = frame.places[one.place]
    if frame.line[one.place] > one.end:
        return f"the line of {name} comes up at {moment(frame, frame.line[one.place]):%H:%M}"
    if frame.floor[one.place] > one.arrive:
        return f"work at {name} may begin at {moment(frame, frame.floor[one.place]):%H:%M}"
    drive, work = minutes_told(one.arrive - one.leave), minutes_told(frame.work[one.place])
    leaves = f"the first crew can leave for it at {moment(frame, one.leave):%H:%M}"
    if one.sets and one.leave == one.sets + frame.crews[one.crew].load:
        leaves = f"the bench gives its sets at {moment(frame, one.sets):%H:%M}"
    return f"{leaves}, {name} is {drive} away and its work takes {work}"


def _open(frame: Frame, found: Found) -> str:
    """What the best plan found still breaks."""
    done = found.run
    if done.broken:
        return f"no plan was found that keeps all rules, and none is proved impossible: {done.broken[0].words}"
    late = sum(a > frame.due[p] for p, a in done.accepted.items())
    are = "1 site is" if late == 1 else f"{late} sites are"
    return f"{are} late in the best plan found, and no proof says that this must be so in every plan"


def _enough(frame: Frame, highest: int, found: Found, seconds: float) -> bool:
    """True where one site alone proves that no plan ends earlier, or no time is left for more than that."""
    if found.run.score.finish_s <= highest and not found.run.broken and not found.run.missing:
        return True
    return len(frame.todo) > MOST_AT_ONCE and seconds < LONG_S


def _bound(frame: Frame, floors: list[Floor], found: Found, seconds: float) -> tuple[int, str]:
    """The highest bound and its argument; of the same bounds the one that names most."""
    bounds = []
    settled = max(frame.fixed, key=lambda p: frame.fixed[p][2], default=None)
    if settled is not None:
        when = frame.fixed[settled][2]
        bounds.append((when, f"{frame.places[settled]} is accepted at {moment(frame, when):%H:%M} as it stands"))
    if floors:
        last = max(floors, key=lambda one: one.accepted)
        bounds.append((last.accepted, floor_told(frame, last)))
        kept = not found.run.broken and not found.run.missing
        if _enough(frame, last.accepted, found, seconds):
            return max(bounds, key=lambda one: one[0])
        upper = found.run.score.finish_s if kept and not found.bound else None
        general = bound_s(frame, upper=upper, seconds=seconds)
        bounds.append((general.seconds, general.reason))
    if found.bound:
        bounds.append((found.bound, found.bound_reason))
    return max(bounds, key=lambda one: one[0], default=(frame.at, "there is nothing to do"))
