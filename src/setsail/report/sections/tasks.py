"""The tasks of a plan, as its text orders them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setsail.report.blocks import Block, Cell, Section, Table, columns
from setsail.report.sections.values import source_link
from setsail.report.words import Words

Record = Mapping[str, Any]


def section(tasks: Sequence[Record], words: Words) -> Section:
    """The chapter of tasks; where none are shipped it says so."""
    heading = words("section.tasks")
    if not tasks:
        block = Block(
            "tasks-block", words("says.no_tasks"), empty=words("empty.tasks"), next_step=words("empty.tasks_next")
        )
        return Section("tasks", heading, (block,))
    rows = tuple(_row(task, words) for task in tasks)
    labels = ("task", "part", "action", "title", "quantity", "source")
    heads = columns([words(f"column.{label}") for label in labels])
    with_number = sum(bool(task["quantified_target"]) for task in tasks)
    safeguards = sum(task["task"].startswith("S") for task in tasks)
    says = words("says.tasks", n=len(tasks) - safeguards, safeguards=safeguards, numbered=with_number)
    table = Table("tasks-table", words("table.tasks"), heads, rows)
    return Section("tasks", heading, (Block("tasks-block", says, table=table, wide=True),))


def _row(task: Record, words: Words) -> tuple[Cell, ...]:
    return (
        Cell(task["task"], head=True),
        Cell(words.phrase(task["part"])),
        Cell(words.phrase(task["action"])),
        Cell(words.phrase(task["title"]), title=task["summary"] if words.language == "en" else ""),
        Cell(words.phrase(task["quantified_target"]) or words("none")),
        Cell(links=(source_link({**task, "note": ""}),), sub=""),
    )
