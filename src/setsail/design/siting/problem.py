"""The choice as numbers: configurations with prices, sites, and the demand that each configuration covers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64, Bool
from setsail.design.siting.coverage import Coverage

UNLIMITED = np.inf
ROUNDING = 1e-9
"""Relative slack in comparisons of sums that were added in another order."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Configurations (n,), sites (s,), points (m,).

    site, slot : of each configuration; at most one configuration of a slot may be chosen;
    price : of a configuration;  site_price : of opening a site;  forced : (s,) sites that must be chosen;
    weight : (m,) demand;  capacity : (n,) demand that a configuration can carry, infinite for no limit;
    budget : most money, infinite for none;  target : demand to be covered, None when it is to be made large.
    """

    coverage: Coverage
    site: I64
    slot: I64
    price: F64
    site_price: F64
    forced: Bool
    weight: F64
    capacity: F64
    budget: float = UNLIMITED
    target: float | None = None

    def __len__(self) -> int:
        """Number of configurations."""
        return len(self.price)

    @property
    def capacitated(self) -> bool:
        """True where some configuration can be full."""
        return bool(np.isfinite(self.capacity).any())

    @property
    def uniform(self) -> bool:
        """True where every choice costs the same and none bears on another but by what it covers."""
        one = self.price + self.site_price[self.site]
        return self.modular and bool(np.all(one == one[:1]))

    @property
    def modular(self) -> bool:
        """True where the cost of a set is the sum over its configurations, without a rule between them."""
        return len(np.unique(self.site)) == len(self) and not self.forced.any()

    def cost(self, chosen: I64) -> float:
        """Cost of a set of configurations with their sites."""
        return float(self.price[chosen].sum() + self.site_price[np.unique(self.site[chosen])].sum())

    def covered(self, chosen: I64) -> float:
        """Demand covered by a set where capacity is left aside."""
        return float(self.weight[self.coverage.counts(chosen) > 0].sum())

    def affords(self, cost: float) -> bool:
        """True where the cost is within the budget."""
        return cost <= self.budget * (1.0 + ROUNDING)

    def reaches(self, value: float) -> bool:
        """True where the covered demand is the target or more."""
        return self.target is None or value >= self.target * (1.0 - ROUNDING)


@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """A set of configurations with what it covers and costs, and what no set can do better than.

    value : demand covered (carried, where capacity counts);  bound : of the objective, which is the value under a
    budget and the cost for a target;  bounds : each proof by its name;
    reached : the target is met;  optimal : proved to be the best within the tolerance of the solver.
    """

    chosen: I64
    value: float
    cost: float
    objective: float
    bound: float
    bounds: dict[str, float]
    reached: bool = True
    optimal: bool = False
    notes: tuple[str, ...] = ()

    @property
    def gap_ratio(self) -> float | None:
        """Distance of the objective from the bound over the objective; None where that divides by 0."""
        distance = abs(self.bound - self.objective)
        if distance <= ROUNDING * max(abs(self.objective), abs(self.bound)):
            return 0.0
        return distance / abs(self.objective) if self.objective else None
