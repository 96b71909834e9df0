"""People and medical devices near heads: exposure against GB 8702, field against the immunity that a test proves."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.design.indoor.targets import data_shares
from setsail.design.network.model import Carrier, Head
from setsail.radio import emc, exposure
from setsail.radio.link.uplink import ue_power_dbm

PERSON_M = 1.75
"""Height of a standing person's head over the floor (assumption)."""
DEVICE_M = 1.0
"""Height at which medical devices stand (assumption)."""
NEAREST_M = 0.1
STANDARD = "gb8702"


@dataclass(frozen=True, slots=True)
class HeadExposure:
    """Of one head: exposure over the limit at the nearest place of a person, that place, and where the limit is met."""

    head: str
    ratio: float
    distance_m: float
    limit_m: float
    verified: bool
    source: str


def emitter(head: Head, carrier: Carrier) -> exposure.Emitter:
    """A head as people meet it: all ports at full power for the downlink's share of time."""
    duty = data_shares(carrier.tdd, carrier.special, carrier.scs_hz)[0]
    eirp = head.power_dbm + 10.0 * math.log10(head.ports) + head.gain_dbi
    return exposure.Emitter(eirp, carrier.fc_hz, duty=duty)


def exposures(maps: RadioMaps) -> tuple[HeadExposure, ...]:
    """Exposure from every head of the maps' carrier. Source: GB 8702-2014 Table 1; S = EIRP / (4 pi d^2).

    A person stands under the head; the load is taken as full.
    """
    limit = exposure.reference(STANDARD, maps.carrier.fc_hz)
    own = {c.cell for c in maps.network.cells if c.carrier == maps.carrier.carrier}
    found = []
    for head in maps.network.heads:
        if head.cell in own:
            one = emitter(head, maps.carrier)
            away = max(head.z_m - PERSON_M, NEAREST_M)
            ratio = float(exposure.density_w_per_m2(one, away)) / limit.density_w_per_m2
            met = exposure.compliance_distance_m(one, limit)
            found.append(HeadExposure(head.head, ratio, away, met, limit.verified, limit.source))
    return tuple(found)


def exposure_ratio(maps: RadioMaps, floor: FloorMaps) -> F64:
    """(rows, columns) exposure at a person's head from all heads of the floor, over the limit of GB 8702."""
    heads = [h for h in maps.network.heads if h.floor == floor.floor.floor]
    x, y = np.meshgrid(floor.grid.x, floor.grid.y)
    total = np.zeros(x.shape)
    limit = exposure.reference(STANDARD, maps.carrier.fc_hz).density_w_per_m2
    for head in heads:
        away = np.sqrt((x - head.x_m) ** 2 + (y - head.y_m) ** 2 + (head.z_m - PERSON_M) ** 2)
        total += exposure.density_w_per_m2(emitter(head, maps.carrier), np.maximum(away, NEAREST_M)) / limit
    return total


@dataclass(frozen=True, slots=True)
class RoomField:
    """Of one room: distance from the nearest head to a medical device, field there over the immunity level, its test.

    field_ratio : None where no test covers the carrier.
    """

    room: str
    distance_m: float | None
    field_ratio: float | None
    head: str
    test: str
    source: str


def immunity(fc_hz: float, environment: str) -> emc.Level | None:
    """The level that a test proves at a frequency: of the proximity test, else of the general one; None for neither."""
    found = emc.separation(1.0, fc_hz, environment=environment)
    return found.spot or found.general


def fields(maps: RadioMaps, floor: FloorMaps) -> tuple[RoomField, ...]:
    """Fields at medical devices in every room of a floor, from the heads of that floor, walls left aside.

    Source: IEC 60601-1-2 ed. 4, cl. 8.10: E = 6 sqrt(P) / d, P the greatest power of all ports.
    """
    level = immunity(maps.carrier.fc_hz, maps.options.medical_environment)
    heads = [h for h in maps.network.heads if h.floor == floor.floor.floor]
    away = np.full((len(heads), len(floor.grid.rooms)), np.inf)
    order, first = floor.parts.order, floor.parts.first
    x, y = floor.grid.x[order % floor.grid.x.size], floor.grid.y[order // floor.grid.x.size]
    filled = np.flatnonzero(np.diff(first[:-1]))
    starts = first[:-1][filled]
    for k, head in enumerate(heads):
        square = (x - head.x_m) ** 2 + (y - head.y_m) ** 2
        nearest = np.minimum.reduceat(square[: first[-2]], starts) if starts.size else np.empty(0)
        away[k, filled] = np.sqrt(nearest + (head.z_m - DEVICE_M) ** 2)
    return tuple(_field(room.room, away[:, k], heads, level) for k, room in enumerate(floor.grid.rooms))


def _field(room: str, away: F64, heads: list[Head], level: emc.Level | None) -> RoomField:
    if not heads or not np.isfinite(away).any():
        return RoomField(room, None, None, "", "", "")
    power = np.array([1e-3 * 10.0 ** (h.power_dbm / 10.0) * h.ports for h in heads])
    field = 6.0 * np.sqrt(power) / np.maximum(away, NEAREST_M)
    worst = int(np.argmax(field))
    near = float(away.min())
    if level is None:
        return RoomField(room, near, None, heads[worst].head, "", "IEC 60601-1-2 edition 4")
    return RoomField(room, near, float(field[worst]) / level.level_v_per_m, heads[worst].head, level.test, level.source)


def ue_distance_m(maps: RadioMaps) -> float | None:
    """Distance that a UE of the power class keeps from medical devices; None where no test covers the band."""
    level = immunity(maps.carrier.fc_hz, maps.options.medical_environment)
    if level is None:
        return None
    power_w = 1e-3 * 10.0 ** (ue_power_dbm(maps.carrier.band, maps.options.ue_power_class) / 10.0)
    return emc.separation_m(power_w, level.level_v_per_m)
