"""Facts of one QoS flow: what its 5QI promises, its latency budget, its rate, and the availability of its path."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from setsail.design.network.model import Carrier, Flow, Link, Upf
from setsail.service.availability import LossModel, Part, from_losses, system
from setsail.service.feasibility import Conditions, Feasibility, check
from setsail.service.feasibility.study import own_fiveqi
from setsail.service.latency.budget import Budget, Way, budget, fixed_part
from setsail.service.latency.options import Radio
from setsail.service.latency.presets import preset
from setsail.service.need import delay_bound_s, timely_share_asked
from setsail.standards.applications import Application, application
from setsail.standards.qos import SOFT_SHARE, FiveQi, fiveqi

NEAR = frozenset({"on-site", "edge"})
CLAUSES = "3GPP TS 23.501 v19.7.0 cl. 5.7.3.4 and Table 5.7.4-1"
PACKET_BYTES = 1500
UPF_SOURCE = "Rischke et al. 2021, 5G campus networks: core processing of at most 0.4 ms"
SECONDS_PER_HOUR = 3600.0


@dataclass(frozen=True, slots=True)
class Told:
    """A fact without its subject: key after `service.`, value, cause, and whether it may carry a pass."""

    key: str
    value: float | bool | None
    cause: str = ""
    verified: bool = True
    sources: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Path:
    """What flows of one kind share: application, QoS, radio, and the way to the server.

    links : that lead to the user-plane function, alternatives of each other;  upfs : that may serve it, its own first;
    peer : far site, "" for none, with fibre and nodes of the way there from this one, None where no link leads there.
    """

    application: str
    fiveqi: int | None
    pdb_s: float | None
    per: float | None
    mdbv_bytes: int | None
    legs: int
    access: str
    carrier: Carrier | None
    preset: str
    upfs: tuple[Upf, ...]
    links: tuple[Link, ...]
    peer: str = ""
    peer_m: float | None = None
    peer_hops: int = 0


def path_facts(path: Path) -> tuple[Told, ...]:
    """The facts that all flows of one path share."""
    profile = application(path.application)
    found = _feasibility(profile, path)
    return (
        *_clauses(profile, path, found), *_user_plane(path, found.fiveqi), *_latency(profile, path, found.fiveqi),
    )  # fmt: skip


def fiveqi_of(path: Path) -> FiveQi | None:
    """The 5QI of a path, standard or signalled; None where neither is given."""
    if path.fiveqi is not None:
        return fiveqi(path.fiveqi)
    if path.pdb_s is None or path.per is None:
        return None
    return own_fiveqi(None, path.pdb_s, path.per, mdbv_bytes=path.mdbv_bytes)


def _feasibility(profile: Application, path: Path) -> Feasibility:
    upf = path.upfs[0] if path.upfs else None
    under = Conditions(
        legs=path.legs, mdbv_bytes=path.mdbv_bytes, requested_by="network",
        upf_distance_m=upf.distance_m if upf else None, hops=upf.hops if upf else 0,
    )  # fmt: skip
    return check(profile, fiveqi_of(path), under)


def _clauses(profile: Application, path: Path, found: Feasibility) -> Iterator[Told]:
    by_check = {one.check: one for one in found.findings}
    bad = [one for one in found.findings if one.verdict == "fail"]
    unsure = [one for one in found.findings if one.verdict == "inconclusive"]
    value = None if not bad and unsure else not bad
    cause = "; ".join(f"{one.check}: {one.cause}" for one in (bad or unsure)) or "every clause holds"
    sources = (CLAUSES, profile.source)
    yield Told("feasible", value, cause, profile.verified, sources)
    yield Told("standard_fiveqi", path.fiveqi is not None, _number_words(path), True, sources)
    pdb = by_check.get("qos.pdb")
    left = pdb.margin / 1e3 if pdb is not None and pdb.margin is not None else None
    yield Told("pdb_left_s", left, pdb.cause if pdb else found.choice.reason, profile.verified, sources)
    soft = by_check.get("qos.soft-bound")
    q = found.fiveqi
    promised = 1.0 - path.legs * (1.0 - q.promised_share) if q is not None else None
    yield Told("pdb_percentile_ratio", promised, soft.cause if soft else found.choice.reason, True, sources)
    burst = by_check.get("qos.mdbv")
    ratio = None
    if burst is not None and isinstance(burst.required, float) and isinstance(burst.met, float) and burst.met:
        ratio = burst.required / burst.met
    yield Told("mdbv_ratio", ratio, burst.cause if burst else "", profile.verified, sources)


def _number_words(path: Path) -> str:
    if path.fiveqi is not None:
        return f"5QI {path.fiveqi}"
    if path.pdb_s is None:
        return "no 5QI, and no values of an operator's own"
    return f"an operator's own 5QI: PDB {1e3 * path.pdb_s:g} ms, PER {path.per or 0:g}"


def _user_plane(path: Path, q: FiveQi | None) -> Iterator[Told]:
    if not path.upfs:
        for key in ("upf_local", "upf_path_s", "cn_pdb_left_s"):
            yield Told(key, None, "no user-plane function is named")
        yield Told("upf_paths", 0.0, "no user-plane function is named")
        return
    upf = path.upfs[0]
    yield Told("upf_local", upf.place in NEAR, f"{upf.upf} stands {upf.place}")
    usual = Conditions(upf_distance_m=upf.distance_m, hops=upf.hops)
    took = usual.transport_s() or 0.0
    told = (f"{upf.distance_m / 1e3:g} km of fibre, {upf.hops} nodes of {1e6 * usual.hop_s:g} us, "
            f"UPF {1e3 * usual.upf_s:g} ms")  # fmt: skip
    yield Told("upf_path_s", took, told, sources=(CLAUSES,))
    budgeted = q.static_cn_pdb_s if q is not None else None
    none = "the 5QI names no core part of its delay budget"
    left = budgeted - took if budgeted is not None else None
    yield Told("cn_pdb_left_s", left, told if budgeted is not None else none, sources=(CLAUSES,))
    yield Told("upf_paths", float(len(path.upfs)), ", ".join(one.upf for one in path.upfs))


def _latency(profile: Application, path: Path, q: FiveQi | None) -> Iterator[Told]:
    if path.carrier is None or (path.peer and path.peer_m is None):
        why = "no carrier serves the flow" if path.carrier is None else f"no link leads to {path.peer}"
        for key in ("latency_s.mean", "latency_s.max", "latency_s.p98", "latency_s.p999", "latency_s.percentile"):
            yield Told(key, None, why)
        return
    budgets = {d: leg_budget(path, path.carrier, d) for d in ("ul", "dl")}
    sources = ("3GPP TR 37.910 cl. 5.7", f"preset {path.preset}", UPF_SOURCE)
    for direction, one in budgets.items():
        yield Told(f"latency_{direction}_s.max", one.max_s, _cause(one), one.verified, sources)
    used = _directions(profile)
    worst = max((budgets[d] for d in used), key=lambda one: one.max_s)
    cause = f"{worst.direction}, {_cause(worst)}"
    yield Told("latency_s.mean", worst.mean_s, cause, worst.verified, sources)
    yield Told("latency_s.max", worst.max_s, cause, worst.verified, sources)
    wanted = timely_share_asked(profile)
    share = wanted[0] if wanted else SOFT_SHARE
    for key, ratio in (("p98", 0.98), ("p999", 0.999), ("percentile", share)):
        found = worst.percentile(ratio)
        told = f"{100 * ratio:.10g} %, {cause}" if math.isfinite(found) else f"{100 * ratio:.10g} %: too many are lost"
        yield Told(f"latency_s.{key}", found if math.isfinite(found) else None, told, worst.verified, sources)
    spread = max(one.max_s - one.total.min_s for d, one in budgets.items() if d in used)
    yield Told("jitter_s", spread, cause, worst.verified, sources)
    yield from _kept(profile, path, q, [budgets[d] for d in used])


def leg_budget(path: Path, carrier: Carrier, direction: str) -> Budget:
    """Latency of one direction over one radio leg and the way to N6, and from there to the far site if there is one.

    Of two radio legs each holds its half of the way between the sites.
    """
    radio = Radio(
        scs_hz=carrier.scs_hz, tdd=carrier.tdd, special=carrier.special, direction=direction,  # type: ignore[arg-type]
        access=path.access,  # type: ignore[arg-type]
    )  # fmt: skip
    upf = path.upfs[0] if path.upfs else None
    usual = Conditions()
    slowest = min((one.rate_bps for one in path.links), default=1e9)
    fibre, hops = (upf.distance_m, upf.hops) if upf else (0.0, 0)
    if path.peer_m is not None:
        fibre, hops = fibre + path.peer_m / path.legs, hops + math.ceil(path.peer_hops / path.legs)
    way = Way(fibre, hops, slowest, PACKET_BYTES, hop_s=usual.hop_s) if fibre or hops else Way()
    own = any(t.term == "upf" for t in preset(path.preset).delays(direction))
    extra = () if own or upf is None else (fixed_part("upf", usual.upf_s, UPF_SOURCE),)
    return budget(radio, preset=path.preset, way=way, extra=extra)


def _directions(profile: Application) -> tuple[str, ...]:
    first = profile.flow.split()[0].lower()
    return (first,) if first in ("ul", "dl") else ("ul", "dl")


def _cause(one: Budget) -> str:
    leaf = max(one.tree.leaves(), key=lambda n: n.worst_s)
    return f"{leaf.name} takes {1e3 * leaf.worst_s:.3g} of {1e3 * one.max_s:.3g} ms"


def _kept(profile: Application, path: Path, q: FiveQi | None, used: list[Budget]) -> Iterator[Told]:
    """Reliability and availability: packets in time by the budget, less those that the 5QI may lose on each leg."""
    bound = delay_bound_s(profile)
    if q is None or bound is None:
        none = "no bound of delay is stated" if q is not None else "no 5QI"
        for key in ("reliability_ratio", "availability_ratio", "mtbf_h"):
            yield Told(key, None, none)
        return
    each = bound / (path.legs * profile.directions)
    in_time = min(one.ratio_within(each) for one in used) ** path.legs
    kept = in_time * (1.0 - q.per) ** path.legs
    errors = any(one.radio.bler for one in used)
    told = f"{100 * in_time:.10g} % in time by preset {path.preset}" + (
        "" if errors else ", which has no transmission errors"
    ) + f"; the 5QI may lose {q.per:g} on {path.legs} leg(s)"  # fmt: skip
    sources = (CLAUSES, profile.source)
    yield Told("reliability_ratio", kept, told, errors and profile.verified, sources)
    if profile.interval_s is None and profile.survival_s is None:
        for key in ("availability_ratio", "mtbf_h"):
            yield Told(key, None, "neither transfer interval nor survival time is stated")
        return
    interval = profile.interval_s or profile.survival_s or 0.0
    survival = profile.survival_s if profile.survival_s is not None else 0.0
    loss = min(max(1.0 - kept, 1e-15), 1 - 1e-9)
    made = from_losses(LossModel(loss), interval_s=interval, survival_s=survival)
    why = f"independent losses of {loss:.3g} every {1e3 * interval:g} ms, survival time {1e3 * survival:g} ms; {told}"
    sure = errors and profile.verified
    yield Told("availability_ratio", made.availability, why, sure, (*sources, "3GPP TS 22.104 Annex C.3"))
    hours = made.mtbf_s / SECONDS_PER_HOUR
    yield Told("mtbf_h", hours if math.isfinite(hours) else None, why, sure, (*sources, "3GPP TS 22.104 Annex C.3"))


def path_availability(path: Path) -> Told:
    """Availability of user-plane functions and links: any of each suffices, and links of one group fail together."""
    parts = [(u.upf, u.mtbf_h, u.mttr_h) for u in path.upfs] + [(k.link, k.mtbf_h, k.mttr_h) for k in path.links]
    open_ = [name for name, mtbf, mttr in parts if mtbf is None or mttr is None]
    key = "path_availability_ratio"
    if not parts or open_:
        first = ", ".join(open_[:3]) + (" ..." if len(open_) > 3 else "")
        return Told(key, None, f"MTBF and MTTR are not stated: {first}" if open_ else "no path is named")
    ways = [f"({upf.upf} & {link.link})" for upf in path.upfs for link in path.links if upf.upf in (link.a, link.b)]
    if not ways:
        return Told(key, None, "no link leads to a user-plane function of the flow")
    made = system(" | ".join(ways), [Part(n, float(m or 0), float(r or 0)) for n, m, r in parts])
    groups = {k.group or k.link for k in path.links}
    told = "single points: " + ", ".join(made.single) if made.single else f"{len(ways)} ways, {len(groups)} groups"
    return Told(key, made.availability, told, len(groups) == len(path.links), ("MTBF and MTTR as stated",))


def flow_own(flow: Flow, left_ratio: float | None) -> Iterator[Told]:
    """Facts that each flow has for itself: admission and rates."""
    if flow.count:
        where = f"do not fit into cell {flow.cell}" if flow.cell else f"stand where no cell serves: {flow.room}"
        told = f"{flow.refused} of {flow.count} devices {where}" if flow.refused else ""
        yield Told("admitted", flow.refused == 0, told)
        yield Told("refused_ratio", flow.refused / flow.count, told)
    for direction in ("ul", "dl"):
        yield _rate(flow, direction, left_ratio)


def _rate(flow: Flow, direction: str, left_ratio: float | None) -> Told:
    key = f"rate_{direction}_bps"
    gbr = flow.gbr_ul_bps if direction == "ul" else flow.gbr_dl_bps
    most = flow.mbr_ul_bps if direction == "ul" else flow.mbr_dl_bps
    share = flow.prb_ul_ratio if direction == "ul" else flow.prb_dl_ratio
    if share is None:
        return Told(key, None if not flow.cell else 0.0, "the room has no cell, or no rate in this direction")
    if flow.refused:
        return Told(key, 0.0, f"{flow.refused} of {flow.count} devices are refused")
    if gbr:
        return Told(key, gbr, f"guaranteed; one device takes {100 * share:.3g} % of cell {flow.cell}")
    if left_ratio is None:
        return Told(key, None, "the load of the cell is not known")
    told = f"guaranteed flows leave {100 * min(left_ratio, 1.0):.4g} % of what is asked for in cell {flow.cell}"
    return Told(key, most * min(1.0, left_ratio), told)
