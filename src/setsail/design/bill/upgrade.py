"""What is left of a network, and the next steps with what they give and cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from setsail.design.bill.energy import rate
from setsail.design.bill.prices import Prices
from setsail.design.bill.results import Hub, Spare, Step
from setsail.design.network.model import Carrier, Network
from setsail.site.model import Site
from setsail.standards.radio import bands, channel_bandwidths_hz, n_rb

STEP_HZ = 20e6
BUSY = 0.7
"""Load of the busiest cell from which more capacity is due (assumption)."""
INDOOR_BANDS = ("n78", "n41", "n79", "n28", "n1", "n3", "n77", "n40")
"""Bands of a second carrier, first choice first, where the site states none."""


def spare(network: Network, hubs: Sequence[Hub], basebands: int, prices: Prices) -> Spare:
    """What is left in cells, hubs, baseband units and links."""
    loads = {c.cell: cell_load(network, c.cell, c.load_ratio) for c in network.cells}
    busiest = max(loads, key=lambda cell: (loads[cell], cell)) if loads else ""
    heads, ports = sum(len(h.heads) for h in hubs), sum(h.count for h in hubs) * prices["hub_ports"]
    room = basebands * prices["baseband_cells"]
    return Spare(
        1.0 - loads[busiest] if loads else None, busiest, 1.0 - heads / ports if ports else None,
        1.0 - len(network.cells) / room if room else None, backhaul_spare(network),
    )  # fmt: skip


def cell_load(network: Network, cell: str, load_ratio: float) -> float:
    """Share of the PRBs of a cell in use in the busy hour, of the busier direction, at most 1.

    From the shares of its flows where they are known, and never below the load that the cell states.
    """
    used: dict[str, float] = defaultdict(float)
    for flow in network.flows:
        if flow.cell == cell:
            active = (flow.count - flow.refused) * flow.activity_ratio
            used["ul"] += active * (flow.prb_ul_ratio or 0.0)
            used["dl"] += active * (flow.prb_dl_ratio or 0.0)
    return min(1.0, max(load_ratio, *used.values())) if used else min(1.0, load_ratio)


def backhaul_spare(network: Network) -> float | None:
    """Share of the links that the busy hour leaves when the widest group of several is down; None without links."""
    if not network.links:
        return None
    groups: Counter[str] = Counter()
    for link in network.links:
        groups[link.group or link.link] += int(link.rate_bps)
    left = sum(groups.values()) - (max(groups.values()) if len(groups) > 1 else 0)
    local = {u.upf for u in network.upfs if u.place == "on-site"}
    flows = [f for f in network.flows if f.upf not in local or f.peer]
    asked = max(
        (sum((f.count - f.refused) * f.activity_ratio * rate(f, way) for f in flows) for way in ("ul", "dl")),
        default=0.0,
    )
    return 1.0 - asked / left if left else None


def steps(site: Site, network: Network, left: Spare, prices: Prices) -> tuple[Step, ...]:
    """The next steps, each on its own: what it gives, what it costs, when it is due."""
    if not network.cells:
        return ()
    due = "now" if left.prb_ratio is not None and left.prb_ratio < 1.0 - BUSY else f"busiest cell above {BUSY:.0%}"
    found = [_redcap(network, prices), *(_wider(network, c, prices, due) for c in network.carriers)]
    second = _second_carrier(site, network, prices, due)
    split = _split(network, prices, due)
    upf = _second_upf(network, prices)
    return tuple(step for step in (*found, split, second, upf) if step is not None)


def _step(name: str, gives: str, factor: float | None, parts: dict[str, float], prices: Prices, *, when: str) -> Step:
    """A step from the pieces that it buys."""
    capital = sum(n * prices.items[i].price for i, n in parts.items() if prices.items[i].kind == "capital")
    upkeep = sum(n * prices.items[i].price * prices.items[i].upkeep_ratio for i, n in parts.items())
    service = sum(n * prices.items[i].price for i, n in parts.items() if prices.items[i].kind == "operating")
    again = sum(
        n * prices.items[i].price * prices.bought_again(prices.items[i].life_years)
        for i, n in parts.items()
        if prices.items[i].kind == "capital"
    )
    yearly = upkeep + service
    return Step(name, gives, factor, capital, yearly, again + yearly * prices.annuity, when)


def _redcap(network: Network, prices: Prices) -> Step:
    many = float(len(network.cells))
    gives = "devices of reduced capability (release 17): 20 MHz, 1 or 2 receive branches"
    return _step("redcap", gives, None, {"redcap_licence": many}, prices, when="when sensors and wearables come")


def _wider(network: Network, carrier: Carrier, prices: Prices, due: str) -> Step | None:
    """The widest channel of the band at this spacing."""
    widths = channel_bandwidths_hz(carrier.band, carrier.scs_hz)
    widest = max(widths, default=carrier.bandwidth_hz)
    if widest <= carrier.bandwidth_hz:
        return None
    part = bands()[carrier.band].frequency_range
    factor = n_rb(widest, carrier.scs_hz, part) / n_rb(carrier.bandwidth_hz, carrier.scs_hz, part)
    cells = sum(1 for c in network.cells if c.carrier == carrier.carrier)
    pieces = cells * (widest - carrier.bandwidth_hz) / STEP_HZ
    gives = f"carrier {carrier.carrier} of {widest / 1e6:g} instead of {carrier.bandwidth_hz / 1e6:g} MHz"
    return _step(f"wider-{carrier.carrier}", gives, factor, {"bandwidth_licence": pieces}, prices,
                 when=f"{due}; the licence must hold it")  # fmt: skip


def _split(network: Network, prices: Prices, due: str) -> Step | None:
    """Every cell of several heads in two."""
    heads = Counter(h.cell for h in network.heads)
    several = sum(1 for n in heads.values() if n > 1)
    if not several:
        return None
    gives = f"{several} more cells: each of several heads in two; more edges between cells, check SINR"
    return _step("split-cells", gives, 1.0 + several / len(network.cells), {"cell_licence": float(several)}, prices,
                 when=due)  # fmt: skip


def _second_carrier(site: Site, network: Network, prices: Prices, due: str) -> Step | None:
    """The same heads once more in another band that the site may use."""
    used = {c.band for c in network.carriers}
    wanted = [b for b in INDOOR_BANDS if b not in used and (not site.licensed_bands or b in site.licensed_bands)]
    if not wanted or not network.heads:
        return None
    heads, ports = float(len(network.heads)), float(sum(h.ports for h in network.heads))
    pieces = {"head": heads, "head_port": ports, "head_mounting": heads, "cell_licence": float(len(network.cells))}
    gives = f"a second layer in {wanted[0]} at the places of the heads: capacity, and a way out when one layer fails"
    return _step(f"second-carrier-{wanted[0]}", gives, None, pieces, prices, when=due)


def _second_upf(network: Network, prices: Prices) -> Step | None:
    near = [u for u in network.upfs if u.place in ("on-site", "edge")]
    if len(near) > 1 or not network.upfs:
        return None
    return _step("second-upf", "a second user-plane function on the site: no single point of failure", None,
                 {"upf_server": 1.0}, prices, when="when a flow may not end with one server")  # fmt: skip
