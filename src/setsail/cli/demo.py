"""`setsail demo`: a plan judged on the shipped figures, a hospital's network designed and judged, and their pages."""

from __future__ import annotations

import socket
import sys
import threading
import time
import webbrowser
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.base.errors import MissingExtra
from setsail.cli import serve
from setsail.cli.common import DEFAULT_WORKSPACE, FINAL_PLAN, Format, WorkspaceOption, emit, now, say, spinner
from setsail.cli.monitor import VERDICT_COLUMNS, shown

INDEX_COLUMNS = ("rank", "unit", "name", "time", "Index", "p05", "p95", "group", "coverage", "missing")
HOSPITAL = "demonstration-hospital"
SITES = Path("sites", "Demonstration")
"""Where the server's demonstration keeps its sites; written here because the extra web may be missing."""
HOST, PORT = "127.0.0.1", 8750
ANSWERS_WITHIN_S = 60.0
OPENER = "opens the pages"


def demo(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the tables, at a terminal too.")] = False,
) -> None:
    """Verdicts of the plan of 2021, the index of the provinces, a hospital from its rooms to its report, and pages."""
    at = now()
    api.admin_make(workspace)
    rows = api.verdicts(FINAL_PLAN, known_on=at.date(), forecast=True)
    emit([shown(r) for r in rows], Format.table, None, columns=VERDICT_COLUMNS, title=f"{FINAL_PLAN}: verdicts")
    index = api.index_overview("set-sail", known_on=at.date())
    emit(index, Format.table, None, columns=INDEX_COLUMNS, title="set-sail: index of the provinces (partial)")
    hospital(workspace, at)
    out = workspace / "reports" / f"{FINAL_PLAN}.html"
    path = api.report(FINAL_PLAN, known_on=at.date(), out=out, generated_at=at)
    pages = not no_serve and watched() and serve.installed()
    if not pages:
        typer.echo(f"pages: setsail serve --workspace {workspace} --demonstration")
    typer.echo(f"report: {path}")
    if pages:
        show_pages(workspace)


def hospital(workspace: Path, at: datetime) -> None:
    """The network of the demonstration hospital; a part that is not installed is named, and the others go on."""
    folder = workspace / SITES / HOSPITAL
    try:
        _designed(folder)
        _reported(folder, workspace / "reports" / HOSPITAL, at)
    except MissingExtra as err:
        say(f"note: {err}")


def _designed(folder: Path) -> None:
    """Designs and judges the hospital; a folder that is there, with its owner's edits, is kept."""
    if not (folder / "site.toml").is_file():
        api.site_demonstration(folder)
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


def show_pages(workspace: Path, path: str = "") -> None:
    """Serves the workspace to this machine alone until Ctrl-C, and opens it (at a path) in the person's browser."""
    port = free_port()
    threading.Thread(target=open_when_it_answers, args=(port, path), name=OPENER, daemon=True).start()
    serve.serve(workspace, host=HOST, port=port, demonstration=True)


def free_port(wanted: int = PORT) -> int:
    """The wanted port of the loopback address, or any free one where it is taken."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((HOST, wanted))
        except OSError:
            tried.bind((HOST, 0))
        return int(tried.getsockname()[1])


def open_when_it_answers(
    port: int, path: str = "", *, within_s: float = ANSWERS_WITHIN_S, every_s: float = 0.2
) -> bool:
    """Whether the server answered in time and a browser was found; without one its address stays on the screen."""
    end = time.monotonic() + within_s
    while time.monotonic() < end:
        with suppress(OSError), socket.create_connection((HOST, port), timeout=1):
            return webbrowser.open(f"http://{HOST}:{port}{path}")
        time.sleep(every_s)
    return False


def watched() -> bool:
    """Whether a person is there: input and output are terminals."""
    return sys.stdin.isatty() and sys.stdout.isatty()
