"""Regions against a target: the distance of each, and how much is missing."""

from __future__ import annotations

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
    shown = Dots(
        id=f"{block_id}-figure",
        title=words("figure.gap", name=name),
        desc=words("figure.gap_desc", deadline=words.period(target["deadline"]), **parts),
        axis=words.unit(unit),
        rows=tuple(_row(r, words) for r in ordered),
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


def _legend(targets: int, words: Words) -> tuple[Cell, Cell]:
    key = "legend.later_" if targets > 1 else "legend."
    return Cell(words(f"{key}short"), look="s1"), Cell(words(f"{key}reached"), look="s0")


def _row(record: Record, words: Words) -> Row:
    name, unit = words.region(record["region"], short=True), record["unit"]
    if record["value"] is None:
        return Row(name, None, tip=f"{name}: {words('no_figure')}")
    told = words.number(record["value"], STEP.get(unit, 0.0))
    tip = f"{name}: {words.value(record['value'], unit, STEP.get(unit, 0.0))} ({words.period(record['period'])})"
    return Row(name, record["value"], told=told, tip=tip, look="s1" if record["distance"] < 0 else "s0")


def _table(block_id: str, gaps: Sequence[GapInput], ordered: Sequence[Record], name: str, words: Words) -> Table:
    by_region = [{r["region"]: r for r in g.rows} for g in gaps]
    heads = [words("column.region"), words("column.period"), name]
    for g in gaps:
        goal = f"{words.number(g.target['target'])} ({g.target['deadline'][:4]})"
        heads += [words("column.distance_to", target=goal), words("column.missing", target=goal)]
    rows = []
    for record in ordered:
        step = STEP.get(record["unit"], 0.0)
        value = words("none") if record["value"] is None else words.number(record["value"], step)
        cells = [
            Cell(words.region(record["region"]), head=True),
            Cell(record["period"] or words("none"), look="nowrap"),
            Cell(value),
        ]
        for found in by_region:
            cells += _distance(found[record["region"]], step, words)
        rows.append(tuple(cells))
    return Table(f"{block_id}-table", words("table.gap", name=name), columns(heads, range(2, len(heads))), tuple(rows))


def _distance(record: Record, step: float, words: Words) -> list[Cell]:
    if record["distance"] is None:
        return [Cell(words("none")), Cell(words("none"))]
    told = words.number(record["distance"], step)
    missing = record["missing"]
    # what is missing comes from a ratio whose numerator is printed in whole thousands
    lacking = (
        words("none") if missing is None else words.value(missing, record["missing_unit"], 100.0 if missing else 1.0)
    )
    return [Cell(f"+{told}" if record["distance"] > 0 else told), Cell(lacking)]
