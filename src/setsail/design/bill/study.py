"""The bill of a network on its site."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from setsail.design.assess.facts import Fact
from setsail.design.bill.cabling import Cabling, cabling
from setsail.design.bill.energy import energy, head_w, supplied_w
from setsail.design.bill.prices import Prices, shipped
from setsail.design.bill.results import Bill, Line
from setsail.design.bill.upgrade import spare, steps
from setsail.design.network.model import Head, Network
from setsail.site.model import Site

UPS_KEY = "ups_h"
"""Answer of the owner: hours that the uninterruptible supply bridges."""


@dataclass(frozen=True, slots=True)
class Piece:
    """So many of one item. model : of heads."""

    item: str
    count: float
    model: str = ""


def bill(site: Site, network: Network, prices: Prices | None = None) -> Bill:
    """The bill of a network: what is bought, what it costs now and every year, what energy it takes, what is left.

    Heads by model, hubs, cables by the way along both axes, baseband units, user-plane servers, the uninterruptible
    supply, licences, links, electricity. Every price without a source of the user is an assumption, and says so.
    Raises OutOfRange.
    """
    using = prices or shipped()
    wires = cabling(site, network.heads, using)
    pieces = _equipment(site, network, wires, using)
    counts: dict[str, float] = defaultdict(float)
    for piece in pieces:
        counts[piece.item] += piece.count
    power = energy(site, network, using, counts)
    pieces += _supply(site, network, using, counts)
    pieces.append(Piece("energy", power.year_kwh))
    lines = tuple(_line(piece, using) for piece in pieces if piece.count > 0)
    left = spare(network, wires.hubs, math.ceil(counts["baseband"]), using)
    return Bill(
        using.currency, int(using["years"]), lines, sum(n.amount for n in lines if n.kind == "capital"),
        sum(n.amount for n in lines if n.kind == "operating") + sum(n.upkeep for n in lines),
        sum(n.present for n in lines), power, left, steps(site, network, left, using), wires.runs, wires.hubs,
        (*wires.notes, *_notes(site, lines)),
    )  # fmt: skip


def head_model(network: Network, head: Head) -> str:
    """Model of a head by band, ports and power, such as `n78 4 ports 24 dBm`."""
    carrier = next((c.carrier for c in network.cells if c.cell == head.cell), "")
    band = next((c.band for c in network.carriers if c.carrier == carrier), "")
    return f"{band} {head.ports} ports {head.power_dbm:g} dBm".strip()


def facts(made: Bill, site: Site) -> list[Fact]:
    """Facts of a bill: energy per bit, of a year and per area, power without traffic, free ports of hubs.

    Powers of equipment are assumptions unless the user gave them, so that no fact of energy is verified.
    """
    subject, power = f"site:{site.site}", made.energy
    sources = ("Auer et al. 2011 (linear power model)", "prices and powers of the bill")
    rows = (
        ("bill.energy_bit_j", power.bit_j, "J/bit", "no traffic in the busy hour", False),
        ("bill.energy_year_j", power.year_j, "J", "", False),
        ("bill.energy_m2_w", power.area_w, "W/m2", "no indoor area", False),
        ("bill.idle_ratio", power.idle_ratio, "ratio", "no equipment", False),
        ("bill.spare_ports_ratio", made.spare.ports_ratio, "ratio", "no hubs", True),
    )
    biggest = max(power.parts_w, key=lambda part: part[1])[0] if power.parts_w else ""
    return [
        Fact(key, subject, value, unit, cause=none if value is None else biggest if "energy" in key else "",
             verified=sure, sources=sources)
        for key, value, unit, none, sure in rows
    ]  # fmt: skip


def _equipment(site: Site, network: Network, wires: Cabling, prices: Prices) -> list[Piece]:
    models = Counter(head_model(network, h) for h in network.heads)
    ports = Counter[str]()
    for head in network.heads:
        ports[head_model(network, head)] += head.ports
    heads, hubs = float(len(network.heads)), float(sum(h.count for h in wires.hubs))
    length = {kind: sum(r.length_m for r in wires.runs if r.kind == kind) for kind in ("copper", "hybrid", "fibre")}
    places = Counter(u.place for u in network.upfs)
    rented = sum(link.rate_bps for link in network.links) / 1e9
    area = sum(room.area_m2 for room in site.rooms() if room.indoor)
    return [
        *(Piece("head", float(n), model) for model, n in sorted(models.items())),
        *(Piece("head_port", float(n), model) for model, n in sorted(ports.items())),
        Piece("head_mounting", heads), Piece("hub", hubs), Piece("hub_mounting", hubs),
        *(Piece(kind, metres) for kind, metres in length.items()),
        Piece("baseband", float(math.ceil(len(network.cells) / prices["baseband_cells"]))),
        Piece("cell_licence", float(len(network.cells))), Piece("bandwidth_licence", _extra_bandwidth(network)),
        Piece("upf_server", float(places["on-site"])),
        Piece("upf_service", float(places["edge"] + places["regional"])),
        Piece("link_service", rented), Piece("survey", area if network.heads else 0.0),
    ]  # fmt: skip


def _extra_bandwidth(network: Network) -> float:
    """Licences of 20 MHz above the first 20 MHz of every cell."""
    width = {c.carrier: c.bandwidth_hz for c in network.carriers}
    return float(sum(max(math.ceil(width.get(c.carrier, 0.0) / 20e6 - 1e-9) - 1, 0) for c in network.cells))


def _supply(site: Site, network: Network, prices: Prices, counts: Mapping[str, float]) -> list[Piece]:
    """The uninterruptible supply for full load over the hours that the owner states."""
    sent = prices["rf_slope"] * sum(head_w(h) for h in network.heads)
    kilowatts = supplied_w(prices, counts, sent) / 1e3
    return [Piece("ups_power", kilowatts), Piece("ups_energy", kilowatts * ups_hours(site, prices))]


def ups_hours(site: Site, prices: Prices) -> float:
    """Hours that the supply bridges: as the owner states, else of the settings."""
    stated = site.declared.get(UPS_KEY)
    is_hours = isinstance(stated, int | float) and not isinstance(stated, bool)
    return float(stated) if is_hours and stated is not None else prices["ups_h"]


def _line(piece: Piece, prices: Prices) -> Line:
    item = prices.items[piece.item]
    amount = piece.count * item.price
    upkeep = amount * item.upkeep_ratio
    once = amount * prices.bought_again(item.life_years) if item.kind == "capital" else 0.0
    every = upkeep + (amount if item.kind == "operating" else 0.0)
    return Line(
        item.item, item.label_en, item.label_zh, piece.model, piece.count, item.unit, item.kind, item.price, amount,
        upkeep, once + every * prices.annuity, item.mark, item.source,
    )  # fmt: skip


def _notes(site: Site, lines: tuple[Line, ...]) -> list[str]:
    assumed = sum(line.mark == "assumption" for line in lines)
    told = []
    if assumed:
        told.append(f"{assumed} of {len(lines)} prices are assumptions: give your own in a file")
    if UPS_KEY not in site.declared:
        told.append(f"hours of the uninterruptible supply are assumed: state {UPS_KEY}")
    return told
