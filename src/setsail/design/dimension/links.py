"""Transport links of a site: to each user-plane function, as wide as the busy hour asks, twice where it is critical."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from statistics import NormalDist

from setsail.design.dimension.options import DimensionOptions
from setsail.design.network.model import Flow, Link, Upf

RATES_BPS = (1e9, 10e9, 25e9, 40e9, 100e9, 400e9, 800e9)
"""Rates of Ethernet interfaces (IEEE 802.3)."""
DUCTS = ("duct-a", "duct-b")


def busy_hour_bps(flows: Iterable[Flow], direction: str, options: DimensionOptions) -> float:
    """Rate that flows do not exceed in the busy hour but with the probability of the options [bit/s].

    Each device sends at its maximum rate while it is active; the sum is taken as normal, and not above all at once.
    """
    mean = variance = most = 0.0
    for flow in flows:
        rate = flow.mbr_ul_bps if direction == "ul" else flow.mbr_dl_bps
        count, active = flow.count - flow.refused, flow.activity_ratio
        mean += count * active * rate
        variance += count * active * (1 - active) * rate**2
        most += count * rate if active else 0.0
    return min(mean + NormalDist().inv_cdf(1 - options.blocking) * math.sqrt(variance), most)


def interface_bps(asked_bps: float, options: DimensionOptions) -> float:
    """The smallest interface rate that holds what is asked for with the margin of the options."""
    wanted = asked_bps * options.link_margin
    return next((rate for rate in RATES_BPS if rate >= wanted), math.ceil(wanted / RATES_BPS[-1]) * RATES_BPS[-1])


def of_site(site: str, upfs: Sequence[Upf], flows: Sequence[Flow], options: DimensionOptions) -> tuple[Link, ...]:
    """The links between a site and its user-plane functions.

    A place with two functions gets one link to each, in ducts of their own: either carries all of its flows.
    """
    made = []
    for upf in upfs:
        first = f"{upf.upf.rsplit('-', 1)[0]}-1"
        here = [f for f in flows if f.upf == first]
        rate = interface_bps(max(busy_hour_bps(here, d, options) for d in ("ul", "dl")), options)
        duct = DUCTS[int(upf.upf.rsplit("-", 1)[1]) - 1]
        made.append(Link(f"{site}--{upf.upf}", site, upf.upf, upf.distance_m, rate, max(1, upf.hops), duct))
    return tuple(made)
