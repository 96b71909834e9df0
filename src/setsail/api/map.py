"""What the map shows: cells and points of data sets, outlines, indicators by region, coverage; and the lists beside."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from threading import BoundedSemaphore
from typing import TYPE_CHECKING, Any

from setsail.base.errors import BadInput
from setsail.base.record import Record

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

    from setsail.monitor.maplayers.choice import Choice
    from setsail.monitor.maplayers.cube import Cube, Cubes
    from setsail.monitor.maplayers.mercator import Tile
    from setsail.monitor.maplayers.outlines import Outlines
    from setsail.monitor.maplayers.windows import Coverage
    from setsail.store.expressions import Tables
    from setsail.store.manifest import Manifest

MEMORY_BYTES = 1 << 30
"""Memory for data sets that are on the map, in one process."""
QUERY_BYTES = 1 << 30
"""Memory of all queries of the map that run at once in one process; beyond it they spill to disk."""
QUERIES_AT_ONCE = 2
"""The others wait: more engines at once than this would only share the same processors."""
MOST_KEPT = 32
"""Choices of small data sets whose points are kept in memory."""
COVERAGE = "coverage"
"""Folder of a workspace that holds coverage runs, each in a folder of its own."""
CODE = "1"
"""Changes with the form of the tiles, so that no browser keeps an old one."""


Place = tuple[int, int, int]
"""Zoom, column from the west, row from the north of a tile."""


_turns = BoundedSemaphore(QUERIES_AT_ONCE)
_query_bytes = QUERY_BYTES


def map_allow(query_bytes: int) -> None:
    """Lets the queries of the map in this process take that much memory together [bytes]. Raises OutOfRange."""
    global _query_bytes  # noqa: PLW0603 - one bound for the whole process, as its memory is one
    from setsail.store.query import MEMORY

    MEMORY.require(query_bytes // QUERIES_AT_ONCE)
    _query_bytes = query_bytes


@dataclass(frozen=True, slots=True)
class TileData:
    """A tile: its bytes (empty where there is nothing) and the tag that changes with them."""

    data: bytes
    etag: str


def map_choice(operators: Sequence[str] = (), bands: Sequence[str] = (), since: str = "", until: str = "") -> Choice:
    """Which rows are shown: by operator, band and month `YYYY-MM`. Raises BadInput."""
    from setsail.monitor.maplayers.choice import Choice

    return Choice(tuple(operators), tuple(bands), since, until)


def map_data_sets(workspace: Path) -> list[Record]:
    """Newest versions of the data sets that have places, with what a person must know of them."""
    from setsail.monitor.maplayers.choice import DATED
    from setsail.store.workspace import Workspace

    if not workspace.exists():
        return []
    with Workspace.open(workspace, create=False) as store:
        newest = {manifest.name: manifest for manifest in store.manifests() if manifest.kind in DATED}
    return [_told(manifest) for manifest in newest.values()]


def map_facets(name: str, workspace: Path) -> Record:
    """Operators, bands and months that a data set can be asked by, with counts. Raises UnknownName, BadInput."""
    with _data_set(name, workspace) as (manifest, files):
        cube = _cube(manifest, files)
    n = cube.sums[:, 0]
    by_group = _counted(cube.group, n, len(cube.groups))
    operators: dict[str, int] = {}
    bands: dict[str, int] = {}
    for (operator, band), count in zip(cube.groups, by_group, strict=True):
        operators[operator] = operators.get(operator, 0) + count
        bands[band] = bands.get(band, 0) + count
    return {
        **_told(manifest),
        "operators": [{"name": k, "n": v} for k, v in sorted(operators.items())],
        "bands": [{"name": k, "n": v} for k, v in sorted(bands.items())],
        "months": list(cube.months) if cube.months else None,
        "undated": cube.undated(),
        "no_coordinates": cube.unplaced,
        "bounds": cube.bounds(),
        "figures": ["n", *(["coverage_share", "mean_dl_bps"] if manifest.kind == "measurements" else [])],
    }


def map_tile_tag(version: str, choice: Choice, place: Place) -> str:
    """The tag of a tile of a version of a data set; cheaper than the tile."""
    told = f"{CODE} {version} {choice.digest()} {place}"
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def map_tile(name: str, workspace: Path, choice: Choice, place: Place, *, version: str = "") -> TileData:
    """A vector tile of a data set: the layer `cells`, and `points` from zoom 12, or at any where the set is small.

    version : id of the version meant, else the newest.  Raises UnknownName, BadInput, OutOfRange, NotComputable.
    """
    from setsail.monitor.maplayers import hexes, points
    from setsail.monitor.maplayers.mercator import Tile

    tile = Tile(*place)
    cube = kept_cubes().peek(version) if version and tile.z < points.FROM_ZOOM else None
    if cube is not None and len(cube.cells) > points.MOST:
        return TileData(hexes.layer(cube, choice, tile), map_tile_tag(version, choice, place))
    with _data_set(name, workspace, version) as (manifest, files):
        cube = _cube(manifest, files)
        data = hexes.layer(cube, choice, tile)
        if data and (tile.z >= points.FROM_ZOOM or manifest.rows <= points.MOST):
            data += points.layer(_points(manifest, files, choice, tile), tile)
    return TileData(data, map_tile_tag(manifest.id, choice, place))


def map_summary_key(
    name: str,
    workspace: Path,
    choice: Choice,
    *,
    level: str = "province",
    bounds: tuple[float, float, float, float] | None = None,
) -> tuple[object, ...]:
    """What the list beside the map depends on; cheaper than the list. Raises UnknownName, BadInput."""
    from setsail.standards.boundaries import as_level

    wanted = as_level(level)
    with _data_set(name, workspace) as (manifest, _):
        return name, manifest.id, choice.digest(), wanted, bounds, _outlines(workspace, wanted).regions.source


def map_summary(
    name: str,
    workspace: Path,
    choice: Choice,
    *,
    level: str = "province",
    bounds: tuple[float, float, float, float] | None = None,
) -> Record:
    """The list beside the map: rows by region, and what the map cannot show, each counted under the same choice.

    bounds : west, south, east, north of the view, to count what lies in it.  Raises UnknownName, BadInput.
    """
    from setsail.monitor.maplayers import summary
    from setsail.standards.boundaries import as_level

    wanted = as_level(level)
    with _data_set(name, workspace) as (manifest, files), _tables() as tables:
        date_by, rows = _rows(manifest, tables, files)
        grouped = tables.run(summary.by_region(rows, wanted, choice, date_by)).to_pylist()
        left_out = tables.run(summary.undated(rows, choice, date_by)).to_pylist()[0]["n"] if choice.dated else 0
        view = tables.run(summary.in_view(rows, choice, date_by, bounds)).to_pylist()[0]["n"] if bounds else None
    names = _names(workspace, wanted)
    regions = [
        {"region": str(row["region"]), **names.get(row["region"], {"name_en": "", "name_zh": ""}), "n": row["n"]}
        for row in grouped
        if row["placed"] and row["region"]
    ]
    placed = sum(row["n"] for row in grouped if row["placed"])
    return {
        **_told(manifest),
        "level": wanted,
        "total": sum(row["n"] for row in grouped),
        "on_map": placed,
        "in_regions": sum(row["n"] for row in regions),
        "outside": placed - sum(row["n"] for row in regions),
        "no_coordinates": sum(row["n"] for row in grouped if not row["placed"]),
        "undated": left_out,
        "in_view": view,
        "regions": sorted(regions, key=lambda row: (-row["n"], row["region"])),
    }


def map_cell(name: str, workspace: Path, choice: Choice, cell: str, *, limit: int = 50) -> Record:
    """What an H3 cell holds: its rows by operator and band, the first rows, and where they come from.

    cell : H3 id as hexadecimal text.  Raises UnknownName, BadInput, OutOfRange.
    """
    from setsail.monitor.maplayers import summary

    number = _cell(cell)
    resolution = summary.resolution_of(number)
    summary.MOST_RECORDS.require(limit)
    with _data_set(name, workspace) as (manifest, files), _tables() as tables:
        date_by, rows = _rows(manifest, tables, files)
        held = summary.of_cell(rows, number, resolution, choice, date_by)
        parts = tables.run(summary.parts(held)).to_pylist()
        first = tables.run(held.limit(limit)).to_pylist()
    n = sum(part["n"] for part in parts)
    shown = [{key: value for key, value in row.items() if value is not None and key != "h3"} for row in first]
    return {**_told(manifest), "cell": cell, "resolution": resolution, "n": n, "parts": parts, "first": shown}


def map_cells(name: str, workspace: Path, choice: Choice, *, resolution: int) -> tuple[Record, Iterator[Record]]:
    """Facts of a data set, and its cells at a resolution of 3 to 7 with counts, middles and corners, one at a time."""
    from setsail.monitor.maplayers import hexes

    with _data_set(name, workspace) as (manifest, files):
        cube = _cube(manifest, files)
    return _told(manifest), hexes.records(cube, choice, resolution)


def map_boundary_tag(workspace: Path, level: str, place: Place) -> str:
    """The tag of a tile of the outlines in use; cheaper than the tile. Raises UnknownName, BadInput."""
    return _boundary_tag(_outlines(workspace, level), level, place)


def _boundary_tag(outlines: Outlines, level: str, place: Place) -> str:
    told = f"{CODE} {outlines.regions.source} {level} {place}"
    return hashlib.sha256(told.encode()).hexdigest()[:24]


def map_boundary_tile(workspace: Path, level: str, place: Place) -> TileData:
    """A vector tile of the outlines in use: the layer `regions`. Raises UnknownName, BadInput, OutOfRange."""
    from setsail.monitor.maplayers.mercator import Tile

    outlines = _outlines(workspace, level)
    return TileData(outlines.layer(Tile(*place)), _boundary_tag(outlines, level, place))


def map_indicators(workspace: Path, *, level: str, known_on: date) -> list[Record]:
    """Indicators that a map of a level can show, with the number of regions where each is known."""
    from setsail.api.plans import observations
    from setsail.monitor.maplayers.figures import mapped
    from setsail.standards import facts

    known = facts.indicators()
    found = mapped(_outlines(workspace, level).regions, observations(), known_on)
    return [
        {"indicator": name, "name_en": known[name].name_en, "name_zh": known[name].name_zh, "unit": known[name].unit,
         "regions": regions}
        for name, regions in found
    ]  # fmt: skip


def map_regions(
    indicator: str, workspace: Path, *, level: str, known_on: date, period: str = "", definition: str = ""
) -> Record:
    """An indicator by region: value, rank and evidence, null where unknown; and which periods and definitions exist.

    Raises UnknownName, BadInput.
    """
    from setsail.api.plans import observations
    from setsail.monitor.maplayers.figures import figures
    from setsail.report.figures.choropleth import breaks
    from setsail.report.records import point_record

    regions = _outlines(workspace, level).regions
    found = figures(indicator, regions, observations(), known_on, period=period, definition=definition)
    rows = []
    for code, en, zh in zip(regions.adcode.tolist(), regions.name_en, regions.name_zh, strict=True):
        point = found.points[code]
        row: Record = {"region": str(code), "name_en": en, "name_zh": zh, "value": point.value if point else None}
        row |= {"rank": found.rank(point) if point else None, "evidence": point_record(point) if point else None}
        rows.append(row)
    values = [row["value"] for row in rows if row["value"] is not None]
    return {
        "indicator": indicator, "unit": found.unit, "level": level, "period": found.shown[0],
        "definition": found.shown[1], "known": len(values), "unknown": len(rows) - len(values),
        "breaks": list(breaks(values)) if len(set(values)) > 1 else [],
        "slices": [{"period": p, "definition": d, "regions": n} for (p, d), n in found.slices],
        "rows": sorted(rows, key=lambda row: (row["rank"] is None, row["rank"] or 0, row["region"])),
    }  # fmt: skip


def map_outlines_geojson(workspace: Path, level: str, told: Mapping[str, Record]) -> Record:
    """The outlines in use as GeoJSON, simplified, each with the properties told of it by code, and their notice."""
    from setsail.api.regions import data_regions_notice
    from setsail.monitor.maplayers.outlines import geojson

    regions = _outlines(workspace, level).regions
    features = [
        {"type": "Feature", "id": code, "properties": {"region": str(code), "name_en": en, "name_zh": zh}
         | told.get(str(code), {}), "geometry": shape}
        for code, en, zh, shape in zip(
            regions.adcode.tolist(), regions.name_en, regions.name_zh, geojson(regions), strict=True
        )
    ]  # fmt: skip
    notice = data_regions_notice(workspace, level=level)
    return {"type": "FeatureCollection", "notice": notice, "features": features}


def map_coverages(workspace: Path) -> list[Record]:
    """Coverage runs in the folder `coverage` of a workspace, with their layers, units and classes."""
    import importlib.util

    from setsail.monitor.maplayers import windows

    if importlib.util.find_spec("rasterio") is None:
        return []
    return [
        {
            "name": run.name, "bounds": list(run.bounds), "crs": run.crs, "resolution_m": run.resolution_m,
            "version": run.version, "layers": [_layer(run, layer) for layer in run.layers],
        }
        for run in windows.found(workspace / COVERAGE)
    ]  # fmt: skip


def map_coverage_tile(workspace: Path, name: str, layer: str, place: Place) -> TileData:
    """A PNG of 256 pixels with the values of a coverage raster; empty where it says nothing. Raises UnknownName."""
    from setsail.monitor.maplayers import windows
    from setsail.monitor.maplayers.mercator import Tile

    run = windows.one(workspace / COVERAGE, name)
    told = f"{CODE} {name} {layer} {run.version} {place}"
    return TileData(windows.window(run, layer, Tile(*place)) or b"", hashlib.sha256(told.encode()).hexdigest()[:24])


def map_coverage_shares(workspace: Path, name: str, layer: str) -> Record:
    """Shares of the classes of a coverage raster, highest class first, of the pixels that say something.

    Counted at no more than 2048 pixels across, the nearest pixel of each.  Raises UnknownName.
    """
    from setsail.monitor.maplayers import windows
    from setsail.radio.coverage.picture import picture

    run = windows.one(workspace / COVERAGE, name)
    windows.require_layer(run, layer)
    drawn = picture(run.folder, layer, 2048)
    return {"name": name, "layer": layer, "shares": list(drawn.share), "known": float((drawn.index >= 0).mean())}


def _layer(run: Coverage, layer: str) -> Record:
    from setsail.monitor.maplayers.windows import scale_of
    from setsail.radio.coverage.picture import classes_of

    scale, offset, unit = scale_of(run, layer)
    classes = classes_of(layer)
    factor = 1e-6 if classes[0].unit == "Mbit/s" else 1.0
    return {
        "layer": layer, "scale": scale * factor, "offset": offset * factor, "unit": classes[0].unit or unit,
        "classes": [{"low": c.low, "colour": c.colour, "label": c.label} for c in classes],
    }  # fmt: skip


@contextmanager
def _data_set(name: str, workspace: Path, version: str = "") -> Iterator[tuple[Manifest, list[Path]]]:
    """The newest version of a data set, or the one of an id, with its files. Raises UnknownName, BadInput."""
    from setsail.monitor.maplayers.choice import date_column
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        manifest = store.manifest(version) if version else store.latest(name)
        if manifest.name != name:
            raise BadInput(f"is of {manifest.name}", where=f"version {version}", allowed=f"a version of {name}")
        date_column(manifest.kind, ())
        yield manifest, store.files(manifest)


def _rows(manifest: Manifest, tables: Tables, files: Sequence[Path]) -> tuple[str | None, ir.Table]:
    from setsail.monitor.maplayers.choice import date_column

    return date_column(manifest.kind, tuple(c.name for c in manifest.schema)), tables.read(files)


@contextmanager
def _tables() -> Iterator[Tables]:
    """An engine for the block: it waits for its turn, has its share of memory, and spills to a folder of its own."""
    from tempfile import TemporaryDirectory

    from setsail.engine import open_engine
    from setsail.store.query import QueryOptions, default_options

    with _turns, TemporaryDirectory(prefix="setsail-map-") as folder:
        options = QueryOptions(_query_bytes // QUERIES_AT_ONCE, default_options().threads, Path(folder))
        with open_engine(options=options) as tables:
            yield tables


@cache
def kept_cubes() -> Cubes:
    """The data sets that this process keeps in memory for the map."""
    from setsail.monitor.maplayers.cube import Cubes

    return Cubes(MEMORY_BYTES)


def _cube(manifest: Manifest, files: Sequence[Path]) -> Cube:
    from setsail.monitor.maplayers import cube

    def make() -> Cube:
        with _tables() as tables:
            date_by = _rows(manifest, tables, files)[0]
            return cube.load(tables, files, manifest.kind, date_by, cube.resolution_for(manifest.rows))

    return kept_cubes().get(manifest.id, make)


def _points(manifest: Manifest, files: Sequence[Path], choice: Choice, tile: Tile) -> pa.Table:
    """Points of a tile; of a small data set all that are chosen, kept for the next tile."""
    from setsail.monitor.maplayers import points

    small = manifest.rows <= points.MOST
    key = (manifest.id, choice.digest())
    if small and key in _kept_points():
        return _kept_points()[key]
    with _tables() as tables:
        rows = points.expression(tables.read(files), manifest.kind, choice, None if small else tile)
        found = tables.run(rows)
    if small:
        while len(_kept_points()) >= MOST_KEPT:
            _kept_points().pop(next(iter(_kept_points())), None)
        _kept_points()[key] = found
    return found


@cache
def _kept_points() -> dict[tuple[str, str], pa.Table]:
    return {}


@cache
def _kept_outlines() -> dict[tuple[str, str], Outlines]:
    return {}


def _outlines(workspace: Path, level: str) -> Outlines:
    """The outlines in use at a level, with what was made of them before."""
    from setsail.monitor.maplayers.outlines import Outlines
    from setsail.store.regions import in_use

    regions = in_use(workspace, level)
    key = (regions.source, level)
    found = _kept_outlines().get(key)
    return found or _kept_outlines().setdefault(key, Outlines(regions))


def _names(workspace: Path, level: str) -> dict[int, dict[str, str]]:
    regions = _outlines(workspace, level).regions
    rows = zip(regions.adcode.tolist(), regions.name_en, regions.name_zh, strict=True)
    return {code: {"name_en": en, "name_zh": zh} for code, en, zh in rows}


def _cell(text: str) -> int:
    try:
        return int(text, 16)
    except ValueError:
        raise BadInput(f"is {text!r}", where="cell", allowed="an H3 id of 15 hexadecimal digits") from None


def _counted(group: Any, n: Any, groups: int) -> list[int]:  # noqa: ANN401 - arrays; numpy is imported below
    import numpy as np

    return [int(v) for v in np.bincount(group, weights=n, minlength=groups)]


def _told(manifest: Manifest) -> Record:
    """What stands beside every figure of a data set: source, licence, as-of, and whether it is invented."""
    return {
        "name": manifest.name, "kind": manifest.kind, "version": manifest.version, "id": manifest.id,
        "rows": manifest.rows, "synthetic": manifest.synthetic, "source": manifest.source,
        "licence": manifest.licence, "as_of": manifest.recorded_at.isoformat(), "sha256": manifest.sha256,
    }  # fmt: skip
