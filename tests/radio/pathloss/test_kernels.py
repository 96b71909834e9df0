"""The compiled path loss against its plain twin."""

from __future__ import annotations

import numpy as np
import pytest

from setsail.radio.pathloss import formulas
from setsail.radio.pathloss.scenarios import link

kernels = pytest.importorskip("setsail.radio.pathloss.kernels", reason="needs the extra 'radio'")


@pytest.mark.parametrize("state", ["los", "nlos"])
@pytest.mark.parametrize("name", ["rma", "uma", "umi", "inh", "inf-sl", "inf-dl", "inf-sh", "inf-dh"])
def test_compiled_path_loss_agrees_with_its_plain_twin(name: str, state: str) -> None:
    rng = np.random.default_rng(38901)
    d = rng.uniform(1.0, 10_000.0, 5000)
    for fc in (0.7e9, 28e9):
        k = formulas.coefficients(link(name, state, fc))
        got = kernels.mean_loss_db(d, k.array())
        np.testing.assert_allclose(got, formulas.mean_loss_db(d, k), rtol=0, atol=1e-10)


def test_compiled_path_loss_keeps_what_is_not_a_number() -> None:
    k = formulas.coefficients(link("uma", "nlos", 3.5e9))
    d = np.array([np.nan, 100.0])
    for found in (kernels.mean_loss_db(d, k.array()), formulas.mean_loss_db(d, k)):
        assert np.isnan(found[0])
        assert np.isfinite(found[1])


def test_compiled_path_loss_runs_uncompiled_too() -> None:
    k = formulas.coefficients(link("umi", "nlos", 3.5e9))
    d = np.linspace(10, 2000, 50)
    np.testing.assert_allclose(kernels.mean_loss_db.py_func(d, k.array()), formulas.mean_loss_db(d, k), atol=1e-10)
