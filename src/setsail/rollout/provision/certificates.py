"""The rollout's own certificate authority, by which SIP terminals know the registrar: made once, kept beside it.

`tls/ca.pem` goes into the terminals; `tls/ca.key` stays with its owner, mode 0600. A certificate of the registrar is
made anew at each opening of the conference.
Source: RFC 5280 cl. 4.2.1 (extensions), RFC 5922 cl. 7.1 (names in the certificate of a SIP server).
"""

from __future__ import annotations

import hashlib
import ipaddress
import ssl
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput
from setsail.base.extras import require
from setsail.base.writing import write_private
from setsail.store.leases import locked

FOLDER, CA, KEY, SERVER, LOCK = "tls", "ca.pem", "ca.key", "sip.pem", ".lock"
CA_LIFE, LIFE, EARLY = timedelta(days=3650), timedelta(days=397), timedelta(days=1)


def fingerprint(authority: Path) -> str:
    """SHA-256 of a certificate as people compare it: pairs of hexadecimal digits between colons. Raises BadInput."""
    try:
        der = ssl.PEM_cert_to_DER_cert(authority.read_text(encoding="ascii"))
    except (OSError, ValueError) as err:
        raise BadInput(f"is no certificate ({err})", where=str(authority), hint="conference down, then up") from err
    return ":".join(f"{octet:02X}" for octet in hashlib.sha256(der).digest())


def authority_file(folder: Path) -> Path:
    """The certificate of a rollout's authority, which is there once one was issued."""
    return folder / FOLDER / CA


def server_file(folder: Path) -> Path:
    """Certificate and key of the registrar."""
    return folder / FOLDER / SERVER


def issued(folder: Path, names: Sequence[str], now: datetime) -> None:
    """The registrar has a new certificate under these names and addresses; the authority is made where it lacks.

    Raises BadInput (a folder that cannot be written, a key that cannot be read), MissingExtra.
    """
    x509: Any = require("cryptography.x509", "conference")
    place = folder / FOLDER
    try:
        place.mkdir(mode=0o700, exist_ok=True)
        with locked(place / LOCK):
            if not (place / KEY).exists():
                _authority(place, now)
            signer, key = _read(place)
        extensions = [
            (x509.SubjectAlternativeName([_name(x509, n) for n in names]), False),
            (x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH]), False),
            (x509.BasicConstraints(ca=False, path_length=None), True),
        ]
        text = _signed(f"registrar {names[0]}"[:64], signer.subject, key, extensions, (now - EARLY, now + LIFE))
        write_private(place / SERVER, text)
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(place)) from err


def _authority(place: Path, now: datetime) -> None:
    """Key and certificate of a new authority, the certificate last: without it the key is made anew."""
    x509: Any = require("cryptography.x509", "conference")
    extensions = [(x509.BasicConstraints(ca=True, path_length=0), True)]
    text = _signed("Set Sail rollout", None, None, extensions, (now - EARLY, now + CA_LIFE))
    key, _, certificate = text.partition("-----BEGIN CERTIFICATE")
    (place / CA).write_text("-----BEGIN CERTIFICATE" + certificate, encoding="ascii")
    write_private(place / KEY, key)


def _read(place: Path) -> tuple[Any, Any]:
    x509: Any = require("cryptography.x509", "conference")
    forms: Any = require("cryptography.hazmat.primitives.serialization", "conference")
    try:
        signer = x509.load_pem_x509_certificate((place / CA).read_bytes())
        return signer, forms.load_pem_private_key((place / KEY).read_bytes(), None)
    except (OSError, ValueError, TypeError) as err:
        hint = f"remove {KEY}: terminals then need a new {CA}"
        raise BadInput(f"cannot be read ({err})", where=str(place), hint=hint) from err


def _signed(name: str, issuer: Any, key: Any, extensions: Sequence[tuple[Any, bool]],  # noqa: ANN401 - the library's
            life: tuple[datetime, datetime]) -> str:  # fmt: skip
    """Key and certificate as PEM, signed by `key` of `issuer`, or by itself where that is None."""
    x509: Any = require("cryptography.x509", "conference")
    ec: Any = require("cryptography.hazmat.primitives.asymmetric.ec", "conference")
    hashes: Any = require("cryptography.hazmat.primitives.hashes", "conference")
    forms: Any = require("cryptography.hazmat.primitives.serialization", "conference")
    own = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = x509.CertificateBuilder(issuer or subject, subject, own.public_key(), x509.random_serial_number(), *life)
    for extension, critical in extensions:
        made = made.add_extension(extension, critical)
    plain = own.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
    return str((plain + made.sign(key or own, hashes.SHA256()).public_bytes(forms.Encoding.PEM)).decode())


def _name(x509: Any, name: str) -> Any:  # noqa: ANN401 - the library's
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)
