"""The building as the floor kernel reads it: walls and slabs with their losses, heads with their powers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np

from setsail.base.arrays import F32, F64, Bool
from setsail.base.errors import BadInput
from setsail.design.indoor.demand import outdoors
from setsail.design.indoor.lifts import Lifts, lifts, open_lift
from setsail.design.indoor.options import MapOptions
from setsail.design.indoor.raster import Grid, extent, grid, is_lift
from setsail.design.indoor.rooms import Segments, segments
from setsail.design.indoor.surroundings import ingress_dbm
from setsail.design.network.model import Carrier, Head
from setsail.radio.floor import options as floors
from setsail.radio.floor.study import MOST_WALL_DB, Arrays, carrier_planes, distance_law, head_planes
from setsail.radio.link.carrier import Carrier as RadioCarrier
from setsail.radio.pathloss.p2040 import Layer, material, wall_loss
from setsail.site.classes import Layers, wall_class
from setsail.site.model import Floor, Site
from setsail.site.pieces import Piece


@dataclass(frozen=True, slots=True, eq=False)
class Walls:
    """Walls of one floor.

    ends : (n, 4) x0, y0, x1, y1 [m];  loss_db : (n, 1);  excess_m : (n, 1) way that a ray gains in their material;
    outside : materials used outside their frequency range;  pieces : of which they are made.
    """

    ends: F64
    loss_db: F64
    excess_m: F64
    outside: tuple[str, ...]
    pieces: tuple[Piece, ...] = ()


def walls(floor: Floor, fc_hz: float, average_ratio: float, pieces: Sequence[Piece] = ()) -> Walls:
    """What the rays of a floor meet. Raises UnknownName, OutOfRange. Source: ITU-R P.2040-3.

    pieces : of the floor's walls where they are known, from another frequency.
    """
    from setsail.site.walls import pieces as pieces_of  # noqa: PLC0415 - shapely is loaded only where walls are read

    found = pieces or tuple(p for p in pieces_of(floor) if p.start != p.end)
    known: dict[tuple[Any, float | None], tuple[float, float]] = {}
    outside: dict[str, None] = {}
    for piece in found:
        kind = piece.layers, piece.loss_db
        if kind not in known and piece.layers:
            layers = tuple(Layer(*one) for one in piece.layers)
            met = wall_loss(layers, fc_hz, average_ratio=average_ratio)
            outside.update(dict.fromkeys(met.outside))
            loss = min(max(met.transmission_loss_db, 0.0), MOST_WALL_DB)
            known[kind] = loss, excess_m(layers, fc_hz)
        elif kind not in known:
            known[kind] = min(piece.loss_db or 0.0, MOST_WALL_DB), 0.0
    values = np.array([known[p.layers, p.loss_db] for p in found]).reshape(-1, 2)
    ends = np.array([(*p.start, *p.end) for p in found], dtype=np.float64).reshape(-1, 4)
    return Walls(ends, values[:, :1].copy(), values[:, 1:].copy(), tuple(outside), tuple(found))


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
    return _straight_db(known.layers, fc_hz, average_ratio) if known.loss_db is None else known.loss_db


@cache
def _straight_db(layers: Layers, fc_hz: float, average_ratio: float) -> float:
    """Loss of layers at normal incidence."""
    made = tuple(Layer(*one) for one in layers)
    return min(wall_loss(made, fc_hz, average_ratio=average_ratio).transmission_loss_db, MOST_WALL_DB)


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
    """The heads that a floor may hear, as rows of the floor kernel: (n, 4), and their index in the network.

    slab_db : of the slabs between, which are in `rows`;  lift : of this floor whose shaft is open to the head, "" for
    none: there the slabs take nothing.
    """

    rows: F64
    index: tuple[int, ...]
    slab_db: tuple[float, ...]
    lift: tuple[str, ...]

    def keys(self) -> list[tuple[bytes, float, str]]:
        """Of each row what its plane is made of, on the same pixels behind the same walls."""
        return [(r.tobytes(), s, v) for r, s, v in zip(self.rows, self.slab_db, self.lift, strict=True)]

    def only(self, rows: Sequence[int]) -> Heard:
        """Some of its rows."""
        parts = (self.index, self.slab_db, self.lift)
        return Heard(self.rows[list(rows)], *(tuple(part[k] for k in rows) for part in parts))  # type: ignore[arg-type]

    def changed(self, row: int, one: Heard) -> Heard:
        """The same with the only head of `one` in a row."""
        rows = self.rows.copy()
        rows[row] = one.rows[0]
        slabs, shafts = list(self.slab_db), list(self.lift)
        slabs[row], shafts[row] = one.slab_db[0], one.lift[0]
        return Heard(rows, self.index, tuple(slabs), tuple(shafts))


def heard(site: Site, scene: Scene, heads: Sequence[tuple[int, Head]], carrier: Carrier, options: MapOptions) -> Heard:
    """Heads of a carrier on the floor of a scene and near it, with what the slabs between take, but in a lift's shaft.

    A head on another floor is seen at its true height over the UE; its ray crosses the walls of the UE's floor.
    """
    intercept, _ = distance_law(carrier.fc_hz, floors.FloorOptions(distance_law=options.distance_law))
    per_re = -10.0 * math.log10(radio_carrier(carrier).subcarriers)
    rows, index, slabs, shafts, floor = [], [], [], [], scene.floor
    for i, head in heads:
        there = level_of(site, head.floor)
        if abs(there.level - floor.level) > options.floors_apart:
            continue
        loss = slabs_db(site, floor, there, carrier.fc_hz, options.average_ratio)
        over = there.elevation_m + head.z_m - floor.elevation_m - options.h_ut_m
        level = head.power_dbm + per_re + head.gain_dbi - intercept - loss
        rows.append((head.x_m, head.y_m, over * over, 10.0 ** (level / 10.0)))
        index.append(i)
        slabs.append(loss)
        shafts.append(open_lift(scene.lifts, site, floor, there, (head.x_m, head.y_m)))
    return Heard(np.array(rows, dtype=np.float64).reshape(-1, 4), tuple(index), tuple(slabs), tuple(shafts))


def planes(
    pixels: Grid, made: Walls, found: Heard, fc_hz: float, options: MapOptions, *,
    known: tuple[Heard, F32] | None = None,
) -> F32:  # fmt: skip
    """Power [mW] (heads, rows, columns) of one port and resource element of each head at each pixel.

    Pixels in a lift lose what the car of sheet metal takes; from a head in its shaft no slab takes anything.
    known : other heads and their planes on the same floor, of which those are taken over that are the same.
    """
    if known is not None:
        return _with_known(pixels, made, found, fc_hz, options, known=known)
    out = head_planes(_arrays(pixels, made, found, fc_hz, options))
    _in_lifts(out, pixels, found, options)
    return out


def _with_known(
    pixels: Grid, made: Walls, found: Heard, fc_hz: float, options: MapOptions, *, known: tuple[Heard, F32]
) -> F32:
    row = {key: k for k, key in enumerate(known[0].keys())}
    old = [row.get(key) for key in found.keys()]  # noqa: SIM118 - a method of ours
    new = [k for k, there in enumerate(old) if there is None]
    out = np.empty((len(old), *pixels.room.shape), dtype=np.float32)
    for k, there in enumerate(old):
        if there is not None:
            out[k] = known[1][there]
    out[new] = planes(pixels, made, found.only(new), fc_hz, options)
    return out


Sent = tuple[Walls, Heard, float]
"""Walls, heads and frequency of one carrier."""


def carriers_planes(pixels: Grid, parts: Sequence[Sent], options: MapOptions) -> F32:
    """As `planes` for the same places of heads on several carriers (carriers, heads, rows, columns)."""
    out = carrier_planes([_arrays(pixels, *part, options) for part in parts])
    for plane, (_, found, _) in zip(out, parts, strict=True):
        _in_lifts(plane, pixels, found, options)
    return out


def _arrays(pixels: Grid, made: Walls, found: Heard, fc_hz: float, options: MapOptions) -> Arrays:
    _, half_slope = distance_law(fc_hz, floors.FloorOptions(distance_law=options.distance_law))
    return Arrays(pixels.x, pixels.y, found.rows, made.ends, made.loss_db, half_slope)


def _in_lifts(out: F32, pixels: Grid, found: Heard, options: MapOptions) -> None:
    """Takes from the planes what a lift's car takes, and gives back what slabs take where a shaft is open."""
    for k, room in enumerate(pixels.rooms):
        if is_lift(room):
            here = pixels.room == k
            gain_db = np.array([s if r == room.room else 0.0 for s, r in zip(found.slab_db, found.lift, strict=True)])
            gain = 10.0 ** ((gain_db - options.lift_loss_db) / 10.0)
            out[:, here] *= gain[:, None].astype(np.float32)


def losses_db(pixels: Grid, made: Walls, rows: F64) -> F64:
    """Sum of the losses of the walls (heads, rows, columns) that each ray crosses, at most `MOST_WALL_DB`."""
    out = head_planes(Arrays(pixels.x, pixels.y, rows, made.ends, made.loss_db, 0.0))
    return np.asarray(-10.0 * np.log10(out.astype(np.float64)), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """One floor before any head: pixels, rooms, walls at the carrier's frequency, the macro network.

    footprint : (rows, columns) pixels that lie within the building on any floor;  lifts : of the site.
    """

    floor: Floor
    grid: Grid
    parts: Segments
    footprint: Bool
    walls: Walls
    ingress_dbm: F32
    lifts: Lifts


def scenes(site: Site, fc_hz: float, options: MapOptions, known: Sequence[Scene] = ()) -> tuple[Scene, ...]:
    """Every floor that has indoor rooms, on pixels that lie over each other.

    known : those of another carrier, whose pixels are taken over. Raises BadInput, OutOfRange, UnknownName.
    """
    floors = [f for f in site.floors if any(r.indoor for r in f.rooms)]
    made = list(known) or _bare(site, floors, options)
    return tuple(
        replace(
            scene, walls=walls(scene.floor, fc_hz, options.average_ratio, scene.walls.pieces),
            ingress_dbm=ingress_dbm(scene.grid, fc_hz, options.macro),
        )
        for scene in made
    )  # fmt: skip


def _bare(site: Site, floors: Sequence[Floor], options: MapOptions) -> list[Scene]:
    outside, known = outdoors(site), lifts(site)
    box = extent(floors, options.outside_m + 2 * options.resolution_m, outside)
    grids = [grid(f, options.resolution_m, box, outside) for f in floors]
    footprint = np.any([g.indoor for g in grids], axis=0)
    nothing = Walls(np.empty((0, 4)), np.empty((0, 1)), np.empty((0, 1)), ())
    return [
        Scene(f, g, segments(g), footprint, nothing, np.empty(0, np.float32), known)
        for f, g in zip(floors, grids, strict=True)
    ]
