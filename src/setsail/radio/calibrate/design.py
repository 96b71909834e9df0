"""The terms of a calibration as columns, the weights of samples, and whether the data can tell the terms apart."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.base.errors import NotComputable
from setsail.radio.calibrate.links import Levels, Links
from setsail.radio.calibrate.options import (
    LEAST_PER_LEVEL,
    LEAST_SAMPLES,
    LEAST_SPAN,
    MOST_CENSORED,
    MOST_INFLATION,
    CalibrateOptions,
)

LEAST_IN_BIN = 5
"""A distance bin with fewer samples weighs as if it held so many: one sample must not rule."""


@dataclass(frozen=True, slots=True)
class Design:
    """Columns x (n, p): ones, then the slope, then effects of cells, then of devices, each adding up to 0.

    groups : name and columns of each term but the first;  reference_m : distance at which the slope is 0.
    """

    x: F64
    reference_m: float
    groups: tuple[tuple[str, slice], ...]

    def columns(self, name: str) -> slice | None:
        """The columns of a term, `None` where it is not fitted."""
        return dict(self.groups).get(name)


def design(links: Links, w: F64, options: CalibrateOptions, reference_m: float | None = None) -> Design:
    """The columns of samples with weights w (n,); reference_m : else the weighted geometric mean distance."""
    decades = np.log10(links.distance_m)
    reference = reference_m or float(10.0 ** np.average(decades, weights=w))
    parts: list[tuple[str, F64]] = []
    if options.slope:
        parts.append(("slope", (decades - np.log10(reference))[:, None]))
    if options.per_cell:
        parts.append(("cell", effects(links.cell)))
    if options.per_device and len(links.device) > 1:
        parts.append(("device", effects(links.device)))
    columns, groups, at = [np.ones((len(links), 1))], [], 1
    for name, part in parts:
        columns.append(part)
        groups.append((name, slice(at, at + part.shape[1])))
        at += part.shape[1]
    return Design(np.hstack(columns), reference, tuple(groups))


def effects(of: Levels) -> F64:
    """(n, levels - 1) effect coding: the effects of all levels add up to 0, the last is minus the sum of the others."""
    full = np.eye(len(of))[of.index]
    return full[:, :-1] - full[:, -1:]


def weights(distance_m: F64, bin_decades: float | None) -> F64:
    """(n,) weights of mean 1: every occupied bin of log distance weighs alike, however long the car stood there."""
    if bin_decades is None or not len(distance_m):
        return np.ones_like(distance_m)
    which = np.floor(np.log10(distance_m) / bin_decades).astype(np.int64)
    _, index, count = np.unique(which, return_inverse=True, return_counts=True)
    w = 1.0 / np.maximum(count, LEAST_IN_BIN)[index.ravel()]
    return np.asarray(w * len(w) / w.sum(), dtype=np.float64)


def clipped(links: Links, options: CalibrateOptions) -> tuple[F64, Bool]:
    """Measured RSRP (n,), not below the floor of the receiver, and which samples stand there."""
    if options.floor_dbm is None:
        return links.rsrp_dbm, np.zeros(len(links), dtype=np.bool_)
    return np.maximum(links.rsrp_dbm, options.floor_dbm), links.rsrp_dbm <= options.floor_dbm


def spread(distance_m: F64) -> tuple[float, float]:
    """The 5 % and 95 % quantile of distance [m]."""
    low, high = np.quantile(distance_m, [0.05, 0.95])
    return float(low), float(high)


def require_enough(links: Links, censored: Bool, options: CalibrateOptions, where: str) -> None:
    """Raises NotComputable, with what would be needed, where samples are too few, cut off or too alike in distance."""
    above = int((~censored).sum())
    if above < LEAST_SAMPLES:
        raise NotComputable(
            f"holds {above} samples above the floor", where=where, allowed=f"{LEAST_SAMPLES} or more", hint="drive on"
        )
    share = float(censored.mean())
    if share > MOST_CENSORED:
        raise NotComputable(
            f"has {share:.0%} of its samples at the floor", where=where, allowed=f"at most {MOST_CENSORED:.0%}",
            hint="measure nearer to the cells or with a better receiver",
        )  # fmt: skip
    low, high = spread(links.distance_m[~censored])
    if options.slope and high < LEAST_SPAN * low:
        raise NotComputable(
            f"spans distances of {low:.0f} to {high:.0f} m (5 % to 95 %): a slope cannot be told", where=where,
            allowed=f"a ratio of {LEAST_SPAN:g} or more, such as {low:.0f} to {LEAST_SPAN * low:.0f} m",
            hint="--no-slope fits the offset only",
        )  # fmt: skip
    if options.per_cell:
        _require_levels(links.cell, censored, "cell", where)
    if options.per_device and len(links.device) > 1:
        _require_levels(links.device, censored, "device", where)


def require_apart(made: Design, w: F64, where: str) -> None:
    """Raises NotComputable naming a term that the others explain (generalised variance inflation above 10).

    Source: Fox and Monette, Journal of the American Statistical Association 87 (1992), 178-183.
    """
    columns = made.x[:, 1:] - np.average(made.x[:, 1:], axis=0, weights=w)
    length = np.sqrt((w[:, None] * columns**2).sum(axis=0))
    terms = [(name, slice(part.start - 1, part.stop - 1)) for name, part in made.groups]
    flat = [name for name, part in terms if (length[part] < 1e-9).any()]
    if flat:
        raise NotComputable(f"cannot tell the term {flat[0]!r}: it is the same in all samples", where=where)
    unit = columns / length
    correlation = unit.T @ (w[:, None] * unit)
    for name, part in terms:
        inflation = _inflation(correlation, part)
        if inflation > MOST_INFLATION:
            raise NotComputable(
                f"cannot tell the term {name!r} from the others (variance inflation {min(inflation, 1e9):.3g})",
                where=where, allowed=f"at most {MOST_INFLATION:g}", hint=HINTS[name],
            )  # fmt: skip


HINTS = {
    "slope": "measure every cell near and far, or leave per-cell terms or the slope away",
    "cell": "measure every cell near, far and with each device, or leave per-cell terms away",
    "device": "carry all devices on one drive, or leave per-device terms away",
}


def _inflation(correlation: F64, part: slice) -> float:
    """GVIF^(1 / df): by how much the other terms widen the variance of this one, per column."""
    own = np.zeros(len(correlation), dtype=np.bool_)
    own[part] = True
    if own.all():
        return 1.0
    logs = [np.linalg.slogdet(m) for m in (correlation[own][:, own], correlation[~own][:, ~own], correlation)]
    if any(sign <= 0.0 for sign, _ in logs):
        return float("inf")
    return float(np.exp((logs[0][1] + logs[1][1] - logs[2][1]) / own.sum()))


def _require_levels(of: Levels, censored: Bool, what: str, where: str) -> None:
    if len(of) < 2:
        raise NotComputable(
            f"holds one {what} only ({of.names[0]}): its own term cannot be told from the offset", where=where,
            allowed=f"samples of 2 or more {what}s", hint=f"leave per-{what} terms away",
        )  # fmt: skip
    counts = np.bincount(of.index[~censored], minlength=len(of))
    if counts.min() < LEAST_PER_LEVEL:
        name = of.names[int(counts.argmin())]
        raise NotComputable(
            f"holds {counts.min()} samples of {what} {name} above the floor", where=where,
            allowed=f"{LEAST_PER_LEVEL} or more of each {what} for a term of its own",
        )  # fmt: skip
