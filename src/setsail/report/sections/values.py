"""How figures of records are told: values with their precision, days and how they are known, sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from setsail.report.blocks import Cell, Link, safe_url
from setsail.report.words import Words, step_of
from setsail.standards import facts

Record = Mapping[str, Any]
KNOWN_HOW = ("seen", "estimated", "recalled", "from source address", "month from source address")
SHOWN_SOURCES = 3


def point_step(point: Record) -> float:
    """The place to which a piece of evidence is worth writing."""
    return step_of(point["low"], point["high"], point["value"], point["figures"])


def verdict_step(verdict: Record) -> float:
    """The place of a verdict's value: that of the evidence it was taken from."""
    for point in verdict["evidence"]:
        if point["period"] == verdict["value_period"] and point["value"] == verdict["value"]:
            return point_step(point)
    return step_of(verdict["value_low"], verdict["value_high"], verdict["value"])


def qualified(told: str, qualifier: str, words: Words) -> str:
    """A value with `over` or `about` before it where it was printed so."""
    return told if qualifier == "exact" else words(f"qualifier.{qualifier}", value=told)


def point_value(point: Record, words: Words) -> str:
    """The value of a piece of evidence with its unit."""
    return qualified(words.value(point["value"], point["unit"], point_step(point)), point["qualifier"], words)


def band_text(low: float | None, high: float | None, unit: str, step: float, words: Words) -> str:
    """What the print allows, in words; empty where nothing is known of it."""
    if low is None or low == high:
        return ""
    finer = step / 10 if step else 0.0
    if high is None:
        return words("band.from", low=words.value(low, unit, finer))
    return words("band.between", low=words.number(low, finer), high=words.value(high, unit, finer))


def figure_step(figure: Record) -> float:
    """The place to which a published figure was printed."""
    return float(figure["step"])


def figure_value(figure: Record, words: Words) -> str:
    """A published figure with its unit."""
    told = words.value(figure["value"], figure["unit"], figure_step(figure))
    return qualified(told, figure["qualifier"], words)


def mark_of(point: Record) -> str:
    """How a piece of evidence is known: the weakest mark of its figures; computed from published ones is derived."""
    marks = {f["mark"] for f in point["figures"]}
    for weak in ("synthetic", "recalled", "assumed", "unverified", "modelled"):
        if weak in marks:
            return weak
    return "derived" if point["origin"] == "computed" else next(iter(marks), "published")


def known_cell(point_known: str, figures: Sequence[Record], words: Words) -> Cell:
    """The day a figure became known, and how that day is known."""
    told = next((f["known_mark"] for f in figures if f["known_on"] == point_known), "")
    how = told.split(":", maxsplit=1)[0].strip()
    word = words(f"known.{how.replace(' ', '_')}") if how in KNOWN_HOW else words("known.not_said")
    return Cell(point_known, sub=word, title=told, look="nowrap")


def source_link(figure: Record) -> Link:
    """Where one figure was read, named by its publisher."""
    source_id = figure["source_id"] or ""
    known = facts.sources().get(source_id)
    url = safe_url(figure.get("source_url") or source_id)
    text = known.publisher or known.title if known else source_id
    title = " · ".join(part for part in (figure.get("clause") or "", figure.get("note") or "") if part)
    return Link(text, url, title)


def source_links(figures: Sequence[Record]) -> tuple[Link, ...]:
    """The sources of several figures, each once."""
    found: dict[tuple[str, str], Link] = {}
    for figure in figures:
        link = source_link(figure)
        if link.text:
            found.setdefault((link.text, link.url), link)
    return tuple(found.values())


def source_line(figures: Sequence[Record], words: Words) -> str:
    """The sources of a figure in one line, those with most figures first."""
    names: dict[str, int] = {}
    for figure in figures:
        text = source_link(figure).text
        if text:
            names[text] = names.get(text, 0) + 1
    ordered = sorted(names, key=lambda name: (-names[name], name))
    if not ordered:
        return words("sources.not_named")
    shown = words("list.comma").join(ordered[:SHOWN_SOURCES])
    more = len(ordered) - SHOWN_SOURCES
    return words("sources.line_more", names=shown, n=more) if more > 0 else words("sources.line", names=shown)
