"""Studies of an index as records: robustness, sensitivity, influence, levers, comparison."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from setsail.base.record import Record
from setsail.monitor.index.choices import Design
from setsail.monitor.index.compare import EFFECTS, Comparison
from setsail.monitor.index.influence import Influence
from setsail.monitor.index.levers import Lever
from setsail.monitor.index.results import note_record
from setsail.monitor.index.robustness import SEPARABLE, Robustness
from setsail.monitor.index.study import IndexResult
from setsail.monitor.index.tables import time_key

if TYPE_CHECKING:  # brings the statistics library in, which only one of these studies needs
    from setsail.monitor.index.sensitivity import Sensitivity

QUANTILES = {"p05": 0.05, "median": 0.5, "p95": 0.95}


def robustness_record(found: Robustness, seed: int) -> Record:
    """The whole study: what was varied, what was not, what was skipped, and the ranks of every unit."""
    data = found.nominal.data
    good = found.ranks[~np.isnan(found.ranks).all(axis=1)]
    rows = [r for r in range(len(data.units)) if not np.isnan(found.nominal.ranks[r])]
    rows.sort(key=lambda r: (time_key(data.times[r]), found.nominal.ranks[r], data.units[r]))
    units = []
    for r in rows:
        ranks = good[:, r][~np.isnan(good[:, r])]
        units.append(
            {
                "unit": data.units[r],
                "name": data.names[r],
                "time": data.times[r] or None,
                "rank": int(found.nominal.ranks[r]),
                "runs_ranked": int(ranks.size),
                "mean": float(ranks.mean()) if ranks.size else None,
                **{k: float(np.quantile(ranks, q)) if ranks.size else None for k, q in QUANTILES.items()},
                "best": int(ranks.min()) if ranks.size else None,
                "worst": int(ranks.max()) if ranks.size else None,
                "group": int(found.groups[r]) or None,
                "before_next": _number(found.before_next[r]),
            }
        )
    return {
        "runs": len(found.ranks),
        "runs_used": found.used,
        "seed": seed,
        "separable_share": SEPARABLE,
        "varied": _varied(found),
        "not_varied": [{"choice": c, "reason": reason} for c, reason in found.design.fixed],
        "skipped": [{"what": s.what, "runs": s.runs, "reason": s.reason} for s in found.skipped],
        "units": units,
        "notes": [note_record(n) for n in found.nominal.notes],
    }


def _varied(found: Robustness) -> list[Record]:
    """Each choice with its alternatives: runs drawn and used, and the mean shift of ranks that goes with it."""
    usable = ~np.isnan(found.ranks).all(axis=1)
    shift = np.abs(found.ranks - found.nominal.ranks)
    out: list[Record] = []
    for k, (name, alternatives) in enumerate(found.design.factors.items()):
        listed = []
        for number, alternative in enumerate(alternatives):
            drawn = found.picks[:, k] == number
            used = drawn & usable
            mean = float(np.nanmean(shift[used])) if used.any() else None
            listed.append(
                {"alternative": alternative, "runs": int(drawn.sum()), "runs_used": int(used.sum()), "mean_shift": mean}
            )
        out.append({"choice": name, "alternatives": listed})
    return out + _weights(found.design)


def _weights(design: Design) -> list[Record]:
    return [{"choice": "weights", "by": design.by, "nodes": list(design.nodes)}] if design.nodes else []


def sensitivity_record(found: Sensitivity, seed: int) -> Record:
    """Sobol' indices of every choice with their intervals, and the exact values on the complete table."""
    factors = [
        {
            "choice": name,
            "first": float(found.sobol.first[k]),
            "first_p05": float(found.sobol.first_interval[k, 0]),
            "first_p95": float(found.sobol.first_interval[k, 1]),
            "total": float(found.sobol.total[k]),
            "total_p05": float(found.sobol.total_interval[k, 0]),
            "total_p95": float(found.sobol.total_interval[k, 1]),
            "first_exact": float(found.exact_first[k]),
            "total_exact": float(found.exact_total[k]),
            "alternatives": list(found.design.factors.get(name, ())),
        }
        for k, name in enumerate(found.names)
    ]
    return {
        "of": "mean absolute shift of ranks",
        "mean_shift": found.mean_shift,
        "computations": found.runs,
        "evaluations": found.evaluations,
        "seed": seed,
        "factors": factors,
        "varied_weights": _weights(found.design),
        "not_varied": [{"choice": c, "reason": reason} for c, reason in found.design.fixed],
    }


def influence_records(nominal: IndexResult, found: list[Influence]) -> list[Record]:
    """One record per element, the most influential first."""
    names = {n.code: n.name for n in nominal.framework.indicators} | {
        a.code: a.name for a in nominal.framework.aggregates
    }
    out = []
    for i in found:
        largest: Record | None = None
        if i.largest:
            row, before, without = i.largest
            place = {"unit": nominal.data.units[row], "time": nominal.data.times[row] or None}
            largest = {**place, "rank": int(before), "rank_without": int(without)}
        out.append(
            {
                "element": i.code,
                "name": names[i.code],
                "level": i.level,
                "mean_rank_shift": _number(i.mean_shift),
                "units_moved": i.moved,
                "largest": largest,
                "share": i.share,
                "correlation": _number(i.correlation),
                "reason": i.reason or None,
            }
        )
    return out


def lever_record(nominal: IndexResult, row: int, found: list[Lever]) -> Record:
    """The unit as it stands, the inputs that lift it, and those that do not with the reason."""
    units = {i.code: i.unit for i in nominal.framework.indicators}
    names = {i.code: i.name for i in nominal.framework.indicators}
    able = [
        {
            "indicator": lever.code, "name": names[lever.code], "unit": units[lever.code], "value": lever.value,
            "needed": lever.needed, "change": lever.change, "share_of_range": lever.share,
            "rank_after": int(lever.rank),
            "score_after": lever.score, "beyond_observed": lever.beyond, "checked": True,
        }
        for lever in found if not lever.reason
    ]  # fmt: skip
    unable = [
        {"indicator": lever.code, "name": names[lever.code], "value": _number(lever.value), "reason": lever.reason,
         "told": lever.told}
        for lever in found if lever.reason
    ]  # fmt: skip
    return {
        "unit": nominal.data.units[row],
        "name": nominal.data.names[row],
        "time": nominal.data.times[row] or None,
        "rank": int(nominal.ranks[row]),
        "score": float(nominal.index[row]),
        "levers": able,
        "no_levers": unable,
    }


def comparison_record(found: Comparison) -> Record:
    """The change of every unit with its three parts; positive changes of rank are losses of places."""
    changes = [
        {
            "unit": c.unit,
            "name": c.name,
            "rank_before": int(c.rank_before),
            "rank_after": int(c.rank_after),
            "rank_change": int(c.rank_after - c.rank_before),
            **{f"rank_by_{e}": v for e, v in zip(EFFECTS, c.rank_effects, strict=True)},
            "score_before": c.score_before,
            "score_after": c.score_after,
            "score_change": c.score_after - c.score_before,
            **{f"score_by_{e}": v for e, v in zip(EFFECTS, c.score_effects, strict=True)},
        }
        for c in found.changes
    ]
    return {"changes": changes, "only_before": list(found.only_before), "only_after": list(found.only_after)}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
