"""Parts against printed totals: where they agree within the printed precision, and what may explain a gap."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from setsail.report.blocks import Block, Cell, Table, columns
from setsail.report.words import Words

Record = Mapping[str, Any]


def block(tables: Sequence[Record], words: Words) -> Block:
    """The block of reconciliation: every printed total that has parts."""
    gaps = [t for t in tables if t["status"] != "meets"]
    key = "says.totals_gap" if gaps else "says.totals_meet"
    heading = words(key, n=len(gaps), total=len(tables))
    rows = tuple(_row(t, words) for t in [*gaps, *(t for t in tables if t["status"] == "meets")])
    labels = ("indicator", "period", "parts_of", "parts_sum", "total", "gap", "tolerance", "outcome")
    heads = columns([words(f"column.{label}") for label in labels], (3, 4, 5, 6))
    table = Table("totals-table", words("table.totals"), heads, rows)
    return Block(
        "totals", heading, lead=(words("lead.totals"),), table=table, wide=True, small_print=tuple(_told(gaps, words))
    )


def _row(table: Record, words: Words) -> tuple[Cell, ...]:
    low, high = table["tolerance"]
    span = (
        words("none")
        if low is None or high is None
        else words("tolerance", low=words.number(low), high=words.number(high))
    )
    return (
        Cell(words.indicator(table["indicator"]), head=True),
        Cell(table["period"], title=words.period(table["period"])),
        Cell(words("parts.of", n=table["parts"], whole=words.region(table["total_region"]))),
        Cell(words.number(table["parts_sum"])),
        Cell(words.number(table["total"])),
        Cell(words.number(table["gap"])),
        Cell(span),
        Cell(words(f"totals.{table['status']}"), look="" if table["status"] == "meets" else "chosen"),
    )


def _told(gaps: Sequence[Record], words: Words) -> Iterator[str]:
    for table in gaps:
        for p in table["proposals"]:
            places, old, new = (_list(p[key], words) for key in ("region", "from", "to"))
            key = "totals.proposal_ambiguous" if p["ambiguous"] else "totals.proposal"
            kind = words(f"repair.{p['kind']}")
            yield words(key, kind=kind, region=places, old=old, new=new, period=words.period(table["period"]))


def _list(value: object, words: Words) -> str:
    items = value if isinstance(value, list) else [value]
    told = [words.number(i) if isinstance(i, int | float) else words.region(str(i)) for i in items]
    return words("list.comma").join(told)
