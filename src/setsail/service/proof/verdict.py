"""Verdicts of a test: pass and fail only where the sample carries them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import Bool
from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.service.proof.intervals import (
    CONFIDENCE,
    FAILURES,
    SHARE,
    clopper_pearson,
    effective_messages,
    failure_times,
    messages_needed,
    mtbf_test_s,
)

Clock = Literal["one-way", "round-trip"]
TestVerdict = Literal["pass", "fail", "inconclusive"]
DURATION = Limit("observed_s", 0.0, 1e12, "assumption", ends="(]")


@dataclass(frozen=True, slots=True)
class Tested:
    """Verdict of a sample on a claim.

    met : measured value;  low, high : one-sided bounds of the true one;  n : messages, n_effective : of them that count
    as independent;  needed : messages that would prove the claim without a failure, None for a time between failures.
    """

    verdict: TestVerdict
    met: float | None
    required: float
    low: float | None
    high: float | None
    n: int
    n_effective: float
    failures: int
    confidence: float
    needed: int | None
    cause: str

    def record(self) -> Record:
        """Its columns."""
        return {
            "verdict": self.verdict, "met": self.met, "required": self.required, "low": self.low, "high": self.high,
            "n": self.n, "n_effective": self.n_effective, "failures": self.failures, "confidence": self.confidence,
            "needed": self.needed, "cause": self.cause,
        }  # fmt: skip


def judge_share(failed: ArrayLike, target: float, *, confidence: float = 0.95) -> Tested:
    """Verdict on a share of arrivals from messages in the order of sending.

    failed : (n,) True for a lost or late message. Pass where the lower bound of the share reaches the target, fail
    where its upper bound misses it, else inconclusive. Neighbours that fail together count as fewer messages: the
    bounds are those of Clopper and Pearson on effective counts. Raises BadInput, OutOfRange.
    """
    SHARE.require(target)
    bad = np.asarray(failed, dtype=np.bool_)
    if bad.ndim != 1 or not bad.size:
        raise BadInput(f"has the shape {bad.shape}", where="failed", allowed="one column that is not empty")
    count, (effective, correlation) = int(bad.sum()), effective_messages(bad)
    bounds = clopper_pearson(count * effective / bad.size, effective, confidence)
    low, high = 1.0 - bounds.high, 1.0 - bounds.low
    needed = messages_needed(target, confidence)
    verdict: TestVerdict = "pass" if bounds.high <= 1.0 - target else "fail" if high < target else "inconclusive"
    cause = f"{count} of {bad.size} messages failed"
    if correlation:
        cause += f", in bursts: they count as {effective:.0f} independent ones"
    if verdict == "inconclusive":
        cause += f"; {needed} without a failure would prove it"
    return Tested(verdict, 1.0 - count / bad.size, target, low, high, int(bad.size), effective, count, confidence,
                  needed, cause)  # fmt: skip


def judge_delays(
    delay_s: ArrayLike, bound_s: float, target: float, *, clock: Clock = "one-way", confidence: float = 0.95
) -> Tested:
    """Verdict on a share of messages within a bound, from delays (n,) [s], NaN where lost.

    clock : one-way needs clocks in step at both ends; a round trip within the bound of one way proves it, a longer one
    refutes nothing, so that it is never a fail. Raises BadInput, OutOfRange.
    """
    delay = np.asarray(delay_s, dtype=np.float64)
    late: Bool = ~(delay <= bound_s)
    found = judge_share(late, target, confidence=confidence)
    if clock == "round-trip" and found.verdict == "fail":
        cause = f"{found.cause}; round trips cannot refute a bound of one way"
        return Tested("inconclusive", found.met, target, found.low, found.high, found.n, found.n_effective,
                      found.failures, confidence, found.needed, cause)  # fmt: skip
    return found


def judge_mtbf(failures: int, observed_s: float, target_s: float, *, confidence: float = 0.95) -> Tested:
    """Verdict on a mean time between failures from failures in a time of operation [s].

    Pass where the time proves the target with so many failures; fail where so many would be too rare at the target;
    else inconclusive. Raises OutOfRange.
    """
    DURATION.require(observed_s)
    CONFIDENCE.require(confidence)
    FAILURES.require(failures)
    low = observed_s / failure_times(failures, confidence)
    high = observed_s / failure_times(failures - 1, 1.0 - confidence) if failures else None
    verdict: TestVerdict = "pass" if low >= target_s else "inconclusive"
    if high is not None and high < target_s:
        verdict = "fail"
    wanted = mtbf_test_s(target_s, confidence)
    cause = f"{failures} failures in {observed_s:g} s; {wanted:g} s without one would prove it"
    met = observed_s / failures if failures else None
    return Tested(verdict, met, target_s, low, high, failures, float(failures), failures, confidence, None, cause)
