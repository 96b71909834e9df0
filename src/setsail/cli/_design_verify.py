"""`setsail design verify | compare`: what a profile says of a network, and what a change of either does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from setsail import api
from setsail.cli.common import Format, FormatOption, OutOption, emit, say

FolderArgument = Annotated[Path, typer.Argument(help="Folder of the site with its network.")]
ProfileOption = Annotated[str, typer.Option("--profile", help="A shipped profile, or the folder of your own.")]
SlotsOption = Annotated[
    Path | None, typer.Option("--slots", help="CSV with check,clause_ref,threshold of a standard's owner.")
]
StageOption = Annotated[str, typer.Option("--stage", help="design, accept or operate.")]
LangOption = Annotated[str, typer.Option("--language", help="en or zh, for labels and remedies.")]
ROW_COLUMNS = ("rule", "subject", "verdict", "met", "op", "required", "unit", "margin", "cause")
WORST_COLUMNS = ("rule", "label", "subjects", "of", "worst", "met", "op", "required", "unit", "cause", "remedy")
CSV_COLUMNS = (
    "rule", "dimension", "subject", "verdict", "met", "op", "required", "unit", "margin", "cause", "source", "label",
    "remedy", "kind", "severity", "mark", "verified", "evidence", "n", "confidence",
)  # fmt: skip
SHOWN = {"s": ("ms", 1e3), "bit/s": ("Mbit/s", 1e-6)}
"""Units of tables for people; JSON and CSV keep SI."""
CHANGE_COLUMNS = ("rule", "subject", "direction", "verdict_before", "verdict_after", "met_before", "met_after", "unit")


def verify(
    folder: FolderArgument,
    profile: ProfileOption = "hospital",
    slots: SlotsOption = None,
    stage: StageOption = "design",
    each: Annotated[bool, typer.Option("--all", help="Show every finding, not each failed rule at its worst.")] = False,
    lang: LangOption = "en",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """Verdict of each check on each subject; exit code 1 where any fails."""
    found = api.design_verify(folder, profile=profile, slots=slots, stage=stage, lang=lang)
    show_judged(found, fmt, out, each=each)
    if found["failed"]:
        raise typer.Exit(1)


def show_judged(found: dict[str, Any], fmt: Format, out: Path | None, *, each: bool) -> None:
    """A judgement as JSON, as CSV of its findings, or as the dimension table with what failed."""
    if fmt is Format.json:
        emit(found, fmt, out)
        return
    if fmt is Format.csv or out is not None:
        emit(found["findings"], fmt, out, columns=CSV_COLUMNS)
        return
    title = f"{found['site']}: profile {found['profile']} {found['profile_version']}, stage {found['stage']}"
    emit(found["dimensions"], fmt, None, title=title)
    if each:
        emit([_shown(f) for f in found["findings"]], fmt, None, columns=ROW_COLUMNS, title="Every finding")
    elif found["worst"]:
        emit(
            [_shown(w) for w in found["worst"]],
            fmt,
            None,
            columns=WORST_COLUMNS,
            title="What fails: each rule with its worst subject",
        )
    weak = sum(not f["verified"] and f["verdict"] == "inconclusive" for f in found["findings"])
    if weak:
        say(f"note: {weak} inconclusive findings rest on a threshold, need or value whose source was not read")
    say(f"note: {len(found['not_applicable'])} not applicable, {len(found['open_slots'])} open slots")


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row for a person: milliseconds and Mbit/s, and shares with the digits that tell them from 1."""
    unit, factor = SHOWN.get(row["unit"], (row["unit"], 1.0))
    told = dict(row) | {"unit": unit}
    for key in ("met", "required", "margin"):
        value = row.get(key)
        if isinstance(value, float):
            told[key] = f"{value:.9g}" if row["unit"] == "ratio" else value * factor
    return told


def compare(
    before: Annotated[Path, typer.Argument(help="Folder of the first design.")],
    after: Annotated[Path, typer.Argument(help="Folder of the second design; the same one with --to-profile.")],
    profile: ProfileOption = "hospital",
    to_profile: Annotated[str | None, typer.Option("--to-profile", help="Profile that judges the second.")] = None,
    slots: SlotsOption = None,
    stage: StageOption = "design",
    each: Annotated[bool, typer.Option("--all", help="Also where only the value moved.")] = False,
    lang: LangOption = "en",
    fmt: FormatOption = Format.table,
    out: OutOption = None,
) -> None:
    """What is judged otherwise, better or worse; exit code 1 where any verdict is worse."""
    found = api.design_compare(
        before, after, profile=profile, to_profile=to_profile, slots=slots, stage=stage, lang=lang
    )
    rows = [_flat(c) for c in found["changes"] if each or c["verdict_changed"]]
    if fmt is Format.json:
        emit(found, fmt, out)
    else:
        emit(rows, fmt, out, columns=CHANGE_COLUMNS, title="Judged otherwise")
        say(f"note: {found['judged_again']} of {found['findings']} findings were judged again")
    if any(c["direction"] == "worse" and c["verdict_changed"] for c in found["changes"]):
        raise typer.Exit(1)


def _flat(change: dict[str, Any]) -> dict[str, Any]:
    sides = {
        f"{key}_{side}": (change[side] or {}).get(key) for side in ("before", "after") for key in ("verdict", "met")
    }
    return {k: change[k] for k in ("rule", "subject", "direction", "unit")} | sides


def register(commands: typer.Typer) -> None:
    """Adds the commands to the group."""
    commands.command("verify")(verify)
    commands.command("compare")(compare)
