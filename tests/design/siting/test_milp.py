"""The program that HiGHS gets, and the settings that keep its word true."""

from __future__ import annotations

import numpy as np
import pytest

from setsail.base.errors import NotComputable
from setsail.design.siting import milp
from tests.design.siting.problems import best, make


def test_solver_whose_presolve_errs_proves_no_worse_set_optimal() -> None:
    problem = make(14, capacity=True)  # HiGHS 1.14.0 with presolve calls 49 of 56 optimal on a problem of this kind
    found = milp.solve(problem, np.array([], dtype=np.int64), 30.0)
    assert found.bound == pytest.approx(best(problem))


def test_presolve_is_off_in_the_versions_that_err_only() -> None:
    assert milp._settings("1.14.0", 1.0)["presolve"] == "off"
    assert "presolve" not in milp._settings("1.15.0", 1.0)


def test_only_sites_and_configurations_are_whole_numbers() -> None:
    problem = make(1)
    model = milp.build(problem)
    assert model.whole == len(problem.site_price) + len(problem)
    assert model.cost.size > model.whole


def test_points_of_equal_coverage_are_one_group() -> None:
    problem = make(1)
    group, matrix = milp.groups(problem)
    full = np.zeros((len(problem), len(problem.weight)), dtype=bool)
    for c in range(len(problem)):
        full[c, problem.coverage.of(c)] = True
    for j, g in enumerate(group):
        alone = not full[:, j].any() or problem.weight[j] == 0
        assert (g == -1) == alone
        if g >= 0:
            assert np.array_equal(full[:, j], matrix[:, [g]].toarray().ravel() > 0)
    assert len(np.unique(matrix.toarray(), axis=1).T) == matrix.shape[1]


def test_program_above_the_limit_is_refused_with_the_other_method(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milp, "MOST_NONZEROS", 3)
    with pytest.raises(NotComputable, match="--method greedy"):
        milp.build(make(1))
