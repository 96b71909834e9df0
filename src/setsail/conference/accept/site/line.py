"""The line between the server and a test participant at a site: TLS, both ends proved by the room's PIN, JSON lines.

The certificate is made for one acceptance and signed by nobody. What ties both ends to it is the PIN: each shows that
it knows the PIN together with the certificate that it sees, so that nobody between them can stand in for the other.
The PIN itself is never sent, and the proof is slow to make: who sat between them once has one guess in 0.1 s.
Source: RFC 7914 (scrypt), RFC 2104 (HMAC).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import ssl
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from setsail.base.errors import BadInput
from setsail.base.extras import require
from setsail.base.record import Record
from setsail.conference.server.errors import NoAnswer, ServerLost, WrongPin
from setsail.conference.server.place import in_url

LONGEST = 2**20
"""Octets of a line."""
HANDSHAKE_S, HELLO_S = 8.0, 15.0
VERSION = 1
LIFE = timedelta(days=2)
Purpose = Literal["orders", "room"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A certificate of one acceptance. context : to listen with;  fingerprint : SHA-256 of the certificate."""

    context: ssl.SSLContext
    fingerprint: bytes


def identity(now: datetime) -> Identity:
    """A new certificate; its key is kept in memory alone. Raises MissingExtra."""
    x509 = require("cryptography.x509", "conference")
    ec: Any = require("cryptography.hazmat.primitives.asymmetric.ec", "conference")
    hashes: Any = require("cryptography.hazmat.primitives.hashes", "conference")
    forms: Any = require("cryptography.hazmat.primitives.serialization", "conference")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "setsail acceptance")])
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - LIFE, now + LIFE)
    signed = made.sign(key, hashes.SHA256())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    with tempfile.TemporaryDirectory() as folder:  # of mode 0700; the library reads files alone
        file = Path(folder, "both.pem")
        plain = key.private_bytes(forms.Encoding.PEM, forms.PrivateFormat.PKCS8, forms.NoEncryption())
        file.write_bytes(plain + signed.public_bytes(forms.Encoding.PEM))
        context.load_cert_chain(file)
    return Identity(context, hashlib.sha256(signed.public_bytes(forms.Encoding.DER)).digest())


def shared_key(pin: str, fingerprint: bytes) -> bytes:
    """What both ends know who know the PIN and see the same certificate; slow to make."""
    return hashlib.scrypt(pin.encode(), salt=fingerprint, n=2**15, r=8, p=1, maxmem=2**26, dklen=32)


def proof(key: bytes, end: Literal["site", "server"], site: str) -> str:
    """What one end shows to the other."""
    return hmac.new(key, f"{end} {site}".encode(), hashlib.sha256).hexdigest()


class LineLost(ServerLost):
    """The line between the server and the site is broken."""

    code = "conference-line-lost"


class JsonLine:
    """One line: `put` and `get` of records, or `send` and iteration of texts, as the client of Janus wants them."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, where: str) -> None:
        self.where = where
        self._reader, self._writer = reader, writer

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the certificate of the other end."""
        session = self._writer.get_extra_info("ssl_object")
        return hashlib.sha256(session.getpeercert(binary_form=True) or b"").digest()

    async def put(self, record: Record) -> None:
        """One record out. Raises LineLost."""
        await self.send(json.dumps(record))

    async def get(self, within_s: float | None = None) -> Record:
        """One record in. Raises LineLost, NoAnswer."""
        try:
            async with asyncio.timeout(within_s):
                found = json.loads(await self.recv())
        except TimeoutError as err:
            raise NoAnswer(f"no word in {within_s:g} s", where=self.where) from err
        except (ValueError, RecursionError) as err:
            raise LineLost("told what is no JSON", where=self.where) from err
        if not isinstance(found, dict):
            raise LineLost("told what is no record", where=self.where)
        return found

    async def send(self, text: str, /) -> None:
        """One text out. Raises LineLost."""
        try:
            self._writer.write(text.replace("\n", " ").encode() + b"\n")
            await self._writer.drain()
        except (OSError, RuntimeError) as err:
            raise LineLost(f"is broken ({err})", where=self.where) from err

    async def recv(self) -> bytes:
        """One text in. Raises LineLost."""
        try:
            found = await self._reader.readline()
        except (OSError, ValueError) as err:  # ValueError: a line that is too long
            raise LineLost(f"is broken ({err})", where=self.where) from err
        if not found.endswith(b"\n"):
            raise LineLost("was closed by the other end", where=self.where)
        return found

    async def __aiter__(self) -> AsyncIterator[bytes]:
        while True:
            yield await self.recv()

    async def close(self) -> None:
        """Ends it, whatever state it is in."""
        self._writer.close()
        try:
            async with asyncio.timeout(1.0):
                await self._writer.wait_closed()
        except (OSError, TimeoutError):
            self._writer.transport.abort()


class Caller:
    """How a site calls its server. `call` opens a line that both ends have proved; the certificate may not change."""

    def __init__(self, host: str, port: int, site: str, pin: str) -> None:
        self.site, self.where = site, f"{in_url(host)}:{port}"
        self._host, self._port, self._pin = host, port, pin
        self._keys: dict[bytes, bytes] = {}

    async def call(self, purpose: Purpose) -> JsonLine:
        """A line for that. Raises WrongPin, SentAway, LineLost, NoAnswer, OSError (nobody listens there)."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE  # the PIN proves it, see above
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        async with asyncio.timeout(HANDSHAKE_S):
            reader, writer = await asyncio.open_connection(self._host, self._port, ssl=context, limit=LONGEST)
        line = JsonLine(reader, writer, self.where)
        try:
            await self._prove(line, purpose)
        except BaseException:
            await line.close()
            raise
        return line

    async def _prove(self, line: JsonLine, purpose: Purpose) -> None:
        fingerprint = line.fingerprint
        if fingerprint not in self._keys:
            self._keys = {fingerprint: await asyncio.to_thread(shared_key, self._pin, fingerprint)}
        key = self._keys[fingerprint]
        await line.put({"setsail": VERSION, "site": self.site, "for": purpose, "proof": proof(key, "site", self.site)})
        told = await line.get(HELLO_S)
        if "error" in told:
            raise refused(told["error"], line.where)
        if not hmac.compare_digest(str(told.get("proof", "")), proof(key, "server", self.site)):
            raise WrongPin("does not know this PIN: it is not the server of this room", where=line.where,
                           hint="the address and the PIN in the site's work order")  # fmt: skip


class SentAway(BadInput):
    """The door does not take this participant: another site is accepted there, or somebody is here already."""

    code = "conference-sent-away"


def refused(told: object, where: str) -> BadInput:
    """The error for a refusal of the door: code and text."""
    code, text = [str(part)[:300] for part in told] if isinstance(told, list) and len(told) == 2 else ("", str(told))
    cls = WrongPin if code == WrongPin.code else SentAway
    return cls(text, where=where, allowed="", hint="the PIN in the site's work order" if cls is WrongPin else "")
