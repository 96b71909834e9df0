"""Secrets of a rollout: made once from the random source that the door hands in, kept beside the rollout, never shown.

They stand in `secrets.toml` in the rollout's folder, readable by its owner alone; the tables of the rollout hold none.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import os
import re
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from setsail.base import toml
from setsail.base.errors import BadInput, OutOfRange
from setsail.base.tables import read_text
from setsail.rollout.model import Rollout
from setsail.store.leases import locked, sync_folder

FILE = "secrets.toml"
LOCK = f".{FILE}.lock"
RandomBytes = Callable[[int], bytes]
"""n -> n bytes of a cryptographic random source, such as `secrets.token_bytes`."""
LETTERS = "abcdefghjkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
"""Letters and digits that nobody takes for another: no i, l, o, I, O, 0, 1."""
PASSWORD_LETTERS = 20
PIN_DIGITS = 8
PIN = re.compile(r"[0-9]{6,16}")
LAST_TIME = 2**31 - 1
"""Seconds since 1970 that coturn 4.6.1 reads in a user name; a later one it refuses as unknown."""
VERSION = 1
HEAD = (
    "# Secrets of this rollout. Keep this file to yourself: mode 0600, never in a mail, never in a repository.\n"
    "# Made by `setsail rollout provision`; new ones by `--rotate`. A line may be edited by hand.\n"
)


@dataclass(frozen=True, slots=True)
class SiteSecrets:
    """Of one site. sip_password : of its SIP account;  device_password : of its terminal's own pages."""

    sip_password: str = field(repr=False)
    device_password: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Secrets:
    """Of a rollout. pin : to enter the room;  room_secret : to manage it;  admin_secret : of the server's admin face;

    turn_secret : shared with the TURN server, credentials are derived from it;  sites : by site.
    """

    pin: str = field(repr=False)
    room_secret: str = field(repr=False)
    admin_secret: str = field(repr=False)
    turn_secret: str = field(repr=False)
    sites: Mapping[str, SiteSecrets] = field(repr=False, default_factory=dict)


@dataclass(frozen=True, slots=True)
class TurnCredential:
    """A user name and password that a TURN server accepts until `until`."""

    username: str
    password: str = field(repr=False)
    until: datetime


def read(path: Path) -> Secrets:
    """The secrets in the folder of a rollout (or in a file).

    Raises BadInput where there are none, others may read them, or a line is not as it should be.
    """
    file = path / FILE if path.is_dir() else path
    if not file.exists():
        raise BadInput("does not exist", where=str(file), hint="setsail rollout provision FOLDER --out CONFIG")
    mode = file.stat().st_mode & 0o777
    if mode & 0o077:
        hint = f"chmod 600 {file.name}, and --rotate where it was seen"
        raise BadInput(f"may be read by others (mode {mode:04o})", where=str(file), allowed="mode 0600", hint=hint)
    return _read(read_text(file), str(file))


def kept(folder: Path, rollout: Rollout, random_bytes: RandomBytes, *, rotate: bool = False) -> Secrets:
    """The secrets of a rollout: those that are there, with new ones for new sites; made and written where none are.

    rotate : all are made anew. Two writers wait for each other; a reader sees the old file or the new one.
    Raises BadInput.
    """
    file = folder / FILE
    try:
        with locked(folder / LOCK):
            before = read(file) if file.exists() and not rotate else None
            found = completed(rollout, random_bytes, before)
            if before != found:
                _write(file, found)
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(file)) from err
    return found


def completed(rollout: Rollout, random_bytes: RandomBytes, before: Secrets | None = None) -> Secrets:
    """`before` with secrets for each site that has none; everything new where there is no `before`."""
    had = dict(before.sites) if before else {}
    for site in rollout.sites:
        if site.site not in had:
            had[site.site] = SiteSecrets(password(random_bytes), password(random_bytes))
    if before is not None:
        return Secrets(before.pin, before.room_secret, before.admin_secret, before.turn_secret, had)
    return Secrets(
        pin(random_bytes), password(random_bytes, 32), password(random_bytes, 32), password(random_bytes, 40), had
    )


def stand_ins(rollout: Rollout) -> Secrets:
    """Secrets that are none, for where only the public part of a configuration is read, such as its hash."""
    one = SiteSecrets("-", "-")
    return Secrets("000000", "-", "-", "-", {s.site: one for s in rollout.sites})


def pin(random_bytes: RandomBytes, digits: int = PIN_DIGITS) -> str:
    """Digits of which each is as likely as any other, but never all the same and never a row such as 12345678."""
    while True:
        text = "".join(_drawn("0123456789", digits, random_bytes))
        steps = {(int(b) - int(a)) % 10 for a, b in itertools.pairwise(text)}
        if steps not in ({0}, {1}, {9}):
            return text


def password(random_bytes: RandomBytes, letters: int = PASSWORD_LETTERS) -> str:
    """Letters and digits, each as likely as any other: 5.8 bits in each, 116 bits in 20."""
    return "".join(_drawn(LETTERS, letters, random_bytes))


def turn_credential(secret: str, user: str, until: datetime) -> TurnCredential:
    """A time-limited credential of a TURN server that shares `secret` (coturn's `use-auth-secret`).

    Raises OutOfRange for a time beyond what coturn reads.
    Source: draft-uberti-behave-turn-rest-00 cl. 2.2: "timestamp:user", and base64 of HMAC-SHA-1 of it.
    """
    if not 0 < until.timestamp() <= LAST_TIME:
        raise OutOfRange(f"ends {until:%Y-%m-%d}", where="TURN credential", allowed="up to 2038-01-19 (coturn 4.6.1)")
    username = f"{int(until.timestamp())}:{user}"
    signed = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return TurnCredential(username, base64.b64encode(signed).decode(), until)


def sip_ha1(user: str, realm: str, word: str) -> str:
    """What a registrar keeps instead of the password. Source: RFC 3261 cl. 22.4, RFC 2617 cl. 3.2.2.2 (MD5)."""
    return hashlib.md5(f"{user}:{realm}:{word}".encode(), usedforsecurity=False).hexdigest()


def _drawn(alphabet: str, count: int, random_bytes: RandomBytes) -> list[str]:
    """Signs of an alphabet; bytes beyond its last whole multiple are drawn again, so that none is likelier."""
    top = 256 - 256 % len(alphabet)
    found: list[str] = []
    while len(found) < count:
        found += [alphabet[b % len(alphabet)] for b in random_bytes(count) if b < top]
    return found[:count]


def _read(content: str, where: str) -> Secrets:
    table = toml.document(content, where)
    toml.require_known(table, ("version", "room", "server", "turn", "sites"), where)
    if table.get("version") != VERSION:
        raise BadInput(f"is {table.get('version')!r}", where=f"{where} version", allowed=str(VERSION))
    room, server, turn = (_part(table, key, where) for key in ("room", "server", "turn"))
    toml.require_known(room, ("pin", "secret"), f"{where} [room]")
    sites = _part(table, "sites", where)
    word = _need(room, "pin", f"{where} [room]")
    if not PIN.fullmatch(word):
        raise BadInput("is not a PIN", where=f"{where} [room] pin", allowed="6 to 16 digits in quotes")
    return Secrets(
        word, _need(room, "secret", f"{where} [room]"), _need(server, "admin_secret", f"{where} [server]"),
        _need(turn, "secret", f"{where} [turn]"),
        {name: _site(part, f"{where} [sites.{name}]") for name, part in sites.items()},
    )  # fmt: skip


def _site(table: object, where: str) -> SiteSecrets:
    toml.require_known(table, ("sip_password", "device_password"), where)
    assert isinstance(table, dict)  # noqa: S101 - just required
    return SiteSecrets(_need(table, "sip_password", where), _need(table, "device_password", where))


def _part(table: toml.Table, key: str, where: str) -> toml.Table:
    part = table.get(key, {})
    if not isinstance(part, dict):
        raise BadInput("is no table", where=f"{where} [{key}]", allowed="a table")
    return part


def _need(table: toml.Table, key: str, where: str) -> str:
    """A secret; an error never shows it."""
    value = table.get(key, "")
    if not isinstance(value, str) or not value or not value.isprintable():
        raise BadInput("is missing or no text", where=f"{where} {key}", allowed="text in quotes", hint="--rotate")
    return value


def _write(file: Path, secrets: Secrets) -> None:
    lines = [HEAD, f"version = {VERSION}", "", "[room]", f"pin = {toml.written(secrets.pin)}"]
    lines += [f"secret = {toml.written(secrets.room_secret)}", "", "[server]"]
    lines += [f"admin_secret = {toml.written(secrets.admin_secret)}", "", "[turn]"]
    lines += [f"secret = {toml.written(secrets.turn_secret)}"]
    for name, site in sorted(secrets.sites.items()):
        lines += ["", f"[sites.{toml.written(name)}]", f"sip_password = {toml.written(site.sip_password)}"]
        lines += [f"device_password = {toml.written(site.device_password)}"]
    for left in file.parent.glob(f".{FILE}.*.new"):  # of a killed writer: the lock is ours
        left.unlink(missing_ok=True)
    write_private(file, ("\n".join(lines) + "\n").encode())


def write_private(file: Path, content: bytes) -> None:
    """Writes a file that its owner alone may read, whole or not at all. Raises OSError."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.", suffix=".new")  # of mode 0600
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_folder(file.parent)
