"""`setsail rollout demo`: the founding case planned, its call opened and proved, a crew lost, and the board."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.base.errors import MissingExtra
from setsail.base.record import Record
from setsail.cli import serve
from setsail.cli._rollout_live import show_board, show_change
from setsail.cli.common import DEFAULT_WORKSPACE, Format, WorkspaceOption, emit, now, say, spinner
from setsail.cli.demo import show_pages, watched

CASE = "wuhan-2020"
ROLLOUTS = Path("rollouts", "Demonstration")
"""Where the server's demonstration looks for rollouts."""
ACTOR = "demonstration"
OPEN_AT, LOST_AT, LOST = "2020-02-06T06:30:00+08:00", "2020-02-06T06:35:00+08:00", "C3"
"""When the first sites are accepted, and when which crew is lost; the rest is accepted when the new plan ends."""
CALL_S = 20.0
CALLS_S = 75.0
"""While sites stay undecided, as they do where this machine is busy with other things, calls begin within this time."""
PLAN_S = 5.0
PAIR_COLUMNS = ("sites", "passed", "undecided", "seen", "heard", "of", "seconds")


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command()(demo)


def demo(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    no_serve: Annotated[bool, typer.Option("--no-serve", help="End after the tables, at a terminal too.")] = False,
) -> None:
    """Plan 29 hospitals, open their call, accept them on it, lose a crew, plan again, show the board."""
    api.admin_make(workspace)
    folder = _free(workspace / ROLLOUTS, CASE)
    _headed("1. The founding case: 29 hospitals to be open within 24 hours")
    _planned(folder)
    _headed("2. What every site is given")
    made = api.rollout_provision(folder, folder / "config", now=now(), random_bytes=secrets.token_bytes)
    typer.echo(f"{made['files']} files for {made['sites']} sites in {made['folder']}; "
               f"a link of {made['up_kbps']:g} kbit/s up and {made['down_kbps']:g} kbit/s down each")  # fmt: skip
    with _conference(folder) as up:
        records = _proved(folder) if up else []
        _headed(f"4. {_clock(OPEN_AT)}: the sites that stand are accepted; {_clock(LOST_AT)}: crew {LOST} is lost")
        _accepted(folder, records, OPEN_AT, called=up)
        lost = _event(folder, "crew-lost", LOST_AT, {"crew": LOST})
        show_change(lost, of_command=False)
        _headed("5. The rest is accepted as the new plan ends")
        _accepted(folder, records, _just_after(lost["after"]["finish_served"]), called=up)
        _headed("6. The board")
        show_board(api.rollout_board(folder))
        pages = not no_serve and watched() and serve.installed()
        if not pages:
            typer.echo(f"pages: setsail serve --workspace {workspace} --demonstration  (Rollout)")
        else:
            show_pages(workspace, f"/rollouts/{folder.parent.name}/{folder.name}")


def _planned(folder: Path) -> None:
    api.rollout_example(CASE, folder)
    with spinner("planning"):
        made = api.rollout_plan(folder, seconds=PLAN_S, now=now(), by=ACTOR, clock=time.monotonic)
    found = api.rollout_plan_record(made)
    feasible = {True: "yes", False: "no"}.get(found["feasible"], found["feasible"])
    typer.echo(f"feasible: {feasible}; all accepted {_clock(found['finish'])}, no plan before "
               f"{_clock(found['bound_finish'])}; critical site {found['critical_site']}")  # fmt: skip
    emit([{**m, "by": _clock(m["by"])} for m in found["milestones"]], Format.table, None, title="Milestones")


@contextmanager
def _conference(folder: Path) -> Iterator[bool]:
    """The conference of the rollout while the block runs; without a server for it one line says so."""
    _headed("3. The call: 29 simulated terminals, each seen and heard by the others")
    try:
        found = api.conference_up(folder, random_bytes=secrets.token_bytes, now=now)
    except MissingExtra as err:
        say(f"note: the rollout goes on without the call: {err}")
        yield False
        return
    typer.echo(f"room {found['room']} for {found['places']} senders is open on this machine; nothing is recorded")
    try:
        yield True
    finally:
        api.conference_down(folder)


def _proved(folder: Path) -> list[Record]:
    """The records of the sites that passed on one call of simulated terminals; they say that they are synthetic."""
    begin = time.monotonic()
    passed, open_ones = _called(folder, begin + CALLS_S)
    pairs = api.rollout_board(folder)["evidence"]["pairs"]
    every = [one for row in pairs.values() for peer, one in row.items() if peer in pairs]
    told = {
        "sites": len(passed) + len(open_ones), "passed": len(passed),
        "undecided": sum(row["verdict"] == "inconclusive" for row in open_ones),
        "seen": sum(bool(p.get("marks")) for p in every), "heard": sum(bool(p.get("tone")) for p in every),
        "of": len(pairs) * (len(pairs) - 1), "seconds": round(time.monotonic() - begin, 1),
    }  # fmt: skip
    emit([told], Format.table, None, columns=PAIR_COLUMNS, title="One call, all pairs (synthetic terminals)")
    for line in _causes(open_ones):
        typer.echo(line)
    return passed


def _causes(rows: list[Record]) -> list[str]:
    """One line for each cause for which sites did not pass, however numbers and names in the reasons differ."""
    held: dict[tuple[str, str, str], list[Record]] = {}
    for row in rows:
        shape = re.sub(r"[A-Z]?\d[\d.,]*", "…", row["reason"])
        held.setdefault((row["verdict"], row["failing_step"], shape), []).append(row)
    lines = []
    for (verdict, step, shape), alike in held.items():
        reasons = {row["reason"] for row in alike}
        count = f"{len(alike)} sites" if len(alike) > 1 else "1 site"
        told = shape if len(reasons) > 1 else reasons.pop()
        lines.append(f"{count} {verdict} at {step}: {told} ({', '.join(row['site'] for row in alike)})")
    return lines


def _called(folder: Path, until: float) -> tuple[list[Record], list[Record]]:
    """Records that passed, and those of the sites that did not; calls begin until then while sites are undecided."""
    passed: dict[str, Record] = {}
    while True:
        with spinner("29 sites on one call"):
            found = api.conference_accept_all(
                folder, now=now, by=ACTOR, clock=time.monotonic, seconds=CALL_S, event=False, at=OPEN_AT
            )
        passed |= {row["site"]: row for row in found["sites"] if row["passed"]}
        undecided = sum(row["verdict"] == "inconclusive" and row["site"] not in passed for row in found["sites"])
        if not undecided or time.monotonic() > until:
            return list(passed.values()), [row for row in found["sites"] if row["site"] not in passed]
        say(f"note: {undecided} sites are undecided, as this machine is busy; the call is made again")


def _accepted(folder: Path, records: list[Record], at: str, *, called: bool) -> None:
    """Sites that stand by then and are not accepted yet are accepted by their records, where there was a call."""
    if not called:
        typer.echo("no call was made, so that no site is accepted by its record")
        return
    moment = datetime.fromisoformat(at)
    board = api.rollout_board(folder, moment)
    ready = {s["site"] for s in board["sites"] if _stands(s)}
    events = [
        ("accepted", moment.isoformat(), {"site": r["site"], "record": r["sha256"]})
        for r in records
        if r["site"] in ready
    ]
    if events:
        api.rollout_tell(folder, events, now=now(), by=ACTOR, clock=time.monotonic)
    typer.echo(f"{_clock(moment.isoformat())}: {len(events)} sites accepted by their records (synthetic)")


def _stands(site: Record) -> bool:
    """Installed with its line up, and not told to be accepted."""
    stages: dict[str, Any] = site["stages"]
    accepted = stages["accepted"]
    done = all(stages[s]["state"] == "done" for s in ("installed", "line_ready"))
    return done and not (accepted["state"] == "done" and accepted["by"] == "told")


def _event(folder: Path, kind: str, at: str, values: dict[str, str]) -> Record:
    return api.rollout_event(folder, kind, at=at, values=values, now=now(), by=ACTOR, clock=time.monotonic)


def _just_after(finish: str) -> str:
    return (datetime.fromisoformat(finish) + timedelta(minutes=1)).isoformat()


def _free(parent: Path, name: str) -> Path:
    """A folder that is not there: what an earlier demonstration left is kept."""
    choices = (parent / name, *(parent / f"{name}-{n}" for n in range(2, 10_000)))
    return next(path for path in choices if not path.exists())


def _clock(iso: str | None) -> str:
    return iso[11:16] if iso else "-"


def _headed(text: str) -> None:
    typer.echo(f"\n{text}")
