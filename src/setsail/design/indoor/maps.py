"""Maps of an indoor network: level, quality and rates of every pixel and room, and what the move of a head does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from setsail.base.arrays import F32, F64, I64
from setsail.base.errors import BadInput, UnknownName
from setsail.base.extras import require
from setsail.design.indoor import building, rates
from setsail.design.indoor.building import Heard, Scene
from setsail.design.indoor.options import MapOptions
from setsail.design.indoor.raster import Grid
from setsail.design.indoor.rooms import LAYERS, Segments, Statistics, quantiles, share
from setsail.design.indoor.surroundings import ring
from setsail.design.network.model import Carrier, Cell, Head, Network
from setsail.site.model import Floor, Site

I16 = npt.NDArray[np.int16]
RASTERS = ("rsrp_dbm", "sinr_db", "rate_dl_bps", "rate_ul_bps", "second_rsrp_dbm", "second_cell_rsrp_dbm")


@dataclass(frozen=True, slots=True, eq=False)
class FloorMaps:
    """Rasters of one floor (rows, columns), the first row in the north.

    cell, head : strongest ones, as indices into the network (-1: none);  rsrp_dbm : of the cell, the sum of its heads;
    second_rsrp_dbm : of the strongest other head, which remains where the best one fails;  second_cell_rsrp_dbm : of
    the strongest other cell;  dominance_db : of the best cell over all others;  sinr_db : of one port;
    scene : floor, pixels and walls;  planes : (heads, rows, columns) power of each head of
    `heard` [mW], kept for the next move;  rooms : statistics of every room, and of the floor as the last row.
    """

    scene: Scene
    heard: Heard
    planes: F32
    cell: I16
    head: I16
    rsrp_dbm: F32
    second_rsrp_dbm: F32
    second_cell_rsrp_dbm: F32
    dominance_db: F32
    sinr_db: F32
    rate_dl_bps: F32
    rate_ul_bps: F32
    rooms: Statistics

    @property
    def floor(self) -> Floor:
        """The storey."""
        return self.scene.floor

    @property
    def grid(self) -> Grid:
        """Its pixels and rooms."""
        return self.scene.grid

    @property
    def parts(self) -> Segments:
        """Its pixels room by room."""
        return self.scene.parts

    def leakage_dbm(self, distance_m: float) -> float | None:
        """Highest RSRP of the network at a distance from the building; None where the map does not reach so far."""
        there = ring(self.scene.footprint, self.grid.resolution_m, distance_m)
        return float(self.rsrp_dbm[there].max()) if there.any() else None

    def index(self, room: str) -> int:
        """Row of a room in the statistics. Raises UnknownName."""
        for k, one in enumerate(self.grid.rooms):
            if one.room == room:
                return k
        raise UnknownName(f"is {room!r}", where="room", allowed=f"an indoor room of floor {self.floor.floor}")

    def record(self, row: int = -1) -> dict[str, Any]:
        """The statistics of a room by its row, of the floor by default."""
        made = self.rooms
        told = {
            f"{name}.{part}": float(values[row, k]) if np.isfinite(values[row, k]) else None
            for name, values in made.quantile.items()
            for k, part in enumerate(("p05", "p50"))
        }
        shares = {name: float(getattr(made, name)[row]) for name in ("covered_ratio", "second_ratio", "sinr_ratio")}
        return {"pixels": int(made.pixels[row])} | shares | told


@dataclass(frozen=True, slots=True, eq=False)
class RadioMaps:
    """The maps of one carrier of a network on all floors, with what they were made of."""

    site: Site
    network: Network
    carrier: Carrier
    options: MapOptions
    floors: tuple[FloorMaps, ...]

    def floor(self, floor: str) -> FloorMaps:
        """The maps of that floor. Raises UnknownName."""
        for one in self.floors:
            if one.floor.floor == floor:
                return one
        known = ", ".join(f.floor.floor for f in self.floors)
        raise UnknownName(f"is {floor!r}", where="floor", allowed=known)

    @property
    def covered_ratio(self) -> float:
        """Share of the indoor area of the site that reaches the target RSRP with the margin."""
        return self._mean("covered_ratio")

    def _mean(self, name: str) -> float:
        pixels = np.array([f.rooms.pixels[-1] for f in self.floors], dtype=np.float64)
        values = np.array([getattr(f.rooms, name)[-1] for f in self.floors])
        return float((values * pixels).sum() / pixels.sum()) if pixels.sum() else 0.0

    def record(self) -> dict[str, Any]:
        """Site and floors in numbers."""
        return {
            "carrier": self.carrier.carrier,
            "resolution_m": self.options.resolution_m,
            "margin_db": self.options.margin_db,
            "covered_ratio": self.covered_ratio,
            "floors": [{"floor": f.floor.floor} | f.record() for f in self.floors],
            "outside": sorted({text for f in self.floors for text in f.scene.walls.outside}),
        }

    def moved(self, head: str, x_m: float, y_m: float, z_m: float | None = None) -> RadioMaps:
        """The maps with one head at another place; only its own planes are made again. Raises UnknownName."""
        for i, one in enumerate(self.network.heads):
            if one.head == head:
                z = one.z_m if z_m is None else z_m
                return self.with_head(i, replace(one, x_m=x_m, y_m=y_m, z_m=z, origin="placed"))
        raise UnknownName(f"is {head!r}", where="head", allowed=", ".join(h.head for h in self.network.heads))

    def with_head(self, index: int, head: Head) -> RadioMaps:
        """The maps with one head changed: place, power, ports or cell; its floor stays."""
        if head.floor != self.network.heads[index].floor:
            raise BadInput(f"goes to {head.floor}", where=f"head {head.head}", allowed="its own floor")
        heads = (*self.network.heads[:index], head, *self.network.heads[index + 1 :])
        network = replace(self.network, heads=heads)
        again = tuple(
            _with_plane(self, network, floor, index) if index in floor.heard.index else floor for floor in self.floors
        )
        return replace(self, network=network, floors=again)

    def with_network(self, network: Network) -> RadioMaps:
        """The maps with other cells, loads or patterns for the same heads; no ray is traced again."""
        carrier = _carrier(network, self.options)
        return replace(
            self, network=network, carrier=carrier,
            floors=tuple(_joined(network, carrier, self.options, floor) for floor in self.floors),
        )  # fmt: skip


def maps(
    site: Site, network: Network, options: MapOptions | None = None, *, known: Sequence[Scene] = (),
    before: RadioMaps | None = None,
) -> RadioMaps:  # fmt: skip
    """Maps of every floor that has indoor rooms, mean values without fading.

    known : `building.scenes` of the same site, carrier and options, where they were made before;  before : maps of the
    same, whose planes are taken over for heads that stay as they are.
    Loss of a ray: distance (free space, or InH LOS) and walls by ITU-R P.2040, from heads of equal power in all
    directions, and through the slabs from heads of other floors. The heads of a cell send the same signal: their
    powers add, and only other cells interfere, at their load.
    Raises BadInput (unknown cell, carrier, floor), UnknownName, OutOfRange, MissingExtra.
    Source: `radio.floor` (multi-wall, COST 231 form; ITU-R P.2040-3); `radio.rates`; TS 38.213 cl. 7.1.1 (uplink).
    """
    asked = options or MapOptions()
    require("numba", "site")
    carrier = _carrier(network, asked)
    found = known or building.scenes(site, carrier.fc_hz, asked)
    old: Sequence[FloorMaps | None] = before.floors if before else [None] * len(found)
    made = tuple(_floor(site, network, carrier, asked, scene, old=one) for scene, one in zip(found, old, strict=True))
    return RadioMaps(site, network, carrier, asked, made)


def _carrier(network: Network, options: MapOptions) -> Carrier:
    if not network.carriers:
        raise BadInput("has no carrier", where="network", allowed="at least one")
    if not options.carrier:
        return network.carriers[0]
    for one in network.carriers:
        if one.carrier == options.carrier:
            return one
    raise UnknownName(
        f"is {options.carrier!r}", where="carrier", allowed=", ".join(c.carrier for c in network.carriers)
    )


def low_sinr(maps: RadioMaps, network: Network) -> float:
    """Share of the pixels of the worst floor whose SINR misses the target, with other cells for the same heads."""
    worst = 0.0
    for floor in maps.floors:
        cells = _cells(network, maps.carrier, floor.heard)
        sinr = _received(_Bare(floor.scene, floor.heard, floor.planes), maps.carrier, maps.options, cells)[6]
        own = floor.parts.order[floor.parts.first[-2] :]
        target = 10.0 ** (maps.options.targets.sinr_db / 10.0)
        worst = max(worst, float(np.mean(sinr.ravel()[own] < target)) if own.size else 0.0)
    return worst


def cells_of(network: Network, carrier: Carrier) -> dict[str, tuple[int, Cell]]:
    """Cells of a carrier by name, with their index in the network."""
    return {c.cell: (i, c) for i, c in enumerate(network.cells) if c.carrier == carrier.carrier}


def heads_of(network: Network, carrier: Carrier) -> list[tuple[int, Head]]:
    """Heads of a carrier with their index in the network. Raises BadInput for a head of an unknown cell."""
    own, known = cells_of(network, carrier), {c.cell for c in network.cells}
    for head in network.heads:
        if head.cell not in known:
            raise BadInput(
                f"sends for the unknown cell {head.cell!r}", where=f"head {head.head}", allowed=", ".join(known)
            )
    return [(i, h) for i, h in enumerate(network.heads) if h.cell in own]


def _floor(
    site: Site, network: Network, carrier: Carrier, options: MapOptions, scene: Scene, *, old: FloorMaps | None
) -> FloorMaps:
    heard = building.heard(site, scene, heads_of(network, carrier), carrier, options)
    known = (old.heard, old.planes) if old else None
    planes = building.planes(scene.grid, scene.walls, heard, carrier.fc_hz, options, known=known)
    return _joined(network, carrier, options, _Bare(scene, heard, planes))


@dataclass(frozen=True, slots=True, eq=False)
class _Bare:
    """A floor whose planes are made and whose cells are not yet joined."""

    scene: Scene
    heard: Heard
    planes: F32


def _with_plane(old: RadioMaps, network: Network, floor: FloorMaps, index: int) -> FloorMaps:
    row, scene = floor.heard.index.index(index), floor.scene
    one = building.heard(old.site, scene, [(index, network.heads[index])], old.carrier, old.options)
    planes = floor.planes.copy()
    planes[row] = building.planes(scene.grid, scene.walls, one, old.carrier.fc_hz, old.options)[0]
    return _joined(network, old.carrier, old.options, _Bare(scene, floor.heard.changed(row, one), planes))


def _joined(network: Network, carrier: Carrier, options: MapOptions, bare: _Bare | FloorMaps) -> FloorMaps:
    cells = _cells(network, carrier, bare.heard)
    server, head, level, second, next_cell, others, sinr, total, path = _received(bare, carrier, options, cells)
    dl, ul = _rates(carrier, options, cells, server=server, total=total, path=path)
    heard = np.array([*bare.heard.index, -1], dtype=np.int16)
    with np.errstate(divide="ignore", invalid="ignore"):
        dominance = np.where(others > 0.0, 10.0 * np.log10(level / others), np.inf).astype(np.float32)
    layers = {
        "rsrp_dbm": _db(level), "sinr_db": _db(sinr), "rate_dl_bps": dl, "rate_ul_bps": ul,
        "second_rsrp_dbm": _db(second), "second_cell_rsrp_dbm": _db(next_cell), "dominance_db": dominance,
    }  # fmt: skip
    told = statistics(
        bare.scene.parts, layers | {"ingress_margin_db": _margin(layers["rsrp_dbm"], bare.scene.ingress_dbm)}, options
    )
    return FloorMaps(
        bare.scene, bare.heard, bare.planes, cell=cells.index[server], head=heard[head], rooms=told, **layers
    )


def _margin(rsrp_dbm: F32, ingress_dbm: F32) -> F32:
    with np.errstate(invalid="ignore"):
        return np.where(np.isneginf(ingress_dbm), np.float32(np.inf), rsrp_dbm - ingress_dbm)


def _db(power: F32) -> F32:
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(power), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """The heads that a floor hears and their cells.

    of_head : (heads,) cell;  load : (cells,);  index : (cells + 1,) in
    the network, -1 for none at the end.
    """

    heads: list[Head]
    of_head: I64
    load: F64
    index: I16


def _cells(network: Network, carrier: Carrier, heard: Heard) -> _Cells:
    own = cells_of(network, carrier)
    names = list(own)
    heads = [network.heads[i] for i in heard.index]
    of_head = np.array([names.index(h.cell) for h in heads], dtype=np.int64)
    load = np.array([cell.load_ratio for _, cell in own.values()])
    return _Cells(heads, of_head, load, np.array([*(i for i, _ in own.values()), -1], dtype=np.int16))


def _received(bare: _Bare | FloorMaps, carrier: Carrier, options: MapOptions, cells: _Cells) -> tuple[Any, ...]:
    kernels = require("setsail.design.indoor.kernels", "site")
    made = building.radio_carrier(carrier)
    ports = np.array([h.ports for h in cells.heads], dtype=np.float64)
    uplink = np.array([10.0 ** (-(h.power_dbm - 10.0 * np.log10(made.subcarriers)) / 10.0) for h in cells.heads])
    noise = 10.0 ** (made.noise_per_re_dbm(options.noise_figure_db) / 10.0)
    ratio = options.macro.load_ratio if options.macro else 0.0
    background = (ratio * 10.0 ** (bare.scene.ingress_dbm / 10.0)).astype(np.float32).ravel()
    whole: list[Any] = [np.empty(background.size, dtype=np.int64) for _ in range(2)]
    real: list[Any] = [np.empty(background.size, dtype=np.float32) for _ in range(7)]
    kernels.joined(
        bare.planes.reshape(len(cells.heads), background.size), cells.of_head, ports, uplink, cells.load, noise,
        background, options.ul_combining == "sum", *whole, *real,
    )  # fmt: skip
    return tuple(part.reshape(bare.scene.grid.room.shape) for part in (*whole, *real))


def _rates(
    carrier: Carrier, options: MapOptions, cells: _Cells, *, server: I64, total: F32, path: F32
) -> tuple[F32, F32]:
    """Rates of both directions; each cell with the ports of its heads, the fewest where they differ."""
    dl, ul = np.zeros(server.shape, dtype=np.float32), np.zeros(server.shape, dtype=np.float32)
    total_db, loss_db = _db(total), -_db(path)
    count = np.bincount(cells.of_head, minlength=cells.load.size)
    for c in np.unique(server[server >= 0]).tolist():
        ports = min(h.ports for h, k in zip(cells.heads, cells.of_head.tolist(), strict=True) if k == c)
        here = server == c
        dl[here] = rates.downlink(carrier, ports, options).at(total_db[here])
        ul[here] = rates.uplink(carrier, ports, int(count[c]), options).at(loss_db[here])
    return dl, ul


def statistics(parts: Segments, layers: dict[str, F32], options: MapOptions) -> Statistics:
    """Quantiles and shares of every room and of the floor; every level is called covered only with the margin."""
    aims, margin = options.targets, options.margin_db
    return Statistics(
        parts.sizes,
        {name: quantiles(layers[name], parts) for name in LAYERS},
        share(layers["rsrp_dbm"], aims.rsrp_dbm + margin, parts),
        share(layers["second_rsrp_dbm"], aims.second_rsrp_dbm + margin, parts),
        share(layers["sinr_db"], aims.sinr_db, parts),
        share(layers["rate_dl_bps"], aims.edge_dl_bps, parts),
        share(layers["rate_ul_bps"], aims.edge_ul_bps, parts),
    )
