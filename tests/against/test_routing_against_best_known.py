"""Solomon's instances with 100 customers against the best known total distances (DIMACS rule).

Source: Solomon, Operations Research 35(2), 1987; best known values of the 12th DIMACS Implementation Challenge (VRPTW).
A search by iterations does not depend on how busy the machine is.
"""

from __future__ import annotations

import pytest

from setsail.rollout.routes import checking, solving
from setsail.rollout.routes.reading import read
from setsail.rollout.routes.search import Effort
from tests.oracles import oracle

BEST = {"c101": 827.3, "r101": 1637.7, "rc101": 1619.8, "r201": 1143.2, "rc208": 776.1}


def gap(name: str, effort: Effort) -> float:
    """How much longer than the best known the routes found are, as a ratio; they are walked again here."""
    instance = read(oracle(f"routing/{name}.txt"), dimacs=True)
    made = solving.solved(instance, effort, seed=1)
    assert made.broken == checking.violations(instance, made.routes) == ()
    assert made.cost == checking.cost(instance, made.routes)
    assert made.cost >= round(BEST[name] * 10)
    return made.cost / round(BEST[name] * 10) - 1


@pytest.mark.parametrize(("name", "most"), [("c101", 0.001), ("r101", 0.005)])
def test_tight_instances_are_within_a_fraction_of_a_percent_after_a_few_iterations(name: str, most: float) -> None:
    assert gap(name, Effort(120.0, iterations=1500)) <= most


@pytest.mark.slow
def test_five_instances_are_within_half_a_percent_of_the_best_known_on_average() -> None:
    gaps = [gap(name, Effort(300.0, iterations=6000)) for name in BEST]
    assert sum(gaps) / len(gaps) <= 0.005
