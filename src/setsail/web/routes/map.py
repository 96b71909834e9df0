"""The map: data sets as vector tiles, outlines, indicators by region, coverage as PNG windows, and the lists beside."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from setsail import api
from setsail.api.map import TileData
from setsail.base.errors import BadInput
from setsail.web.access import requires
from setsail.web.kept import Body, answer, tile_body
from setsail.web.state import State, state_of

router = APIRouter(prefix="/map", tags=["map"], dependencies=[Depends(requires("viewer"))])
Server = Annotated[State, Depends(state_of)]
Level = Literal["province", "prefecture"]
KnownOn = Annotated[date | None, Query(description="With what was known on that day; today where absent.")]
MVT = "application/vnd.mapbox-vector-tile"
FOREVER, ASK = "private, max-age=31536000, immutable", "private, no-cache"
FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Asked:
    """The choice of rows in the query of a request."""

    operator: Annotated[list[str] | None, Query(max_length=200)] = None
    band: Annotated[list[str] | None, Query(max_length=200)] = None
    since: Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")] = ""
    until: Annotated[str, Query(pattern=r"^(\d{4}-(0[1-9]|1[0-2]))?$")] = ""


@dataclass(frozen=True, slots=True)
class Asking:
    """A request for a tile: its place, and what the browser has and takes."""

    request: Request
    z: int
    x: int
    y: int

    @property
    def place(self) -> tuple[int, int, int]:
        """Zoom, column, row."""
        return self.z, self.x, self.y


@dataclass(frozen=True, slots=True)
class AskedRegions:
    """Which indicator is asked for, by period and definition."""

    indicator: Annotated[str, Query(max_length=80)]
    level: Level = "province"
    period: Annotated[str, Query(max_length=10)] = ""
    definition: Annotated[str, Query(max_length=200)] = ""
    known_on: KnownOn = None


Choice = Annotated[Asked, Depends()]
Place = Annotated[Asking, Depends()]


class Notice(BaseModel):
    """What must be known of the outlines in use."""

    level: str
    notice: str


@router.get("/data")
def data_sets(server: Server) -> list[dict[str, Any]]:
    """Data sets that have places."""
    return api.map_data_sets(server.settings.workspace)


@router.get("/data/{name}")
def facets(name: str, server: Server) -> dict[str, Any]:
    """Operators, bands and months of a data set."""
    return api.map_facets(name, server.settings.workspace)


@router.get("/data/{name}/summary", response_model=dict[str, Any])
def summary(
    name: str,
    request: Request,
    server: Server,
    asked: Choice,
    *,
    level: Level = "province",
    bounds: Annotated[str, Query(max_length=100, description="west,south,east,north of the view")] = "",
) -> Response:
    """The list beside the map, with the same count."""
    workspace, choice, view = server.settings.workspace, _choice(asked), _bounds(bounds)
    key = api.map_summary_key(name, workspace, choice, level=level, bounds=view)

    def make() -> dict[str, Any]:
        return api.map_summary(name, workspace, choice, level=level, bounds=view)

    return answer(request, server.kept.get(("summary", key), make))


@router.get("/data/{name}/cell/{cell}")
def cell(
    name: str, cell: str, server: Server, asked: Choice, limit: Annotated[int, Query(ge=1, le=1000)] = 50
) -> dict[str, Any]:
    """What an H3 cell holds."""
    return api.map_cell(name, server.settings.workspace, _choice(asked), cell, limit=limit)


@router.get("/data/{name}/tiles/{z}/{x}/{y}", response_class=Response)
def tile(
    name: str,
    place: Place,
    server: Server,
    asked: Choice,
    v: Annotated[str, Query(max_length=40, description="Version meant, as told by the data set")] = "",
) -> Response:
    """A vector tile: cells, and points where they are few."""
    choice = _choice(asked)

    def make() -> TileData:
        return api.map_tile(name, server.settings.workspace, choice, place.place, version=v)

    if not v:
        return _tile(place.request, make(), cache=ASK)
    tag = api.map_tile_tag(v, choice, place.place)
    return _kept_tile(server, place.request, (name, tag), tag, make, cache=FOREVER)


@router.get("/data/{name}/cells.{form}", response_class=StreamingResponse)
def cells(
    name: str,
    form: Literal["csv", "geojson"],
    server: Server,
    asked: Choice,
    resolution: Annotated[int, Query(ge=3, le=7)] = 5,
) -> StreamingResponse:
    """The cells of the map as a file."""
    told, rows = api.map_cells(name, server.settings.workspace, _choice(asked), resolution=resolution)
    lines = _geojson(told, rows) if form == "geojson" else _csv(rows)
    return _file(lines, f"{name}-h3-r{resolution}.{form}", form)


@router.get("/boundaries/{level}/notice")
def notice(level: Level, server: Server) -> Notice:
    """What must be known of the outlines in use."""
    return Notice(level=level, notice=api.data_regions_notice(server.settings.workspace, level=level))


@router.get("/boundaries/{level}/{z}/{x}/{y}", response_class=Response)
def boundaries(level: Level, place: Place, server: Server) -> Response:
    """A vector tile of the outlines in use."""
    workspace = server.settings.workspace
    tag = api.map_boundary_tag(workspace, level, place.place)

    def make() -> TileData:
        return api.map_boundary_tile(workspace, level, place.place)

    return _kept_tile(server, place.request, ("boundaries", tag), tag, make, cache=ASK)


@router.get("/indicators")
def indicators(server: Server, level: Level = "province", known_on: KnownOn = None) -> list[dict[str, Any]]:
    """Indicators that a map of a level can show."""
    return api.map_indicators(server.settings.workspace, level=level, known_on=known_on or _today(server))


@router.get("/regions")
def regions(server: Server, asked: Annotated[AskedRegions, Depends()]) -> dict[str, Any]:
    """An indicator by region with its evidence; null where unknown."""
    return api.map_regions(
        asked.indicator, server.settings.workspace, level=asked.level, known_on=asked.known_on or _today(server),
        period=asked.period, definition=asked.definition,
    )  # fmt: skip


@router.get("/regions.geojson", response_class=Response)
def regions_geojson(server: Server, asked: Annotated[AskedRegions, Depends()]) -> Response:
    """The outlines in use with an indicator, as a file."""
    found = regions(server, asked)
    common = {key: found[key] for key in ("indicator", "unit", "period", "definition")}
    told = {row["region"]: {**common, "value": row["value"], "rank": row["rank"]} for row in found["rows"]}
    made = api.map_outlines_geojson(server.settings.workspace, asked.level, told)
    name = f"{asked.indicator}-{found['period']}-{asked.level}.geojson"
    return _file(iter([json.dumps(made, ensure_ascii=False)]), name, "geojson")


@router.get("/coverage")
def coverages(server: Server) -> list[dict[str, Any]]:
    """Coverage runs of the workspace."""
    return api.map_coverages(server.settings.workspace)


@router.get("/coverage/{name}/{layer}/shares")
def coverage_shares(name: str, layer: str, server: Server) -> dict[str, Any]:
    """Shares of the classes of a coverage raster."""
    return api.map_coverage_shares(server.settings.workspace, name, layer)


@router.get("/coverage/{name}/{layer}/{z}/{x}/{y}", response_class=Response)
def coverage_tile(name: str, layer: str, place: Place, server: Server) -> Response:
    """A PNG of 256 pixels whose colours hold the values."""
    made = api.map_coverage_tile(server.settings.workspace, name, layer, place.place)
    return _sent(place.request, Body(made.data, made.data, f'"{made.etag}"'), ASK, "image/png")


def _kept_tile(
    server: State, request: Request, key: tuple[str, str], tag: str, make: Callable[[], TileData], *, cache: str
) -> Response:
    """A tile that many viewers ask for, made once; 304 where the browser has it, without a look at the data."""
    if f'"{tag}"' in request.headers.get("if-none-match", ""):
        return Response(
            status_code=304, headers={"cache-control": cache, "vary": "accept-encoding", "etag": f'"{tag}"'}
        )

    def body() -> Body:
        made = make()
        return tile_body(made.data, made.etag)

    return _sent(request, server.kept.body(("tile", *key), body), cache)


def _tile(request: Request, made: TileData, *, cache: str) -> Response:
    return _sent(request, tile_body(made.data, made.etag), cache)


def _sent(request: Request, body: Body, cache: str, kind: str = MVT) -> Response:
    """A tile, compressed where the browser takes it; 304 where it has it, 204 where there is nothing."""
    headers = {"cache-control": cache, "vary": "accept-encoding", "etag": body.tag}
    if body.tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if not body.plain:
        return Response(status_code=204, headers=headers)
    packs = body.packed is not body.plain and "gzip" in request.headers.get("accept-encoding", "")
    if packs:
        headers["content-encoding"] = "gzip"
    return Response(body.packed if packs else body.plain, media_type=kind, headers=headers)


def _choice(asked: Asked) -> Any:  # noqa: ANN401 - the type of a room, which doors do not import
    return api.map_choice(asked.operator or (), asked.band or (), asked.since, asked.until)


def _bounds(text: str) -> tuple[float, float, float, float] | None:
    if not text:
        return None
    try:
        west, south, east, north = (float(part) for part in text.split(","))
    except ValueError:
        raise BadInput(f"is {text!r}", where="bounds", allowed="west,south,east,north in degrees") from None
    return west, south, east, north


def _today(server: State) -> date:
    return server.settings.now().date()


def _file(lines: Iterator[str], name: str, form: str) -> StreamingResponse:
    kind = "application/geo+json" if form == "geojson" else "text/csv; charset=utf-8"
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name)
    return StreamingResponse(lines, media_type=kind, headers={"content-disposition": f'attachment; filename="{safe}"'})


def _geojson(told: Mapping[str, Any], rows: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    yield '{"type": "FeatureCollection", "data_set": ' + json.dumps(told, ensure_ascii=False) + ', "features": [\n'
    before = ""
    for row in rows:
        shape = {"type": "Polygon", "coordinates": [row["ring"]]}
        properties = {key: value for key, value in row.items() if key != "ring"}
        yield before + json.dumps({"type": "Feature", "properties": properties, "geometry": shape})
        before = ",\n"
    yield "\n]}\n"


def _csv(rows: Iterator[Mapping[str, Any]]) -> Iterator[str]:
    writer: Any = None
    for row in rows:
        text = io.StringIO()
        told = {key: _harmless(value) for key, value in row.items() if key != "ring"}
        first, writer = writer is None, csv.DictWriter(text, list(told), lineterminator="\r\n")
        if first:
            writer.writeheader()
        writer.writerow(told)
        yield text.getvalue()


def _harmless(value: object) -> object:
    """Text that a spreadsheet would run as a formula, as text."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
