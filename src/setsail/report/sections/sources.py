"""Where each number came from: every source that was used, how the days of knowledge are known, and the method."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from setsail.report.blocks import Block, Cell, Fact, Link, Section, Table, columns, safe_url
from setsail.report.inputs import Inputs, data_hash
from setsail.report.sections.values import KNOWN_HOW
from setsail.report.words import Words
from setsail.standards import facts

Record = Mapping[str, Any]
METHOD_NOTES = 9
MARKS = ("measured", "published", "derived", "modelled", "recalled", "assumed", "unverified", "synthetic")


def section(figures: Sequence[Record], inputs: Inputs, words: Words) -> Section:
    """The chapter of sources and method."""
    blocks = (_sources(figures, inputs, words), _marks(figures, words), _method(words))
    return Section("sources", words("section.sources"), blocks)


def _sources(figures: Sequence[Record], inputs: Inputs, words: Words) -> Block:
    counts = Counter(f["source_id"] or "" for f in figures)
    for target in inputs.plan["targets"]:
        counts.setdefault(target["source_id"] or "", 0)
    rows = tuple(_source(source_id, n, figures, words) for source_id, n in counts.most_common() if source_id or n)
    heads = [words(f"column.{c}") for c in ("source", "title", "figures", "known_from", "known_how")]
    heading = words("says.sources", n=len(figures), sources=sum(1 for s in counts if s))
    if not rows:
        return Block("sources-block", heading, empty=words("empty.sources"))
    table = Table("sources-table", words("table.sources"), columns(heads, (2,)), rows)
    return Block("sources-block", heading, table=table, wide=True)


def _source(source_id: str, number: int, figures: Sequence[Record], words: Words) -> tuple[Cell, ...]:
    known = facts.sources().get(source_id)
    mine = [f for f in figures if (f["source_id"] or "") == source_id]
    days = sorted(f["known_on"] for f in mine)
    how = Counter(_how(f["known_mark"]) for f in mine)
    url = safe_url(known.url if known else source_id)
    name = (known.publisher or known.title) if known else source_id or words("sources.not_named")
    title = "" if known is None or known.title.startswith("web page: ") else known.title
    span = days[0] if days and days[0] == days[-1] else words("days.span", first=days[0], last=days[-1]) if days else ""
    return (
        Cell(links=(Link(name, url),), sub=source_id, head=True, anchor=f"source-{source_id}"),
        Cell(title or url or words("none"), look="long"),
        Cell(str(number) if number else words("sources.plan_only")),
        Cell(span or words("none")),
        Cell(words("list.semicolon").join(f"{words(f'known.{k}')} {n}" for k, n in how.most_common()) or words("none")),
    )


def _how(mark: str) -> str:
    how = mark.split(":", maxsplit=1)[0].strip()
    return how.replace(" ", "_") if how in KNOWN_HOW else "not_said"


def _marks(figures: Sequence[Record], words: Words) -> Block:
    counts = Counter(f["mark"] for f in figures)
    rows = tuple(
        (
            Cell(words(f"mark.{m}"), icon=f"m-{m}", head=True),
            Cell(words(f"mark.{m}.means")),
            Cell(words.number(counts[m])),
        )
        for m in MARKS
    )
    heads = columns([words(f"column.{c}") for c in ("mark", "means", "figures")], (2,))
    return Block("marks", words("says.marks"), table=Table("marks-table", words("table.marks"), heads, rows), wide=True)


def _method(words: Words) -> Block:
    notes = tuple(words(f"method.{i}") for i in range(1, METHOD_NOTES + 1))
    return Block("method", words("says.method"), lead=notes, wide=True)


def stamp(inputs: Inputs, words: Words) -> tuple[Fact, ...]:
    """What this page was made from, so that it can be made again."""
    made = inputs.generated_at.isoformat(timespec="seconds") if inputs.generated_at else words("none")
    data = inputs.own_data or words("stamp.shipped")
    pairs = (
        ("plan", inputs.plan["id"]),
        ("region", f"{words.region(inputs.region)} ({inputs.region})"),
        ("known_on", inputs.known_on.isoformat()),
        ("data", data),
        ("version", f"setsail {inputs.code_version}"),
        ("hash", data_hash(inputs)),
        ("generated", made),
    )
    return tuple(Fact(words(f"stamp.{key}"), value) for key, value in pairs)
