"""Plans as drawings: rooms, walls and heads of a floor in metres, over a heat map in classes."""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

import numpy as np

from setsail.base.png import png
from setsail.base.xml_text import clean
from setsail.conformance.report.inputs import FloorMap
from setsail.conformance.report.words import MINUS
from setsail.design.indoor.layers import CLASSES
from setsail.design.network.model import Head
from setsail.radio.coverage.picture import PictureClass, class_index, classes_of
from setsail.site.model import Floor, Point, Room
from setsail.site.plan import round_length

MARGIN_M = 2.0
SIDE_MM = 178.0
"""Width of a plan on paper; lines and letters are given in millimetres of it."""
LETTER_MM, SMALLEST_MM, HEAD_MM = 2.1, 1.0, 1.25
MARKED = {"fail": "#b3261e", "inconclusive": "#c77700"}
NONE_MARKED: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Drawing:
    """One plan. svg : the drawing;  width_m, height_m : of it;  legend : (colour, label, share of what is known)."""

    svg: str
    width_m: float
    height_m: float
    legend: tuple[tuple[str, str, float], ...] = ()
    unit: str = ""


@dataclass(frozen=True, slots=True)
class _Frame:
    """From metres of the site to the drawing: its y goes down. mm : metres that one millimetre on paper is."""

    west: float
    north: float
    width: float
    height: float

    @property
    def mm(self) -> float:
        return max(self.width, 1.0) / SIDE_MM

    def at(self, point: Point) -> tuple[float, float]:
        return point[0] - self.west, self.north - point[1]


def plan(
    floor: Floor,
    heads: Sequence[Head],
    *,
    marked: Mapping[str, str] = NONE_MARKED,
    raster: FloorMap | None = None,
    layer: str = "",
    fonts: str = "sans-serif",
) -> Drawing:
    """The plan of a floor: rooms, walls, heads; a layer of its map below, in classes.

    marked : verdict by room, drawn as its outline;  fonts : families of its letters, as CSS names them.
    """
    frame = _frame(floor, heads)
    image, legend, unit = _image(frame, raster, layer) if raster is not None else ("", (), "")
    over_map = bool(image)
    parts = [
        image,
        *(_room(frame, r, marked.get(r.room, ""), over_map) for r in floor.rooms),
        _walls(frame, floor),
        *(_marked(frame, r, marked[r.room]) for r in floor.rooms if r.room in marked),
        *(_label(frame, r, heads, over_map) for r in floor.rooms),
        *(_head(frame, h) for h in heads),
        _scale(frame),
    ]
    wide, high = _n(frame.width), _n(frame.height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {high}" width="{wide}" height="{high}" '
        f'font-family="{clean(fonts)}">'
    )
    return Drawing(head + "".join(parts) + "</svg>", frame.width, frame.height, legend, unit)


def _frame(floor: Floor, heads: Sequence[Head]) -> _Frame:
    points = [p for r in floor.rooms for p in r.outline]
    points += [p for w in floor.walls for p in (w.start, w.end)] + [(h.x_m, h.y_m) for h in heads]
    x, y = [p[0] for p in points] or [0.0, 1.0], [p[1] for p in points] or [0.0, 1.0]
    foot = 3.5 * (max(x) - min(x) + 2 * MARGIN_M) / SIDE_MM
    width, height = max(x) - min(x) + 2 * MARGIN_M, max(y) - min(y) + 2 * MARGIN_M + foot
    return _Frame(min(x) - MARGIN_M, max(y) + MARGIN_M, width, height)


def _image(frame: _Frame, raster: FloorMap, layer: str) -> tuple[str, tuple[tuple[str, str, float], ...], str]:
    """The heat map as a picture at its place, with the share of each class in what is known."""
    if layer not in raster.layers or raster.x.size < 2 or raster.y.size < 2:
        return "", (), ""
    values, classes = raster.layers[layer], classes_of(CLASSES.get(layer, layer))
    index = class_index(values, classes)
    colours = [(255, 255, 255), *(tuple(bytes.fromhex(c.colour[1:])) for c in classes)]
    rgb = np.array(colours, dtype=np.uint8)[index + 1]
    step_x, step_y = float(raster.x[1] - raster.x[0]), float(raster.y[0] - raster.y[1])
    x, y = frame.at((float(raster.x[0]) - step_x / 2, float(raster.y[0]) + step_y / 2))
    data = base64.b64encode(png(rgb)).decode("ascii")
    picture = (
        f'<image x="{_n(x)}" y="{_n(y)}" width="{_n(step_x * raster.x.size)}" height="{_n(step_y * raster.y.size)}" '
        f'preserveAspectRatio="none" image-rendering="optimizeSpeed" href="data:image/png;base64,{data}"/>'
    )
    known = max(1, int((index >= 0).sum()))
    counts = np.bincount(index[index >= 0].ravel(), minlength=len(classes))
    labels = _labels(classes)
    legend = tuple((c.colour, labels[k], float(counts[k]) / known) for k, c in enumerate(classes))
    return picture, legend, classes[0].unit


def _labels(classes: Sequence[PictureClass]) -> tuple[str, ...]:
    """What each class holds, in figures alone: a plan is read in any language."""
    lows = [c.low for c in classes]
    told = [f"≥ {_g(lows[0])}"] + [f"{_g(low)} … {_g(high)}" for high, low in pairwise(lows[:-1])]
    return (*told, f"< {_g(lows[-2])}")


def _room(frame: _Frame, room: Room, verdict: str, over_map: bool) -> str:
    if over_map:
        fill = 'fill="none" stroke="#ffffff" stroke-opacity="0.75"'
    elif verdict:
        fill = f'fill="{MARKED.get(verdict, "#666666")}" fill-opacity="0.12" stroke="#9aa4ae"'
    else:
        fill = f'fill="{"#f6f7f9" if room.indoor else "#ffffff"}" stroke="#9aa4ae"'
    dashes = "" if room.indoor else f' stroke-dasharray="{_n(frame.mm)}"'
    return f'<path d="{_ring(frame, room.outline)}" {fill} stroke-width="{_n(0.18 * frame.mm)}"{dashes}/>'


def _marked(frame: _Frame, room: Room, verdict: str) -> str:
    dashes = "" if verdict == "fail" else f' stroke-dasharray="{_n(1.2 * frame.mm)} {_n(0.7 * frame.mm)}"'
    return (
        f'<path d="{_ring(frame, room.outline)}" fill="none" stroke="{MARKED.get(verdict, "#666666")}" '
        f'stroke-width="{_n(0.55 * frame.mm)}"{dashes}/>'
    )


def _walls(frame: _Frame, floor: Floor) -> str:
    """All walls as one path."""
    ends = ((frame.at(w.start), frame.at(w.end)) for w in floor.walls)
    path = "".join(f"M{_n(a)} {_n(b)}L{_n(c)} {_n(d)}" for (a, b), (c, d) in ends)
    return f'<path d="{path}" fill="none" stroke="#1d2733" stroke-width="{_n(0.28 * frame.mm)}"/>' if path else ""


def _label(frame: _Frame, room: Room, heads: Sequence[Head], over_map: bool) -> str:
    """The id of a room where it fits into its box, clear of heads; with a halo where a map lies below."""
    x, y = [p[0] for p in room.outline], [p[1] for p in room.outline]
    wide, high = max(x) - min(x), max(y) - min(y)
    letters = max(1, sum(2 if ord(c) > 0x2E80 else 1 for c in room.room))
    size = min(LETTER_MM * frame.mm, 0.9 * wide / (0.58 * letters), 0.6 * high)
    if size < SMALLEST_MM * frame.mm:
        return ""
    middle = ((max(x) + min(x)) / 2, (max(y) + min(y)) / 2)
    if any(math.dist(middle, (h.x_m, h.y_m)) < 0.4 * letters * size + HEAD_MM * frame.mm for h in heads):
        middle = (middle[0], middle[1] - 1.2 * size - HEAD_MM * frame.mm)
    if middle[1] - size / 2 < min(y):
        return ""
    at = frame.at(middle)
    halo = f' stroke="#ffffff" stroke-width="{_n(0.35 * frame.mm)}" stroke-opacity="0.6" paint-order="stroke"'
    return (
        f'<text x="{_n(at[0])}" y="{_n(at[1] + size / 3)}" font-size="{_n(size)}" text-anchor="middle" '
        f'fill="#1d2733"{halo if over_map else ""}>{clean(room.room)}</text>'
    )


def _head(frame: _Frame, head: Head) -> str:
    x, y = frame.at((head.x_m, head.y_m))
    r = HEAD_MM * frame.mm
    return (
        f'<circle cx="{_n(x)}" cy="{_n(y)}" r="{_n(r)}" fill="#d6336c" stroke="#ffffff" stroke-width="{_n(r / 3)}"/>'
        f'<text x="{_n(x + 1.6 * r)}" y="{_n(y - 0.9 * r)}" font-size="{_n(2 * frame.mm)}" '
        f'font-weight="700" fill="#8f1244" stroke="#ffffff" stroke-width="{_n(0.4 * frame.mm)}" '
        f'paint-order="stroke">{clean(head.head)}</text>'
    )


def _scale(frame: _Frame) -> str:
    """A scale bar of a round length below the plan."""
    length = round_length(frame.width / 5)
    x, y = MARGIN_M, frame.height - 1.2 * frame.mm
    bar = f"M{_n(x)} {_n(y - frame.mm)}V{_n(y)}H{_n(x + length)}V{_n(y - frame.mm)}"
    return (
        f'<path d="{bar}" fill="none" stroke="#1d2733" stroke-width="{_n(0.3 * frame.mm)}"/>'
        f'<text x="{_n(x + length + frame.mm)}" y="{_n(y)}" font-size="{_n(2.2 * frame.mm)}" '
        f'fill="#1d2733">{_g(length)} m</text>'
    )


def _ring(frame: _Frame, outline: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in map(frame.at, outline)) + "Z"


def _n(value: float) -> str:
    """A coordinate to a millimetre of the site."""
    return f"{value:.3f}".rstrip("0").rstrip(".") or "0"


def _g(value: float) -> str:
    return f"{value:g}".replace("-", MINUS)
