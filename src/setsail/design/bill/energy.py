"""Power of a network over its load, and its energy per year and per bit."""

from __future__ import annotations

from collections.abc import Mapping

from setsail.design.bill.prices import Prices
from setsail.design.bill.results import Energy
from setsail.design.network.model import Flow, Head, Network
from setsail.site.model import Site


def energy(site: Site, network: Network, prices: Prices, counts: Mapping[str, float]) -> Energy:
    """Energy of a network.

    counts : pieces by item. A head takes its idle power and that of its ports, and `rf_slope` watts for each watt sent;
    equipment in the room is cooled; all of it comes through rectifiers. Source: Auer et al. 2011, the linear model.
    """
    load = {c.cell: c.load_ratio for c in network.cells}

    def power(share: Mapping[str, float] | float) -> dict[str, float]:
        sent = sum(head_w(h) * (share if isinstance(share, float) else share.get(h.cell, 0.0)) for h in network.heads)
        return _parts(prices, counts, prices["rf_slope"] * sent)

    mean = {cell: ratio * prices["day_ratio"] for cell, ratio in load.items()}
    busy = power(load)
    area = sum(room.area_m2 for room in site.rooms() if room.indoor)
    return Energy(
        sum(power(0.0).values()), sum(busy.values()), sum(power(1.0).values()), sum(power(mean).values()),
        tuple(busy.items()), traffic_bps(network.flows), area,
    )  # fmt: skip


def head_w(head: Head) -> float:
    """Power sent by all ports of a head at full load [W]."""
    return float(head.ports * 10.0 ** (head.power_dbm / 10.0) / 1e3)


def supplied_w(prices: Prices, counts: Mapping[str, float], sent_w: float) -> float:
    """Power that the uninterruptible supply feeds [W]: equipment behind its rectifiers, without cooling."""
    return (_ceiling_w(prices, counts, sent_w) + _room_w(prices, counts)) / prices["rectifier_ratio"]


def traffic_bps(flows: tuple[Flow, ...]) -> float:
    """Admitted traffic of the busy hour in both directions [bit/s]."""
    return sum((f.count - f.refused) * f.activity_ratio * (rate(f, "ul") + rate(f, "dl")) for f in flows)


def rate(flow: Flow, direction: str) -> float:
    """Rate of one active device [bit/s]: the guaranteed one, else the maximum."""
    if direction == "ul":
        return flow.gbr_ul_bps or flow.mbr_ul_bps
    return flow.gbr_dl_bps or flow.mbr_dl_bps


def _parts(prices: Prices, counts: Mapping[str, float], slope_w: float) -> dict[str, float]:
    """Power from the supply on by part [W]."""
    gain = prices["rectifier_ratio"]
    room = _room_w(prices, counts) / gain
    idle = _ceiling_w(prices, counts, 0.0) / gain
    return {
        "heads and hubs, idle": idle, "heads, for what they send": slope_w / gain, "equipment room": room,
        "cooling": room * prices["cooling_ratio"],
    }  # fmt: skip


def _ceiling_w(prices: Prices, counts: Mapping[str, float], slope_w: float) -> float:
    return slope_w + sum(counts.get(i, 0.0) * prices.items[i].idle_w for i in ("head", "head_port", "hub"))


def _room_w(prices: Prices, counts: Mapping[str, float]) -> float:
    return sum(counts.get(i, 0.0) * prices.items[i].idle_w for i in ("baseband", "upf_server"))
