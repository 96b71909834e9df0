"""Ranks under two definitions as sloping lines: a line that crosses another is a turn of the order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from setsail.report import svg
from setsail.report.svg import Figure

WIDTH, ROW = 640.0, 34.0
TOP, BOTTOM = 58.0, 14.0
LEFT_AT, RIGHT_AT = 225.0, 415.0
LINE = 14.0


@dataclass(frozen=True, slots=True)
class Sloped:
    """One region: its rank and value (as text) on both sides; `turns` where its order to another region reverses."""

    name: str
    left_rank: int
    right_rank: int
    left_value: str
    right_value: str
    turns: bool


def draw(figure_id: str, title: str, desc: str, heads: tuple[str, str], rows: list[Sloped]) -> Figure:
    """The drawing: rank 1 on top on either side."""
    height = TOP + ROW * max((max(r.left_rank, r.right_rank) for r in rows), default=1) + BOTTOM
    body = [
        *_head(heads[0], LEFT_AT, "end"),
        *_head(heads[1], RIGHT_AT, "start"),
        svg.line(LEFT_AT, TOP - 16, LEFT_AT, height - BOTTOM, "axis"),
        svg.line(RIGHT_AT, TOP - 16, RIGHT_AT, height - BOTTOM, "axis"),
    ]
    shared = _shares(rows)
    for row in sorted(rows, key=lambda r: r.turns):
        body.append(svg.group(list(_slope(row, shared)), tip=f"{row.name}: {row.left_rank} → {row.right_rank}"))
    return svg.drawing(figure_id, (WIDTH, height), title, desc, body)


def _head(told: str, at: float, anchor: str) -> Iterator[str]:
    for number, part in enumerate(svg.wrapped(told, LEFT_AT - 10, 12.0)[:2]):
        yield svg.text(at, 14 + LINE * number, part, "head", anchor)


def _shares(rows: list[Sloped]) -> dict[tuple[str, str], float]:
    """Rows of equal rank stand side by side: the shift of each on either side."""
    shift: dict[tuple[str, str], float] = {}
    for side in ("left", "right"):
        seen: dict[int, int] = {}
        for row in rows:
            rank = row.left_rank if side == "left" else row.right_rank
            shift[side, row.name] = seen.get(rank, 0) * 15.0
            seen[rank] = seen.get(rank, 0) + 1
    return shift


def _slope(row: Sloped, shift: dict[tuple[str, str], float]) -> Iterator[str]:
    a = TOP + ROW * (row.left_rank - 1) + shift["left", row.name]
    b = TOP + ROW * (row.right_rank - 1) + shift["right", row.name]
    look = "s1" if row.turns else "s0"
    yield svg.line(LEFT_AT, a, RIGHT_AT, b, f"path {look}")
    yield svg.mark("circle", LEFT_AT, a, f"dot {look}", 4.0)
    yield svg.mark("circle", RIGHT_AT, b, f"dot {look}", 4.0)
    yield svg.text(LEFT_AT - 12, a + 4, f"{row.left_rank}  {row.name}  {row.left_value}", "label", "end")
    yield svg.text(RIGHT_AT + 12, b + 4, f"{row.right_rank}  {row.name}  {row.right_value}", "label", "start")
