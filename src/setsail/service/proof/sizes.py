"""Plan of a test: how many messages, for how long, and what a shorter one still proves."""

from __future__ import annotations

import math
from dataclasses import dataclass

from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.service.proof.intervals import CONFIDENCE, messages_needed

INTERVAL = Limit("interval_s", 0.0, 86400.0, "assumption", ends="(]")
MOST_FAILURES = 3
"""Failures up to which the plan tells how much longer the test becomes."""
LONG_TEST_S = 30 * 86400.0
"""Duration above which a share is left to the operating network."""
SHORTER_S = (60.0, 3600.0, 86400.0)


@dataclass(frozen=True, slots=True)
class TestPlan:
    """Size of a test that proves a share of arrivals.

    messages, duration_s : without one failure;  burst_messages : so with bursts of `mean_burst`;  with_failures : sizes
    with 1, 2, 3 failures;  provable : shares that shorter tests prove, by their duration [s].
    """

    __test__ = False

    target: float
    confidence: float
    interval_s: float
    messages: int
    mean_burst: float
    burst_messages: int
    with_failures: tuple[tuple[int, int], ...]
    provable: tuple[tuple[float, float], ...]

    @property
    def duration_s(self) -> float:
        """Time of the test with independent messages and without a failure [s]."""
        return self.messages * self.interval_s

    @property
    def burst_duration_s(self) -> float:
        """Time of the test with bursts and without a failure [s]."""
        return self.burst_messages * self.interval_s

    @property
    def only_by_operation(self) -> bool:
        """True where an acceptance test can refute the claim but not prove it."""
        return self.burst_duration_s > LONG_TEST_S

    def record(self) -> Record:
        """Its columns."""
        return {
            "target": self.target, "confidence": self.confidence, "interval_s": self.interval_s,
            "messages": self.messages, "duration_s": self.duration_s, "duration": spoken(self.duration_s),
            "mean_burst": self.mean_burst, "burst_messages": self.burst_messages,
            "burst_duration_s": self.burst_duration_s, "burst_duration": spoken(self.burst_duration_s),
            "with_failures": [
                {"failures": f, "messages": n, "duration_s": n * self.interval_s} for f, n in self.with_failures
            ],
            "provable": [{"duration_s": t, "target": share} for t, share in self.provable],
            "only_by_operation": self.only_by_operation,
            "assumes": "independent messages" if self.mean_burst == 1.0 else f"bursts of {self.mean_burst:g} messages",
        }  # fmt: skip


def plan(target: float, *, interval_s: float, confidence: float = 0.95, mean_burst: float = 1.0) -> TestPlan:
    """Sizes of a test of a share of arrivals, one-sided and exact. Raises OutOfRange."""
    INTERVAL.require(interval_s)
    CONFIDENCE.require(confidence)
    sizes = tuple(
        (f, messages_needed(target, confidence, failures=f, mean_burst=mean_burst)) for f in range(1, MOST_FAILURES + 1)
    )
    shorter = tuple((t, share_proved(int(t / interval_s), confidence)) for t in SHORTER_S if t >= interval_s)
    return TestPlan(
        target, confidence, interval_s, messages_needed(target, confidence), mean_burst,
        messages_needed(target, confidence, mean_burst=mean_burst), sizes, shorter,
    )  # fmt: skip


def share_proved(messages: int, confidence: float = 0.95) -> float:
    """Largest share of arrivals that so many messages without a failure prove."""
    return math.exp(math.log1p(-confidence) / messages)


def spoken(seconds: float) -> str:
    """A time in the largest unit that gives at least 1."""
    for unit, size in (("years", 365.25 * 86400.0), ("d", 86400.0), ("h", 3600.0), ("min", 60.0)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds:.3g} s"
