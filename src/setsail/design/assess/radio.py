"""Facts of the radio part of a network: levels, quality and rates of rooms, what leaves the building, safety."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from setsail.design.assess.facts import Fact
from setsail.design.assess.keys import fact_keys
from setsail.design.indoor import rates, safety
from setsail.design.indoor.maps import FloorMaps, RadioMaps, maps
from setsail.design.indoor.positions import positions
from setsail.design.indoor.raster import is_lift
from setsail.design.indoor.rooms import target_rooms
from setsail.design.network.model import Network
from setsail.site.model import Site

LEVELS = "COST 231 multi-wall form; ITU-R P.2040-3"
MOST_DB = 99.0
"""Written where nothing else is heard, so that a ratio of powers stays a number."""
QUANTILES = (
    ("radio.rsrp_dbm.p05", "rsrp_dbm", 0), ("radio.sinr_db.p05", "sinr_db", 0),
    ("radio.rate_dl_bps.p05", "rate_dl_bps", 0), ("radio.rate_ul_bps.p05", "rate_ul_bps", 0),
    ("radio.second_rsrp_dbm.p05", "second_rsrp_dbm", 0), ("radio.second_cell_rsrp_dbm.p05", "second_cell_rsrp_dbm", 0),
    ("radio.dominance_db.p50", "dominance_db", 1), ("radio.ingress_margin_db.p05", "ingress_margin_db", 0),
)  # fmt: skip
CAPPED = ("radio.dominance_db.p50",)
NOTHING = {
    "radio.second_rsrp_dbm.p05": "no other head is heard",
    "radio.second_cell_rsrp_dbm.p05": "no other cell is heard",
    "radio.ingress_margin_db.p05": "the level of the macro network is not stated",
}


def facts(site: Site, network: Network, made: RadioMaps | None = None) -> list[Fact]:
    """Facts `radio.*` of every room that is asked for coverage, every floor and head, and the site.

    made : maps of that network, else they are made here. What has no input or method is None and says why. A value
    that rests on a material outside its frequency range, or on a link model that was not read in its source, is not
    verified. Raises what `maps` raises.
    """
    found = made if made is not None else maps(site, network)
    whole = f"site:{site.site}"
    return [
        *(fact for floor in found.floors for fact in _floor(found, floor)),
        *_heads(found),
        _fact("radio.site_covered_ratio", whole, found.covered_ratio, _target(found), verified=_known(found)),
        _leakage(found, whole),
        _ue(found, whole),
    ]


def _fact(
    key: str, subject: str, value: float | None, cause: str = "", *, verified: bool = True,
    sources: tuple[str, ...] = (LEVELS,),
) -> Fact:  # fmt: skip
    number = None if value is None or not math.isfinite(value) else float(value)
    return Fact(key, subject, number, fact_keys()[key].unit, cause=cause, verified=verified, sources=sources)


def _known(found: RadioMaps) -> bool:
    return not any(floor.scene.walls.outside for floor in found.floors)


def _target(found: RadioMaps) -> str:
    aims = found.options.targets
    return f"target {aims.rsrp_dbm:g} dBm and {found.options.margin_db:g} dB margin"


def _floor(found: RadioMaps, floor: FloorMaps) -> Iterator[Fact]:
    known, subject = not floor.scene.walls.outside, f"floor:{floor.floor.floor}"
    made, target = floor.rooms, _target(found)
    yield _fact("radio.floor_covered_ratio", subject, made.covered_ratio[-1], target, verified=known)
    yield _fact("radio.floor_sinr_ratio", subject, made.sinr_ratio[-1], "interference of other cells", verified=known)
    field, place = safety.fields(found, floor), positions(found, floor)
    for k, asked in enumerate(target_rooms(floor.grid).tolist()):
        if not asked:
            continue
        room = f"room:{floor.grid.rooms[k].room}"
        cause = _cause(found, floor, k)
        yield _fact("radio.covered_ratio", room, made.covered_ratio[k], f"{target}; {cause}", verified=known)
        yield from _quantiles(floor, k, room, cause)
        yield _positioned(place.p90_m[k], room, place.cause(k))
        yield from _devices(field[k], room)


def _cause(found: RadioMaps, floor: FloorMaps, room: int) -> str:
    """The head that serves most of a room, and what stands out."""
    part = floor.head.ravel()[floor.parts.order[floor.parts.first[room] : floor.parts.first[room + 1]]]
    part = part[part >= 0]
    if not part.size:
        return "no head is heard"
    name = found.network.heads[int(np.bincount(part).argmax())].head
    one = floor.grid.rooms[room]
    more = "; lift car" if is_lift(one) else "; shielded room" if one.shielded else ""
    return f"head {name}{more}"


def _quantiles(floor: FloorMaps, row: int, room: str, cause: str) -> Iterator[Fact]:
    known = not floor.scene.walls.outside
    for key, layer, column in QUANTILES:
        value = float(floor.rooms.quantile[layer][row, column])
        if key in CAPPED and value > MOST_DB:
            yield _fact(key, room, MOST_DB, "no other cell is heard", verified=known)
        elif math.isfinite(value):
            rated = layer.startswith("rate")
            model = rates.model("ul" if "_ul_" in layer else "dl")
            sources = (LEVELS, model.origin) if rated else (LEVELS,)
            yield _fact(key, room, value, cause, verified=known and (model.verified or not rated), sources=sources)
        else:
            yield _fact(key, room, None, NOTHING.get(key, "no head is heard"), verified=known)


def _positioned(value: float, room: str, cause: str) -> Fact:
    """A bound that is met proves nothing of the error itself, and it rests on clocks that are assumed."""
    told = f"{cause}; timing of 1 ns assumed" if math.isfinite(value) else f"too few heads are heard; {cause}"
    return _fact(
        "radio.positioning_m.p90", room, float(value), told, verified=False, sources=("Cramer-Rao bound", LEVELS)
    )


def _devices(field: safety.RoomField, room: str) -> Iterator[Fact]:
    sources = (field.source,) if field.source else ()
    near = f"head {field.head}" if field.head else "no head on the floor"
    yield _fact("radio.emc_distance_m", room, field.distance_m, near, sources=sources)
    told = f"{near}, {field.test}" if field.test else "no immunity test covers the carrier" if field.head else near
    yield _fact("radio.emc_field_ratio", room, field.field_ratio, told, sources=sources)


def _heads(found: RadioMaps) -> Iterator[Fact]:
    for one in safety.exposures(found):
        subject, sources = f"head:{one.head}", (one.source,)
        told = f"person {one.distance_m:.2f} m below the head, all ports at full load"
        yield _fact("radio.exposure_ratio", subject, one.ratio, told, verified=one.verified, sources=sources)
        yield _fact("radio.exposure_distance_m", subject, one.limit_m, "all ports at full load", verified=one.verified,
                    sources=sources)  # fmt: skip


def _leakage(found: RadioMaps, subject: str) -> Fact:
    levels = {f.floor.floor: f.leakage_dbm(found.options.outside_m) for f in found.floors}
    met = {name: level for name, level in levels.items() if level is not None}
    if not met:
        return _fact("radio.leakage_dbm.max", subject, None, "the maps do not reach so far outside")
    worst = max(met, key=lambda name: met[name])
    told = f"floor {worst}, {found.options.outside_m:g} m outside"
    return _fact("radio.leakage_dbm.max", subject, met[worst], told, verified=_known(found))


def _ue(found: RadioMaps, subject: str) -> Fact:
    away = safety.ue_distance_m(found)
    told = f"UE of power class {found.options.ue_power_class}" if away else "no immunity test covers the carrier"
    return _fact("radio.emc_ue_distance_m", subject, away, told, sources=("IEC 60601-1-2 edition 4",))
