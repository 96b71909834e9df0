"""`setsail plan`: plans as data."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, app, emit

commands = app("Plans as data: list, show, compare.")

PlanArgument = Annotated[str, typer.Argument(help="Id of a shipped plan, or a plan's TOML file.")]
TARGET_COLUMNS = ("indicator", "name_en", "comparator", "target", "unit", "deadline", "geography", "group", "verified")
TASK_COLUMNS = ("task", "part", "action", "title", "quantified_target", "system")


@commands.command("list")
def list_plans(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """Plans that ship with the product."""
    rows = api.plan_list()
    if fmt is not Format.json:
        rows = [row | {"targets": len(row["targets"])} for row in rows]
    emit(rows, fmt, out, columns=("id", "title_en", "title_zh", "geography", "issued", "parent", "follows", "targets"))


@commands.command()
def show(plan: PlanArgument, fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """The targets of one plan."""
    record = api.plan_show(plan)
    if fmt is Format.json:
        emit(record, fmt, out)
    else:
        emit(record["targets"], fmt, out, columns=TARGET_COLUMNS, title=record["title_en"])


@commands.command()
def diff(a: PlanArgument, b: PlanArgument, fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """What changed from plan A to plan B: targets, definitions, indicators that replace others."""
    emit(api.plan_diff(a, b), fmt, out, columns=("kind", "indicator", "what", "before", "after"))


@commands.command()
def tasks(plan: PlanArgument, fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """The tasks and safeguards of a plan."""
    emit(api.plan_tasks(plan), fmt, out, columns=TASK_COLUMNS)
