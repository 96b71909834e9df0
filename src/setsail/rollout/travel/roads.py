"""Driving ways over a network of roads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components, dijkstra

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import BadInput, OutOfRange
from setsail.rollout.model import Bridge, Depot, Rollout, RolloutSite
from setsail.rollout.travel import circle

FARTHEST_ROAD_M = 5000.0
"""From a place to the nearest road of the extract."""
BRIDGE_WITHIN_M = 1000.0
"""Of the point of a closed bridge: every bridge and tunnel of the extract there is closed."""
SOURCES_AT_ONCE = 64


@dataclass(frozen=True, slots=True, eq=False)
class Roads:
    """Road nodes and directed pieces between them.

    at : (n, 3) unit vectors;  start, end : (m,) node numbers;  metres : (m,);  crossing : (m,) on a bridge or in a
    tunnel.
    """

    at: F64
    start: I64
    end: I64
    metres: F64
    crossing: Bool


def times(roads: Roads, rollout: Rollout, closed: frozenset[str], where: str) -> tuple[F64, F64]:
    """Seconds and metres (n, n) between depots and sites over the roads; infinite where there is no way.

    A place is joined to the nearest road by a straight line x the detour factor; all roads are driven at the speed of
    the rollout.  closed : bridges of the rollout; the bridges and tunnels of the network about them are left out.
    where : the file of the roads, for errors.
    Raises BadInput where nothing is at a closed bridge, OutOfRange for a place far from the roads.
    """
    kept = _open(roads, [b for b in rollout.bridges if b.bridge in closed], where)
    places: tuple[Depot | RolloutSite, ...] = (*rollout.depots, *rollout.sites)
    at = circle.units(np.array([p.latitude_deg for p in places]), np.array([p.longitude_deg for p in places]))
    names = [d.depot for d in rollout.depots] + [s.site for s in rollout.sites]
    node, leg = _joined(roads, at, names, where)
    detour = rollout.travel.detour_factor
    metres = _ways(roads, kept, node) + detour * (leg[:, None] + leg[None, :])
    same = node[:, None] == node[None, :]
    metres = np.where(same, np.minimum(metres, circle.metres(at, at) * detour), metres)
    np.fill_diagonal(metres, 0.0)
    return metres / (rollout.travel.speed_kmh / 3.6), metres


def _open(roads: Roads, closed: Iterable[Bridge], where: str) -> Bool:
    """Which pieces stay when bridges are closed. Raises BadInput where none is at a closed bridge."""
    kept = np.ones(len(roads.start), bool)
    for bridge in closed:
        point = circle.units(np.array([bridge.latitude_deg]), np.array([bridge.longitude_deg]))
        near = circle.metres(point, roads.at)[0] <= BRIDGE_WITHIN_M
        shut = roads.crossing & (near[roads.start] | near[roads.end])
        if not shut.any():
            what = f"has no bridge or tunnel within {BRIDGE_WITHIN_M:g} m of the bridge {bridge.bridge!r}"
            raise BadInput(what, where=where, allowed="a bridge of the extract", hint="its coordinates in bridges.csv")
        kept &= ~shut
    return kept


def _joined(roads: Roads, at: F64, names: list[str], where: str) -> tuple[I64, F64]:
    """The nearest node of the connected roads to each place, and how far it is [m]. Raises OutOfRange."""
    n = len(roads.at)
    graph = csr_array((np.ones(len(roads.start)), (roads.start, roads.end)), shape=(n, n))
    _, part = connected_components(graph, directed=True, connection="strong")
    usable = np.flatnonzero(part == np.bincount(part).argmax())
    node, leg = np.empty(len(at), np.int64), np.empty(len(at))
    for begin in range(0, len(at), SOURCES_AT_ONCE):
        rows = slice(begin, begin + SOURCES_AT_ONCE)
        away = circle.metres(at[rows], roads.at[usable])
        nearest = away.argmin(axis=1)
        node[rows], leg[rows] = usable[nearest], away[np.arange(len(nearest)), nearest]
    worst = int(leg.argmax())
    if leg[worst] > FARTHEST_ROAD_M:
        near, far = FARTHEST_ROAD_M / 1000, leg[worst] / 1000
        what = f"has no road within {near:g} km of {names[worst]!r}; the nearest is {far:,.1f} km away"
        raise OutOfRange(what, where=where, allowed="an extract of the area of all depots and sites")
    return node, leg


def _ways(roads: Roads, kept: Bool, node: I64) -> F64:
    """Shortest ways [m] between the nodes of places."""
    n = len(roads.at)
    sources, back = np.unique(node, return_inverse=True)
    graph = _shortest_pieces(roads.start[kept], roads.end[kept], roads.metres[kept], n)
    found = np.empty((len(sources), len(sources)))
    for begin in range(0, len(sources), SOURCES_AT_ONCE):
        rows = slice(begin, begin + SOURCES_AT_ONCE)
        found[rows] = dijkstra(graph, directed=True, indices=sources[rows])[:, sources]
    return found[np.ix_(back, back)]


def _shortest_pieces(start: I64, end: I64, metres: F64, n: int) -> csr_array:
    """A graph with the shortest of parallel pieces; a sparse matrix would add them up."""
    order = np.lexsort((metres, end, start))
    start, end, metres = start[order], end[order], metres[order]
    first = np.ones(len(start), bool)
    first[1:] = (start[1:] != start[:-1]) | (end[1:] != end[:-1])
    return csr_array((np.maximum(metres[first], 1e-3), (start[first], end[first])), shape=(n, n))
