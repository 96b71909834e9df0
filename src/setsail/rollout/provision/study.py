"""From a rollout and its secrets to the files of every site and of the servers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from setsail.base.errors import OutOfRange
from setsail.base.folders import whole_folder
from setsail.base.record import Record
from setsail.rollout.folder.rules import ID, ID_TOLD
from setsail.rollout.model import Rollout
from setsail.rollout.provision import templates
from setsail.rollout.provision.config import SiteConfig, public, server_values, sip_accounts, site_configs
from setsail.rollout.provision.options import KINDS, Options
from setsail.rollout.provision.rooms import room_of
from setsail.rollout.provision.secrets import Secrets
from setsail.rollout.provision.templates import Family

INDEX = "provision.json"
"""Names everything else in the folder; it holds no secret, and proves that a folder is one of these."""
SITES, SERVER = "sites", "server"
OWNED = frozenset({INDEX, SITES, SERVER})
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Provisioned:
    """All files by their path in the folder, and the index that names them."""

    files: Mapping[str, str]
    index: Record


def provisioned(
    rollout: Rollout, options: Options, secrets: Secrets, now: datetime, *, own_templates: Path | None = None
) -> Provisioned:
    """Every file of every site and of the servers. The same for the same inputs; nothing is written.

    own_templates : a folder of families that go before the shipped ones.
    Raises BadInput, UnknownName (a family), OutOfRange.
    """
    families = [templates.family(k, n, own_templates) for k in KINDS for n in options.families.get(k, ())]
    relay = templates.family("turn", "coturn", own_templates) if rollout.call.turn else None
    configs = site_configs(rollout, options, secrets, now)
    found: dict[str, str] = {}
    for one in configs:
        _require_name(one.site)
        found |= _site_files(one, families)
    found |= _server_files(rollout, options, secrets, relay)
    index = _index(rollout, options, configs, families, sorted(found))
    return Provisioned(found | {INDEX: _json(index)}, index)


def write(make: Callable[[], Provisioned], folder: Path, *, replace: bool = False) -> Provisioned:
    """Writes the files that `make` gives, whole or not at all; each may be read by its owner alone, but for the index.

    make : called once the folder is known to be free, so that nothing is made for a folder that cannot be written;
    replace : an older provisioning is replaced; other files of the folder stay.
    Raises StoreConflict, BadInput.
    """
    with whole_folder(folder, replace=replace, proof=INDEX, owned=OWNED) as new:
        made = make()
        for name, text in made.files.items():
            path = new / name
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            path.touch(mode=0o644 if name == INDEX else 0o600)
            path.write_text(text, encoding="utf-8", newline="")
    return made


def _site_files(config: SiteConfig, families: Sequence[Family]) -> dict[str, str]:
    home = f"{SITES}/{config.site}"
    found = {f"{home}/site.json": _json({"format": FORMAT, "sha256": config.sha256} | dict(config.values))}
    for one in families:
        for file in one.files:
            found[f"{home}/{one.kind}/{one.family}/{file.name}"] = templates.rendered(file, config.values)
    return found


def _server_files(rollout: Rollout, options: Options, secrets: Secrets, relay: Family | None) -> dict[str, str]:
    room = room_of(rollout, secrets)
    found = {
        f"{SERVER}/room.json": _json({
            "format": FORMAT, "room": room.room, "name": room.name, "pin": room.pin, "secret": room.secret,
            "places": room.places, "receive": room.receive, "bitrate_bps": room.bitrate_bps,
            "record": rollout.call.record,
            "participants": [{"site": p.site, "number": p.number, "display": p.display} for p in room.participants],
        }),
        f"{SERVER}/sip_accounts.csv": _csv(sip_accounts(rollout, options, secrets)),
    }  # fmt: skip
    if relay is not None:
        values = server_values(rollout, options, secrets)
        found |= {f"{SERVER}/{file.name}": templates.rendered(file, values) for file in relay.files}
    return found


def _index(
    rollout: Rollout, options: Options, configs: Sequence[SiteConfig], families: Sequence[Family], names: list[str]
) -> Record:
    first = public(configs[0].values) if configs else {}
    return {
        "format": FORMAT,
        "rollout": rollout.rollout,
        "name": rollout.name,
        "room": rollout.call.room,
        "assumed": [f"[{name}]" for name in options.shipped],
        "families": [
            {"kind": f.kind, "family": f.family, "name": f.name, "tried": f.tried, "note": f.note} for f in families
        ],
        "qos": first.get("qos", {}),
        "link": first.get("link", {}),
        "sites": [{"site": c.site, "sha256": c.sha256} for c in configs],
        "files": names,
    }


def _require_name(site: str) -> None:
    """A site's id names its folder."""
    if not ID.fullmatch(site) or len(site.encode()) > 200:
        raise OutOfRange(f"is {site!r}", where="site", allowed=ID_TOLD)


def _json(value: Any) -> str:  # noqa: ANN401 - any JSON value
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False, default=str) + "\n"


def _csv(rows: Sequence[Record]) -> str:
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, ("site", "user", "domain", "ha1"), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()
