"""Latency of radio configurations by exact enumeration, against arrivals walked one by one through the frame.

The twin takes 10,000 arrivals over the pattern and must meet mean and maximum within its step. A second row gives the
budgets of many flows that share radio configurations, as a design verifies them.
"""

from __future__ import annotations

import time
from bisect import bisect_left
from itertools import product
from typing import Any

from setsail.service.latency import alignment, budget, frame
from setsail.service.latency.options import Radio

PATTERNS = ("FDD", "DDDSU", "DDDDDDDSUU", "DSUU", "DU", "DDDSUDDSUU", "DDSU", "DDDDDDDDSU")
LEGS = (("dl", "sr"), ("ul", "sr"), ("ul", "cg"))
SIZES = {"smoke": (200, 100), "full": (10_000, 5_000)}
"""Arrivals of the twin, and flows."""


def run(size: str) -> list[dict[str, Any]]:
    """Rows of the benchmark. size : smoke or full. Raises ValueError where both sides disagree."""
    arrivals, flows = SIZES[size]
    radios = [Radio(30e3, tdd, direction=d, access=a) for tdd, (d, a) in product(PATTERNS, LEGS)]  # type: ignore[arg-type]
    clear()
    begun = time.perf_counter()
    ours = [alignment.align(radio).delay for radio in radios]
    ours_s = time.perf_counter() - begun
    begun = time.perf_counter()
    twins = [walked(radio, arrivals) for radio in radios]
    twin_s = time.perf_counter() - begun
    for radio, delay, (mean, longest, step) in zip(radios, ours, twins, strict=True):
        if abs(delay.mean_s - mean) > step or abs(delay.max_s - longest) > step:
            raise ValueError(f"{radio}: {delay.mean_s}, {delay.max_s} against {mean}, {longest}")
    return [
        {
            "case": "latency_enumeration", "size": size, "configurations": len(radios), "peer": f"{arrivals} arrivals",
            "seconds_ours": ours_s, "seconds_peer": twin_s, "ratio": twin_s / ours_s,
        },
        flows_row(size, flows),
    ]  # fmt: skip


def flows_row(size: str, flows: int) -> dict[str, Any]:
    """Budgets of flows over two radio configurations, each with its own way, and three questions to each."""
    clear()
    begun = time.perf_counter()
    for k in range(flows):
        radio = Radio(direction="ul" if k % 2 else "dl")
        made = budget.budget(radio, preset="rel15-mid-band", way=budget.Way(1e3 + k, 2))
        made.percentile(0.98), made.ratio_within(10e-3), made.cause
    seconds = time.perf_counter() - begun
    return {
        "case": "latency_flows",
        "size": size,
        "flows": flows,
        "seconds_ours": seconds,
        "ms_a_flow": seconds / flows * 1e3,
    }


def clear() -> None:
    """Forgets what earlier calls kept."""
    for kept in (alignment.align, frame.frame, budget._core):
        kept.cache_clear()


def walked(radio: Radio, arrivals: int) -> tuple[float, float, float]:
    """Mean, maximum and step [s] over arrivals walked through a frame that is written out slot by slot."""
    slots = "X" if radio.tdd == "FDD" else radio.tdd
    every = list(enumerate(slots * 60))
    full = [i * 14 for i, s in every if s in "UX"]
    down = [(i * 14, 10 if s == "S" else 14) for i, s in every if s in "DSX"]
    ask = [i * 14 + (12 if s == "S" else 0) for i, s in every if s in "USX"]
    tell = [i * 14 for i, s in every if s in "DX"]
    starts, total, longest = [s for s, _ in down], 0.0, 0.0
    for k in range(arrivals):
        at = (k + 0.5) * len(slots) * 14 / arrivals
        ready = at + radio.n2 / 2
        if radio.direction == "dl":
            end = sum(down[bisect_left(starts, ready)])
        elif radio.access == "cg":
            end = full[bisect_left(full, ready)] + 14
        else:
            grant = tell[bisect_left(tell, (ask[bisect_left(ask, ready)] // 14 + 1) * 14)]
            end = full[bisect_left(full, grant + 1 + radio.n2)] + 14
        delay = end + radio.n1 / 2 - at
        total, longest = total + delay, max(longest, delay)
    symbol = radio.symbol_s
    return total / arrivals * symbol, longest * symbol, len(slots) * 14 / arrivals * symbol
