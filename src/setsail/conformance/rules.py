"""To whom a check applies, and what it requires of each."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from functools import cache
from typing import Any

from setsail.base.errors import BadInput
from setsail.conformance.findings import Bound
from setsail.conformance.profile import Check, Condition
from setsail.design.network.model import Carrier, Cell, Flow, Head, Link, Network, Slice, Upf
from setsail.site.model import Floor, Room, Site
from setsail.standards.applications import application
from setsail.standards.qos import fiveqis

CLASSES: dict[str, type] = {
    "site": Site, "floor": Floor, "room": Room, "carrier": Carrier, "cell": Cell, "head": Head, "slice": Slice,
    "flow": Flow, "upf": Upf, "link": Link,
}  # fmt: skip
NEEDS = (
    "dl_bps", "ul_bps", "latency_s", "leg_budget_s", "reliability", "availability", "jitter_s", "survival_s",
    "interval_s", "position_m", "sync_s",
)  # fmt: skip
"""Bounds that an application can state: `need:NAME`."""
PREFIXES = ("need:", "site:", "network:")
FLOW_EXTRA = ("field", "states", "asks", "qos", "delay_critical", "room.function", "room.critical")
STATED = (*NEEDS, "message_bytes")
ROOM_EXTRA = ("needs",)


@cache
def attributes(subject: str) -> frozenset[str]:
    """What `where` may ask of a kind of subject.

    A flow also has `field` (first digits of the application's field), `states` (bounds that the application states),
    `asks` (isolation level of the application), `qos` (false for positioning and coverage, which carry no traffic),
    `delay_critical` (of its 5QI), `room.function` and `room.critical`; a room also `needs`, the ids of the
    applications in it.
    """
    own = {f.name for f in dataclasses.fields(CLASSES[subject])}
    return frozenset(own | set({"flow": FLOW_EXTRA, "room": ROOM_EXTRA}.get(subject, ())))


def conditions(text: str) -> tuple[Condition, ...]:
    """The conditions of a cell such as `function=ward|operating-theatre; critical=true`. Raises ValueError."""
    found = []
    for part in filter(None, (p.strip() for p in text.split(";"))):
        attribute, equals, values = part.partition("=")
        listed = tuple(v.strip() for v in values.split("|"))
        if not equals or not attribute.strip() or not all(listed):
            raise ValueError(f"is {part!r}")
        found.append(Condition(attribute.strip(), listed))
    return tuple(found)


def is_reference(limit: str) -> bool:
    """True for a limit that is looked up: `need:`, `site:` or `network:`."""
    return limit.startswith(PREFIXES)


def reference(limit: str, subject: str, where: str) -> tuple[str, str]:
    """The two parts of a looked-up limit. Raises BadInput for a need that no application states, or not here."""
    kind, _, name = limit.partition(":")
    if kind == "need" and subject not in {"flow", "room"}:
        raise BadInput(f"asks for the need of a {subject}", where=where, allowed="subject flow or room")
    if not name or (kind == "need" and name not in NEEDS):
        raise BadInput(f"is {limit!r}", where=where, allowed=f"need: one of {', '.join(NEEDS)}; site:KEY; network:KEY")
    return kind, name


class Scope:
    """The subjects of a site and its network by name, and what each check asks of them."""

    def __init__(self, site: Site, network: Network) -> None:
        self.site, self.network = site, network
        self.by_kind = _subjects(site, network)
        self.flows_of: dict[str, list[Flow]] = {}
        for flow in network.flows:
            self.flows_of.setdefault(flow.room, []).append(flow)
        self._applies: dict[tuple[str, tuple[Condition, ...]], dict[str, Any]] = {}
        self._bounds: dict[tuple[str, str, str], Bound | None] = {}

    def subjects(self, check: Check) -> dict[str, Any]:
        """The subjects to which a check applies, by name such as "room:1A10"."""
        key = (check.subject, check.where)
        if key not in self._applies:
            every = self.by_kind[check.subject]
            self._applies[key] = {s: v for s, v in every.items() if self._holds(v, check.where)}
        return self._applies[key]

    def bound(self, check: Check, subject: str) -> Bound | None:
        """What a check with a looked-up limit requires of one subject; None where it is not stated."""
        strict = "max" if check.op in {">=", ">"} else "min"
        key = (check.limit, strict, "" if check.limit.startswith(("site:", "network:")) else subject)
        if key not in self._bounds:
            self._bounds[key] = self._look_up(check.limit, strict, subject)
        return self._bounds[key]

    def _look_up(self, limit: str, strict: str, subject: str) -> Bound | None:
        kind, _, name = limit.partition(":")
        if kind == "site":
            value = self.site.declared.get(name)
            return None if value is None else Bound(value, f"stated by the site: {name}")
        if kind == "network":
            value = self.network.settings.get(name)
            return None if value is None else Bound(value, f"setting of the design: {name}")
        flow = self.by_kind["flow"].get(subject)
        flows = [flow] if flow else self.flows_of.get(subject.partition(":")[2], [])
        stated = [b for b in (_need(f.application, name) for f in flows) if b]
        if not stated:
            return None
        return (max if strict == "max" else min)(stated, key=lambda b: (float(b.value), b.source))

    def _holds(self, thing: object, where: Iterable[Condition]) -> bool:
        return all(self._values(thing, c.attribute) & set(c.values) for c in where)

    def _values(self, thing: object, attribute: str) -> set[str]:
        if isinstance(thing, Flow) and attribute in {"field", "states", "asks", "qos"}:
            return _of_application(thing.application, attribute)
        if isinstance(thing, Flow) and attribute == "delay_critical":
            known = thing.fiveqi in fiveqis() and fiveqis()[thing.fiveqi or 0].delay_critical
            return {_word(known or thing.mdbv_bytes is not None)}
        if isinstance(thing, Flow) and attribute.startswith("room."):
            room = self.by_kind["room"].get(f"room:{thing.room}")
            return {_word(getattr(room, attribute[5:], ""))}
        if isinstance(thing, Room) and attribute == "needs":
            return {f.application for f in self.flows_of.get(thing.room, [])}
        return {_word(getattr(thing, attribute))}


def _subjects(site: Site, network: Network) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {kind: {} for kind in CLASSES}
    found["site"][f"site:{site.site}"] = site
    for floor in site.floors:
        found["floor"][f"floor:{floor.floor}"] = floor
        found["room"] |= {f"room:{r.room}": r for r in floor.rooms}
    lists: dict[str, tuple[Any, ...]] = {
        "carrier": network.carriers, "cell": network.cells, "head": network.heads, "slice": network.slices,
        "flow": network.flows, "upf": network.upfs, "link": network.links,
    }  # fmt: skip
    for kind, things in lists.items():
        found[kind] = {f"{kind}:{getattr(thing, kind)}": thing for thing in things}
    return found


@cache
def _of_application(name: str, attribute: str) -> set[str]:
    app = application(name)
    if attribute == "states":
        return {bound for bound in STATED if getattr(app, bound) is not None}
    told = {"field": app.field.partition(" ")[0], "asks": app.isolation, "qos": _word(app.qos_flow)}
    return {told[attribute]}


@cache
def _need(name: str, bound: str) -> Bound | None:
    """The bound that an application states, with its source and whether it was read."""
    if not name:
        return None
    app = application(name)
    value = getattr(app, bound)
    if value is None:
        return None
    mark = "" if app.verified else f" ({app.evidence}{', mapping assumed' if app.mapping == 'assumed' else ''})"
    return Bound(value, f"{app.application} {app.source}{mark}", app.verified, app.kind)


def _word(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
