"""The rollout's own authority: made once, kept to its owner, and what it signs holds for the names asked for."""

from __future__ import annotations

import hashlib
import ssl
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

pytest.importorskip("cryptography", reason="the extra 'conference' is not installed")

from cryptography import x509

from setsail.base.errors import BadInput
from setsail.rollout.cases import example
from setsail.rollout.provision import certificates, config, secrets
from setsail.rollout.provision.certificates import authority_file, fingerprint, issued, server_file
from setsail.rollout.provision.options import read
from setsail.rollout.provision.orders import content
from setsail.rollout.provision.orders.content import Orders

NOW = datetime(2020, 2, 5, 22, 0, tzinfo=UTC)


def test_what_is_issued_names_hosts_and_addresses_and_is_signed_by_the_authority(tmp_path: Path) -> None:
    issued(tmp_path, ["sip.example", "192.0.2.10", "2001:db8::1"], NOW)
    authority = x509.load_pem_x509_certificate(authority_file(tmp_path).read_bytes())
    made = x509.load_pem_x509_certificate(server_file(tmp_path).read_bytes())
    made.verify_directly_issued_by(authority)
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["sip.example"]
    assert [str(a) for a in names.get_values_for_type(x509.IPAddress)] == ["192.0.2.10", "2001:db8::1"]
    assert made.not_valid_before_utc < NOW < made.not_valid_after_utc - timedelta(days=390)
    assert made.extensions.get_extension_for_class(x509.BasicConstraints).value.ca is False


def test_the_authority_is_made_once_and_its_key_is_its_owners_alone(tmp_path: Path) -> None:
    issued(tmp_path, ["a.example"], NOW)
    before, first = authority_file(tmp_path).read_bytes(), server_file(tmp_path).read_bytes()
    issued(tmp_path, ["a.example"], NOW)
    assert authority_file(tmp_path).read_bytes() == before
    assert server_file(tmp_path).read_bytes() != first
    assert b"PRIVATE KEY" not in before
    for file in (server_file(tmp_path), tmp_path / "tls" / certificates.KEY):
        assert file.stat().st_mode & 0o777 == 0o600


def test_two_at_once_get_one_authority(tmp_path: Path) -> None:
    both = [threading.Thread(target=issued, args=(tmp_path, ["a.example"], NOW)) for _ in range(4)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    authority = x509.load_pem_x509_certificate(authority_file(tmp_path).read_bytes())
    x509.load_pem_x509_certificate(server_file(tmp_path).read_bytes()).verify_directly_issued_by(authority)


def test_a_broken_key_is_told_with_its_place(tmp_path: Path) -> None:
    issued(tmp_path, ["a.example"], NOW)
    (tmp_path / "tls" / certificates.KEY).write_text("no key")
    with pytest.raises(BadInput, match="tls: cannot be read"):
        issued(tmp_path, ["a.example"], NOW)


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "tls").write_text("a file")
    with pytest.raises(BadInput, match="cannot be written"):
        issued(tmp_path, ["a.example"], NOW)


def test_the_fingerprint_is_that_of_the_certificate_and_stands_in_the_work_order(tmp_path: Path) -> None:
    issued(tmp_path, ["a.example"], NOW)
    told = fingerprint(authority_file(tmp_path))
    der = ssl.PEM_cert_to_DER_cert(authority_file(tmp_path).read_text())
    assert told.replace(":", "").lower() == hashlib.sha256(der).hexdigest()
    rollout = example("wuhan-2020")
    rollout = replace(rollout, call=replace(rollout.call, sip=True))
    configs = config.site_configs(rollout, read(tmp_path), secrets.stand_ins(rollout), NOW)
    orders = Orders(rollout, configs, None, NOW, authority=told)
    rows = dict(content._room(orders, configs[0].values, content.words("en")))
    assert rows["SHA-256 of ca.pem"].replace(content.BREAK, "") == told


def test_what_is_no_certificate_has_no_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("none")
    with pytest.raises(BadInput, match="no certificate"):
        fingerprint(tmp_path / "ca.pem")
