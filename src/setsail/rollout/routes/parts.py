"""A large rollout cut into parts that are routed apart: by depot, then by the direction in which the sites lie."""

from __future__ import annotations

import math
from collections.abc import Sequence

from setsail.rollout.routes.modelling import Part, alone, servable
from setsail.rollout.timing.frame import NEVER, Frame

MOST_PLACES = 250
"""Sites of one part: as many as a search of a few seconds handles well."""


def parts(frame: Frame, most: int = MOST_PLACES) -> list[Part]:
    """Parts of at most about `most` places; one part where there are no more. Places without a crew are in none."""
    everyone = tuple(range(len(frame.crews)))
    places = servable(frame, sorted(frame.todo), everyone)
    if len(places) <= most:
        return [Part(places, everyone)] if places else []
    out: list[Part] = []
    for home, mine in _by_depot(frame, places).items():
        crews = [c for c in everyone if frame.crews[c].home == home]
        count = min(-(-len(mine) // most), max(1, len(crews)))
        for k, sector in enumerate(_sectors(frame, home, mine, count)):
            theirs = tuple(crews[k::count])
            out.append(Part(servable(frame, sector, theirs), theirs))
    return [part for part in out if part.places]


def _by_depot(frame: Frame, places: Sequence[int]) -> dict[int, list[int]]:
    """Places by the depot whose first able crew could have them accepted earliest."""
    kinds: dict[tuple[int, int, int, int, int], int] = {}
    for c, own in enumerate(frame.crews):
        kinds.setdefault((own.home, own.have, own.capacity, own.from_s, own.road_from), c)
    out: dict[int, list[int]] = {}
    for p in places:
        best = min(kinds.values(), key=lambda c: (alone(frame, p, c), c))
        if alone(frame, p, best) < NEVER:
            out.setdefault(frame.crews[best].home, []).append(p)
    return dict(sorted(out.items()))


def _sectors(frame: Frame, home: int, places: Sequence[int], count: int) -> list[list[int]]:
    """Places in `count` sectors around the depot with about the same work and way each."""
    sites = {frame.index[s.site]: s for s in frame.rollout.sites}
    depot = next(d for d in frame.rollout.depots if frame.index[d.depot] == home)
    east = math.cos(math.radians(depot.latitude_deg))

    def angle(p: int) -> float:
        site = sites[p]
        return math.atan2(site.latitude_deg - depot.latitude_deg, (site.longitude_deg - depot.longitude_deg) * east)

    capacity = max(1, min(own.capacity for own in frame.crews if own.home == home))
    load = {p: frame.work[p] + 2 * frame.seconds[home * frame.n + p] // capacity for p in places}
    total, held = sum(load.values()), 0
    out: list[list[int]] = [[] for _ in range(count)]
    for p in sorted(places, key=lambda p: (angle(p), p)):
        out[min(count - 1, held * count // max(1, total))].append(p)
        held += load[p]
    return out
