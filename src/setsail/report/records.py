"""Results as plain records: one shape for the command line, the pages and files."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict

from setsail.base.observation import Observation
from setsail.base.record import Record
from setsail.monitor.evidence import Point
from setsail.monitor.forecast.results import Forecast, PathPoint
from setsail.monitor.gap import Gap
from setsail.monitor.needs import Figured, Needs
from setsail.monitor.plan_diff import Difference
from setsail.monitor.ranking import Ranking
from setsail.monitor.verdict import Verdict
from setsail.standards import facts
from setsail.standards.plans import Plan, Target


def verdict_record(verdict: Verdict, plan_id: str, forecast: Forecast | None = None) -> Record:
    """One verdict with all its evidence, and the forecast where one was asked for."""
    target, point = verdict.target, verdict.value_point
    return {
        "indicator": target.indicator,
        "name": target.name_en,
        "region": verdict.region,
        "target": target.target,
        "comparator": target.comparator if target.target is not None else None,
        "unit": target.unit,
        "deadline": target.deadline.isoformat(),
        "verdict": verdict.outcome,
        "basis": verdict.basis,
        "reason": verdict.reason,
        "value": verdict.value,
        "value_period": point.period.text if point else None,
        "value_definition": point.definition if point else None,
        "value_low": _finite(point.band.low) if point else None,
        "value_high": _finite(point.band.high) if point else None,
        "crossed_after": verdict.crossed_after,
        "crossed_before": verdict.crossed_before,
        "distance": verdict.distance,
        "pace_needed_per_year": verdict.pace_needed_per_year,
        "pace_recent_per_year": verdict.pace_recent_per_year,
        "known_on": verdict.known_on.isoformat(),
        "plan": plan_id,
        "inherited": verdict.inherited,
        "group": target.group,
        "verified": target.verified,
        "settled_by": target.settled_by or None,
        "notes": list(verdict.notes),
        "forecast": forecast_record(forecast) if forecast else None,
        "evidence": [point_record(p) for p in verdict.evidence],
        "related": [observation_record(o) for o in verdict.related],
    }


def forecast_record(forecast: Forecast) -> Record:
    """A forecast with its back-test, or the reason why there is none."""
    model, coverage, target = forecast.model, forecast.coverage, forecast.target
    return {
        "made": forecast.made,
        "reason": forecast.reason or None,
        "series": forecast.series,
        "unit": forecast.unit,
        "points": forecast.points,
        "model": model.name if model else None,
        "parameters": {p.name: {"value": p.value, "unit": p.unit} for p in model.parameters} if model else {},
        "error_ratio": forecast.error,
        "interval": 0.8,
        "coverage": asdict(coverage) if coverage else None,
        "width_factor": forecast.width_factor,
        "path": [step_record(s) for s in forecast.path],
        "at_deadline": step_record(target.at_deadline) if target and target.at_deadline else None,
        "probability": target.probability if target else None,
        "crossing": asdict(target.crossing) if target and target.crossing else None,
        "backtest": [asdict(row) for row in forecast.back_test],
        "notes": list(forecast.notes),
    }


def step_record(step: PathPoint) -> Record:
    """One month of a forecast with its 80 % interval."""
    main = step.interval(0.8)
    beyond = step.beyond_back_test
    return {"period": step.month, "value": step.value, "low": main.low, "high": main.high, "beyond_back_test": beyond}


def point_record(point: Point) -> Record:
    """One piece of evidence and the figures it rests on."""
    return {
        "period": point.period.text,
        "value": point.value,
        "low": _finite(point.band.low),
        "high": _finite(point.band.high),
        "unit": point.unit,
        "qualifier": point.qualifier,
        "known_on": point.known.isoformat(),
        "definition": point.definition,
        "origin": point.origin,
        "industry": point.industry or None,
        "weak": point.weak,
        "figures": [observation_record(o) for o in point.parts],
    }


def observation_record(o: Observation) -> Record:
    """One figure as published, with its source."""
    source = facts.sources().get(o.source_id)
    return {
        "indicator": o.indicator,
        "region": o.region,
        "period": o.period.text,
        "value": o.value,
        "unit": o.unit,
        "step": o.step,
        "qualifier": o.qualifier,
        "definition": o.definition,
        "mark": o.mark,
        "known_on": o.known.isoformat(),
        "known_mark": o.known_mark,
        "source_id": o.source_id,
        "source_url": source.url if source else None,
        "clause": o.clause,
        "note": o.note,
    }


def plan_record(plan: Plan) -> Record:
    """A plan with its targets."""
    return {
        "id": plan.id,
        "title_en": plan.title_en,
        "title_zh": plan.title_zh,
        "geography": plan.geography,
        "issued": plan.issued or None,
        "parent": plan.parent or None,
        "follows": plan.follows or None,
        "targets": [target_record(t) for t in plan.targets],
    }


def target_record(target: Target) -> Record:
    """A target as its plan states it."""
    keys = ("indicator", "name_en", "name_zh", "definition", "definition_version", "kind", "numerator", "denominator")
    more = ("unit", "comparator", "target", "target_upper", "geography", "group", "headline", "verified", "source_id")
    record: Record = {key: getattr(target, key) for key in (*keys, *more, "clause", "settled_by")}
    record["deadline"] = target.deadline.isoformat()
    return record


def difference_record(difference: Difference) -> Record:
    """One difference of two plans."""
    d = difference
    return {"kind": d.kind, "indicator": d.indicator, "what": d.what, "before": d.before, "after": d.after}


def ranking_record(ranking: Ranking) -> Record:
    """Ranks by indicator and the turns between them."""
    rows = [
        {"indicator": r.indicator, "region": r.region, "name": region_name(r.region), "value": r.value, "unit": r.unit}
        | {"rank": r.rank, "evidence": point_record(r.point)}
        for r in ranking.rows
    ]
    turns = [
        {"first": t.first, "second": t.second, "ahead_by": t.ahead_by, "behind_by": t.behind_by} for t in ranking.turns
    ]
    missing = [{"indicator": i, "region": r} for i, r in ranking.missing]
    return {"period": ranking.period, "ranks": rows, "turns": turns, "missing": missing}


def gap_record(gap: Gap) -> Record:
    """One region's distance to a target."""
    return {
        "region": gap.region,
        "name": region_name(gap.region),
        "indicator": gap.indicator,
        "value": gap.value,
        "target": gap.target,
        "unit": gap.unit,
        "verdict": gap.outcome,
        "distance": gap.distance,
        "missing": gap.missing,
        "missing_unit": gap.missing_unit or None,
        "period": gap.period,
    }


def needs_record(found: Needs) -> Record:
    """What the targets of a plan still need in one region and below it."""
    return {
        "region": found.region,
        "here": [gap_record(g) for g in found.here],
        "below": [gap_record(g) for g in found.below],
    }


def figured_record(found: Figured) -> Record:
    """A region with the number of its targets that have a figure."""
    known = facts.regions().get(found.region)
    return {
        "region": found.region,
        "name": known.name_en if known else found.region,
        "name_zh": known.name_zh if known else "",
        "level": known.level if known else "",
        "parent": (known.parent or None) if known else None,
        "targets": found.targets,
        "with_figures": found.with_figures,
    }


def region_name(code: str) -> str:
    """The English name of a region, or its code where it has none."""
    region = facts.regions().get(code)
    return region.name_en if region else code


def counts(outcomes: Sequence[str]) -> str:
    """How often each verdict was given, in words: `3 met, 4 not provable`."""
    order = ("met", "missed", "not_provable", "open")
    told = [f"{outcomes.count(o)} {o.replace('_', ' ')}" for o in order if o in outcomes]
    return ", ".join(told)


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
