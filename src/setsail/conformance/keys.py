"""Keys of parties: made once, read strictly; whom a verifier trusts stands in the files that the verifier holds."""

from __future__ import annotations

import json
import os
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from setsail.base.errors import BadInput, DuplicateKey, StoreConflict, UnknownName
from setsail.base.extras import require
from setsail.base.tables import read_text

if TYPE_CHECKING:
    from joserfc.jwk import ECKey, OKPKey

Level = Literal["first", "second", "third"]
LEVELS: tuple[Level, ...] = get_args(Level)
"""Attestation by the owner, by a party with an interest in the object, by an independent one (ISO/IEC 17000)."""
Algorithm = Literal["Ed25519", "ES256"]
ALGORITHMS: tuple[Algorithm, ...] = get_args(Algorithm)
PARTY_LENGTH = 64
"""Characters of a party's name: what an X.509 common name may hold (RFC 5280, ub-common-name)."""
MAX_KEY_BYTES = 64 * 1024
_CURVES: dict[tuple[str, str], Algorithm] = {("OKP", "Ed25519"): "Ed25519", ("EC", "P-256"): "ES256"}
_PUBLIC = ("kty", "crv", "x", "y")
_INVISIBLE = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
_KNOWN = {*_PUBLIC, "d", "kid", "alg", "use", "key_ops", "party", "levels"}


@dataclass(frozen=True, slots=True)
class PartyKey:
    """The key of a party, private where it can sign. kid : SHA-256 thumbprint of the public half (RFC 7638)."""

    party: str
    kid: str
    algorithm: Algorithm
    jwk: OKPKey | ECKey
    private: bool
    levels: tuple[Level, ...] = ()


def create(path: Path, party: str, levels: Sequence[str] = LEVELS, algorithm: str = "Ed25519") -> tuple[PartyKey, Path]:
    """A new key, written to `path` (mode 0600), and the file of its public half.

    levels : attestation levels proposed in the public half; what counts is what a verifier's own copy says.
    Raises BadInput; StoreConflict where either file is there already: a key is never overwritten.
    """
    algorithm_ = _algorithm(algorithm)
    key = _parsed(_generated(algorithm_) | {"party": party, "levels": list(levels)}, "--party")
    public = public_path(path)
    for there in (path, public):
        if there.exists() or there.is_symlink():
            raise StoreConflict("is there already", where=str(there), hint="another --out; a key is never overwritten")
    _write_new(path, _text(key, private=True), 0o600)
    try:
        _write_new(public, _text(key, private=False), 0o644)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return key, public


def public_path(path: Path) -> Path:
    """Where the public half of a key stands: `a.json` -> `a.pub.json`."""
    return path.with_name(path.name.removesuffix(".json") + ".pub.json")


def read_private(path: Path) -> PartyKey:
    """The key that signs. Raises BadInput."""
    key = _parsed(_object(path), str(path))
    if not key.private:
        raise BadInput("holds no private key", where=str(path), allowed="the file that `key create` wrote")
    return key


def read_trust(paths: Sequence[Path]) -> tuple[PartyKey, ...]:
    """The keys a verifier trusts, each with its attestation levels. Raises BadInput, DuplicateKey.

    A file holds one public key as `key create` writes it, or `{"keys": [...]}` of several.
    """
    found: dict[str, PartyKey] = {}
    for path in paths:
        content = _object(path)
        members = content["keys"] if set(content) == {"keys"} else [content]
        if not isinstance(members, list) or not members or not all(isinstance(m, dict) for m in members):
            raise BadInput("holds no list of keys", where=f"{path} keys", allowed='{"keys": [{...}, ...]}')
        for member in members:
            key = _trusted(member, str(path))
            if key.kid in found:
                raise DuplicateKey(f"holds key {key.kid} twice", where=str(path), hint="keep one, with its levels")
            found[key.kid] = key
    return tuple(found.values())


def _trusted(member: dict[str, Any], where: str) -> PartyKey:
    key = _parsed(member, where)
    if key.private:
        raise BadInput(
            "holds a private key", where=where, allowed="public keys", hint="the .pub.json file; keep this one secret"
        )
    if not key.levels:
        raise BadInput("says no level", where=f"{where} levels", allowed=", ".join(LEVELS), hint='"levels": ["second"]')
    return key


def _parsed(member: dict[str, Any], where: str) -> PartyKey:
    """A key from the members of its JWK. Raises BadInput."""
    strange = sorted(set(member) - _KNOWN)
    if strange:
        raise BadInput(f"has the unknown member {strange[0]!r}", where=where, allowed=", ".join(sorted(_KNOWN)))
    algorithm = _CURVES.get((str(member.get("kty")), str(member.get("crv"))))
    if algorithm is None:
        met = f"is of type {member.get('kty')!r}, curve {member.get('crv')!r}"
        raise BadInput(met, where=where, allowed="OKP Ed25519 or EC P-256")
    jwk = _imported({k: member[k] for k in (*_PUBLIC, "d") if k in member}, algorithm, where)
    kid = str(jwk.thumbprint())
    if member.get("kid", kid) != kid:
        raise BadInput(f"is {member['kid']!r}, the key's is {kid}", where=f"{where} kid", hint="take a fresh copy")
    if member.get("alg", algorithm) != algorithm:
        raise BadInput(f"is {member['alg']!r}", where=f"{where} alg", allowed=algorithm)
    return PartyKey(
        party=party_name(member.get("party"), f"{where} party"),
        kid=kid,
        algorithm=algorithm,
        jwk=jwk,
        private="d" in member,
        levels=_levels(member.get("levels", []), f"{where} levels"),
    )


def party_name(value: object, where: str) -> str:
    """The name of a party as it is printed. Raises BadInput."""
    allowed = f"1 to {PARTY_LENGTH} visible characters"
    if not isinstance(value, str) or not 0 < len(value) <= PARTY_LENGTH or value != value.strip():
        raise BadInput(f"is {str(value)[:80]!r}", where=where, allowed=allowed)
    hidden = next((c for c in value if unicodedata.category(c) in _INVISIBLE), "")
    if hidden:
        raise BadInput(f"holds the invisible character U+{ord(hidden):04X}", where=where, allowed=allowed)
    return value


def level(value: str, where: str = "--party") -> Level:
    """The attestation level of that name. Raises UnknownName."""
    found = next((one for one in LEVELS if one == value), None)
    if found is None:
        raise UnknownName(f"is {value!r}", where=where, allowed=", ".join(LEVELS))
    return found


def _levels(value: object, where: str) -> tuple[Level, ...]:
    if not isinstance(value, list | tuple) or not all(isinstance(v, str) for v in value):
        raise BadInput(f"is {value!r}", where=where, allowed=f"a list of {', '.join(LEVELS)}")
    named = {level(v, where) for v in value}
    return tuple(one for one in LEVELS if one in named)


def _algorithm(text: str) -> Algorithm:
    found = next((a for a in ALGORITHMS if a.lower() == text.lower()), None)
    if found is None:
        raise UnknownName(f"is {text!r}", where="--algorithm", allowed=", ".join(ALGORITHMS))
    return found


def _generated(algorithm: Algorithm) -> dict[str, Any]:
    jwk = require("joserfc.jwk", "conformance")
    key = jwk.OKPKey.generate_key("Ed25519") if algorithm == "Ed25519" else jwk.ECKey.generate_key("P-256")
    return dict(key.as_dict(private=True))


def _imported(members: dict[str, Any], algorithm: Algorithm, where: str) -> OKPKey | ECKey:
    """The key of its members, read back and compared, so that one key has one spelling. Raises BadInput."""
    jwk = require("joserfc.jwk", "conformance")
    try:
        key: OKPKey | ECKey = (jwk.OKPKey if algorithm == "Ed25519" else jwk.ECKey).import_key(members)
        again = _spelled_anew(key, "d" in members)
    except Exception as err:  # whatever the library says of a key it cannot read
        raise BadInput(f"is no {algorithm} key: {err}", where=where, hint="setsail conformance key create") from err
    if again != {k: v for k, v in members.items() if k not in {"kty", "crv"}}:
        raise BadInput("holds halves that do not belong together", where=where, hint="setsail conformance key create")
    return key


def _spelled_anew(key: OKPKey | ECKey, private: bool) -> dict[str, Any]:
    """x, y and d as the mathematics gives them: of the private number where there is one."""
    raw: Any = key.private_key if private else key.public_key
    pem: bytes = raw.private_bytes(*_pkcs8()) if private else raw.public_bytes(*_spki())
    fresh = type(key).import_key(pem).as_dict(private=private)
    return {k: v for k, v in fresh.items() if k in {"x", "y", "d"}}


def _pkcs8() -> tuple[Any, Any, Any]:
    s = require("cryptography.hazmat.primitives.serialization", "conformance")
    return s.Encoding.PEM, s.PrivateFormat.PKCS8, s.NoEncryption()


def _spki() -> tuple[Any, Any]:
    s = require("cryptography.hazmat.primitives.serialization", "conformance")
    return s.Encoding.PEM, s.PublicFormat.SubjectPublicKeyInfo


def _object(path: Path) -> dict[str, Any]:
    """The JSON object of a small file. Raises BadInput."""
    if path.is_file() and path.stat().st_size > MAX_KEY_BYTES:
        raise BadInput(f"is {path.stat().st_size} bytes", where=str(path), allowed=f"at most {MAX_KEY_BYTES}")
    try:
        content = json.loads(read_text(path), object_pairs_hook=_once)
    except (ValueError, RecursionError) as err:
        raise BadInput(f"is not JSON: {err}", where=str(path), hint="setsail conformance key create") from err
    if not isinstance(content, dict):
        raise BadInput(f"is a {type(content).__name__}", where=str(path), allowed="a key as a JSON object")
    return content


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    names = [name for name, _ in pairs]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"names {twice!r} twice")
    return dict(pairs)


def _text(key: PartyKey, *, private: bool) -> str:
    members: dict[str, Any] = {"party": key.party, "kid": key.kid, "alg": key.algorithm, "use": "sig"}
    members |= key.jwk.as_dict(private=private)
    members |= {} if private else {"levels": list(key.levels)}
    return json.dumps(members, ensure_ascii=False, indent=2) + "\n"


def _write_new(path: Path, text: str, mode: int) -> None:
    """Writes a file that was not there, with its rights from its first byte on. Raises StoreConflict, BadInput."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as err:
        raise StoreConflict("is there already", where=str(path), hint="another --out") from err
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(path), hint="another --out") from err
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            os.fchmod(file.fileno(), mode)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
