"""Availability and time between failures of a periodic service, from a model of its losses."""

from __future__ import annotations

import math
from dataclasses import dataclass

from setsail.base.errors import OutOfRange
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.service.availability.log import INTERVAL_S, SURVIVAL_S

LOSS = Limit("loss_ratio", 0.0, 1.0, "a ratio", ends="()")
AVAILABILITY = Limit("availability", 0.0, 1.0, "a ratio", ends="()")
EXACT = 1e-9


@dataclass(frozen=True, slots=True)
class LossModel:
    """Losses of a two-state Markov chain (Gilbert): a message is lost in the bad state and only there.

    loss_ratio : share of lost messages;  mean_burst : mean length of a run of losses, None for independent losses, for
    which it is 1 / (1 - loss_ratio).
    """

    loss_ratio: float
    mean_burst: float | None = None

    def __post_init__(self) -> None:
        LOSS.require(self.loss_ratio)
        least = 1.0
        if self.mean_burst is not None and (self.mean_burst < least or self.into_bad > 1.0):
            high = "" if self.mean_burst >= least else "1 or more"
            raise OutOfRange(
                f"is {self.mean_burst:g}", where="mean_burst",
                allowed=high or f"at least {self.loss_ratio / (1 - self.loss_ratio):g} at this loss ratio",
            )  # fmt: skip

    @property
    def out_of_bad(self) -> float:
        """Probability that the message after a lost one arrives."""
        return 1.0 - self.loss_ratio if self.mean_burst is None else 1.0 / self.mean_burst

    @property
    def into_bad(self) -> float:
        """Probability that the message after a good one is lost."""
        return self.loss_ratio * self.out_of_bad / (1.0 - self.loss_ratio)

    @property
    def correlation(self) -> float:
        """Correlation of two messages that follow each other; 0 for independent losses."""
        return 1.0 - self.into_bad - self.out_of_bad

    def consecutive(self, k: int) -> float:
        """Probability that k messages in a row are lost."""
        return self.loss_ratio * (1.0 - self.out_of_bad) ** (k - 1)


@dataclass(frozen=True, slots=True)
class ServiceAvailability:
    """What a loss model gives. losses_until_down : k;  p_down_run : probability of k losses in a row;  availability;
    unavailability : 1 less it, kept for its digits;  mtbf_s : mean up time between failures;  mean_down_s : of one.
    """

    losses_until_down: int
    p_down_run: float
    unavailability: float
    mtbf_s: float
    mean_down_s: float
    interval_s: float
    survival_s: float
    model: LossModel

    @property
    def availability(self) -> float:
        """Share of the time in which the service is up."""
        return 1.0 - self.unavailability

    def record(self) -> Record:
        """Its columns."""
        return {
            "availability": self.availability, "unavailability": self.unavailability, "mtbf_s": self.mtbf_s,
            "mtbf_days": self.mtbf_s / 86400.0, "mean_down_s": self.mean_down_s,
            "losses_until_down": self.losses_until_down, "p_down_run": self.p_down_run,
            "loss_ratio": self.model.loss_ratio, "mean_burst": 1.0 / self.model.out_of_bad,
            "correlation": self.model.correlation, "interval_s": self.interval_s, "survival_s": self.survival_s,
        }  # fmt: skip


def from_losses(model: LossModel, *, interval_s: float, survival_s: float = 0.0) -> ServiceAvailability:
    """Availability of a periodic service whose messages are lost after `model`.

    A run of n losses keeps the link down for n intervals; the service is down for what exceeds the survival time, thus
    from k = floor(survival / interval) + 1 losses on. Exact for the chain (renewal at every good message).
    Raises OutOfRange. Source: TS 22.104 Annex C.3; E. N. Gilbert, Bell System Technical Journal 39 (1960) 1253.
    """
    INTERVAL_S.require(interval_s)
    SURVIVAL_S.require(survival_s)
    k = math.floor(survival_s / interval_s * (1 + EXACT)) + 1
    stay = 1.0 - model.out_of_bad
    starts = (1.0 - model.loss_ratio) * model.into_bad * stay ** (k - 1)  # failures per message
    rest = max(survival_s - (k - 1) * interval_s, 0.0)
    down = interval_s / model.out_of_bad - rest
    gone = starts * down / interval_s
    mtbf = interval_s / starts * (1.0 - gone) if starts else math.inf
    return ServiceAvailability(k, model.consecutive(k), gone, mtbf, down, interval_s, survival_s, model)


def loss_ratio_allowed(
    availability: float, *, interval_s: float, survival_s: float = 0.0, mean_burst: float | None = None
) -> float:
    """Largest loss ratio that leaves an availability, to 1e-6 of itself. Raises OutOfRange."""
    AVAILABILITY.require(availability)
    low, high = 1e-15, 0.5 if mean_burst is None else min(0.5, mean_burst / (1.0 + mean_burst))

    def fits(loss: float) -> bool:
        found = from_losses(LossModel(loss, mean_burst), interval_s=interval_s, survival_s=survival_s)
        return found.unavailability <= 1.0 - availability

    if fits(high):
        return high
    while high / low > 1 + 1e-6:
        middle = math.sqrt(low * high)
        low, high = (middle, high) if fits(middle) else (low, middle)
    return low
