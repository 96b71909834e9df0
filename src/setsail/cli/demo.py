"""`setsail demo`: the product's first job on the shipped figures."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import DEFAULT_WORKSPACE, FINAL_PLAN, Format, WorkspaceOption, emit, now
from setsail.cli.monitor import VERDICT_COLUMNS, shown

INDEX_COLUMNS = ("rank", "unit", "name", "time", "Index", "p05", "p95", "group", "coverage", "missing")


def demo(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="End after the tables; this release serves no pages.")
    ] = False,
) -> None:
    """Verdicts of the final plan of 2021, the index of the 31 provinces, and the report page."""
    del no_serve  # a promise for scripts: the command ends after the tables in every release
    at = now()
    api.admin_make(workspace)
    rows = api.verdicts(FINAL_PLAN, known_on=at.date(), forecast=True)
    emit([shown(r) for r in rows], Format.table, None, columns=VERDICT_COLUMNS, title=f"{FINAL_PLAN}: verdicts")
    index = api.index_overview("set-sail", known_on=at.date())
    emit(index, Format.table, None, columns=INDEX_COLUMNS, title="set-sail: index of the provinces (partial)")
    out = workspace / "reports" / f"{FINAL_PLAN}.html"
    path = api.report(FINAL_PLAN, known_on=at.date(), out=out, generated_at=at)
    typer.echo(f"report: {path}")
