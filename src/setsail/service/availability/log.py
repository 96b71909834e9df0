"""Availability and time between failures of a periodic service, from a log of its messages."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.base.record import Record

DEADLINE_S = Limit("deadline_s", 0.0, 3600.0, "assumption", ends="(]")
SURVIVAL_S = Limit("survival_s", 0.0, 86400.0, "assumption")
INTERVAL_S = Limit("interval_s", 0.0, 86400.0, "assumption", ends="(]")
EXACT = 1e-9
"""Relative room for times that are sums of decimal numbers."""


@dataclass(frozen=True, slots=True, eq=False)
class MessageLog:
    """What a log tells.

    messages, lost, late : counts;  runs : (n_runs,) lengths of the runs of lost or late messages;  failures : runs that
    outlast the survival time;  up_s, down_s : time in each state;  availability : up over all;  mtbf_s : mean up time
    between failures, None without one;  mean_down_s : of a failure, None without one;  observed_s : whole time;
    interval_s : between messages.
    """

    messages: int
    lost: int
    late: int
    runs: I64
    failures: int
    up_s: float
    down_s: float
    observed_s: float
    interval_s: float
    deadline_s: float
    survival_s: float

    @property
    def availability(self) -> float:
        """Share of the time in which the service is up."""
        return self.up_s / self.observed_s

    @property
    def reliability(self) -> float:
        """Share of the messages that arrive in time."""
        return 1.0 - (self.lost + self.late) / self.messages

    @property
    def mtbf_s(self) -> float | None:
        """Mean up time between failures [s]; None without a failure."""
        return self.up_s / self.failures if self.failures else None

    @property
    def mean_run(self) -> float:
        """Mean length of a run of failed messages; 0 without one."""
        return float(self.runs.mean()) if self.runs.size else 0.0

    def record(self) -> Record:
        """Its columns, runs as counts by length."""
        lengths, counts = np.unique(self.runs, return_counts=True)
        return {
            "messages": self.messages, "lost": self.lost, "late": self.late, "reliability": self.reliability,
            "availability": self.availability, "failures": self.failures, "mtbf_s": self.mtbf_s,
            "mean_down_s": self.down_s / self.failures if self.failures else None, "up_s": self.up_s,
            "down_s": self.down_s, "observed_s": self.observed_s, "interval_s": self.interval_s,
            "deadline_s": self.deadline_s, "survival_s": self.survival_s, "mean_run": self.mean_run,
            "runs": {str(n): int(c) for n, c in zip(lengths, counts, strict=True)},
        }  # fmt: skip


def from_log(
    sent_s: ArrayLike, delay_s: ArrayLike, *, deadline_s: float, survival_s: float = 0.0,
    interval_s: float | None = None,
) -> MessageLog:  # fmt: skip
    """Availability of a periodic service from its messages.

    sent_s : (n,) times of sending, rising [s];  delay_s : (n,) delays [s], NaN for a lost message;  deadline_s : a
    later message is untimely;  survival_s : time that the application goes on without;  interval_s : of the messages,
    else the median of the log. A message that fails brings the link down until the next good one; the service is down
    once that lasts longer than the survival time. Raises BadInput, OutOfRange.
    Source: TS 22.104 Annex C.3.
    Deviates: states change at the deadlines of messages, not at arrivals, so that early messages change nothing; a run
    that reaches the end of the log ends one interval after the last message.
    """
    sent, delay = _checked(sent_s, delay_s)
    DEADLINE_S.require(deadline_s)
    SURVIVAL_S.require(survival_s)
    step = float(np.median(np.diff(sent))) if interval_s is None and sent.size > 1 else interval_s
    if step is None:
        raise BadInput("is needed for one message", where="interval_s", allowed="a time")
    INTERVAL_S.require(step)
    lost = np.isnan(delay)
    late = ~lost & (np.nan_to_num(delay) > deadline_s * (1 + EXACT))
    first, after = runs_of(lost | late)
    ends = np.append(sent, sent[-1] + step)
    outlast = ends[after] - sent[first] - survival_s
    digits = 4.0 * np.finfo(np.float64).eps * float(np.abs(ends).max())  # of times such as seconds since 1970
    down = outlast[outlast > max(EXACT * step, digits)]
    whole = float(ends[-1] - sent[0])
    gone = float(down.sum())
    return MessageLog(
        sent.size, int(lost.sum()), int(late.sum()), after - first, down.size, whole - gone, gone, whole, step,
        deadline_s, survival_s,
    )  # fmt: skip


def runs_of(failed: Bool) -> tuple[I64, I64]:
    """First index of every run of True, and the index after its last, (n_runs,) each."""
    edges = np.diff(np.concatenate(([0], failed.astype(np.int8), [0])))
    return np.flatnonzero(edges == 1).astype(np.int64), np.flatnonzero(edges == -1).astype(np.int64)


def _checked(sent_s: ArrayLike, delay_s: ArrayLike) -> tuple[F64, F64]:
    sent, delay = np.asarray(sent_s, dtype=np.float64), np.asarray(delay_s, dtype=np.float64)
    if sent.ndim != 1 or sent.shape != delay.shape or not sent.size:
        raise BadInput(f"{sent.shape} and {delay.shape}", where="message log", allowed="columns of equal length, not 0")
    if not np.isfinite(sent).all():
        raise BadInput("holds a time that is no number", where="message log sent_s", allowed="finite times")
    wrong = np.flatnonzero(np.diff(sent) <= 0)
    if wrong.size:
        raise BadInput(
            f"does not rise at message {wrong[0] + 2}", where="message log sent_s", allowed="rising times",
            hint="sort the log by time of sending and remove repeated messages",
        )  # fmt: skip
    if (delay < 0).any():
        raise BadInput(
            f"is {delay[delay < 0][0]:g} s", where="message log delay_s", allowed="0 or more, empty where lost",
            hint="the clocks of sender and receiver differ",
        )  # fmt: skip
    return sent, delay
