"""Elements of a drawing as SVG text: every text and attribute is escaped here, colours come from the page's style."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from setsail.base.xml_text import clean

Shape = Literal["circle", "square", "diamond", "triangle", "down", "cross"]
SHAPES: tuple[Shape, ...] = ("circle", "square", "diamond", "triangle", "down", "cross")


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawing with its title and description; `svg` is safe to stand in a page."""

    id: str
    title: str
    svg: str


def drawing(figure_id: str, size: tuple[float, float], title: str, desc: str, body: Iterable[str]) -> Figure:
    """A whole drawing (`size`: width and height) that names and describes itself to a reader of the screen."""
    width, height = size
    head = (
        f'<svg class="drawing" viewBox="0 0 {n(width)} {n(height)}" role="img" '
        f'aria-labelledby="{figure_id}-t {figure_id}-d" preserveAspectRatio="xMidYMid meet">'
        f'<title id="{figure_id}-t">{clean(title)}</title><desc id="{figure_id}-d">{clean(desc)}</desc>'
    )
    return Figure(figure_id, title, head + "".join(body) + "</svg>")


def n(value: float) -> str:
    """A coordinate to a tenth of a unit."""
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def tag(name: str, attributes: dict[str, object], inside: str = "") -> str:
    """One element; attributes of None are left out. `inside` is SVG already."""
    told = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{n(v) if isinstance(v, float) else clean(v)}"'
        for key, v in attributes.items()
        if v is not None
    )
    return f"<{name}{told}>{inside}</{name}>" if inside else f"<{name}{told}/>"


def group(parts: Iterable[str], class_: str | None = None, tip: str = "") -> str:
    """Elements together; `tip` is told where the pointer rests."""
    told = f"<title>{clean(tip)}</title>" if tip else ""
    return tag("g", {"class": class_}, told + "".join(parts) or " ")


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> str:
    """A straight line."""
    return tag("line", {"x1": float(x1), "y1": float(y1), "x2": float(x2), "y2": float(y2), "class": class_})


def polyline(points: Sequence[tuple[float, float]], class_: str) -> str:
    """A line through points."""
    return tag("polyline", {"points": " ".join(f"{n(x)},{n(y)}" for x, y in points), "class": class_})


def area(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]], class_: str) -> str:
    """The space between two lines."""
    around = [*upper, *reversed(lower)]
    return tag("polygon", {"points": " ".join(f"{n(x)},{n(y)}" for x, y in around), "class": class_})


def rect(x: float, y: float, width: float, height: float, class_: str, **more: object) -> str:
    """A rectangle; a negative width or height is taken as none."""
    size = {"width": float(max(0.0, width)), "height": float(max(0.0, height))}
    return tag("rect", {"x": float(x), "y": float(y), **size, "class": class_, **more})


def text(x: float, y: float, told: object, class_: str = "label", anchor: str | None = None) -> str:
    """A line of text; `anchor`: start, middle or end."""
    return tag("text", {"x": float(x), "y": float(y), "class": class_, "text_anchor": anchor}, clean(told))


def mark(shape: Shape, x: float, y: float, class_: str, size: float = 4.0) -> str:
    """A mark of a shape: series differ in shape as well as in colour."""
    s = size
    if shape == "circle":
        return tag("circle", {"cx": float(x), "cy": float(y), "r": float(s), "class": class_})
    if shape == "square":
        return rect(x - s * 0.9, y - s * 0.9, s * 1.8, s * 1.8, class_)
    if shape == "cross":
        return tag(
            "path",
            {
                "d": f"M{n(x - s)} {n(y - s)}l{n(2 * s)} {n(2 * s)}m0 {n(-2 * s)}l{n(-2 * s)} {n(2 * s)}",
                "class": class_,
            },
        )
    around = {
        "diamond": [(x, y - s * 1.3), (x + s * 1.3, y), (x, y + s * 1.3), (x - s * 1.3, y)],
        "triangle": [(x, y - s * 1.2), (x + s * 1.2, y + s), (x - s * 1.2, y + s)],
        "down": [(x, y + s * 1.2), (x + s * 1.2, y - s), (x - s * 1.2, y - s)],
    }[shape]
    return tag("polygon", {"points": " ".join(f"{n(a)},{n(b)}" for a, b in around), "class": class_})


def text_width(told: str, size: float = 12.0) -> float:
    """About how wide a text is: wide characters count as one size, others as 0.56 of it."""
    return sum(size if ord(c) > 0x2E7F else size * 0.56 for c in told)


def wrapped(told: str, width: float, size: float = 12.0) -> list[str]:
    """A text in lines of about `width`: broken at blanks, or anywhere where it has none."""
    pieces = told.split(" ") if " " in told else list(told)
    blank = " " if " " in told else ""
    lines = [""]
    for piece in pieces:
        longer = lines[-1] + blank + piece if lines[-1] else piece
        if lines[-1] and text_width(longer, size) > width:
            lines.append(piece)
        else:
            lines[-1] = longer
    return lines


def shortened(told: str, width: float, size: float = 12.0) -> str:
    """A text cut to a width, with an ellipsis where it was cut."""
    if text_width(told, size) <= width:
        return told
    kept = told
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"
