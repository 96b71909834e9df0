"""What a party attests of a design: clauses judged, open items, evidence and validity, ready to be signed.

A second or third party issues a certificate. What the owner signs of his own design is a report, in every text.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.conformance.evidence import File, design_hash
from setsail.conformance.findings import VERDICTS, Finding, Judged
from setsail.conformance.keys import Level, PartyKey
from setsail.conformance.profile import Check, Profile
from setsail.conformance.signed import canonical, seal
from setsail.conformance.status import time_text
from setsail.site.model import Site
from setsail.store.canonical import sha256_text

NAME = "attestation"
SCHEMA = "setsail-attestation/1"
SPACE = uuid.UUID("5d6a6c2e-3f0b-5c0e-9c64-6d0f3f1c8a11")
"""Name space of the identifiers of everything issued here (RFC 9562, version 5)."""
VALID_DAYS = Limit("--valid-days", 1, 1827, "assumption: five years at most, then judged again")
DEVIATION_LENGTH = 1000
Kind = Literal["report", "certificate"]


@dataclass(frozen=True, slots=True)
class Terms:
    """What the party says beside the findings.

    level : whose attestation it is;  status_at : address or file of the status list;  deviations : what the party
    accepted otherwise than the profile says, in words (it lifts no failed check).
    """

    level: Level
    issued: datetime
    valid_days: float = 365
    status_at: str = ""
    deviations: tuple[str, ...] = ()
    accreditation: str = ""
    software: str = "setsail"
    standards: tuple[str, ...] = field(default=())


def kind_of(level: Level) -> Kind:
    """What the result of an attestation level is called."""
    return "report" if level == "first" else "certificate"


def hindrances(judged: Judged) -> list[dict[str, Any]]:
    """Why nothing can be attested: each failed check with its subjects; one entry without a check where none passed."""
    found = [f for f in judged.findings if f.verdict == "fail"]
    by_rule: dict[str, list[Finding]] = {}
    for finding in found:
        by_rule.setdefault(finding.rule, []).append(finding)
    told: list[dict[str, Any]] = [
        {"rule": rule, "reason": "failed", "label": fs[0].check.label(), "subjects": [f.subject for f in fs]}
        for rule, fs in by_rule.items()
    ]
    if not told and not any(f.verdict == "pass" for f in judged.findings):
        told = [{"rule": "", "reason": "no check passed", "label": "", "subjects": []}]
    return told


def content(judged: Judged, site: Site, files: Sequence[File], key: PartyKey, terms: Terms) -> dict[str, Any]:
    """What is signed. Raises BadInput for terms that cannot be, or a judgement with failed checks."""
    _require_sound(judged, terms)
    body: dict[str, Any] = {
        "schema": SCHEMA,
        "kind": kind_of(terms.level),
        "scope": judged.stage,
        "attestation": {
            "level": terms.level, "party": key.party, "key": key.kid, "accreditation": terms.accreditation,
        },
        "object": {
            "site": site.site, "name": site.name, "synthetic": site.synthetic, "design_sha256": design_hash(files),
        },
        "profile": _profile(judged.profile),
        "issued": time_text(terms.issued),
        "valid_until": time_text(terms.issued + timedelta(days=terms.valid_days)),
        "status": {"at": terms.status_at},
        "totals": judged.totals(),
        "counts": judged.counts(),
        "clauses": _clauses(judged),
        "open": _open(judged),
        "deviations": list(terms.deviations),
        "evidence": [asdict(f) for f in files],
        "findings_sha256": sha256_text(canonical(judged.record(), "findings").decode()),
        "software": terms.software,
        "standards": sorted(set(terms.standards) | _documents(judged)),
    }  # fmt: skip
    return {"id": f"urn:uuid:{uuid.uuid5(SPACE, canonical(body, NAME).decode())}", **body}


def issued(body: dict[str, Any], key: PartyKey) -> bytes:
    """The signed file of what `content` gave. Raises BadInput."""
    return seal(NAME, body, key)


def _require_sound(judged: Judged, terms: Terms) -> None:
    VALID_DAYS.require(terms.valid_days)
    hindered = hindrances(judged)
    if hindered:
        named = ", ".join(h["rule"] for h in hindered if h["rule"])
        raise BadInput(
            f"has failed checks: {named}" if named else "has no check that passed",
            where=judged.site, allowed="a design without failed checks", hint="setsail conformance report",
        )  # fmt: skip
    for text in terms.deviations:
        if not text.strip() or len(text) > DEVIATION_LENGTH:
            raise BadInput(f"has {len(text)} characters", where="--deviation", allowed=f"1 to {DEVIATION_LENGTH}")


def _profile(profile: Profile) -> dict[str, Any]:
    said = asdict(profile)
    said.pop("slots")
    return {
        "id": profile.profile, "version": profile.version, "name": profile.name_en, "note": profile.note_en,
        "sha256": sha256_text(canonical(said, "profile").decode()),
    }  # fmt: skip


def _clauses(judged: Judged) -> list[dict[str, Any]]:
    """Each check that was judged: its source, its verdicts and the size of the samples behind them."""
    by_check: dict[str, list[Finding]] = {}
    for finding in judged.findings:
        by_check.setdefault(finding.rule, []).append(finding)
    return [_clause(findings) for findings in by_check.values()]


def _clause(findings: Sequence[Finding]) -> dict[str, Any]:
    check = findings[0].check
    verdicts = Counter(f.verdict for f in findings)
    samples = [f.fact.n for f in findings if f.fact.n is not None]
    return {
        **_reference(check),
        "label": check.label(),
        "verdict": worst(verdicts),
        "verdicts": {v: verdicts[v] for v in VERDICTS if verdicts[v]},
        "subjects": len(findings),
        "evidence": sorted({f.fact.evidence for f in findings}),
        "samples": {"least": min(samples), "sum": sum(samples)} if samples else None,
        "verified": all(f.verified for f in findings),
    }


def worst(verdicts: Counter[Any]) -> str:
    """The verdict that speaks for several: fail, else inconclusive, else not measurable, else pass."""
    order = ("fail", "inconclusive", "not_measurable", "pass")
    return next(v for v in order if verdicts[v])


def _reference(check: Check) -> dict[str, Any]:
    return {
        "rule": check.check, "rule_version": check.version, "dimension": check.dimension, "document": check.document,
        "edition": check.edition, "clause": check.clause, "clause_ref": check.clause_ref, "kind": check.kind,
    }  # fmt: skip


def _open(judged: Judged) -> list[dict[str, Any]]:
    """What was not shown: inconclusive and not measurable checks with their first reason, and slots without a limit."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in judged.findings:
        if finding.verdict in {"inconclusive", "not_measurable"}:
            groups.setdefault((finding.rule, finding.verdict), []).append(finding)
    told = [
        {"rule": rule, "why": verdict, "subjects": len(fs), "reason": fs[0].cause}
        for (rule, verdict), fs in groups.items()
    ]
    return told + [{"rule": r, "why": "no_limit_stated", "subjects": 0, "reason": ""} for r in judged.open_slots]


def _documents(judged: Judged) -> set[str]:
    found = {f.check for f in judged.findings}
    return {" ".join(part for part in (c.document, c.edition) if part) for c in found}
