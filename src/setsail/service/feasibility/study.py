"""One application on one 5QI: all checks, the verdict, and what to use or to signal instead."""

from __future__ import annotations

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.service.feasibility.checks import CHECKS
from setsail.service.feasibility.model import Conditions, Feasibility, QosFinding, clause, overall
from setsail.service.qos import QosChoice, choose
from setsail.standards.applications import Application
from setsail.standards.applications import application as named
from setsail.standards.qos import FiveQi
from setsail.standards.qos import fiveqi as standard
from setsail.standards.requirements import requirements_of

USUAL = Conditions()


def check(
    application: str | Application, fiveqi: int | FiveQi | None = None, conditions: Conditions = USUAL
) -> Feasibility:
    """Verdict of a 5QI for an application, with one finding per clause.

    fiveqi : a standard value, or an operator's own as a FiveQi; None for the one that fits best.
    Raises UnknownName.
    Source: TS 23.501 v19.7.0, cl. 5.7.3 and Table 5.7.4-1.
    """
    profile = named(application) if isinstance(application, str) else application
    choice = choose(profile, legs=conditions.legs)
    if fiveqi is None and choice.fiveqi is None:
        found: tuple[QosFinding, ...] = (_no_standard(profile, choice),)
        return Feasibility(profile, None, overall(found), found, choice)
    wanted = choice.fiveqi if fiveqi is None else fiveqi
    judged = wanted if isinstance(wanted, FiveQi) else standard(int(wanted or 0))
    found = tuple(rule(profile, judged, conditions) for rule in CHECKS)
    return Feasibility(profile, judged, overall(found), found, choice)


PDB = Limit("pdb_s", 0.0, 10.0, "assumption", ends="(]")
PER = Limit("per", 0.0, 1.0, "a ratio", ends="()")


def own_fiveqi(value: int | None, pdb_s: float | None, per: float | None, *, mdbv_bytes: int | None = None) -> FiveQi:
    """An operator's own Delay-critical GBR 5QI with the values that are signalled for it.

    value : 128 to 254, None for 128. Raises BadInput where one of pdb_s and per is missing, OutOfRange.
    """
    if pdb_s is None or per is None:
        raise BadInput("is missing", where="pdb_s" if pdb_s is None else "per", allowed="PDB and PER together")
    PDB.require(pdb_s)
    PER.require(per)
    number = 128 if value is None else value
    if not 128 <= number <= 254:
        raise OutOfRange(f"is {number}", where="5QI with values of its own", allowed="128 to 254 (TS 23.501 5.7.2.1)")
    return FiveQi(number, "Delay-critical GBR", 18, pdb_s, per, mdbv_bytes or 255, 2.0, None, (), "", "operator")


def _no_standard(profile: Application, choice: QosChoice) -> QosFinding:
    """The one finding of an application that no standard 5QI fits."""
    check = {"per": "qos.per"}.get(choice.failing, "qos.pdb")
    verdict = "fail" if choice.failing else "not_applicable"
    mdbv = f", MDBV {choice.mdbv_bytes} byte" if choice.mdbv_bytes else ""
    signal = f"signal {choice.resource_type}, PDB {1e3 * choice.pdb_s:g} ms, PER {choice.per:g}{mdbv}"
    return QosFinding(
        check, verdict, None, None, "", choice.reason, signal if choice.failing else "",  # type: ignore[arg-type]
        profile.verified, (clause(check).source, profile.source),
    )  # fmt: skip


def feasibility_record(found: Feasibility) -> Record:
    """Verdict, findings, counts; what fits better or must be signalled; the sources of the need."""
    app, q = found.application, found.fiveqi
    return {
        "application": app.application, "name": app.name, "field": app.field,
        "fiveqi": q.fiveqi if q else None, "resource_type": q.resource_type if q else None, "verdict": found.verdict,
        "counts": found.counts(), "findings": [f.record() for f in found.findings],
        "signal": _signal(found), "suggestion": found.choice.record(),
        "need": {
            "latency_ms": 1e3 * app.latency_s if app.latency_s is not None else None,
            "latency_basis": app.latency_basis, "legs": app.legs, "directions": app.directions,
            "reliability": app.reliability, "availability": app.availability, "kind": app.kind,
            "evidence": app.evidence, "mapping": app.mapping, "verified": app.verified, "source": app.source,
        },
        "requirements": [r.record() for r in requirements_of(app.application)],
    }  # fmt: skip


def _signal(found: Feasibility) -> Record | None:
    """What must be signalled beside or instead of the 5QI: a larger MDBV, or an operator's own values; else None."""
    if found.fiveqi is not None:
        burst = next((f for f in found.findings if f.check == "qos.mdbv"), None)
        if burst is not None and isinstance(burst.required, float) and burst.required > (found.fiveqi.mdbv_bytes or 0):
            return {"fiveqi": found.fiveqi.fiveqi, "mdbv_bytes": int(burst.required)}
        return None
    if not found.choice.failing:
        return None
    c = found.choice
    return {
        "fiveqi": None, "failing": c.failing, "resource_type": c.resource_type, "pdb_ms": 1e3 * c.pdb_s, "per": c.per,
        "mdbv_bytes": c.mdbv_bytes, "averaging_window_ms": 1e3 * (c.averaging_window_s or 0), "priority": c.priority,
    }  # fmt: skip
