"""The answer first: the sentence of the page, how often each verdict was given, and all targets in one table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setsail.report.blocks import Cell, Link, Table, Tally, columns
from setsail.report.sections.targets import crossing_text, distance_text, name_of, pace, target_text, value_text
from setsail.report.words import Words

Record = Mapping[str, Any]
OUTCOMES = ("met", "missed", "not_provable", "open")


def counted(verdicts: Sequence[Record]) -> dict[str, int]:
    """How often each verdict was given."""
    return {outcome: sum(v["verdict"] == outcome for v in verdicts) for outcome in OUTCOMES}


def answer(verdicts: Sequence[Record], words: Words) -> str:
    """The heading of the page: how many targets were met, and what is to be said of the others."""
    counts, total = counted(verdicts), len(verdicts)
    given = [o for o in OUTCOMES if counts[o]]
    if total == 1:
        return words(f"answer.only.{given[0]}")
    first = "all." if len(given) == 1 else "first."
    told = [words(f"answer.{first if o == given[0] else ''}{o}", n=counts[o], total=total) for o in given]
    ahead = sum(v["verdict"] == "open" and v["distance"] is not None and v["distance"] >= 0 for v in verdicts)
    if ahead:
        told.append(words("answer.ahead", n=ahead))
    return words("answer.join").join(told)


def tallies(verdicts: Sequence[Record], words: Words) -> tuple[Tally, ...]:
    """The verdicts with their counts, all four always."""
    return tuple(Tally(o, words(f"verdict.{o}"), n) for o, n in counted(verdicts).items())


def table(verdicts: Sequence[Record], targets: Sequence[Record | None], words: Words) -> Table:
    """All targets with their verdicts."""
    heads = [words(f"column.{c}") for c in ("indicator", "verdict", "value", "target", "distance", "crossed", "pace")]
    rows = tuple(_row(i, v, t, words) for i, (v, t) in enumerate(zip(verdicts, targets, strict=True)))
    return Table("summary-table", words("table.summary"), columns(heads, (2, 3, 4)), rows)


def _row(number: int, verdict: Record, target: Record | None, words: Words) -> tuple[Cell, ...]:
    outcome, distance = verdict["verdict"], verdict["distance"]
    told = words("none") if distance is None else distance_text(verdict, words)
    name = Link(name_of(verdict, target, words), f"#target-{number}")
    return (
        Cell(links=(name,), sub=words.phrase(verdict["group"]), head=True),
        Cell(words(f"verdict.{outcome}"), icon=f"v-{outcome}", look=f"v-{outcome}"),
        Cell(value_text(verdict, words), sub=words.period(verdict["value_period"] or "")),
        Cell(target_text(verdict, words), sub=words.period(verdict["deadline"])),
        Cell(told),
        Cell(crossing_text(verdict, words) if verdict["crossed_before"] else words("none")),
        _pace_cell(verdict, words),
    )


def _pace_cell(verdict: Record, words: Words) -> Cell:
    needed, recent = verdict["pace_needed_per_year"], verdict["pace_recent_per_year"]
    if needed is None:
        return Cell(words("none"))
    sub = words("pace.recent", value=pace(recent, verdict["unit"], words)) if recent is not None else ""
    return Cell(pace(needed, verdict["unit"], words), sub=sub)
