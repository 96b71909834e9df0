"""Regions against a target: the distance of each, and how much is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from setsail.report.blocks import Block, Cell, Table, columns
from setsail.report.figures import dots
from setsail.report.figures.dots import Dots, Line, Row
from setsail.report.inputs import GapInput
from setsail.report.sections.targets import target_text
from setsail.report.words import Words

Record = Mapping[str, Any]
STEP = {"per_10k_persons": 0.1, "percent": 0.1}
"""Digits that a region's figure is worth on the page."""
MISSING_DIGITS = 3


def gap_block(number: int, gaps: Sequence[GapInput], words: Words) -> Block:
    """One indicator by region against the target of one plan or of two that follow each other."""
    last = gaps[-1]
    rows, target, unit = last.rows, last.target, last.target["unit"]
    known = [r for r in rows if r["value"] is not None]
    short = sum(r["distance"] < 0 for r in known)
    name = words.named(target)
    parts = {"name": name, "n": short, "total": len(known), "target": target_text(target, words)}
    block_id = f"gap-{number}"
    ordered = sorted(rows, key=lambda r: (r["value"] is None, -(r["value"] or 0.0)))
    earlier = {r["region"]: r for r in gaps[0].rows} if len(gaps) > 1 else {}
    shown = Dots(
        id=f"{block_id}-figure",
        title=words("figure.gap", name=name),
        desc=words("figure.gap_desc", deadline=words.period(target["deadline"]), **parts),
        axis=words.unit(unit),
        rows=_rows(ordered, earlier, words),
        lines=tuple(
            Line(g.target["target"], f"{words.number(g.target['target'])} ({g.target['deadline'][:4]})") for g in gaps
        ),
    )
    periods = sorted({r["period"] for r in known})
    return Block(
        block_id,
        words("says.gap", deadline=words.period(target["deadline"]), plan=words.named(last.plan, "title"), **parts),
        lead=(words("lead.gap", periods=words("list.comma").join(words.period(p) for p in periods)),),
        figure=dots.draw(shown, words),
        legend=_legend(len(gaps), words),
        table=_table(block_id, gaps, ordered, name, words),
    )


def _legend(targets: int, words: Words) -> tuple[Cell, ...]:
    if targets == 1:
        return Cell(words("legend.short"), look="s1"), Cell(words("legend.reached"), look="s0")
    later = (Cell(words("legend.later_short"), look="s1"), Cell(words("legend.later_reached"), look="s0"))
    return *later, Cell(words("legend.before"), look="ring")


def _rows(ordered: Sequence[Record], earlier: Mapping[str, Record], words: Words) -> tuple[Row, ...]:
    """Rows of the regions with a figure, and one for all others; years are told where they differ."""
    known = [r for r in ordered if r["value"] is not None]
    dated = len({r["period"][:4] for r in known}) > 1
    rows = [_row(r, earlier.get(r["region"]), dated, words) for r in known]
    others = len(ordered) - len(known)
    return (*rows, *([Row(words("others", n=others), None)] if others else []))


def _row(record: Record, earlier: Record | None, dated: bool, words: Words) -> Row:
    name, unit = words.region(record["region"], short=True), record["unit"]
    told = words.number(record["value"], STEP.get(unit, 0.0))
    told = f"{told} ({record['period'][:4]})" if dated else told
    before = earlier["value"] if earlier and earlier["period"] != record["period"] else None
    tip = f"{name}: {words.value(record['value'], unit, STEP.get(unit, 0.0))} ({words.period(record['period'])})"
    return Row(name, record["value"], told=told, tip=tip, look="s1" if record["distance"] < 0 else "s0", before=before)


def _table(block_id: str, gaps: Sequence[GapInput], ordered: Sequence[Record], name: str, words: Words) -> Table:
    by_region = [{r["region"]: r for r in g.rows} for g in gaps]
    heads = [words("column.region")]
    unit = next((words.unit(r["missing_unit"]) for r in ordered if r["missing_unit"]), "")
    missing = words("column.missing_in", unit=unit) if unit else words("column.missing")
    for g in gaps:
        goal = f"{words.number(g.target['target'])} ({g.target['deadline'][:4]})"
        heads += [words("column.value_for", target=goal), words("column.distance"), missing]
    rows = []
    for record in ordered:
        cells = [Cell(words.region(record["region"]), head=True)]
        for found in by_region:
            cells += _distance(found[record["region"]], words)
        rows.append(tuple(cells))
    return Table(f"{block_id}-table", words("table.gap", name=name), columns(heads, range(1, len(heads))), tuple(rows))


def _distance(record: Record, words: Words) -> list[Cell]:
    """The value that a target is held against, with its period, its distance, and what is missing."""
    none, step = Cell(words("none")), STEP.get(record["unit"], 0.0)
    if record["distance"] is None:
        return [none, none, none]
    value = Cell(words.number(record["value"], step), sub=record["period"])
    told, missing = words.number(record["distance"], step), record["missing"]
    away = Cell(f"+{told}" if record["distance"] > 0 else told)
    if not missing:
        return [value, away, none if missing is None else Cell("0")]
    size = 10.0 ** max(0, math.floor(math.log10(missing)) + 1 - MISSING_DIGITS)
    return [value, away, Cell(words.short_or_full(missing, size))]
