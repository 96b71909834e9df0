"""Signed files: any changed byte shows, and no key comes from the file."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jws
from joserfc.jwk import OctKey

from setsail.base.errors import BadInput
from setsail.conformance import keys, signed
from setsail.conformance.keys import PartyKey

CONTENT = {"id": "1", "name": "Ward 医", "value": 1.5, "list": [True, None, -3]}


@pytest.fixture(params=["Ed25519", "ES256"])
def pair(tmp_path: Path, request: pytest.FixtureRequest) -> tuple[PartyKey, PartyKey]:
    key, public = keys.create(tmp_path / "a.json", "Invented Assessors", algorithm=request.param)
    return key, keys.read_trust([public])[0]


def b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def resealed(data: bytes, header: dict[str, Any], key: Any, algorithms: list[str]) -> bytes:
    """The file with a signature of another header or key over the same content."""
    whole = json.loads(data)
    text = jws.serialize_compact(header, signed.canonical(whole["note"], "note"), key, algorithms=algorithms)
    head, _, value = text.split(".")
    return signed.canonical(whole | {"jws": f"{head}..{value}"}, "note")


def test_sealed_content_is_read_back_and_is_canonical(pair: tuple[PartyKey, PartyKey]) -> None:
    data = signed.seal("note", CONTENT, pair[0])
    opened = signed.unseal("note", data, [pair[1]])
    assert opened.content == CONTENT
    assert opened.key is pair[1]
    assert data == signed.canonical(json.loads(data), "note")


def test_every_bit_of_every_byte_counts(pair: tuple[PartyKey, PartyKey]) -> None:
    data = signed.seal("note", CONTENT, pair[0])
    for place in range(len(data)):
        for bit in range(8):
            flipped = bytearray(data)
            flipped[place] ^= 1 << bit
            try:
                opened = signed.unseal("note", bytes(flipped), [pair[1]])
            except signed.NotIntact:
                continue
            assert opened.key is None, (place, bit)


def test_bytes_put_in_taken_out_or_added_count(pair: tuple[PartyKey, PartyKey]) -> None:
    data = signed.seal("note", CONTENT, pair[0])
    others = [data + b"\n", data + b" ", b" " + data, b"\xef\xbb\xbf" + data, data + data, data[:-1], b""]
    others += [data[:k] + data[k + 1 :] for k in range(len(data))]
    others += [json.dumps(json.loads(data), indent=2).encode()]
    others += [data.replace(b'"note":', b'"note":{},"note":', 1)]
    for other in others:
        try:
            assert signed.unseal("note", other, [pair[1]]).key is None
        except signed.NotIntact:
            continue


def test_signature_with_the_other_s_of_ecdsa_is_refused(tmp_path: Path) -> None:
    key, _ = keys.create(tmp_path / "a.json", "P", algorithm="ES256")
    data = signed.seal("note", CONTENT, key)
    whole = json.loads(data)
    head, _, value = whole["jws"].split(".")
    raw = base64.urlsafe_b64decode(value + "==")
    s = signed.P256_ORDER - int.from_bytes(raw[32:], "big")
    other = signed.canonical(whole | {"jws": f"{head}..{b64(raw[:32] + s.to_bytes(32, 'big'))}"}, "note")
    with pytest.raises(signed.NotIntact, match="one form"):
        signed.unseal("note", other, [key])


def test_signature_of_another_key_under_the_trusted_name_is_refused(
    pair: tuple[PartyKey, PartyKey], tmp_path: Path
) -> None:
    other, _ = keys.create(tmp_path / "b.json", "P", algorithm=pair[0].algorithm)
    data = signed.seal("note", CONTENT, pair[0])
    header = {"alg": pair[0].algorithm, "kid": pair[0].kid, "typ": "setsail-note+jws"}
    with pytest.raises(signed.NotIntact, match="signature"):
        signed.unseal("note", resealed(data, header, other.jwk, [other.algorithm]), [pair[1]])


def test_key_nobody_trusts_is_not_checked(pair: tuple[PartyKey, PartyKey], tmp_path: Path) -> None:
    other, _ = keys.create(tmp_path / "b.json", "P")
    assert signed.unseal("note", signed.seal("note", CONTENT, pair[0]), [other]).key is None
    assert signed.unseal("note", signed.seal("note", CONTENT, pair[0]), []).key is None


@pytest.mark.parametrize("extra", ["jwk", "jku", "x5u", "x5c", "crit", "b64"])
def test_header_that_brings_a_key_or_a_rule_is_refused(pair: tuple[PartyKey, PartyKey], extra: str) -> None:
    data = signed.seal("note", CONTENT, pair[0])
    whole = json.loads(data)
    given: dict[str, Any] = {"jwk": pair[0].jwk.as_dict(private=False), "x5c": ["MIIB"], "crit": ["b64"], "b64": False}
    header: dict[str, Any] = {"alg": pair[0].algorithm, "kid": pair[0].kid, "typ": "setsail-note+jws"}
    header |= {extra: given.get(extra, "https://example.invalid")}
    text = f"{b64(json.dumps(header).encode())}..{whole['jws'].split('.')[2]}"
    with pytest.raises(signed.NotIntact, match="other members"):
        signed.unseal("note", signed.canonical(whole | {"jws": text}, "note"), [pair[1]])


@pytest.mark.parametrize("algorithm", ["none", "HS256", "ES256K", "PS256", "EdDSA", ""])
def test_algorithm_other_than_that_of_the_key_is_refused(pair: tuple[PartyKey, PartyKey], algorithm: str) -> None:
    whole = json.loads(signed.seal("note", CONTENT, pair[0]))
    head = b64(json.dumps({"alg": algorithm, "kid": pair[0].kid, "typ": "setsail-note+jws"}).encode())
    for value in (whole["jws"].split(".")[2], ""):
        with pytest.raises(signed.NotIntact):
            signed.unseal("note", signed.canonical(whole | {"jws": f"{head}..{value}"}, "note"), [pair[1]])


def test_public_key_used_as_a_shared_secret_is_refused(pair: tuple[PartyKey, PartyKey]) -> None:
    data = signed.seal("note", CONTENT, pair[0])
    secret = OctKey.import_key(signed.canonical(pair[1].jwk.as_dict(private=False), "key"))
    header = {"alg": "HS256", "kid": pair[0].kid, "typ": "setsail-note+jws"}
    with pytest.raises(signed.NotIntact, match="HS256"):
        signed.unseal("note", resealed(data, header, secret, ["HS256"]), [pair[1]])


def test_file_signed_for_another_purpose_is_refused(pair: tuple[PartyKey, PartyKey]) -> None:
    data = signed.seal("status", CONTENT, pair[0])
    with pytest.raises(signed.NotIntact, match="members"):
        signed.unseal("note", data, [pair[1]])
    whole = json.loads(data)
    renamed = signed.canonical({"note": whole["status"], "jws": whole["jws"]}, "note")
    with pytest.raises(signed.NotIntact, match="not signed as note"):
        signed.unseal("note", renamed, [pair[1]])


@pytest.mark.parametrize(
    "text", ["", "null", "[]", "{}", "[" * 100_000, '{"note":{"a":NaN},"jws":""}', "\x00", '{"note":{"a":1e999}}']
)
def test_file_that_is_no_signed_file_is_told_in_one_line(pair: tuple[PartyKey, PartyKey], text: str) -> None:
    with pytest.raises(signed.NotIntact) as told:
        signed.unseal("note", text.encode(), [pair[1]])
    assert "\n" not in str(told.value)


def test_number_that_no_double_holds_is_refused_when_signing(pair: tuple[PartyKey, PartyKey]) -> None:
    for value in (float("nan"), float("inf"), 2**60, "\ud800", {1: 2}):
        with pytest.raises(BadInput):
            signed.seal("note", {"value": value}, pair[0])


def test_file_of_a_hundred_megabytes_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.json"
    with path.open("wb") as file:
        file.truncate(100 << 20)
    with pytest.raises(BadInput, match="at most"):
        signed.read_bytes(path)
    with pytest.raises(BadInput, match="no file"):
        signed.read_bytes(tmp_path)
    with pytest.raises(BadInput, match="does not exist"):
        signed.read_bytes(tmp_path / "none.json")
