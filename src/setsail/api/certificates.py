"""Reports, keys, certificates and their status."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from setsail.base.record import Record
    from setsail.conformance.checking import Answer
    from setsail.conformance.evidence import File
    from setsail.conformance.verify_facts import Assessed


def conformance_report(
    folder: Path,
    *,
    now: datetime,
    out: Path,
    json: Path | None = None,
    profile: str = "hospital",
    slots: Path | None = None,
    stage: str = "design",
    log: Path | None = None,
    probe: Path | None = None,
    language: str = "en",
) -> Record:
    """Writes the report of a site's folder as PDF, and the same judgement as OSCAL assessment results.

    log, probe : of the built network, for the stages accept and operate.
    Raises BadInput, UnknownName, MissingExtra (no typst, or no font for the language); then nothing is written.
    """
    from setsail.conformance.report.gather import gathered
    from setsail.conformance.report.making import report_json, report_pdf
    from setsail.conformance.report.typeset import fonts_for
    from setsail.conformance.report.words import words_of

    words_of(language)
    fonts_for(language)
    _require_apart([out, json])
    assessed, files = _judging(folder, profile, slots, stage, log=log, probe=probe)
    inputs = gathered(assessed, files, now, _software())
    made = {out: report_pdf(inputs, language)} | ({json: report_json(inputs).encode()} if json else {})
    _write(made)
    totals = assessed.judged.totals()
    return {"report": str(out), "json": str(json) if json else None, "failed": assessed.judged.failed, **totals}


def conformance_key_create(
    out: Path, *, party: str, levels: Sequence[str] = ("first", "second", "third"), algorithm: str = "Ed25519"
) -> Record:
    """Writes a new key (mode 0600) and its public half beside it; never over a file that is there.

    levels : proposed in the public half; a verifier's own copy decides. Raises BadInput, StoreConflict.
    """
    from setsail.conformance.keys import create

    key, public = create(out, party, levels, algorithm)
    return {
        "party": key.party, "key": key.kid, "algorithm": key.algorithm, "private": str(out), "public": str(public),
        "levels": list(key.levels),
    }  # fmt: skip


def conformance_certify(
    folder: Path,
    *,
    level: str,
    key: Path,
    out: Path,
    now: datetime,
    pdf: Path | None = None,
    profile: str = "hospital",
    slots: Path | None = None,
    stage: str = "design",
    log: Path | None = None,
    probe: Path | None = None,
    valid_days: float = 365,
    status_at: str = "",
    deviations: Sequence[str] = (),
    accreditation: str = "",
    language: str = "en",
) -> Record:
    """Attests a design without failed checks: a certificate by a second or third party, a report by the first.

    `issued` is False where checks failed, named in `hindrances`; then nothing is written. Raises BadInput, UnknownName,
    MissingExtra.
    """
    from setsail.conformance import certificate, evidence, keys
    from setsail.conformance.report.words import words_of

    words_of(language)
    _require_apart([out, pdf, key])
    signer, by = keys.read_private(key), keys.level(level)
    assessed, files = _judging(folder, profile, slots, stage, log=log, probe=probe)
    kind = certificate.kind_of(by)
    told: Record = {
        "kind": kind, "issued": False, "scope": assessed.judged.stage, "party": signer.party, "level": by,
        "totals": assessed.judged.totals(), "design_sha256": evidence.design_hash(files),
    }  # fmt: skip
    hindrances = certificate.hindrances(assessed.judged)
    if hindrances:
        return told | {"hindrances": hindrances}
    terms = certificate.Terms(by, now, valid_days, status_at, tuple(deviations), accreditation, software=_software())
    body = certificate.content(assessed.judged, assessed.site, files, signer, terms)
    made = {out: certificate.issued(body, signer)}
    if pdf is not None:
        made[pdf] = _paper(made[out], body, signer, language)
    _write(made)
    told |= {"issued": True, "hindrances": [], "id": body["id"], "valid_until": body["valid_until"]}
    return told | {"open": len(body["open"]), "certificate": str(out), "pdf": str(pdf) if pdf else None}


def conformance_verify_certificate(
    certificate: Path, *, trust: Sequence[Path], now: datetime, status: Path | None = None, site: Path | None = None
) -> Record:
    """What can be said of a certificate (JSON or PDF), offline: signature, signer, status, scope, evidence.

    trust : public keys that the verifier holds;  status : the signer's status list;  site : a folder to compare with.
    Raises BadInput where a file named is not there or is no key.
    """
    from setsail.conformance.checking import answer
    from setsail.conformance.keys import read_trust

    return _said(answer(certificate, read_trust(trust), now, status_list=status, site=site))


def conformance_status_set(
    path: Path, *, certificate: str, state: str, reason: str, key: Path, now: datetime, fresh_days: float = 30
) -> Record:
    """Sets what the signer says of one certificate, in his signed list; the list is made where there is none.

    certificate : its file, or its identifier. Raises BadInput, StoreConflict; then nothing is written.
    """
    from setsail.conformance import keys, status

    signer = keys.read_private(key)
    ident = _identifier(certificate, signer)
    made, data = status.changed(path, ident, state, reason=reason, key=signer, now=now, fresh_days=fresh_days)
    _write({path: data})
    entry = made.entry(ident)
    return {
        "certificate": ident, "status": state, "since": entry.since if entry else None, "list": str(path),
        "entries": len(made.entries), "next_update": made.next_update,
    }  # fmt: skip


def _judging(
    folder: Path, profile: str, slots: Path | None, stage: str, *, log: Path | None, probe: Path | None
) -> tuple[Assessed, tuple[File, ...]]:
    """The judgement of a folder at a stage, and its evidence. Raises BadInput."""
    from setsail.base.errors import BadInput
    from setsail.conformance.accept import Logs
    from setsail.conformance.judging import judge_folder
    from setsail.conformance.profile_reader import profile as read
    from setsail.conformance.profile_reader import stage_of

    if probe is not None and log is None:
        raise BadInput("is given without --log", where="--probe", allowed="a probe log beside a walk log")
    logs = Logs(log, probe) if log is not None else None
    return judge_folder(folder, read(profile, slots), stage_of(stage), logs=logs, slots=slots)


def _require_apart(paths: Sequence[Path | None]) -> None:
    """Raises BadInput where two files to be written, or read and written, are one."""
    from setsail.base.errors import BadInput

    named = [p.resolve() for p in paths if p is not None]
    twice = next((p for p in named if named.count(p) > 1), None)
    if twice is not None:
        raise BadInput("is named for two files", where=str(twice), hint="another name for one of them")


def _paper(signed: bytes, body: dict[str, Any], signer: Any, language: str) -> bytes:  # noqa: ANN401
    from setsail.conformance import pades, status
    from setsail.conformance.report.making import attestation_pdf

    begin, end = (status.time_of(body[name], name) for name in ("issued", "valid_until"))
    return pades.signed_pdf(attestation_pdf(signed, body, language, begin), signer, begin, end)


def _identifier(certificate: str, signer: Any) -> str:  # noqa: ANN401
    """The identifier of a certificate of this signer, from its file or as given. Raises BadInput."""
    from setsail.base.errors import BadInput
    from setsail.conformance.checking import identifier

    if certificate.startswith("urn:uuid:"):
        return certificate
    try:
        return identifier(Path(certificate), signer)
    except BadInput as err:
        raise BadInput(err.what, where=f"--certificate {certificate}", allowed=err.allowed, hint=err.hint) from err


def _said(found: Answer) -> Record:
    body = found.content or {}
    said = body.get("attestation", {})
    return {
        "good": found.good,
        "signature": found.signature, "signature_reason": found.signature_reason,
        "trusted": found.trusted, "trusted_reason": found.trusted_reason,
        "status": found.standing, "status_reason": found.standing_reason,
        "scope": body.get("scope"), "kind": body.get("kind"), "level": said.get("level"), "party": said.get("party"),
        "evidence": found.evidence, "evidence_reason": found.evidence_reason,
        "id": body.get("id"), "object": body.get("object"), "profile": body.get("profile"),
        "issued": body.get("issued"), "valid_until": body.get("valid_until"), "totals": body.get("totals"),
        "clauses": len(body.get("clauses", ())), "open": body.get("open"), "deviations": body.get("deviations"),
    }  # fmt: skip


def _software() -> str:
    from setsail import __version__

    return f"setsail {__version__}"


def _write(made: dict[Path, bytes]) -> None:
    """Writes files whole; all of them are made before the first is written."""
    from setsail.base.writing import whole_file

    for path, data in made.items():
        with whole_file(path) as temporary:
            temporary.write_bytes(data)
