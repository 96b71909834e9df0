"""Facts of the service part of a network: flows, cells, slices, links and the site; hundreds of flows in one call."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from setsail.design.assess.facts import Fact
from setsail.design.assess.flow_facts import Path, Told, flow_own, path_availability, path_facts
from setsail.design.assess.keys import fact_keys
from setsail.design.bill import bill
from setsail.design.bill import facts as bill_facts
from setsail.design.dimension import cells as busy
from setsail.design.dimension import links
from setsail.design.dimension.cells import CellLoad
from setsail.design.dimension.options import DimensionOptions
from setsail.design.dimension.routes import route
from setsail.design.network.model import Flow, Link, Network, Slice, Upf
from setsail.site.model import Site

SHARES_SOURCE = "3GPP TS 28.541 v18.15.0 cl. 4.3.36"
LOADS = "the busy hour of flows.csv"


def facts(site: Site, network: Network, options: DimensionOptions | None = None) -> list[Fact]:
    """Facts `service.*`, `bill.*` and `declared.*`. What has no input or no method has the value None and says why.

    Flows that share application, QoS, radio and way are computed once. Raises UnknownName for an application or a
    preset that is not there.
    """
    chosen = options or DimensionOptions()
    loads = busy.loads([c.cell for c in network.cells], network.flows, chosen)
    return [
        *_flows(network, loads, chosen),
        *_cells(network, loads),
        *_slices(network),
        *_links(site, network, chosen),
        *bill_facts(bill(site, network), site),
        *(_declared(key, value, site) for key, value in site.declared.items()),
    ]


def _fact(one: Told, subject: str) -> Fact:
    key = f"service.{one.key}"
    return Fact(key, subject, one.value, fact_keys()[key].unit, cause=one.cause, verified=one.verified,
                sources=one.sources)  # fmt: skip


def _flows(network: Network, loads: tuple[CellLoad, ...], options: DimensionOptions) -> Iterator[Fact]:
    shared: dict[Path, tuple[Told, ...]] = {}
    ways = _Ways(network, options)
    left = _other_served(loads)
    for flow in network.flows:
        path = ways.path(flow)
        if path not in shared:
            shared[path] = (*path_facts(path), path_availability(path))
        subject = f"flow:{flow.flow}"
        yield from (_fact(one, subject) for one in shared[path])
        yield from (_fact(one, subject) for one in flow_own(flow, left.get(flow.cell)))


class _Ways:
    """Looks up what a flow passes: carrier, user-plane functions, links."""

    def __init__(self, network: Network, options: DimensionOptions) -> None:
        self.network, self.options = network, options
        self.far: dict[str, tuple[float | None, int]] = {}
        self.carriers = {c.carrier: c for c in network.carriers}
        self.cells = {c.cell: self.carriers[c.carrier] for c in network.cells}
        self.upfs = {u.upf: u for u in network.upfs}
        self.slices = {s.slice: s for s in network.slices}
        self.to: dict[str, list[Link]] = defaultdict(list)
        for link in network.links:
            self.to[link.a].append(link)
            self.to[link.b].append(link)

    def path(self, flow: Flow) -> Path:
        """What flows of this kind share."""
        own = self.slices.get(flow.slice)
        upfs = self._upfs(flow.upf or (own.upf if own else ""))
        reached = tuple(dict.fromkeys(link for upf in upfs for link in self.to[upf.upf]))
        carrier = self.cells.get(flow.cell) or next(iter(self.carriers.values()), None)
        far = self._far(flow.peer)
        return Path(
            flow.application, flow.fiveqi, flow.pdb_s, flow.per, flow.mdbv_bytes, flow.legs, flow.access, carrier,
            self.network.preset, upfs, reached, flow.peer, *far,
        )  # fmt: skip

    def _far(self, peer: str) -> tuple[float | None, int]:
        """Fibre and nodes of the way to a far site."""
        if not peer:
            return None, 0
        if peer not in self.far:
            found = route(self.network.site, peer, self.network.links, self.options)
            self.far[peer] = (found.length_m, found.hops) if found else (None, 0)
        return self.far[peer]

    def _upfs(self, name: str) -> tuple[Upf, ...]:
        """The function of a flow, and those at the same place that could take over."""
        own = self.upfs.get(name)
        if own is None:
            return ()
        return own, *(u for u in self.network.upfs if u is not own and u.place == own.place)


def _other_served(loads: Iterable[CellLoad]) -> dict[str, float]:
    """Share of what flows without a guarantee ask for that is left to them, by cell; of the worse direction."""
    found: dict[str, float] = {}
    for one in loads:
        ratio = min(1.0, one.left_ratio / one.other_ratio) if one.other_ratio else 1.0
        found[one.cell] = min(found.get(one.cell, 1.0), ratio)
    return found


def _cells(network: Network, loads: tuple[CellLoad, ...]) -> Iterator[Fact]:
    minima: Mapping[tuple[str, str], float] = _sum_of_minima(network)
    served = _other_served(loads)
    for cell in network.cells:
        both = [one for one in loads if one.cell == cell.cell]
        subject, worst = f"cell:{cell.cell}", max(both, key=lambda one: one.load_ratio)
        way = f"{worst.direction}: guaranteed {worst.gbr_mean_ratio:.3g}, others {worst.other_ratio:.3g}"
        most = max(minima.get((cell.cell, d), 0.0) for d in busy.DIRECTIONS)
        blocked = max(both, key=lambda one: one.blocking)
        for told in (
            Told("prb_guaranteed_ratio", most, "sum of the minima of its slices", sources=(SHARES_SOURCE,)),
            Told("prb_busy_ratio", worst.load_ratio, way, sources=(LOADS,)),
            Told("spare_ratio", 1.0 - worst.load_ratio, way, sources=(LOADS,)),
            Told("blocking_ratio", blocked.blocking, f"{blocked.direction}: {blocked.blocked_flow or 'no flow'}"),
            Told("overflow_ratio", max(one.overflow_probability for one in both), "all devices, refused ones too"),
            Told("other_served_ratio", served[cell.cell], way),
        ):
            yield _fact(told, subject)


def _sum_of_minima(network: Network) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = defaultdict(float)
    for share in network.shares:
        found[share.cell, share.direction] += share.prb_min_ratio
    return found


def _slices(network: Network) -> Iterator[Fact]:
    asked: dict[tuple[str, str, str], float] = defaultdict(float)
    for flow in network.flows:
        for direction in busy.DIRECTIONS:
            asked[flow.slice, flow.cell, direction] += busy.mean_ratio(flow, direction)
    most: dict[tuple[str, str, str], float] = {(s.slice, s.cell, s.direction): s.prb_max_ratio for s in network.shares}
    for one in network.slices:
        yield _fact(_slice(one, asked, most), f"slice:{one.slice}")


def _slice(one: Slice, asked: Mapping[tuple[str, str, str], float], most: Mapping[tuple[str, str, str], float]) -> Told:
    ratios = {k: v / max(most.get(k, one.prb_max_ratio), 1e-9) for k, v in asked.items() if k[0] == one.slice and v}
    if not ratios:
        return Told("slice_prb_ratio", 0.0, "no flow of the slice takes PRBs", sources=(SHARES_SOURCE,))
    worst = max(ratios, key=lambda k: (ratios[k], k))
    return Told("slice_prb_ratio", ratios[worst], f"cell {worst[1]}, {worst[2]}", sources=(SHARES_SOURCE,))


def _links(site: Site, network: Network, options: DimensionOptions) -> Iterator[Fact]:
    groups = {link.group or link.link for link in network.links}
    told = Told("link_paths", float(len(groups)), ", ".join(sorted(groups)) or "no link is named")
    yield _fact(told, f"site:{site.site}")
    by_upf: dict[str, list[Flow]] = defaultdict(list)
    for flow in network.flows:
        by_upf[flow.upf].append(flow)
    places = {u.upf: u.place for u in network.upfs}
    for link in network.links:
        subject = f"link:{link.link}"
        carried = _carried(link, network, by_upf, places)
        asked = max(links.busy_hour_bps(carried, d, options) for d in busy.DIRECTIONS)
        load = asked / link.rate_bps if link.rate_bps else None
        yield _fact(Told("link_load_ratio", load, f"{asked / 1e9:.3g} of {link.rate_bps / 1e9:g} Gbit/s"), subject)
        stated = link.mtbf_h is not None and link.mttr_h is not None
        value = (
            link.mtbf_h / (link.mtbf_h + link.mttr_h) if stated and link.mtbf_h and link.mttr_h is not None else None
        )
        yield _fact(Told("link_availability_ratio", value, "" if stated else "MTBF and MTTR are not stated"), subject)


def _carried(link: Link, network: Network, by_upf: Mapping[str, list[Flow]], places: Mapping[str, str]) -> list[Flow]:
    """Flows that a link may have to carry: of every function at the place to which it leads, should the other fail."""
    ends = {places[end] for end in (link.a, link.b) if end in places}
    peers = {link.a, link.b} - {network.site}
    to_place = [f for name, flows in by_upf.items() if places.get(name) in ends for f in flows]
    return to_place + [f for f in network.flows if f.peer and f.peer in peers and f not in to_place]


def _declared(key: str, value: str | float | bool, site: Site) -> Fact:
    name = f"declared.{key}"
    known = fact_keys().get(name)
    return Fact(name, f"site:{site.site}", value, known.unit if known else "", "declared", cause="as the owner states",
                sources=("site.toml",))  # fmt: skip


def paths(network: Network) -> dict[str, Path]:
    """What each flow passes, by the id of the flow."""
    ways = _Ways(network, DimensionOptions())
    return {flow.flow: ways.path(flow) for flow in network.flows}
