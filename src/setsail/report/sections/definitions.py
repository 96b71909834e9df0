"""One subject measured in two ways: the ranks under each, and where the order of two regions turns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setsail.report.blocks import Block, Cell, Section, Table, columns
from setsail.report.figures import slope
from setsail.report.figures.slope import Sloped
from setsail.report.sections.values import point_step, source_line, source_links
from setsail.report.words import Words
from setsail.standards import facts

Record = Mapping[str, Any]


def section(rankings: Sequence[Record], definitions_used: Sequence[tuple[str, str]], words: Words) -> Section:
    """The chapter on definitions: rankings that turn, and what each definition counts."""
    blocks = [_ranking(i, r, words) for i, r in enumerate(rankings)]
    blocks.append(_glossary(definitions_used, words))
    return Section("definitions", words("section.definitions"), tuple(blocks), (words("lead.definitions"),))


def _ranking(number: int, ranking: Record, words: Words) -> Block:
    names = list(dict.fromkeys(row["indicator"] for row in ranking["ranks"]))
    left, right = names[0], names[1]
    by = {(row["indicator"], row["region"]): row for row in ranking["ranks"]}
    places = [row["region"] for row in ranking["ranks"] if row["indicator"] == left and (right, row["region"]) in by]
    turned = {place for turn in ranking["turns"] for place in (turn["first"], turn["second"])}
    block_id = f"ranking-{number}"
    parts = {"a": words.indicator(left), "b": words.indicator(right), "period": words.period(ranking["period"])}
    top = {side: words.region(_top(ranking, side)) for side in (left, right)}
    key = "says.ranking_turns" if ranking["turns"] else "says.ranking_stays"
    heading = words(key, first_a=top[left], first_b=top[right], n=len(ranking["turns"]), **parts)
    steps = _steps(ranking)
    rows = [_sloped(by[left, p], by[right, p], p in turned, steps, words) for p in places]
    heads = (words.indicator(left), words.indicator(right))
    desc = words("figure.slope_desc", **parts)
    figures = [f for row in ranking["ranks"] for f in row["evidence"]["figures"]]
    return Block(
        block_id,
        heading,
        figure=slope.draw(f"{block_id}-figure", words("figure.slope", **parts), desc, heads, rows),
        legend=(Cell(words("legend.turns"), look="s1"), Cell(words("legend.keeps"), look="s0")),
        source_line=source_line(figures, words),
        table=_table(block_id, ranking, (left, right), by, words),
        small_print=tuple(_turn(t, words) for t in ranking["turns"]),
    )


def _top(ranking: Record, indicator: str) -> str:
    rows = [r for r in ranking["ranks"] if r["indicator"] == indicator]
    return str(min(rows, key=lambda r: r["rank"])["region"])


def _steps(ranking: Record) -> dict[str, float]:
    """The place to which each indicator is written: the finest of its values, for all alike."""
    steps: dict[str, float] = {}
    for row in ranking["ranks"]:
        step = point_step(row["evidence"])
        steps[row["indicator"]] = min(step, steps.get(row["indicator"], step))
    return steps


def _sloped(a: Record, b: Record, turns: bool, steps: Mapping[str, float], words: Words) -> Sloped:
    return Sloped(
        words.region(a["region"], short=True),
        a["rank"],
        b["rank"],
        _value(a, steps, words),
        _value(b, steps, words),
        turns,
    )


def _value(row: Record, steps: Mapping[str, float], words: Words) -> str:
    step = steps[row["indicator"]]
    return (
        words.value(row["value"], row["unit"], step) if row["unit"] == "percent" else words.number(row["value"], step)
    )


def _turn(turn: Record, words: Words) -> str:
    first, second = words.region(turn["first"]), words.region(turn["second"])
    a, b = words.indicator(turn["ahead_by"]), words.indicator(turn["behind_by"])
    return words("says.turn", first=first, second=second, a=a, b=b)


def _table(
    block_id: str, ranking: Record, sides: tuple[str, str], by: Mapping[tuple[str, str], Record], words: Words
) -> Table:
    places = dict.fromkeys(row["region"] for row in ranking["ranks"])
    rows, steps = [], _steps(ranking)
    for place in places:
        pair = [by.get((side, place)) for side in sides]
        cells = [Cell(words.region(place), head=True)]
        for row in pair:
            cells += (
                [Cell(str(row["rank"]), title=""), Cell(_value(row, steps, words))]
                if row
                else [Cell(words("none"))] * 2
            )
        cells.append(Cell(links=source_links([f for row in pair if row for f in row["evidence"]["figures"]])))
        rows.append(tuple(cells))
    a, b = (words.indicator(side) for side in sides)
    heads = [words("column.region"), words("column.rank"), a, words("column.rank"), b, words("column.source")]
    caption = words("table.ranking", a=a, b=b, period=words.period(ranking["period"]))
    return Table(f"{block_id}-table", caption, columns(heads, (1, 2, 3, 4)), tuple(rows))


def _glossary(used: Sequence[tuple[str, str]], words: Words) -> Block:
    rows = []
    for indicator, definition in used:
        text = facts.definitions().get((indicator, definition))
        told = words.phrase(text) if text else words("definition.own")
        name = Cell(words.indicator(indicator), head=True)
        rows.append((name, Cell(words.definition(definition), sub=definition), Cell(told)))
    heads = columns([words(f"column.{c}") for c in ("indicator", "definition", "counts")])
    heading = words("says.glossary", n=len(rows))
    if not rows:
        return Block("glossary", heading, empty=words("empty.glossary"))
    return Block(
        "glossary", heading, table=Table("glossary-table", words("table.glossary"), heads, tuple(rows)), wide=True
    )
