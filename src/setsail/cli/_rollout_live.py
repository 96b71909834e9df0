"""`setsail rollout`: events of a rollout that is under way, and its board."""

from __future__ import annotations

import os
import shlex
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.base.errors import BadInput
from setsail.cli.common import (
    ActorOption,
    Format,
    FormatOption,
    OutOption,
    actor_or_user,
    emit,
    now,
    say,
)

FolderArgument = Annotated[Path, typer.Argument(help="Folder of a rollout.")]
KindArgument = Annotated[
    str, typer.Argument(help="What happened, such as crew-lost; `rollout events --kinds` lists all.")
]
AtOption = Annotated[str, typer.Option("--at", help="When: 05:00 is the next one after the notice; or ISO 8601. Now.")]
SiteOption = Annotated[str, typer.Option("--site", help="Id of a site.")]
StageOption = Annotated[str, typer.Option("--stage", help="Stage of the site, such as delivered.")]
CrewOption = Annotated[str, typer.Option("--crew", help="Id of a crew.")]
RoadOption = Annotated[str, typer.Option("--road", help="Id of a bridge, or two places written A|B.")]
UntilOption = Annotated[str, typer.Option("--until", help="Not before this time.")]
MinutesOption = Annotated[str, typer.Option("--minutes", help="Minutes later than planned.")]
SetsOption = Annotated[str, typer.Option("--sets", help="Sets aboard a lost crew: returned or lost.")]
NeedsOption = Annotated[str, typer.Option("--needs", help="After a failed test: retry, or visit by a crew.")]
ReasonOption = Annotated[str, typer.Option("--reason", help="Why, in a few words.")]
RecordOption = Annotated[str, typer.Option("--record", help="SHA-256 of the acceptance record.")]
OfOption = Annotated[str, typer.Option("--of", help="Number of the event that undo takes back; else the latest.")]
TextOption = Annotated[str, typer.Option("--text", help="The remark.")]
AndOption = Annotated[
    list[str] | None, typer.Option("--and", help='One more event, in quotes: "road-closed --road B1 --at 05:10".')
]
MOVED_COLUMNS = ("site", "crews_before", "crews_after", "accepted_before", "accepted_after", "delay_min")
MILESTONE_COLUMNS = ("by", "stage", "required", "before", "after", "met")
EVENT_COLUMNS = ("n", "at", "kind", "site", "stage", "crew", "told", "by", "undone")
CREW_COLUMNS = ("crew", "state", "where", "until", "aboard", "next", "next_at")
STONE_COLUMNS = ("by", "stage", "required", "done", "expected", "state")
STEP_COLUMNS = ("n", "at", "kind", "site", "crew", "planned_at", "finish")
FRAME = ("n", "at", "known", "kind", "by", "undone", "site", "stage", "crew")
SHOWN = 15
TWO_SECONDS, REST, MOST_SEARCH, LEAST_SEARCH = 2.0, 0.5, 1.3, 0.9
"""Seconds: of an event in all, of timing, writing and showing in it, and the limits of the search."""
SIGNS = {"waiting": "", "begun": "~", "done": "=", "failed": "!"}


def event(
    folder: FolderArgument,
    kind: KindArgument,
    at: AtOption = "",
    site: SiteOption = "",
    stage: StageOption = "",
    crew: CrewOption = "",
    road: RoadOption = "",
    until: UntilOption = "",
    minutes: MinutesOption = "",
    sets: SetsOption = "",
    needs: NeedsOption = "",
    reason: ReasonOption = "",
    record: RecordOption = "",
    of: OfOption = "",
    text: TextOption = "",
    actor: ActorOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Tell what happened: it is written to the log, and the rest is planned again; what has begun stays as it is."""
    values = {
        "site": site, "stage": stage, "crew": crew, "road": road, "until": until, "minutes": minutes, "sets": sets,
        "needs": needs, "reason": reason, "record": record, "of": of, "text": text,
    }  # fmt: skip
    made = api.rollout_event(
        folder, kind, at=at, values=values, now=now(), by=actor_or_user(actor), clock=time.perf_counter,
        seconds=_search_seconds(),
    )  # fmt: skip
    _answered(made, fmt, out)


def what_if(
    folder: FolderArgument,
    kind: KindArgument,
    at: AtOption = "",
    site: SiteOption = "",
    stage: StageOption = "",
    crew: CrewOption = "",
    road: RoadOption = "",
    until: UntilOption = "",
    minutes: MinutesOption = "",
    sets: SetsOption = "",
    needs: NeedsOption = "",
    of: OfOption = "",
    more: AndOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Show what events would change, also such as are still to come; nothing is written."""
    values = {
        "site": site, "stage": stage, "crew": crew, "road": road, "until": until, "minutes": minutes, "sets": sets,
        "needs": needs, "of": of,
    }  # fmt: skip
    events = [(kind, at, values), *map(_parsed, more or ())]
    made = api.rollout_what_if(folder, events, now=now(), by="", clock=time.perf_counter, seconds=_search_seconds())
    _answered(made, fmt, out)


def _parsed(text: str) -> tuple[str, str, dict[str, str]]:
    """An event in one text, as at the command line."""
    try:
        kind, *words = shlex.split(text)
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="--and", allowed="a kind with its options") from err
    values: dict[str, str] = {}
    while words:
        name, _, value = words.pop(0).partition("=")
        if not name.startswith("--") or not (value or words):
            raise BadInput(f"is {text!r}", where="--and", allowed="a kind with its options, each with a value")
        values[name.removeprefix("--")] = value or words.pop(0)
    return kind, values.pop("at", ""), values


def _since_start() -> float:
    """Seconds since this process was started, 0 where the system does not tell."""
    try:
        ticks = int(Path("/proc/self/stat").read_text(encoding="ascii").rpartition(")")[2].split()[19])
        return float(Path("/proc/uptime").read_text(encoding="ascii").split()[0]) - ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError):
        return 0.0


def _search_seconds() -> float:
    """What is left for the search of the two seconds that an event may take, the start of the process included."""
    return min(MOST_SEARCH, max(LEAST_SEARCH, TWO_SECONDS - REST - _since_start()))


def _answered(made: dict[str, Any], fmt: Format, out: Path | None) -> None:
    """What changed; exit code 1 where the plan does not hold the deadline."""
    if made.get("torn_file"):
        say(f"note: an unfinished last line of the log was set aside as {made['torn_file']}")
    if fmt is not Format.table or out is not None:
        emit(made if fmt is Format.json else listed(made.get("moved", made["events"])), fmt, out)
    elif made["planned"]:
        show_change(made)
    else:
        say(f"event {made['events'][0]['n']} written; nothing follows from it")
    if made["planned"] and made["after"]["verdict"] in ("late", "impossible"):
        raise typer.Exit(1)


def show_change(made: dict[str, Any], *, of_command: bool = True) -> None:
    """What an event changes: finish, sites that move, milestones. of_command : it is all that this process does."""
    before, after = made["before"], made["after"]
    for one in made["events"]:
        word = "supposed" if made.get("written") is False else f"event {one['n']}"
        say(f"{word}: {one['kind']} at {_day(one['at'])}{_told(one)}")
    whole = f", {_since_start():.2f} s since the start" if of_command else ""
    otherwise = made.get("begun_moved", ())
    begun = "begun work that the report moves:" if otherwise else "begun work unchanged"
    say(f"planned again in {made['seconds']:.2f} s{whole}; {begun}")
    for row in otherwise:
        ends = f"{_day(row['end_before'])} -> {_day(row['end_after'])}"
        say(f"  {row['crew']} {row['kind']} {row['place']}: {ends} ({row['why']})")
    delay = made["delay_min"]
    say(
        f"finish {_finish(before)} -> {_finish(after)}"
        + (f" ({delay:+g} min)" if delay is not None else "")
        + f", {after['verdict']}: {after.get('reason', '')}"
    )
    for site, why in made["unplanned"].items():
        say(f"not served: {site}: {why}")
    moved = made["moved"]
    if moved:
        rows = [{k: _day(v) if k.startswith("accepted") else v for k, v in row.items()} for row in moved[:SHOWN]]
        more = f" (first {SHOWN} of {len(moved)})" if len(moved) > SHOWN else ""
        emit(rows, Format.table, None, columns=MOVED_COLUMNS, title=f"Sites that move{more}")
    if made["milestones"]:
        rows = [{**row, "by": _day(row["by"])} for row in made["milestones"]]
        emit(rows, Format.table, None, columns=MILESTONE_COLUMNS, title="Milestones by the plan")


def _finish(told: dict[str, Any]) -> str:
    """The last acceptance; of those that are served where sites are left out."""
    if told["finish"] is None and told.get("finish_served"):
        return f"none, {told['served']} sites served by {_day(told['finish_served'])}"
    return _day(told["finish"])


def events(
    folder: Annotated[Path | None, typer.Argument(help="Folder of a rollout.")] = None,
    kinds: Annotated[bool, typer.Option("--kinds", help="List the kinds of events instead.")] = False,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """List what was told of a rollout, or the kinds of events."""
    if kinds:
        emit(api.rollout_event_kinds(), fmt, out, columns=("kind", "needs", "may", "meaning"))
        return
    if folder is None:
        raise BadInput("is missing", where="FOLDER", allowed="the folder of a rollout, or --kinds")
    rows = api.rollout_events(folder)
    if fmt is Format.json:
        emit(rows, fmt, out)
        return
    if fmt is Format.csv or out is not None:
        emit(listed(rows), fmt, out, columns=list(dict.fromkeys((*FRAME, *(key for row in rows for key in row)))))
        return
    shown = [{**row, "at": _day(row["at"]), "told": _told(row, but=FRAME).strip()} for row in rows]
    emit(shown, fmt, out, columns=EVENT_COLUMNS, title=f"{len(rows)} events")


def board(
    folder: FolderArgument,
    at: Annotated[str, typer.Option("--at", help="A time after the latest that was told: 05:00, or ISO 8601.")] = "",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Show the board: verdict, clock, stages of every site, crews, milestones."""
    found = api.rollout_board(folder, at)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    if fmt is Format.csv or out is not None:
        emit(listed([_exact_row(site) for site in found["sites"]]), fmt, out)
        return
    show_board(found)


def show_board(found: dict[str, Any]) -> None:
    """The board as tables."""
    hours, rest = divmod(abs(found["seconds_to_deadline"]), 3600)
    clock = f"{hours}:{rest // 60:02d} h {'to' if found['seconds_to_deadline'] >= 0 else 'past'} the deadline"
    say(f"{found['name']}: {_day(found['at'])}, {clock}; {found['verdict']}")
    say(
        f"finish {_day(found['finish'])}, not before {_day(found['bound_finish'])}; "
        f"critical site {found['critical_site'] or 'none'}; {found['reason']}"
    )
    if found["unplanned_events"]:
        numbers = ", ".join(map(str, found["unplanned_events"]))
        say(f"note: no plan takes into account event {numbers} yet; rollout plan, or the next event")
    for site, why in found["unplanned"].items():
        say(f"not served: {site}: {why}")
    for site, one in found["evidence"]["sites"].items():
        if one["doubt"]:
            say(f"note: the acceptance record of {site} is not to be believed: {one['doubt']}")
    synthetic = [site for site, one in found["evidence"]["sites"].items() if one["synthetic"]]
    if synthetic:
        say(f"note: synthetic acceptance records, of simulated terminals: {_few(synthetic)}")
    emit(
        [_row(site) for site in found["sites"]],
        Format.table,
        None,
        title="Sites: = done, (=) done by the plan and not told, ~ begun, ! failed, else planned",
    )
    crews = [
        {**c, "where": c["place"] or f"{c['from']} > {c['to']} {c['share']:.0%}", "until": _day(c["until"]),
         "next_at": _day(c["next_at"])}
        for c in found["crews"]
    ]  # fmt: skip
    emit(crews, Format.table, None, columns=CREW_COLUMNS, title="Crews")
    if found["milestones"]:
        stones = [{**m, "by": _day(m["by"])} for m in found["milestones"]]
        emit(stones, Format.table, None, columns=STONE_COLUMNS, title="Milestones")


def _few(names: Sequence[str]) -> str:
    """The first of some names, and how many more."""
    return ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")


def listed(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows for a table of values: several words in a cell stand with | between them."""
    return [{k: "|".join(map(str, v)) if isinstance(v, (list, tuple)) else v for k, v in row.items()} for row in rows]


def _exact_row(site: dict[str, Any]) -> dict[str, Any]:
    """A site of the board with every stage's time and state."""
    stages = {
        name: value
        for stage, task in site["stages"].items()
        for name, value in ((stage, task["ended"] or task["planned"]), (f"{stage}_state", task["state"]))
    }
    kept = {k: site[k] for k in ("critical", "dead", "again", "slack_min")}
    return {"site": site["site"], "crews": site["crews"], **stages, **kept}


def _row(site: dict[str, Any]) -> dict[str, Any]:
    marks = "".join(m for m, on in (("*", site["critical"]), ("!", site["dead"] or site["again"])) if on)
    return {
        "site": site["site"] + marks,
        "crews": site["crews"],
        **{stage: _cell(task) for stage, task in site["stages"].items()},
        "slack_min": site["slack_min"],
    }


def _cell(task: dict[str, Any]) -> str:
    sign = SIGNS[task["state"]]
    if task["state"] == "done" and task["by"] == "plan":
        sign = "(=)"
    return f"{sign}{_clock(task['ended'] or task['planned'])}"


def replay(
    folder: FolderArgument,
    until: Annotated[str, typer.Option("--until", help="Number of a line, or a time.")] = "",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Tell the log again from its first line, and show the board that it ends in."""
    found = api.rollout_replay(folder, until)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    exact = fmt is Format.csv or out is not None
    steps = [s if exact else {**s, **{k: _day(s[k]) for k in ("at", "planned_at", "finish")}} for s in found["steps"]]
    emit(steps, fmt, out, columns=STEP_COLUMNS, title=f"{found['lines']} of {found['of']} lines")
    if fmt is Format.table and out is None:
        show_board(found["board"])


def history(
    folder: FolderArgument, actor: ActorOption = None, fmt: FormatOption = Format.table, out: OutOption = None
) -> None:
    """Tell the events of the folder's history.csv one after another, as they happened."""
    made = api.rollout_history(folder, now=now(), by=actor_or_user(actor), clock=time.perf_counter)
    if fmt is Format.json:
        emit(made, fmt, out)
        return
    exact = fmt is Format.csv or out is not None
    rows = [s if exact else {**s, "at": _day(s["at"]), "finish": _day(s["finish"])} for s in made["steps"]]
    emit(
        rows,
        fmt,
        out,
        columns=("n", "at", "kind", "site", "crew", "seconds", "finish"),
        title=f"{made['told']} events told",
    )


def _told(one: dict[str, Any], but: tuple[str, ...] = ("n", "at", "known", "kind", "by", "undone")) -> str:
    """The fields of an event in words."""
    return "".join(
        f" {name} {_day(value) if name == 'until' else value}" for name, value in one.items() if name not in but
    )


def _clock(text: str | None) -> str:
    return "-" if not text else text[11:16]


def _day(text: str | None) -> str:
    """A time as a dispatcher reads it: month, day, hour, minute."""
    return "-" if not text else f"{text[5:10]} {text[11:16]}"


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
    commands.command("event")(event)
    commands.command("what-if")(what_if)
    commands.command("events")(events)
    commands.command("board")(board)
    commands.command("replay")(replay)
    commands.command("history")(history)
