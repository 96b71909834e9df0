"""A certificate on paper: a PDF signed with the party's key (PAdES baseline B-B), the signed JSON attached to it.

The key certificate inside is made by the party itself: it carries the public key and proves no identity. Trust comes
from the keys that the verifier holds, as with the JSON. No parser reads a PDF here before its bytes are known to be
signed by such a key.
Source: ETSI EN 319 142-1 v1.2.1, clause 6; ISO 32000-2:2020, 12.8; ISO/TS 32002:2022 for Ed25519.
"""

from __future__ import annotations

import asyncio
import hashlib
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from setsail.base.extras import require
from setsail.conformance.certificate import NAME
from setsail.conformance.keys import PartyKey
from setsail.conformance.signed import MAX_BYTES, P256_ORDER, NotIntact, Opened, unseal

Parsed = Any
"""An object of a library without types."""
FIELD = "Attestation"
DIGEST = {"Ed25519": "sha512", "ES256": "sha256"}
"""Digest that goes with each key (RFC 8419, section 3.1; RFC 5754, section 3.3)."""
ATTEMPTS = 64
"""To draw an ECDSA signature with the lower s: half of them have it."""
SPARE = 64
_RANGE = re.compile(rb"/ByteRange\s*\[\s*(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s+(\d{1,10})\s*\]")


@dataclass(frozen=True, slots=True)
class _Found:
    """A signature inside a PDF by its bytes alone. covered : all bytes but the signature."""

    covered: bytes
    der: bytes
    cms: Parsed
    certificate: Parsed


def signed_pdf(pdf: bytes, key: PartyKey, issued: datetime, until: datetime) -> bytes:
    """The PDF with a signature of the party that covers all of it."""
    writer = require("pyhanko.pdf_utils.incremental_writer", "conformance").IncrementalPdfFileWriter(io.BytesIO(pdf))
    fields = require("pyhanko.sign.fields", "conformance")
    embedder = require("pyhanko.sign.signers.cms_embedder", "conformance")
    byterange = require("pyhanko.sign.signers.pdf_byterange", "conformance")
    signer = _signer(key, issued, until)
    length = len(_cms(signer, key, b"\0" * hashlib.new(DIGEST[key.algorithm]).digest_size)) + SPARE
    place = byterange.SignatureObject(
        subfilter=fields.SigSeedSubFilter.PADES, timestamp=issued, name=key.party, bytes_reserved=2 * length
    )
    steps = embedder.PdfCMSEmbedder().write_cms(field_name=FIELD, writer=writer)
    next(steps)
    steps.send(embedder.SigObjSetup(sig_placeholder=place))
    prepared, output = steps.send(embedder.SigIOSetup(md_algorithm=DIGEST[key.algorithm]))
    steps.send(_cms(signer, key, prepared.document_digest))
    next(steps, None)
    return bytes(output.getvalue())


def opened(data: bytes, trust: Sequence[PartyKey]) -> Opened:
    """The attestation attached to a signed PDF, both signatures checked with the keys of `trust`. Raises NotIntact."""
    found = _found(data)
    key = next((k for k in trust if _holds(k, found.certificate)), None)
    if key is None:
        return Opened({}, _kid(found.certificate), None)
    _require_signed(found, key)
    attached = unseal(NAME, _attached(data), trust)
    if attached.key is not key:
        raise NotIntact(f"carries data signed by the key {attached.kid!r}, and is itself signed by {key.kid!r}")
    return attached


def _found(data: bytes) -> _Found:
    """The signature that leaves out nothing but itself, in its one spelling. Raises NotIntact."""
    cms = _cms_library()
    ranges = [tuple(map(int, m.groups())) for m in _RANGE.finditer(data)]
    if len(ranges) != 1:
        raise NotIntact(f"holds {len(ranges)} signatures, not one")
    first, before, after, rest = ranges[0]
    if first != 0 or after + rest != len(data) or not 0 < before < after:
        raise NotIntact("holds a signature that does not cover all of it")
    gap = data[before:after]
    try:
        info = cms.ContentInfo.load(bytes.fromhex(gap[1:-1].decode("ascii")))
        der = info.dump()
        certificate = info["content"]["certificates"][0].chosen
        _ = info.native, certificate.native  # read to its last field, so that nothing unreadable is met later
    except Exception as err:  # whatever the parser says: these bytes are no signature as written here
        raise NotIntact(f"holds an unreadable signature: {err}") from err
    if gap != b"<" + der.hex().upper().encode().ljust(len(gap) - 2, b"0") + b">":
        raise NotIntact("holds a signature that is not in its one form")
    return _Found(data[:before] + data[after:], der, info["content"], certificate)


def _cms_library() -> Parsed:
    """The parser of signatures, which knows the attribute of the key certificate only once its `tsp` is loaded."""
    require("asn1crypto.tsp", "conformance")
    return require("asn1crypto.cms", "conformance")


def _spelled(signed: Parsed, certificate: Parsed) -> bytes:
    """The signature built anew from its signed attributes, key certificate and value, with everything else as fixed."""
    cms = _cms_library()
    one = signed["signer_infos"][0]
    algorithm = "ed25519" if certificate.public_key.algorithm == "ed25519" else "sha256_ecdsa"
    digest = "sha512" if algorithm == "ed25519" else "sha256"
    sid = {"issuer": certificate.issuer, "serial_number": certificate.serial_number}
    signer = {
        "version": "v1",
        "sid": cms.SignerIdentifier({"issuer_and_serial_number": sid}),
        "digest_algorithm": {"algorithm": digest},
        "signed_attrs": one["signed_attrs"],
        "signature_algorithm": {"algorithm": algorithm},
        "signature": one["signature"].native,
    }
    content = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": digest}],
        "encap_content_info": {"content_type": "data"},
        "certificates": [certificate],
        "signer_infos": [signer],
    }
    return bytes(cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(content)}).dump())


def _require_signed(found: _Found, key: PartyKey) -> None:
    """Raises NotIntact where digest, key certificate or signature do not belong together."""
    one = found.cms["signer_infos"][0]
    name = DIGEST[key.algorithm]
    attributes = {a["type"].native: a["values"][0] for a in one["signed_attrs"]}
    try:
        digest = attributes["message_digest"].native
        bound = attributes["signing_certificate_v2"]["certs"][0]["cert_hash"].native
    except (KeyError, IndexError, TypeError) as err:
        raise NotIntact("is signed without digest or key certificate") from err
    if digest != hashlib.new(name, found.covered).digest():
        raise NotIntact("was changed after it was signed")
    if bound != hashlib.sha256(found.certificate.dump()).digest():
        raise NotIntact("carries another key certificate than the one that was signed")
    if not _verified(key, one["signature"].native, one["signed_attrs"].untag().dump()):
        raise NotIntact("does not carry the signature of the key it names")
    if found.der != _spelled(found.cms, found.certificate):
        raise NotIntact("holds a signature that is not in its one form")


def _verified(key: PartyKey, signature: bytes, message: bytes) -> bool:
    exceptions = require("cryptography.exceptions", "conformance")
    public: Any = key.jwk.public_key
    try:
        if key.algorithm == "Ed25519":
            public.verify(signature, message)
        else:
            public.verify(signature, message, _ecdsa())
            return _low(signature)
    except exceptions.InvalidSignature:
        return False
    return True


def _low(signature: bytes) -> bool:
    """True where s is the lower of the two that fit."""
    utils = require("cryptography.hazmat.primitives.asymmetric.utils", "conformance")
    return bool(utils.decode_dss_signature(signature)[1] <= P256_ORDER // 2)


def _ecdsa() -> Parsed:
    ec = require("cryptography.hazmat.primitives.asymmetric.ec", "conformance")
    return ec.ECDSA(require("cryptography.hazmat.primitives.hashes", "conformance").SHA256())


def _attached(data: bytes) -> bytes:
    """The one file that a signed PDF carries. Raises NotIntact."""
    reader = require("pyhanko.pdf_utils.reader", "conformance")
    validation = require("pyhanko.sign.validation.status", "conformance")
    try:
        pdf = reader.PdfFileReader(io.BytesIO(data))
        (signature,) = pdf.embedded_signatures
        coverage = signature.evaluate_signature_coverage()
        names = pdf.root["/Names"]["/EmbeddedFiles"]["/Names"]
        (spec,) = [names[k] for k in range(1, len(names), 2)]
        content = bytes(spec["/EF"]["/F"].data)
    except Exception as err:  # whatever the parser says, there is nothing to read
        raise NotIntact(f"carries no attestation: {err}") from err
    if coverage is not validation.SignatureCoverageLevel.ENTIRE_FILE:
        raise NotIntact("holds a signature that does not cover all of it")
    if len(content) > MAX_BYTES:
        raise NotIntact("carries too large a file")
    return content


def _cms(signer: Parsed, key: PartyKey, digest: bytes) -> bytes:
    """The signature over a digest, with the lower s where the key is ECDSA."""
    for _ in range(ATTEMPTS):
        made = asyncio.run(signer.async_sign(digest, DIGEST[key.algorithm], use_pades=True))
        value = made["content"]["signer_infos"][0]["signature"].native
        if key.algorithm == "Ed25519" or _low(value):
            break
    return bytes(made.dump())


def _signer(key: PartyKey, issued: datetime, until: datetime) -> Parsed:
    signers = require("pyhanko.sign.signers", "conformance")
    x509, asn1_keys = require("asn1crypto.x509", "conformance"), require("asn1crypto.keys", "conformance")
    registry = require("pyhanko_certvalidator.registry", "conformance").SimpleCertificateStore()
    s = require("cryptography.hazmat.primitives.serialization", "conformance")
    private: Any = key.jwk.private_key
    raw = private.private_bytes(s.Encoding.DER, s.PrivateFormat.PKCS8, s.NoEncryption())
    return signers.SimpleSigner(
        signing_cert=x509.Certificate.load(_own_certificate(key, issued, until)),
        signing_key=asn1_keys.PrivateKeyInfo.load(raw),
        cert_registry=registry,
    )


def _own_certificate(key: PartyKey, issued: datetime, until: datetime) -> bytes:
    """An X.509 certificate that the party makes for its own key, in DER. It says who signs; it proves nothing of it."""
    x509 = require("cryptography.x509", "conformance")
    s = require("cryptography.hazmat.primitives.serialization", "conformance")
    hashes = require("cryptography.hazmat.primitives.hashes", "conformance")
    private: Any = key.jwk.private_key
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, key.party)])
    serial = int.from_bytes(hashlib.sha256(f"{key.kid} {issued.isoformat()}".encode()).digest()[:16], "big")
    usage = dict.fromkeys(
        ("key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only",
         "decipher_only"), False,
    )  # fmt: skip
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(serial)
        .not_valid_before(issued)
        .not_valid_after(until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.KeyUsage(digital_signature=True, content_commitment=True, **usage), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(private.public_key()), critical=False)
    )
    made = builder.sign(private, None if key.algorithm == "Ed25519" else hashes.SHA256())
    return bytes(made.public_bytes(s.Encoding.DER))


def _holds(key: PartyKey, certificate: Parsed) -> bool:
    """True where the key certificate is of this very key."""
    s = require("cryptography.hazmat.primitives.serialization", "conformance")
    public: Any = key.jwk.public_key
    return bool(
        public.public_bytes(s.Encoding.DER, s.PublicFormat.SubjectPublicKeyInfo) == certificate.public_key.dump()
    )


def _kid(certificate: Parsed) -> str:
    return f"of the X.509 certificate {hashlib.sha256(certificate.dump()).hexdigest()}"
