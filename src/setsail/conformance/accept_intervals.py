"""What a walk over some places of a room says of all of them: exact intervals of a finite population."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64
from setsail.service.proof.intervals import clopper_pearson, effective_messages, inflation, messages_needed


class Estimate(NamedTuple):
    """A measured value with one-sided bounds, None where the sample carries none.

    n : places or messages measured;  effective : of them that count as independent;  needed : least sample that has a
    bound on the side of a claim, 0 where that depends on the claim.
    """

    value: float
    low: float | None
    high: float | None
    n: int
    effective: float
    needed: int


def area_quantile(values: ArrayLike, places: int, p: float, confidence: float) -> Estimate:
    """The value that a share 1 - p of `places` reaches, from the places measured, in the order of the walk.

    Its bounds are values of the sample; each holds with the confidence, where the places measured are a random
    choice, without replacement, of all places. Neighbours that are bad together count as fewer places, except where
    every place was measured. Order statistics of a finite population: the number of the lowest places that a sample
    holds is hypergeometric.
    """
    x = np.asarray(values, dtype=np.float64)
    places, lowest = max(places, x.size), math.floor(p * max(places, x.size) + 1e-9) + 1
    ordered = np.sort(x)
    value = float(ordered[min(math.floor(p * x.size + 1e-9), x.size - 1)])
    whole = x.size == places
    effective = float(x.size) if whole else effective_messages(x <= value)[0]
    m = max(math.floor(effective), 1)
    low, high = _ranks(places, lowest, m, confidence)
    scale = x.size / m
    low_at, high_at = math.floor(low * scale) - 1, math.ceil(high * scale) - 1
    return Estimate(
        value,
        float(ordered[low_at]) if low and low_at >= 0 else None,
        float(ordered[high_at]) if high <= m and high_at < x.size else None,
        x.size, effective, places_needed(places, p, confidence),
    )  # fmt: skip


def _ranks(places: int, lowest: int, m: int, confidence: float) -> tuple[int, int]:
    """Ranks in a sample of m whose values bound the `lowest`-th value of all places from below and from above."""
    chance = _hypergeometric(places, lowest, m)
    below = np.cumsum(chance)
    low = int(np.searchsorted(below, 1.0 - confidence + 1e-12, side="right"))
    strictly = np.cumsum(_hypergeometric(places, lowest - 1, m))
    at_least = 1.0 - np.concatenate(([0.0], strictly))
    reached = np.flatnonzero(at_least <= 1.0 - confidence + 1e-12)
    return min(low, m), int(reached[0]) if reached.size else m + 1


def area_share(good: ArrayLike, places: int, confidence: float) -> Estimate:
    """The share of `places` that are good, from those measured in the order of the walk; bounds as `area_quantile`."""
    held = np.asarray(good, dtype=np.bool_)
    places = max(places, held.size)
    whole = held.size == places
    effective = float(held.size) if whole else effective_messages(~held)[0]
    m = max(math.floor(effective), 1)
    bad = math.ceil((~held).sum() * m / held.size)
    most = _bad_places(places, m, bad, confidence)
    least = places - _bad_places(places, m, m - bad, confidence)
    return Estimate(
        float(held.mean()), 1.0 - most / places, 1.0 - least / places, held.size, effective,
        places_needed(places, 0.05, confidence),
    )  # fmt: skip


def delivered(failed: ArrayLike, confidence: float, *, mean_burst: float) -> Estimate:
    """The share of messages that arrive, from messages in the order of sending.

    mean_burst : least mean length of a run of failures that is reckoned with: a log without a failure cannot show how
    long they are. Bounds of Clopper and Pearson on effective counts; without a failure that of a two-state chain.
    """
    bad = np.asarray(failed, dtype=np.bool_)
    n, count = bad.size, int(bad.sum())
    if not count:
        loss = _loss_unseen(n, confidence, mean_burst)
        return Estimate(1.0, 1.0 - loss, 1.0, n, n / inflation(loss, mean_burst), 0)
    effective = min(effective_messages(bad)[0], n / inflation(count / n, mean_burst))
    bounds = clopper_pearson(count * effective / n, effective, confidence)
    return Estimate(1.0 - count / n, 1.0 - bounds.high, 1.0 - bounds.low, n, effective, 0)


def _loss_unseen(n: int, confidence: float, mean_burst: float) -> float:
    """Greatest share of losses of which a chain shows none in n messages with more than 1 - confidence."""
    low, high = 0.0, 1.0
    for _ in range(60):
        loss = (low + high) / 2
        into_bad = min(loss / (mean_burst * (1.0 - loss)), 1.0)
        clear = (
            math.log1p(-loss) + (n - 1) * (math.log1p(-into_bad) if into_bad < 1.0 else -math.inf)
            if n > 1
            else (math.log1p(-loss))
        )
        low, high = (loss, high) if clear > math.log1p(-confidence) else (low, loss)
    return high


def message_quantile(delay_s: ArrayLike, share: float, confidence: float, *, mean_burst: float) -> Estimate:
    """The delay that a share of messages keeps, from delays in the order of sending, infinite where lost."""
    from scipy.special import bdtr  # noqa: PLC0415 - heavy, and only needed for bounds

    x = np.asarray(delay_s, dtype=np.float64)
    ordered = np.sort(x)
    value = float(ordered[min(math.ceil(share * x.size - 1e-9), x.size) - 1])
    effective = min(effective_messages(x > value)[0], x.size / inflation(1.0 - share, mean_burst))
    m = max(math.floor(effective), 1)
    needed = messages_needed(share, confidence, mean_burst=mean_burst)
    over, tail = -1, 1.0 - confidence + 1e-12
    while over + 1 < m and bdtr(over + 1, m, 1.0 - share) <= tail:
        over += 1
    under = int(np.searchsorted(bdtr(np.arange(m), m, share), tail, side="right"))
    low = math.floor(under * x.size / m) - 1
    high = x.size - math.floor(over * x.size / m) - 1
    return Estimate(
        value, float(ordered[low]) if low >= 0 else None, float(ordered[high]) if over >= 0 else None, x.size,
        effective, needed,
    )  # fmt: skip


def _bad_places(places: int, m: int, seen: int, confidence: float) -> int:
    """Most bad places that would show at most so many of them in a sample with more than 1 - confidence."""
    low, high = seen, places - (m - seen)
    while low < high:
        middle = (low + high + 1) // 2
        likely = float(_hypergeometric(places, middle, m)[: seen + 1].sum()) > 1.0 - confidence
        low, high = (middle, high) if likely else (low, middle - 1)
    return low


def places_needed(places: int, p: float, confidence: float) -> int:
    """Fewest places that prove the quantile at the lowest value seen."""
    lowest = math.floor(p * places + 1e-9) + 1
    low, high = 0, places - lowest + 1
    while low < high:
        middle = (low + high) // 2
        missed = float(_hypergeometric(places, lowest, middle)[0])
        low, high = (low, middle) if missed <= 1.0 - confidence + 1e-12 else (middle + 1, high)
    return low


def _hypergeometric(places: int, marked: int, m: int) -> F64:
    """Probability of 0, 1, ... m marked places in a sample of m."""
    from scipy.special import gammaln  # noqa: PLC0415 - heavy, and only needed for bounds

    def log_choose(n: int, k: F64) -> F64:
        inside = (k >= 0) & (k <= n)
        safe = np.where(inside, k, 0.0)
        found = gammaln(n + 1) - gammaln(safe + 1) - gammaln(n - safe + 1)
        return np.asarray(np.where(inside, found, -np.inf), dtype=np.float64)

    k = np.arange(m + 1, dtype=np.float64)
    whole = log_choose(places, np.array([float(m)]))[0]
    return np.asarray(np.exp(log_choose(marked, k) + log_choose(places - marked, m - k) - whole), dtype=np.float64)
