"""Exact intervals of a share of failures, and the sizes of samples that prove one."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.errors import BadInput
from setsail.base.limits import Limit

SHARE = Limit("target", 0.0, 1.0, "a ratio", ends="()")
CONFIDENCE = Limit("confidence", 0.5, 1.0, "a ratio", ends="()")
BURST = Limit("mean_burst", 1.0, 1e6, "assumption")
FAILURES = Limit("failures", 0, 1e9, "a count")
LARGEST = 10**15
"""Messages beyond which no size is searched."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Bounds of a share; each holds with the confidence on its own (one-sided)."""

    low: float
    high: float
    confidence: float


def clopper_pearson(failures: float, messages: float, confidence: float = 0.95) -> Interval:
    """Bounds of the true share of failures; each is exceeded with at most 1 - confidence.

    failures, messages : counts, or effective counts of correlated messages. Raises OutOfRange, BadInput.
    Source: C. J. Clopper and E. S. Pearson, Biometrika 26 (1934) 404.
    """
    CONFIDENCE.require(confidence)
    FAILURES.require(failures)
    if messages <= 0 or failures > messages:
        raise BadInput(f"{failures:g} of {messages:g}", where="failures, messages", allowed="at most all of them")
    from scipy.special import betaincinv  # noqa: PLC0415 - heavy, and only needed for bounds

    rest = messages - failures
    low = 0.0 if failures == 0 else float(betaincinv(failures, rest + 1.0, 1.0 - confidence))
    high = 1.0 if rest == 0 else float(betaincinv(failures + 1.0, rest, confidence))
    if failures == 0:
        high = -math.expm1(math.log1p(-confidence) / messages)
    return Interval(low, high, confidence)


def messages_needed(target: float, confidence: float = 0.95, *, failures: int = 0, mean_burst: float = 1.0) -> int:
    """Fewest messages that prove a share of arrivals when so many of them fail.

    mean_burst : mean length of a run of failures; 1 for independent messages. Without a failure the chance to see none
    is exact for a two-state chain at the target's edge; with failures the size of independent messages is multiplied by
    the inflation of the variance. Raises OutOfRange.
    """
    SHARE.require(target)
    CONFIDENCE.require(confidence)
    BURST.require(mean_burst)
    FAILURES.require(failures)
    loss = 1.0 - target
    if failures == 0:
        into_bad = min(loss / (mean_burst * target), 1.0)
        chance = math.log1p(-into_bad) if mean_burst > 1.0 else math.log1p(-loss)
        first = math.log1p(-loss) if mean_burst > 1.0 else 0.0
        return max(math.ceil((math.log1p(-confidence) - first) / chance - 1e-9) + (1 if mean_burst > 1.0 else 0), 1)
    low, high = failures, failures + 1
    while high < LARGEST and not _proves(target, confidence, failures, high):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if _proves(target, confidence, failures, middle) else (middle, high)
    return math.ceil(high * inflation(loss, mean_burst))


def _proves(target: float, confidence: float, failures: int, messages: int) -> bool:
    from scipy.special import betainc  # noqa: PLC0415 - see above

    return float(betainc(messages - failures, failures + 1.0, target)) <= 1.0 - confidence


def inflation(loss_ratio: float, mean_burst: float) -> float:
    """Variance of a count of losses over that of independent ones, for a two-state chain and many messages."""
    if mean_burst <= 1.0:
        return 1.0
    stay = 1.0 - 1.0 / mean_burst - loss_ratio / (mean_burst * (1.0 - loss_ratio))
    return max((1.0 + stay) / (1.0 - stay), 1.0)


def effective_messages(failed: ArrayLike) -> tuple[float, float]:
    """Messages that count as independent in a log, and the correlation of neighbours behind it.

    failed : (n,) True for a lost or late message, in order of sending. The correlation is that of a two-state chain
    fitted to the log; one below 0 counts as 0, so that order never makes a sample larger.
    """
    bad = np.asarray(failed, dtype=np.bool_)
    n = bad.size
    if n < 2 or not bad.any() or bad.all():
        return float(n), 0.0
    before, after = bad[:-1], bad[1:]
    stay = after[before].mean() if before.any() else 0.0
    enter = after[~before].mean() if (~before).any() else 1.0
    correlation = max(float(stay - enter), 0.0)
    return n * (1.0 - correlation) / (1.0 + correlation), correlation


def mtbf_test_s(mtbf_s: float, confidence: float = 0.95, *, failures: int = 0) -> float:
    """Time of operation that proves a mean time between failures when it holds so many failures [s].

    Raises OutOfRange. Source: IEC 60605-4 (exponential times, test ended by time); 3.0 x MTBF without one at 95 %.
    """
    Limit("mtbf_s", 0.0, 1e12, "assumption", ends="(]").require(mtbf_s)
    CONFIDENCE.require(confidence)
    FAILURES.require(failures)
    return mtbf_s * failure_times(failures, confidence)


def failure_times(failures: int, probability: float) -> float:
    """Quantile of the time to failure `failures` + 1, in mean times between failures."""
    from scipy.special import gammaincinv  # noqa: PLC0415 - see above

    return float(gammaincinv(failures + 1.0, probability))
