"""Plans of floors as one self-contained SVG: rooms coloured by function, walls, doors, windows, legend, scale bar."""

from __future__ import annotations

import colorsys
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Literal

from shapely import Polygon

from setsail.base.tables import read_rows
from setsail.base.xml_text import clean
from setsail.site.functions import DATA, functions
from setsail.site.geometry import disjoint
from setsail.site.model import Floor, Opening, Room, Site, Wall
from setsail.site.records import counted_with, through

Language = Literal["en", "zh"]
WIDTH, SIDE, HEAD, FOOT, MARGIN = 860.0, 292.0, 46.0, 44.0, 12.0
TALLEST = 1000.0
AROUND_M = 6.0
"""Shown of what lies outdoors around a building."""
ROOMS_AT, AREA_AT = 226.0, 276.0
LINE = 17.0
NO_GROUP = "#ffffff"
LEAST_LABEL = 5.5
"""Smallest text in a room [px]; one that does not fit so is left to the table."""
GROUPS = ("group", "name_en", "name_zh", "colour")
WALLS = {"exterior": 2.6, "concrete": 2.6, "curtain": 2.0, "brick": 1.8, "block": 2.2, "lead-lined": 2.8, "metal": 2.0}
"""Widths of lines [px]; other classes have 1."""
STYLE = (
    "text{font:11px system-ui,'Noto Sans CJK SC',sans-serif;fill:#1b1b1b}.head{font-weight:600;font-size:15px}"
    ".quiet{fill:#555}.room{stroke:#c9c5bd;stroke-width:.4}.out{fill:url(#h)}.wall{stroke:#3a3a3a;stroke-linecap:square}"
    ".lead{stroke:#8a1c6b}.door{stroke:#fff;stroke-width:2.4}.leaf{stroke:#a3622b;stroke-width:1}"
    ".window{stroke:#3f8fd2;stroke-width:2}.name{text-anchor:middle;dominant-baseline:central;fill:#333}"
    ".bar{stroke:#1b1b1b;stroke-width:1.6;fill:none}.gap{stroke:#fff;stroke-width:2.4}"
)
WORDS = {
    "en": (
        "level",
        "rooms",
        "no function",
        "scale",
        "lead-lined wall",
        "door",
        "window",
        "no floor has a room",
        "m²",
        "indoors",
    ),
    "zh": ("楼层", "个房间", "未归类", "比例", "铅防护墙", "门", "窗", "没有房间", "m²", "室内"),
}


def draw(site: Site, floors: Sequence[Floor], language: Language = "en") -> str:
    """The SVG text of plans, one below another; floors without rooms are left out."""
    shown = [f for f in floors if any(len(r.outline) > 2 and counted_with(r) != "site" for r in f.rooms)]
    parts: list[str] = []
    y = 0.0
    for floor in shown:
        body, height = _panel(site, floor, language)
        parts.append(f'<g transform="translate(0 {_n(y)})">{body}</g>')
        y += height
    if not shown:
        parts.append(f'<text x="{MARGIN}" y="30">{WORDS[language][7]}</text>')
        y = 60.0
    width = WIDTH + SIDE
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_n(width)} {_n(y)}" width="{_n(width)}" '
        f'height="{_n(y)}" role="img" aria-labelledby="t"><title id="t">{clean(site.name)}</title>'
        f"<style>{STYLE}</style><defs>"
        '<pattern id="h" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<rect width="7" height="7" fill="#f3f6ec"/><line y2="7" stroke="#d4dcc4" stroke-width="1.4"/></pattern></defs>'
    )
    return f'{head}<rect width="{_n(width)}" height="{_n(y)}" fill="#fff"/>{"".join(parts)}</svg>\n'


def colour(function: str) -> str:
    """The colour of a function: that of its group, a little lighter or darker by its place there."""
    known = functions().get(function)
    if known is None:
        return NO_GROUP
    own = [one.function for one in functions().values() if one.group == known.group]
    step = own.index(function) - (len(own) - 1) / 2
    r, g, b = (int(_groups()[known.group]["colour"][i : i + 2], 16) / 255 for i in (1, 3, 5))
    hue, light, sat = colorsys.rgb_to_hls(r, g, b)
    spread = min(0.022, 0.16 / max(1, len(own)))
    found = colorsys.hls_to_rgb((hue + 0.008 * step) % 1.0, min(0.97, max(0.3, light - spread * step)), sat)
    return "#" + "".join(f"{round(255 * v):02x}" for v in found)


@cache
def _groups() -> dict[str, dict[str, str]]:
    rows = read_rows(DATA / "groups.csv", required=GROUPS, known=GROUPS, name="groups.csv")
    return {row.need("group"): dict(row.cells) for row in rows}


class _View:
    """Metres of a floor to pixels of its panel: the building and a little of what is around it."""

    def __init__(self, rooms: Sequence[Room]) -> None:
        everything = (
            _bounds(room for room in rooms if counted_with(room) != "site") or _bounds(rooms) or (0.0, 0.0, 1.0, 1.0)
        )
        inside = _bounds(room for room in rooms if room.indoor) or everything
        if 3 * _area(inside) > _area(everything):
            low, high = everything[:2], everything[2:]
            west, south = (max(a, b - AROUND_M) for a, b in zip(low, inside[:2], strict=True))
            east, north = (min(a, b + AROUND_M) for a, b in zip(high, inside[2:], strict=True))
        else:
            west, south, east, north = everything
        self.x0, self.y1 = west, north
        wide, tall = max(east - west, 0.1), max(north - south, 0.1)
        self.scale = min((WIDTH - 2 * MARGIN) / wide, TALLEST / tall)
        self.width, self.height = wide * self.scale, tall * self.scale

    def at(self, x: float, y: float) -> str:
        return f"{_n(MARGIN + (x - self.x0) * self.scale)} {_n((self.y1 - y) * self.scale)}"


def _bounds(rooms: Iterable[Room]) -> tuple[float, float, float, float] | None:
    points = [p for room in rooms if len(room.outline) > 2 for p in room.outline]
    if not points:
        return None
    xs, ys = zip(*points, strict=True)
    return min(xs), min(ys), max(xs), max(ys)


def _area(bounds: tuple[float, float, float, float]) -> float:
    return (bounds[2] - bounds[0]) * (bounds[3] - bounds[1])


def _panel(site: Site, floor: Floor, language: Language) -> tuple[str, float]:
    rooms = (*floor.rooms, *through(site, floor))
    view, words, shapes = _View(rooms), WORDS[language], _shapes(rooms)
    clip = f"c{site.floors.index(floor)}"
    rows = _legend_rows(floor, language)
    below = max(view.height, LINE * (len(rows) + 5))
    area = math.fsum(r.area_m2 for r in floor.rooms if r.indoor)
    told = (
        f"{floor.name} · {words[0]} {floor.level} · {len(floor.rooms)} {words[1]} · {area:,.0f} {words[8]} {words[9]}"
    )
    body = [
        f'<text class="head" x="{MARGIN}" y="20">{clean(site.name)}</text>',
        f'<text class="quiet" x="{MARGIN}" y="36">{clean(told)}{_synthetic(site, language)}</text>',
        f'<g transform="translate(0 {_n(HEAD)})">',
        f'<clipPath id="{clip}"><rect x="{MARGIN - 2}" y="-2" width="{_n(view.width + 4)}" '
        f'height="{_n(view.height + 4)}"/></clipPath><g clip-path="url(#{clip})">',
        *_rooms(rooms, shapes, view),
        *_walls(floor.walls, view),
        *_openings(floor.openings, view),
        *_names(rooms, shapes, view),
        "</g>",
        *_legend(rows, words, view.width + 2 * MARGIN + 8, lead=any(w.wall_class == "lead-lined" for w in floor.walls)),
        *_bar(view, below + 14),
        "</g>",
    ]
    return "".join(body), HEAD + below + FOOT


def _synthetic(site: Site, language: Language) -> str:
    return "" if not site.synthetic else " · synthetic" if language == "en" else " · 合成数据"


def _shapes(rooms: Iterable[Room]) -> dict[str, list[Polygon]]:
    """Parts of rooms as they are drawn: boxes cut by the smaller ones over them, without the grounds."""
    return disjoint(room for room in rooms if counted_with(room) != "site")


def _rooms(rooms: Iterable[Room], shapes: Mapping[str, list[Polygon]], view: _View) -> Iterable[str]:
    for room in sorted(rooms, key=lambda r: r.indoor):
        if room.room not in shapes:
            continue
        paths = "".join(_path(part, view) for part in shapes.get(room.room, []))
        fill = 'class="room out"' if not room.indoor else f'class="room" fill="{colour(room.function)}"'
        told = f"{room.room} {room.name} · {room.function or '?'} · {room.area_m2:.1f} m²"
        yield f'<path {fill} fill-rule="evenodd" d="{paths}"><title>{clean(told)}</title></path>'


def _path(shape: Polygon, view: _View) -> str:
    rings = [shape.exterior, *shape.interiors] if not shape.is_empty else []
    return "".join("M" + "L".join(view.at(x, y) for x, y in ring.coords[:-1]) + "Z" for ring in rings)


def _walls(walls: Sequence[Wall], view: _View) -> Iterable[str]:
    by_class: dict[str, list[str]] = defaultdict(list)
    for wall in walls:
        by_class[wall.wall_class].append(f"M{view.at(*wall.start)}L{view.at(*wall.end)}")
    for name, lines in sorted(by_class.items()):
        kind = "wall lead" if name == "lead-lined" else "wall"
        yield f'<path class="{kind}" stroke-width="{WALLS.get(name, 1.0)}" fill="none" d="{"".join(lines)}"/>'


def _openings(openings: Sequence[Opening], view: _View) -> Iterable[str]:
    by_kind: dict[str, list[str]] = defaultdict(list)
    for one in openings:
        by_kind[one.kind].append(f"M{view.at(*one.start)}L{view.at(*one.end)}")
    for kind, lines in sorted(by_kind.items()):
        path = "".join(lines)
        yield f'<path class="{kind}" d="{path}"/>' + (f'<path class="leaf" d="{path}"/>' if kind == "door" else "")


def _names(rooms: Iterable[Room], shapes: Mapping[str, list[Polygon]], view: _View) -> Iterable[str]:
    """Ids of rooms, as large as they fit up to 10 px, across or upright."""
    for room in rooms:
        parts = shapes.get(room.room)
        if not parts:
            continue
        west, south, east, north = parts[0].bounds
        wide, high = (east - west) * view.scale - 3, (north - south) * view.scale - 3
        across = min(10.0, wide / (0.6 * max(1, len(room.room))), high / 1.1)
        upright = min(10.0, high / (0.6 * max(1, len(room.room))), wide / 1.1)
        size = max(across, upright)
        if size < LEAST_LABEL:
            continue
        point = parts[0].centroid if parts[0].contains(parts[0].centroid) else parts[0].representative_point()
        x, y = view.at(point.x, point.y).split(" ")
        turn = f' transform="rotate(-90 {x} {y})"' if upright > across + 1 else ""
        yield f'<text class="name" style="font-size:{_n(size)}px" x="{x}" y="{y}"{turn}>{clean(room.room)}</text>'


def _legend_rows(floor: Floor, language: Language) -> list[tuple[str, str, int, float]]:
    """Colour, words, rooms and area of each function on a floor, by its group."""
    found: dict[str, list[Room]] = defaultdict(list)
    for room in floor.rooms:
        if counted_with(room) != "site":
            found[room.function].append(room)
    order = list(_groups())
    known = functions()
    ranked = sorted(found, key=lambda f: (order.index(known[f].group) if f in known else len(order), f))
    rows = []
    for function in ranked:
        one = known.get(function)
        name = (one.name_en if language == "en" else one.name_zh) if one else function or WORDS[language][2]
        fill = "url(#h)" if one and not one.indoor else colour(function)
        rows.append((fill, name, len(found[function]), math.fsum(r.area_m2 for r in found[function])))
    return rows


def _legend(
    rows: Sequence[tuple[str, str, int, float]], words: Sequence[str], x: float, *, lead: bool
) -> Iterable[str]:
    yield f'<text class="quiet" x="{_n(x + ROOMS_AT)}" y="8" text-anchor="end">{words[1]}</text>'
    yield f'<text class="quiet" x="{_n(x + AREA_AT)}" y="8" text-anchor="end">{words[8]}</text>'
    for k, (fill, name, count, area) in enumerate(rows):
        y = 14 + LINE * k
        yield f'<rect x="{_n(x)}" y="{_n(y)}" width="14" height="12" fill="{fill}" stroke="#999" stroke-width=".6"/>'
        yield f'<text x="{_n(x + 20)}" y="{_n(y + 10)}">{clean(name)}</text>'
        yield f'<text x="{_n(x + ROOMS_AT)}" y="{_n(y + 10)}" text-anchor="end">{count}</text>'
        yield f'<text x="{_n(x + AREA_AT)}" y="{_n(y + 10)}" text-anchor="end">{area:,.0f}</text>'
    y = 24 + LINE * len(rows)
    lines = [("wall lead", 2.8, words[4])] * lead + [("leaf", 1.0, words[5]), ("window", 2.0, words[6])]
    for k, (kind, width, word) in enumerate(lines):
        at = _n(y + LINE * k)
        yield f'<line class="{kind}" stroke-width="{width}" x1="{_n(x)}" x2="{_n(x + 14)}" y1="{at}" y2="{at}"/>'
        yield f'<text x="{_n(x + 20)}" y="{_n(y + LINE * k + 4)}">{word}</text>'


def _bar(view: _View, y: float) -> Iterable[str]:
    length = round_length(150.0 / view.scale)
    end = MARGIN + length * view.scale
    yield f'<path class="bar" d="M{MARGIN} {_n(y - 5)}V{_n(y)}H{_n(end)}V{_n(y - 5)}"/>'
    yield f'<text x="{_n(end + 8)}" y="{_n(y + 2)}">{length:g} m</text>'


def round_length(most_m: float) -> float:
    """The longest of 1, 2, 5 times a power of ten up to a length, which is taken as 0.1 m at least [m]."""
    most = max(most_m, 0.1)
    size = 10.0 ** math.floor(math.log10(most))
    return next(size * step for step in (5.0, 2.0, 1.0) if size * step <= most)


def _n(value: float) -> str:
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text
