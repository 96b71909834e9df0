"""What no plan can beat at one site alone: its earliest acceptance by the best crew, and why it cannot be served."""

from __future__ import annotations

from typing import NamedTuple

from setsail.rollout.timing.frame import NEVER, CrewFrame, Frame, moment
from setsail.rollout.timing.supply import Supply
from setsail.rollout.travel.matrix import UNREACHABLE


class Floor(NamedTuple):
    """The earliest times of a site were it the only one: departure (0 where no crew is named), arrival, end, accepted.

    crew : that gives the earliest end;  sets : when the first sets for it are configured.
    """

    place: int
    crew: int
    sets: int
    leave: int
    arrive: int
    end: int
    accepted: int


def floor_of(frame: Frame, p: int) -> Floor:
    """The floor of one place over the crews that may come to it; of the last of them where it needs several."""
    found = [(by_crew(frame, p, group[0]), len(group)) for group in frame.alike if useful(frame, p, group[0])]
    needed = frame.crews_at[p]
    for one, count in sorted(found, key=lambda item: item[0].end):
        needed -= count
        if needed <= 0:
            return one
    return Floor(p, -1, NEVER, NEVER, NEVER, NEVER, NEVER)


def useful(frame: Frame, p: int, c: int) -> bool:
    """True for a crew with all skills of a place where one crew is needed, for any where several are."""
    own = frame.crews[c]
    return (frame.crews_at[p] > 1 or not frame.need[p] & ~own.have) and carried(frame, own, p)


def candidates(frame: Frame, p: int) -> list[int]:
    """Crews that can be of use at a place."""
    return [c for c in range(len(frame.crews)) if useful(frame, p, c)]


def carried(frame: Frame, own: CrewFrame, p: int) -> bool:
    """True where the vehicle can carry the sets of a place, or has them aboard, or another crew can bring them."""
    return frame.crews_at[p] > 1 or frame.bring[p] <= max(own.capacity, own.aboard)


def by_crew(frame: Frame, p: int, c: int) -> Floor:
    """The earliest times of a place by one crew that goes there first."""
    own = frame.crews[c]
    t = max(own.free, own.from_s)
    n, seconds = frame.n, frame.seconds
    sets = 0
    if own.moving and (frame.crews_at[p] > 1 or frame.bring[p] <= own.aboard):
        leave = max(t, own.road_from)
        arrive = leave + seconds[own.start * n + p]
    else:
        if frame.crews_at[p] == 1 and frame.bring[p]:
            sets = supply_end(frame.supplies[own.home], frame.bring[p])
        home = max(t + seconds[own.start * n + own.home], sets, frame.set_from[p])
        leave = max(home + own.load, own.road_from, frame.load_from[p])
        arrive = leave + seconds[own.home * n + p]
    end = max(arrive, frame.floor[p]) + frame.work[p]
    return Floor(p, c, sets, leave, arrive, end, max(end, frame.line[p]) + frame.remote[p])


def supply_end(supply: Supply, count: int) -> int:
    """When so many sets of a depot are configured at the earliest."""
    return supply.first(count)[-1].end if count else 0


def why_not(frame: Frame, p: int) -> str:
    """Why no plan at all can serve a place; "" where nothing is known against it."""
    name, needed = frame.places[p], frame.crews_at[p]
    if any(len(group) >= needed and _can_alone(frame, p, group[0]) for group in frame.alike):
        return ""
    if not frame.crews:
        return f"no crew is left for {name}"
    lacking = _lacking(frame, p)
    if lacking:
        return lacking
    if len(frame.crews) < needed:
        return f"{name} needs {needed} crews at once and there {_are(len(frame.crews))}"
    able = [group for group in frame.alike if useful(frame, p, group[0])]
    if not able:
        most = max(own.capacity for own in frame.crews)
        return f"{name} gets {frame.bring[p]} sets and no vehicle of a crew that may come carries more than {most}"
    one = floor_of(frame, p)
    if one.arrive >= UNREACHABLE:
        return f"no road leads to {name}"
    if one.end > frame.limit[p]:
        return _window(frame, one)
    if sum(len(group) for group in able if _in_shift(frame, p, group[0])) < needed:
        return f"the shift of every crew that may come to {name} ends before the work there could"
    return ""


def _lacking(frame: Frame, p: int) -> str:
    """Words where no crew, or no crews together, have the skills that a place needs."""
    name = frame.places[p]
    together = 0
    for own in frame.crews:
        together |= own.have
    known = (1 << len(frame.skills)) - 1
    if frame.need[p] & known & ~together:
        return f"no crew has the skill {_skills(frame, frame.need[p] & ~together)} that {name} needs"
    if frame.need[p] & ~known & ~together:
        return f"{name} needs another crew beside those that are on their way to it, and none is left"
    if frame.crews_at[p] == 1 and all(frame.need[p] & ~own.have for own in frame.crews):
        return f"no single crew has all the skills that {name} needs: {_skills(frame, frame.need[p])}"
    return ""


def _skills(frame: Frame, bits: int) -> str:
    """The names of skills."""
    return ", ".join(k for i, k in enumerate(frame.skills) if bits >> i & 1)


def _are(count: int) -> str:
    """A count of crews in words."""
    return "is 1" if count == 1 else f"are {count}"


def _window(frame: Frame, one: Floor) -> str:
    """Words for a window that closes before the work could end."""
    p = one.place
    name, closes = frame.places[p], moment(frame, frame.limit[p])
    if frame.floor[p] + frame.work[p] > frame.limit[p]:
        opens = moment(frame, frame.floor[p])
        return f"{name} cannot begin before {opens:%H:%M} and its window closes at {closes:%H:%M}, its work takes " + (
            minutes_told(frame.work[p])
        )
    drive = one.arrive - one.leave
    if one.sets and one.leave <= one.sets + frame.crews[one.crew].load:
        why = f"the bench gives its set at {moment(frame, one.sets):%H:%M}"
    else:
        why = f"no crew can leave for it before {moment(frame, one.leave):%H:%M}"
    return (
        f"{why}, {name} is {minutes_told(drive)} away and its work takes {minutes_told(frame.work[p])}, "
        f"its window closes at {closes:%H:%M}"
    )


def _can_alone(frame: Frame, p: int, c: int) -> bool:
    """True where a crew, and others like it, can serve a place were it the only one; the quick way to no reason."""
    if frame.need[p] & ~frame.crews[c].have or not carried(frame, frame.crews[c], p):
        return False
    one = by_crew(frame, p, c)
    return one.arrive < UNREACHABLE and one.end <= frame.limit[p] and _in_shift(frame, p, c)


def _in_shift(frame: Frame, p: int, c: int) -> bool:
    """True where a crew that goes to a place first is done and back in time."""
    one, own = by_crew(frame, p, c), frame.crews[c]
    home = one.end + frame.seconds[p * frame.n + own.home]
    return one.end <= own.until_s and home <= own.road_until


def minutes_told(seconds: int) -> str:
    """A duration as a person says it."""
    hours, minutes = divmod(-(-seconds // 60), 60)
    return " ".join(part for part in (hours and f"{hours} h", (minutes or not hours) and f"{minutes} min") if part)


def stock_short(frame: Frame, places: frozenset[int]) -> dict[str, tuple[int, int]]:
    """Kinds of which more sets are asked for than there are: kind -> (asked, there), where the stock is told."""
    asked: dict[str, int] = {}
    for site in frame.rollout.sites:
        p = frame.index[site.site]
        if p in places:
            asked[site.kind] = asked.get(site.kind, 0) + frame.bring[p]
    there = {k: stock_left(frame, k) for k in asked}
    return {k: (asked[k], n) for k, n in there.items() if n is not None and asked[k] > n}


def stock_left(frame: Frame, kind: str) -> int | None:
    """Sets of a kind that are not used up: all, less those that stand at sites or are broken; None where not told."""
    rows = [e.sets for e in frame.rollout.equipment if e.kind == kind]
    if not rows:
        return None
    standing = frame.standing
    used = 0
    for site in frame.rollout.sites if standing else ():
        if site.kind != kind or standing is None:
            continue
        p = frame.index[site.site]
        brought = p in frame.fixed or p in frame.again or (site.site, "delivered") in standing.done
        used += site.sets * brought  # a broken set that stands at its site is one of them
    return sum(rows) - used
