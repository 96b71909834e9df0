"""A large rollout cut into parts that are routed apart: by depot, then by the direction in which the sites lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

from setsail.rollout.routes.modelling import Part, alone, servable
from setsail.rollout.timing.frame import NEVER, Frame

MOST_PLACES = 250
"""Sites of one part: as many as a search of a few seconds handles well."""
SPREAD_S = 600
"""A depot whose crews have so much less to do is taken for a place before one that is nearer."""


def parts(frame: Frame, most: int = MOST_PLACES) -> list[Part]:
    """Parts of at most about `most` places; one part where there are no more. Places without a crew are in none."""
    everyone = tuple(range(len(frame.crews)))
    places = servable(frame, sorted(frame.todo), everyone)
    if len(places) <= most:
        return [Part(places, everyone)] if places else []
    return [part for group in groups(frame) for part in sectors(frame, group, most)]


def groups(frame: Frame) -> list[Part]:
    """The crews of each depot with the places that they are to visit, also those that need several of them.

    A place goes to the depot whose crew can have it accepted first and is nearest, unless that depot's crews have much
    more to do than others that come as early.  Places that no depot can serve with its own crews are in none.
    """
    teams: dict[int, list[int]] = {}
    for c, own in enumerate(frame.crews):
        teams.setdefault(own.home, []).append(c)
    held: dict[int, list[int]] = {home: [] for home in teams}
    load = dict.fromkeys(teams, 0.0)
    first = {home: _kinds(frame, crews) for home, crews in teams.items()}
    choices = {p: found for p in sorted(frame.todo) if (found := _choices(frame, p, teams, first))}
    for p in sorted(choices, key=lambda p: (-_regret(choices[p]), p)):
        best = min(choices[p], key=lambda one: (one[0], one[1] + SPREAD_S * (load[one[2]] // SPREAD_S), one[2]))
        home = best[2]
        held[home].append(p)
        load[home] += frame.crews_at[p] * (frame.work[p] + best[1]) / len(teams[home])
    return [Part(tuple(sorted(held[home])), tuple(teams[home])) for home in sorted(teams) if held[home]]


def _kinds(frame: Frame, crews: Sequence[int]) -> list[int]:
    """One crew of each kind that matters for when a place can be served."""
    kinds: dict[tuple[object, ...], int] = {}
    for c in crews:
        own = frame.crews[c]
        key = (own.have, own.capacity, own.free, own.from_s, own.until_s, own.road_from, own.start, own.aboard)
        kinds.setdefault(key, c)
    return list(kinds.values())


def _choices(
    frame: Frame, p: int, teams: dict[int, list[int]], first: dict[int, list[int]]
) -> list[tuple[int, int, int]]:
    """(class of the acceptance, drive, home) of the depots that can serve a place; the nearest ones are enough."""
    near = sorted(teams, key=lambda home: (frame.seconds[home * frame.n + p], home))
    out: list[tuple[int, int, int]] = []
    for home in near:
        accepted = _accepted(frame, p, teams[home], first[home])
        if accepted < NEVER:
            out.append((max(0, accepted - frame.due[p]), frame.seconds[home * frame.n + p], home))
        if len(out) >= NEAREST:
            break
    return out


NEAREST = 3
"""Depots that are looked at for a place."""


def _accepted(frame: Frame, p: int, crews: Sequence[int], kinds: Sequence[int]) -> int:
    """When a place is accepted at the earliest by the crews of a depot; NEVER where they cannot serve it."""
    if frame.crews_at[p] == 1:
        return min(alone(frame, p, c) for c in kinds)
    have = 0
    for c in crews:
        have |= frame.crews[c].have
    if len(crews) < frame.crews_at[p] or frame.need[p] & ~have:
        return NEVER
    return 0


def _regret(found: Sequence[tuple[int, int, int]]) -> int:
    """By how much the second depot is farther; those with one choice come first."""
    return found[1][1] - found[0][1] if len(found) > 1 else NEVER


def sectors(frame: Frame, group: Part, most: int = MOST_PLACES) -> list[Part]:
    """A group cut by direction into parts of at most about `most` places that one crew serves, crews dealt by kind."""
    places = [p for p in group.places if frame.crews_at[p] == 1]
    if not places:
        return []
    home = frame.crews[group.crews[0]].home
    count = min(-(-len(places) // most), len(group.crews))
    crews = sorted(group.crews, key=lambda c: (frame.crews[c].have, frame.crews[c].capacity, c))
    made = []
    for k, sector in enumerate(_sectors(frame, home, places, count)):
        theirs = tuple(sorted(crews[k::count]))
        made.append(Part(servable(frame, sector, theirs), theirs))
    return [part for part in made if part.places]


def _sectors(frame: Frame, home: int, places: Sequence[int], count: int) -> list[list[int]]:
    """Places in `count` sectors around the depot with about the same work and way each."""
    sites = {frame.index[s.site]: s for s in frame.rollout.sites} if count > 1 else {}
    depot = next(d for d in frame.rollout.depots if frame.index[d.depot] == home)
    east = math.cos(math.radians(depot.latitude_deg))

    def angle(p: int) -> float:
        site = sites[p]
        return math.atan2(site.latitude_deg - depot.latitude_deg, (site.longitude_deg - depot.longitude_deg) * east)

    if count == 1:
        return [list(places)]
    capacity = max(1, min(own.capacity for own in frame.crews if own.home == home))
    load = {p: frame.work[p] + 2 * frame.seconds[home * frame.n + p] // capacity for p in places}
    total, held = sum(load.values()), 0
    out: list[list[int]] = [[] for _ in range(count)]
    for p in sorted(places, key=lambda p: (angle(p), p)):
        out[min(count - 1, held * count // max(1, total))].append(p)
        held += load[p]
    return out
