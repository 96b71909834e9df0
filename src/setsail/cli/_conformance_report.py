"""`setsail conformance report`: a judged design as pages for people and as OSCAL assessment results."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli._design_verify import FolderArgument, ProfileOption, SlotsOption, StageOption
from setsail.cli.common import Format, FormatOption, emit, now, spinner

LogOption = Annotated[
    Path | None, typer.Option("--log", help="Walk log of the built network, for the stages accept and operate.")
]
ProbeOption = Annotated[Path | None, typer.Option("--probe", help="Probe log beside the walk log.")]
LanguageOption = Annotated[str, typer.Option("--language", help="en or zh.")]
COLUMNS = ("report", "json", "pass", "fail", "inconclusive", "not_measurable")


def report(
    folder: FolderArgument,
    out: Annotated[Path, typer.Option("--out", "-o", help="PDF file to write.")],
    json: Annotated[Path | None, typer.Option("--json", help="Also write OSCAL assessment results here.")] = None,
    profile: ProfileOption = "hospital",
    slots: SlotsOption = None,
    stage: StageOption = "design",
    log: LogOption = None,
    probe: ProbeOption = None,
    language: LanguageOption = "en",
    fmt: FormatOption = Format.table,
) -> None:
    """PDF with plans, heat maps, findings, delay budgets and open items; failed checks are told, not refused."""
    with spinner("judging and typesetting"):
        done = api.conformance_report(
            folder, now=now(), out=out, json=json, profile=profile, slots=slots, stage=stage, log=log, probe=probe,
            language=language,
        )  # fmt: skip
    emit(done, fmt, None, columns=COLUMNS if fmt is not Format.json else ())


def register(commands: typer.Typer) -> None:
    """Adds the command to the group."""
    commands.command("report")(report)
