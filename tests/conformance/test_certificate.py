"""Attestations: what is attested, by whom, whether it still stands, and whether the evidence is the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput, OutOfRange, StoreConflict
from setsail.conformance import certificate, checking, evidence, keys, signed, status
from setsail.conformance.keys import PartyKey
from tests.conformance import sample

NOW = sample.NOW


@pytest.fixture
def signer(tmp_path: Path) -> PartyKey:
    keys.create(tmp_path / "a.json", "Invented Assessors")
    return keys.read_private(tmp_path / "a.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return sample.folder(tmp_path / "bay")


def trust(tmp_path: Path, levels: tuple[keys.Level, ...] = keys.LEVELS, party: str | None = None) -> list[PartyKey]:
    (one,) = keys.read_trust([tmp_path / "a.pub.json"])
    return [replace(one, levels=levels, party=party or one.party)]


def body_of(signer: PartyKey, folder: Path, level: keys.Level = "third", **terms: Any) -> dict[str, Any]:
    said = certificate.Terms(level, NOW, **terms)
    return certificate.content(sample.judged(failing=False), sample.site(), evidence.of_folder(folder), signer, said)


def written(tmp_path: Path, signer: PartyKey, body: dict[str, Any]) -> Path:
    path = tmp_path / "certificate.json"
    path.write_bytes(certificate.issued(body, signer))
    return path


def test_certificate_of_a_sound_design_is_good(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    found = checking.answer(path, trust(tmp_path), NOW + timedelta(days=1), site=folder)
    assert found.good
    assert (found.signature, found.trusted, found.standing, found.evidence) == ("intact", True, "valid", "matches")
    assert "not checked: no --status" in found.standing_reason


def test_certificate_holds_what_was_judged_and_what_is_open(signer: PartyKey, folder: Path) -> None:
    body = body_of(signer, folder, deviations=("the roof is left out",), status_at="status.json")
    assert body["scope"] == "design"
    assert body["attestation"] == {
        "level": "third", "party": "Invented Assessors", "key": signer.kid, "accreditation": "",
    }  # fmt: skip
    assert body["profile"]["id"] == "sample"
    assert body["profile"]["version"] == "1.0"
    by_rule = {c["rule"]: c for c in body["clauses"]}
    assert by_rule["perf.rsrp"]["verdict"] == "pass"
    assert by_rule["perf.rsrp"]["subjects"] == 9
    assert by_rule["rel.second"]["verdict"] == "inconclusive"
    assert {o["rule"]: o["why"] for o in body["open"]} == {
        "rel.second": "inconclusive", "fun.voice": "not_measurable", "fun.slot": "no_limit_stated",
    }  # fmt: skip
    assert {f["path"] for f in body["evidence"]} == {"site.toml", "heads.csv", "floors/1.geojson"}
    assert body["standards"] == ["3GPP TS 23.501 19.7.0", "operator practice"]
    assert body["deviations"] == ["the roof is left out"]
    assert (body["issued"], body["valid_until"]) == ("2026-11-21T09:30:00Z", "2027-11-21T09:30:00Z")


def test_samples_behind_measured_verdicts_are_stated(signer: PartyKey, folder: Path) -> None:
    judged = sample.judged(failing=False)
    measured = tuple(
        f._replace(fact=replace(f.fact, evidence="measured", n=300 + k)) if f.rule == "perf.rsrp" else f
        for k, f in enumerate(judged.findings)
    )
    body = certificate.content(
        replace(judged, findings=measured, stage="accept"), sample.site(), evidence.of_folder(folder), signer,
        certificate.Terms("second", NOW),
    )  # fmt: skip
    (clause,) = [c for c in body["clauses"] if c["rule"] == "perf.rsrp"]
    assert clause["samples"] == {"least": 300, "sum": sum(range(300, 309))}
    assert clause["evidence"] == ["measured"]
    assert body["scope"] == "accept"


def test_first_party_result_is_a_report_and_no_certificate(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    body = body_of(signer, folder, "first")
    assert body["kind"] == "report"
    assert checking.answer(written(tmp_path, signer, body), trust(tmp_path), NOW).good
    forged = body | {"kind": "certificate"}
    found = checking.answer(written(tmp_path, signer, forged), trust(tmp_path), NOW)
    assert found.signature == "not intact"
    assert not found.good


def test_design_with_failed_checks_is_not_attested(signer: PartyKey, folder: Path) -> None:
    judged = sample.judged(failing=True)
    told = certificate.hindrances(judged)
    assert {h["rule"] for h in told} == {"perf.rsrp", "perf.latency"}
    assert sum(len(h["subjects"]) for h in told) == sum(f.verdict == "fail" for f in judged.findings)
    with pytest.raises(BadInput, match=r"perf\.rsrp"):
        certificate.content(judged, sample.site(), evidence.of_folder(folder), signer, certificate.Terms("third", NOW))


def test_design_of_which_nothing_was_shown_is_not_attested(signer: PartyKey, folder: Path) -> None:
    judged = sample.judged(failing=False)
    empty = replace(judged, findings=tuple(f for f in judged.findings if f.verdict != "pass"))
    assert certificate.hindrances(empty)[0]["reason"] == "no check passed"
    with pytest.raises(BadInput, match="no check that passed"):
        certificate.content(empty, sample.site(), evidence.of_folder(folder), signer, certificate.Terms("third", NOW))


@pytest.mark.parametrize("days", [0.5, 0, -1, 1828, float("nan")])
def test_validity_outside_its_limit_is_refused(signer: PartyKey, folder: Path, days: float) -> None:
    with pytest.raises(OutOfRange):
        body_of(signer, folder, valid_days=days)


def test_same_design_at_the_same_time_gives_the_same_identifier(signer: PartyKey, folder: Path) -> None:
    first = body_of(signer, folder)
    assert body_of(signer, folder) == first
    (folder / "heads.csv").write_text("head\nH2\n", encoding="utf-8")
    assert body_of(signer, folder)["id"] != first["id"]


def test_every_byte_of_a_certificate_counts(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    data, trusted = path.read_bytes(), trust(tmp_path)
    for place in range(len(data)):
        flipped = bytearray(data)
        flipped[place] ^= 0x01 if data[place] != 0x7F else 0x02
        path.write_bytes(flipped)
        assert not checking.answer(path, trusted, NOW).good, place


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda b: b["attestation"].update(party="Another Body"), "names the party"),
        (lambda b: b["attestation"].update(key="someone"), "names the key"),
    ],
)
def test_party_and_key_inside_must_be_those_of_the_signer(
    tmp_path: Path, signer: PartyKey, folder: Path, change: Callable[[Any], None], told: str
) -> None:
    body = body_of(signer, folder)
    change(body)
    found = checking.answer(written(tmp_path, signer, body), trust(tmp_path), NOW)
    assert found.signature == "intact"
    assert not found.trusted
    assert told in found.trusted_reason
    assert not found.good


def test_signer_is_trusted_only_for_the_levels_of_the_verifiers_file(
    tmp_path: Path, signer: PartyKey, folder: Path
) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    found = checking.answer(path, trust(tmp_path, levels=("first", "second")), NOW)
    assert (found.signature, found.trusted, found.good) == ("intact", False, False)
    assert "not for third party" in found.trusted_reason


def test_verifiers_name_of_the_party_counts(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    assert not checking.answer(path, trust(tmp_path, party="Another Body"), NOW).good


def test_certificate_of_an_unknown_key_is_not_checked(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    _, other = keys.create(tmp_path / "b.json", "Invented Assessors")
    found = checking.answer(path, keys.read_trust([other]), NOW)
    assert (found.signature, found.trusted, found.content, found.good) == ("not checked", False, None, False)


def test_forged_certificate_signed_by_its_forger_under_a_trusted_name_is_refused(
    tmp_path: Path, signer: PartyKey, folder: Path
) -> None:
    forger, _ = keys.create(tmp_path / "f.json", "Invented Assessors")
    body = body_of(replace(forger, kid=signer.kid), folder)
    found = checking.answer(written(tmp_path, replace(forger, kid=signer.kid), body), trust(tmp_path), NOW)
    assert (found.signature, found.good) == ("not intact", False)


def test_fields_swapped_between_two_certificates_are_met(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    first = json.loads(certificate.issued(body_of(signer, folder), signer))
    second = json.loads(certificate.issued(body_of(signer, folder, valid_days=1000), signer))
    path = tmp_path / "certificate.json"
    for name in ("valid_until", "id"):
        mixed = {"attestation": first["attestation"] | {name: second["attestation"][name]}, "jws": first["jws"]}
        path.write_bytes(signed.canonical(mixed, "mixed"))
        assert checking.answer(path, trust(tmp_path), NOW).signature == "not intact"
    path.write_bytes(signed.canonical(first | {"jws": second["jws"]}, "mixed"))
    assert checking.answer(path, trust(tmp_path), NOW).signature == "not intact"


@pytest.mark.parametrize(
    ("seconds", "standing"),
    [(-1, "not yet valid"), (0, "valid"), (365 * 86400 - 1, "valid"), (365 * 86400, "expired")],
)
def test_dates_hold_to_the_second(tmp_path: Path, signer: PartyKey, folder: Path, seconds: int, standing: str) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    found = checking.answer(path, trust(tmp_path), NOW + timedelta(seconds=seconds))
    assert found.standing == standing
    assert found.good == (standing == "valid")


@pytest.mark.parametrize("content", [{}, {"schema": "x"}, {"attestation": "third"}, {"id": 5}])
def test_signed_content_that_is_no_attestation_is_refused(
    tmp_path: Path, signer: PartyKey, folder: Path, content: dict[str, Any]
) -> None:
    body = body_of(signer, folder) | content if content else {}
    found = checking.answer(written(tmp_path, signer, body), trust(tmp_path), NOW)
    assert (found.signature, found.good) == ("not intact", False)


def test_evidence_changed_missing_or_added_is_named(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    (folder / "heads.csv").write_text("head\nH2\n", encoding="utf-8")
    (folder / "floors" / "1.geojson").unlink()
    (folder / "flows.csv").write_text("flow\n", encoding="utf-8")
    (folder / "notes.txt").write_text("no evidence", encoding="utf-8")
    found = checking.answer(path, trust(tmp_path), NOW, site=folder)
    assert found.difference == evidence.Difference(("heads.csv",), ("floors/1.geojson",), ("flows.csv",))
    assert (found.signature, found.evidence, found.good) == ("intact", "differs", False)


def test_folder_that_is_no_site_has_no_evidence(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no folder"):
        evidence.of_folder(tmp_path / "none")
    (tmp_path / "empty").mkdir()
    with pytest.raises(BadInput, match="no file of a site"):
        evidence.of_folder(tmp_path / "empty")


# ---- status lists ----


def listed(tmp_path: Path, signer: PartyKey, ident: str, state: str, days: float = 0, **how: Any) -> Path:
    path = tmp_path / "status.json"
    _, data = status.changed(
        path, ident, state, reason="under review", key=signer, now=NOW + timedelta(days=days), **how
    )
    path.write_bytes(data)
    return path


def test_suspended_certificate_is_told_and_can_be_restored(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    body = body_of(signer, folder)
    path, at = written(tmp_path, signer, body), NOW + timedelta(days=5)
    lists = listed(tmp_path, signer, body["id"], "suspended", 1)
    found = checking.answer(path, trust(tmp_path), at, status_list=lists)
    assert (found.standing, found.good) == ("suspended", False)
    assert "under review" in found.standing_reason
    listed(tmp_path, signer, body["id"], "valid", 2)
    found = checking.answer(path, trust(tmp_path), at, status_list=lists)
    assert (found.standing, found.good) == ("valid", True)


def test_withdrawal_is_final_and_stands_in_a_stale_list_too(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    body = body_of(signer, folder)
    path = written(tmp_path, signer, body)
    lists = listed(tmp_path, signer, body["id"], "withdrawn", fresh_days=1)
    with pytest.raises(StoreConflict, match="for good"):
        listed(tmp_path, signer, body["id"], "valid", 1)
    late = NOW + timedelta(days=900)
    assert checking.answer(path, trust(tmp_path), late, status_list=lists).standing == "withdrawn"


def test_certificate_that_the_list_does_not_name_is_valid_while_the_list_is_fresh(
    tmp_path: Path, signer: PartyKey, folder: Path
) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    lists = listed(tmp_path, signer, "urn:uuid:another", "suspended", fresh_days=2)
    for seconds, standing in ((0, "valid"), (2 * 86400 - 1, "valid"), (2 * 86400, "unknown")):
        found = checking.answer(path, trust(tmp_path), NOW + timedelta(seconds=seconds), status_list=lists)
        assert found.standing == standing
        assert found.good == (standing == "valid")
    assert "stale" in found.standing_reason


def test_list_of_a_time_to_come_does_not_speak_for_valid(tmp_path: Path, signer: PartyKey, folder: Path) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    lists = listed(tmp_path, signer, "urn:uuid:another", "suspended", 3)
    found = checking.answer(path, trust(tmp_path), NOW + timedelta(days=1), status_list=lists)
    assert (found.standing, found.good) == ("unknown", False)


def test_list_of_another_signer_or_with_a_changed_byte_says_nothing(
    tmp_path: Path, signer: PartyKey, folder: Path
) -> None:
    path = written(tmp_path, signer, body_of(signer, folder))
    other, public = keys.create(tmp_path / "b.json", "Another Body")
    lists = listed(tmp_path, other, "urn:uuid:another", "suspended")
    both = [*trust(tmp_path), *keys.read_trust([public])]
    assert checking.answer(path, both, NOW, status_list=lists).standing == "unknown"
    lists.unlink()
    data = listed(tmp_path, signer, "urn:uuid:another", "suspended").read_bytes()
    for place in range(0, len(data), 7):
        flipped = bytearray(data)
        flipped[place] ^= 0x01
        lists.write_bytes(flipped)
        assert checking.answer(path, trust(tmp_path), NOW, status_list=lists).standing == "unknown", place


def test_list_of_another_signer_is_not_written_over(tmp_path: Path, signer: PartyKey) -> None:
    other, _ = keys.create(tmp_path / "b.json", "Another Body")
    listed(tmp_path, signer, "urn:uuid:1", "suspended")
    with pytest.raises(StoreConflict):
        listed(tmp_path, other, "urn:uuid:1", "valid")
    (tmp_path / "status.json").write_text("{}", encoding="utf-8")
    with pytest.raises(StoreConflict):
        listed(tmp_path, signer, "urn:uuid:1", "valid")


@pytest.mark.parametrize(
    "how", [{"state": "lost"}, {"reason": " "}, {"reason": "x" * 501}, {"fresh_days": 0.9}, {"fresh_days": 367}]
)
def test_status_that_cannot_be_is_refused(tmp_path: Path, signer: PartyKey, how: dict[str, Any]) -> None:
    given: dict[str, Any] = {"state": "suspended", "reason": "r", "fresh_days": 30} | how
    with pytest.raises(BadInput):
        status.changed(tmp_path / "s.json", "urn:uuid:1", given.pop("state"), key=signer, now=NOW, **given)
