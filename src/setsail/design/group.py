"""A group of sites in one design: each site by itself, the flows between them, and the links that carry these."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from setsail.base import toml
from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.base.record import Record
from setsail.base.tables import read_text
from setsail.design.dimension.needs import Peer
from setsail.design.dimension.options import DimensionOptions
from setsail.design.dimension.routes import Demand, LinkPlan, plan
from setsail.design.network.columns import check_value, columns, default_of
from setsail.design.network.model import Flow, Link, Network
from setsail.site.model import Need, Site

FILE = "group.toml"
FORMAT = 1
FLOW_KEYS = (
    "need", "application", "from", "to", "room", "function", "to_room", "to_function", "count", "activity_ratio",
    "critical",
)  # fmt: skip


NUMBERS = ("count", "activity_ratio", "critical")


@dataclass(frozen=True, slots=True)
class Between:
    """A need between two sites: devices at `a`, and at `b` too where a place is named there (else its network)."""

    need: Need
    a: str
    b: str
    far: Need | None

    @property
    def legs(self) -> int:
        """Radio legs of the path."""
        return 2 if self.far else 1


@dataclass(frozen=True, slots=True)
class Group:
    """Sites by the name of their folder, the links between them, and what crosses those."""

    name: str
    sites: Mapping[str, Path]
    links: tuple[Link, ...]
    between: tuple[Between, ...]


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """The networks of the sites with the links they need, and the plan of all links."""

    networks: Mapping[str, Network]
    plan: LinkPlan
    notes: tuple[str, ...]

    def record(self) -> Record:
        """Links with their loads, routes, and what one failure cuts off."""
        return {
            "links": [
                {"link": k.link, "a": k.a, "b": k.b, "length_m": k.length_m, "hops": k.hops, "rate_bps": k.rate_bps,
                 "group": k.group, "load_bps": self.plan.loads[k.link],
                 "load_ratio": self.plan.loads[k.link] / k.rate_bps if k.rate_bps else None}
                for k in self.plan.links
            ],
            "routes": [
                {"a": a, "b": b, "links": list(r.links), "length_m": r.length_m, "hops": r.hops, "delay_s": r.delay_s}
                for (a, b), r in self.plan.routes.items()
            ],
            "cut": [{"a": a, "b": b, "by": list(names)} for (a, b), names in self.plan.cut.items()],
            "notes": list(self.notes),
        }  # fmt: skip


def is_group(path: Path) -> bool:
    """Whether a folder is that of a group."""
    return (path / FILE).is_file()


def read(path: Path) -> Group:
    """The group of a folder with a `group.toml`. Raises BadInput, UnknownName, DuplicateKey, OutOfRange."""
    where = str(path / FILE)
    top = toml.document(read_text(path / FILE), where)
    toml.require_known(top, ("format", "name", "site", "link", "flow"), where)
    if top.get("format") != FORMAT:
        raise BadInput("has another format or none", where=f"{where} format", allowed=str(FORMAT))
    sites = _sites(path, top, where)
    links = tuple(_link(t, sites, f"{where} link[{i + 1}]") for i, t in enumerate(toml.tables(top, "link", where)))
    between = tuple(_between(t, sites, f"{where} flow[{i + 1}]") for i, t in enumerate(toml.tables(top, "flow", where)))
    for kind, names in (("link", [k.link for k in links]), ("need", [b.need.need for b in between])):
        twice = sorted({n for n in names if names.count(n) > 1})
        if twice:
            raise DuplicateKey(f"repeats {kind} {twice[0]!r}", where=where, hint="remove one")
    return Group(toml.text(top, "name", where) or path.name, sites, links, between)


def _sites(path: Path, top: Mapping[str, Any], where: str) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for index, table in enumerate(toml.tables(top, "site", where)):
        place = f"{where} site[{index + 1}]"
        toml.require_known(table, ("folder",), place)
        name = toml.text(table, "folder", place)
        if not name or not (path / name / "site.toml").is_file():
            raise BadInput(f"{name!r} holds no site", where=place, allowed="a folder with site.toml beside group.toml")
        if name in found:
            raise DuplicateKey(f"repeats folder {name!r}", where=place, hint="remove one")
        found[name] = path / name
    if not found:
        raise BadInput("names no site", where=where, allowed='[[site]] with folder = "..."')
    return found


def _link(table: Mapping[str, Any], sites: Mapping[str, Path], where: str) -> Link:
    known = {c.column: c for c in columns()["links"]}
    toml.require_known(table, known, where)
    given = {"rate_bps": 0.0} | dict(table)
    values: dict[str, Any] = {
        name: check_value(c, given[name], f"{where} {name}") if name in given else default_of(c, f"{where} {name}")
        for name, c in known.items()
    }
    made = Link(**values)
    for end in (made.a, made.b):
        _require_site(end, sites, where)
    if made.a == made.b:
        raise BadInput(f"leads from {made.a!r} to itself", where=where, allowed="two sites")
    return made


def _require_site(name: str, sites: Mapping[str, Path], where: str) -> None:
    if name not in sites:
        raise UnknownName(f"names site {name!r}", where=where, allowed=", ".join(sites))


def _between(table: Mapping[str, Any], sites: Mapping[str, Path], where: str) -> Between:
    toml.require_known(table, FLOW_KEYS, where)
    words = {
        key: toml.text(table, key, where) for key in FLOW_KEYS if key not in ("count", "activity_ratio", "critical")
    }
    for end in ("from", "to"):
        _require_site(words[end], sites, where)
    if words["from"] == words["to"]:
        raise BadInput("stays on its site", where=where, allowed="two sites", hint="needs.csv of the site")
    count, active = toml.number(table, "count", where, 1.0), toml.number(table, "activity_ratio", where, 1.0)
    if count != int(count) or count < 1 or not 0 <= active <= 1 or not words["need"]:
        raise BadInput(f"has count {count:g}, activity_ratio {active:g}, need {words['need']!r}", where=where,
                       allowed="count >= 1, activity_ratio in [0, 1], a name")  # fmt: skip
    if not words["room"] and not words["function"]:
        raise BadInput("names no place", where=where, allowed="room or function of the site it comes from")
    near = Need(
        words["need"], words["application"], int(count), words["room"], words["function"], active,
        toml.flag(table, "critical", where), "given", f"to {words['to']}",
    )  # fmt: skip
    far = None
    if words["to_room"] or words["to_function"]:
        far = replace(near, room=words["to_room"], function=words["to_function"], note=f"to {words['from']}")
    return Between(near, words["from"], words["to"], far)


def needs_of(group: Group, name: str, site: Site) -> tuple[Site, dict[str, Peer]]:
    """A site with the needs that the group adds to it, and their far ends."""
    added: list[Need] = []
    peers: dict[str, Peer] = {}
    for one in group.between:
        if name == one.a:
            added.append(one.need)
            peers[one.need.need] = Peer(one.b, one.legs)
        elif name == one.b and one.far is not None:
            added.append(one.far)
            peers[one.need.need] = Peer(one.a, one.legs)
    own = {need.need for need in site.needs}
    twice = sorted(own & set(peers))
    if twice:
        raise DuplicateKey(f"names need {twice[0]!r}, as the needs of {name} do", where=FILE, hint="another name")
    return replace(site, needs=(*site.needs, *added)), peers


def joined(group: Group, networks: Mapping[str, Network], options: DimensionOptions) -> GroupPlan:
    """The networks with the links that their flows to other sites take, each as wide as any one failure asks for."""
    made = plan(_demands(networks), group.links, options)
    by_name = {link.link: link for link in made.links}
    found = {}
    for name, network in networks.items():
        used = dict.fromkeys(link for (a, b), r in made.routes.items() if name in (a, b) for link in r.links)
        around = dict.fromkeys(k.link for k in made.links if name in (k.a, k.b))
        links = [by_name[k] for k in {**around, **used}]
        renamed = [_of_site(link, name, network.site) for link in links]
        found[name] = replace(network, links=(*network.links, *renamed))
    return GroupPlan(found, made, tuple(_notes(made, networks)))


def _of_site(link: Link, name: str, site: str) -> Link:
    """The link with the own site under the name that its network has."""
    return replace(link, a=site if link.a == name else link.a, b=site if link.b == name else link.b)


def _demands(networks: Mapping[str, Network]) -> list[Demand]:
    """Flows between sites, each counted once: by the site that comes first in the group."""
    flows: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    order = list(networks)
    for name, network in networks.items():
        for flow in network.flows:
            if flow.peer in networks:
                twice = flow.legs == 2 and order.index(flow.peer) < order.index(name)
                if not twice:
                    flows[name, flow.peer].append(flow)
    return [Demand(a, b, tuple(many)) for (a, b), many in flows.items()]


def _notes(made: LinkPlan, networks: Mapping[str, Network]) -> list[str]:
    told = []
    for (a, b), names in made.cut.items():
        how = "no link joins them" if "no link" in names else f"each of {', '.join(names)} cuts them off"
        critical = any(f.critical for n in (a, b) for f in networks[n].flows if f.peer in (a, b))
        told.append(f"{a} and {b}: {how}" + ("; critical flows run between them" if critical else ""))
    for link in made.links:
        if made.loads[link.link] > link.rate_bps:
            told.append(f"link {link.link} has {link.rate_bps / 1e9:g} of {made.loads[link.link] / 1e9:.3g} Gbit/s")
    return told
