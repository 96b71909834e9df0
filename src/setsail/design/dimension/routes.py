"""Routes between sites over given links: shortest delay, and what is left when links of one group fail together."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from setsail.design.dimension.links import busy_hour_bps, interface_bps
from setsail.design.dimension.options import DimensionOptions
from setsail.design.network.model import Flow, Link


@dataclass(frozen=True, slots=True)
class Route:
    """A way between two sites. links : in order, names;  delay_s : one way, fibre and nodes."""

    links: tuple[str, ...]
    length_m: float
    hops: int
    delay_s: float


@dataclass(frozen=True, slots=True)
class Demand:
    """Flows from one site to another, as the near site holds them."""

    a: str
    b: str
    flows: tuple[Flow, ...]

    @property
    def critical(self) -> bool:
        """True where any of them is."""
        return any(f.critical for f in self.flows)


@dataclass(frozen=True, slots=True)
class LinkPlan:
    """Links with their rates, the route of each pair of sites, and pairs that one failure cuts off, with what fails."""

    links: tuple[Link, ...]
    routes: Mapping[tuple[str, str], Route]
    cut: Mapping[tuple[str, str], tuple[str, ...]]
    loads: Mapping[str, float]


def route(a: str, b: str, links: Sequence[Link], options: DimensionOptions) -> Route | None:
    """The way of least delay between two sites, fewer nodes first among equals; None where there is none."""
    next_to: dict[str, list[tuple[str, Link]]] = defaultdict(list)
    for link in links:
        next_to[link.a].append((link.b, link))
        next_to[link.b].append((link.a, link))
    queue: list[tuple[float, int, str, tuple[str, ...], float]] = [(0.0, 0, a, (), 0.0)]
    done: set[str] = set()
    while queue:
        delay, hops, at, used, length = heapq.heappop(queue)
        if at == b:
            return Route(used, length, hops, delay)
        if at in done:
            continue
        done.add(at)
        for other, link in next_to[at]:
            if other not in done:
                took = link.length_m * options.s_per_m + link.hops * options.hop_s
                heapq.heappush(
                    queue, (delay + took, hops + link.hops, other, (*used, link.link), length + link.length_m)
                )
    return None


def plan(demands: Sequence[Demand], links: Sequence[Link], options: DimensionOptions) -> LinkPlan:
    """Rates of the links of a group of sites: the most that each must carry with every group of links whole or failed.

    A link with a rate keeps it (it is there already); one with rate 0 gets the next interface rate above its load and
    margin. Demands on one link are added as busy hours of their own, which is no less than their busy hour together.
    """
    groups = sorted({link.group or link.link for link in links})
    usual = {(d.a, d.b): found for d in demands if (found := route(d.a, d.b, links, options)) is not None}
    loads: dict[str, float] = {link.link: 0.0 for link in links}
    cut: dict[tuple[str, str], list[str]] = defaultdict(list)
    for failed in (None, *groups):
        left = [link for link in links if (link.group or link.link) != failed]
        here: dict[tuple[str, bool], float] = defaultdict(float)
        for one in demands:
            way = usual.get((one.a, one.b)) if failed is None else route(one.a, one.b, left, options)
            if way is None:
                cut[one.a, one.b].append(failed or "no link")
                continue
            _add(here, one, way, links, options)
        for (name, _), load in here.items():
            loads[name] = max(loads[name], load)
    rated = tuple(
        link if link.rate_bps else replace(link, rate_bps=interface_bps(loads[link.link], options)) for link in links
    )
    return LinkPlan(rated, usual, {pair: tuple(dict.fromkeys(names)) for pair, names in cut.items()}, loads)


def _add(
    here: dict[tuple[str, bool], float], one: Demand, way: Route, links: Sequence[Link], options: DimensionOptions
) -> None:
    """Adds a demand to the links of its way, each direction for itself."""
    by_name, at = {link.link: link for link in links}, one.a
    away, back = (busy_hour_bps(one.flows, d, options) for d in ("ul", "dl"))
    for name in way.links:
        link = by_name[name]
        forward = link.a == at
        here[name, forward] += away
        here[name, not forward] += back
        at = link.b if forward else link.a
