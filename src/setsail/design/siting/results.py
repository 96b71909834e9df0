"""The answer of a siting study as records with names and units."""

from __future__ import annotations

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.record import Record
from setsail.design.cost.items import PARTS
from setsail.design.cost.price import Prices
from setsail.design.siting.configurations import band_choice
from setsail.design.siting.reasons import TEXTS, alone, reasons
from setsail.design.siting.study import Study, guarantee, load


def record(done: Study) -> Record:
    """Everything that the command tells."""
    chosen, told = done.answer.chosen, done.answer
    return {
        "reached": told.reached,
        "method": done.aim.method,
        "sharing": done.sharing,
        "asked": {"budget": done.aim.budget, "share": done.aim.share, "money": done.aim.money},
        "objective": _objective(done),
        "coverage": _covered(done),
        "cost": _cost(done),
        "sites": _sites(done, chosen),
        "not_chosen": _not_chosen(done),
        "notes": [*told.notes, *_notes(done)],
        "crs": done.cover.crs,
    }


def _objective(done: Study) -> Record:
    told = done.answer
    by_cost = done.problem.target is not None and told.reached
    return {
        "kind": "least cost" if by_cost else "most demand covered",
        "value": told.objective,
        "bound": told.bound,
        "gap_ratio": told.gap_ratio,
        "proved_optimal": told.optimal or told.gap_ratio == 0.0,
        "bounds": told.bounds,
        "greedy_guarantee_ratio": guarantee(done.problem) if done.aim.method == "greedy" else None,
    }


def _covered(done: Study) -> Record:
    weight, value = done.wanted.weight, done.answer.value
    total = float(weight.sum())
    out = np.flatnonzero(done.problem.coverage.counts(np.arange(len(done.problem))) == 0)
    covered = min(value / total, 1.0)
    return {
        "demand": total, "covered": value, "covered_ratio": covered, "uncovered_ratio": 1.0 - covered,
        "points": len(weight), "out_of_reach_points": int(out.size),
        "out_of_reach_ratio": float(weight[out].sum()) / total,
        "out_of_reach_first": [done.wanted.point_id[j] for j in out[:5]],
    }  # fmt: skip


def _cost(done: Study) -> Record:
    once, yearly = _amounts(done, done.answer.chosen)
    annuity = done.prices.annuity
    names = (*done.prices.site_items, *done.prices.band_items)
    present = once + annuity * yearly
    parts = np.array([PARTS.index(done.costs.items[name].part) for name in names])
    spent = float(present.sum())
    revenue = done.costs.revenue_per_unit_year * done.answer.value * annuity
    return {
        "currency": done.costs.currency, "capital": float(once.sum()), "operating_per_year": float(yearly.sum()),
        "years": done.costs.years, "discount_rate": done.costs.discount_rate, "operators": done.costs.operators,
        "present_cost": spent, "present_revenue": revenue, "npv": revenue - spent,
        "by_part": {part: float(present[parts == k].sum()) for k, part in enumerate(PARTS)},
        "by_item": [
            {"item": n, "capital": float(c), "operating_per_year": float(y), "present_cost": float(p)}
            for n, c, y, p in zip(names, once, yearly, present, strict=True)
        ],
    }  # fmt: skip


def _amounts(done: Study, chosen: I64) -> tuple[F64, F64]:
    """Own capital and yearly cost by item, site items first."""
    p: Prices = done.prices
    sites = np.unique(done.found.site[chosen])
    at = done.found.site[chosen], done.found.band[chosen]
    once = np.concatenate([p.site_capital[sites].sum(axis=0), p.band_capital[at].sum(axis=0)])
    return once, np.concatenate([p.site_yearly[sites].sum(axis=0), p.band_yearly[at].sum(axis=0)])


def _sites(done: Study, chosen: I64) -> list[Record]:
    only = alone(done.problem, chosen)
    carried = load(done.problem, chosen) if done.problem.capacitated else None
    rows = []
    for site in np.unique(done.found.site[chosen]):
        own = np.flatnonzero(done.found.site[chosen] == site)
        once, yearly = _amounts(done, chosen[own])
        rows.append({
            "site_id": done.given.site_id[site], "lon": float(done.given.lon[site]), "lat": float(done.given.lat[site]),
            "status": "existing" if done.given.existing[site] else "new", "fixed_in": bool(done.given.fixed[site] == 1),
            "capital": float(once.sum()), "operating_per_year": float(yearly.sum()),
            "present_cost": float(once.sum() + done.prices.annuity * yearly.sum()),
            "configurations": [_configuration(done, int(chosen[k]), only[k], None if carried is None else carried[k])
                               for k in own],
        })  # fmt: skip
    return rows


def _configuration(done: Study, c: int, only: float, carried: float | None) -> Record:
    name = done.found.bands[done.found.band[c]]
    carrier = band_choice(name).budget.carrier
    told = {
        "band": name, "tilt": done.found.tilt[c], "tilt_deg": float(done.found.tilt_deg[c]), "fc_hz": carrier.fc_hz,
        "bandwidth_hz": carrier.bandwidth_hz, "sectors": done.radio.sectors,
        "reaches": float(done.problem.weight[done.problem.coverage.of(c)].sum()), "reaches_alone": float(only),
    }  # fmt: skip
    return told if carried is None else told | {"carries": float(carried)}


def _not_chosen(done: Study) -> list[Record]:
    found = reasons(done.problem, done.answer.chosen, done.given.fixed)
    return [
        {"site_id": done.given.site_id[s], "reason": r.code, "text": TEXTS[r.code],
         "by": None if r.by is None else done.given.site_id[r.by]}
        for s, r in found.items()
    ]  # fmt: skip


def _notes(done: Study) -> list[str]:
    notes = list(done.cover.notes)
    span = float(np.ptp(done.given.lon))
    if done.radio.crs is None and span > 6.0:
        notes.append(f"candidates span {span:.3g} degrees of longitude: one UTM zone stretches distances; name a --crs")
    return notes
