"""A target over time: figures by definition, the target with its date, the crossing interval, the forecast."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from setsail.report import svg
from setsail.report.scales import Scale, apart, nice_scale, year_scale
from setsail.report.svg import Figure
from setsail.report.words import Words

WIDTH, HEIGHT = 660.0, 330.0
LEFT, RIGHT, TOP, BOTTOM = 58.0, 22.0, 26.0, 30.0
LABEL_GAP = 15.0
LABEL_ROOM = 195.0


@dataclass(frozen=True, slots=True)
class Dot:
    """One figure: `at` is a decimal year, `low` and `high` the band that the print allows, None where unbounded."""

    at: float
    value: float
    low: float | None
    high: float | None
    qualifier: str
    tip: str
    superseded: bool = False
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Series:
    """The figures of one definition, in the order of time; `decides` is false for figures that only speak of it."""

    label: str
    dots: tuple[Dot, ...]
    decides: bool = True


@dataclass(frozen=True, slots=True)
class Ahead:
    """A forecast at a decimal year with its interval."""

    at: float
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Timeline:
    """What a figure over time shows. Times are decimal years, values in one unit."""

    id: str
    title: str
    desc: str
    unit: str
    series: tuple[Series, ...]
    target: float | None
    deadline: float
    target_label: str
    crossing: tuple[float | None, float] | None = None
    crossing_label: str = ""
    forecast: tuple[Ahead, ...] = ()
    forecast_label: str = ""
    today: float | None = None
    more_years: tuple[float, ...] = field(default=())


def draw(shown: Timeline, words: Words) -> Figure:
    """The drawing of a timeline. At least one figure is expected: a page says the empty state in words."""
    right = RIGHT + _label_room(shown)
    x, y = _scales(shown, WIDTH - right)
    body = [
        *_axes(shown, x, y, words),
        *_crossing(shown, x, y),
        *_forecast(shown, x, y),
        *_target(shown, x, y),
        *(part for i, s in enumerate(shown.series) for part in _series(s, i, x, y)),
        *_target_label(shown, x, y),
        *_labels(shown, x, y),
    ]
    return svg.drawing(shown.id, (WIDTH, HEIGHT), shown.title, shown.desc, body)


def _label_room(shown: Timeline) -> float:
    told = [s.label for s in shown.series] + ([shown.forecast_label] if shown.forecast else [])
    return min(LABEL_ROOM, 14 + max((svg.text_width(t, 11.5) for t in told), default=0.0))


def _scales(shown: Timeline, right: float) -> tuple[Scale, Scale]:
    dots = [d for s in shown.series for d in s.dots]
    times = [d.at for d in dots] + [shown.deadline] + [f.at for f in shown.forecast] + list(shown.more_years)
    values = [v for d in dots for v in (d.value, d.low, d.high) if v is not None]
    values += [v for f in shown.forecast for v in (f.value, f.low, f.high)]
    values += [shown.target] if shown.target is not None else []
    low = min(0.0, *values)
    return year_scale(min(times) - 0.02, max(times), LEFT, right), nice_scale(
        low, max(values), HEIGHT - BOTTOM, TOP, about=5
    )


def _axes(shown: Timeline, x: Scale, y: Scale, words: Words) -> Iterator[str]:
    step = y.ticks[1] - y.ticks[0]
    for value in y.ticks:
        yield svg.line(x.start, y(value), x.end, y(value), "axis" if value == 0 else "grid")
        yield svg.text(LEFT - 7, y(value) + 4, words.short(value, step), "tick", "end")
    for year in x.ticks:
        yield svg.line(x(year), y.start, x(year), y.start + 4, "axis")
        yield svg.text(x(year), y.start + 17, f"{year:.0f}", "tick", "middle")
    unit = words.unit(shown.unit)
    if unit:
        yield svg.text(4, 12, unit, "tick")


def _crossing(shown: Timeline, x: Scale, y: Scale) -> Iterator[str]:
    if shown.crossing is None:
        return
    after, before = shown.crossing
    left, right = x(after) if after is not None else x.start, x(before)
    band = svg.rect(left, TOP, max(2.0, right - left), y.start - TOP, "crossing")
    yield svg.group([band], tip=shown.crossing_label)
    middle, half = (left + right) / 2, svg.text_width(shown.crossing_label, 11) / 2
    middle = min(max(middle, x.start + half), max(x.end - half, x.start + half))
    yield svg.text(middle, TOP - 6, shown.crossing_label, "note", "middle")


def _forecast(shown: Timeline, x: Scale, y: Scale) -> Iterator[str]:
    path = shown.forecast
    if path:
        upper = [(x(f.at), y(f.high)) for f in path]
        lower = [(x(f.at), y(f.low)) for f in path]
        yield svg.area(upper, lower, "fan")
        yield svg.polyline([(x(f.at), y(f.value)) for f in path], "ahead")


def _target(shown: Timeline, x: Scale, y: Scale) -> Iterator[str]:
    if shown.target is None:
        return
    at, high = x(shown.deadline), y(shown.target)
    yield svg.line(x.start, high, at, high, "target")
    yield svg.line(at, high, at, y.start, "deadline")
    yield svg.mark("diamond", at, high, "target-mark", 4.5)


def _target_label(shown: Timeline, x: Scale, y: Scale) -> Iterator[str]:
    if shown.target is not None:
        high = y(shown.target)
        below = high < TOP + 18
        yield svg.text(x.start + 5, high + (14 if below else -6), shown.target_label, "target-label")


def _series(series: Series, number: int, x: Scale, y: Scale) -> Iterator[str]:
    kind = f"s{number % 6}" if series.decides else "aside"
    shape = svg.SHAPES[number % 5] if series.decides else "cross"
    current = [d for d in series.dots if not d.superseded]
    if len(current) > 1 and series.decides:
        yield svg.polyline([(x(d.at), y(d.value)) for d in current], f"path {kind}")
    for d in series.dots:
        yield svg.group(list(_dot(d, kind, shape, x, y)), tip=d.tip)


def _dot(d: Dot, kind: str, shape: svg.Shape, x: Scale, y: Scale) -> Iterator[str]:
    at, high = x(d.at), y(d.value)
    if d.low is not None and d.high is not None and abs(y(d.low) - y(d.high)) > 6:
        yield svg.line(at, y(d.low), at, y(d.high), f"whisker {kind}")
    if d.qualifier == "over":
        yield svg.polyline([(at - 3.5, high - 8), (at, high - 12.5), (at + 3.5, high - 8)], f"whisker {kind}")
        yield svg.line(at, high, at, high - 12, f"whisker {kind}")
    look = "hollow" if d.superseded or d.weak else "dot"
    yield svg.mark(shape, at, high, f"{look} {kind}", 3.2 if d.superseded else 3.6)


def _labels(shown: Timeline, x: Scale, y: Scale) -> Iterator[str]:
    """Names of the series beside the drawing, each tied to its last figure."""
    ends: list[tuple[str, float, float, str, svg.Shape | None]] = []
    for number, s in enumerate(shown.series):
        last: Sequence[Dot] = [d for d in s.dots if not d.superseded] or s.dots
        kind = f"s{number % 6}" if s.decides else "aside"
        drawn: svg.Shape = svg.SHAPES[number % 5] if s.decides else "cross"
        ends.append((s.label, x(last[-1].at), y(last[-1].value), kind, drawn))
    if shown.forecast:
        ends.append((shown.forecast_label, x(shown.forecast[-1].at), y(shown.forecast[-1].value), "future", None))
    places = apart([high for _, _, high, _, _ in ends], LABEL_GAP, TOP + 4, y.start - 4)
    for (label, at, high, kind, shape), place in zip(ends, places, strict=True):
        yield svg.polyline([(at + 5, high), (x.end + 4, place), (x.end + 9, place)], f"leader {kind}")
        if shape:
            yield svg.mark(shape, x.end + 15, place, f"dot {kind}", 3.2)
        yield svg.text(
            x.end + (23 if shape else 12), place + 4, svg.shortened(label, LABEL_ROOM - 14, 11.5), f"end {kind}"
        )
