"""How far the ranks can be trusted: the index computed again under every declared choice of method."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.base.errors import BadInput, NotComputable
from setsail.monitor.index import kernels
from setsail.monitor.index.choices import Choices, Design, design, picks
from setsail.monitor.index.source import Inputs
from setsail.monitor.index.study import IndexResult, compute, ranks

Told = Callable[[float], None]
SEPARABLE = 0.95
"""Two units are told apart where one stands before the other in this share of the runs."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Runs that could not be computed, and why."""

    what: str
    runs: int
    reason: str


@dataclass(frozen=True, slots=True)
class Robustness:
    """Ranks of all runs (runs, n) with the nominal result.

    picks : (runs, factors) number of the alternative;  groups : (n,) number of the group of inseparable ranks;
    before_next : (n,) share of runs in which a unit stands before the next one of its time.
    """

    nominal: IndexResult
    design: Design
    ranks: F64
    picks: I64
    groups: I64
    before_next: F64
    skipped: tuple[Skipped, ...]

    @property
    def used(self) -> int:
        """Runs that gave ranks."""
        return int((~np.isnan(self.ranks).all(axis=1)).sum())


def robustness(
    inputs: Inputs, choices: Choices, runs: int, rng: np.random.Generator, told: Told | None = None
) -> Robustness:
    """Ranks under `runs` random draws of the choices. Raises BadInput, NotComputable (no run can be computed).

    told : is given the share of the work done, and may raise to stop.
    """
    if runs < 2:
        raise BadInput(f"is {runs}", where="--runs", allowed="2 or more")
    made = design(inputs, choices, rng)
    nominal = compute(inputs.framework, inputs.data, inputs.pipeline)
    picked = picks(rng, made, runs)
    factors = made.draw_weights(rng, runs)
    index, skipped = run_all(made, picked, factors, told)
    if np.isnan(index).all():
        raise NotComputable(f"no run can be computed: {skipped[0].reason}", where="robustness", hint="--vary")
    found = ranks(index, made.place)
    groups, before = _groups(found, made)
    return Robustness(nominal, made, found, picked, groups, before, tuple(skipped))


def run_all(made: Design, picked: I64, factors: dict[str, F64], told: Told | None = None) -> tuple[F64, list[Skipped]]:
    """Scores of the index (runs, n), NaN in a run that cannot be computed; runs of one combination go together."""
    index = np.full((len(picked), len(made.place.units)), np.nan)
    skipped = []
    combinations, of = np.unique(picked, axis=0, return_inverse=True)
    for k, row in enumerate(combinations):
        if told:
            told(k / len(combinations))
        rows = np.flatnonzero(of.ravel() == k)
        combination = tuple(int(c) for c in row)
        try:
            index[rows] = made.index(combination, {c: f[rows] for c, f in factors.items()})
        except NotComputable as err:
            which = ", ".join(f"{a} {b}" for a, b in made.told(combination).items())
            skipped.append(Skipped(which, len(rows), str(err)))
    return index, skipped


def _groups(found: F64, made: Design) -> tuple[I64, F64]:
    """Groups of inseparable ranks in each time, from the best mean rank down.

    A group opens with a unit; the following ones join as long as the opener stands before them in less than
    SEPARABLE of the runs.
    """
    groups = np.zeros(found.shape[1], dtype=np.int64)
    before = np.full(found.shape[1], np.nan)
    good = found[~np.isnan(found).all(axis=1)]
    for rows in made.place.blocks.values():
        there = rows[~np.isnan(good[:, rows]).all(axis=0)]
        share = kernels.front_of_ranks(good[:, there])
        order = np.argsort(np.nanmean(good[:, there], axis=0), kind="stable")
        number, opener = 0, -1
        for place, unit in enumerate(order):
            if opener < 0 or share[opener, unit] >= SEPARABLE:
                number, opener = number + 1, int(unit)
            groups[there[unit]] = number
            if place + 1 < len(order):
                before[there[unit]] = share[unit, order[place + 1]]
    return groups, before
