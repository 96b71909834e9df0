"""The checks of one 5QI for one application; each looks at one clause and yields one finding."""

from __future__ import annotations

import math

from setsail.service.feasibility.model import (
    FIBRE_S_PER_M,
    Conditions,
    QosFinding,
    QosVerdict,
    clause,
    orbit,
)
from setsail.service.need import (
    EXACT,
    allowed_loss,
    burst_bytes,
    delay_bound_s,
    delay_s,
    loss_ratio,
    timely_share_asked,
)
from setsail.standards.applications import Application
from setsail.standards.qos import SOFT_SHARE, FiveQi

MS = 1e3
MESSAGES_ONLY = "v2x-a2x-messages"
V2X_FIELDS = ("04",)
SIDELINK = "sidelink"
NOT_STATED = "not stated by the source of the application"


def packet_delay_budget(app: Application, q: FiveQi, under: Conditions) -> QosFinding:
    """The PDB runs from the UE to N6, so a path over two UEs spends it twice, and a sum of both directions too."""
    bound = delay_bound_s(app)
    if bound is None:
        return _none("qos.pdb", app, NOT_STATED)
    legs = under.legs or app.legs
    took = delay_s(app, q, legs)
    parts = [f"{legs} radio legs" if legs > 1 else "one radio leg"]
    if app.directions > 1:
        parts.append("uplink and downlink share the bound")
    if app.other_delay_s:
        parts.append(f"{MS * app.other_delay_s:g} ms of {MS * (app.latency_s or 0):g} ms are spent outside the network")
    good = took <= bound * (1 + EXACT)
    sign = "within" if good else "above"
    cause = (
        f"{', '.join(parts)}: {legs * app.directions} x {MS * q.pdb_s:g} ms = {MS * took:g} ms {sign} {MS * bound:g} ms"
    )
    if app.flow == SIDELINK and legs == 1:
        over = "above" if delay_s(app, q, 2) > bound * (1 + EXACT) else "within"
        cause += (
            f"; over PC5 a PQI applies (TS 23.287), over Uu two legs make {MS * delay_s(app, q, 2):g} ms, {over} it"
        )
    remedy = "" if good else f"a PDB of at most {MS * bound / (legs * app.directions):g} ms"
    return _found("qos.pdb", app, good=good, met=MS * took, required=MS * bound, unit="ms", cause=cause, remedy=remedy)


def soft_bound(app: Application, q: FiveQi, under: Conditions) -> QosFinding:
    """GBR and Non-GBR speak of 98 % of the packets within the PDB; Delay-critical GBR counts a late one as lost."""
    asked = timely_share_asked(app)
    if asked is None:
        return _none("qos.soft-bound", app, "neither reliability nor availability is stated with a latency bound")
    share, word = asked
    legs = under.legs or app.legs
    promised = 1.0 - legs * (q.per if q.delay_critical else 1.0 - SOFT_SHARE)
    told = f"{word} {100 * share:.10g} % asked"
    if q.delay_critical and word == "availability":
        cause = f"{told}: late packets count as lost; the availability follows from runs of losses"
        if not app.verified:
            cause = f"{cause}; the need is {app.evidence}, which cannot give a pass"
        return _told("qos.soft-bound", app, "pass" if app.verified else "inconclusive", cause=cause, remedy="")
    good = 1.0 - promised <= allowed_loss(share)
    if q.delay_critical:
        cause = f"{told}: late packets count as lost, up to a loss of {legs * q.per:g}"
        remedy = "" if good else f"a PER of at most {_short((1 - share) / legs)}"
    else:
        when = "is wished for, and only without congestion" if not q.gbr else "is promised"
        cause = f"{told}, but of a {q.resource_type} 5QI 98 % within the PDB {when}"
        remedy = "" if good else "a Delay-critical GBR 5QI, or proof by measurement with a shorter PDB"
    return _found(
        "qos.soft-bound", app, good=good, met=promised, required=share, unit="ratio", cause=cause, remedy=remedy
    )


def packet_error_rate(app: Application, q: FiveQi, under: Conditions) -> QosFinding:
    """Losses of the legs add up; they may not exceed what the reliability leaves."""
    if app.reliability is None:
        return _none("qos.per", app, f"reliability {NOT_STATED}")
    legs = under.legs or app.legs
    took, left = loss_ratio(app, q, legs), float(_short(1.0 - app.reliability))
    good = took <= allowed_loss(app.reliability)
    cause = f"{legs} x {q.per:g} against {left:g}, reliability {100 * app.reliability:.10g} %"
    remedy = "" if good else f"a PER of at most {_short(left / legs)}"
    return _found("qos.per", app, good=good, met=took, required=left, unit="ratio", cause=cause, remedy=remedy)


def data_burst(app: Application, q: FiveQi, under: Conditions) -> QosFinding:
    """A burst above the MDBV loses its claim to the PDB; a larger volume than the default may be signalled."""
    if q.mdbv_bytes is None:
        return _none("qos.mdbv", app, f"a {q.resource_type} 5QI has no MDBV")
    need = burst_bytes(app, q)
    if need is None:
        return _none("qos.mdbv", app, "neither a rate nor a message size is stated")
    size, by = math.ceil(need[0] - 1e-6), need[1]
    allowed = max(q.mdbv_bytes, size) if under.mdbv_bytes is None else under.mdbv_bytes
    good = size <= allowed
    of = f"rate x (PDB - core part) = rate x {MS * q.an_pdb_s:g} ms" if by == "rate" else "largest message"
    cause = f"{of}: {size} byte, default of 5QI {q.fiveqi} is {q.mdbv_bytes} byte"
    larger = size > q.mdbv_bytes
    remedy = f"signal an MDBV of {size} byte" if larger else ""
    if larger and q.fiveqi == 85:
        cause += " (NOTE 16 expects far more for remote driving)"
    return _found(
        "qos.mdbv", app, good=good, met=float(allowed), required=float(size), unit="byte", cause=cause, remedy=remedy
    )


def core_part(app: Application, q: FiveQi, under: Conditions) -> QosFinding:
    """What lies between radio and N6 must fit the core part of the PDB, else the radio loses what it spends."""
    took, part = under.transport_s(), q.static_cn_pdb_s
    if took is None:
        return _none("qos.core", app, "the way to the UPF is not stated")
    signalled = under.core_pdb_s
    if signalled is not None and not q.delay_critical:
        cause = "a core part of its own is for Delay-critical GBR only"
        return _told("qos.core", app, "fail", cause=cause, remedy="leave it out")
    allowed = signalled if signalled is not None else part
    if allowed is None:
        return _none("qos.core", app, f"5QI {q.fiveqi} has no static core part")
    length = (allowed - under.hops * under.hop_s - under.upf_s) / FIBRE_S_PER_M
    cause = (
        f"{(under.upf_distance_m or 0) / 1e3:g} km of fibre, {under.hops} hops of {1e6 * under.hop_s:g} us (assumed), "
        f"UPF {MS * under.upf_s:g} ms; each radio leg has its own"
    )
    good = took <= allowed * (1 + EXACT)
    remedy = ""
    if not good:
        remedy = f"a UPF within {max(length, 0) / 1e3:.0f} km of fibre" if length > 0 else "fewer hops, a faster UPF"
    over = signalled is not None and part is not None and signalled > part * (1 + EXACT)
    if over:
        good, cause = False, f"{cause}; the signalled core part exceeds the static one of {MS * (part or 0):g} ms"
    return _found(
        "qos.core", app, good=good, met=MS * took, required=MS * allowed, unit="ms", cause=cause, remedy=remedy,
        needs_source=False,
    )  # fmt: skip


def assignment(app: Application, q: FiveQi, under: Conditions) -> QosFinding:
    """65, 66, 67, 69 and 70 are assigned by the network only; neither a UE nor its application may ask for them."""
    if not q.network_assigned:
        return _none("qos.assignment", app, "the value may be asked for by anyone")
    verdict: dict[str | None, QosVerdict] = {"network": "pass", "ue": "fail", None: "inconclusive"}
    cause = {
        "network": "assigned on request of the network side",
        "ue": "asked for by the UE or its application",
        None: "who asks for it is not stated",
    }[under.requested_by]
    remedy = "" if under.requested_by == "network" else "a request from the network side (--requested-by network)"
    return _told("qos.assignment", app, verdict[under.requested_by], cause=cause, remedy=remedy)


def use(app: Application, q: FiveQi, under: Conditions) -> QosFinding:  # noqa: ARG001 - one face for all checks
    """75 carries only the messages of TS 23.287 and TS 23.256."""
    if q.meant_for != MESSAGES_ONLY:
        return _none("qos.use", app, "the value is open to any service")
    good = app.field.startswith(V2X_FIELDS) and not (app.ul_bps or app.dl_bps)
    cause = "messages between vehicles" if good else "75 is for messages of TS 23.287 and TS 23.256 only"
    return _told("qos.use", app, "pass" if good else "fail", cause=cause, remedy="" if good else "another 5QI")


def satellite(app: Application, q: FiveQi, under: Conditions) -> QosFinding:
    """A satellite spends the budget on the way: the PDB of the 5QI and the bound of the application must hold it."""
    if under.satellite is None:
        return _none("qos.satellite", app, "no satellite on the path")
    path = orbit(under.satellite)
    uplink = "UL" in app.flow or app.ul_bps is not None or app.flow.startswith(("bidirectional", "periodic", "UE"))
    took = path.one_way_s + (path.scheduling_s if uplink else 0.0)
    bound = app.leg_budget_s
    allowed = min(q.pdb_s, bound) if bound is not None else q.pdb_s
    who = "bound of the application" if bound is not None and bound <= q.pdb_s else f"PDB of 5QI {q.fiveqi}"
    added = f" and {MS * path.scheduling_s:g} ms to schedule the uplink" if uplink else ""
    cause = f"{path.orbit}: {MS * path.one_way_s:g} ms one way{added}, {who} {MS * allowed:g} ms"
    good = took <= allowed * (1 + EXACT)
    remedy = "" if good else "5QI 10 for what can wait, else a path on the ground"
    return _found(
        "qos.satellite", app, good=good, met=MS * took, required=MS * allowed, unit="ms", cause=cause, remedy=remedy,
        source=path.source,
    )  # fmt: skip


CHECKS = (packet_delay_budget, soft_bound, packet_error_rate, data_burst, core_part, assignment, use, satellite)


def _found(
    check: str, app: Application, *, good: bool, met: float, required: float, unit: str, cause: str,
    remedy: str = "", needs_source: bool = True, source: str = "",
) -> QosFinding:  # fmt: skip
    """A finding with two numbers; a pass on a need that was recalled or assumed becomes inconclusive."""
    trusted = app.verified or not needs_source
    verdict: QosVerdict = "fail" if not good else "pass" if trusted else "inconclusive"
    if good and not trusted:
        cause = f"{cause}; the need is {app.evidence}, which cannot give a pass"
    sources = [clause(check).source, *([app.source] if needs_source else []), *([source] if source else [])]
    return QosFinding(check, verdict, met, required, unit, cause, remedy, trusted, tuple(sources))


def _told(check: str, app: Application, verdict: QosVerdict, *, cause: str, remedy: str) -> QosFinding:
    return QosFinding(check, verdict, None, None, "", cause, remedy, app.verified, (clause(check).source,))


def _none(check: str, app: Application, why: str) -> QosFinding:
    return QosFinding(check, "not_applicable", None, None, "", why, "", app.verified, (clause(check).source,))


def _short(ratio: float) -> str:
    return f"{ratio:.6g}"
