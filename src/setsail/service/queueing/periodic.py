"""Periodic flows that share one server: worst delay over all phases, and its distribution over phases."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, NotComputable, OutOfRange
from setsail.base.limits import Limit
from setsail.service.latency.mixture import Mixture

PERIOD_S = Limit("period_s", 0.0, 1e6, "assumption", ends="()")
SERVICE_S = Limit("service_s", 0.0, 1e6, "assumption", ends="()")
COUNT = Limit("count", 1, 5_000, "assumption")
RATIO = Limit("percentile", 0.0, 1.0, "a share of the packets", ends="[)")
MAX_WORK = 40_000_000
"""Phase combinations times slots of the common period that are enumerated."""

NOTHING = 1e-18
"""Part of a mean wait, in service times, after which the rest is not summed."""


@dataclass(frozen=True, slots=True)
class Periodic:
    """`count` flows of one packet a period each. Raises OutOfRange."""

    period_s: float
    service_s: float
    count: int = 1

    def __post_init__(self) -> None:
        PERIOD_S.require(self.period_s)
        SERVICE_S.require(self.service_s)
        COUNT.require(self.count)

    @property
    def load_ratio(self) -> float:
        """Share of the server that they take."""
        return self.count * self.service_s / self.period_s


def load_ratio(flows: Sequence[Periodic]) -> float:
    """Share of the server that flows take together. Raises OutOfRange above 1, BadInput where there is none."""
    if not flows:
        raise BadInput("is empty", where="flows", allowed="at least one")
    total = math.fsum(flow.load_ratio for flow in flows)
    if total > 1 + 1e-12:
        raise OutOfRange(
            f"is {total:g}", where="load of the flows", allowed="up to 1", hint="fewer flows, more capacity"
        )
    return total


def worst_delay_s(flows: Sequence[Periodic]) -> float:
    """Longest time from arrival to end of service over all phases: the sum of all service times. Exact.

    All flows at once fill the server with one packet each; as the load is at most 1, the work that lies before it is
    never more than then, whatever the phases. Raises OutOfRange (load above 1), BadInput.
    """
    load_ratio(flows)
    return math.fsum(flow.count * flow.service_s for flow in flows)


def equal_wait_tail(flow: Periodic, wait_s: float) -> float:
    """Probability that a packet of N equal periodic flows with random phases waits longer than that. Exact: N*D/D/1.

    Source: J. W. Roberts and J. T. Virtamo, The superposition of periodic cell arrival streams in an ATM multiplexer,
    IEEE Transactions on Communications 39(2) (1991): the workload of the N - 1 others at a random instant.
    """
    load_ratio([flow])
    others, x = flow.count - 1, wait_s / flow.service_s
    if x < 0:
        return 1.0
    period = flow.period_s / flow.service_s
    found = []
    for n in range(math.floor(x) + 1, others + 1):
        share = (n - x) / period
        if share >= 1:
            break
        log_term = _log_choose(others, n) + n * math.log(share) + (others - n) * math.log1p(-share)
        found.append(math.exp(log_term) * (period - others + x) / (period - n + x))
    return min(math.fsum(found), 1.0)


def equal_delay_percentile_s(flow: Periodic, ratio: float) -> float:
    """Time within which that share of packets of N equal flows with random phases has left. Raises OutOfRange."""
    RATIO.require(ratio)
    low, high = 0.0, max(flow.count - 1, 0) * flow.service_s
    if equal_wait_tail(flow, 0.0) <= 1 - ratio:
        return flow.service_s
    while high - low > 1e-12 * flow.service_s:
        middle = (low + high) / 2
        low, high = (middle, high) if equal_wait_tail(flow, middle) > 1 - ratio else (low, middle)
        if middle in (low, high) and high - low < 1e-15:
            break
    return flow.service_s + high


def equal_mean_wait_s(flow: Periodic) -> float:
    """Mean wait of N equal periodic flows with random phases: the integral of the tail, by Gauss-Legendre per piece."""
    points, weights = np.polynomial.legendre.leggauss(12)
    total = []
    for k in range(flow.count - 1):
        at = (points + 1) / 2 + k
        total += [w / 2 * equal_wait_tail(flow, x * flow.service_s) for x, w in zip(at, weights, strict=True)]
        if total[-1] < NOTHING:
            break
    return math.fsum(total) * flow.service_s


def enumerated(flows: Sequence[Periodic], slot_s: float) -> tuple[Mixture, ...]:
    """Delay of each flow over all phases in whole slots, every combination alike likely. Exact in slotted time.

    Periods are whole numbers of slots. Of packets that arrive in one slot the one looked at goes last. The phase of the
    first flow is fixed, as only differences count. Raises BadInput (a period that is no whole number of slots),
    NotComputable (too many combinations).
    """
    load_ratio(flows)
    single = [Periodic(f.period_s, f.service_s) for f in flows for _ in range(f.count)]
    periods = [_slots(f.period_s, slot_s) for f in single]
    common = math.lcm(*periods)
    combinations = math.prod(periods[1:])
    if combinations * common > MAX_WORK:
        raise NotComputable(
            f"{combinations:.3g} combinations over {common} slots", where="phases of periodic flows",
            allowed=f"{MAX_WORK:.0e} in all", hint="a longer slot, or equal flows, which have a closed form",
        )  # fmt: skip
    phases = np.array(list(product([0], *(range(p) for p in periods[1:]))), dtype=np.int64).reshape(-1, len(single))
    waits = _walk(phases, np.array(periods), np.array([f.service_s for f in single]), common, slot_s)
    return tuple(_alike(values) for values in waits)


def _walk(phases: np.ndarray, periods: np.ndarray, service_s: F64, common: int, slot_s: float) -> Iterator[F64]:
    """Delays of each flow's packets in the second common period, by when the start no longer matters."""
    work = np.zeros(len(phases))
    found: list[list[F64]] = [[] for _ in periods]
    for slot in range(2 * common):
        arrive = (slot - phases) % periods == 0
        work = work + arrive @ service_s
        if slot >= common:
            for i in range(len(periods)):
                found[i].append(work[arrive[:, i]])
        work = np.maximum(work - slot_s, 0.0)
    return (np.concatenate(values) for values in found)


def _alike(delays: F64) -> Mixture:
    """The mixture of delays that are alike likely, equal ones together."""
    values, counts = np.unique(np.round(delays, 12), return_counts=True)
    return Mixture(values, values.copy(), counts / counts.sum())


def _slots(period_s: float, slot_s: float) -> int:
    count = period_s / slot_s if slot_s > 0 else 0.0
    if count < 1 or abs(count - round(count)) > 1e-6:
        raise BadInput(f"of {period_s:g} s is {count:g} slots", where="period", allowed="a whole number of slots")
    return round(count)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)
