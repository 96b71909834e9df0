"""One site's configuration as plain values: what every template, every JSON file and the work order read."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.rollout.model import Rollout, RolloutSite
from setsail.rollout.provision.calls import FIVEQI, demand_of
from setsail.rollout.provision.codecs import table
from setsail.rollout.provision.link import Demand
from setsail.rollout.provision.options import Options
from setsail.rollout.provision.rooms import room_of
from setsail.rollout.provision.secrets import Secrets, sip_ha1, turn_credential

SECRET = frozenset({"password", "pin", "secret", "device_password", "username", "until"})
"""Keys that no public form holds: secrets, and the credential that changes with the clock."""
HIDDEN = "(kept in secrets.toml)"
SITES_OF_A_BLOCK = 254


@dataclass(frozen=True, slots=True)
class SiteConfig:
    """values : all of it, secrets too;  sha256 : of the public part, the same until the plan of the site changes."""

    site: str
    values: Mapping[str, Any] = field(repr=False)
    sha256: str = ""


def site_configs(rollout: Rollout, options: Options, secrets: Secrets, now: datetime) -> tuple[SiteConfig, ...]:
    """The configuration of every site, in the order of the sites.

    now : from then or from the deadline, whichever is later, a TURN credential holds for the hours of the options.
    Raises BadInput (a room number, an id, a network that cannot be), UnknownName, OutOfRange.
    """
    until = max(now, rollout.deadline) + timedelta(hours=options.turn.hours)
    return tuple(_config(rollout, options, secrets, until))


def public(values: Mapping[str, Any]) -> Record:
    """The configuration without secrets, and without what changes with the clock."""
    return {k: public(v) if isinstance(v, Mapping) else HIDDEN if k in SECRET and v else v for k, v in values.items()}


def qos() -> dict[str, Record]:
    """Marking of each medium: DSCP, priority on Ethernet, 5QI.

    Source: RFC 4594 (classes), IEEE 802.1Q (priorities), TS 23.501 Table 5.7.4-1.
    """
    return {
        row.need("media"): {
            "dscp_name": row.need("dscp_name"), "dscp": int(row.need("dscp")), "pcp": int(row.need("pcp")),
            "fiveqi": int(row.need("fiveqi")), "source": f"{row.need('source_id')} {row.need('clause')}",
        }
        for row in table("qos.csv")
    }  # fmt: skip


def server_values(rollout: Rollout, options: Options, secrets: Secrets) -> Record:
    """What the servers of a rollout are configured with."""
    return {
        "rollout": {"rollout": rollout.rollout, "name": rollout.name},
        "server": asdict(options.server),
        "sip": asdict(options.sip),
        "turn": asdict(options.turn) | {"secret": secrets.turn_secret},
    }


def sip_accounts(rollout: Rollout, options: Options, secrets: Secrets) -> list[Record]:
    """Accounts for a registrar: user, domain and the hash that it keeps instead of the password."""
    domain = options.sip.domain
    people = [p for p in room_of(rollout, secrets).participants if p.sip_password]
    return [
        {"site": p.site, "user": p.sip_user, "domain": domain, "ha1": sip_ha1(p.sip_user, domain, p.sip_password)}
        for p in people
    ]


def _config(rollout: Rollout, options: Options, secrets: Secrets, until: datetime) -> Iterator[SiteConfig]:
    room, demand, marking = room_of(rollout, secrets), demand_of(rollout), qos()
    for number, site in enumerate(rollout.sites, start=1):
        who, own = room.participants[number - 1], secrets.sites[site.site]
        sip = {"user": who.sip_user, "password": own.sip_password} | asdict(options.sip)
        values = {
            "rollout": {"rollout": rollout.rollout, "name": rollout.name},
            "site": _site(site, number) | {"device_password": own.device_password},
            "room": {"room": room.room, "name": room.name, "pin": room.pin, "page": options.server.page},
            "call": asdict(rollout.call),
            "sip": sip,
            "turn": _turn(rollout, options, secrets, who.sip_user, until),
            "qos": marking,
            "media": asdict(options.media),
            "network": _network(options, number),
            "link": _link(demand),
            "server": asdict(options.server),
            "h323": asdict(options.h323) | {"number": f"{options.h323.prefix}{rollout.call.room}{number:05d}"},
        }
        yield SiteConfig(site.site, values, digest(values))


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of the public part as JSON with sorted keys."""
    text = json.dumps(public(values), ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _site(site: RolloutSite, number: int) -> Record:
    names = ("site", "name", "name_zh", "district", "role", "kind", "sets", "latitude_deg", "longitude_deg", "mark")
    return {n: getattr(site, n) for n in names} | {"number": number}


def _turn(rollout: Rollout, options: Options, secrets: Secrets, user: str, until: datetime) -> Record | None:
    if not rollout.call.turn:
        return None
    made = turn_credential(secrets.turn_secret, user, until)
    shown = {n: getattr(options.turn, n) for n in ("host", "address", "port", "tls_port")}
    return shown | {"username": made.username, "password": made.password, "until": until.isoformat()}


def _network(options: Options, number: int) -> Record:
    wan = options.network
    block, place = divmod(number - 1, SITES_OF_A_BLOCK)
    text = wan.lan.replace("{block}", str(wan.lan_block + block)).replace("{site}", str(place + 1))
    try:
        lan = ipaddress.ip_network(text)
        gateway, terminal = lan[1], lan[10]
    except (ValueError, IndexError) as err:
        raise BadInput(
            f"gives {text!r} for site number {number}", where="provision.toml [network] lan",
            allowed="a network of 16 addresses or more such as 10.{block}.{site}.0/24",
            hint=f"a lower lan_block holds {SITES_OF_A_BLOCK} sites a block",
        ) from err  # fmt: skip
    return asdict(wan) | {
        "backup": list(wan.backup),
        "backup_names": [f"wan_{way}" for way in wan.backup],
        "lan": str(lan),
        "lan_gateway": str(gateway),
        "lan_mask": str(lan.netmask),
        "terminal_address": str(terminal),
        "modem_command": f'AT+CGDCONT=1,"{wan.pdu_type.upper()}","{wan.dnn}"{"," * 15}"{wan.sst:02X}.{wan.sd}"',
    }


def _link(demand: Demand) -> Record:
    """What the link must carry, by medium and direction. Source: TS 26.114 Annex E; 5QI: Annex E.0."""
    flows = []
    for kind, stream, down in (("video", demand.video, demand.receive), ("audio", demand.audio, 1)):
        if stream is not None:
            flows.append({
                "media": kind, "fiveqi": FIVEQI[kind], "codec": stream.codec,
                "gbr_up_kbps": stream.gbr_kbps, "gbr_down_kbps": down * stream.gbr_kbps,
                "mbr_up_kbps": stream.mbr_kbps, "mbr_down_kbps": down * stream.mbr_kbps,
            })  # fmt: skip
    return {"up_kbps": demand.up_kbps, "down_kbps": demand.down_kbps, "receive": demand.receive, "flows": flows}
