"""Values of the implementation terms of a preset, within their ranges, that come closest to measured delays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from setsail.base.errors import BadInput
from setsail.service.latency.budget import Budget, budget
from setsail.service.latency.options import Radio
from setsail.service.latency.presets import Preset

MEAN_BAND, TAIL_BAND, TAIL = 0.15, 0.25, 0.999
"""Relative errors that count alike: of the mean, and of the 99.9th percentile."""
STEP_MS = 0.05
"""Grid of the delays that are fitted."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Mean and 99.9th percentile of one direction [s]."""

    mean_s: float
    p99_9_s: float

    def __post_init__(self) -> None:
        if not 0 < self.mean_s <= self.p99_9_s:
            raise BadInput(
                f"are {self.mean_s} and {self.p99_9_s}", where="measured mean and 99.9 %", allowed="0 < mean"
            )


@dataclass(frozen=True, slots=True)
class Errors:
    """Relative errors of a model against what was measured, and their distance in bands."""

    mean_ratio: float
    p99_9_ratio: float

    @property
    def distance(self) -> float:
        """Sum of the squared errors, each in its band."""
        return (self.mean_ratio / MEAN_BAND) ** 2 + (self.p99_9_ratio / TAIL_BAND) ** 2


def errors(made: Budget, measured: Measured) -> Errors:
    """Relative errors of a budget: model over measured, less 1."""
    return Errors(made.mean_s / measured.mean_s - 1, made.percentile(TAIL) / measured.p99_9_s - 1)


def fit(start: Preset, radios: Mapping[str, Radio], measured: Mapping[str, Measured]) -> Preset:
    """The preset with its fitted terms set to the values of least distance over both directions.

    Only terms marked as fitted move, on a grid of whole slots and of 0.05 ms, within their ranges. The slots of
    pipeline and radio head act as their sum: of equal sums the smallest head is taken. The delays of UE stack and UPF
    act as their sum too: of equal distances the smallest UPF is taken.
    """
    best: tuple[float, dict[str, float]] | None = None
    for shared in _shared(start):
        distance, values = 0.0, dict(shared)
        for direction, radio in radios.items():
            own, name = _own(start, direction)
            tried = [(errors(budget(radio, preset=start.with_values(**shared, **{name: v})), measured[direction]), v)
                     for v in own]  # fmt: skip
            error, value = min(tried, key=lambda t: (round(t[0].distance, 9), t[1]))
            distance, values[name] = distance + error.distance, value
        if best is None or distance < best[0] - 1e-9:
            best = (distance, values)
    if best is None:
        raise BadInput("holds no fitted term", where=f"preset {start.name}")
    return start.with_values(**best[1])


def _shared(start: Preset) -> Iterator[dict[str, float]]:
    """Values of the terms that act on both directions: each sum of slots once, and the UPF."""
    bounds = {t.term: t for t in start.terms if t.fitted}
    pipeline, head, upf = bounds["gnb-pipeline"], bounds["radio-head"], bounds["upf"]
    sums: dict[float, tuple[float, float]] = {}
    for m, h in product(_whole(pipeline.low, pipeline.high), _whole(head.low, head.high)):
        if m + h not in sums or h < sums[m + h][1]:
            sums[m + h] = (m, h)
    for (m, h), u in product(sums.values(), _grid(upf.low, upf.high, 0.35)):
        yield {"gnb_pipeline_both": m, "radio_head_both": h, "upf_both": u}


def _own(start: Preset, direction: str) -> tuple[list[float], str]:
    """Values of the UE stack of a direction, and the name that sets them."""
    term = next(t for t in start.terms if t.term == "ue-stack" and t.acts_on(direction))
    return _grid(term.low, term.high, STEP_MS), f"ue_stack_{term.direction}"


def _whole(low: float, high: float) -> list[float]:
    return [float(k) for k in range(round(low), round(high) + 1)]


def _grid(low: float, high: float, step: float) -> list[float]:
    return [round(low + k * step, 6) for k in range(round((high - low) / step) + 1)]
