"""What a flow asks of a 5QI: delay of a leg, loss, burst. Pure arithmetic on one profile."""

from __future__ import annotations

import math

from setsail.standards.applications import Application
from setsail.standards.qos import SOFT_SHARE, FiveQi

EXACT = 1e-9
"""Relative room for the last bits of a product of decimal numbers."""


def delay_s(application: Application, fiveqi: FiveQi, legs: int | None = None) -> float:
    """Delay that a 5QI allows over all legs and all directions that share the bound [s]."""
    return fiveqi.pdb_s * (legs or application.legs) * application.directions


def delay_bound_s(application: Application) -> float | None:
    """Part of the bound that the network may use [s]; None without a bound."""
    return None if application.latency_s is None else application.latency_s - application.other_delay_s


def delay_fits(application: Application, fiveqi: FiveQi, legs: int | None = None) -> bool | None:
    """True where the PDB fits the bound; None without a bound."""
    bound = delay_bound_s(application)
    return None if bound is None else delay_s(application, fiveqi, legs) <= bound * (1 + EXACT)


def loss_ratio(application: Application, fiveqi: FiveQi, legs: int | None = None) -> float:
    """Share of packets that a 5QI may lose over all legs: the legs add up."""
    return fiveqi.per * (legs or application.legs)


def loss_fits(application: Application, fiveqi: FiveQi, legs: int | None = None) -> bool | None:
    """True where the PER fits the reliability; None where none is stated."""
    if application.reliability is None:
        return None
    return loss_ratio(application, fiveqi, legs) <= allowed_loss(application.reliability)


def allowed_loss(share: float) -> float:
    """Largest loss that a share of arrivals leaves, with room for the last bits of 1 - share."""
    return (1.0 - share) * (1 + EXACT) + 2**-52


def timely_share_asked(application: Application) -> tuple[float, str] | None:
    """Share of packets wanted within the bound, and of what it comes; None where nothing is asked of it.

    Reliability binds; else an availability that is asked together with a latency bound.
    """
    if application.latency_s is None or not application.qos_flow:
        return None
    if application.reliability is not None:
        return application.reliability, "reliability"
    if application.availability is not None:
        return application.availability, "availability"
    return None


def hard_bound_wanted(application: Application) -> bool:
    """True where 98 % within the bound are too few (TS 23.501 v19.7.0, cl. 5.7.3.4)."""
    asked = timely_share_asked(application)
    return asked is not None and asked[0] > SOFT_SHARE


def losses_until_down(survival_s: float | None, interval_s: float | None) -> int:
    """Consecutive losses that bring a periodic service down: those that outlast the survival time; 1 where unknown.

    Source: TS 22.104 Annex C.3.
    """
    if not survival_s or not interval_s:
        return 1
    return math.floor(survival_s / interval_s * (1 + EXACT)) + 1


def availability_reached(application: Application, fiveqi: FiveQi, legs: int | None = None) -> bool:
    """True where independent losses at the PER leave the availability asked, or none is asked."""
    if application.availability is None:
        return True
    row = losses_until_down(application.survival_s, application.interval_s)
    return loss_ratio(application, fiveqi, legs) ** row <= allowed_loss(application.availability)


def peak_bps(application: Application) -> float:
    """Larger rate of the two directions [bit/s]; that of its periodic messages where no rate is stated, else 0."""
    return max(rate_bps(application, "ul"), rate_bps(application, "dl"))


def rate_bps(application: Application, direction: str) -> float:
    """Rate of one device in one direction [bit/s], from its periodic messages where no rate is stated at all."""
    stated = application.ul_bps if direction == "ul" else application.dl_bps
    if stated is not None:
        return stated
    if application.ul_bps is not None or application.dl_bps is not None:
        return 0.0
    sends = {"DL": "dl", "UL": "ul"}.get(application.flow.split()[0], direction)
    if application.message_bytes is None or application.interval_s is None or sends != direction:
        return 0.0
    return 8.0 * application.message_bytes / application.interval_s


def stated_peak_bps(application: Application) -> float:
    """Larger stated rate of the two directions [bit/s]; 0 where none is stated."""
    return max(application.ul_bps or 0.0, application.dl_bps or 0.0)


def burst_by_rate_bytes(application: Application, fiveqi: FiveQi) -> float:
    """Data that the stated peak rate brings in the part of the PDB that is left to the 5G-AN [byte]."""
    return stated_peak_bps(application) * fiveqi.an_pdb_s / 8.0


def burst_bytes(application: Application, fiveqi: FiveQi) -> tuple[float, str] | None:
    """MDBV that a flow needs [byte] and whether its rate or its message decides; None where neither is stated.

    Rate x (PDB - static core part of the PDB), or the largest message where that is larger.
    Source: TS 23.501 v19.7.0, cl. 5.7.3.7 (MDBV is served within the 5G-AN part of the PDB); a planning bound.
    """
    by_rate, message = burst_by_rate_bytes(application, fiveqi), float(application.message_bytes or 0)
    if not by_rate and not message:
        return None
    return (by_rate, "rate") if by_rate >= message else (message, "message")
