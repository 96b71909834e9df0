"""A signed JSON file: readable content beside its detached JWS, with one spelling, so that any changed byte shows.

The file is RFC 8785 canonical JSON of `{"<name>": {...}, "jws": "<header>..<signature>"}`. The signature is a JWS in
compact form with detached content (RFC 7515, appendix F) over the canonical JSON of the content.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput
from setsail.base.extras import require
from setsail.conformance.keys import PartyKey

MAX_BYTES = 8 * 1024 * 1024
"""Of a signed file: larger ones are refused before they are read."""
P256_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Order n of the group of P-256. Source: NIST SP 800-186, 3.2.1.3."""


class NotIntact(Exception):
    """The bytes are not what a trusted key signed; the text says in what they differ."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Content of a signed file. key : the trusted key whose signature holds, None where no trusted key has its kid."""

    content: dict[str, Any]
    kid: str
    key: PartyKey | None


def canonical(value: object, where: str) -> bytes:
    """RFC 8785 canonical JSON. Raises BadInput for what it cannot hold."""
    rfc8785 = require("rfc8785", "conformance")
    try:
        return bytes(rfc8785.dumps(value))
    except (rfc8785.CanonicalizationError, ValueError, RecursionError) as err:
        raise BadInput(
            f"has no canonical form: {err}", where=where, allowed="text, finite numbers, lists, maps"
        ) from err


def seal(name: str, content: Mapping[str, Any], key: PartyKey) -> bytes:
    """The signed file of `content`, under `name`. Raises BadInput."""
    jws = require("joserfc.jws", "conformance")
    header = {"alg": key.algorithm, "kid": key.kid, "typ": f"setsail-{name}+jws"}
    text = jws.serialize_compact(header, canonical(content, name), key.jwk, algorithms=[key.algorithm])
    head, _, signature = text.split(".")
    sealed = canonical({name: content, "jws": f"{head}..{_one_form(signature, key)}"}, name)
    if len(sealed) > MAX_BYTES:
        raise BadInput(f"would be {len(sealed)} bytes", where=name, allowed=f"at most {MAX_BYTES}")
    return sealed


def read_bytes(path: Path) -> bytes:
    """The bytes of a signed file. Raises BadInput where there is no such file or it is too large."""
    try:
        if not path.is_file():
            raise BadInput("is no file" if path.exists() else "does not exist", where=str(path), hint="check the path")
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise BadInput(f"is {size} bytes", where=str(path), allowed=f"at most {MAX_BYTES}")
        return path.read_bytes()
    except OSError as err:
        raise BadInput(f"cannot be read: {err.strerror or err}", where=str(path), hint="check its rights") from err


def unseal(name: str, data: bytes, trust: Sequence[PartyKey]) -> Opened:
    """The content of a signed file, its signature checked with the keys of `trust` alone. Raises NotIntact.

    Whatever the file says of keys (`jwk`, `jku`, `x5c` ...) is refused, and so is any algorithm but that of the key.
    """
    content, text = _parts(name, data)
    header, signature = _header(text, name)
    kid = header["kid"]
    key = next((k for k in trust if k.kid == kid), None)
    if key is None:
        return Opened(content, kid, None)
    if header["alg"] != key.algorithm:
        raise NotIntact(f"is signed with {header['alg']!r}, the trusted key is for {key.algorithm}")
    if signature != _one_form(signature, key):
        raise NotIntact("has a signature that is not in its one form")
    _check(text, canonical(content, name), key)
    return Opened(content, kid, key)


def _parts(name: str, data: bytes) -> tuple[dict[str, Any], str]:
    """Content and JWS of a file in its one spelling. Raises NotIntact."""
    try:
        whole = json.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as err:
        raise NotIntact(f"is not JSON: {err}") from err
    if not isinstance(whole, dict) or set(whole) != {name, "jws"}:
        raise NotIntact(f"is no {name}: its members are not {name!r} and 'jws'")
    content, text = whole[name], whole["jws"]
    if not isinstance(content, dict) or not isinstance(text, str):
        raise NotIntact(f"is no {name}: its members are of other types")
    try:
        again = canonical(whole, name)
    except BadInput as err:
        raise NotIntact(err.what) from err
    if again != data:
        raise NotIntact("is not in its canonical form: blanks, order, a repeated name or text after its end")
    return content, text


def _header(text: str, name: str) -> tuple[dict[str, str], str]:
    """The protected header, of exactly three members, and the signature. Raises NotIntact."""
    parts = text.split(".")
    if len(parts) != 3 or parts[1]:
        raise NotIntact("has no detached JWS of the form header..signature")
    try:
        header = json.loads(_unpadded(parts[0]))
    except (ValueError, RecursionError) as err:
        raise NotIntact(f"has an unreadable JWS header: {err}") from err
    if not isinstance(header, dict) or set(header) != {"alg", "kid", "typ"}:
        raise NotIntact("has a JWS header with other members than alg, kid and typ; keys come from --trust only")
    if not all(isinstance(v, str) for v in header.values()) or header["typ"] != f"setsail-{name}+jws":
        raise NotIntact(f"is not signed as {name}")
    return header, parts[2]


def _check(text: str, payload: bytes, key: PartyKey) -> None:
    """Raises NotIntact where the signature is not that of the key over the payload."""
    jws = require("joserfc.jws", "conformance")
    head, _, signature = text.split(".")
    middle = base64.urlsafe_b64encode(payload).rstrip(b"=").decode("ascii")
    try:
        jws.deserialize_compact(f"{head}.{middle}.{signature}", key.jwk, algorithms=[key.algorithm])
    except Exception as err:  # whatever the library says, the signature was not shown to hold
        raise NotIntact("does not carry the signature of the key it names") from err


def _one_form(signature: str, key: PartyKey) -> str:
    """The signature as it is written here: base64url without spare bits; ECDSA with the lower of its two s."""
    try:
        raw = _unpadded(signature)
    except ValueError as err:
        raise NotIntact(f"has an unreadable signature: {err}") from err
    if key.algorithm == "ES256" and len(raw) == 64:
        s = int.from_bytes(raw[32:], "big")
        raw = raw[:32] + min(s, P256_ORDER - s if s < P256_ORDER else s).to_bytes(32, "big")
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")


def _unpadded(text: str) -> bytes:
    """The bytes of base64url without padding. Raises ValueError for any other sign."""
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
