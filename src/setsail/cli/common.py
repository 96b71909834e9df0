"""What every command shares: options, output, and the one table from error to exit code."""

from __future__ import annotations

import csv
import getpass
import io
import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from setsail.base.errors import BadInput, OutOfRange
from setsail.base.period import parse_day
from setsail.base.writing import write_whole

Record = Mapping[str, Any]


class Format(StrEnum):
    """How results are written."""

    table = "table"
    json = "json"
    csv = "csv"


FormatOption = Annotated[Format, typer.Option("--format", "-f", help="How results are written.")]
OutOption = Annotated[Path | None, typer.Option("--out", "-o", help="Write to this file instead of standard output.")]
WorkspaceOption = Annotated[
    Path, typer.Option("--workspace", "-w", envvar="SETSAIL_WORKSPACE", help="Folder that holds your data sets.")
]
ActorOption = Annotated[
    str | None, typer.Option("--actor", envvar="SETSAIL_ACTOR", help="Who does this, for the audit trail.")
]
FINAL_PLAN = "cn-set-sail-2021-final"
PlanOption = Annotated[str, typer.Option("--plan", "-p", help="Id of a shipped plan, or a plan's TOML file.")]
ObservationsOption = Annotated[
    Path | None, typer.Option("--data", "-d", help="Your observations (CSV) instead of the shipped ones.")
]
KnownOnOption = Annotated[
    str | None, typer.Option("--known-on", metavar="YYYY-MM-DD", help="Judge with what was known on that day.")
]
WIDTH_IN_PIPES = 180
"""Characters of a table that no terminal shows."""
FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")
"""With which a cell begins that spreadsheets take for a formula."""
WRAPPED_ABOVE = 40
"""Characters above which a column of a table may break its lines."""
DEFAULT_WORKSPACE = Path("workspace")


def app(help_text: str) -> typer.Typer:
    """A group of commands."""
    return typer.Typer(help=help_text, no_args_is_help=True, add_completion=False, rich_markup_mode=None)


def now() -> datetime:
    """The clock; only a door reads it. `SETSAIL_NOW` (ISO 8601) replaces it, to replay a run."""
    text = os.environ.get("SETSAIL_NOW")
    if not text:
        return datetime.now(UTC)
    try:
        at = datetime.fromisoformat(text)
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="SETSAIL_NOW", allowed="ISO 8601") from err
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def today() -> date:
    """The day of `now`."""
    return now().date()


def actor_or_user(actor: str | None) -> str:
    """The name of `--actor`, or that of the user at the machine."""
    return actor or getpass.getuser()


def day_or_today(text: str | None) -> date:
    """The day of `--known-on`, or today. Raises OutOfRange for a day that is still to come."""
    if not text:
        return today()
    day = parse_day(text, "--known-on")
    if day > today():
        raise OutOfRange(f"is {day}, a day to come", where="--known-on", allowed=f"up to today, {today()}")
    return day


def emit(
    records: Sequence[Record] | Record, fmt: Format, out: Path | None, *, columns: Sequence[str] = (), title: str = ""
) -> None:
    """Writes records: all their keys as JSON, or `columns` as a table or CSV.

    columns : which keys, in which order; empty for those of the first record.
    """
    rows: Sequence[Record] = [records] if isinstance(records, Mapping) else records
    shown = list(columns) or (list(rows[0]) if rows else [])
    if fmt is Format.json:
        text = json.dumps(records, ensure_ascii=False, indent=2, default=_plain, allow_nan=False) + "\n"
    elif fmt is Format.csv:
        text = _csv(rows, shown)
    elif out is None:
        _print_table(rows, shown, title)
        return
    else:
        text = _csv(rows, shown)
    write_out(text, out)


def write_out(text: str, out: Path | None) -> None:
    """Writes text to standard output, or to a file that is whole or not there."""
    if out is None:
        sys.stdout.write(text)
        return
    write_whole(out, text)


def say(text: str) -> None:
    """A line for the person, on standard error."""
    sys.stderr.write(text + "\n")


@contextmanager
def spinner(what: str) -> Iterator[None]:
    """Shows what is being done where standard error is a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(what):
        yield


def cell(value: object) -> str:
    """One value as shown in a table."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:,.4g}" if abs(value) < 1000 else f"{value:,.0f}"
    if isinstance(value, list | tuple):
        return ", ".join(cell(v) for v in value)
    return str(value)


def _print_table(rows: Sequence[Record], columns: Sequence[str], title: str) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    width = None if sys.stdout.isatty() else WIDTH_IN_PIPES
    console = Console(file=sys.stdout, width=width, highlight=False, markup=False)
    texts = {name: [cell(row.get(name)) for row in rows] for name in columns}
    widest = {name: max(map(len, [name, *texts[name]])) for name in columns}
    narrow = {name for name in columns if widest[name] <= WRAPPED_ABOVE}
    fits = sum(widest[name] for name in narrow) + 12 * (len(columns) - len(narrow)) + 3 * len(columns) <= console.width
    table = Table(title=title or None, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for name in columns:
        numeric = any(isinstance(r.get(name), int | float) for r in rows)
        side: Literal["left", "right"] = "right" if numeric else "left"
        table.add_column(name, justify=side, overflow="fold", no_wrap=fits and name in narrow)
    for row in zip(*texts.values(), strict=True):
        table.add_row(*row)
    console.print(table)


def _csv(rows: Sequence[Record], columns: Sequence[str]) -> str:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(["" if row.get(c) is None else _flat(row.get(c)) for c in columns])
    return buffer.getvalue()


def _flat(value: object) -> object:
    """A cell of a CSV: numbers as they are, and no text that a spreadsheet would run as a formula."""
    if isinstance(value, list | tuple | dict):
        return json.dumps(value, ensure_ascii=False, default=_plain)
    risky = isinstance(value, str) and value.startswith(FORMULA_SIGNS) and not _is_number(value)
    return f"'{value}" if risky else value


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _plain(value: object) -> object:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Path):
        return str(value)
    if hasattr(value, "item"):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no JSON form")
