"""`setsail monitor report`: one self-contained page."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from setsail import api
from setsail.cli.common import FINAL_PLAN, KnownOnOption, ObservationsOption, PlanOption, day_or_today, now, spinner


class Language(StrEnum):
    """Languages of the page."""

    en = "en"
    zh = "zh"


def report(
    plan: PlanOption = FINAL_PLAN,
    data: ObservationsOption = None,
    region: Annotated[str | None, typer.Option(help="Judge this region: the targets cascade to it.")] = None,
    known_on: KnownOnOption = None,
    language: Annotated[Language, typer.Option("--language", "-l", help="Language of the page.")] = Language.en,
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write.")] = Path("report.html"),
) -> None:
    """One page (HTML, self-contained): verdicts, figures with their tables, and where each number came from."""
    day, at = day_or_today(known_on), now()
    with spinner("writing the report"):
        path = api.report(
            plan, known_on=day, out=out, data=data, region=region, language=language.value, generated_at=at
        )
    typer.echo(str(path))
