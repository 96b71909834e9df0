"""Choice of QoS for an application: the standard 5QI that fits best, or what to signal where none fits."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from setsail.base.record import Record
from setsail.service.need import (
    availability_reached,
    burst_bytes,
    delay_bound_s,
    delay_fits,
    hard_bound_wanted,
    loss_fits,
    peak_bps,
    rate_bps,
    stated_peak_bps,
    timely_share_asked,
)
from setsail.standards import facts
from setsail.standards.applications import Application
from setsail.standards.applications import application as named
from setsail.standards.qos import FiveQi, ResourceType, fiveqis

DEFAULT_PER = 1e-4
"""Packet error rate signalled where neither reliability nor availability is stated; that of 5QI 82."""
WINDOW_S = 2.0
"""Averaging window of every Delay-critical GBR 5QI (TS 23.501 Table 5.7.4-1)."""
DEFAULT_ISOLATION = "I1"


@dataclass(frozen=True, slots=True)
class QosChoice:
    """QoS of one device of an application.

    fiveqi : None where no standard value fits; then resource_type, pdb_s, per, mdbv_bytes and averaging_window_s are
    what to signal with an operator's own 5QI, and `failing` names the value that no standard one meets;
    mdbv_bytes : to be signalled, None for a 5QI without one;  mdbv_signalled : larger than the default of the 5QI;
    legs : radio legs of the path;  hard : 98 % within the bound are too few for the application;  promised : the
    choice promises what is asked (False: only 98 % within the PDB);  alternatives : other 5QIs that fit, best first;
    verified : False where the need was recalled or assumed.
    """

    application: str
    fiveqi: int | None
    resource_type: ResourceType
    sst: int
    isolation: str
    pdb_s: float
    per: float
    priority: int
    averaging_window_s: float | None
    gbr_ul_bps: float
    gbr_dl_bps: float
    mbr_ul_bps: float
    mbr_dl_bps: float
    arp: int
    can_preempt: bool
    mdbv_bytes: int | None
    mdbv_signalled: bool
    legs: int
    hard: bool
    promised: bool
    failing: str
    reason: str
    alternatives: tuple[int, ...]
    verified: bool

    def record(self) -> Record:
        """Its columns, times in ms."""
        return {
            "application": self.application, "fiveqi": self.fiveqi, "resource_type": self.resource_type,
            "sst": self.sst, "isolation": self.isolation, "pdb_ms": 1e3 * self.pdb_s, "per": self.per,
            "priority": self.priority, "gbr_ul_bps": self.gbr_ul_bps, "gbr_dl_bps": self.gbr_dl_bps,
            "mbr_ul_bps": self.mbr_ul_bps, "mbr_dl_bps": self.mbr_dl_bps, "arp": self.arp,
            "can_preempt": self.can_preempt, "mdbv_bytes": self.mdbv_bytes, "mdbv_signalled": self.mdbv_signalled,
            "legs": self.legs, "promised": self.promised, "failing": self.failing, "reason": self.reason,
            "alternatives": list(self.alternatives), "verified": self.verified,
        }  # fmt: skip


def choose(
    application: str | Application,
    *,
    legs: int | None = None,
    critical: bool = False,
    candidates: Iterable[FiveQi] | None = None,
) -> QosChoice:
    """The QoS of an application. The same inputs give the same answer.

    legs : radio legs of the path, else those of the profile;  critical : of higher allocation priority;
    candidates : 5QIs that the network has, else all standard ones that a network may give to any service.
    Raises UnknownName.
    Source: TS 23.501 v19.7.0, cl. 5.7.3.4 and Table 5.7.4-1; allocation priorities are our own.
    """
    profile = named(application) if isinstance(application, str) else application
    crossed = legs or profile.legs
    fitting = ranked(profile, crossed, candidates)
    best = fitting[0] if fitting else None
    arp, can_preempt = _arp(profile.isolation or DEFAULT_ISOLATION, critical)
    if best is None:
        return _own(profile, crossed, arp, can_preempt)
    need = burst_bytes(profile, best) if best.mdbv_bytes is not None else None
    burst = max(best.mdbv_bytes or 0, math.ceil(need[0] - 1e-6) if need else 0)
    hard = hard_bound_wanted(profile)
    ul, dl = rate_bps(profile, "ul"), rate_bps(profile, "dl")
    return QosChoice(
        profile.application, best.fiveqi, best.resource_type, profile.sst or 1, profile.isolation or DEFAULT_ISOLATION,
        best.pdb_s, best.per, best.priority, best.averaging_window_s, ul if best.gbr else 0.0, dl if best.gbr else 0.0,
        ul, dl, arp, can_preempt, burst if best.mdbv_bytes is not None else None, burst > (best.mdbv_bytes or burst),
        crossed, hard, best.delay_critical or not hard, "", _reason(profile, best, crossed),
        tuple(one.fiveqi for one in fitting[1:]), profile.verified,
    )  # fmt: skip


def ranked(profile: Application, legs: int, candidates: Iterable[FiveQi] | None = None) -> list[FiveQi]:
    """The 5QIs that fit a profile, best first; empty where none fits or the profile has no QoS flow.

    Best: promises what is asked; is of the resource type of the service; reaches an availability with independent
    losses; has the delay and loss of the natural 5QI; holds the burst in its default MDBV; is the natural 5QI; else
    asks least of the network (longest PDB), then loses least.
    """
    if not profile.qos_flow:
        return []
    pool = list(fiveqis().values()) if candidates is None else list(candidates)
    natural = fiveqis().get(profile.fiveqi) if profile.fiveqi is not None else None
    usable = [q for q in pool if open_to(q, profile)]
    if profile.latency_s is None and profile.reliability is None:
        return [q for q in usable if natural is not None and q.fiveqi == natural.fiveqi]
    fits = [q for q in usable if delay_fits(profile, q, legs) is not False and loss_fits(profile, q, legs) is not False]
    return sorted(fits, key=lambda q: _cost(profile, q, natural, legs))


Cost = tuple[bool, bool, bool, bool, bool, bool, float, float, int]


def _cost(profile: Application, q: FiveQi, natural: FiveQi | None, legs: int) -> Cost:
    """Order of the 5QIs that fit: smaller is better."""
    wanted = _resource_type(profile, natural)
    need = burst_bytes(profile, q) if q.mdbv_bytes is not None else None
    small = need is not None and need[0] > (q.mdbv_bytes or 0)
    same_class = natural is not None and (q.resource_type, q.pdb_s, q.per) == (
        natural.resource_type, natural.pdb_s, natural.per,
    )  # fmt: skip
    unkept = wanted == "Delay-critical GBR" and not q.delay_critical
    lossy = profile.reliability is None and not availability_reached(profile, q, legs)
    other = natural is None or q.fiveqi != natural.fiveqi
    return (
        unkept,
        q.resource_type != wanted,
        lossy,
        not same_class,
        same_class and small,
        other,
        -q.pdb_s,
        q.per,
        q.fiveqi,
    )


def open_to(fiveqi: FiveQi, profile: Application) -> bool:
    """True where a network may give the 5QI to this application without being asked for its special use.

    Values that only the network assigns (NOTE 12) are for mission critical services: they stay out unless the profile
    names one. NOTE 14 keeps 75 for messages of TS 23.287 and TS 23.256. 5 is for IMS signalling, 10 for satellites.
    """
    return not fiveqi.meant_for or fiveqi.fiveqi == profile.fiveqi


def what_fails(profile: Application, legs: int) -> str:
    """Which value no standard 5QI meets: "pdb", "per", "pdb and per" (each alone is met) or "" where one fits."""
    pool = [q for q in fiveqis().values() if delay_fits(profile, q, legs) is not False]
    if not pool:
        return "pdb"
    if any(loss_fits(profile, q, legs) is not False for q in pool):
        return ""
    return "pdb and per" if any(loss_fits(profile, q, legs) for q in fiveqis().values()) else "per"


@cache
def _priorities() -> dict[str, tuple[int, int, bool]]:
    return {
        r.need("isolation"): (int(r.need("arp")), int(r.need("critical_arp")), r.need("can_preempt") == "yes")
        for r in facts.table("qos/arp.csv")
    }


def _arp(isolation: str, critical: bool) -> tuple[int, bool]:
    usual, high, can_preempt = _priorities()[isolation]
    return (high, True) if critical else (usual, can_preempt)


def _resource_type(profile: Application, natural: FiveQi | None) -> ResourceType:
    if hard_bound_wanted(profile):
        return "Delay-critical GBR"
    if natural is not None:
        return natural.resource_type
    return "GBR" if stated_peak_bps(profile) else "Non-GBR"


def _reason(profile: Application, best: FiveQi, legs: int) -> str:
    bound = delay_bound_s(profile)
    if bound is None:
        return f"no latency bound in the source; natural 5QI of the service is {best.fiveqi}"
    shares = f"{legs} radio legs" if legs > 1 else "one radio leg"
    if profile.directions > 1:
        shares += ", both directions"
    parts = [f"PDB {1e3 * best.pdb_s:g} ms over {shares} within {1e3 * bound:g} ms"]
    asked = timely_share_asked(profile)
    if asked and hard_bound_wanted(profile):
        kept = "late packets count as lost" if best.delay_critical else "promises 98 % within the PDB only"
        parts.append(f"{asked[1]} {100 * asked[0]:.10g} % asked: {kept}")
    if profile.fiveqi not in (None, best.fiveqi):
        parts.append(f"instead of the natural 5QI {profile.fiveqi}")
    return "; ".join(parts)


def _own(profile: Application, legs: int, arp: int, can_preempt: bool) -> QosChoice:
    """What to signal where no standard 5QI fits."""
    bound, failing = delay_bound_s(profile), what_fails(profile, legs)
    pdb_s = bound / (legs * profile.directions) if bound else 0.0
    asked = profile.reliability if profile.reliability is not None else profile.availability
    per = float(f"{(1.0 - asked) / legs:.6g}") if asked is not None else DEFAULT_PER
    burst = max(peak_bps(profile) * pdb_s / 8.0, float(profile.message_bytes or 0))
    needed = profile.qos_flow and bound is not None
    ways = legs * profile.directions
    reason = {
        "pdb": f"no standard PDB fits {1e3 * (bound or 0):g} ms over {ways} leg(s) and direction(s)",
        "per": f"no standard PER reaches {per:g}",
        "pdb and per": f"no standard 5QI has a PDB of {1e3 * pdb_s:g} ms with a PER of {per:g}",
    }.get(failing, "its natural 5QI needs a request of its own")
    ul, dl = rate_bps(profile, "ul"), rate_bps(profile, "dl")
    return QosChoice(
        profile.application, None, "Delay-critical GBR" if needed else "Non-GBR", profile.sst or 1,
        profile.isolation or DEFAULT_ISOLATION, pdb_s, per, 18 if needed else 90, WINDOW_S if needed else None,
        ul if needed else 0.0, dl if needed else 0.0, ul, dl, arp, can_preempt,
        math.ceil(burst - 1e-6) if needed and burst else None, bool(needed and burst), legs,
        hard_bound_wanted(profile), False, failing if needed else "",
        f"{reason}: signal an operator's own 5QI" if needed else "no QoS flow, or no bound and no natural 5QI",
        (), profile.verified,
    )  # fmt: skip
