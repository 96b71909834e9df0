"""M/D/1: Poisson arrivals, one constant service time, one server, first come first served. Exact."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import NotComputable
from setsail.base.limits import Limit

RATE_PER_S = Limit("rate_per_s", 0.0, 1e12, "assumption", ends="()")
SERVICE_S = Limit("service_s", 0.0, 1e6, "assumption", ends="()")
LOAD = Limit("load_ratio", 0.0, 0.999, "a queue at or above 1 has no steady state; 0.999 keeps the sums short", "()")
RATIO = Limit("percentile", 0.0, 1.0, "a share of the packets", ends="[)")
MAX_STATES = 200_000
"""Packets in the system up to which the distribution is summed."""


ENOUGH = 64
"""Arrivals in one service time beyond which, at a load below 1, nothing is left in a double."""


@dataclass(frozen=True)
class Md1:
    """An M/D/1 queue. rate_per_s : of arrivals;  service_s : of each packet. Raises OutOfRange where it is unstable."""

    rate_per_s: float
    service_s: float

    def __post_init__(self) -> None:
        RATE_PER_S.require(self.rate_per_s)
        SERVICE_S.require(self.service_s)
        LOAD.require(self.load_ratio)

    @property
    def load_ratio(self) -> float:
        """Share of time that the server works."""
        return self.rate_per_s * self.service_s

    @property
    def mean_wait_s(self) -> float:
        """Mean wait before service: rho D / (2 (1 - rho)).

        Source: Pollaczek-Khinchine formula (L. Kleinrock, Queueing Systems I, 1975, eq. 5.69) with constant service.
        """
        rho = self.load_ratio
        return rho * self.service_s / (2 * (1 - rho))

    @property
    def mean_delay_s(self) -> float:
        """Mean from arrival to end of service."""
        return self.mean_wait_s + self.service_s

    def wait_cdf(self, wait_s: float) -> float:
        """Probability that a packet waits at most that long.

        Source: G. J. Franx, A simple solution for the M/D/c waiting time distribution, Operations Research Letters 29
        (2001), for c = 1: a sum of positive terms over the queue length, equal to Crommelin's alternating sum but
        without its cancellation.
        """
        if wait_s < 0 or math.isnan(wait_s):
            return 0.0
        k = math.floor(wait_s / self.service_s) + 1
        if k > MAX_STATES:
            raise NotComputable(f"is {k} service times long", where="wait", allowed=f"up to {MAX_STATES}")
        left = max(k * self.service_s - wait_s, 0.0) * self.rate_per_s
        queued = np.cumsum(_states(self.load_ratio, k))[1 : k + 1]  # at most 0, 1, .. k - 1 packets wait
        j = np.arange(k)
        weights = _poisson(left, k)
        return min(float(queued[k - 1 - j] @ weights), 1.0)

    def delay_cdf(self, delay_s: float) -> float:
        """Probability that a packet has left after that time."""
        return self.wait_cdf(delay_s - self.service_s)

    def delay_percentile_s(self, ratio: float) -> float:
        """Time within which that share of packets has left, by bisection to 1e-12 of it. Raises OutOfRange."""
        RATIO.require(ratio)
        low, high = 0.0, self.service_s
        while self.wait_cdf(high) < ratio:
            low, high = high, 2 * high
        if self.wait_cdf(0.0) >= ratio:
            return self.service_s
        while high - low > 1e-12 * high:
            middle = (low + high) / 2
            low, high = (middle, high) if self.wait_cdf(middle) < ratio else (low, middle)
        return self.service_s + high


def _poisson(mean: float, n: int) -> F64:
    """Probabilities of 0 .. n - 1 events."""
    made = np.zeros(n)
    made[0] = math.exp(-mean)
    for i in range(1, n):
        made[i] = made[i - 1] * mean / i
        if made[i] < 1e-320:
            break
    return made


def _states(rho: float, n: int) -> F64:
    """Probabilities of 0 .. n packets in the system.

    From the balance across each cut of the chain at departures: only positive terms, so nothing cancels.
    """
    events = _poisson(rho, max(n + 2, ENOUGH))
    terms = int(np.flatnonzero(events > 0)[-1]) + 1
    above = np.array([math.fsum(events[k + 1 : terms]) for k in range(min(terms, n + 1))] + [0.0])
    reach = len(above)
    state = np.zeros(n + 1)
    state[0] = 1 - rho
    for m in range(n):
        first = max(1, m + 2 - reach)
        up = float(state[first : m + 1] @ above[m + 1 - np.arange(first, m + 1)]) if m >= first else 0.0
        up += float(state[0] * above[m]) if m < reach else 0.0
        state[m + 1] = up / events[0]
    return state
