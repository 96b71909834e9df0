"""Mean path loss of many links: the compiled kernel against its plain NumPy twin, in float64, on one core.

Times are processor seconds of the calling thread's process, so that other work on the machine does not enter them.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from setsail.base.arrays import F64
from setsail.radio.pathloss import formulas, kernels
from setsail.radio.pathloss.scenarios import link

LINKS = {"smoke": 10_000, "full": 4_000_000}
CASES = (("uma", "nlos"), ("rma", "los"), ("inh", "nlos"))
AGREEMENT_DB = 1e-9


def run(size: str) -> list[dict[str, Any]]:
    """One row per scenario. size : smoke or full. Raises AssertionError where kernel and twin disagree."""
    d = np.random.default_rng(38901).uniform(1.0, 10_000.0, LINKS[size])
    return [_case(size, name, state, d) for name, state in CASES]


def _case(size: str, name: str, state: str, d: F64) -> dict[str, Any]:
    k = formulas.coefficients(link(name, state, 3.5e9))
    packed = k.array()
    first, warm, got = _timed(lambda: kernels.mean_loss_db(d, packed))
    plain_first, plain_warm, expected = _timed(lambda: formulas.mean_loss_db(d, k))
    np.testing.assert_allclose(got, expected, rtol=0, atol=AGREEMENT_DB)
    return {
        "case": f"path_loss_{name}_{state}", "size": size, "links": d.size, "peer": "plain twin",
        "seconds_ours_first": first, "seconds_ours_warm": warm, "seconds_peer_first": plain_first,
        "seconds_peer_warm": plain_warm, "ratio": plain_warm / warm, "links_per_second_ours": d.size / warm,
        "links_per_second_peer": d.size / plain_warm,
    }  # fmt: skip


def _timed(work: Callable[[], F64]) -> tuple[float, float, F64]:
    """Processor seconds of the first call and of the quickest of five later ones, and the result."""
    times = []
    for _ in range(6):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return times[0], min(times[1:]), result
