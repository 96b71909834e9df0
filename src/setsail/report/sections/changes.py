"""What changed since an earlier day: verdicts that turned, and figures that were told differently later."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

from setsail.report.blocks import Block, Cell, Section, Table, columns
from setsail.report.sections.targets import name_of, value_text
from setsail.report.sections.values import known_cell, point_value, source_links
from setsail.report.words import Words

Record = Mapping[str, Any]


def section(
    now: Sequence[Record],
    earlier: Sequence[Record],
    targets: Sequence[Record | None],
    days: tuple[date, date],
    words: Words,
) -> Section:
    """The chapter of what changed between two days of knowledge."""
    blocks = (_verdicts(now, earlier, targets, days, words), _restated(now, targets, words))
    return Section("changes", words("section.changes"), blocks, (words("lead.changes"),))


def _verdicts(
    now: Sequence[Record],
    earlier: Sequence[Record],
    targets: Sequence[Record | None],
    days: tuple[date, date],
    words: Words,
) -> Block:
    told = [words.period(day.isoformat()) for day in days]
    rows = [
        (
            Cell(name_of(new, target, words), head=True),
            *_side(old, words),
            *_side(new, words),
            Cell(words("yes") if _differs(old, new) else words("no"), look="chosen" if _differs(old, new) else ""),
        )
        for old, new, target in zip(earlier, now, targets, strict=True)
    ]
    changed = sum(_differs(old, new) for old, new in zip(earlier, now, strict=True))
    heads = columns(
        [
            words("column.indicator"),
            words("column.verdict_on", day=days[0].isoformat()),
            words("column.value"),
            words("column.verdict_on", day=days[1].isoformat()),
            words("column.value"),
            words("column.changed"),
        ],
        (2, 4),
    )
    table = Table("changes-table", words("table.changes", a=told[0], b=told[1]), heads, tuple(rows))
    return Block("changes-verdicts", words("says.changes", n=changed, a=told[0], b=told[1]), table=table, wide=True)


def _side(verdict: Record, words: Words) -> tuple[Cell, Cell]:
    outcome = verdict["verdict"]
    return (
        Cell(words(f"verdict.{outcome}"), icon=f"v-{outcome}", look=f"v-{outcome}"),
        Cell(value_text(verdict, words), sub=verdict["value_period"] or ""),
    )


def _differs(old: Record, new: Record) -> bool:
    return any(old[key] != new[key] for key in ("verdict", "value", "value_period"))


def restatements(evidence: Sequence[Record]) -> Iterator[tuple[Record, Record]]:
    """Pairs (told first, told later) of one period whose printed values exclude each other."""
    by_period: dict[tuple[str, str], list[Record]] = {}
    for point in evidence:
        by_period.setdefault((point["period"], point["industry"] or ""), []).append(point)
    for points in by_period.values():
        ordered = sorted(points, key=lambda p: (p["known_on"], p["definition"]))
        for first, later in pairwise(ordered):
            if not _agree(first, later):
                yield first, later


def _agree(a: Record, b: Record) -> bool:
    return _holds(a, b["value"]) or _holds(b, a["value"])


def _holds(point: Record, value: float) -> bool:
    low, high = point["low"], point["high"]
    return (low is None or low <= value) and (high is None or value <= high)


def _restated(now: Sequence[Record], targets: Sequence[Record | None], words: Words) -> Block:
    rows = [
        _row(name_of(verdict, target, words), first, later, words)
        for verdict, target in zip(now, targets, strict=True)
        for first, later in restatements(verdict["evidence"])
    ]
    heading = words("says.restated", n=len(rows))
    if not rows:
        return Block("changes-restated", heading, empty=words("empty.restated"))
    labels = ("indicator", "period", "told_first", "known_on", "told_later", "known_on", "kind", "source")
    heads = columns([words(f"column.{label}") for label in labels], (2, 4))
    table = Table("restated-table", words("table.restated"), heads, tuple(rows))
    return Block("changes-restated", heading, table=table, wide=True)


def _row(name: str, first: Record, later: Record, words: Words) -> tuple[Cell, ...]:
    kind = "restated" if first["definition"] == later["definition"] else "redefined"
    if first["known_on"] == later["known_on"]:
        kind = "side_by_side"
    return (
        Cell(name, head=True),
        Cell(first["period"], look="nowrap", title=words.period(first["period"])),
        Cell(point_value(first, words), sub=words.definition(first["definition"])),
        known_cell(first["known_on"], first["figures"], words),
        Cell(point_value(later, words), sub=words.definition(later["definition"])),
        known_cell(later["known_on"], later["figures"], words),
        Cell(words(f"change.{kind}")),
        Cell(links=source_links([*first["figures"], *later["figures"]])),
    )
