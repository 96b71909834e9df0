"""What the pages of a certificate, or of an owner's report, say: the signed content in words."""

from __future__ import annotations

from typing import Any

from setsail.base.record import Record
from setsail.conformance.findings import VERDICTS
from setsail.conformance.report.content import plain_words, short
from setsail.conformance.report.words import Words, number

ATTACHED = "certificate.json"


def content(body: dict[str, Any], words: Words) -> Record:
    """What the template `certificate.typ` reads, from the content that is signed."""
    said, kind = body["attestation"], body["kind"]
    level = words(f"attestation.level.{said['level']}")
    return {
        "w": plain_words(words),
        "lang": words.language,
        "id": body["id"],
        "kind_word": words(f"attestation.{kind}"),
        "title": words(f"attestation.{kind}.of"),
        "object": body["object"]["name"] or body["object"]["site"],
        "party": said["party"],
        "profile": f"{body['profile']['name']} {body['profile']['version']}",
        "note": body["profile"]["note"],
        "says": words(f"attestation.{kind}.says", party=said["party"], level=level),
        "synthetic": body["object"]["synthetic"],
        "facts": _facts(body, words, level),
        "totals": [body["totals"][v] for v in VERDICTS],
        "clauses": [_clause(c) for c in body["clauses"]],
        "open": [_open(o, words) for o in body["open"]],
        "deviations": body["deviations"],
        "standards": body["standards"],
        "evidence": body["evidence"],
        "attachment_name": ATTACHED,
    }


def _facts(body: dict[str, Any], words: Words, level: str) -> list[Record]:
    said = body["attestation"]
    dates = words("attestation.from_until", begin=body["issued"], end=body["valid_until"])
    rows = [
        ("attestation.level", level),
        ("attestation.party", said["party"]),
        ("attestation.accreditation", said["accreditation"]),
        ("attestation.scope", words(f"attestation.scope.{body['scope']}")),
        ("attestation.valid", dates),
        ("attestation.status", body["status"]["at"] or words("attestation.status.none")),
        ("attestation.id", body["id"]),
        ("stamp.design", body["object"]["design_sha256"]),
        ("stamp.software", body["software"]),
        ("attestation.key", said["key"]),
    ]
    return [{"name": words(key), "value": value} for key, value in rows if value]


def _clause(clause: dict[str, Any]) -> Record:
    samples = clause["samples"]
    return {
        "sign": VERDICTS.index(clause["verdict"]),
        "label": clause["label"],
        "rule": clause["rule"],
        "clause": " ".join(clause[k] for k in ("document", "edition", "clause", "clause_ref") if clause[k]),
        "subjects": number(clause["subjects"]),
        "samples": f"≥ {number(samples['least'])}" if samples else "–",
    }


def _open(item: dict[str, Any], words: Words) -> Record:
    why = words(f"attestation.why.{item['why']}")
    return {"rule": item["rule"], "subjects": str(item["subjects"] or ""), "why": why, "reason": short(item["reason"])}
