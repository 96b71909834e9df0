"""The whole design of one site: heads and carrier, flows and slices, user plane and links, and what they cost."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.design.dimension.needs import Peer
from setsail.design.dimension.options import DimensionOptions
from setsail.design.dimension.room_rates import room_rates
from setsail.design.dimension.split import split
from setsail.design.dimension.study import Dimensioned, dimension
from setsail.design.indoor.options import MapOptions, PlaceOptions
from setsail.design.indoor.targets import Targets, carriers, default_targets
from setsail.design.network.fits import require_licensed
from setsail.design.network.model import Carrier, Network
from setsail.design.progress import BILL, SERVICE, Progress, Told
from setsail.site.model import Site
from setsail.standards.radio import band as named_band

if TYPE_CHECKING:
    from setsail.design.indoor.maps import RadioMaps
    from setsail.design.indoor.results import Placed

TARGET_OF_FACT: Mapping[str, str] = {
    "radio.rsrp_dbm.p05": "rsrp_dbm",
    "radio.sinr_db.p05": "sinr_db",
    "radio.rate_dl_bps.p05": "edge_dl_bps",
    "radio.rate_ul_bps.p05": "edge_ul_bps",
    "radio.site_covered_ratio": "covered_ratio",
    "radio.covered_ratio": "room_covered_ratio",
    "radio.second_rsrp_dbm.p05": "second_rsrp_dbm",
    "radio.leakage_dbm.max": "leakage_dbm",
    "radio.positioning_m.p90": "position_p90_m",
}
"""The target of the design that the check of a fact asks for."""
AT_MOST = ("leakage_dbm", "position_p90_m")
"""Targets that a value must not pass; all others are to be reached."""
Clock = Callable[[], float]
LOAD_ROUNDS = 2
"""Times that loads of cells and rates of rooms are found from each other."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """Choices of a whole design. profile : its name, for the record;  seed : for the record, no step draws numbers."""

    place: PlaceOptions = field(default_factory=PlaceOptions)
    dimension: DimensionOptions = field(default_factory=DimensionOptions)
    preset: str = "3gpp"
    profile: str = ""
    seed: int = 0


@dataclass(frozen=True, slots=True, eq=False)
class Designed:
    """A network with what it rests on. bill : lines, cost and energy;  seconds : that the design took, by step."""

    site: Site
    network: Network
    placed: Placed
    dimensioned: Dimensioned
    bill: Any
    seconds: Mapping[str, float]


def targets(limits: Mapping[str, float]) -> Targets:
    """The targets of the design: of our own and the limits that a profile sets on facts the stricter ones.

    What is told as coverage is measured against our own target, so that a laxer limit does not loosen it.
    """
    known = default_targets()
    for fact, limit in limits.items():
        name = TARGET_OF_FACT.get(fact, "")
        if name:
            stricter = min if name in AT_MOST else max
            known = replace(known, **{name: stricter(getattr(known, name), limit)})
    return known


def options_for_band(band: str, site: Site) -> tuple[str, ...]:
    """The carriers of a band that can be designed. Raises UnknownName (no such band), BadInput (not licensed, or no
    carrier for it).
    """
    name = named_band(band).name
    require_licensed(name, site, "--band")
    found = tuple(c.id for c in carriers().values() if c.band == name)
    if not found:
        known = ", ".join(sorted({c.band for c in carriers().values()}))
        raise BadInput(f"is {name}, of which no indoor head is known", where="--band", allowed=known)
    return found


def run(
    site: Site, options: RunOptions | None = None, *, network: Network | None = None,
    peers: Mapping[str, Peer] | None = None, clock: Clock | None = None, told: Told | None = None,
) -> Designed:  # fmt: skip
    """The network of a site: the fewest heads that meet the targets, dimensioned for the busy hour of its needs.

    network : that stands there: heads of origin `placed` are kept, all of them with `only_placed`;  peers : far ends of
    needs that leave the site;  clock : seconds, for the time of each step;  told : how far the design is. A target
    that no design meets is told with what binds and what the nearest one reaches.
    Raises BadInput, UnknownName, OutOfRange, MissingExtra.
    """
    from setsail.design.indoor.place import place  # noqa: PLC0415 - compiled kernels load with it

    asked = options or RunOptions()
    laps, going = _Clock(clock), Progress(told)
    placed = place(site, asked.place, network=network, progress=going)
    laps.lap("radio")
    bare = Network(
        site.site, placed.carriers, placed.cells, placed.heads, preset=asked.preset,
        notes=(*placed.notes, *_frames(placed.carriers)),
        settings=_settings(asked, placed),
    )  # fmt: skip
    made, placed, dimensioned = _settled(site, bare, placed, asked, peers)
    laps.lap("service")
    going.step(SERVICE)
    bill = _bill(site, made)
    laps.lap("bill")
    going.step(BILL)
    return Designed(site, made, placed, dimensioned, bill, laps.seconds)


def _frames(carriers: Iterable[Carrier]) -> Iterator[str]:
    """What an engineer must settle with others before a frame structure goes on air."""
    for one in carriers:
        if one.tdd != "FDD":
            yield (
                f"{one.tdd} on {one.band} was chosen for the load alone: cells of other networks nearby in "
                f"{one.band} must send in the same frame, or be kept apart; agree on it with their operators"
            )


def _settled(
    site: Site, bare: Network, placed: Placed, asked: RunOptions, peers: Mapping[str, Peer] | None
) -> tuple[Network, Placed, Dimensioned]:
    """Loads and rates found from each other: the load of a cell lowers the rates of its neighbours; full cells split.

    Heads that stand by hand keep their cells.
    """

    def dimensioned(maps: RadioMaps) -> Dimensioned:
        cells = [c.cell for c in maps.network.cells]
        return dimension(site, cells, room_rates([maps]), asked.dimension, peers)

    maps = placed.maps
    found = dimensioned(maps)
    for _ in range(LOAD_ROUNDS - 1):
        maps = maps.with_network(replace(maps.network, cells=found.joined(bare).cells))
        found = dimensioned(maps)
    notes: tuple[str, ...] = ()
    if not asked.place.only_placed:
        parted = split(maps, found, dimensioned)
        maps, found, notes = parted.maps, parted.found, parted.notes
    cells, heads = maps.network.cells, maps.network.heads
    settled = replace(bare, cells=cells, heads=heads, notes=(*bare.notes, *notes))
    return found.joined(settled), replace(placed, cells=cells, heads=heads, maps=maps), found


def _settings(asked: RunOptions, placed: Placed) -> dict[str, str | float | bool]:
    """What the design was asked for and how far it is from the least, as kept in network.toml."""
    told: dict[str, str | float | bool] = {
        "profile": asked.profile, "resolution_m": asked.place.maps.resolution_m, "seed": float(asked.seed),
        "gap_ratio": placed.gap_ratio, "only_placed": asked.place.only_placed,
        "blocking": asked.dimension.blocking, "margin_db": asked.place.maps.margin_db,
    }  # fmt: skip
    return {name: value for name, value in told.items() if value != ""}


def _bill(site: Site, network: Network) -> Any:  # noqa: ANN401 - a Bill, of a room that loads late
    from setsail.design.bill import bill  # noqa: PLC0415

    return bill(site, network)


class _Clock:
    """Seconds of each step by name, by the clock of the door; none where it gives no clock."""

    def __init__(self, read: Clock | None) -> None:
        self.seconds: dict[str, float] = {}
        self._read = read
        self._last = read() if read else 0.0

    def lap(self, name: str) -> None:
        """Ends a step."""
        if self._read:
            now = self._read()
            self.seconds[name], self._last = now - self._last, now


def record(made: Designed) -> Record:
    """The design as one record: heads, cells, slices, flows, cost, gap, what was compared and what binds."""
    from setsail.design.network.tables import rows_of  # noqa: PLC0415

    network, told = made.network, made.placed.record()
    return {
        "site": made.site.site,
        "floors": len(made.site.floors),
        "rooms": sum(r.indoor for r in made.site.rooms()),
        "area_m2": sum(r.area_m2 for r in made.site.rooms() if r.indoor),
        "heads": rows_of(network, "heads"),
        "cells": _cells(made),
        "slices": rows_of(network, "slices"),
        "cost": made.bill.record() if made.bill is not None else {},
        "gap_ratio": made.placed.gap_ratio,
        "bound_heads": made.placed.bound_heads,
        "proof": made.placed.proof,
        "carriers": rows_of(network, "carriers"),
        "flows": rows_of(network, "flows"),
        "shares": rows_of(network, "shares"),
        "upfs": rows_of(network, "upfs"),
        "links": rows_of(network, "links"),
        "compared": told["compared"],
        "tdd": told["patterns"],
        "binding": told["binding"],
        "refused": [one.record() for one in made.dimensioned.refusals],
        "covered_ratio": told["maps"]["covered_ratio"],
        "notes": list(network.notes),
        "seconds": dict(made.seconds),
    }


def _cells(made: Designed) -> list[Record]:
    heads = {c.cell: sum(h.cell == c.cell for h in made.network.heads) for c in made.network.cells}
    return [
        {"cell": c.cell, "carrier": c.carrier, "load_ratio": c.load_ratio, "heads": heads[c.cell]}
        | {one.direction: one.record() for one in made.dimensioned.loads if one.cell == c.cell}
        for c in made.network.cells
    ]


def with_network(made: Designed, network: Network) -> Designed:
    """The design with the links that its group adds to it, and the bill of that."""
    return replace(made, network=network, bill=_bill(made.site, network))


def map_options(resolution_m: float, limits: Mapping[str, float]) -> MapOptions:
    """The options of the maps at a resolution and with the targets of a profile. Raises OutOfRange."""
    return MapOptions(resolution_m=resolution_m, targets=targets(limits))
