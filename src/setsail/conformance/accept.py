"""Acceptance of a built network: the same checks judged on logs, beside what the design promised."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from setsail.base.record import Record
from setsail.conformance.accept_facts import Options, Places, at_acceptance, measured
from setsail.conformance.accept_log import Clock, Reject, read_probe, read_walk
from setsail.conformance.findings import Finding, Judged
from setsail.conformance.profile import Profile
from setsail.conformance.verify import verify
from setsail.design.assess.facts import Fact
from setsail.design.indoor.targets import default_targets
from setsail.design.network.model import Network
from setsail.site.model import Site


@dataclass(frozen=True, slots=True)
class Logs:
    """The files of an acceptance test. clock : of delays whose line says none;  probe : messages of flows."""

    walk: Path
    probe: Path | None = None
    clock: Clock = "round-trip"


@dataclass(frozen=True, slots=True)
class Beside:
    """One measured finding beside that of the design. design : None where the design had none."""

    accept: Finding
    design: Finding | None

    @property
    def difference(self) -> float | None:
        """Measured less designed value, in the check's unit; None where either is missing."""
        met, planned = self.accept.met, self.design.met if self.design else None
        if isinstance(met, float) and isinstance(planned, float):
            return met - planned
        return None

    def record(self, lang: str = "en") -> Record:
        """Ready for JSON."""
        one, other = self.accept, self.design
        return {
            "rule": one.rule, "subject": one.subject, "label": one.check.label(lang), "verdict": one.verdict,
            "verdict_design": other and other.verdict, "met": one.met, "met_design": other and other.met,
            "difference": self.difference, "required": one.required, "unit": one.check.unit, "n": one.fact.n,
            "low": one.fact.low, "high": one.fact.high, "confidence": one.fact.confidence, "cause": one.cause,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Accepted:
    """What an acceptance test says: findings, each measured one beside the design's, and the lines not used."""

    judged: Judged
    beside: tuple[Beside, ...]
    rejects: tuple[Reject, ...]
    facts: tuple[Fact, ...]
    lines: int


def accept(
    site: Site,
    network: Network,
    profile: Profile,
    design: Sequence[Fact],
    logs: Logs,
    *,
    options: Options | None = None,
) -> Accepted:
    """The checks of stage accept judged on logs of the built network.

    design : facts of the design, judged by the same checks for comparison; where a log can measure a fact, the
    computed one no longer counts. Raises BadInput for a file that is no log of this site.
    """
    asked = options or Options()
    if asked.target_dbm is None:
        asked = dataclasses.replace(asked, target_dbm=_target_dbm(network))
    places = Places(site, asked.place_m)
    walk, rejects = read_walk(logs.walk, places.locate)
    flows = [f.flow for f in network.flows]
    probes, more = read_probe(logs.probe, flows, logs.clock) if logs.probe else ([], [])
    found = measured(dataclasses.replace(network, site=site.site), walk, probes, options=asked, places=places)
    facts = at_acceptance(design, found)
    judged = verify(site, network, profile, facts, "accept")
    planned = {(f.rule, f.subject): f for f in verify(site, network, profile, design, "design").findings}
    beside = tuple(
        Beside(f, planned.get((f.rule, f.subject))) for f in judged.findings if f.fact.evidence == "measured"
    )
    return Accepted(judged, beside, (*rejects, *more), facts, len(walk) + len(probes))


def _target_dbm(network: Network) -> float:
    stated = network.settings.get("rsrp_dbm")
    return float(stated) if isinstance(stated, int | float) else default_targets().rsrp_dbm
