"""`setsail demo`: a plan judged on the shipped figures, and a hospital's network designed and judged."""

from __future__ import annotations

import time
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import MissingExtra
from setsail.cli.common import DEFAULT_WORKSPACE, FINAL_PLAN, Format, WorkspaceOption, emit, now, say, spinner
from setsail.cli.monitor import VERDICT_COLUMNS, shown

INDEX_COLUMNS = ("rank", "unit", "name", "time", "Index", "p05", "p95", "group", "coverage", "missing")
HOSPITAL = "demonstration-hospital"


def demo(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    no_serve: Annotated[
        bool, typer.Option("--no-serve", help="End after the tables; `setsail serve` shows pages.")
    ] = False,
) -> None:
    """Verdicts of the final plan of 2021, the index of the provinces, and a hospital from its rooms to its report."""
    del no_serve  # a promise for scripts: the command ends after the tables in every release
    at = now()
    api.admin_make(workspace)
    rows = api.verdicts(FINAL_PLAN, known_on=at.date(), forecast=True)
    emit([shown(r) for r in rows], Format.table, None, columns=VERDICT_COLUMNS, title=f"{FINAL_PLAN}: verdicts")
    index = api.index_overview("set-sail", known_on=at.date())
    emit(index, Format.table, None, columns=INDEX_COLUMNS, title="set-sail: index of the provinces (partial)")
    hospital(workspace, at)
    out = workspace / "reports" / f"{FINAL_PLAN}.html"
    path = api.report(FINAL_PLAN, known_on=at.date(), out=out, generated_at=at)
    typer.echo(f"report: {path}")


def hospital(workspace: Path, at: datetime) -> None:
    """The network of the demonstration hospital; a part that is not installed is named, and the others go on."""
    folder = workspace / "sites" / HOSPITAL
    try:
        _designed(folder)
        _reported(folder, workspace / "reports" / HOSPITAL, at)
    except MissingExtra as err:
        say(f"note: {err}")


def _designed(folder: Path) -> None:
    """Designs and judges the hospital; a folder that is there, with its owner's edits, is kept."""
    if not (folder / "site.toml").is_file():
        api.site_new("hospital", "", folder, demonstration=True)
    with spinner("designing a hospital's network"):
        made = api.design_run(folder, clock=time.perf_counter)
        judged = api.design_verify(folder)
    emit(judged["dimensions"], Format.table, None, title=f"{judged['site']}: {judged['profile']} profile, design")
    chosen = made["carriers"][0]
    typer.echo(
        f"{len(made['heads'])} heads, {len(made['cells'])} cells on {chosen['band']} {chosen['tdd']}, covered "
        f"{made['covered_ratio']:.1%}, {sum(made['seconds'].values()):.1f} s; the network lies in {folder}"
    )


def _reported(folder: Path, out: Path, at: datetime) -> None:
    pdf, json = out.with_suffix(".pdf"), out.with_suffix(".json")
    pdf.parent.mkdir(parents=True, exist_ok=True)
    with spinner("writing its report"):
        api.conformance_report(folder, now=at, out=pdf, json=json)
    typer.echo(f"report of the hospital: {pdf}")
