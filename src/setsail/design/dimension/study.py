"""From the needs of a site and the rates of its rooms to flows, slices, shares, user-plane functions and links."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from setsail.base.record import Record
from setsail.design.dimension import cells as busy
from setsail.design.dimension import links, slices, upf
from setsail.design.dimension.cells import CellLoad
from setsail.design.dimension.needs import Asked, Peer, RoomRate, asked
from setsail.design.dimension.options import DimensionOptions
from setsail.design.network.model import Flow, Link, Network, Share, Slice, Upf
from setsail.site.model import Site
from setsail.standards.qos import fiveqi

CG_BELOW_S = 0.010
"""Delay budgets up to this get a configured grant: a scheduling request alone takes half of it at 30 kHz DDDSU."""
TOLD = 5
"""Flows named in a note."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Devices of a flow that the busy hour does not admit: why, and what would admit them."""

    flow: str
    room: str
    application: str
    devices: int
    reason: str
    remedy: str

    def record(self) -> Record:
        """Its columns."""
        return {n: getattr(self, n) for n in ("flow", "room", "application", "devices", "reason", "remedy")}


@dataclass(frozen=True, slots=True)
class Dimensioned:
    """The service part of a network, the busy hour of its cells, and what does not fit."""

    flows: tuple[Flow, ...]
    slices: tuple[Slice, ...]
    shares: tuple[Share, ...]
    upfs: tuple[Upf, ...]
    links: tuple[Link, ...]
    loads: tuple[CellLoad, ...]
    refusals: tuple[Refusal, ...]
    notes: tuple[str, ...]

    def joined(self, network: Network) -> Network:
        """A network with this service part; the load of a cell is that of its downlink, which disturbs the others."""
        load = {one.cell: one.load_ratio for one in self.loads if one.direction == "dl"}
        return replace(
            network, flows=self.flows, slices=self.slices, shares=self.shares, upfs=self.upfs, links=self.links,
            cells=tuple(replace(c, load_ratio=round(load.get(c.cell, c.load_ratio), 4)) for c in network.cells),
            notes=(*network.notes, *self.notes),
        )  # fmt: skip


def dimension(
    site: Site, cells: Sequence[str], rates: Mapping[str, RoomRate], options: DimensionOptions | None = None,
    peers: Mapping[str, Peer] | None = None,
) -> Dimensioned:  # fmt: skip
    """The service part of the network of a site.

    cells : names of all cells;  rates : of each room that a cell serves;  peers : far ends of needs that leave the
    site. Raises UnknownName (a need for a room,
    function or application that is not there).
    """
    chosen = options or DimensionOptions()
    wanted = asked(site, rates, peers)
    known = slices.slices(wanted)
    flows = tuple(_in_slice(one) for one in wanted)
    taken = busy.admitted(flows, chosen)
    flows = tuple(replace(f, refused=_refused(f, taken)) for f in flows)
    levels = {s.slice: s.isolation for s in known}
    placed = [(f, upf.choose(f, levels[f.slice], chosen)) for f in flows]
    flows = tuple(replace(f, upf=upf.name(one.place), access=_access(f)) for f, one in placed)
    functions = upf.functions(placed, chosen)
    shares = slices.shares(cells, flows, known, chosen)
    loads = busy.loads(cells, flows, chosen)
    refusals = tuple(_refusals(site, flows, loads))
    return Dimensioned(
        flows, slices.with_shares(known, shares, upf.of_slices(known, flows)), shares, functions,
        links.of_site(site.site, functions, flows, chosen), loads, refusals,
        tuple(_notes(wanted, placed, refusals)),
    )  # fmt: skip


def _in_slice(one: Asked) -> Flow:
    return replace(one.flow, slice=slices.slice_name(one.qos.sst, one.qos.isolation))


def _refused(flow: Flow, taken: Mapping[str, int]) -> int:
    """Devices that are not admitted: all of a flow that needs a rate where there is none."""
    if not busy.served(flow) and (flow.mbr_ul_bps or flow.mbr_dl_bps):
        return flow.count
    return flow.count - taken.get(flow.flow, flow.count)


def _access(flow: Flow) -> Literal["sr", "cg"]:
    """Configured grant for a short budget, else a scheduling request."""
    budget = fiveqi(flow.fiveqi).pdb_s if flow.fiveqi is not None else flow.pdb_s
    return "cg" if budget is not None and budget <= CG_BELOW_S else "sr"


def _refusals(site: Site, flows: Sequence[Flow], loads: Sequence[CellLoad]) -> list[Refusal]:
    factor = {c: max(one.capacity_factor for one in loads if one.cell == c) for c in {one.cell for one in loads}}
    outdoors = {room.room for room in site.rooms() if not room.indoor}
    return [_refusal(f, factor.get(f.cell, math.inf), f.room in outdoors) for f in flows if f.refused]


def _refusal(flow: Flow, factor: float, outdoors: bool) -> Refusal:
    alone = max(flow.prb_ul_ratio or 0.0, flow.prb_dl_ratio or 0.0)
    if outdoors and not busy.served(flow):
        reason, remedy = "the room lies outdoors, which the indoor design leaves out", "an outdoor cell, or a cable"
    elif not busy.served(flow):
        reason, remedy = "the room has no cell, or no rate in a direction that it uses", "a head that covers the room"
    elif alone > 1:
        reason = f"one device alone asks for {alone:.3g} times its cell"
        remedy = "a cable to the device, or a lower rate: no share of one carrier holds it"
    else:
        reason = f"the busy hour of cell {flow.cell} is full (ARP level {flow.arp})"
        times = f"{factor:.3g} times its capacity" if math.isfinite(factor) else "no number of cells up to 64"
        remedy = f"{times}: more cells in its place, a wider carrier, or a lower ARP level than those admitted"
    return Refusal(flow.flow, flow.room, flow.application, flow.refused, reason, remedy)


def _notes(
    wanted: Sequence[Asked], placed: Sequence[tuple[Flow, upf.Chosen]], refusals: Sequence[Refusal]
) -> list[str]:
    told = []
    without = Counter(one.flow.application for one in wanted if one.qos.fiveqi is None and one.qos.failing)
    if without:
        told.append(f"No standard 5QI fits {', '.join(sorted(without))}: their values are signalled")
    far = [f for f, one in placed if not one.fits]
    if far:
        told.append(f"{len(far)} flows have a core part of the budget that no place of a UPF holds: {_first(far)}")
    if refusals:
        devices = sum(r.devices for r in refusals)
        told.append(
            f"The busy hour does not admit {devices} devices of {len(refusals)} flows; see refused in flows.csv"
        )
    if any(not one.qos.verified for one in wanted):
        names = sorted({one.flow.application for one in wanted if not one.qos.verified})
        told.append(f"Recalled or assumed needs, which cannot give a pass: {', '.join(names)}")
    return told


def _first(flows: Sequence[Flow]) -> str:
    return ", ".join(f.flow for f in flows[:TOLD]) + (" ..." if len(flows) > TOLD else "")
