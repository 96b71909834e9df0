"""The Python door: every function that a command or a route calls, with the same numbers.

Each section imports from the rooms inside its functions, so that `import setsail.api` stays light.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setsail.base.errors import BadInput

if TYPE_CHECKING:
    from setsail.base.observation import Observations
    from setsail.monitor.index.results import IndexRun
    from setsail.monitor.index.source import IndexSource

Record = dict[str, Any]


# ---- plans and verdicts ----------------------------------------------------------------------------------------------


def plan_list() -> list[Record]:
    """The shipped plans, each with its targets."""
    from setsail.report.records import plan_record
    from setsail.standards.plans import plans

    return [plan_record(p) for p in plans().values()]


def plan_show(plan: str) -> Record:
    """One plan: a shipped id or a TOML file. Raises UnknownName, BadInput."""
    from setsail.report.records import plan_record
    from setsail.standards.plans import plan as find

    return plan_record(find(plan))


def plan_diff(a: str, b: str) -> list[Record]:
    """What changed from plan `a` to plan `b`, each a shipped id or a TOML file."""
    from setsail.monitor.plan_diff import diff
    from setsail.report.records import difference_record
    from setsail.standards.plans import plan as find

    return [difference_record(d) for d in diff(find(a), find(b))]


def plan_tasks(plan: str) -> list[Record]:
    """The tasks of a plan with their sources; empty where none are shipped."""
    from setsail.standards import facts

    return [dict(row.cells) for row in facts.table("plan_tasks.csv") if row.get("plan") == plan]


def observations(data: Path | None = None) -> Observations:
    """A user's own observations from a CSV file, or the shipped ones. Raises BadInput naming file, line and column."""
    from setsail.base.observation import read_observations
    from setsail.standards import facts

    return read_observations(data) if data else facts.observations()


def verdicts(
    plan: str,
    *,
    known_on: date,
    data: Path | None = None,
    region: str | None = None,
    headline: bool = False,
    forecast: bool = False,
) -> list[Record]:
    """Verdicts on the targets of a plan, as known on a day, each with its evidence.

    data : the user's observations instead of the shipped ones;  region : where the plan cascades to (default: its own);
    headline : also the numbers stated beside the plan's list of indicators;  forecast : with a forecast per target.
    Raises UnknownName, BadInput.
    """
    from setsail.monitor.cascade import Cascaded, targets_for
    from setsail.monitor.verdict import judge
    from setsail.report.records import verdict_record
    from setsail.standards.plans import plan as find

    chosen, seen = find(plan), observations(data)
    if data:
        places = {region} if region else {t.geography for t in chosen.targets}
        if places.isdisjoint(seen.regions()):
            told = f"holds no figure of {', '.join(sorted(places))}"
            raise BadInput(told, where=str(data), allowed=", ".join(seen.regions()), hint="--region")
    if region and not data:
        cascaded = targets_for(chosen, region)
    else:
        cascaded = [Cascaded(t, chosen.id, inherited=False) for t in chosen.targets]
    rows = []
    for item in cascaded:
        if item.target.headline and not headline:
            continue
        place = region or item.target.geography
        verdict = judge(item.target, place, seen, known_on, inherited=item.inherited)
        rows.append(verdict_record(verdict, item.plan_id))
    return rows


def rank(indicators: Sequence[str], *, level: str, period: str, known_on: date, data: Path | None = None) -> Record:
    """Ranks of the regions of a level under each indicator, and the pairs whose order turns between two of them."""
    from setsail.monitor.ranking import rank_regions
    from setsail.report.records import ranking_record

    return ranking_record(rank_regions(indicators, level, period, observations(data), known_on))


def gap(plan: str, indicator: str, *, level: str, known_on: date, data: Path | None = None) -> list[Record]:
    """How far each region of a level is from a target of the plan, the largest gap first."""
    from setsail.monitor.gap import gaps
    from setsail.report.records import gap_record
    from setsail.standards.plans import plan as find

    return [gap_record(g) for g in gaps(find(plan), indicator, level, observations(data), known_on)]


def verdict_counts(rows: Sequence[Record]) -> str:
    """How often each verdict was given, in words."""
    from setsail.report.records import counts

    return counts([row["verdict"] for row in rows])


# ---- composite index -------------------------------------------------------------------------------------------------


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


def index_frameworks() -> list[Record]:
    """The shipped frameworks of indices."""
    from setsail.standards.frameworks import framework, shipped

    found = [framework(name) for name in shipped()]
    return [
        {
            "id": f.id, "title": f.title, "version": f.version, "indicators": len(f.indicators),
            "groups": [a.code for a in f.aggregates[:-1]], "needs_data": not any(i.series for i in f.indicators),
            "sources": list(f.sources), "notes": list(f.notes),
        }
        for f in found
    ]  # fmt: skip


# ---- reconciliation, repairs, reports --------------------------------------------------------------------------------


def reconcile(
    *,
    known_on: date,
    dataset: str | None = None,
    file: Path | None = None,
    total_row: str | None = None,
    period: str | None = None,
    indicator: str | None = None,
    previous: Sequence[Path] = (),
    numbers: str = "plain",
    pairs: bool = False,
    pair_bound: int = 3000,
    repairs_of: Path | None = None,
) -> list[Record]:
    """Parts against printed totals, one record per table, with ranked proposals of repair.

    dataset : a shipped set, with `period` and `indicator` to choose its tables;  file, total_row : a user's table, with
    `previous` for the same table in earlier periods;  numbers : plain, western or indian;  pairs : two slips at once;
    repairs_of : a workspace whose accepted repairs are applied at reading.  Raises BadInput, UnknownName.
    """
    from setsail.monitor.reconcile.door import Asked, chosen_tables, reconciled

    asked = Asked(dataset, file, total_row, period, indicator, tuple(previous), numbers, known_on)
    return [reconciled(t, pairs, pair_bound, repairs_of).record() for t in chosen_tables(asked)]


def repair_accept(
    workspace: Path,
    *,
    known_on: date,
    now: datetime,
    signed_by: str,
    reason: str,
    region: str,
    to: float,
    dataset: str | None = None,
    file: Path | None = None,
    total_row: str | None = None,
    period: str | None = None,
    indicator: str | None = None,
    previous: Sequence[Path] = (),
    numbers: str = "plain",
    own: bool = False,
) -> list[Record]:
    """The repair as recorded: signed, dated, in the audit trail; the figures themselves stay as they are.

    region, to : which proposal;  own : the repair is the signer's, not one of ours.
    Raises UnknownName (no such proposal), StoreConflict (already under repair), BadInput.
    """
    from setsail.monitor.reconcile.door import Asked, accepted
    from setsail.monitor.reconcile.repairs import Signature

    asked = Asked(dataset, file, total_row, period, indicator, tuple(previous), numbers, known_on)
    signature = Signature(signed_by, reason, now)
    return [r.record() for r in accepted(workspace, asked, region, to, signature, own=own)]


def repair_list(workspace: Path) -> list[Record]:
    """Every accepted repair of a workspace, in the order of acceptance."""
    from setsail.monitor.reconcile.repairs import on_record
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as opened:
        return [r.record() for r in on_record(opened)]


def outliers(indicator: str, *, known_on: date, region: str | None = None, data: Path | None = None) -> list[Record]:
    """Jumps and definition breaks in the series of an indicator, by region."""
    from setsail.monitor.reconcile.series import series_findings

    seen = observations(data).known_on(known_on)
    return [f.record() for f in series_findings(indicator, seen, region)]


def reports(
    file: Path,
    *,
    known_on: date,
    indicator: str | None = None,
    region: str | None = None,
    kind: str | None = None,
    operator: str | None = None,
    industry: str | None = None,
    below: bool = False,
    data: Path | None = None,
) -> list[Record]:
    """Reports of progress, difficulties and suggestions, each beside the latest figure of the indicator it touches."""
    from setsail.monitor.reports import beside_figures, read_reports
    from setsail.report.records import observation_record

    found = read_reports(file).known_on(known_on).where(kind=kind, operator=operator, industry=industry)
    seen = observations(data).known_on(known_on)
    beside = beside_figures(found, seen, indicator=indicator, region=region, below=below)
    return [
        {
            "indicator": b.indicator or None,
            "region": b.region,
            "latest": observation_record(b.latest) if b.latest else None,
            "reports": [
                {
                    "kind": r.kind, "region": r.region, "operator": r.operator, "industry": r.industry,
                    "period": str(r.period), "reporter": r.reporter, "known_on": r.known, "text": r.text,
                }
                for r in b.reports
            ],
        }
        for b in beside
    ]  # fmt: skip
