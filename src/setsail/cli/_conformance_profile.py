"""`setsail conformance profiles | profile show | profile diff`: what is checked, and by which source."""

from __future__ import annotations

from typing import Annotated

import typer

from setsail import api
from setsail.cli._design_verify import LangOption, SlotsOption
from setsail.cli.common import Format, FormatOption, OutOption, app, emit, say

LIST_COLUMNS = ("profile", "version", "name_en", "checks", "computed", "measured", "declared", "open")
DIMENSION_COLUMNS = ("name", "checks", "computed", "measured", "declared", "open")
CHECK_COLUMNS = ("check", "label", "op", "limit", "unit", "kind", "method", "mark", "source")
DIFF_COLUMNS = ("check", "kind", "what", "version_before", "version_after", "limit_before", "limit_after")


def profiles(fmt: FormatOption = Format.table, out: OutOption = None) -> None:
    """Profiles of this installation, with their number of checks and how they are found."""
    emit(api.conformance_profiles(), fmt, out, columns=LIST_COLUMNS)


def show(
    name: Annotated[str, typer.Argument(help="A shipped profile, or the folder of your own.")],
    slots: SlotsOption = None,
    lang: LangOption = "en",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """One profile: counts by dimension, shares computed, measured and declared, and every check with its source."""
    found = api.conformance_profile_show(name, slots=slots, lang=lang)
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    if fmt is Format.csv or out is not None:
        emit(found["rows"], fmt, out, columns=tuple(found["rows"][0]) if found["rows"] else CHECK_COLUMNS)
        return
    emit(
        found["dimensions"], fmt, None, columns=DIMENSION_COLUMNS, title=f"{found['name']}, version {found['version']}"
    )
    emit(found["rows"], fmt, None, columns=CHECK_COLUMNS, title="Checks")
    say(f"note: {found['note']}")
    say(f"note: {found['measured_at_accept']} of {found['checks']} checks are measured at acceptance by a log")


def diff(
    before: Annotated[str, typer.Argument(help="A shipped profile, or a folder.")],
    after: Annotated[str, typer.Argument(help="Another, or a later version.")],
    slots: SlotsOption = None,
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Checks added, removed and changed: those that have to be run again."""
    found = api.conformance_profile_diff(before, after, slots=(None, slots))
    emit(
        found if fmt is Format.json else found["changes"], fmt, out, columns=() if fmt is Format.json else DIFF_COLUMNS
    )


def register(commands: typer.Typer) -> None:
    """Adds the commands to the group."""
    commands.command("profiles")(profiles)
    one = app("One profile: show it, or compare two.")
    one.command("show")(show)
    one.command("diff")(diff)
    commands.add_typer(one, name="profile")
