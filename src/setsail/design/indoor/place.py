"""An indoor design: carrier, heads and cells for the needs of a site, with what is proved and what binds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np

from setsail.base.errors import BadInput, UnknownName
from setsail.base.extras import require
from setsail.design.indoor import heads, improve
from setsail.design.indoor.anchors import added, position_bindings
from setsail.design.indoor.building import Scene, scenes
from setsail.design.indoor.cells import Loads, coupling, grouped, loads, with_cells
from setsail.design.indoor.demand import RoomDemand, demand
from setsail.design.indoor.heads import SLACK_DB, Work, named
from setsail.design.indoor.judge import Reach, bindings
from setsail.design.indoor.maps import RadioMaps, maps
from setsail.design.indoor.options import PlaceOptions
from setsail.design.indoor.predict import Option, Predicted, predict
from setsail.design.indoor.results import Binding, Compared, Placed, Proof
from setsail.design.indoor.shafts import note
from setsail.design.indoor.targets import FDD, CarrierChoice, carrier_choice, carriers, data_shares, patterns
from setsail.design.network.model import Carrier, Head, Network
from setsail.design.progress import CELLS, HEADS, LEVELS, POSITIONS, Progress
from setsail.site.model import Site
from setsail.standards.radio import band

DEFAULT_TDD = "DDDSU"
SPECIAL = "10D2G2U"
UL_LAYERS = 2
AS_THEY_STAND = ("the heads were judged as they stand",)
GROUPINGS = 4
"""Times that heads are grouped into cells, each with the loads of the time before."""


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """One frequency option worked out; bound : least number of new heads."""

    choice: CarrierChoice
    maps: RadioMaps
    bound: float
    reach: Reach
    load: Loads
    patterns: dict[str, tuple[float, float]]
    binding: tuple[Binding, ...]
    notes: tuple[str, ...]
    proved: bool

    @property
    def price(self) -> float:
        """Cost of the heads against that of mid-band heads."""
        return len(self.maps.network.heads) * self.choice.price_ratio

    @property
    def missed(self) -> float:
        """How far the design is from its targets but for the level outside: mean shortfall of rooms, floors, cells."""
        counts = {
            "room": sum(len(f.grid.rooms) for f in self.maps.floors),
            "floor": len(self.maps.floors),
            "cell": len(self.maps.network.cells),
        }
        found = [b for b in self.binding if b.constraint != "leakage"]
        return round(sum(b.shortfall / max(counts[b.subject.split(":")[0]], 1) for b in found), 3)

    @property
    def proof(self) -> Proof:
        """What is proved of the number of its heads."""
        return "unknown" if not self.proved else "fewest" if self.gap_ratio == 0.0 else "bound"

    @property
    def gap_ratio(self) -> float:
        """Distance of the new heads from their least number, over them."""
        new = sum(1 for h in self.maps.network.heads if h.origin != "placed")
        return max(new - self.bound, 0.0) / new if new else 0.0


def place(
    site: Site, options: PlaceOptions | None = None, *, network: Network | None = None, progress: Progress | None = None
) -> Placed:
    """The heads, cells and carrier that meet the targets with the fewest heads, every floor by heads of its own.

    network : its heads of origin `placed` stay where they are; with `only_placed` all its heads are judged as they
    stand. A target that no design meets is told in `binding`, and the nearest one is met instead.
    progress : is told of each step; what ends the work in one thread ends it in all.
    Raises BadInput (no indoor room; a band that the licence does not hold), UnknownName, OutOfRange, MissingExtra.
    Source: own method, set cover over candidate places by HiGHS: docs/explain/design-indoor.md.
    """
    for module in ("numba", "highspy"):
        require(module, "site")
    asked = options or PlaceOptions()
    if not any(room.indoor for room in site.rooms()):
        raise BadInput("has no indoor room", where=f"site {site.site}", allowed="at least one")
    wants = demand(site)
    if asked.only_placed:
        return _judged(site, network, asked, wants)
    standing = tuple(h for h in network.heads if h.origin == "placed") if network else ()
    going = progress or Progress()
    work = Work(site, asked, wants, standing, going)
    choices = _choices(site, asked, network if standing else None)
    ground = scenes(site, choices[0].fc_hz, asked.maps)
    with ThreadPoolExecutor(max_workers=asked.threads) as pool, going.ending_together():
        best, others = _best(_designs(pool, work, choices, ground))
    located, noted = _located(work, best)
    going.step(POSITIONS)
    final, told = improve.powers(improve.cells(located, wants, asked), wants, asked, best.reach)
    going.step(CELLS)
    load = loads(final, wants)
    binding = (*bindings(final, wants, asked, best.reach, load), *position_bindings(final, wants))
    best = replace(best, maps=final, load=load, binding=binding)
    compared = tuple(_compared(best, chosen=True) if c.carrier == best.choice.id else c for c in others)
    made = final.network
    hung = [text for head in made.heads if (text := note(site, head))]
    return Placed(
        made.carriers, made.cells, made.heads, best.gap_ratio, round(best.bound), best.binding,
        compared, best.patterns, final, (*best.notes, *noted, *told, *hung), best.proof,
    )  # fmt: skip


def _designs(
    pool: Executor, work: Work, choices: Sequence[CarrierChoice], ground: Sequence[Scene]
) -> Iterator[_Design]:
    """Every frequency option worked out, each as soon as it is there."""
    grounds = list(pool.map(lambda one: scenes(work.site, one.fc_hz, work.options.maps, ground), choices))
    size = range(len(ground))
    levels = work.stepping(LEVELS, len(size), lambda k: _predicted(work, choices, [g[k] for g in grounds]))
    floors = list(pool.map(levels, size))
    of = len(choices) * (len(size) + 1)
    design = work.stepping(
        HEADS, of, lambda f: _design(work, choices[f], grounds[f], [floor[f] for floor in floors], of)
    )
    yield from pool.map(design, range(len(choices)))


def _best(designs: Iterator[_Design]) -> tuple[_Design, list[Compared]]:
    """The design that misses its targets least, then the cheapest, and all of them compared; no other one is kept."""
    best = next(designs)
    compared = [_compared(best, chosen=False)]
    for one in designs:
        compared.append(_compared(one, chosen=False))
        best = min(best, one, key=lambda d: (d.missed, d.price, -_edge_bps(d.maps)))
    return best, compared


def _located(work: Work, design: _Design) -> tuple[RadioMaps, tuple[str, ...]]:
    """The maps with heads added for the position errors that needs state, grouped into cells again; and notes."""
    found, options, choice = design.maps, work.options, design.choice
    most = int(options.maps.targets.position_head_ratio * len(found.network.heads) + SLACK_DB)
    if options.most_heads is not None:
        most = min(most, options.most_heads - len(found.network.heads))
    pattern = Head("", "", 0.0, 0.0, 0.0, "", choice.power_dbm, choice.ports, choice.gain_dbi)
    new = added(work.site, found, work.wants, pattern, most=most, step_m=options.step_m)
    if not new:
        return found, ()
    first = found.network.cells[0].cell
    heads = named([*found.network.heads, *(replace(h, cell=first) for h in new)])
    made = maps(
        work.site, replace(found.network, heads=tuple(heads)), options.maps, known=[f.scene for f in found.floors],
        before=found,
    )  # fmt: skip
    names = ", ".join(h.head for h in heads[-len(new) :])
    return _in_cells(made, options, work.wants), (f"heads added for position errors that needs state: {names}",)


def _choices(site: Site, options: PlaceOptions, network: Network | None) -> list[CarrierChoice]:
    """The carriers to compare. Raises BadInput, UnknownName."""
    licensed = {band(name).name for name in site.licensed_bands}
    if options.carriers:
        found = [carrier_choice(name) for name in options.carriers]
    elif network and network.carriers:
        found = [c for c in carriers().values() if c.band == network.carriers[0].band]
        if not found:
            raise UnknownName(
                f"is {network.carriers[0].band!r}", where="band of the placed heads", allowed=", ".join(carriers())
            )
    else:
        found = [c for c in carriers().values() if not licensed or c.band in licensed]
    for one in found:
        if licensed and one.band not in licensed:
            raise BadInput(
                f"uses {one.band}, which the site's licence does not hold", where=f"carrier {one.id}",
                allowed=", ".join(sorted(licensed)), hint="licensed_bands of site.toml",
            )  # fmt: skip
    if not found:
        raise BadInput(
            f"holds {', '.join(sorted(licensed))}, and none of these has a carrier here", where="licensed_bands",
            allowed=", ".join(c.band for c in carriers().values()),
        )  # fmt: skip
    return found


def _edge_bps(made: RadioMaps) -> float:
    return min(float(f.rooms.quantile["rate_dl_bps"][-1, 0]) for f in made.floors)


def carrier_of(choice: CarrierChoice, tdd: str = "") -> Carrier:
    """The carrier of a choice, FDD or with a TDD pattern."""
    pattern = FDD if choice.duplex == FDD else tdd or DEFAULT_TDD
    special = next((p.special for p in patterns() if p.tdd == pattern), SPECIAL)
    return Carrier(
        choice.id, choice.band, choice.fc_hz, choice.bandwidth_hz, choice.scs_hz, pattern, special, choice.ports,
        min(UL_LAYERS, choice.ports),
    )  # fmt: skip


def _predicted(work: Work, choices: Sequence[CarrierChoice], ground: Sequence[Scene]) -> list[Predicted]:
    """One floor on every carrier. ground : the floor at the frequency of each."""
    asked = [Option(carrier_of(c, work.options.tdd), c, s) for c, s in zip(choices, ground, strict=True)]
    return predict(work.site, asked, work.options, demand=work.wants, placed=work.standing)


def _design(
    work: Work, choice: CarrierChoice, ground: tuple[Scene, ...], floors: Sequence[Predicted], steps: int
) -> _Design:
    options, wants = work.options, work.wants
    carrier = carrier_of(choice, options.tdd)
    chosen = heads.found(work, choice, carrier, ground, floors, steps=steps)
    network, table = _pattern(chosen.maps, choice, options, wants)
    made = _in_cells(chosen.maps.with_network(network), options, wants)
    load = loads(made, wants)
    binding = bindings(made, wants, options, chosen.reach, load)
    return _Design(choice, made, chosen.bound, chosen.reach, load, table, binding, chosen.notes, chosen.proved)


def _pattern(
    found: RadioMaps, choice: CarrierChoice, options: PlaceOptions, wants: Mapping[str, RoomDemand]
) -> tuple[Network, dict[str, tuple[float, float]]]:
    """The network with the TDD pattern whose busier direction has the least load, and the loads of all patterns.

    Loads are those of the whole site over the shares of symbols; without traffic, or with `tdd`, the pattern stays.
    """
    carrier, load = found.carrier, loads(found, wants)
    down, up = data_shares(carrier.tdd, carrier.special, carrier.scs_hz)
    asked = float(load.dl.sum()) * down, float(load.ul.sum()) * up
    if choice.duplex == FDD:
        return found.network, {FDD: asked}
    table = {}
    for one in patterns():
        d, u = one.shares(carrier.scs_hz)
        table[one.tdd] = asked[0] / d, asked[1] / u
    if options.tdd or max(asked) == 0.0:
        return found.network, table
    tdd = min(table, key=lambda name: max(table[name]))
    return replace(found.network, carriers=(carrier_of(choice, tdd),)), table


def _in_cells(found: RadioMaps, options: PlaceOptions, wants: Mapping[str, RoomDemand]) -> RadioMaps:
    """The maps with heads grouped into cells: by coupling, within load and number.

    Cells interfere, so that more of them take more of their resources: where a cell of several heads is too full as the
    cells then are, all are made smaller, and the grouping whose busiest cell is the least too full is kept.
    """
    if not found.network.heads:
        return found
    near, limit, load = coupling(found, len(found.network.heads)), options.load_ratio, loads(found, wants)
    tried: list[tuple[float, int, RadioMaps]] = []
    for _ in range(GROUPINGS):
        groups = grouped(near, np.maximum(load.dl, load.ul), options.heads_per_cell, limit)
        made = found.with_network(with_cells(found.network, groups, options.load_ratio))
        load = loads(made, wants)
        worst = max((max(load.dl[g].sum(), load.ul[g].sum()) for g in groups if len(g) > 1), default=0.0)
        tried.append((max(float(worst) / options.load_ratio - 1.0, 0.0), len(groups), made))
        if tried[-1][0] <= SLACK_DB:
            break
        limit *= options.load_ratio / float(worst)
    return min(tried, key=lambda one: one[:2])[2]


def _compared(design: _Design, chosen: bool) -> Compared:
    made, carrier = design.maps, design.maps.carrier
    low = {
        name: min(float(f.rooms.quantile[name][-1, 0]) for f in made.floors)
        for name in ("rsrp_dbm", "sinr_db", "rate_dl_bps", "rate_ul_bps")
    }
    busiest = _busiest(made, design.load)
    return Compared(
        carrier.carrier, len(made.network.heads), len(made.network.cells), design.price, design.gap_ratio,
        len(design.binding), made.covered_ratio, low["rsrp_dbm"], low["sinr_db"], low["rate_dl_bps"],
        low["rate_ul_bps"], *busiest, carrier.tdd, chosen,
    )  # fmt: skip


def _busiest(made: RadioMaps, load: Loads) -> tuple[float, float]:
    cells = np.array([h.cell for h in made.network.heads])
    sums = [(float(load.dl[cells == c.cell].sum()), float(load.ul[cells == c.cell].sum())) for c in made.network.cells]
    return max((d for d, _ in sums), default=0.0), max((u for _, u in sums), default=0.0)


def _judged(site: Site, network: Network | None, options: PlaceOptions, wants: Mapping[str, RoomDemand]) -> Placed:
    if network is None or not network.heads:
        raise BadInput(
            "holds no head to judge", where="network", allowed="heads.csv with at least one", hint="only_placed off"
        )
    made = maps(site, network, options.maps)
    load = loads(made, wants)
    binding = (*bindings(made, wants, options, {}, load), *position_bindings(made, wants))
    return Placed(
        network.carriers, network.cells, network.heads, 0.0, len(network.heads), binding, (), {}, made, AS_THEY_STAND,
        "judged",
    )  # fmt: skip
