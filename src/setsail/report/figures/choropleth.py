"""A map of regions in classes of a quantity: unknown is a hatch, the legend stands on the map with its counts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import shapely

from setsail.base.arrays import F64
from setsail.report import svg
from setsail.report.scales import nice_step
from setsail.report.svg import Figure
from setsail.standards.boundaries import Regions

WIDTH = 660.0
MARGIN = 8.0
RAMP = 6
"""Number of colours of the ramp; `--q0` ... in the style of the page."""
SIMPLER = 0.6
"""Outlines are simplified to this many units of the drawing; neighbours keep their common borders."""
LEGEND_ROW = 17.0


@dataclass(frozen=True, slots=True)
class Area:
    """One region: its value, None where unknown, and what is told where the pointer rests."""

    value: float | None
    tip: str


@dataclass(frozen=True, slots=True)
class Legend:
    """Words of the legend: its heading, one label per class, and the label of unknown."""

    heading: str
    labels: tuple[str, ...]
    unknown: str


def breaks(values: Sequence[float]) -> tuple[float, ...]:
    """Round borders of at most six classes over the middle nine tenths of the values, ends open."""
    low, high = (float(v) for v in np.quantile(values, (0.05, 0.95)))
    step = nice_step(high - low, RAMP - 1)
    first = np.ceil(low / step + 1e-9) * step
    return tuple(round(float(first + i * step), 10) for i in range(RAMP - 1) if first + i * step <= high)


def class_of(value: float, borders: Sequence[float]) -> int:
    """The class of a value: as many borders as it reaches."""
    return sum(value >= border for border in borders)


def colour(number: int, classes: int) -> int:
    """Which colour of the ramp a class takes: the classes are spread over all of it."""
    return round(number * (RAMP - 1) / max(1, classes - 1))


def albers(corners: F64) -> F64:
    """Places (n, 2) on an equal-area cone over China [radians of the unit sphere]; corners (n, 2): lon, lat [deg].

    Source: Albers equal-area conic, Snyder, USGS PP 1395 (1987), eq. 14-1 to 14-6, sphere; standard parallels 25 and 47
    degrees, origin 105 E, 0 N.
    """
    lon, lat = np.radians(corners[:, 0]), np.radians(corners[:, 1])
    first, second, origin = np.radians(25.0), np.radians(47.0), np.radians(105.0)
    cone = (np.sin(first) + np.sin(second)) / 2
    c = np.cos(first) ** 2 + 2 * cone * np.sin(first)
    rho = np.sqrt(c - 2 * cone * np.sin(lat)) / cone
    angle = cone * (lon - origin)
    return np.column_stack([rho * np.sin(angle), np.sqrt(c) / cone - rho * np.cos(angle)])


@dataclass(frozen=True)
class Choropleth:
    """What the map shows: `areas` by adcode (an outline without one is unknown), borders of the classes, legend."""

    id: str
    title: str
    desc: str
    outlines: Regions
    areas: Mapping[int, Area]
    borders: tuple[float, ...]
    legend: Legend


def draw(shown: Choropleth) -> Figure:
    """The drawing of the outlines with their classes."""
    shapes, height = _placed(shown.outlines)
    body = [_hatch(shown.id)]
    for code, shape in zip(shown.outlines.adcode, shapes, strict=True):
        body.append(_region(shown, shown.areas.get(int(code)), shape))
    body += list(_legend(shown, height))
    return svg.drawing(shown.id, (WIDTH, height), shown.title, shown.desc, body)


def _region(shown: Choropleth, area: Area | None, shape: shapely.Geometry) -> str:
    known = area is not None and area.value is not None
    path = svg.tag("path", {"d": _path(shape), **_look(shown, area.value if area else None)})
    return svg.group([path], "known" if known else "missing", tip=area.tip if area else shown.legend.unknown)


def _look(shown: Choropleth, value: float | None) -> dict[str, object]:
    if value is None:
        return {"class": "area unknown", "fill": f"url(#{shown.id}-hatch)"}
    number = class_of(value, shown.borders)
    return {"class": f"area q{colour(number, len(shown.borders) + 1)}"}


def _placed(outlines: Regions) -> tuple[Sequence[shapely.Geometry], float]:
    """Outlines in units of the drawing (y downwards), simplified with common borders kept, and the height."""
    flat = shapely.transform(outlines.shape, albers)
    left, bottom, right, top = shapely.total_bounds(flat)
    scale = (WIDTH - 2 * MARGIN) / (right - left)

    def place(corners: F64) -> F64:
        return np.column_stack([MARGIN + (corners[:, 0] - left) * scale, MARGIN + (top - corners[:, 1]) * scale])

    drawn = shapely.transform(flat, place)
    return shapely.coverage_simplify(drawn, SIMPLER), 2 * MARGIN + (top - bottom) * scale


def _path(shape: shapely.Geometry) -> str:
    rings = [ring for part in shapely.get_parts(shape) for ring in (part.exterior, *part.interiors)]
    return "".join(_ring(shapely.get_coordinates(ring)) for ring in rings)


def _ring(corners: F64) -> str:
    told = "L".join(f"{svg.n(x)} {svg.n(y)}" for x, y in corners[:-1])
    return f"M{told}Z"


def _hatch(figure_id: str) -> str:
    stripes = svg.tag("path", {"d": "M-1 1l2 -2M0 6l6 -6M5 7l2 -2", "class": "hatch"})
    size = {"id": f"{figure_id}-hatch", "width": 6, "height": 6, "patternUnits": "userSpaceOnUse"}
    return svg.tag("defs", {}, svg.tag("pattern", size, stripes))


def _legend(shown: Choropleth, height: float) -> Iterator[str]:
    codes = [int(code) for code in shown.outlines.adcode]
    values = [shown.areas[c].value if c in shown.areas else None for c in codes]
    classes = range(len(shown.borders) + 1)
    counts = [sum(v is not None and class_of(v, shown.borders) == i for v in values) for i in classes]
    y = height - LEGEND_ROW * (len(counts) + 1) - 14
    yield svg.text(MARGIN + 4, y, shown.legend.heading, "head")
    samples: list[float | None] = [_sample(i, shown.borders) for i in classes]
    labels = (*shown.legend.labels, shown.legend.unknown)
    for sample, label, count in zip([*samples, None], labels, [*counts, values.count(None)], strict=True):
        y += LEGEND_ROW
        place: dict[str, object] = {"x": MARGIN + 4, "y": y - 10, "width": 18.0, "height": 12.0}
        yield svg.tag("rect", place | _look(shown, sample))
        yield svg.text(MARGIN + 28, y, f"{label} ({count})", "tick")


def _sample(number: int, borders: Sequence[float]) -> float:
    """A value of a class."""
    return borders[number - 1] if number else borders[0] - 1.0
