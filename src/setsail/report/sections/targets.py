"""One block per target: the sentence, the facts, the figure over time and the evidence beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from setsail.base.period import parse_period
from setsail.report.blocks import Block, Cell, Fact, Table, columns
from setsail.report.figures import timeline
from setsail.report.figures.timeline import Dot, Series, Timeline
from setsail.report.sections import outlook
from setsail.report.sections.values import (
    band_text,
    figure_value,
    known_cell,
    mark_of,
    point_step,
    point_value,
    qualified,
    source_line,
    source_links,
    verdict_step,
)
from setsail.report.svg import Figure
from setsail.report.words import Words

Record = Mapping[str, Any]


def target_text(verdict: Record, words: Words) -> str:
    """A target as it is read: at least 40 %."""
    if verdict["target"] is None:
        return words("target.none")
    shown = words.value(verdict["target"], verdict["unit"])
    return words(f"comparator.{verdict['comparator']}", value=shown)


def name_of(verdict: Record, target: Record | None, words: Words) -> str:
    """The name of the target's indicator: in the plan's words, else the indicator's own."""
    own = words.named(target or verdict)
    return own or words.indicator(verdict["indicator"])


def value_text(verdict: Record, words: Words) -> str:
    """The value that a verdict tells, with its unit."""
    if verdict["value"] is None:
        return words("none")
    told = words.value(verdict["value"], verdict["unit"], verdict_step(verdict))
    return qualified(told, _qualifier(verdict), words)


def _qualifier(verdict: Record) -> str:
    for point in verdict["evidence"]:
        if point["period"] == verdict["value_period"] and point["value"] == verdict["value"]:
            return str(point["qualifier"])
    return "exact"


def block(number: int, verdict: Record, target: Record | None, plan_id: str, words: Words) -> Block:
    """The block of one verdict; `plan_id`: the plan of the page, which need not be the one that sets the target."""
    block_id = f"target-{number}"
    name = name_of(verdict, target, words)
    figures = [f for p in verdict["evidence"] for f in p["figures"]] + list(verdict["related"])
    empty = "" if verdict["evidence"] else words("empty.no_evidence", known_on=words.period(verdict["known_on"]))
    return Block(
        id=block_id,
        heading=sentence(verdict, name, words),
        verdict=verdict["verdict"],
        verdict_word=words(f"verdict.{verdict['verdict']}"),
        facts=tuple(_facts(verdict, target, plan_id, words)),
        figure=_figure(block_id, verdict, name, words) if verdict["evidence"] else None,
        source_line=source_line(figures, words) if figures else "",
        table=_table(block_id, verdict, name, words),
        extra=outlook.table(block_id, verdict, words),
        empty=empty,
        next_step=_next_step(verdict, words) if empty else "",
    )


def sentence(verdict: Record, name: str, words: Words) -> str:
    """The heading of a target: what is so, as a sentence."""
    parts = {
        "name": name,
        "target": target_text(verdict, words),
        "goal": words.value(verdict["target"], verdict["unit"]),
        "deadline": words.period(verdict["deadline"]),
        "value": value_text(verdict, words),
        "period": words.period(verdict["value_period"] or ""),
    }
    outcome, known = verdict["verdict"], verdict["value"] is not None
    if verdict["target"] is None:
        return words("says.monitor_value" if known else "says.monitor", **parts)
    if outcome == "not_provable" and verdict["crossed_before"]:
        return words("says.not_provable_crossed", span=crossing_text(verdict, words), **parts)
    if outcome == "open" and known and (verdict["distance"] or 0) >= 0 and verdict["comparator"] in (">=", ">"):
        return words("says.open_reached", **parts)
    return words(f"says.{outcome}" if known else f"says.{outcome}_unknown", **parts)


def crossing_text(verdict: Record, words: Words) -> str:
    """The months between which the target was crossed."""
    before = words.period(verdict["crossed_before"])
    if not verdict["crossed_after"]:
        return words("crossing.by", before=before)
    return words("crossing.between", after=words.period(verdict["crossed_after"]), before=before)


def _facts(verdict: Record, target: Record | None, plan_id: str, words: Words) -> Iterator[Fact]:
    unit, step = verdict["unit"], verdict_step(verdict)
    if verdict["value"] is not None:
        band = band_text(verdict["value_low"], verdict["value_high"], unit, step, words)
        period = words.period(verdict["value_period"])
        label = words("fact.value")
        yield Fact(
            label, value_text(verdict, words), words.join(period, band), title=_exact(verdict["value"]), strong=True
        )
    key = "fact.inherited" if verdict["inherited"] else "fact.set_by"
    inherited = words(key, plan=verdict["plan"]) if verdict["inherited"] or verdict["plan"] != plan_id else ""
    yield Fact(
        words("fact.target"), target_text(verdict, words), words.join(_due(verdict, words), inherited), strong=True
    )
    if verdict["crossed_before"]:
        yield Fact(words("fact.crossed"), crossing_text(verdict, words), strong=True)
    if verdict["distance"] is not None:
        yield Fact(words("fact.distance"), distance_text(verdict, words), strong=True)
    yield from _paces(verdict, words)
    yield from outlook.facts(verdict, words)
    yield Fact(words("fact.basis"), words(f"basis.{verdict['basis']}"), words.phrase(verdict["reason"]))
    if verdict["settled_by"] and verdict["evidence"] and verdict["verdict"] in ("not_provable", "open"):
        yield Fact(words("fact.settled_by"), words.phrase(verdict["settled_by"]))
    if target and target["definition_version"] not in ("", "1"):
        yield Fact(words("fact.definition"), words.phrase(target["definition_version"]))
    for note in verdict["notes"]:
        yield Fact(words("fact.note"), words.phrase(note))


def distance_text(verdict: Record, words: Words) -> str:
    """How far the value lies from the target."""
    distance = verdict["distance"]
    step = verdict_step(verdict)
    if distance and _qualifier(verdict) != "exact":  # printed roughly: the place of the print hides the target's
        step = min(step, 10.0 ** (math.floor(math.log10(abs(distance))) - 1))
    told = words.value(abs(distance), points_unit(verdict["unit"]), step)
    if _qualifier(verdict) == "over":
        return words("distance.above_over" if distance >= 0 else "distance.below_over", value=told)
    return words(f"distance.{'above' if distance >= 0 else 'below'}", value=qualified(told, _qualifier(verdict), words))


def _paces(verdict: Record, words: Words) -> Iterator[Fact]:
    recent, needed = verdict["pace_recent_per_year"], verdict["pace_needed_per_year"]
    told = pace(recent, verdict["unit"], words) if recent is not None else ""
    if needed is not None:
        beside = words("pace.recent", value=told) if told else ""
        yield Fact(words("fact.pace_needed"), pace(needed, verdict["unit"], words), beside)
    elif told and verdict["verdict"] == "open":
        yield Fact(words("fact.pace_recent"), told)


def pace(value: float, unit: str, words: Words) -> str:
    """A change per year, to three digits."""
    size = 10.0 ** (len(str(int(abs(value)))) - 3) if abs(value) >= 1 else 0.01
    return words("per_year", value=words.value(value, points_unit(unit), max(size, 0.01)))


def points_unit(unit: str) -> str:
    """The unit of a difference: percentage points for shares."""
    return {"percent": "percentage_points", "percent_per_year": "percentage_points"}.get(unit, unit)


def _due(verdict: Record, words: Words) -> str:
    return words("due", deadline=words.period(verdict["deadline"]))


def _next_step(verdict: Record, words: Words) -> str:
    if verdict["settled_by"]:
        return words("empty.settled_by", what=words.phrase(verdict["settled_by"]))
    return words("empty.bring", indicator=verdict["indicator"])


def _exact(value: float) -> str:
    return f"{value:.10g}"


# ---- the figure over time --------------------------------------------------------------------------------------------


def _figure(block_id: str, verdict: Record, name: str, words: Words) -> Figure:
    series = tuple(_series(verdict, words))
    title = words("figure.over_time", name=name)
    crossing = _crossing(verdict)
    shown = Timeline(
        id=f"{block_id}-figure",
        title=title,
        desc=_description(verdict, words),
        unit=verdict["unit"],
        series=series,
        target=verdict["target"],
        deadline=_at(verdict["deadline"]),
        target_label=words("figure.target", target=target_text(verdict, words), deadline=verdict["deadline"]),
        crossing=crossing,
        crossing_label=_crossing_label(verdict, words),
        forecast=tuple(outlook.ahead(verdict)),
        forecast_label=words("figure.forecast"),
    )
    return timeline.draw(shown, words)


def _description(verdict: Record, words: Words) -> str:
    n = len(verdict["evidence"])
    first, last = verdict["evidence"][0], verdict["evidence"][-1]
    parts = {
        "first": point_value(first, words),
        "first_period": words.period(first["period"]),
        "last": point_value(last, words),
        "last_period": words.period(last["period"]),
    }
    return words(
        "figure.desc", n=n, target=target_text(verdict, words), deadline=words.period(verdict["deadline"]), **parts
    )


def _series(verdict: Record, words: Words) -> Iterator[Series]:
    by_definition: dict[str, list[Record]] = {}
    for point in verdict["evidence"]:
        by_definition.setdefault(point["definition"], []).append(point)
    replaced = superseded(verdict["evidence"])
    biggest = sorted(by_definition, key=lambda d: -len(by_definition[d]))
    shared = _shared_denominator(biggest)
    for name in biggest:
        dots = tuple(_dot(p, id(p) in replaced, words) for p in by_definition[name])
        yield Series(words.definition(name.removesuffix(shared)), dots)
    aside: dict[tuple[str, str], list[Record]] = {}
    for figure in verdict["related"]:
        if figure["unit"] == verdict["unit"]:
            aside.setdefault((figure["indicator"], figure["definition"]), []).append(figure)
    for (_, definition), figures in aside.items():
        yield Series(words.definition(definition), tuple(_aside(f, words) for f in figures), decides=False)


def _shared_denominator(names: Sequence[str]) -> str:
    """The part ` / denominator` that all computed definitions have in common; empty where they differ."""
    tails = {" / " + name.split(" / ", maxsplit=1)[1] for name in names if " / " in name}
    return tails.pop() if len(tails) == 1 else ""


def superseded(evidence: Sequence[Record]) -> set[int]:
    """Which points (by identity) a later one of the same definition and period has taken the place of."""
    last: dict[tuple[str, str, str], Record] = {}
    for point in evidence:
        key = (point["period"], point["definition"], point["industry"] or "")
        if key not in last or point["known_on"] >= last[key]["known_on"]:
            last[key] = point
    kept = {id(point) for point in last.values()}
    return {id(point) for point in evidence if id(point) not in kept}


def _dot(point: Record, replaced: bool, words: Words) -> Dot:
    links = source_links(point["figures"])
    named = words("list.comma").join(link.text for link in links)
    tip = words(
        "figure.tip",
        period=words.period(point["period"]),
        value=point_value(point, words),
        definition=words.definition(point["definition"]),
        known_on=point["known_on"],
        sources=named or words("sources.not_named"),
    )
    at = parse_period(point["period"]).year_fraction
    return Dot(at, point["value"], point["low"], point["high"], point["qualifier"], tip, replaced, point["weak"])


def _aside(figure: Record, words: Words) -> Dot:
    tip = f"{words.period(figure['period'])}: {figure_value(figure, words)}; {words('figure.aside')}"
    at = parse_period(figure["period"]).year_fraction
    return Dot(at, figure["value"], None, None, "exact", tip)


def _at(day: str) -> float:
    return parse_period(day).year_fraction


def _crossing(verdict: Record) -> tuple[float | None, float] | None:
    if not verdict["crossed_before"]:
        return None
    after = verdict["crossed_after"]
    return (_at(after) if after else None), _at(verdict["crossed_before"])


def _crossing_label(verdict: Record, words: Words) -> str:
    if not verdict["crossed_before"]:
        return ""
    return words("figure.crossed", after=verdict["crossed_after"] or "…", before=verdict["crossed_before"])


# ---- the table beside it ---------------------------------------------------------------------------------------------


def _table(block_id: str, verdict: Record, name: str, words: Words) -> Table | None:
    rows = [_row(p, verdict, words) for p in _newest_first(verdict["evidence"])]
    rows += [_related_row(f, words) for f in reversed(verdict["related"])]
    if not rows:
        return None
    labels = [words(f"column.{c}") for c in ("period", "value", "definition", "known_on", "source")]
    unit = words.unit(verdict["unit"])
    labels[1] = words("column.value_in", unit=unit) if unit and verdict["evidence"] else labels[1]
    heads = columns(labels, (1,))
    key = "table.evidence" if verdict["evidence"] else "table.aside"
    return Table(f"{block_id}-table", words(key, name=name), heads, tuple(rows))


def _newest_first(evidence: Sequence[Record]) -> list[Record]:
    return list(reversed(evidence))


def _row(point: Record, verdict: Record, words: Words) -> tuple[Cell, ...]:
    gone = id(point) in superseded(verdict["evidence"])
    chosen = point["value"] == verdict["value"] and point["period"] == verdict["value_period"]
    mark = mark_of(point)
    tag = words("status.superseded") if gone else words("status.decides") if chosen else ""
    industry = f"{point['industry']}: " if point["industry"] else ""
    band = _band(point, words)
    return (
        Cell(point["period"], head=True, look="nowrap", title=words.period(point["period"])),
        Cell(
            qualified(words.short_or_full(point["value"], point_step(point)), point["qualifier"], words),
            title=band or _exact(point["value"]),
            look="gone" if gone else "chosen" if chosen else "",
        ),
        Cell(
            industry + words.definition(point["definition"]),
            sub=words.join(words(f"mark.{mark}"), tag),
            icon=f"m-{mark}",
        ),
        known_cell(point["known_on"], point["figures"], words),
        Cell(links=source_links(point["figures"])),
    )


def _band(point: Record, words: Words) -> str:
    return band_text(point["low"], point["high"], point["unit"], point_step(point), words)


def _related_row(figure: Record, words: Words) -> tuple[Cell, ...]:
    told = words.indicator(figure["indicator"])
    status = (words.definition(figure["definition"]), words(f"mark.{figure['mark']}"), words("status.aside"))
    sub = words.join(*status)
    return (
        Cell(figure["period"], head=True, look="nowrap", title=words.period(figure["period"])),
        Cell(figure_value(figure, words), look="aside"),
        Cell(told, sub=sub, icon=f"m-{figure['mark']}"),
        known_cell(figure["known_on"], [figure], words),
        Cell(links=source_links([figure])),
    )
