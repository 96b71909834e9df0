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


def area_quantile(values: ArrayLike, places: int, p: float, confidence: float, *, left_out: int = 0) -> Estimate:
    """The value that a share 1 - p of `places` reaches, from the places measured.

    left_out : places of parts that were not walked at all: for the lower bound they count as bad, for the upper one as
    good. The other places are a population of which those measured are a choice without replacement; the bounds are
    values of the sample, and each holds with the confidence. The number of the lowest places that a sample holds is
    hypergeometric, so that nothing is in doubt where every place was measured.
    """
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    m = ordered.size
    walked = max(places - left_out, m)
    total = walked + left_out
    may_miss = math.floor(p * total + 1e-9)
    value = float(ordered[min(math.floor(p * m + 1e-9), m - 1)])
    low = _rank_below(walked, may_miss - left_out + 1, m, confidence)
    high = _rank_above(walked, may_miss + 1, m, confidence)
    return Estimate(
        value, float(ordered[low - 1]) if low else None, float(ordered[high - 1]) if high <= m else None, m, float(m),
        places_needed(walked, may_miss - left_out + 1, confidence),
    )  # fmt: skip


def _rank_below(places: int, lowest: int, m: int, confidence: float) -> int:
    """Greatest rank in a sample of m whose value lies at most at the `lowest`-th of all places; 0 without one."""
    if lowest < 1:
        return 0
    below = np.cumsum(_hypergeometric(places, min(lowest, places), m))
    return min(int(np.searchsorted(below, 1.0 - confidence + 1e-12, side="right")), m)


def _rank_above(places: int, lowest: int, m: int, confidence: float) -> int:
    """Least rank in a sample of m whose value lies at least at the `lowest`-th of all places; m + 1 without one."""
    strictly = np.cumsum(_hypergeometric(places, min(lowest - 1, places), m))
    at_least = 1.0 - np.concatenate(([0.0], strictly))
    reached = np.flatnonzero(at_least[1:] <= 1.0 - confidence + 1e-12)
    return int(reached[0]) + 1 if reached.size else m + 1


def area_share(good: ArrayLike, places: int, confidence: float, *, left_out: int = 0) -> Estimate:
    """The share of `places` that are good, from those measured; bounds as of `area_quantile`."""
    held = np.asarray(good, dtype=np.bool_)
    m, bad = held.size, int((~held).sum())
    walked = max(places - left_out, m)
    total = walked + left_out
    most = _bad_places(walked, m, bad, confidence) + left_out
    least = walked - _bad_places(walked, m, m - bad, confidence)
    return Estimate(float(held.mean()), 1.0 - most / total, 1.0 - least / total, m, float(m), 0)


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
        into_bad = loss if mean_burst <= 1.0 else min(loss / (mean_burst * (1.0 - loss)), 1.0 - 1e-16)
        clear = math.log1p(-loss) + (n - 1) * math.log1p(-into_bad)
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


def places_needed(places: int, lowest: int, confidence: float) -> int:
    """Fewest places measured that hold one of the `lowest` ones; all of them where no number is enough."""
    low, high = 0, places
    while low < high and lowest >= 1:
        middle = (low + high) // 2
        missed = float(_hypergeometric(places, min(lowest, places), middle)[0])
        low, high = (low, middle) if missed <= 1.0 - confidence + 1e-12 else (middle + 1, high)
    return high


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
