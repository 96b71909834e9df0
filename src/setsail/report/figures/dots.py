"""Regions in order, one row each: a dot with its interval, and lines for the targets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from setsail.report import svg
from setsail.report.scales import Scale, nice_scale
from setsail.report.svg import Figure
from setsail.report.words import Words

WIDTH, ROW = 560.0, 17.0
FEW_RANKS = 10
TOP, BOTTOM, RIGHT = 42.0, 20.0, 84.0


@dataclass(frozen=True, slots=True)
class Row:
    """One region: where its dot stands, the ends of its interval, the text at the right, its look (`s0` ...).

    before : an earlier value, drawn hollow.
    """

    name: str
    value: float | None
    low: float | None = None
    high: float | None = None
    told: str = ""
    tip: str = ""
    look: str = "s0"
    before: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A value that all rows are held against."""

    value: float
    label: str


@dataclass(frozen=True, slots=True)
class Dots:
    """What the figure shows. `from_one`: the quantity is a rank, so the scale begins at 1 at the left."""

    id: str
    title: str
    desc: str
    axis: str
    rows: tuple[Row, ...]
    lines: tuple[Line, ...] = ()
    from_one: bool = False


def draw(shown: Dots, words: Words) -> Figure:
    """The drawing; a row without a value says so in words."""
    left = 12 + max((svg.text_width(r.name, 11.5) for r in shown.rows), default=0.0)
    height = TOP + ROW * len(shown.rows) + BOTTOM
    x = _scale(shown, left)
    body = [*_axes(shown, x, height, words)]
    for number, row in enumerate(shown.rows):
        body.append(svg.group(list(_row(row, TOP + ROW * (number + 0.5), x, words)), tip=row.tip))
    return svg.drawing(shown.id, (WIDTH, height), shown.title, shown.desc, body)


def _scale(shown: Dots, left: float) -> Scale:
    values = [v for r in shown.rows for v in (r.value, r.low, r.high, r.before) if v is not None]
    values += [line.value for line in shown.lines]
    if not values:
        return nice_scale(0.0, 1.0, left, WIDTH - RIGHT)
    if shown.from_one:
        last = max(values)
        few = last <= FEW_RANKS
        ticks = tuple(float(t) for t in range(1, int(last) + 1) if few or t == 1 or t % 5 == 0)
        return Scale(0.5, last + 0.5, left, WIDTH - RIGHT, ticks)
    return nice_scale(min(0.0, *values), max(values), left, WIDTH - RIGHT)


def _axes(shown: Dots, x: Scale, height: float, words: Words) -> Iterator[str]:
    step = x.ticks[1] - x.ticks[0] if len(x.ticks) > 1 and not shown.from_one else 1.0
    for value in x.ticks:
        yield svg.line(x(value), TOP - 4, x(value), height - BOTTOM, "axis" if value == 0 else "grid")
        yield svg.text(x(value), TOP - 9, words.short(value, step), "tick", "middle")
    yield svg.text(x.start, 12, shown.axis, "tick")
    for line in shown.lines:
        yield svg.line(x(line.value), TOP - 4, x(line.value), height - BOTTOM, "target")
        yield svg.text(x(line.value), height - 6, line.label, "target-label", "middle")


def _row(row: Row, y: float, x: Scale, words: Words) -> Iterator[str]:
    yield svg.text(x.start - 8, y + 4, row.name, "label small", "end")
    if row.value is None:
        yield svg.text(x.start + 6, y + 4, words("no_figure"), "note")
        return
    if row.low is not None and row.high is not None and row.high > row.low:
        yield svg.line(x(row.low), y, x(row.high), y, f"interval {row.look}")
    if row.before is not None:
        yield svg.line(x(row.before), y, x(row.value), y, f"whisker {row.look}")
        yield svg.mark("circle", x(row.before), y, f"hollow {row.look}", 3.2)
    yield svg.mark("circle", x(row.value), y, f"dot {row.look}", 4.0)
    yield svg.text(WIDTH - RIGHT + 10, y + 4, row.told, "tick")
