"""Whether to rely on an attestation: signature, signer, status, scope and evidence, each said by itself, offline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from setsail.base.errors import BadInput
from setsail.conformance import certificate, evidence, pades, status
from setsail.conformance.evidence import Difference
from setsail.conformance.keys import LEVELS, PartyKey
from setsail.conformance.profile import STAGES
from setsail.conformance.signed import NotIntact, Opened, read_bytes, unseal

Signature = Literal["intact", "not intact", "not checked"]
Standing = Literal["valid", "suspended", "withdrawn", "expired", "not yet valid", "unknown"]
Evidence = Literal["matches", "differs", "not checked"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Each question with its answer and the reason for it; `good` is true where nothing stands against relying on it.

    content : what was signed, None where the signature does not hold with a trusted key.
    """

    signature: Signature
    signature_reason: str
    trusted: bool
    trusted_reason: str
    standing: Standing = "unknown"
    standing_reason: str = "not read: the signature comes first"
    evidence: Evidence = "not checked"
    evidence_reason: str = "no --site was given"
    content: dict[str, Any] | None = None
    difference: Difference | None = field(default=None)

    @property
    def good(self) -> bool:
        """Intact, by a trusted signer, valid, and with no evidence that differs."""
        return self.signature == "intact" and self.trusted and self.standing == "valid" and self.evidence != "differs"


def answer(
    path: Path, trust: Sequence[PartyKey], now: datetime, *, status_list: Path | None = None, site: Path | None = None
) -> Answer:
    """What can be said of the attestation in a JSON or PDF file. Raises BadInput where a file named is not there."""
    data = read_bytes(path)
    try:
        opened = _opened(data, trust)
        body = opened.content
        if opened.key is None:
            reason = f"no --trust file holds its key {opened.kid[:64]!r}"
            return Answer("not checked", reason, False, reason)
        _require_shape(body)
    except NotIntact as err:
        return Answer("not intact", str(err), False, "not asked: the signature does not hold")
    trusted, why = _trusted(body, opened.key)
    standing, since = _standing(body, opened.key, now, status_list)
    difference = evidence.compared(_files(body), site) if site is not None else None
    return Answer(
        signature="intact", signature_reason=f"every byte as signed by the key {opened.kid}",
        trusted=trusted, trusted_reason=why, standing=standing, standing_reason=since,
        evidence="not checked" if difference is None else "matches" if difference.none else "differs",
        evidence_reason=_told(difference), content=body, difference=difference,
    )  # fmt: skip


def _opened(data: bytes, trust: Sequence[PartyKey]) -> Opened:
    if data.startswith(b"%PDF"):
        return pades.opened(data, trust)
    return unseal(certificate.NAME, data, trust)


def _trusted(body: dict[str, Any], key: PartyKey) -> tuple[bool, str]:
    """Whether the signer is trusted for what it attests, by the verifier's own file."""
    said = body["attestation"]
    if said["key"] != key.kid:
        return False, f"it names the key {said['key']!r}, and is signed with {key.kid}"
    if said["party"] != key.party:
        return False, f"it names the party {said['party']!r}, the trusted key is that of {key.party!r}"
    if said["level"] not in key.levels:
        return False, f"{key.party!r} is trusted for {', '.join(key.levels)} party, not for {said['level']} party"
    return True, f"{key.party!r} is trusted for {said['level']}-party attestation by your file"


def _standing(body: dict[str, Any], key: PartyKey, now: datetime, path: Path | None) -> tuple[Standing, str]:
    """Dates first, then the status list where one is given."""
    begin, end = (status.time_of(body[k], k) for k in ("issued", "valid_until"))
    listed = _listed(body["id"], key, now, path) if path is not None else None
    if listed is not None and listed[0] == "withdrawn":
        return listed
    if now < begin:
        return "not yet valid", f"issued {body['issued']}, it is {status.time_text(now)}"
    if now >= end:
        return "expired", f"valid until {body['valid_until']}, it is {status.time_text(now)}"
    dates = f"from {body['issued']} until {body['valid_until']}"
    return listed or ("valid", f"{dates}; suspension and withdrawal not checked: no --status was given")


def _listed(ident: str, key: PartyKey, now: datetime, path: Path) -> tuple[Standing, str]:
    """What the signer's status list says; a stale list no longer speaks for `valid`."""
    try:
        found, signer = status.read(path, [key])
    except NotIntact as err:
        return "unknown", f"the status list {err}"
    if found.party != signer.party:
        return "unknown", f"the status list names the party {found.party!r}, its key is that of {signer.party!r}"
    entry = found.entry(ident)
    if entry is not None and entry.state != "valid":
        return entry.state, f"since {entry.since}: {entry.reason}"
    if status.time_of(found.issued, "issued") > now:
        return "unknown", f"the status list is of a time to come, {found.issued}"
    if status.time_of(found.next_update, "next_update") <= now:
        return "unknown", f"the status list is stale: it was fresh until {found.next_update}"
    return "valid", f"by its dates, and by the status list of {found.issued}, fresh until {found.next_update}"


def _files(body: dict[str, Any]) -> list[evidence.File]:
    return [evidence.File(**f) for f in body["evidence"]]


def _told(difference: Difference | None) -> str:
    if difference is None:
        return "no --site was given"
    if difference.none:
        return "every file of the folder has the hash that was signed"
    groups = (("changed", difference.changed), ("missing", difference.missing), ("not in it", difference.added))
    return "; ".join(f"{name}: {', '.join(files)}" for name, files in groups if files)


def _require_shape(body: dict[str, Any]) -> None:
    """Raises NotIntact where the content is not what `certificate.content` makes."""
    try:
        said = body["attestation"]
        sound = (
            body["schema"] == certificate.SCHEMA
            and said["level"] in LEVELS
            and body["kind"] == certificate.kind_of(said["level"])
            and body["scope"] in STAGES
            and isinstance(body["id"], str)
            and all(isinstance(v, str) for v in said.values())
        )
        _files(body)
        for name in ("issued", "valid_until"):
            status.time_of(body[name], name)
    except (KeyError, TypeError, AttributeError, BadInput) as err:
        raise NotIntact(f"is signed, and is no {certificate.SCHEMA}: {err}") from err
    if not sound:
        raise NotIntact(f"is signed, and is no {certificate.SCHEMA}")


def identifier(path: Path, signer: PartyKey) -> str:
    """The identifier of an attestation that this key signed. Raises BadInput for any other file."""
    try:
        opened = _opened(read_bytes(path), [signer])
    except NotIntact as err:
        raise _foreign(path, str(err)) from err
    if opened.key is None:
        raise _foreign(path, f"is signed by another key, {opened.kid[:64]!r}")
    try:
        _require_shape(opened.content)
    except NotIntact as err:
        raise _foreign(path, str(err)) from err
    return str(opened.content["id"])


def _foreign(path: Path, why: str) -> BadInput:
    return BadInput(why, where=str(path), allowed="an attestation signed with --key")
