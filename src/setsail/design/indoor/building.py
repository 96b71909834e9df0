"""The building as the floor kernel reads it: walls and slabs with their losses, heads with their powers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F32, F64
from setsail.base.errors import BadInput
from setsail.design.indoor.options import MapOptions
from setsail.design.indoor.raster import Grid, is_lift
from setsail.design.network.model import Carrier, Head
from setsail.radio.floor import options as floors
from setsail.radio.floor.study import MOST_WALL_DB, Arrays, distance_law, head_planes, wall_tables
from setsail.radio.link.carrier import Carrier as RadioCarrier
from setsail.radio.pathloss.p2040 import Layer, material, wall_loss
from setsail.site.classes import wall_class
from setsail.site.model import Floor, Site


@dataclass(frozen=True, slots=True, eq=False)
class Walls:
    """Walls of one floor.

    ends : (n, 4) x0, y0, x1, y1 [m];  loss_db : (n, 1);  excess_m : (n, 1) way that a ray gains in their material;
    outside : materials used outside their frequency range.
    """

    ends: F64
    loss_db: F64
    excess_m: F64
    outside: tuple[str, ...]


def walls(floor: Floor, fc_hz: float, average_ratio: float) -> Walls:
    """What the rays of a floor meet. Raises UnknownName, OutOfRange. Source: ITU-R P.2040-3."""
    from setsail.site.walls import pieces  # noqa: PLC0415 - shapely is loaded only where walls are read

    found = [p for p in pieces(floor) if p.start != p.end]
    made = tuple(
        floors.Wall(*p.start, *p.end, layers=tuple(Layer(*one) for one in p.layers))
        if p.layers
        else floors.Wall(*p.start, *p.end, loss_db=p.loss_db or 0.0)
        for p in found
    )
    tables, outside = wall_tables(made, fc_hz, floors.FloorOptions(average_ratio=average_ratio))
    ends = np.array([(w.x0_m, w.y0_m, w.x1_m, w.y1_m) for w in made]).reshape(-1, 4)
    excess = np.array([excess_m(w.layers, fc_hz) for w in made]).reshape(-1, 1)
    return Walls(ends, np.minimum(tables, MOST_WALL_DB), excess, outside)


def excess_m(layers: Sequence[Layer], fc_hz: float) -> float:
    """Way that a wave gains on its path through layers, (sqrt(eta') - 1) of each thickness; none in metal."""
    way = 0.0
    for layer in layers:
        if layer.material != "metal":
            eta = material(layer.material, fc_hz)[0].relative_permittivity(np.array([fc_hz]))
            way += (math.sqrt(max(float(eta[0].real), 1.0)) - 1.0) * layer.thickness_m
    return way


def slab_loss_db(floor: Floor, fc_hz: float, average_ratio: float) -> float:
    """Loss straight through the slab under a floor. Raises UnknownName. Source: ITU-R P.2040-3."""
    known = wall_class(floor.slab_class, f"slab_class of floor {floor.floor}")
    if known.loss_db is not None:
        return known.loss_db
    layers = tuple(Layer(*one) for one in known.layers)
    return min(wall_loss(layers, fc_hz, average_ratio=average_ratio).transmission_loss_db, MOST_WALL_DB)


def radio_carrier(carrier: Carrier) -> RadioCarrier:
    """The carrier with its resource blocks. Raises OutOfRange."""
    return RadioCarrier.of(carrier.fc_hz, carrier.bandwidth_hz, carrier.scs_hz)


def level_of(site: Site, floor: str) -> Floor:
    """The floor of a head. Raises BadInput."""
    found = site.floor(floor)
    if found is None:
        known = ", ".join(f.floor for f in site.floors)
        raise BadInput(f"stands on the unknown floor {floor!r}", where="head", allowed=known)
    return found


def slabs_db(site: Site, here: Floor, there: Floor, fc_hz: float, average_ratio: float) -> float:
    """Loss through all slabs between two floors."""
    low, high = sorted((here.level, there.level))
    between = [f for f in site.floors if low < f.level <= high]
    return sum(slab_loss_db(f, fc_hz, average_ratio) for f in between)


@dataclass(frozen=True, slots=True, eq=False)
class Heard:
    """The heads that a floor may hear, as rows of the floor kernel: (n, 4), and their index in the network."""

    rows: F64
    index: tuple[int, ...]


def heard(site: Site, floor: Floor, heads: Sequence[tuple[int, Head]], carrier: Carrier, options: MapOptions) -> Heard:
    """Heads of a carrier on this floor and on those near it, with what the slabs between take.

    A head on another floor is seen at its true height over the UE; its ray crosses the walls of the UE's floor.
    """
    intercept, _ = distance_law(carrier.fc_hz, floors.FloorOptions(distance_law=options.distance_law))
    per_re = -10.0 * math.log10(radio_carrier(carrier).subcarriers)
    rows, index = [], []
    for i, head in heads:
        there = level_of(site, head.floor)
        if abs(there.level - floor.level) > options.floors_apart:
            continue
        loss = slabs_db(site, floor, there, carrier.fc_hz, options.average_ratio)
        over = there.elevation_m + head.z_m - floor.elevation_m - options.h_ut_m
        level = head.power_dbm + per_re + head.gain_dbi - intercept - loss
        rows.append((head.x_m, head.y_m, over * over, 10.0 ** (level / 10.0)))
        index.append(i)
    return Heard(np.array(rows, dtype=np.float64).reshape(-1, 4), tuple(index))


def planes(grid: Grid, made: Walls, rows: F64, fc_hz: float, options: MapOptions) -> F32:
    """Power [mW] (heads, rows, columns) of one port and resource element of each head at each pixel.

    Pixels in a lift lose what the car of sheet metal takes.
    """
    _, half_slope = distance_law(fc_hz, floors.FloorOptions(distance_law=options.distance_law))
    out = head_planes(Arrays(grid.x, grid.y, rows, made.ends, made.loss_db, half_slope))
    for k, room in enumerate(grid.rooms):
        if is_lift(room):
            out[:, grid.room == k] *= np.float32(10.0 ** (-options.lift_loss_db / 10.0))
    return out
