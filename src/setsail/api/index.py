"""The composite index: computed, varied, taken apart, compared."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setsail.base.errors import BadInput
from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.monitor.index.results import IndexRun
    from setsail.monitor.index.source import IndexSource


def index_source(
    *,
    data: Path | None = None,
    meta: Path | None = None,
    framework: str | None = None,
    pipeline: Path | None = None,
    observations: Path | None = None,
    geography: str = "provinces",
    periods: tuple[str, ...] = (),
    known_on: date | None = None,
    **changes: Any,
) -> IndexSource:
    """What an index is computed from: `meta` or `framework`, with `data` or the shipped observations.

    changes : `skip`, `impute`, `winmax`, `normalise`, `over`, `aggregate`, `weights` as on the command line.
    """
    from setsail.monitor.index.source import Changes, IndexSource

    return IndexSource(
        data=data, meta=meta, framework=framework, pipeline=pipeline, changes=Changes(**changes),
        observations=observations, geography=geography, periods=periods, known_on=known_on,
    )  # fmt: skip


def index_compute(source: IndexSource) -> IndexRun:
    """Scores and ranks of all units, the table of every step, and a log that runs again.

    Raises BadInput, UnknownName, NotComputable.
    """
    from setsail import __version__
    from setsail.monitor.index.results import run
    from setsail.monitor.index.source import load
    from setsail.monitor.index.study import compute

    inputs = load(source)
    return run(compute(inputs.framework, inputs.data, inputs.pipeline), __version__)


def index_board(source: IndexSource) -> Record:
    """The tree with its weights, and every unit with rank, scores, and its inputs as published and on one scale.

    Raises BadInput, UnknownName, NotComputable.
    """
    from setsail.monitor.index.board import board
    from setsail.monitor.index.source import load
    from setsail.monitor.index.study import compute

    inputs = load(source)
    return board(compute(inputs.framework, inputs.data, inputs.pipeline))


def index_editions(framework: str, *, known_on: date, geography: str = "provinces") -> list[Record]:
    """The days up to one that changed the inputs of a shipped index, the newest first, each with its period."""
    from setsail.monitor.index.days import editions
    from setsail.standards import facts
    from setsail.standards.frameworks import framework as find

    found = editions(find(framework), facts.observations(), facts.regions(), geography, known_on)
    return [{"day": e.day.isoformat(), "period": e.period, "inputs": e.inputs} for e in found]


def index_try(source: IndexSource, weights: Mapping[str, float]) -> Record:
    """Ranks under other weights beside those declared; nothing is kept or published. Raises OutOfRange, UnknownName.

    weights : of nodes by code, 0 or more; nodes that are not named keep theirs.
    """
    from dataclasses import replace

    from setsail.monitor.index.board import reweighted, trial
    from setsail.monitor.index.source import load
    from setsail.monitor.index.study import compute

    declared, changed = load(replace(source, changes=None)), load(source)
    tried = reweighted(changed, weights)
    runs = (compute(i.framework, i.data, i.pipeline) for i in (declared, tried))
    return trial(*runs)


def index_robustness(
    source: IndexSource,
    *,
    runs: int = 1000,
    seed: int = 1,
    vary: Sequence[str] = (),
    told: Callable[[float], None] | None = None,
) -> Record:
    """Intervals of every rank under the declared choices of method, and groups of ranks that cannot be told apart.

    vary : choices such as `winmax=1|2|3` or `weights=0.25@2,3`; empty for those of the framework, else the default.
    told : is given the share of the work done, and may raise to stop.
    Raises BadInput, NotComputable.
    """
    import numpy as np

    from setsail.monitor.index.choices import choices_of
    from setsail.monitor.index.reports import robustness_record
    from setsail.monitor.index.robustness import robustness
    from setsail.monitor.index.source import load

    inputs = load(source)
    choices = choices_of(vary, inputs.framework.varied)
    return robustness_record(robustness(inputs, choices, runs, np.random.default_rng(seed), told), seed)


def index_sensitivity(
    source: IndexSource, *, samples: int = 16384, weight_sets: int = 2000, seed: int = 1, vary: Sequence[str] = ()
) -> Record:
    """How much each choice of method moves the ranks: Sobol' indices with bootstrap intervals.

    samples : a power of 2;  weight_sets : sets of weights drawn;  vary : as for `index_robustness`.
    """
    import numpy as np

    from setsail.monitor.index.choices import choices_of
    from setsail.monitor.index.reports import sensitivity_record
    from setsail.monitor.index.sensitivity import sensitivity
    from setsail.monitor.index.source import load

    inputs = load(source)
    choices = choices_of(vary, inputs.framework.varied)
    rng = np.random.default_rng(seed)
    return sensitivity_record(sensitivity(inputs, choices, rng, samples=samples, weight_sets=weight_sets), seed)


def index_leave_one_out(source: IndexSource, *, level: int = 1) -> list[Record]:
    """The shift of ranks without each element of a level (1: indicators), its share and its correlation."""
    from setsail.monitor.index.influence import leave_one_out
    from setsail.monitor.index.reports import influence_records
    from setsail.monitor.index.source import load

    return influence_records(*leave_one_out(load(source), level))


def index_levers(
    source: IndexSource,
    unit: str,
    *,
    to_rank: int | None = None,
    target: float | None = None,
    time: str | None = None,
    most: float = 1.0,
) -> Record:
    """The smallest change of each raw input that lifts a unit by one rank, to a rank or to a score; each checked."""
    from setsail.monitor.index.levers import Goal, levers
    from setsail.monitor.index.reports import lever_record
    from setsail.monitor.index.source import load

    if to_rank is not None and target is not None:
        raise BadInput("names both a rank and a score", where="index levers", allowed="--to-rank or --target")
    return lever_record(*levers(load(source), unit, Goal(to_rank, target), time=time, most=most))


def index_compare(before: IndexSource, after: IndexSource, *, restated: IndexSource | None = None) -> Record:
    """The change of every unit between two runs, told apart into restatement, newer data and method.

    restated : the earlier data as known later, where they were restated; its method is not used, and without a period
    of its own it takes those of `before`.
    """
    from setsail.monitor.index.compare import Stages, compare
    from setsail.monitor.index.reports import comparison_record
    from setsail.monitor.index.source import load, pinned, with_method

    data = (before, pinned(restated or before, load(before)), after)
    old, new = (tuple(load(with_method(d, method)) for d in data) for method in (before, after))
    return comparison_record(compare(Stages((old[0], old[1], old[2]), (new[0], new[1], new[2]))))


def index_overview(framework: str, *, known_on: date, geography: str = "provinces", runs: int = 200) -> list[Record]:
    """One line per unit of a shipped framework: rank, score, 5 to 95 % of its rank, and share of the inputs it has."""
    source = index_source(framework=framework, geography=geography, known_on=known_on)
    ranks = {row["unit"]: row for row in index_robustness(source, runs=runs)["units"]}
    return [
        {key: row[key] for key in ("rank", "unit", "name", "time", "coverage", "partial", "missing")}
        | {"Index": row["scores"]["Index"], "p05": ranks[row["unit"]]["p05"], "p95": ranks[row["unit"]]["p95"]}
        | {"group": ranks[row["unit"]]["group"]}
        for row in index_compute(source).records
    ]


def index_frameworks() -> list[Record]:
    """The shipped frameworks of indices."""
    from setsail.standards.frameworks import framework, shipped

    found = [framework(name) for name in shipped()]
    return [
        {
            "id": f.id, "title": f.title, "version": f.version, "indicators": len(f.indicators),
            "groups": [a.code for a in f.aggregates[:-1]], "needs_data": not any(i.series for i in f.indicators),
            "geographies": dict(f.geographies),
            "sources": list(f.sources), "notes": list(f.notes),
        }
        for f in found
    ]  # fmt: skip
