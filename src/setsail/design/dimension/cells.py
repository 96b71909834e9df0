"""The busy hour of each cell: what its guaranteed flows ask for, which of them it admits, what is left to others."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from setsail.base.arrays import F64
from setsail.base.record import Record
from setsail.design.dimension.admission import Sources, blocking, demand, quantile, with_class
from setsail.design.dimension.options import DimensionOptions
from setsail.design.network.model import Flow

UNITS = 10_000
"""Units of a cell: a demand is rounded up to 0.01 % of its PRBs."""
FACTOR_UNITS, MOST_CELLS = 200, 64
"""Coarser units of the question how many cells it would take, and the most that are counted exactly."""
DIRECTIONS: tuple[Literal["ul", "dl"], ...] = ("ul", "dl")


@dataclass(frozen=True, slots=True)
class CellLoad:
    """One cell in one direction in the busy hour; ratios are of its PRBs.

    gbr_mean_ratio : asked for by guaranteed flows on average, gbr_ratio : not exceeded but with the probability that
    the options name, overflow_probability : of asking for more than guaranteed flows may hold (all devices);
    blocking : of the arrival that fits worst among the admitted, and whose it is;  other_ratio : asked for by flows
    without a guarantee on average, left_ratio : what guaranteed flows leave to them on average;  refused : devices;
    capacity_factor : times the capacity at which all would be admitted (1 where they are), inf where none would do.
    """

    cell: str
    direction: str
    gbr_mean_ratio: float
    gbr_ratio: float
    overflow_probability: float
    blocking: float
    blocked_flow: str
    other_ratio: float
    left_ratio: float
    refused: int
    capacity_factor: float

    @property
    def load_ratio(self) -> float:
        """Share of the PRBs in use on average, at most 1."""
        return min(1.0, self.gbr_mean_ratio + self.other_ratio)

    def record(self) -> Record:
        """Its columns."""
        factor = self.capacity_factor if math.isfinite(self.capacity_factor) else None
        names = ("cell", "direction", "gbr_mean_ratio", "gbr_ratio", "overflow_probability", "blocking",
                 "blocked_flow", "other_ratio", "left_ratio", "load_ratio", "refused")  # fmt: skip
        return {name: getattr(self, name) for name in names} | {"capacity_factor": factor}


def ratio(flow: Flow, direction: str) -> float | None:
    """Share of its cell that one active device takes; None where it gets no rate at all."""
    return flow.prb_ul_ratio if direction == "ul" else flow.prb_dl_ratio


def guaranteed(flow: Flow) -> bool:
    """True for a flow with a guaranteed bit rate."""
    return flow.gbr_ul_bps > 0 or flow.gbr_dl_bps > 0


def served(flow: Flow) -> bool:
    """True where the room has a cell that gives the flow a rate in every direction that it uses."""
    return bool(flow.cell) and flow.prb_ul_ratio is not None and flow.prb_dl_ratio is not None


def sources(flow: Flow, direction: str, units: int = UNITS, count: int | None = None) -> Sources | None:
    """The devices of a flow as one class; None where they take nothing in this direction."""
    share = ratio(flow, direction)
    many = flow.count - flow.refused if count is None else count
    if not share or not many:
        return None
    return Sources(max(1, math.ceil(share * units - 1e-9)), many, flow.activity_ratio)


def by_cell(flows: Iterable[Flow]) -> dict[str, list[Flow]]:
    """Flows by the cell that serves them, those without one left out."""
    found: dict[str, list[Flow]] = defaultdict(list)
    for flow in flows:
        if served(flow):
            found[flow.cell].append(flow)
    return found


def admitted(flows: Sequence[Flow], options: DimensionOptions) -> dict[str, int]:
    """Devices of each guaranteed flow that the cells admit in the busy hour, by flow.

    In order of their allocation and retention priority (a lower level may pre-empt a higher one), critical places and
    small demands first: as many devices of a flow as leave the probability of overflow within the option in both
    directions. Then the last in that order go, until no admitted device is blocked more often than the option allows:
    large demands are blocked before the cell as a whole overflows. A flow whose room has no rate gets none.
    """
    found = {f.flow: 0 for f in flows if guaranteed(f)}
    capacity = int(options.gbr_ratio * UNITS)
    for many in by_cell(f for f in flows if guaranteed(f)).values():
        held: dict[str, F64] = {d: demand((), capacity) for d in DIRECTIONS}
        for flow in sorted(many, key=_precedence):
            found[flow.flow], held = _most(flow, held, options.blocking)
        _let_go(many, found, options)
    return found


def _let_go(flows: Sequence[Flow], found: dict[str, int], options: DimensionOptions) -> None:
    """Takes devices of the lowest precedence out of `found` until none of the others is blocked too often."""
    last = sorted(flows, key=_precedence, reverse=True)
    for direction in DIRECTIONS:
        while _blocking(flows, direction, found, options) > options.blocking:
            flow = next(f for f in last if found[f.flow] and ratio(f, direction))
            found[flow.flow] -= 1


def _blocking(flows: Sequence[Flow], direction: str, found: Mapping[str, int], options: DimensionOptions) -> float:
    """Of the arrival that fits worst among the devices in `found`; 0 where there are none."""
    classes = [s for f in flows if (s := sources(f, direction, count=found[f.flow])) is not None]
    return max(blocking(classes, int(options.gbr_ratio * UNITS)), default=0.0)


def _precedence(flow: Flow) -> tuple[int, bool, float, str]:
    return flow.arp, not flow.critical, (flow.prb_ul_ratio or 0) + (flow.prb_dl_ratio or 0), flow.flow


def _most(flow: Flow, held: Mapping[str, F64], allowed: float) -> tuple[int, dict[str, F64]]:
    """Most devices of a flow that fit beside what is held, and what is held with them."""
    low, high, best = 0, flow.count, dict(held)
    asked = high
    while low < high:
        tried: dict[str, F64] = {d: _with(flow, d, asked, held[d]) for d in DIRECTIONS}
        if all(1.0 - float(p.sum()) <= allowed for p in tried.values()):
            low, best = asked, tried
        else:
            high = asked - 1
        asked = (low + high + 1) // 2
    return low, best


def _with(flow: Flow, direction: str, count: int, held: F64) -> F64:
    one = sources(flow, direction, count=count)
    return held if one is None else with_class(held, one)


def loads(cells: Iterable[str], flows: Sequence[Flow], options: DimensionOptions) -> tuple[CellLoad, ...]:
    """The load of every cell in both directions, in the order of `cells`; `refused` of the flows is respected."""
    found = by_cell(flows)
    return tuple(_load(cell, d, found.get(cell, []), options) for cell in cells for d in DIRECTIONS)


def _load(cell: str, direction: str, flows: Sequence[Flow], options: DimensionOptions) -> CellLoad:
    sure = [f for f in flows if guaranteed(f)]
    pairs = [(f, s) for f in sure if (s := sources(f, direction)) is not None]
    classes, capacity = [s for _, s in pairs], int(options.gbr_ratio * UNITS)
    blocked = blocking(classes, capacity)
    worst = max(range(len(pairs)), key=lambda i: blocked[i], default=None)
    mean = sum(mean_ratio(f, direction) for f in sure)
    everyone = [s for f in sure if (s := sources(f, direction, count=f.count)) is not None]
    refused = sum(f.refused for f in sure)
    return CellLoad(
        cell, direction, mean, quantile(classes, 1 - options.blocking, UNITS) / UNITS,
        max(0.0, 1.0 - float(demand(everyone, capacity).sum())), blocked[worst] if worst is not None else 0.0,
        pairs[worst][0].flow if worst is not None else "", sum(mean_ratio(f, direction) for f in flows) - mean,
        max(0.0, 1.0 - mean), refused, _factor(sure, direction, options) if refused else 1.0,
    )  # fmt: skip


def mean_ratio(flow: Flow, direction: str) -> float:
    """Share of its cell that the admitted devices of a flow take on average."""
    return (flow.count - flow.refused) * flow.activity_ratio * (ratio(flow, direction) or 0.0)


def _factor(flows: Sequence[Flow], direction: str, options: DimensionOptions) -> float:
    """Times the capacity of a cell at which every device would be admitted in this direction."""
    top = FACTOR_UNITS * MOST_CELLS
    classes = [s for f in flows if (s := sources(f, direction, FACTOR_UNITS, f.count)) is not None]
    wanted = quantile(classes, 1 - options.blocking, top)
    while wanted < top and max(blocking(classes, wanted), default=0.0) > options.blocking:
        wanted += max(1, FACTOR_UNITS // 20)
    return math.inf if wanted >= top else max(1.0, wanted / (FACTOR_UNITS * options.gbr_ratio))
