"""What lies ahead of the last figure: the forecast at the deadline, its model, and how the model fared when tested."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from setsail.base.period import parse_period
from setsail.report.blocks import Cell, Fact, Table, columns
from setsail.report.figures.timeline import Ahead
from setsail.report.words import Words, step_of

Record = Mapping[str, Any]


def shown(verdict: Record) -> Record | None:
    """The forecast of a target that is still open; a closed one needs none."""
    forecast: Record | None = verdict.get("forecast")
    return forecast if forecast and verdict["verdict"] == "open" and verdict["target"] is not None else None


def ahead(verdict: Record) -> Iterator[Ahead]:
    """The path of the forecast for the figure, from the last figure of its series on."""
    forecast = shown(verdict)
    if not forecast or not forecast["made"]:
        return
    definition = str(forecast["series"]).partition(": ")[2]
    last = [p for p in verdict["evidence"] if p["definition"] == definition and p["qualifier"] != "over"]
    if last:
        start = last[-1]
        yield Ahead(_at(start["period"]), start["value"], start["value"], start["value"])
    for step in forecast["path"]:
        yield Ahead(_at(step["period"]), step["value"], step["low"], step["high"])


def facts(verdict: Record, words: Words) -> Iterator[Fact]:
    """What the forecast says, or why there is none."""
    forecast = shown(verdict)
    if forecast is None:
        return
    label = words("fact.forecast")
    if not forecast["made"]:
        yield Fact(label, words("forecast.none"), words.phrase(forecast["reason"]))
        return
    at = forecast["at_deadline"]
    if at:
        step = step_of(at["low"], at["high"], at["value"]) / 10
        unit = verdict["unit"]
        band = words("forecast.band", low=words.number(at["low"], step), high=words.value(at["high"], unit, step))
        beyond = words("forecast.beyond") if at["beyond_back_test"] else ""
        yield Fact(
            label,
            words.value(at["value"], unit, step),
            words.join(words.period(at["period"]), band, beyond),
            strong=True,
        )
    if forecast["probability"] is not None:
        yield Fact(words("fact.probability"), _chance(forecast["probability"], words), strong=True)
    if forecast["crossing"]:
        yield Fact(words("fact.crossing_ahead"), _crossing(forecast["crossing"], words))
    yield Fact(words("fact.model"), model_name(forecast["model"], words), _tested(forecast, words))
    for note in forecast["notes"]:
        yield Fact(words("fact.forecast_note"), words.phrase(note))


def _crossing(crossing: Record, words: Words) -> str:
    never = words("crossing.not_within", years=words.number(crossing["search_years"]))
    expected, earliest, latest = (
        words.period(crossing[k]) if crossing[k] else "" for k in ("expected", "earliest", "latest")
    )
    if not earliest:
        return words.join(expected or never)
    key = "crossing.ahead" if latest else "crossing.ahead_open"
    return words(key, expected=expected or never, earliest=earliest, latest=latest or never)


def _tested(forecast: Record, words: Words) -> str:
    coverage, error = forecast["coverage"], forecast["error_ratio"]
    if not coverage or coverage["issued"] is None or error is None:
        return words("forecast.untested")
    return words(
        "forecast.tested",
        error=words.value(100 * error, "percent", 0.1),
        coverage=_share(coverage["issued"], words),
        n=coverage["points"],
        origins=coverage["origins"],
    )


def model_name(name: str, words: Words) -> str:
    """The name of a model, part by part in the language of the page."""
    return words("list.comma").join(words.phrase(part) for part in name.split(", "))


def table(block_id: str, verdict: Record, words: Words) -> Table | None:
    """The back-test: error and coverage of each model by horizon."""
    forecast = shown(verdict)
    if not forecast or not forecast["backtest"]:
        return None
    rows = forecast["backtest"]
    horizons = sorted({(r["from_years"], r["to_years"]) for r in rows})
    by = {(r["model"], (r["from_years"], r["to_years"])): r for r in rows}
    heads = [words("column.model")]
    heads += [words("column.horizon", low=f"{a:g}", high=f"{b:g}") for a, b in horizons]
    body = []
    for model in dict.fromkeys(r["model"] for r in rows):
        chosen = model == forecast["model"]
        name = Cell(model_name(model, words), sub=words("forecast.chosen") if chosen else "", head=True)
        body.append((name, *(_error(by.get((model, h)), words) for h in horizons)))
    caption = words("table.backtest", n=forecast["points"])
    return Table(f"{block_id}-backtest", caption, columns(heads, range(1, len(heads))), tuple(body))


def _error(row: Record | None, words: Words) -> Cell:
    if row is None or row["mape"] is None:
        return Cell(words("none"))
    held = words("forecast.held", coverage=_share(row["coverage"], words), n=row["points"])
    return Cell(words.value(100 * row["mape"], "percent", 0.1), sub=held)


def _share(ratio: float, words: Words) -> str:
    return words.value(100 * ratio, "percent", 1.0)


def _chance(probability: float, words: Words) -> str:
    """A probability in whole percent; never told as certain."""
    if probability >= 0.995:
        return words("chance.over", value=words.value(99.0, "percent", 1.0))
    if probability < 0.005:
        return words("chance.under", value=words.value(1.0, "percent", 1.0))
    return _share(probability, words)


def _at(period: str) -> float:
    return parse_period(period).year_fraction
