"""What the network and the servers of a rollout are: `provision.toml` in its folder, over the shipped assumptions."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, fields
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from setsail.base import toml
from setsail.base.errors import BadInput
from setsail.base.fields import build
from setsail.base.tables import read_text

FILE = "provision.toml"
SHIPPED = "data/defaults.toml"
KINDS = ("terminal", "cpe", "switch", "h323")
"""Kinds of device that a site may get a configuration for."""
_HOST = re.compile(r"(?=.{1,253}\Z)[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")
_URL = re.compile(r"https?://[^\s\"'<>\\]{1,500}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_SD = re.compile(r"[0-9A-Fa-f]{6}")


@dataclass(frozen=True, slots=True)
class Server:
    """The conference server, and the addresses that people and devices reach it by."""

    host: str
    address: str
    page: str
    report: str
    provisioning: str
    clock: str
    time_zone: str


@dataclass(frozen=True, slots=True)
class Sip:
    """Where terminals register. srtp : how media keys are agreed."""

    domain: str
    proxy: str
    port: int
    transport: Literal["udp", "tcp", "tls"]
    srtp: Literal["none", "sdes", "dtls"]
    expires_s: int


@dataclass(frozen=True, slots=True)
class Turn:
    """The TURN server. hours : how long a credential holds after the deadline (or now, whichever is later)."""

    host: str
    address: str
    port: int
    tls_port: int
    relay_from: int
    relay_to: int
    hours: float


@dataclass(frozen=True, slots=True)
class Media:
    """UDP ports: a terminal's own for sound and pictures, and the server's for both."""

    audio_from: int
    audio_to: int
    video_from: int
    video_to: int
    server_from: int
    server_to: int


@dataclass(frozen=True, slots=True)
class Wan:
    """The mobile network and the site's own. backup : ways that are tried in this order where 5G fails;

    lan : network of a site, `{block}` and `{site}` are filled in;  lan_block : the first block.
    """

    dnn: str
    sst: int
    sd: str
    apn: str
    pdu_type: Literal["IPv4", "IPv6", "IPv4v6"]
    backup: tuple[str, ...]
    check_address: str
    voice_vlan: int
    video_vlan: int
    data_vlan: int
    lan: str
    lan_block: int


@dataclass(frozen=True, slots=True)
class H323:
    """Of a terminal that only speaks H.323: gatekeeper, number prefix, call rate. No such call is set up here."""

    gatekeeper: str
    prefix: str
    bandwidth_kbps: int


@dataclass(frozen=True, slots=True)
class Options:
    """All of it. families : kind of device -> families that each site's files are written for;

    shipped : tables of which no value is the owner's own.
    """

    server: Server
    sip: Sip
    turn: Turn
    media: Media
    network: Wan
    h323: H323
    families: dict[str, tuple[str, ...]]
    shipped: tuple[str, ...] = ()


_PARTS: dict[str, type[Any]] = {
    "server": Server, "sip": Sip, "turn": Turn, "media": Media, "network": Wan, "h323": H323,
}  # fmt: skip


def read(folder: Path) -> Options:
    """The options of a rollout's folder. Raises BadInput with file, table and key."""
    defaults = toml.document((files("setsail.rollout.provision") / SHIPPED).read_text(encoding="utf-8"), SHIPPED)
    file = folder / FILE
    own = toml.document(read_text(file), str(file)) if file.exists() else {}
    toml.require_known(own, (*_PARTS, "families"), str(file))
    found: dict[str, Any] = {}
    for name, cls in _PARTS.items():
        given = own.get(name, {})
        toml.require_known(given, [f.name for f in fields(cls)], f"{file} [{name}]")
        found[name] = _part(cls, defaults[name] | given, f"{file} [{name}]")
    families = _families(defaults["families"], own.get("families", {}), f"{file} [families]")
    made = Options(**found, families=families, shipped=tuple(n for n in _PARTS if n not in own))
    _require(made, str(file))
    return made


def _part(cls: type[Any], table: dict[str, Any], where: str) -> Any:  # noqa: ANN401 - one of the parts
    if cls is Wan:
        backup = toml.texts(table, "backup", where)
        return build(cls, {k: v for k, v in table.items() if k != "backup"}, where, known={"backup": backup})
    return build(cls, table, where)


def _families(shipped: dict[str, Any], own: object, where: str) -> dict[str, tuple[str, ...]]:
    toml.require_known(own, KINDS, where)
    assert isinstance(own, dict)  # noqa: S101 - just required
    return {kind: toml.texts(shipped | own, kind, where) for kind in KINDS}


HOSTS = (
    ("server", "host"), ("server", "clock"), ("sip", "domain"), ("sip", "proxy"), ("turn", "host"),
    ("h323", "gatekeeper"),
)  # fmt: skip


def _require(made: Options, file: str) -> None:
    for table, key in HOSTS:
        _match(_HOST, getattr(made, table), key, f"{file} [{table}]", "a host name or an address")
    for table, key in (("server", "address"), ("turn", "address"), ("network", "check_address")):
        _require_address(getattr(getattr(made, table), key), f"{file} [{table}] {key}")
    for key in ("page", "report", "provisioning"):
        _match(_URL, made.server, key, f"{file} [server]", "an http(s) address")
    for key in ("dnn", "apn"):
        _match(_NAME, made.network, key, f"{file} [network]", "letters, digits, '.', '_' or '-'")
    _match(_SD, made.network, "sd", f"{file} [network]", "six hexadecimal digits (TS 23.003 cl. 28.4.2)")
    _range(made.network.sst, 0, 255, f"{file} [network] sst")
    for key in ("voice_vlan", "video_vlan", "data_vlan"):
        _range(getattr(made.network, key), 1, 4094, f"{file} [network] {key}")
    for table, keys in (("sip", ("port",)), ("turn", ("port", "tls_port", "relay_from", "relay_to"))):
        for key in keys:
            _range(getattr(getattr(made, table), key), 1, 65535, f"{file} [{table}] {key}")
    _require_ports(made, file)
    _range(made.network.lan_block, 0, 255, f"{file} [network] lan_block")
    if not 0 < made.turn.hours <= 24 * 90:
        raise BadInput(f"is {made.turn.hours:g}", where=f"{file} [turn] hours", allowed="above 0, up to 2160")
    _range(made.sip.expires_s, 60, 86400, f"{file} [sip] expires_s")
    _range(made.h323.bandwidth_kbps, 64, 100_000, f"{file} [h323] bandwidth_kbps")
    if not made.h323.prefix.isdigit():
        raise BadInput(f"is {made.h323.prefix!r}", where=f"{file} [h323] prefix", allowed="digits (E.164)")


def _require_ports(made: Options, file: str) -> None:
    ranges = []
    for what in ("audio", "video", "server"):
        low, high = getattr(made.media, f"{what}_from"), getattr(made.media, f"{what}_to")
        _range(low, 1024, 65535, f"{file} [media] {what}_from")
        _range(high, low + 1, 65535, f"{file} [media] {what}_to")
        ranges.append((low, high, what))
    (a, b, _), (c, d, _), _ = ranges
    if a <= d and c <= b:
        raise BadInput(
            f"{a} to {b} and {c} to {d} share ports", where=f"{file} [media]",
            allowed="ranges apart: by them a router tells sound from pictures",
        )  # fmt: skip


def _match(pattern: re.Pattern[str], part: object, key: str, where: str, allowed: str) -> None:
    value = getattr(part, key)
    if not pattern.fullmatch(value):
        raise BadInput(f"is {value!r}", where=f"{where} {key}", allowed=allowed)


def _require_address(text: str, where: str) -> None:
    try:
        ipaddress.ip_address(text)
    except ValueError as err:
        raise BadInput(f"is {text!r}", where=where, allowed="an IPv4 or IPv6 address") from err


def _range(value: int, low: int, high: int, where: str) -> None:
    if not low <= value <= high:
        raise BadInput(f"is {value}", where=where, allowed=f"{low} to {high}")
