"""The index of regions: scores, ranks with their intervals, and how much of it rests on data."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setsail.report.blocks import Block, Cell, Table, columns
from setsail.report.figures import dots
from setsail.report.figures.dots import Dots, Row
from setsail.report.inputs import IndexInput
from setsail.report.words import Words

Record = Mapping[str, Any]
SCORE_STEP = 0.1


def block(number: int, index: IndexInput, words: Words) -> Block:
    """The block of one index."""
    block_id = f"index-{number}"
    intervals = {u["unit"]: u for u in index.robustness["units"]}
    rows = sorted((r for r in index.records if r["rank"] is not None), key=lambda r: (r["rank"], r["unit"]))
    total = int(index.framework["indicators"])
    used = total - len(index.without_data)
    parts = {"top": words.region(rows[0]["unit"]), "regions": len(rows), "n": used, "total": total}
    level = words(f"level.{index.level}")
    runs = words.number(index.robustness["runs_used"])
    shown = Dots(
        id=f"{block_id}-figure",
        title=words("figure.index", level=level),
        desc=words("figure.index_desc", runs=runs, **parts),
        axis=words("figure.index_axis"),
        rows=tuple(_row(r, intervals.get(r["unit"]), words) for r in rows),
        from_one=True,
    )
    notes = [words("lead.index", n=used, total=total)] if used < total else []
    missing = words("list.comma").join(words.indicator(code) for code in index.without_data)
    varied, not_varied = (_choices(index.robustness[key], words) for key in ("varied", "not_varied"))
    small = [words("small.index", runs=runs, seed=index.robustness["seed"], varied=varied)]
    small += [words("small.index_fixed", fixed=not_varied)] if not_varied else []
    small += [words("small.index_missing", missing=missing)] if missing else []
    return Block(
        block_id,
        words("says.index_partial" if used < total else "says.index", level=level, **parts),
        lead=tuple(notes),
        figure=dots.draw(shown, words),
        legend=(Cell(words("legend.rank"), look="s0"), Cell(words("legend.interval"), look="s0 bar")),
        table=_table(block_id, rows, intervals, words),
        small_print=tuple(small),
    )


def _choices(told: Sequence[Record], words: Words) -> str:
    known = ("printed", "normalise", "aggregate", "weights", "impute", "winmax")
    names = [c["choice"] for c in told]
    return words("list.comma").join(words(f"choice.{name}") if name in known else name for name in names)


def _row(record: Record, interval: Record | None, words: Words) -> Row:
    name = words.region(record["unit"], short=True)
    score = words.number(record["scores"]["Index"], SCORE_STEP)
    low, high = (interval["p05"], interval["p95"]) if interval else (None, None)
    tip = words("figure.index_tip", name=name, rank=record["rank"], score=score, span=_span(interval, words))
    return Row(name, float(record["rank"]), low, high, score, tip)


def _span(interval: Record | None, words: Words) -> str:
    if interval is None:
        return words("none")
    return words("rank.span", low=words.number(interval["p05"], 1.0), high=words.number(interval["p95"], 1.0))


def _table(block_id: str, rows: Sequence[Record], intervals: Mapping[str, Record], words: Words) -> Table:
    groups = [code for code in rows[0]["scores"] if code != "Index"]
    heads = [words("column.rank"), words("column.region"), words("column.score"), words("column.interval")]
    heads += [words(f"group.{g}") if g in ("users", "industry", "network") else g for g in groups]
    heads += [words("column.coverage"), words("column.period")]
    body = []
    for r in rows:
        scores = [r["scores"][g] for g in groups]
        cells = [Cell(str(r["rank"])), Cell(words.region(r["unit"]), head=True)]
        cells += [Cell(words.number(r["scores"]["Index"], SCORE_STEP)), Cell(_span(intervals.get(r["unit"]), words))]
        cells += [Cell(words("no_data") if s is None else words.number(s, SCORE_STEP)) for s in scores]
        cells += [
            Cell(words.value(100 * r["coverage"], "percent", 1.0)),
            Cell(r["time"] or words("none"), look="nowrap"),
        ]
        body.append(tuple(cells))
    numeric = [i for i in range(len(heads) - 1) if i != 1]
    return Table(f"{block_id}-table", words("table.index"), columns(heads, numeric), tuple(body))
