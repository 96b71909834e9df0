"""Mean path loss of UMa for a matrix of links: our compiled kernel against CRRM (PyPI, MIT), each in its own process.

Both get the same distances and give decibels in float64; CRRM's share without its last logarithm is told apart.
Processor seconds of one call, the least of the last calls of several turns.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from benchmarks.measure import in_turns
from setsail.base.arrays import F64

SIZES = {"smoke": (200, 50), "full": (2_000, 2_000)}
"""UEs and cells."""
FC_HZ, H_BS_M, H_UT_M = 3.5e9, 25.0, 1.5
SIDE_M = 10_000.0
SHOWN = 4_001
CALLS = 5
AGREEMENT_DB = 1e-3
SIDES = {name: f"benchmarks.crrm:{name}" for name in ("ours", "peer", "peer_linear")}


def run(size: str) -> list[dict[str, Any]]:
    """One row per condition. size : smoke or full. Raises AssertionError where the values disagree."""
    return [_case(size, state, 1 if size == "smoke" else 3) for state in ("los", "nlos")]


def _case(size: str, state: str, turns: int) -> dict[str, Any]:
    ues, cells = SIZES[size]
    met = in_turns(SIDES, {"ues": ues, "cells": cells, "state": state}, turns=turns)
    ours, peer, linear = (met[name]["result"] for name in SIDES)
    error = float(np.abs(np.subtract(ours["shown"], peer["shown"])).max())
    assert error <= AGREEMENT_DB
    return {
        "case": f"crrm_uma_{state}", "size": size, "links": ues * cells, "peer": peer["name"],
        "core_seconds_ours": ours["seconds"], "core_seconds_peer": peer["seconds"],
        "core_seconds_peer_without_log": linear["seconds"], "ratio": peer["seconds"] / ours["seconds"],
        "ratio_without_log": linear["seconds"] / ours["seconds"],
        "links_per_core_second_ours": ues * cells / ours["seconds"],
        "links_per_core_second_peer": ues * cells / peer["seconds"], "largest_difference_db": error,
        "peak_mb_ours": met["ours"]["peak_mb"], "peak_mb_peer": met["peer"]["peak_mb"],
    }  # fmt: skip


def ours(ues: int, cells: int, state: str) -> dict[str, Any]:
    """Our kernel on all links."""
    from setsail.radio.pathloss import formulas, kernels  # noqa: PLC0415 - the peer's process does not load it
    from setsail.radio.pathloss.scenarios import link  # noqa: PLC0415

    d_2d, *_ = links(ues, cells)
    packed = formulas.coefficients(link("uma", state, FC_HZ, h_bs_m=H_BS_M, h_ut_m=H_UT_M)).array()
    flat = d_2d.ravel()
    return _told("setsail", lambda: kernels.mean_loss_db(flat, packed))


def peer(ues: int, cells: int, state: str) -> dict[str, Any]:
    """CRRM on all links, in decibels."""
    d_2d, d_3d, u, c = links(ues, cells)
    model, name = _crrm(state)
    return _told(name, lambda: model.get_pathloss_dB(d_2d, d_3d, u, c))


def peer_linear(ues: int, cells: int, state: str) -> dict[str, Any]:
    """CRRM on all links, as ratios of power, which is what its simulator uses."""
    d_2d, d_3d, u, c = links(ues, cells)
    model, name = _crrm(state)
    return _told(name, lambda: model.get_pathloss(d_2d, d_3d, u, c))


def links(ues: int, cells: int) -> tuple[F64, F64, F64, F64]:
    """Ground and slant distances (ues, cells) [m] of UEs and cells strewn over a square, and both their places."""
    rng = np.random.default_rng(38901)
    u, c = (np.column_stack([rng.uniform(0.0, SIDE_M, (n, 2)), np.zeros(n)]) for n in (ues, cells))
    u[:, 2], c[:, 2] = H_UT_M, H_BS_M
    d_2d = np.hypot(u[:, None, 0] - c[None, :, 0], u[:, None, 1] - c[None, :, 1])
    return d_2d, np.hypot(d_2d, H_BS_M - H_UT_M), u, c


def _crrm(state: str) -> tuple[Any, str]:
    from CRRM import get_version  # noqa: PLC0415 - only the peer's process loads it
    from CRRM.UMa_pathloss_model_06 import UMa_pathloss  # noqa: PLC0415

    return UMa_pathloss(fc_GHz=FC_HZ / 1e9, LOS=state == "los"), f"CRRM {get_version()}"


def _told(name: str, work: Callable[[], F64]) -> dict[str, Any]:
    """Least processor seconds of the calls, and some of the values."""
    times = []
    for _ in range(CALLS):
        start = time.process_time()
        loss = work()
        times.append(time.process_time() - start)
    flat = loss.ravel()
    shown = flat[np.linspace(0, flat.size - 1, SHOWN).astype(int)].tolist()
    return {"name": name, "seconds": min(times), "shown": shown}
