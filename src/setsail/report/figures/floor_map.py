"""A floor as a PNG: one layer in classes, walls and openings, heads by name, legend with shares, scale bar."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.base.extras import require
from setsail.design.network.model import Head
from setsail.radio.coverage.picture import Index, PictureClass, class_index
from setsail.report.scales import nice_step
from setsail.site.model import Floor

MAP_PX, SIDE_PX, HEAD_PX, FOOT_PX = 1200, 270, 46, 44
INK, QUIET, PAPER, UNKNOWN = (27, 27, 27), (110, 110, 110), (255, 255, 255), (232, 232, 232)
WALL, DOOR, WINDOW = (20, 20, 20), (214, 120, 30), (40, 140, 220)
OUTSIDE_WEIGHT = 0.45
"""Share of a colour that is left outside the building."""


@dataclass(frozen=True, slots=True, eq=False)
class FloorMap:
    """What is drawn: values (rows, columns) from the north-west corner, NaN for nothing known, and their classes."""

    title: str
    values: F64
    indoor: Bool
    west_m: float
    north_m: float
    resolution_m: float
    classes: tuple[PictureClass, ...]

    def index(self) -> Index:
        """(rows, columns) number of the class, -1 for nothing known."""
        return class_index(self.values, self.classes)

    def shares(self) -> tuple[float, ...]:
        """Share of the known pixels of the building by class."""
        known = self.index()[self.indoor]
        known = known[known >= 0]
        return tuple((np.bincount(known, minlength=len(self.classes)) / max(known.size, 1)).tolist())


def draw(made: FloorMap, floor: Floor, heads: Sequence[Head], note: str) -> bytes:
    """The PNG of a layer. Raises MissingExtra."""
    image, draws, font = (require(f"PIL.{name}", "site") for name in ("Image", "ImageDraw", "ImageFont"))
    rows, columns = made.values.shape
    scale = MAP_PX / columns
    high = max(round(rows * scale), 260)
    canvas = image.new("RGB", (MAP_PX + SIDE_PX, HEAD_PX + high + FOOT_PX), PAPER)
    raster = image.fromarray(_coloured(made)).resize((MAP_PX, round(rows * scale)), image.Resampling.NEAREST)
    canvas.paste(raster, (0, HEAD_PX))
    pen = draws.Draw(canvas)
    letters = {size: font.load_default(size) for size in (13, 15, 20)}
    frame = _Frame(made.west_m, made.north_m, scale / made.resolution_m)
    _plan(pen, frame, floor)
    _heads(pen, frame, heads, letters[13])
    pen.text((8, 12), f"{floor.name or floor.floor}: {made.title}", INK, letters[20])
    _legend(pen, made, letters)
    _bar(pen, made, scale, HEAD_PX + high + 14, letters[13])
    pen.text((MAP_PX + SIDE_PX - 8, HEAD_PX + high + 16), note, QUIET, letters[13], anchor="ra")
    out = io.BytesIO()
    canvas.save(out, "PNG", optimize=True)
    return out.getvalue()


@dataclass(frozen=True, slots=True)
class _Frame:
    west_m: float
    north_m: float
    px_per_m: float

    def at(self, x_m: float, y_m: float) -> tuple[float, float]:
        return (x_m - self.west_m) * self.px_per_m, HEAD_PX + (self.north_m - y_m) * self.px_per_m


def _coloured(made: FloorMap) -> Any:  # noqa: ANN401 - an array of colours
    palette = np.array([UNKNOWN, *(tuple(bytes.fromhex(c.colour[1:])) for c in made.classes)], dtype=np.float64)
    rgb = palette[made.index() + 1]
    pale = rgb * OUTSIDE_WEIGHT + 255.0 * (1.0 - OUTSIDE_WEIGHT)
    return np.where(made.indoor[..., None], rgb, pale).astype(np.uint8)


def _plan(pen: Any, frame: _Frame, floor: Floor) -> None:  # noqa: ANN401 - the pen of Pillow
    for wall in floor.walls:
        pen.line([frame.at(*wall.start), frame.at(*wall.end)], WALL, 2)
    for opening in floor.openings:
        colour = WINDOW if opening.kind == "window" else DOOR
        pen.line([frame.at(*opening.start), frame.at(*opening.end)], colour, 3)


def _heads(pen: Any, frame: _Frame, heads: Sequence[Head], letters: Any) -> None:  # noqa: ANN401
    for head in heads:
        x, y = frame.at(head.x_m, head.y_m)
        pen.ellipse((x - 7, y - 7, x + 7, y + 7), (215, 38, 61), PAPER, 2)
        pen.text((x + 9, y - 8), head.head, INK, letters, stroke_width=2, stroke_fill=PAPER)


def _legend(pen: Any, made: FloorMap, letters: dict[int, Any]) -> None:  # noqa: ANN401
    left, top = MAP_PX + 16, HEAD_PX
    pen.text((left, top), f"{made.classes[0].unit}, share of the floor", QUIET, letters[13])
    for k, (one, share) in enumerate(zip(made.classes, made.shares(), strict=True)):
        y = top + 26 + 26 * k
        pen.rectangle((left, y, left + 18, y + 16), one.colour, QUIET)
        pen.text((left + 26, y), one.label, INK, letters[15])
        pen.text((left + SIDE_PX - 26, y), f"{100 * share:.1f} %", INK, letters[15], anchor="ra")
    y = top + 40 + 26 * len(made.classes)
    for colour, label in ((WALL, "wall"), (DOOR, "door"), (WINDOW, "window")):
        pen.line((left, y + 8, left + 18, y + 8), colour, 3)
        pen.text((left + 26, y), label, INK, letters[15])
        y += 24
    pen.ellipse((left + 3, y + 2, left + 15, y + 14), (215, 38, 61), PAPER, 2)
    pen.text((left + 26, y), "head", INK, letters[15])


def _bar(pen: Any, made: FloorMap, scale: float, top: int, letters: Any) -> None:  # noqa: ANN401
    metres = nice_step(made.values.shape[1] * made.resolution_m / 4, 2)
    length = metres / made.resolution_m * scale
    pen.line([(8, top), (8, top + 8), (8 + length, top + 8), (8 + length, top)], INK, 2)
    pen.text((16 + length, top - 2), f"{math.floor(metres) if metres >= 1 else metres:g} m", INK, letters)
