"""Sobol' indices against the analytic values of the Ishigami function and against SALib (MIT)."""

from __future__ import annotations

import numpy as np
from SALib.analyze import sobol as salib_analyze
from SALib.sample import sobol as salib_sample
from SALib.test_functions import Ishigami, Sobol_G

from setsail.base.arrays import F64
from setsail.monitor.index.sensitivity import sobol

FIRST, TOTAL = [0.3139, 0.4424, 0.0], [0.5576, 0.4424, 0.2437]
"""Ishigami and Homma (1990) with a = 7, b = 0.1."""


def ishigami(u: F64) -> F64:
    found: F64 = Ishigami.evaluate((2 * u.T - 1) * np.pi)[None]
    return found


def test_sobol_indices_of_ishigami_equal_the_analytic_values() -> None:
    found = sobol(ishigami, 3, 4096, np.random.default_rng(1), resamples=50)
    np.testing.assert_allclose(found.first, FIRST, atol=0.005)  # largest difference met: 0.001
    np.testing.assert_allclose(found.total, TOTAL, atol=0.005)
    for interval, analytic in ((found.first_interval, FIRST), (found.total_interval, TOTAL)):
        assert (interval[:, 0] <= analytic).all()
        assert (interval[:, 1] >= analytic).all()


def test_sobol_indices_of_the_g_function_agree_with_salib() -> None:
    names = [f"x{k}" for k in range(8)]
    problem = {"num_vars": 8, "names": names, "bounds": [[0, 1]] * 8}
    sample = salib_sample.sample(problem, 2048, calc_second_order=False, seed=1)
    theirs = salib_analyze.analyze(problem, Sobol_G.evaluate(sample), calc_second_order=False, num_resamples=2, seed=1)

    def g(u: F64) -> F64:
        found: F64 = Sobol_G.evaluate(u.T)[None]
        return found

    ours = sobol(g, 8, 2048, np.random.default_rng(1), resamples=2)
    np.testing.assert_allclose(ours.first, theirs["S1"], atol=0.02)
    np.testing.assert_allclose(ours.total, theirs["ST"], atol=0.02)
