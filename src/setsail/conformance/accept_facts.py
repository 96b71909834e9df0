"""Facts of a built network, from a walk over its rooms and from probes of its flows, each with its sample."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.conformance.accept_intervals import Estimate, area_quantile, area_share, delivered, message_quantile
from setsail.conformance.accept_log import RANGES, Clock, Probe, Sample
from setsail.design.assess.facts import Fact
from setsail.design.assess.keys import fact_keys
from setsail.design.indoor.raster import Grid, extent, grid, is_shaft
from setsail.design.network.model import Flow, Network
from setsail.service.availability.log import from_log
from setsail.service.need import timely_share_asked
from setsail.service.proof.intervals import clopper_pearson, effective_messages, messages_needed
from setsail.site.model import Site
from setsail.standards.applications import Application, application
from setsail.standards.qos import SOFT_SHARE

LOW_SHARE = 0.05
QUANTITIES = {
    "radio.rsrp_dbm.p05": "rsrp_dbm", "radio.sinr_db.p05": "sinr_db", "radio.rate_dl_bps.p05": "rate_dl_bps",
    "radio.rate_ul_bps.p05": "rate_ul_bps",
}  # fmt: skip
SHARES = ("radio.covered_ratio", "radio.floor_covered_ratio", "radio.site_covered_ratio")
FLOWS = (
    "service.reliability_ratio", "service.availability_ratio", "service.latency_s.percentile", "service.jitter_s",
)  # fmt: skip
MEASURED = frozenset({*QUANTITIES, *SHARES, *FLOWS})
"""Facts that a log replaces at acceptance: a computed value no longer stands for them."""
CONFIDENCE = Limit("confidence", 0.5, 1.0, "a ratio", ends="()")
PLACE_M = Limit("place_m", 0.1, 5.0, "assumption")
BURST = Limit("mean_burst", 1, 1e6, "assumption")
LOST_S = RANGES["delay_s"].high
"""Delay for which a lost message stands."""
ONLY_REFUTED = "acceptance can refute it, only operation can prove it"


@dataclass(frozen=True, slots=True)
class Options:
    """confidence : of each bound, one-sided;  mean_burst : least mean run of losses reckoned with, an assumption;
    target_dbm : RSRP that counts as covered, None for that of the design;  place_m : side of a place, within which
    the median counts.
    """

    confidence: float = 0.95
    mean_burst: float = 5.0
    target_dbm: float | None = None
    place_m: float = 0.5

    def __post_init__(self) -> None:
        CONFIDENCE.require(self.confidence)
        BURST.require(self.mean_burst)
        PLACE_M.require(self.place_m)


class Places:
    """The rooms of a site cut into places, as the maps are; each walked line falls into one."""

    def __init__(self, site: Site, side_m: float) -> None:
        self.floors: dict[str, Grid] = {
            f.floor: grid(f, side_m, extent([f], side_m)) for f in site.floors if any(r.indoor for r in f.rooms)
        }
        self.of: dict[str, int] = {}
        self.on: dict[str, str] = {}
        self.index: dict[str, int] = {}
        for floor, made in self.floors.items():
            count = np.bincount(made.room[made.room >= 0], minlength=len(made.rooms))
            asked = [(r, int(n)) for r, n in zip(made.rooms, count, strict=True) if not is_shaft(r)]
            self.of |= {r.room: n for r, n in asked}
            self.on |= {r.room: floor for r, _ in asked}
            self.index |= {r.room: k for k, r in enumerate(made.rooms)}

    def locate(self, floor: str, x_m: float, y_m: float) -> tuple[str, tuple[int, int]]:
        """Room and place of a position, of the nearest place where it lies on a wall.

        Raises BadInput where no indoor room is within one place of it.
        """
        made = self.floors.get(floor)
        if made is None:
            raise BadInput(f"floor {floor!r} is none of {', '.join(self.floors)}", where="")
        column = math.floor((x_m - made.west_m) / made.resolution_m)
        row = math.floor((made.north_m - y_m) / made.resolution_m)
        if not (-1 <= column <= made.x.size and -1 <= row <= made.y.size):
            raise BadInput(f"position {x_m:g}, {y_m:g} lies outside floor {floor}", where="")
        near = [
            (math.hypot(float(made.x[c]) - x_m, float(made.y[r]) - y_m), r, c)
            for r in range(max(row - 1, 0), min(row + 2, made.y.size))
            for c in range(max(column - 1, 0), min(column + 2, made.x.size))
            if made.room[r, c] >= 0
        ]
        if not near:
            raise BadInput(f"position {x_m:g}, {y_m:g} lies in no indoor room of floor {floor}", where="")
        _, r, c = min(near)
        return made.rooms[int(made.room[r, c])].room, (r, c)

    def left_out(self, room: str, measured: Iterable[tuple[int, int]]) -> int:
        """Places of a room that have no measured one beside them: parts that the walk did not pass."""
        made = self.floors[self.on[room]]
        inside = made.room == self.index[room]
        rows, columns = np.nonzero(inside)
        if not rows.size:
            return 0
        box = inside[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]
        near = np.zeros((box.shape[0] + 2, box.shape[1] + 2), dtype=np.bool_)
        for row, column in measured:
            y, x = row - rows.min(), column - columns.min()
            near[y : y + 3, x : x + 3] = True
        return int((box & ~near[1:-1, 1:-1]).sum())


def measured(
    network: Network, walk: Sequence[Sample], probes: Sequence[Probe], *, options: Options, places: Places
) -> tuple[Fact, ...]:
    """Every fact of `MEASURED` for every room and flow of the network, without a value where nothing was measured."""
    return (*_rooms(network.site, walk, options, places), *_flows(network, walk, probes, options))


def _fact(  # noqa: PLR0917 - one call for each line of a table
    key: str, subject: str, found: Estimate | None, confidence: float, cause: str, source: str
) -> Fact:
    unit = fact_keys()[key].unit
    if found is None:
        return Fact(key, subject, None, unit, "measured", 0, confidence, cause, sources=(source,))
    return Fact(
        key, subject, found.value, unit, "measured", found.n, confidence, cause, True, (source,), found.low, found.high
    )


def _rooms(site: str, walk: Sequence[Sample], options: Options, places: Places) -> Iterator[Fact]:
    by_room: defaultdict[str, list[Sample]] = defaultdict(list)
    for sample in walk:
        by_room[sample.room].append(sample)
    good: defaultdict[str, list[bool]] = defaultdict(list)
    left: Counter[str] = Counter()
    for room, count in places.of.items():
        for key, quantity in QUANTITIES.items():
            values = _medians(by_room[room], quantity)
            out = places.left_out(room, values)
            yield _quantile(key, f"room:{room}", list(values.values()), (count, out), options)
            if quantity == "rsrp_dbm":
                held = [v >= (options.target_dbm or 0.0) for v in values.values()]
                good[places.on[room]] += held
                left[places.on[room]] += out
                yield _share(SHARES[0], f"room:{room}", held, (count, out), options)
    total = {floor: sum(n for r, n in places.of.items() if places.on[r] == floor) for floor in places.floors}
    for floor, count in total.items():
        yield _share(SHARES[1], f"floor:{floor}", good[floor], (count, left[floor]), options)
    every = [held for floor in total for held in good[floor]]
    yield _share(SHARES[2], f"site:{site}", every, (sum(total.values()), left.total()), options)


def _medians(samples: Iterable[Sample], quantity: str) -> dict[tuple[int, int], float]:
    """One value for each place where the quantity was measured."""
    found: dict[tuple[int, int], list[float]] = {}
    for sample in samples:
        if quantity in sample.values:
            found.setdefault(sample.place, []).append(sample.values[quantity])
    return {place: float(np.median(values)) for place, values in found.items()}


def _quantile(key: str, subject: str, values: list[float], places: tuple[int, int], options: Options) -> Fact:
    count, out = places
    if not values:
        return _fact(key, subject, None, options.confidence, f"not walked; {count} places", "walk log")
    found = area_quantile(values, count, LOW_SHARE, options.confidence, left_out=out)
    cause = _places_cause(found, places)
    if found.low is None:
        cause += (
            f"; {found.needed} of those near the walk would bound it"
            if out <= LOW_SHARE * count
            else ("; a walk that passes within 1 m of every place is needed")
        )
    return _fact(key, subject, found, options.confidence, cause, "walk log")


def _share(key: str, subject: str, held: list[bool], places: tuple[int, int], options: Options) -> Fact:
    count, out = places
    if not held:
        return _fact(key, subject, None, options.confidence, f"not walked; {count} places", "walk log")
    found = area_share(held, count, options.confidence, left_out=out)
    cause = f"{_places_cause(found, places)} at {options.target_dbm or 0.0:g} dBm or more"
    return _fact(key, subject, found, options.confidence, cause, "walk log")


def _places_cause(found: Estimate, places: tuple[int, int]) -> str:
    told = f"{found.n} of {places[0]} places measured"
    return f"{told}, {places[1]} left out by the walk" if places[1] else told


def _flows(network: Network, walk: Sequence[Sample], probes: Sequence[Probe], options: Options) -> Iterator[Fact]:
    by_flow: defaultdict[str, list[Probe]] = defaultdict(list)
    for probe in probes:
        by_flow[probe.flow].append(probe)
    for flow in network.flows:
        found = by_flow.get(flow.flow) or []
        source = "probe log" if found else "walk log"
        found = found or _from_walk(flow, walk)
        if not found:
            yield from (
                _fact(key, f"flow:{flow.flow}", None, options.confidence, "no message was measured", "probe log")
                for key in FLOWS
            )
            continue
        clock: Clock = "round-trip" if any(p.clock == "round-trip" for p in found) else "one-way"
        for key, make in _MAKERS.items():
            estimate, cause = make(found, application(flow.application), clock, options)
            yield _fact(key, f"flow:{flow.flow}", estimate, options.confidence, cause, f"{source}, {clock} clock")


def _from_walk(flow: Flow, walk: Sequence[Sample]) -> list[Probe]:
    """The delays of a walk in the flow's room; a walk's clock is not said, so that they count as round trips."""
    return [
        Probe(flow.flow, s.time_s, s.values["delay_s"], "round-trip")
        for s in walk
        if s.room == flow.room and "delay_s" in s.values
    ]


def _bound_s(app: Application) -> float:
    """Delay within which a message counts as in time: of one direction over all legs; infinite without a bound."""
    return math.inf if app.leg_budget_s is None else app.leg_budget_s * app.legs


Made = tuple[Estimate | None, str]


def _reliability(found: Sequence[Probe], app: Application, clock: Clock, options: Options) -> Made:
    bound = _bound_s(app)
    failed = np.array([not p.delay_s <= bound or math.isinf(p.delay_s) for p in found])
    made = delivered(failed, options.confidence, mean_burst=options.mean_burst)
    cause = f"{int(failed.sum())} of {made.n} messages lost or late"
    if made.effective < made.n - 1:
        cause += f"; with runs of losses of {options.mean_burst:g} they count as {made.effective:.0f}"
    wanted = timely_share_asked(app)
    if wanted and made.low is not None and made.low < wanted[0] and not failed.any():
        need = messages_needed(wanted[0], options.confidence, mean_burst=options.mean_burst)
        cause += f"; {need} without a loss would prove it"
    if clock == "round-trip":
        return made._replace(high=1.0), f"{cause}; round trips cannot refute a bound of one way"
    return made, cause


def _percentile(found: Sequence[Probe], app: Application, clock: Clock, options: Options) -> Made:
    wanted = timely_share_asked(app)
    share = wanted[0] if wanted else SOFT_SHARE
    delays = [min(p.delay_s, LOST_S) for p in found]
    made = message_quantile(delays, share, options.confidence, mean_burst=options.mean_burst)
    cause = f"{100 * share:.10g} % of {made.n} messages"
    if made.value >= LOST_S:
        cause += f"; more than that are lost, which count as {LOST_S:g} s"
    if made.high is None:
        cause += f"; {made.needed} would bound it"
    if clock == "round-trip":
        return made._replace(low=0.0), f"{cause}; round trips cannot refute a bound of one way"
    return made, cause


def _availability(found: Sequence[Probe], app: Application, clock: Clock, options: Options) -> Made:
    """Refuted where even the upper bound of the time up misses it; never proved (TS 22.104 Annex C.3)."""
    bound = min(_bound_s(app), 3600.0)
    sent = np.array([p.time_s for p in found])
    delay = np.array([p.delay_s if math.isfinite(p.delay_s) else math.nan for p in found])
    if len(found) < 2:
        return None, "one message tells no time"
    log = from_log(sent, delay, deadline_s=bound, survival_s=app.survival_s or 0.0)
    failed = ~(delay <= bound)
    effective = effective_messages(failed)[0]
    down = min(log.down_s / log.observed_s, 1.0) * effective
    high = 1.0 if clock == "round-trip" else 1.0 - clopper_pearson(down, effective, options.confidence).low
    cause = f"down {log.down_s:.3g} of {log.observed_s:.6g} s, {log.failures} failures; {ONLY_REFUTED}"
    return Estimate(log.availability, None, high, log.messages, effective, 0), cause


def _jitter(found: Sequence[Probe], app: Application, clock: Clock, options: Options) -> Made:
    """The spread seen is the least that there is; a longer test can only find more."""
    del app, options
    seen = [p.delay_s for p in found if math.isfinite(p.delay_s)]
    if not seen:
        return None, "no message arrived"
    spread = max(seen) - min(seen)
    low = 0.0 if clock == "round-trip" else spread
    return Estimate(spread, low, None, len(seen), float(len(seen)), 0), f"spread seen; {ONLY_REFUTED}"


_MAKERS: Mapping[str, Callable[[Sequence[Probe], Application, Clock, Options], Made]] = {
    "service.reliability_ratio": _reliability,
    "service.availability_ratio": _availability,
    "service.latency_s.percentile": _percentile,
    "service.jitter_s": _jitter,
}


def at_acceptance(design: Iterable[Fact], found: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts of the built network: measured ones in place of those of the same keys, the rest as designed."""
    kept = tuple(f for f in design if f.key not in MEASURED)
    return (*kept, *found)
