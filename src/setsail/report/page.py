"""The report page: from records to one HTML text that stands alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from importlib.resources import files
from itertools import groupby
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from setsail.report.blocks import Block, Page, Section
from setsail.report.inputs import GapInput, Inputs, figures_used
from setsail.report.sections import changes, definitions, index, maps, regions, sources, summary, targets, tasks, totals
from setsail.report.words import Words

Record = Mapping[str, Any]


def render(inputs: Inputs, words: Words) -> str:
    """The whole page as HTML: one file without any request to elsewhere."""
    template = _templates().get_template("page.html")
    return template.render(page=page(inputs, words), words=words, style=style())


def page(inputs: Inputs, words: Words) -> Page:
    """What the page says, before it is written as HTML."""
    wanted = [_target(inputs.plan, v) for v in inputs.verdicts]
    title = words.named(inputs.plan, "title")
    figures = figures_used(inputs)
    known = words.period(inputs.known_on.isoformat())
    return Page(
        title=words("page.title", plan=title),
        kicker=words("page.kicker", plan=title, region=words.region(inputs.region), known_on=known),
        heading=summary.answer(inputs.verdicts, words),
        lead=tuple(_lead(inputs, words)),
        tallies=summary.tallies(inputs.verdicts, words),
        summary=summary.table(inputs.verdicts, wanted, words),
        sections=tuple(_sections(inputs, wanted, figures, words)),
        stamp=sources.stamp(inputs, words),
        synthetic=any(f["mark"] == "synthetic" for f in figures),
    )


def style() -> str:
    """The style of the page, carried inside it."""
    return (files("setsail.report") / "templates" / "style.css").read_text(encoding="utf-8")


def _lead(inputs: Inputs, words: Words) -> Iterator[str]:
    yield words("lead.page")
    if inputs.own_data:
        yield words("lead.own_data", file=inputs.own_data)


def _sections(
    inputs: Inputs, wanted: Sequence[Record | None], figures: Sequence[Record], words: Words
) -> Iterator[Section]:
    blocks = [
        targets.block(i, v, t, inputs.plan["id"], words)
        for i, (v, t) in enumerate(zip(inputs.verdicts, wanted, strict=True))
    ]
    yield Section("targets", words("section.targets"), tuple(blocks), (words("lead.targets"),))
    if inputs.compared_with and inputs.earlier:
        days = (inputs.compared_with, inputs.known_on)
        yield changes.section(inputs.verdicts, inputs.earlier, wanted, days, words)
    yield definitions.section(inputs.rankings, _definitions(figures_used(inputs, regional=False)), words)
    compared = tuple(_regions(inputs, words))
    if compared or any(f["region"] != inputs.region for f in inputs.regional):
        nothing = Block("regions-none", words("says.no_regions"), empty=words("empty.regions"))
        yield Section("regions", words("section.regions"), compared or (nothing,))
    yield tasks.section(inputs.tasks, words)
    yield sources.section(figures, inputs, words)


def _regions(inputs: Inputs, words: Words) -> Iterator[Block]:
    for number, gaps in enumerate(_by_indicator(inputs.gaps)):
        yield regions.gap_block(number, gaps, words)
        drawn = maps.block(gaps[-1].rows, words.named(gaps[-1].target), words) if number == 0 else None
        if drawn:
            yield drawn
    for number, found in enumerate(inputs.indices):
        yield index.block(number, found, words)
    if inputs.totals:
        yield totals.block(inputs.totals, words)


def _by_indicator(gaps: Sequence[GapInput]) -> list[list[GapInput]]:
    """Distances to targets of the same indicator together; the most regions with a figure first."""
    found = [list(same) for _, same in groupby(gaps, key=lambda g: g.target["indicator"])]
    return sorted(found, key=lambda same: -sum(r["value"] is not None for r in same[-1].rows))


def _target(plan: Record, verdict: Record) -> Record | None:
    """The target of the plan that a verdict judges; none for one that another plan of the cascade sets."""
    for target in plan["targets"]:
        if target["indicator"] == verdict["indicator"] and target["deadline"] == verdict["deadline"]:
            found: Record = target
            return found
    return None


def _definitions(figures: Sequence[Record]) -> list[tuple[str, str]]:
    return sorted({(f["indicator"], f["definition"]) for f in figures if f["definition"]})


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("setsail.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
