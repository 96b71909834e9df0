"""Conditions of a flow, findings of its checks, and the verdict over them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.service.qos import QosChoice
from setsail.standards import facts
from setsail.standards.applications import Application
from setsail.standards.qos import FiveQi

QosVerdict = Literal["pass", "fail", "inconclusive", "not_applicable"]
AT_LEAST = frozenset({"qos.soft-bound", "qos.mdbv"})
"""Checks whose value must reach the required one; the others may not exceed it."""
FIBRE_S_PER_M = 5e-9
"""Delay of light in fibre: 5 us/km."""
LENGTH_M = Limit("upf_distance_m", 0.0, 2e7, "assumption: half the circumference of the earth")
HOPS = Limit("hops", 0, 100, "assumption")
DELAY_S = Limit("delay_s", 0.0, 10.0, "assumption")
LEGS = Limit("legs", 1, 2, "TS 23.501 v19.7.0, cl. 5.7.3.4: one leg, or UE to UE")


@dataclass(frozen=True, slots=True)
class Clause:
    """Where a check comes from."""

    check: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class Conditions:
    """What is known of the path of a flow; None where it is not.

    legs : radio legs;  mdbv_bytes : signalled, None for what the flow needs;  upf_distance_m : fibre from the radio to
    the UPF, with `hops` nodes of `hop_s` each (our assumption) and `upf_s` in the UPF itself;  core_pdb_s : core part
    of the budget that is signalled instead of the static one;  satellite : orbit of a satellite on the path;
    requested_by : who asks for the 5QI.
    """

    legs: int | None = None
    mdbv_bytes: int | None = None
    upf_distance_m: float | None = None
    hops: int = 0
    hop_s: float = 50e-6
    upf_s: float = 0.4e-3
    core_pdb_s: float | None = None
    satellite: str | None = None
    requested_by: Literal["network", "ue"] | None = None

    def __post_init__(self) -> None:
        if self.legs is not None:
            LEGS.require(self.legs)
        if self.upf_distance_m is not None:
            LENGTH_M.require(self.upf_distance_m)
        HOPS.require(self.hops)
        DELAY_S.require((self.hop_s, self.upf_s, self.core_pdb_s or 0.0))
        if self.mdbv_bytes is not None and self.mdbv_bytes < 0:
            raise OutOfRange(f"is {self.mdbv_bytes}", where="mdbv_bytes", allowed="0 or more")
        if self.satellite is not None:
            orbit(self.satellite)
        if self.requested_by not in (None, "network", "ue"):
            raise UnknownName(f"is {self.requested_by!r}", where="requested_by", allowed="network, ue")

    def transport_s(self) -> float | None:
        """Delay from the radio to N6 at the UPF [s]; None where the distance is not stated."""
        if self.upf_distance_m is None:
            return None
        return self.upf_distance_m * FIBRE_S_PER_M + self.hops * self.hop_s + self.upf_s


@dataclass(frozen=True, slots=True)
class Orbit:
    """Delay of a satellite path. one_way_s : UE to ground;  scheduling_s : that the uplink adds."""

    orbit: str
    one_way_s: float
    scheduling_s: float
    source: str


@dataclass(frozen=True, slots=True)
class QosFinding:
    """One check of one flow. met, required : numbers in `unit`, None where the verdict needs none.

    verified : False where the need was recalled or assumed, which cannot give a pass.
    """

    check: str
    verdict: QosVerdict
    met: float | str | None
    required: float | str | None
    unit: str
    cause: str
    remedy: str
    verified: bool
    sources: tuple[str, ...]

    @property
    def margin(self) -> float | None:
        """Room that is left, in `unit`, below 0 where it fails; None without two numbers."""
        if isinstance(self.met, str) or isinstance(self.required, str) or self.met is None or self.required is None:
            return None
        return self.met - self.required if self.check in AT_LEAST else self.required - self.met

    def record(self) -> Record:
        """Its columns."""
        return {
            "check": self.check, "label": clause(self.check).label, "verdict": self.verdict, "met": self.met,
            "required": self.required, "unit": self.unit, "margin": self.margin, "cause": self.cause,
            "remedy": self.remedy, "verified": self.verified, "clause": clause(self.check).source,
            "sources": list(self.sources),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Feasibility:
    """Verdict of a 5QI for an application. fiveqi : None where no standard value fits; choice : the best one."""

    application: Application
    fiveqi: FiveQi | None
    verdict: QosVerdict
    findings: tuple[QosFinding, ...]
    choice: QosChoice

    def counts(self) -> dict[str, int]:
        """Findings by verdict."""
        told = [f.verdict for f in self.findings]
        return {v: told.count(v) for v in ("pass", "fail", "inconclusive", "not_applicable")}


@cache
def clauses() -> dict[str, Clause]:
    """The clause of every check, by its name and in the order of the report."""
    return {
        r.need("check"): Clause(
            r.need("check"), r.need("label"), f"{r.need('document')} v{r.need('version')}, {r.need('clause')}"
        )
        for r in facts.table("qos/feasibility_checks.csv")
    }


def clause(check: str) -> Clause:
    """The clause of one check."""
    return clauses()[check]


@cache
def _orbits() -> dict[str, Orbit]:
    rows = facts.table("qos/satellites.csv")
    return {
        r.need("orbit"): Orbit(
            r.need("orbit"), float(r.need("one_way_ms")) / 1e3, float(r.need("scheduling_ms")) / 1e3,
            f"{r.need('source_id')} {r.need('clause')}",
        )
        for r in rows
    }  # fmt: skip


def orbit(name: str) -> Orbit:
    """The satellite path of an orbit such as GEO. Raises UnknownName."""
    found = _orbits().get(name.strip().upper())
    if found is None:
        raise UnknownName(f"is {name!r}", where="satellite", allowed=", ".join(_orbits()))
    return found


def overall(findings: tuple[QosFinding, ...]) -> QosVerdict:
    """Fail where one fails; inconclusive where one is, or nothing was judged; else pass."""
    told = {f.verdict for f in findings}
    if "fail" in told:
        return "fail"
    return "inconclusive" if "inconclusive" in told or "pass" not in told else "pass"
