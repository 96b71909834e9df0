"""Everything that work orders say, as plain values for their template, which only lays them out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from setsail.base.errors import UnknownName
from setsail.base.record import Record
from setsail.rollout.model import STAGES, Rollout, RolloutSite
from setsail.rollout.plan_model import Plan, SitePlan, Visit
from setsail.rollout.provision.config import SiteConfig
from setsail.rollout.provision.orders import qr

LANGUAGES = ("en", "zh")
BREAK = "\u200b"
"""A place where a line may end, without a sign."""
_LONG_WORD, _PIECE = re.compile(r"[!-~]{25,}"), re.compile(r".{1,12}")
CHECKS = ("power", "photo", "link", "picture", "sound")


@dataclass(frozen=True, slots=True)
class Orders:
    """What is printed. plan : in force, None where there is none;  pin : "" where it is not to be printed;

    sites : ids of the pages that are wanted, all where empty;  made : printed then;  authority : SHA-256 of the
    certificate that SIP terminals trust, "" where there is none.
    """

    rollout: Rollout
    configs: Sequence[SiteConfig]
    plan: Plan | None
    made: datetime
    language: str = "en"
    sites: tuple[str, ...] = ()
    pin: str = ""
    authority: str = ""


@cache
def words(language: str) -> Mapping[str, str]:
    """The words of a language. Raises UnknownName."""
    if language not in LANGUAGES:
        raise UnknownName(f"is {language!r}", where="--lang", allowed=", ".join(LANGUAGES))
    text = (files("setsail.rollout.provision.orders") / "locale" / f"{language}.json").read_text(encoding="utf-8")
    found: Mapping[str, str] = json.loads(text)
    return found


def content(orders: Orders) -> Record:
    """What the template `orders.typ` reads. Raises UnknownName for a site or language that is not there."""
    w, plan = words(orders.language), orders.plan
    planned = {s.site: s for s in plan.sites} if plan else {}
    visits = _visits(plan)
    configs = {c.site: c for c in orders.configs}
    return {
        "w": dict(w),
        "lang": orders.language,
        "cover": _cover(orders, w),
        "crews": [] if orders.sites else [_crew(orders, crew, w) for crew in _crews(plan)],
        "pages": [
            _page(orders, site, configs[site.site], planned.get(site.site), visits.get(site.site, []))
            for site in _in_order(orders, planned)
        ],
    }


def _in_order(orders: Orders, planned: Mapping[str, SitePlan]) -> list[RolloutSite]:
    """The sites whose pages are wanted: crew by crew in the order of their way, then those without a plan."""
    known = {s.site: s for s in orders.rollout.sites}
    for site in orders.sites:
        if site not in known:
            some = ", ".join(list(known)[:12]) + (" ..." if len(known) > 12 else "")
            raise UnknownName(f"is {site!r}", where="--site", allowed=some)
    wanted = [known[s] for s in dict.fromkeys(orders.sites)] or list(known.values())

    def place(site: RolloutSite) -> tuple[bool, str, str]:
        found = planned.get(site.site)
        if found is None or found.arrive is None:
            return True, "", ""
        return False, found.crews[0] if found.crews else "", found.arrive.isoformat()

    return sorted(wanted, key=place)


def _cover(orders: Orders, w: Mapping[str, str]) -> Record:
    rollout, plan = orders.rollout, orders.plan
    facts = [
        (w["notice"], _time(orders, rollout.notice, day=True)),
        (w["deadline"], _time(orders, rollout.deadline, day=True)),
        (w["sites"], str(len(rollout.sites))),
        (w["crews"], str(len(rollout.crews))),
    ]
    if plan is not None:
        key = {True: "feasible.true", False: "feasible.false", None: "feasible.none"}[plan.feasible]
        facts += [
            (w["feasible"], w[key]),
            (w["finish"], _time(orders, plan.finish_of_all, day=True) if plan.finish_of_all else w["not_planned"]),
            (w["planned_at"], _time(orders, plan.at, day=True)),
        ]
    facts.append((w["room"], str(rollout.call.room)))
    return {
        "rollout": rollout.rollout, "name": rollout.name, "facts": [{"name": n, "value": v} for n, v in facts],
        "note": rollout.note, "no_plan": "" if plan else w["no_plan"], "made": _time(orders, orders.made, day=True),
    }  # fmt: skip


def _crews(plan: Plan | None) -> list[str]:
    return sorted({v.crew for v in plan.visits}) if plan else []


def _crew(orders: Orders, crew: str, w: Mapping[str, str]) -> Record:
    assert orders.plan is not None  # noqa: S101 - only asked for with a plan
    stops = sorted((v for v in orders.plan.visits if v.crew == crew), key=lambda v: (v.depart, v.arrive, v.end))
    known = next((c for c in orders.rollout.crews if c.crew == crew), None)
    return {
        "crew": crew,
        "vehicle": stops[0].vehicle if stops else "",
        "people": str(known.people) if known else "",
        "stops": [_stop(orders, i, v, w) for i, v in enumerate(stops, 1)],
    }


def _stop(orders: Orders, number: int, visit: Visit, w: Mapping[str, str]) -> Record:
    site = orders.rollout.site(visit.place)
    return {
        "n": str(number), "kind": w[visit.kind], "place": visit.place,
        "name": _name(orders, site) if site else "", "arrive": _time(orders, visit.arrive),
        "leave": _time(orders, visit.end), "sets": str(visit.sets) if visit.sets else "",
        "km": f"{visit.distance_m / 1000:.1f}" if visit.distance_m else "",
    }  # fmt: skip


def _visits(plan: Plan | None) -> dict[str, list[Visit]]:
    found: dict[str, list[Visit]] = {}
    for visit in plan.visits if plan else ():
        if visit.kind in ("visit", "again"):
            found.setdefault(visit.place, []).append(visit)
    return found


def _page(
    orders: Orders, site: RolloutSite, config: SiteConfig, planned: SitePlan | None, visits: Sequence[Visit]
) -> Record:
    w, values = words(orders.language), config.values
    return {
        "site": site.site,
        "name": _name(orders, site),
        "other_name": breakable(site.name if orders.language == "zh" and site.name_zh else site.name_zh),
        "blocks": [
            {"title": w["where"], "rows": _rows(_where(site, w))},
            {"title": w["who"], "rows": _rows(_who(orders, site, planned, visits, w))},
            {"title": w["line"], "rows": _rows(_line(orders, site, values, w))},
            {"title": w["room"], "rows": _rows(_room(orders, values, w))},
        ],
        "stages": [
            {
                "name": w[stage],
                "at": _time(orders, planned.stages[stage]) if planned and stage in planned.stages else "",
            }
            for stage in STAGES
        ],
        "checks": [w[f"check.{c}"] for c in CHECKS],
        "mark": w.get(f"mark.{site.mark}", ""),
        "note": site.note,
        "qr_report": qr.svg(qr.report_text(values, config.sha256)),
        "qr_place": qr.svg(qr.place_text(site.latitude_deg, site.longitude_deg)),
        "sha256": config.sha256[: qr.HASH_SIGNS],
    }


def _where(site: RolloutSite, w: Mapping[str, str]) -> list[tuple[str, str]]:
    place = f"{site.latitude_deg:.5f} N, {site.longitude_deg:.5f} E"
    if site.latitude_deg < 0 or site.longitude_deg < 0:
        place = f"{site.latitude_deg:.5f}, {site.longitude_deg:.5f}"
    return [(w["coordinates"], place), (w["district"], site.district), (w["role"], site.role)]


def _who(
    orders: Orders, site: RolloutSite, planned: SitePlan | None, visits: Sequence[Visit], w: Mapping[str, str]
) -> list[tuple[str, str]]:
    bring = f"{site.sets} × {site.kind}"
    if not visits:
        crews = ", ".join(planned.crews) if planned else ""
        return [(w["crew"], crews or w["not_planned"]), (w["bring"], bring)]
    first = min(visits, key=lambda v: v.arrive)
    who = ", ".join(f"{v.crew} ({v.vehicle})" if v.vehicle else v.crew for v in visits)
    rows = [
        (w["crew"], who),
        (w["depart"], _time(orders, first.depart)),
        (w["arrival"], _time(orders, first.arrive)),
        (w["ready"], _time(orders, max(v.end for v in visits))),
        (w["bring"], bring),
    ]
    if planned is not None:
        key, minutes = ("late", planned.late_min) if planned.late_min > 0 else ("min_slack", planned.slack_min)
        rows.append(("", w[key].format(n=f"{minutes:.0f}")))
    return rows


def _line(orders: Orders, site: RolloutSite, values: Mapping[str, Any], w: Mapping[str, str]) -> list[tuple[str, str]]:
    net, link = values["network"], values["link"]
    up = w["line.at"].format(at=_time(orders, site.line_ready_at)) if site.line_ready_at else w["line.up"]
    return [
        (w["line"], up),
        (w["slice"], f"SST {net['sst']} SD {net['sd']}, {net['dnn']}"),
        (w["backup"], " → ".join(net["backup"]) or "–"),
        (w["rate"], f"{link['up_kbps']:,} / {link['down_kbps']:,} kbit/s"),
        (w["gateway"], f"{net['lan_gateway']} ({net['lan']})"),
        (w["terminal"], net["terminal_address"]),
        (w["vlans"], f"{net['voice_vlan']} / {net['video_vlan']} / {net['data_vlan']}"),
    ]


def _room(orders: Orders, values: Mapping[str, Any], w: Mapping[str, str]) -> list[tuple[str, str]]:
    room, sip = values["room"], values["sip"]
    rows = [(w["room"], str(room["room"])), (w["page"], room["page"]), (w["pin"], orders.pin or w["pin.hidden"])]
    if orders.rollout.call.sip:
        rows.insert(1, (w["dial"], f"sip:{room['room']}@{sip['domain']}"))
        rows.append((w["authority"], breakable(orders.authority)))
    return rows


def _rows(pairs: Sequence[tuple[str, str]]) -> list[Record]:
    return [{"name": n, "value": v} for n, v in pairs if v]


def _name(orders: Orders, site: RolloutSite) -> str:
    """The name in the language of the page; a word that is longer than a line may be broken."""
    name = site.name_zh if orders.language == "zh" and site.name_zh else site.name or site.site
    return breakable(name)


def breakable(text: str) -> str:
    """The text, with places to break it inside words that are longer than a line of the heading."""
    return _LONG_WORD.sub(lambda word: BREAK.join(_PIECE.findall(word[0])), text)


def _time(orders: Orders, at: datetime, *, day: bool = False) -> str:
    """Clock of the rollout's own zone; the day where asked for, or where it is not that of the notice."""
    local = at.astimezone(orders.rollout.notice.tzinfo)
    return local.strftime("%Y-%m-%d %H:%M" if day else "%m-%d %H:%M")
