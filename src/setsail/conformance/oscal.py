"""A judgement in the shape of OSCAL assessment results: observations, findings, risks and evidence.

Source: NIST OSCAL 1.1.3, assessment results model (JSON). One observation per finding of ours, one OSCAL finding per
check: a check is satisfied where every one of its subjects passes. Identifiers are version 5: the same input gives the
same file.
"""

from __future__ import annotations

import json
import uuid
from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from setsail.base.record import Record
from setsail.conformance.certificate import SPACE, worst
from setsail.conformance.evidence import File, design_hash
from setsail.conformance.findings import Finding, Judged
from setsail.conformance.status import time_text

VERSION = "1.1.3"
NAMESPACE = "urn:setsail:conformance"
METHOD = {"computed": "EXAMINE", "measured": "TEST", "declared": "INTERVIEW"}
"""How OSCAL calls the way in which a value was found."""
REASON = {"pass": "pass", "fail": "fail", "inconclusive": "other", "not_measurable": "other"}
DECIMALS = 12


def assessment_results(
    judged: Judged, files: Sequence[File], made: datetime, software: str, *, name: str = ""
) -> dict[str, Any]:
    """The whole document. files : the evidence;  name : of the site, its id by default."""
    seed = f"{judged.site}/{judged.profile.profile}/{judged.profile.version}/{judged.stage}/{design_hash(files)}"
    at = time_text(made)
    resources = [_resource(seed, f) for f in files]
    result: Record = {
        "uuid": _uuid(seed, "result", at),
        "title": f"{judged.profile.name_en} {judged.profile.version}, stage {judged.stage}",
        "description": _summary(judged),
        "start": at,
        "end": at,
        "props": [_prop("stage", judged.stage), *(_prop(f"findings-{v}", n) for v, n in judged.totals().items())],
        "reviewed-controls": _reviewed(judged),
    }
    by_check: dict[str, list[Finding]] = {}
    for finding in judged.findings:
        by_check.setdefault(finding.rule, []).append(finding)
    lists = {
        "observations": [_observation(seed, f, at, resources) for f in judged.findings],
        "risks": [_risk(seed, fs) for fs in by_check.values() if _failed(fs)],
        "findings": [_finding(seed, fs) for fs in by_check.values()],
    }
    document: Record = {
        "uuid": _uuid(seed, "document", at),
        "metadata": {
            "title": f"Conformance of {name or judged.site}",
            "last-modified": at,
            "version": judged.profile.version,
            "oscal-version": VERSION,
            "props": [_prop("software", software), _prop("profile", judged.profile.profile)],
            "remarks": judged.profile.note_en or "none",
        },
        "import-ap": {"href": f"#{_uuid(seed, 'profile')}", "remarks": "The profile stands for the assessment plan."},
        "results": [result | {key: found for key, found in lists.items() if found}],
        "back-matter": {"resources": [_profile(seed, judged), *resources]},
    }
    return {"assessment-results": document}


def _summary(judged: Judged) -> str:
    totals = ", ".join(f"{n} {v.replace('_', ' ')}" for v, n in judged.totals().items())
    open_ = f"; open slots: {', '.join(judged.open_slots)}" if judged.open_slots else ""
    return f"{len(judged.findings)} findings: {totals}{open_}"


def _reviewed(judged: Judged) -> Record:
    rules = list(dict.fromkeys(f.rule for f in judged.findings))
    chosen: Record = {"include-controls": [{"control-id": r} for r in rules]} if rules else {"include-all": {}}
    return {"control-selections": [chosen]}


def _observation(seed: str, finding: Finding, at: str, resources: Sequence[Record]) -> Record:
    fact, check = finding.fact, finding.check
    props = [
        ("verdict", finding.verdict), ("met", _text(finding.met)), ("op", check.op),
        ("required", _text(finding.required)), ("unit", check.unit), ("margin", _text(finding.margin)),
        ("dimension", finding.dimension), ("fact", fact.key), ("n", _text(fact.n)),
        ("confidence", _text(fact.confidence)), ("verified", _text(finding.verified)), ("kind", finding.kind),
    ]  # fmt: skip
    return {
        "uuid": _observed(seed, finding),
        "title": f"{check.label()}: {finding.subject}",
        "description": finding.cause or f"{finding.subject} is {_text(finding.met) or 'unknown'} {check.unit}".strip(),
        "props": [_prop(name, value) for name, value in props if value],
        "methods": [METHOD[fact.evidence]],
        "types": ["finding"],
        "subjects": [_subject(finding.subject)],
        "relevant-evidence": _evidence(finding, resources),
        "collected": at,
    }


def _evidence(finding: Finding, resources: Sequence[Record]) -> list[Record]:
    """The files that a fact names, by their hash; other sources in words."""
    by_name = {r["title"]: r["uuid"] for r in resources}
    told: list[Record] = [
        {"href": f"#{by_name[s]}", "description": s} if s in by_name else {"description": s}
        for s in dict.fromkeys(s for s in finding.fact.sources if s)
    ]
    return told or [{"description": "the design, as hashed in the back matter"}]


def _finding(seed: str, findings: Sequence[Finding]) -> Record:
    check = findings[0].check
    verdicts = Counter(f.verdict for f in findings)
    said = worst(verdicts)
    counts = ", ".join(f"{n} {v.replace('_', ' ')}" for v, n in verdicts.items())
    found: Record = {
        "uuid": _uuid(seed, "finding", check.check),
        "title": check.label(),
        "description": f"{counts}. Source: {check.source}",
        "props": [_prop("verdict", said), _prop("kind", check.kind), _prop("source-mark", check.mark)],
        "target": {
            "type": "objective-id",
            "target-id": check.check,
            "status": {"state": "satisfied" if said == "pass" else "not-satisfied", "reason": REASON[said]},
        },
        "related-observations": [{"observation-uuid": _observed(seed, f)} for f in findings],
    }
    return found | ({"related-risks": [{"risk-uuid": _uuid(seed, "risk", check.check)}]} if _failed(findings) else {})


def _risk(seed: str, findings: Sequence[Finding]) -> Record:
    """What a failed check means, and its remedy."""
    check = findings[0].check
    failures = [f for f in findings if f.verdict == "fail"]
    risk: Record = {
        "uuid": _uuid(seed, "risk", check.check),
        "title": f"Not met: {check.label()}",
        "description": f"{len(failures)} of {len(findings)} subjects fail, as {failures[0].severity.replace('_', ' ')}",
        "statement": failures[0].cause or check.label(),
        "status": "open",
        "related-observations": [{"observation-uuid": _observed(seed, f)} for f in failures],
    }
    remedy = {
        "uuid": _uuid(seed, "remedy", check.check), "lifecycle": "recommendation", "title": "What to try",
        "description": check.remedy(),
    }  # fmt: skip
    return risk | ({"remediations": [remedy]} if check.remedy() else {})


def _failed(findings: Sequence[Finding]) -> bool:
    return any(f.verdict == "fail" for f in findings)


def _observed(seed: str, finding: Finding) -> str:
    return _uuid(seed, "observation", finding.rule, finding.subject, finding.fact.key)


def _subject(subject: str) -> Record:
    """A subject is known by its name; the same one has the same identifier in every judgement."""
    return {"subject-uuid": _uuid("subject", subject), "type": subject.partition(":")[0] or "site", "title": subject}


def _resource(seed: str, file: File) -> Record:
    return {
        "uuid": _uuid(seed, "file", file.role, file.path),
        "title": file.path,
        "props": [_prop("role", file.role)],
        "rlinks": [{"href": file.path, "hashes": [{"algorithm": "SHA-256", "value": file.sha256}]}],
    }


def _profile(seed: str, judged: Judged) -> Record:
    profile = judged.profile
    return {
        "uuid": _uuid(seed, "profile"),
        "title": f"{profile.name_en} {profile.version}",
        "description": profile.note_en or profile.name_en,
        "props": [_prop("profile", profile.profile)],
    }


def _prop(name: str, value: object) -> Record:
    return {"name": name.replace("_", "-"), "ns": NAMESPACE, "value": str(value)}


def _text(value: object) -> str:
    """A value as a property holds it; empty where there is none."""
    if value is None or value == "":
        return ""
    if isinstance(value, float):
        return json.dumps(float(f"{value:.{DECIMALS}g}"))
    return str(value).lower() if isinstance(value, bool) else str(value)


def _uuid(*parts: str) -> str:
    return str(uuid.uuid5(SPACE, "\x1f".join(parts)))
