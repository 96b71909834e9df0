"""Facts of a network's own structure: licence, slices, isolation, redundancy, and how well the building is known."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from setsail.design.assess.facts import Fact
from setsail.design.assess.keys import fact_keys
from setsail.design.network.model import Carrier, Flow, Network, Slice
from setsail.radio.emc import covered_share, spot_at
from setsail.site.model import Site
from setsail.standards.applications import application
from setsail.standards.radio import band, band_spacings_hz, channel_bandwidths_hz, immunity_spots

NEAR = frozenset({"on-site", "edge"})
GIVEN = frozenset({"given", "placed"})
EMC_SOURCE = "IEC 60601-1-2 edition 4 Table 9"


def facts(site: Site, network: Network) -> list[Fact]:
    """What the site and the network say of themselves, without radio or delay: facts `network.*`.

    Raises UnknownName for a band or an application that no table has.
    """
    whole = f"site:{site.site}"
    return [
        *_carriers(site, network),
        *_cells_and_heads(network),
        *(_fact("slice_sd", f"slice:{s.slice}", _apart(s, network.slices)) for s in network.slices),
        *_flows(network),
        *_redundancy(whole, network),
        *_knowledge(whole, site, network),
    ]


def _fact(key: str, subject: str, value: float | bool | None, cause: str = "", sources: tuple[str, ...] = ()) -> Fact:
    name = f"network.{key}"
    return Fact(name, subject, value, fact_keys()[name].unit, cause=cause, sources=sources)


def _carriers(site: Site, network: Network) -> Iterator[Fact]:
    for one in network.carriers:
        subject = f"carrier:{one.carrier}"
        if site.licensed_bands:
            licence = ", ".join(site.licensed_bands)
            held = band(one.band).name in {band(b).name for b in site.licensed_bands}
            yield _fact("band_licensed", subject, held, f"{one.band}; licence: {licence}", ("site.toml",))
        else:
            yield Fact(
                "network.band_licensed", subject, None, "bool", "declared", cause="state licensed_bands of the site"
            )
        widest = max(w for scs in band_spacings_hz(one.band) for w in channel_bandwidths_hz(one.band, scs))
        cause = f"{one.bandwidth_hz / 1e6:g} of {widest / 1e6:g} MHz"
        yield _fact("spectrum_ratio", subject, one.bandwidth_hz / widest, cause, ("3GPP TS 38.104 Table 5.3.5",))
        yield _fact("emc_covered_ratio", subject, *_immunity(one), (EMC_SOURCE,))


def _immunity(carrier: Carrier) -> tuple[float, str]:
    """Share of the carrier in the spot bands, or of the uplink of its band where that is less; and where the gap is."""
    low, high = carrier.fc_hz - carrier.bandwidth_hz / 2, carrier.fc_hz + carrier.bandwidth_hz / 2
    cuts = sorted({low, high, *(f for s in immunity_spots() for f in (s.low_hz, s.high_hz) if low < f < high)})
    held = sum(b - a for a, b in pairwise(cuts) if spot_at((a + b) / 2))
    share = held / (high - low)
    uplink = covered_share(carrier.band, "ul") if carrier.tdd == "FDD" else None
    if uplink is not None and uplink < share:
        return uplink, f"uplink of {carrier.band}"
    return share, f"{low / 1e6:g} to {high / 1e6:g} MHz"


def _cells_and_heads(network: Network) -> Iterator[Fact]:
    heads = Counter(h.cell for h in network.heads)
    for cell in network.cells:
        yield _fact("cell_heads", f"cell:{cell.cell}", float(heads[cell.cell]))
    for head in network.heads:
        subject = f"head:{head.head}"
        yield _fact("head_ports", subject, float(head.ports))
        yield _fact("head_power_dbm", subject, head.power_dbm)
        yield _fact("head_height_m", subject, head.z_m)


def _apart(one: Slice, slices: tuple[Slice, ...]) -> bool:
    return sum((s.sst, s.sd) == (one.sst, one.sd) for s in slices) == 1


def _flows(network: Network) -> Iterator[Fact]:
    slices = {s.slice: s for s in network.slices}
    upfs = {u.upf: u for u in network.upfs}
    near = sum(u.place in NEAR for u in network.upfs)
    others = [f.arp for f in network.flows if not f.critical]
    for flow in network.flows:
        subject, own = f"flow:{flow.flow}", slices.get(flow.slice)
        yield _isolation(flow, own)
        upf = upfs.get(flow.upf or (own.upf if own else ""))
        place = f"UPF {upf.upf} is {upf.place}" if upf else "no UPF is named"
        yield _fact("upf_local", subject, upf.place in NEAR if upf else None, place)
        yield _fact(
            "upf_choice", subject, float(near), f"{near} of {len(network.upfs)} UPFs on the site or at the edge"
        )
        if flow.critical and others:
            gap = float(min(others) - flow.arp)
            yield _fact("arp_gap", subject, gap, f"ARP {flow.arp}; best of the others {min(others)}")


def _isolation(flow: Flow, own: Slice | None) -> Fact:
    """Level of the slice less the level that the application's profile asks for; I0 to I4 are levels of our own."""
    subject, wanted = f"flow:{flow.flow}", application(flow.application).isolation
    if own is None:
        return _fact("isolation_gap", subject, None, f"slice {flow.slice!r} is not in the design")
    if not _level(wanted):
        return _fact("isolation_gap", subject, 0.0, "the application asks for no level")
    if not _level(own.isolation):
        return _fact("isolation_gap", subject, None, f"slice {own.slice} states no level I0 to I4")
    gap = float(int(own.isolation[1]) - int(wanted[1]))
    return _fact(
        "isolation_gap", subject, gap, f"slice {own.slice} has {own.isolation}, {flow.application} asks {wanted}"
    )


def _level(text: str) -> bool:
    return len(text) == 2 and text[0] == "I" and text[1] in "01234"


def _redundancy(whole: str, network: Network) -> Iterator[Fact]:
    own = [k for k in network.links if network.site in {k.a, k.b}] or list(network.links)
    groups = {k.group or f"link {k.link}" for k in own}
    yield _fact("link_groups", whole, float(len(groups)), ", ".join(sorted(groups)) or "no link is in the design")
    parts = [(k.mtbf_h, k.mttr_h) for k in network.links] + [(u.mtbf_h, u.mttr_h) for u in network.upfs]
    dated = sum(None not in pair for pair in parts)
    ratio = dated / len(parts) if parts else None
    yield _fact("links_dated_ratio", whole, ratio, f"{dated} of {len(parts)} links and UPFs")
    yield _fact("carriers", whole, float(len({c.carrier for c in network.cells})))


def _knowledge(whole: str, site: Site, network: Network) -> Iterator[Fact]:
    walls = [(math.dist(w.start, w.end), w.origin in GIVEN) for floor in site.floors for w in floor.walls]
    total = math.fsum(length for length, _ in walls)
    given = math.fsum(length for length, held in walls if held)
    cause = f"{given:.0f} of {total:.0f} m of walls"
    yield _fact("walls_given_ratio", whole, given / total if total else 0.0, cause)
    indoor = [r for r in site.rooms() if r.indoor]
    known = sum(bool(r.function) for r in indoor)
    ratio = known / len(indoor) if indoor else None
    yield _fact("functions_ratio", whole, ratio, f"{known} of {len(indoor)} indoor rooms")
    served = {f.application for f in network.flows}
    wanted = [n for n in site.needs if n.count > 0]
    met = sum(n.application in served for n in wanted)
    ratio = met / len(wanted) if wanted else None
    yield _fact("needs_served_ratio", whole, ratio, f"{met} of {len(wanted)} needs" if wanted else "no need is stated")
