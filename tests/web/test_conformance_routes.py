"""Profiles, reports and certificates over the web, and the public page that verifies a certificate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.conformance import certificate, keys
from setsail.web import site_tasks
from tests.web.asgi import Answer, Client
from tests.web.conftest import NOW, Server
from tests.web.test_sites import HERE, ORGANISATION, SITE, designed, hospital, work

__all__ = ["designed", "hospital"]
VERIFY = "/api/v1/conformance/verify"


def form(client: Client, **files: bytes) -> Answer:
    """A form as a browser sends it."""
    mark = "mark-of-the-form"
    heads = {n: f'--{mark}\r\ncontent-disposition: form-data; name="{n}"; filename="{n}.json"\r\n\r\n' for n in files}
    parts = b"".join(heads[name].encode() + content + b"\r\n" for name, content in files.items())
    return client.post(
        VERIFY,
        content=parts + f"--{mark}--\r\n".encode(),
        headers={"content-type": f"multipart/form-data; boundary={mark}"},
    )


@pytest.fixture
def signed(tmp_path: Path) -> dict[str, bytes]:
    """A certificate of an invented design, its signer's public key and the key of a stranger."""
    made = {}
    for name in ("signer", "stranger"):
        keys.create(tmp_path / f"{name}.json", f"{name} (invented)", ("second",), "Ed25519")
        made[name] = (tmp_path / f"{name}.pub.json").read_bytes()
    key = keys.read_private(tmp_path / "signer.json")
    body: dict[str, Any] = {
        "id": "urn:uuid:00000000-0000-5000-8000-000000000000", "schema": certificate.SCHEMA, "kind": "certificate",
        "scope": "design",
        "attestation": {"level": "second", "party": key.party, "key": key.kid, "accreditation": ""},
        "object": {"site": "s", "name": "Invented", "synthetic": True, "design_sha256": "0" * 64},
        "profile": {"id": "hospital", "version": "1", "name": "x", "note": "", "sha256": "0" * 64},
        "issued": "2026-02-01T00:00:00Z", "valid_until": "2027-02-01T00:00:00Z", "status": {"at": ""},
        "totals": {"pass": 1, "fail": 0, "inconclusive": 0, "not_measurable": 0}, "counts": {}, "clauses": [],
        "open": [], "deviations": [], "evidence": [], "findings_sha256": "0" * 64, "software": "test", "standards": [],
    }  # fmt: skip
    return made | {"certificate": certificate.issued(body, key)}


def test_anyone_verifies_a_certificate_without_signing_in(server: Server, signed: dict[str, bytes]) -> None:
    told = form(Client(server.app), certificate=signed["certificate"], trust=signed["signer"]).json()
    assert (told["signature"], told["trusted"], told["status"], told["scope"]) == ("intact", True, "valid", "design")
    assert told["good"] is True


def test_strange_key_and_changed_content_are_told_apart(server: Server, signed: dict[str, bytes]) -> None:
    client = Client(server.app)
    strange = form(client, certificate=signed["certificate"], trust=signed["stranger"]).json()
    assert (strange["signature"], strange["good"]) == ("not checked", False)
    document = json.loads(signed["certificate"])
    text = json.dumps(document).replace("A", "B", 1).encode()
    changed = form(client, certificate=text, trust=signed["signer"]).json()
    assert changed["good"] is False
    assert changed["signature"] != "intact"


@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"{}", b"%PDF-1.7 none", b'{"a": ' * 2000])
def test_rubbish_as_certificate_is_never_good_and_no_fault_of_ours(
    server: Server, signed: dict[str, bytes], content: bytes
) -> None:
    found = form(Client(server.app), certificate=content, trust=signed["signer"])
    assert found.status_code in {200, 422}
    assert found.status_code == 422 or found.json()["good"] is False
    assert "/tmp" not in found.text


def test_trust_file_that_is_none_is_refused_by_its_name(server: Server, signed: dict[str, bytes]) -> None:
    found = form(Client(server.app), certificate=signed["certificate"], trust=b"[]")
    assert found.status_code == 422
    assert found.error["where"].startswith("trust")


def test_certificate_that_is_too_long_is_refused(server: Server, signed: dict[str, bytes]) -> None:
    found = form(Client(server.app), certificate=b"x" * (8 * 1024 * 1024 + 1), trust=signed["signer"])
    assert found.status_code in {413, 422}


def test_profiles_are_those_of_the_command(server: Server) -> None:
    client = server.client("viewer")
    assert client.get("/api/v1/conformance/profiles").json() == api.conformance_profiles()
    shown = client.get("/api/v1/conformance/profiles/hospital").json()
    assert shown == json.loads(json.dumps(api.conformance_profile_show("hospital")))
    assert client.get("/api/v1/conformance/profiles/%2fetc").status_code == 404


@pytest.mark.slow
def test_report_is_made_by_a_job_and_taken_as_a_file(hospital: Server) -> None:
    client = hospital.client("viewer")
    job = client.post(f"{HERE}/reports", json={"profile": "hospital", "language": "en"}).json()["job"]
    work(hospital)
    told = client.get(f"/api/v1/jobs/{job}").json()
    assert told["state"] == "done", told["told"]
    names = {row["name"] for row in client.get(f"{HERE}/results").json()}
    assert names == {told["result"]["report"], told["result"]["json"]}
    taken = client.get(f"{HERE}/results/{told['result']['report']}")
    assert taken.content.startswith(b"%PDF")
    assert "attachment" in taken.headers["content-disposition"]


@pytest.mark.parametrize("name", ["..", "%2e%2e%2fsite.toml", "report.exe", "web.secret", "a%00.pdf", "missing.pdf"])
def test_result_that_is_none_is_not_there(hospital: Server, name: str) -> None:
    assert hospital.client("viewer").get(f"{HERE}/results/{name}").status_code == 404


def test_certifying_needs_an_assessor_and_a_key_of_the_own_organisation(hospital: Server) -> None:
    asked = {"level": "second", "key": "body.json", "profile": "hospital", "language": "en"}
    assert hospital.client("engineer").post(f"{HERE}/certificates", json=asked).status_code == 403
    assessor = hospital.client("assessor")
    assert assessor.get("/api/v1/conformance/keys").json() == []
    assert assessor.post(f"{HERE}/certificates", json=asked).status_code == 404
    assert assessor.post(f"{HERE}/certificates", json=asked | {"key": "../../web.secret"}).status_code == 404


def test_design_with_failed_checks_gets_no_certificate(hospital: Server) -> None:
    folder = site_tasks.keys_folder(hospital.settings.workspace, ORGANISATION)
    folder.mkdir(parents=True)
    keys.create(folder / "body.json", "Example test body (invented)", ("second",), "Ed25519")
    assessor = hospital.client("assessor")
    assert assessor.get("/api/v1/conformance/keys").json() == ["body.json"]
    asked = {"level": "second", "key": "body.json", "profile": "hospital", "language": "en"}
    job = assessor.post(f"{HERE}/certificates", json=asked).json()["job"]
    work(hospital)
    told = assessor.get(f"/api/v1/jobs/{job}").json()
    failed = api.design_verify(hospital.settings.sites_folder() / ORGANISATION / SITE)["failed"]
    assert told["state"] == "done", told["told"]
    assert told["result"]["issued"] is not failed
    entry = api.admin_audit(hospital.settings.workspace)[-1]
    assert entry["action"] == "queue-site-certificate"
    assert NOW.year == 2026
