"""What no choice can do better than: bounds by Lagrange multipliers, valid at any multiplier.

For demand w, prices lambda on money and u_j on covering point j (all >= 0), every set of cost <= B covers at most

    lambda B + sum_j max(0, w_j - u_j) + sum_s max(0, sum_b max(0, max_t (A u - lambda e)_sbt) - lambda F_s)

with A u the sum of u over the points of a configuration, e its price, F the price of its site, b its band and t its
tilt. With u_j = w_j on points that a set S leaves uncovered and 0 on the others this is f(S) + the fractional
knapsack of the marginal gains: the data-dependent (online) bound of lazy greedy for submodular functions (Minoux 1978;
Leskovec et al., KDD 2007), here with sites that are paid once. Rounds of a subgradient method tighten it towards the
value of the linear relaxation. For a target T the same inequality read the other way bounds the cost from below.
Capacity is kept by min(A u, u-weighted demand it can carry).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize_scalar

from setsail.base.arrays import F64, I64, Bool
from setsail.design.siting.problem import Problem

DECADES = 6.0
"""Range of the search for the price on money, on both sides of the mean gain for money."""
PATIENCE = 12
"""Rounds without progress after which the step is halved."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """Upper bounds of the value, or lower bounds of the cost where there is a target."""

    online: float
    tightened: float


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The inner maximum: its value, and which configurations attain it."""

    value: float
    chosen: I64


def inner(problem: Problem, worth: F64, price: float) -> Best:
    """The greatest sum of worth less price x money over all allowed sets; worth : (n,) of the configurations."""
    net = worth - price * problem.price
    order = np.lexsort((-net, problem.slot))
    top = order[np.flatnonzero(np.diff(problem.slot[order], prepend=-1))]
    gain = np.maximum(net[top], 0.0)
    gained = np.bincount(problem.site[top], weights=gain, minlength=len(problem.site_price))
    by_site = np.asarray(gained - price * problem.site_price, dtype=np.float64)
    opened = (by_site > 0.0) | problem.forced
    picked = top[(net[top] > 0.0) & opened[problem.site[top]]]
    return Best(float(by_site[opened].sum()), picked.astype(np.int64))


def bounds(problem: Problem, covered: Bool, best: float, steps: int) -> Bounds:
    """Bounds from a set that covers the points `covered` (m,) and attains the objective `best`.

    steps : rounds of the subgradient method; 0 for the online bound alone.
    """
    u = np.where(covered, 0.0, problem.weight)
    scale = _scale(problem)
    if problem.target is None:
        online, price = _largest_value(problem, u, scale)
        empty, price_0 = _largest_value(problem, problem.weight.copy(), scale)
        if empty < online:
            u, price, online = problem.weight.copy(), price_0, empty
        if not np.isfinite(problem.budget):
            price = 0.0
        return Bounds(
            online, min(online, _descend_value(problem, u, price, scale=scale, best=best, steps=steps, start=online))
        )
    online, mu = _least_cost(problem, u, scale)
    empty, mu_0 = _least_cost(problem, problem.weight.copy(), scale)
    if empty > online:
        u, mu, online = problem.weight.copy(), mu_0, empty
    return Bounds(online, max(online, _ascend_cost(problem, mu * u, mu, best=best, steps=steps, start=online)))


def _scale(problem: Problem) -> float:
    """Typical demand for a unit of money."""
    money = float(problem.price.sum() + problem.site_price.sum())
    return float(problem.weight.sum()) / money if money > 0.0 else 1.0


def _worth(problem: Problem, u: F64) -> F64:
    """(n,) what covering is worth to each configuration at multipliers u (m,).

    With a capacity K the best use of it is the fractional filling with the dearest u per demand; K x max(u / w) over
    the points is never less than that, nor is the plain sum.
    """
    total = problem.coverage.sums(u)
    if not problem.capacitated:
        return total
    rate = np.divide(u, problem.weight, out=np.zeros_like(u), where=problem.weight > 0.0)
    top = problem.coverage.largest(rate)
    carried = np.where(np.isfinite(problem.capacity), problem.capacity, 0.0) * top
    return np.where(np.isfinite(problem.capacity), np.minimum(total, carried), total)


def _value_at(problem: Problem, worth: F64, free: float, price: float) -> float:
    money = price * problem.budget if price > 0.0 else 0.0
    return money + free + inner(problem, worth, price).value


def _largest_value(problem: Problem, u: F64, scale: float) -> tuple[float, float]:
    """The least bound of the value over the price on money, and that price."""
    worth, free = _worth(problem, u), float(np.maximum(problem.weight - u, 0.0).sum())
    everything = _value_at(problem, worth, free, 0.0)
    if not np.isfinite(problem.budget):
        return everything, 0.0
    found = minimize_scalar(
        lambda x: _value_at(problem, worth, free, scale * 10.0**x), bounds=(-DECADES, DECADES), method="bounded"
    )
    price = scale * 10.0 ** float(found.x)
    value = _value_at(problem, worth, free, price)
    return (value, price) if value < everything else (everything, 0.0)


def _least_cost(problem: Problem, u: F64, scale: float) -> tuple[float, float]:
    """The greatest bound of the cost over the price on demand mu = 1 / lambda, and that price."""
    worth, free = _worth(problem, u), float(np.maximum(problem.weight - u, 0.0).sum())
    target = problem.target or 0.0

    def cost_at(mu: float) -> float:
        return mu * (target - free) - inner(problem, mu * worth, 1.0).value

    found = minimize_scalar(lambda x: -cost_at(10.0**x / scale), bounds=(-DECADES, DECADES), method="bounded")
    mu = 10.0 ** float(found.x) / scale
    return max(cost_at(mu), cost_at(0.0)), mu


def _descend_value(
    problem: Problem, u: F64, price: float, *, scale: float, best: float, steps: int, start: float
) -> float:
    """The least bound met in `steps` rounds of Polyak's subgradient method over u and the price on money."""
    least, step, idle = start, 1.0, 0
    unit = scale * len(u) ** 0.5 / float(problem.weight.sum())  # so that a step moves u and the price alike
    for _ in range(steps):
        got = inner(problem, _worth(problem, u), price)
        open_points = problem.weight > u
        money = price * problem.budget if price > 0.0 else 0.0
        value = money + float((problem.weight - u)[open_points].sum()) + got.value
        least, step, idle = _progress(value < least, min(value, least), step, idle)
        if least - best <= 1e-9 * max(best, 1.0):
            break
        du = problem.coverage.counts(got.chosen) - open_points.astype(np.float64)
        spent = problem.cost(got.chosen)
        dp = (problem.budget - spent) * unit if np.isfinite(problem.budget) else 0.0
        size = step * max(value - best, 0.0) / max(float(du @ du) + dp * dp, 1e-300)
        u = np.clip(u - size * du, 0.0, problem.weight)
        price = max(price - size * dp * unit, 0.0)
    return least


def _ascend_cost(problem: Problem, u: F64, mu: float, *, best: float, steps: int, start: float) -> float:
    """The greatest bound of the cost met in `steps` rounds over u and the price on demand."""
    most, step, idle = start, 1.0, 0
    target, unit = problem.target or 0.0, len(u) ** 0.5 / float(problem.weight.sum())
    for _ in range(steps):
        got = inner(problem, _worth(problem, u), 1.0)
        open_points = mu * problem.weight > u
        value = mu * target - float((mu * problem.weight - u)[open_points].sum()) - got.value
        most, step, idle = _progress(value > most, max(value, most), step, idle)
        if best - most <= 1e-9 * max(best, 1.0):
            break
        du = open_points.astype(np.float64) - problem.coverage.counts(got.chosen)
        dmu = (target - float(problem.weight[open_points].sum())) * unit
        size = step * max(best - value, 0.0) / max(float(du @ du) + dmu * dmu, 1e-300)
        u = np.maximum(u + size * du, 0.0)
        mu = max(mu + size * dmu * unit, 0.0)
    return most


def _progress(better: bool, value: float, step: float, idle: int) -> tuple[float, float, int]:
    if better:
        return value, step, 0
    return (value, step / 2.0, 0) if idle + 1 >= PATIENCE else (value, step, idle + 1)
