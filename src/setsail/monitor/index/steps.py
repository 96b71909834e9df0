"""The steps from raw columns to normalised ones. Every step takes a matrix (rows, indicators) and returns another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from setsail.base.arrays import F64, I64, Bool
from setsail.base.errors import NotComputable
from setsail.monitor.index import kernels
from setsail.monitor.index.options import Denominate, Impute, Normalise, Pipeline, Screen, Treat
from setsail.monitor.index.tables import IndexData, Note
from setsail.standards.frameworks import Indicator

LEAST_TO_TREAT = 4
"""Values that a kurtosis needs."""


@dataclass(frozen=True, slots=True)
class Treatment:
    """What the treatment of one column did, in one time: skewness and kurtosis before, after, after the logarithm."""

    code: str
    time: str
    checks: tuple[tuple[bool, float, float], ...]
    drawn_in: int | None
    log: bool


@dataclass(frozen=True, slots=True)
class Front:
    """Normalised columns with all that led there; a row that was screened out is NaN from that step on."""

    x: F64
    outputs: Mapping[str, F64]
    kept: Bool
    imputed: Bool
    treatments: tuple[Treatment, ...] = ()
    notes: tuple[Note, ...] = ()


@dataclass(slots=True)
class _Work:
    """What the steps hand to each other."""

    data: IndexData
    indicators: Sequence[Indicator]
    blocks: Mapping[str, I64]
    kept: Bool
    imputed: Bool
    forced: Bool | None
    treatments: list[Treatment] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def front(data: IndexData, indicators: Sequence[Indicator], pipeline: Pipeline, *, kept: Bool | None = None) -> Front:
    """Raw columns led through every step before the aggregation.

    indicators : one for each column of `data.values`;  kept : (n,) which rows stay, in the place of the screening.
    Raises NotComputable.
    """
    x = data.values
    work = _Work(data, indicators, data.blocks(), np.ones(len(x), np.bool_), np.zeros(x.shape, np.bool_), kept)
    outputs = {"Raw": x}
    for step in pipeline.steps[:-1]:
        if isinstance(step, Denominate):
            x = _denominated(x, work)
        elif isinstance(step, Impute):
            x = _imputed(x, step, work)
        elif isinstance(step, Screen):
            x = _screened(x, step, work)
        elif isinstance(step, Treat):
            x = _treated(x, step, work)
        elif isinstance(step, Normalise):
            x = _normalised(x, step, work)
        outputs[step.output] = x
    return Front(x, outputs, work.kept, work.imputed, tuple(work.treatments), tuple(work.notes))


def _denominated(x: F64, work: _Work) -> F64:
    """Columns divided by their denominators and multiplied by their scale."""
    x = x.copy()
    for j, indicator in enumerate(work.indicators):
        if indicator.denominator:
            divisor = work.data.denominators.get(indicator.denominator)
            if divisor is None:
                raise NotComputable(
                    f"lacks the denominator {indicator.denominator!r} of {indicator.code}", where=work.data.source,
                    hint="add the column, or leave out the step denominate",
                )  # fmt: skip
            zero = np.flatnonzero(divisor <= 0)
            if zero.size:
                raise NotComputable(
                    f"is {divisor[zero[0]]:g} for {work.data.units[zero[0]]}", allowed="above 0",
                    where=f"{_row(work.data, int(zero[0]))} column '{indicator.denominator}'",
                )  # fmt: skip
            x[:, j] = x[:, j] / divisor
        if indicator.scale != 1:
            x[:, j] *= indicator.scale
    return x


def _imputed(x: F64, step: Impute, work: _Work) -> F64:
    """Columns with missing values filled. A row without any observation is filled by interpolation only."""
    x = x.copy()
    gaps = np.isnan(x)
    if step.method == "none" or not gaps.any():
        return x
    if step.method == "interpolate":
        _interpolate(x, step, work)
    else:
        for rows in _sharing(step, work):
            part = x[rows]
            means = _means(part)
            gap = np.isnan(part)
            fill = gap & (gap.sum(axis=1) < part.shape[1])[:, None]
            x[rows] = np.where(fill, means, part)
    work.imputed |= gaps & ~np.isnan(x)
    left = int(np.isnan(x).sum())
    if left:
        work.notes.append(Note("still-missing", step.output, f"{left} of {gaps.sum()} gaps could not be filled"))
    return x


def _sharing(step: Impute, work: _Work) -> list[I64]:
    """Sets of rows that share a mean."""
    blocks = list(work.blocks.values()) if step.over == "time" else [np.arange(len(work.kept))]
    if step.method == "mean":
        return blocks
    labels = work.data.groups.get(step.group)
    if labels is None:
        raise NotComputable(
            f"lacks the grouping column {step.group!r}", where=work.data.source,
            allowed=", ".join(work.data.groups) or "no grouping column is there", hint="impute with method mean",
        )  # fmt: skip
    of = np.asarray(labels)
    return [rows[of[rows] == g] for rows in blocks for g in sorted(set(of[rows]))]


def _means(x: F64) -> F64:
    """Mean of each column; NaN where it is empty."""
    there = ~np.isnan(x)
    n = there.sum(axis=0)
    return np.where(n > 0, np.where(there, x, 0.0).sum(axis=0) / np.maximum(n, 1), np.nan)


def _interpolate(x: F64, step: Impute, work: _Work) -> None:
    """Fills between two observations of one unit on a straight line; beyond them by `ends`."""
    try:
        times = np.array([float(t) for t in work.data.times])
    except ValueError as err:
        raise NotComputable(
            "has times that are no numbers", where=work.data.source, hint="name years, or impute with a mean"
        ) from err
    units = np.asarray(work.data.units)
    for unit in dict.fromkeys(work.data.units):
        rows = np.flatnonzero(units == unit)
        rows = rows[np.argsort(times[rows])]
        for j in np.flatnonzero(np.isnan(x[rows]).any(axis=0)):
            there = rows[~np.isnan(x[rows, j])]
            gaps = rows[np.isnan(x[rows, j])]
            if there.size and step.ends == "none":
                gaps = gaps[(times[gaps] > times[there[0]]) & (times[gaps] < times[there[-1]])]
            if there.size:
                x[gaps, j] = np.interp(times[gaps], times[there], x[there, j])


def _screened(x: F64, step: Screen, work: _Work) -> F64:
    """Columns without the rows that hold too little."""
    share = (~np.isnan(x)).mean(axis=1)
    work.kept = share >= step.least_share if work.forced is None else work.forced
    for row in np.flatnonzero(~work.kept):
        work.notes.append(
            Note(
                "screened-out",
                _row(work.data, int(row)),
                f"{_unit(work.data, int(row))} has {share[row]:.0%} of the indicators",
            )
        )
    if not work.kept.any():
        raise NotComputable(
            f"keeps no unit: the best has {share.max():.0%} of the indicators", where="screen",
            allowed=f"least_share {step.least_share:g}", hint="lower least_share",
        )  # fmt: skip
    return np.where(work.kept[:, None], x, np.nan)


def _treated(x: F64, step: Treat, work: _Work) -> F64:
    """Columns with outliers drawn in, or under a logarithm where drawing in does not do."""
    x = x.copy()
    columns = np.array([j for j, i in enumerate(work.indicators) if i.code not in step.skip], dtype=np.int64)
    blocks = work.blocks if step.over == "time" else {"": np.arange(len(x))}
    for time, rows in blocks.items():
        part = x[np.ix_(rows, columns)]
        drawn, count = kernels.winsorised(part, step.winmax, step.skewness, step.kurtosis)
        before, after = _shape(part), _shape(drawn)
        fails = [kernels.outlying(s, k, step.skewness, step.kurtosis) for s, k in (before, after)]
        logged = np.flatnonzero(fails[1]) if step.log else np.array([], dtype=np.int64)
        drawn[:, logged] = kernels.log_shifted(part[:, logged]) if logged.size else part[:, logged]
        final = _shape(drawn)
        x[np.ix_(rows, columns)] = drawn
        for c, j in enumerate(columns):
            checks = [(not fails[0][c], before[0][c], before[1][c])]
            if fails[0][c]:
                checks.append((not fails[1][c], after[0][c], after[1][c]))
            if c in logged:
                passed = not kernels.outlying(final[0][[c]], final[1][[c]], step.skewness, step.kurtosis)[0]
                checks.append((passed, final[0][c], final[1][c]))
            work.treatments.append(
                Treatment(
                    work.indicators[j].code, time, tuple(checks), int(count[c]) if fails[0][c] else None, c in logged
                )
            )
        _note_untested(part, columns, time, work)
    return x


def _shape(x: F64) -> tuple[F64, F64]:
    return kernels.skewness(x), kernels.kurtosis(x)


def _note_untested(part: F64, columns: I64, time: str, work: _Work) -> None:
    few = (~np.isnan(part)).sum(axis=0) < LEAST_TO_TREAT
    if few.any():
        codes = ", ".join(work.indicators[columns[c]].code for c in np.flatnonzero(few))
        work.notes.append(Note("too-few-to-treat", time or "Treated", f"fewer than {LEAST_TO_TREAT} values: {codes}"))


def _normalised(x: F64, step: Normalise, work: _Work) -> F64:
    """Columns on one scale, turned so that higher is better."""
    out = np.full_like(x, np.nan)
    blocks = list(work.blocks.values()) if step.over == "time" else [np.arange(len(x))]
    for spec in {id(s): s for s in (step, *step.indicators.values())}.values():
        columns = np.array(
            [j for j, i in enumerate(work.indicators) if step.indicators.get(i.code, step) is spec], dtype=np.int64
        )
        for rows in blocks if columns.size else ():
            at = np.ix_(rows, columns)
            out[at] = _scaled(x[at], spec, [work.indicators[j] for j in columns], work, rows)
    return out


def _scaled(x: F64, spec: Normalise, indicators: Sequence[Indicator], work: _Work, rows: I64) -> F64:
    """Columns of one specification; x (n, m) -> (n, m)."""
    low, high = spec.resolved().low or 0.0, spec.resolved().high or 0.0
    if spec.method == "goalposts":
        between: F64 = low + (high - low) * _between_posts(x, indicators, work, rows)
        return between
    x = _logged(x, indicators, work, rows)
    x = x * np.array([float(i.direction) for i in indicators])
    if spec.method == "none":
        return x
    if spec.method == "rank":
        return kernels.ranks_up(x)
    there = ~np.isnan(x)
    n = there.sum(axis=0)
    if spec.method == "percentile":
        percentile: F64 = low + (high - low) * (kernels.ranks_up(x) - 1) / np.maximum(n - 1, 1)
        return percentile
    least = np.where(there, x, np.inf).min(axis=0)
    most = np.where(there, x, -np.inf).max(axis=0)
    _require_spread(most - least, n, indicators, spec.method, work)
    empty = n == 0
    least, most = np.where(empty, 0.0, least), np.where(empty, 1.0, most)
    if spec.method == "zscore":
        mean = _means(x)
        sd = np.sqrt(np.where(there, (x - mean) ** 2, 0.0).sum(axis=0) / np.maximum(n - 1, 1))
        z: F64 = (x - mean) / np.where(empty, 1.0, sd) * spec.sd + spec.mean
        return z
    if spec.method == "minmax":
        within: F64 = (x - least) / (most - least) * (high - low) + low
        return within
    best = most if spec.method == "best" else _targets(least, indicators)
    towards: F64 = low + (high - low) * (1 - (best - x) / (best - least))
    return towards


def _logged(x: F64, indicators: Sequence[Indicator], work: _Work, rows: I64) -> F64:
    """Columns under the logarithm where the framework says so."""
    if not any(i.log for i in indicators):
        return x
    x = x.copy()
    for j, indicator in enumerate(indicators):
        if indicator.log:
            bad = np.flatnonzero(x[:, j] <= 0)
            if bad.size:
                row = int(rows[bad[0]])
                raise NotComputable(
                    f"is {x[bad[0], j]:g} for {_unit(work.data, row)}: a logarithm needs values above 0",
                    where=f"{_row(work.data, row)} column '{indicator.code}'",
                    hint="set log = false for this indicator",
                )  # fmt: skip
            x[:, j] = np.log(x[:, j])
    return x


def _between_posts(x: F64, indicators: Sequence[Indicator], work: _Work, rows: I64) -> F64:
    """Share of the way from the low to the high goalpost, from the other end where lower is better."""
    for i, known in zip(indicators, (~np.isnan(x)).sum(axis=0).tolist(), strict=True):
        if i.goalposts is None and known:
            raise NotComputable(
                f"{i.code} has no goalposts", where=i.where or "framework", hint="add goalposts = [low, high]"
            )
    posts = np.array([i.goalposts or (0.0, 1.0) for i in indicators], dtype=np.float64)
    cap = np.array([i.cap for i in indicators])
    x = np.where(cap & ~np.isnan(x), np.clip(x, posts[:, 0], posts[:, 1]), x)
    x = _logged(x, indicators, work, rows)
    log = np.array([i.log for i in indicators])
    posts = np.where(log[:, None], np.log(np.where(log[:, None], posts, 1.0)), posts)
    share = (x - posts[:, 0]) / (posts[:, 1] - posts[:, 0])
    down = np.array([i.direction < 0 for i in indicators])
    return np.where(down, 1 - share, share)


def _targets(least: F64, indicators: Sequence[Indicator]) -> F64:
    """Targets in the turned scale. Raises NotComputable where one is missing or below all values."""
    for low, i in zip(least, indicators, strict=True):
        if i.target is None:
            raise NotComputable(f"{i.code} has no target", where=i.where or "framework", hint="add a target")
        told = float(np.log(i.target)) if i.log else i.target
        if told * i.direction <= low:
            raise NotComputable(
                f"{i.code}: all units reach the target {i.target:g}, so there is no distance to it",
                where=i.where or "framework", hint="raise the target, or normalise it by goalposts",
            )  # fmt: skip
    return np.array([(float(np.log(i.target or 1.0)) if i.log else i.target or 0.0) * i.direction for i in indicators])


def _require_spread(spread: F64, n: I64, indicators: Sequence[Indicator], method: str, work: _Work) -> None:
    for indicator, wide, values in zip(indicators, spread.tolist(), n.tolist(), strict=True):
        if values and wide == 0:
            raise NotComputable(
                f"indicator {indicator.code!r} has the same value everywhere ({method} needs a range)",
                where=f"{work.data.source} column '{indicator.code}'",
                hint="remove it from the framework, or normalise it by goalposts",
            )
        note = Note("no-data", indicator.code, "no unit has a value: its weight goes to the other parts")
        if not values and note not in work.notes:
            work.notes.append(note)


def _row(data: IndexData, row: int) -> str:
    return data.where[row] if data.where else f"{data.source} row {row + 1}"


def _unit(data: IndexData, row: int) -> str:
    return f"{data.units[row]} {data.times[row]}".strip()
