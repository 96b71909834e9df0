"""The Python door: every function that a command or a route calls, with the same numbers.

Each section imports from the rooms inside its functions, so that `import setsail.api` stays light.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setsail.base.errors import BadInput, NotComputable

if TYPE_CHECKING:
    from setsail.base.observation import Observations
    from setsail.monitor.index.results import IndexRun
    from setsail.monitor.index.source import IndexSource
    from setsail.report.inputs import GapInput, IndexInput
    from setsail.standards.boundaries import Regions
    from setsail.store.manifest import Manifest
    from setsail.store.readers.regions import TwoLevels
    from setsail.store.workspace import Workspace

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
    from setsail.monitor.outlook import outlook
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
        rows.append(verdict_record(verdict, item.plan_id, outlook(verdict) if forecast else None))
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


def index_robustness(source: IndexSource, *, runs: int = 1000, seed: int = 1, vary: Sequence[str] = ()) -> Record:
    """Intervals of every rank under the declared choices of method, and groups of ranks that cannot be told apart.

    vary : choices such as `winmax=1|2|3` or `weights=0.25@2,3`; empty for those of the framework, else the default.
    Raises BadInput, NotComputable.
    """
    import numpy as np

    from setsail.monitor.index.choices import choices_of
    from setsail.monitor.index.reports import robustness_record
    from setsail.monitor.index.robustness import robustness
    from setsail.monitor.index.source import load

    inputs = load(source)
    choices = choices_of(vary, inputs.framework.varied)
    return robustness_record(robustness(inputs, choices, runs, np.random.default_rng(seed)), seed)


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


# ---- the report page -------------------------------------------------------------------------------------------------


def report(
    plan: str,
    *,
    known_on: date,
    out: Path,
    data: Path | None = None,
    region: str | None = None,
    language: str = "en",
    generated_at: datetime | None = None,
) -> Path:
    """The path of one self-contained HTML page: verdicts of a plan, their figures, and where each number came from.

    language : `en` or `zh`;  generated_at : the time told in the stamp.  The file is whole or not there.
    Raises UnknownName, BadInput.
    """
    from setsail import __version__
    from setsail.report.inputs import Inputs, compared_day, figures_below
    from setsail.report.page import render
    from setsail.report.words import words_of
    from setsail.report.writing import write_whole

    words, told = words_of(language), plan_show(plan)
    compared = compared_day(told, known_on)
    at_home = region is None or region == told["geography"]
    inputs = Inputs(
        plan=told,
        region=region or told["geography"],
        known_on=known_on,
        verdicts=verdicts(plan, known_on=known_on, data=data, region=region, forecast=True),
        compared_with=compared,
        earlier=verdicts(plan, known_on=compared, data=data, region=region),
        rankings=_report_rankings(told, known_on, data) if at_home else [],
        gaps=_report_gaps(plan, told, known_on, data) if at_home else [],
        tasks=plan_tasks(told["id"]),
        totals=_report_totals(told["geography"], known_on) if at_home and not data else [],
        indices=_report_indices(told["geography"], known_on) if at_home and not data else [],
        regional=figures_below(told, observations(data).known_on(known_on)) if at_home else [],
        own_data=data.name if data else "",
        code_version=__version__,
        generated_at=generated_at,
    )
    write_whole(out, render(inputs, words))
    return out


def _report_rankings(plan: Record, known_on: date, data: Path | None) -> list[Record]:
    """Per pair of definitions of a plan's indicators: the newest ranking of regions that lacks no figure."""
    from setsail.report.inputs import definition_pairs, levels_below, periods

    found = []
    seen = observations(data)
    for first, second in definition_pairs([t["indicator"] for t in plan["targets"]]):
        for level in levels_below(plan["geography"]):
            for period in periods(second, level, seen, known_on):
                record = rank([first, second], level=level, period=period, known_on=known_on, data=data)
                if not record["missing"]:
                    found.append(record)
                    break
    return found


def _report_gaps(plan: str, told: Record, known_on: date, data: Path | None) -> list[GapInput]:
    """Per target of a plan that regions have figures for: their distances to it and to that of the plan after it."""
    from setsail.report.inputs import GapInput, levels_below, ratio_targets, successor

    after = successor(plan_list(), told["id"])
    next_ones = {t["indicator"]: (after, t) for t in ratio_targets(after)} if after else {}
    found: list[GapInput] = []
    for level in levels_below(told["geography"], finest=True):
        for first in ratio_targets(told):
            name = first["indicator"]
            wanted = [(told, first), *([next_ones[name]] if name in next_ones else [])]
            rows = [
                GapInput(p, t, level, gap(path, name, level=level, known_on=known_on, data=data))
                for (p, t), path in zip(wanted, (plan, after["id"] if after else ""), strict=False)
            ]
            if any(row["value"] is not None for row in rows[0].rows):
                found += rows
    return found


def _report_totals(geography: str, known_on: date) -> list[Record]:
    """Parts against printed totals in the shipped sets whose totals are those of a place."""
    from setsail.standards import facts

    found = []
    for name in facts.DATASETS:
        try:
            tables = reconcile(known_on=known_on, dataset=name)
        except BadInput:  # a set without parts and totals
            continue
        found += [t for t in tables if t["total_region"] == geography]
    return found


def _report_indices(geography: str, known_on: date) -> list[IndexInput]:
    """The shipped indices of the regions of a place, each with ranks under the declared choices of method."""
    from setsail.report.inputs import INDEX_RUNS, IndexInput, levels_below, without_data
    from setsail.standards.frameworks import framework

    found = []
    for told in index_frameworks():
        levels = set(levels_below(geography))
        for place, level in () if told["needs_data"] else framework(told["id"]).geographies.items():
            if level in levels:
                source = index_source(framework=told["id"], geography=place, known_on=known_on)
                try:
                    run, robust = index_compute(source), index_robustness(source, runs=INDEX_RUNS)
                except NotComputable:  # nothing was known of these regions on that day
                    continue
                found.append(IndexInput(told, level, run.records, robust, without_data(run.notes)))
    return found


# ---- data sets -------------------------------------------------------------------------------------------------------


def data_ingest(
    file: Path,
    *,
    kind: str,
    workspace: Path,
    recorded_at: datetime,
    actor: str,
    column_map: str = "generic",
    name: str | None = None,
    constants: Mapping[str, str] | None = None,
    max_rejects: str | None = None,
    rejects: Path | None = None,
    source: str = "",
    licence: str = "",
    synthetic: bool = False,
) -> Record:
    """What came of reading a file into the workspace: rows in, refused and kept, where the refused are told, notes."""
    from setsail.store.ingest import Order, ingest
    from setsail.store.readers.guards import require_regular
    from setsail.store.readers.maps import load_map
    from setsail.store.readers.names import data_set_name
    from setsail.store.readers.refusals import Policy
    from setsail.store.workspace import Workspace

    declared = load_map(column_map, kind).with_constants(constants or {})
    policy = Policy.parse(max_rejects)
    require_regular(file)
    called = name or data_set_name(file, kind)
    with Workspace.open(workspace) as store:
        order = Order(
            file, called, declared, recorded_at, actor, rejects or store.root / "rejects" / f"{called}.csv",
            policy=policy, placer=_placer(store, declared.component.has("province")), source=source, licence=licence,
            synthetic=synthetic,
        )  # fmt: skip
        done = ingest(store, order)
    return {
        **_manifest_record(done.manifest),
        "rows_in": done.rows_in,
        "rows_refused": done.rows_refused,
        "reasons": dict(done.reasons),
        "rejects": done.rejects,
        "notes": [note.record() for note in done.notes],
    }


def data_list(workspace: Path, *, kind: str | None = None) -> list[Record]:
    """Every version of every data set of a workspace; none where there is no workspace yet."""
    from setsail.store.workspace import Workspace

    if not workspace.exists():
        return []
    with Workspace.open(workspace, create=False) as store:
        return [_manifest_record(manifest) for manifest in store.manifests(kind)]


def data_check(workspace: Path, *, name: str | None = None) -> list[Record]:
    """One row per data set that is well (`pass`), and one per finding (`fail`): hashes, rows, columns, contents."""
    from setsail.store.recheck import content_findings
    from setsail.store.workspace import Workspace

    rows: list[Record] = []
    with Workspace.open(workspace, create=False) as store:
        chosen = store.manifests(None, name) or ([store.latest(name)] if name else [])
        for manifest in chosen:
            findings = store.check(manifest)
            findings = findings or content_findings(manifest, store.files(manifest))
            told = {"name": manifest.name, "kind": manifest.kind, "version": manifest.version, "rows": manifest.rows}
            empty = {"code": "", "where": "", "found": "", "recorded": ""}
            rows += [
                {**told, "verdict": "fail", "code": f.code, "where": f.where, "found": f.found, "recorded": f.recorded}
                for f in findings
            ] or [{**told, "verdict": "pass", **empty}]
    return rows


def data_show(name: str, workspace: Path, *, rows: int = 5) -> Record:
    """Manifest, columns and first rows of the newest version of a data set."""
    from setsail.store.export import first_rows
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        manifest = store.latest(name)
        first = first_rows(store.files(manifest), rows) if rows else []
    told = {**_manifest_record(manifest), "meta": dict(manifest.meta), "files": [f.path for f in manifest.files]}
    schema = [{"column": c.name, "type": c.type, "nullable": c.nullable} for c in manifest.schema]
    return {"manifest": told, "schema": schema, "first": first}


def data_export(name: str, workspace: Path, *, to: Path, form: str) -> Record:
    """Rows written: the newest version of a data set as one CSV or Parquet file."""
    from setsail.store.export import export_files
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        manifest = store.latest(name)
        rows = export_files(store.files(manifest), to, form)
    return {"name": name, "version": manifest.version, "rows": rows, "file": to, "synthetic": manifest.synthetic}


def data_maps() -> list[Record]:
    """Column maps that ship."""
    from setsail.store.readers.maps import shipped_facts, shipped_maps

    return [dict(shipped_facts(name)) for name in shipped_maps()]


def data_columns(kind: str) -> list[Record]:
    """The columns of a kind of data set."""
    from setsail.store.readers.components import component

    found = component(kind, "--kind")
    return [
        {
            "column": c.name, "dtype": c.dtype, "unit": c.unit, "required": c.required,
            "key": c.name in found.key, "default": c.default, "choices": list(c.choices),
            "limit": c.limit.text() if c.limit else "", "description": c.description,
        }
        for c in found.columns
    ]  # fmt: skip


def _placer(store: Workspace, wanted: bool) -> TwoLevels | None:
    if not wanted:
        return None
    from setsail.store.readers.regions import TwoLevels
    from setsail.store.regions import active

    return TwoLevels(active(store, "province"), active(store, "prefecture"))


def _manifest_record(manifest: Manifest) -> Record:
    return {
        "name": manifest.name,
        "kind": manifest.kind,
        "version": manifest.version,
        "rows": manifest.rows,
        "refused": manifest.meta.get("rows_refused"),
        "synthetic": manifest.synthetic,
        "source": manifest.source,
        "licence": manifest.licence,
        "recorded_at": manifest.recorded_at,
        "actor": manifest.actor,
        "size": manifest.size,
        "sha256": manifest.sha256,
        "id": manifest.id,
    }


# ---- synthetic country, outlines of regions --------------------------------------------------------------------------


def data_synthesise(
    workspace: Path, *, stations: int, seed: int, name: str | None = None, recorded_at: datetime, actor: str
) -> Record:
    """A data set of invented stations that add up to the published totals. Raises OutOfRange, StoreConflict.

    name : else `synthetic-STATIONS-SEED`; a name without `synthetic` is refused (BadInput).
    """
    import numpy as np

    from setsail.monitor import synthetic
    from setsail.standards import facts
    from setsail.store.places import Places
    from setsail.store.regions import active
    from setsail.store.workspace import Workspace

    told = name or f"synthetic-{stations}-{seed}"
    if synthetic.MARK not in told:
        raise BadInput(f"is {told!r}", where="name", allowed="a name with the word synthetic")
    plan = synthetic.country(facts.observations(), stations)
    with Workspace.open(workspace) as opened:
        regions = active(opened, "prefecture")
        rows = synthetic.batches(plan, Places.from_regions(regions), np.random.default_rng(seed))
        manifest = opened.write(
            "cells", told, rows, schema=synthetic.SCHEMA,
            source=f"invented: seed {seed}, outlines {regions.source}", licence="CC0-1.0",
            recorded_at=recorded_at, actor=actor, meta=synthetic.told(plan, seed, regions),
        )  # fmt: skip
    return _made(manifest) | {"seed": seed, "mark": synthetic.MARK, "assumptions": synthetic.ASSUMPTIONS}


def data_regions(workspace: Path | None, *, level: str) -> list[Record]:
    """The regions in use at one level, with their area. Raises UnknownName."""
    from setsail.standards.boundaries import area_km2

    found = _regions_in_use(workspace, level)
    columns = zip(found.adcode, found.name_en, found.name_zh, found.parent, area_km2(found.shape), strict=True)
    return [
        {
            "adcode": str(code), "name": en, "name_zh": zh, "parent": str(parent) if parent else None,
            "area_km2": float(area), "datum": found.datum, "source": found.source,
        }
        for code, en, zh, parent, area in columns
    ]  # fmt: skip


def data_regions_notice(workspace: Path | None, *, level: str, full: bool = False) -> str:
    """What must be known of the outlines in use: one line, or the full text of the shipped ones."""
    from setsail.standards.boundaries import DISCLAIMER, SOURCE, notice

    if full:
        return notice()
    found = _regions_in_use(workspace, level)
    return DISCLAIMER if found.source == SOURCE else f"imported outlines {found.source}, datum {found.datum}"


def data_regions_import(
    file: Path,
    *,
    key: str = "adcode",
    datum: str = "wgs84",
    new_codes: bool = False,
    licence: str = "",
    workspace: Path,
    recorded_at: datetime,
    actor: str,
) -> Record:
    """The outlines of a GeoJSON file, checked, stored and from now on in use. Raises BadInput and its kin."""
    from setsail.store.regions import Importing, import_regions
    from setsail.store.workspace import Workspace

    how = Importing(key, datum, new_codes, licence or Importing().licence)
    with Workspace.open(workspace) as opened:
        return _made(import_regions(opened, file, how, at=recorded_at, actor=actor))


def data_count(file: Path, *, workspace: Path | None, level: str = "prefecture") -> list[Record]:
    """Stations of a CSV file (lon, lat, operator) by region and operator, in bounded memory. Raises BadInput.

    level : province or prefecture; a last row counts what lies outside all regions. Persons are the newest shipped.
    """
    from setsail.monitor.stations import count_file
    from setsail.standards import facts
    from setsail.standards.boundaries import as_level
    from setsail.store.places import Places

    wanted = as_level(level)
    figures = sorted((o for o in facts.observations() if o.indicator == "population"), key=lambda o: o.period)
    people = {int(o.region): o.value for o in figures if o.region.isdigit()}
    rows = count_file(file, Places.from_regions(_regions_in_use(workspace, wanted)), people).to_pylist()
    return [
        row | {"region": None if row["region"] is None else str(row["region"])}
        for row in rows
        if row["level"] in (wanted, "outside")
    ]


def _regions_in_use(workspace: Path | None, level: str) -> Regions:
    from setsail.standards.boundaries import as_level
    from setsail.store.regions import active
    from setsail.store.workspace import Workspace

    wanted = as_level(level)
    if workspace is None or not (workspace / "workspace.json").is_file():
        return active(None, wanted)
    with Workspace.open(workspace, create=False) as opened:
        return active(opened, wanted)


def _made(manifest: Manifest) -> Record:
    """What a command tells of a data set that it made."""
    base = {"name": manifest.name, "version": manifest.version, "rows": manifest.rows, "sha256": manifest.sha256}
    return base | dict(manifest.meta)


# ---- radio: path loss ------------------------------------------------------------------------------------------------


def radio_path_loss(
    scenario: str,
    condition: str,
    d_2d_m: float,
    fc_hz: float,
    *,
    h_bs_m: float | None = None,
    h_ut_m: float | None = None,
    street_width_m: float | None = None,
    building_height_m: float | None = None,
    optional: bool = False,
    environment: str = "expected",
    seed: int = 0,
    entry_model: str | None = None,
    indoor_m: float = 0.0,
    extrapolate: bool = False,
) -> Record:
    """Mean path loss of TR 38.901, with the values it came from. Raises OutOfRange, UnknownName, BadInput."""
    from setsail.radio.pathloss import records
    from setsail.radio.pathloss.scenarios import link

    one = link(
        scenario, condition, fc_hz, h_bs_m=h_bs_m, h_ut_m=h_ut_m, street_width_m=street_width_m,
        building_height_m=building_height_m, optional=optional,
    )  # fmt: skip
    height = records.environment(environment, seed)
    return records.path_loss_record(
        one, d_2d_m, extrapolate=extrapolate, height=height, entry_model=entry_model, indoor_m=indoor_m
    )


def radio_los_probability(
    scenario: str,
    d_2d_m: float,
    *,
    h_bs_m: float | None = None,
    h_ut_m: float | None = None,
    clutter_density: float | None = None,
    clutter_size_m: float | None = None,
    clutter_height_m: float | None = None,
) -> Record:
    """Probability of line of sight of TR 38.901. Raises OutOfRange, UnknownName, BadInput."""
    from setsail.radio.pathloss.records import los_record
    from setsail.radio.pathloss.scenarios import scenario as named

    clutter = (clutter_density, clutter_size_m, clutter_height_m)
    return los_record(named(scenario), d_2d_m, h_bs_m=h_bs_m, h_ut_m=h_ut_m, clutter=clutter)


def radio_wall_loss(
    layers: Sequence[str],
    fc_hz: float,
    *,
    incidence_deg: float = 0.0,
    polarisation: str = "mean",
    average_ratio: float = 0.0,
) -> Record:
    """Loss through layers `MATERIAL:METRES` of ITU-R P.2040. Raises BadInput, UnknownName, OutOfRange."""
    from setsail.radio.pathloss.records import wall_record

    return wall_record(
        layers, fc_hz, incidence_deg=incidence_deg, polarisation=polarisation, average_ratio=average_ratio
    )


def radio_entry_loss(
    model: str,
    fc_hz: float,
    *,
    indoor_m: float = 0.0,
    scenario: str | None = None,
    probability: float = 0.5,
    elevation_deg: float = 0.0,
) -> Record:
    """Loss into a building or car not exceeded with that probability (TR 38.901, P.2109). Raises BadInput, its kin."""
    from setsail.radio.pathloss.records import entry_record

    return entry_record(
        model, fc_hz, indoor_m=indoor_m, name=scenario, probability=probability, elevation_deg=elevation_deg
    )


def radio_clutter_loss(
    model: str,
    fc_hz: float,
    *,
    distance_m: float | None = None,
    probability: float = 0.5,
    both_ends: bool = False,
    clutter: str | None = None,
    antenna_m: float | None = None,
    clutter_m: float | None = None,
    street_width_m: float = 27.0,
    elevation_deg: float | None = None,
) -> Record:
    """Clutter loss of ITU-R P.2108: terrestrial, height-gain or sky. Raises UnknownName, OutOfRange, BadInput."""
    from setsail.radio.pathloss.records import clutter_record

    return clutter_record(
        model, fc_hz, distance_m=distance_m, probability=probability, both_ends=both_ends, clutter=clutter,
        antenna_m=antenna_m, clutter_m=clutter_m, street_width_m=street_width_m, elevation_deg=elevation_deg,
    )  # fmt: skip


def radio_materials() -> list[Record]:
    """Wall materials with their frequency ranges, ITU-R P.2040."""
    from setsail.radio.pathloss.records import material_records

    return material_records()


# ---- aggregates on any engine ----------------------------------------------------------------------------------------


def data_aggregate(
    name: str,
    workspace: Path,
    *,
    by: Sequence[str],
    engine: str | None = None,
    threshold_dbm: float = -105.0,
    suppress_under: int | None = None,
) -> Record:
    """Counts of cells or sites, or quality of measurements, by columns of the newest version of a data set.

    engine : None or "duckdb" for this process, `sc://host:port` for a Spark Connect server; the answers are equal.
    suppress_under : groups with fewer rows are hidden, and what would tell them.
    Raises UnknownName, BadInput (column, kind), NotComputable (the server cannot see the files), MissingExtra.
    """
    from setsail.engine import open_engine
    from setsail.monitor.aggregate import Quality, quality_by, stations_by, suppressed
    from setsail.store.workspace import Workspace

    quality = Quality(threshold_dbm)
    with Workspace.open(workspace, create=False) as store:
        manifest = store.latest(name)
        files = store.files(manifest)
    if manifest.kind not in {"cells", "sites", "measurements"}:
        raise BadInput(f"is a data set of {manifest.kind}", where=name, allowed="cells, sites, measurements")
    with open_engine(engine) as tables:
        rows = tables.read(files)
        found = quality_by(rows, by, quality) if manifest.kind == "measurements" else stations_by(rows, by)
        if suppress_under is not None:
            found = suppressed(found, by, k=suppress_under)
        told = tables.run(found).to_pylist()
    kept = ("name", "kind", "version", "synthetic", "source", "licence", "sha256")
    manifest_record = _manifest_record(manifest)
    return {**{key: manifest_record[key] for key in kept}, "engine": engine or "duckdb", "by": list(by), "rows": told}


# ---- upkeep of the workspace -----------------------------------------------------------------------------------------


def admin_audit(workspace: Path, *, after: int = 0) -> list[Record]:
    """Entries of the audit trail in their order, from the one after `after`."""
    from dataclasses import asdict

    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return [asdict(entry) for entry in store.audit_entries(after=after)]


def admin_audit_verify(workspace: Path, *, noted: str | None = None) -> Record:
    """Whether the audit chain is whole: verdict, number of entries, hash of the last (to be noted), findings.

    noted : a hash noted earlier; it must still be in the chain, which tells whether its end was cut.
    """
    from dataclasses import asdict

    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        findings = store.verify_audit(noted=noted)
        entries = store.audit_entries()
    return {
        "verdict": "fail" if findings else "pass",
        "entries": len(entries),
        "head": entries[-1].hash if entries else "",
        "findings": [asdict(finding) for finding in findings],
    }


def admin_check(workspace: Path) -> Record:
    """Whether the whole workspace is as recorded: files against manifests, rows against the audit trail, the trail."""
    from dataclasses import asdict

    from setsail.store.upkeep import check_workspace
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        checked = check_workspace(store)
    return {"verdict": "fail" if checked.findings else "pass", **asdict(checked)}


def admin_sweep(workspace: Path, *, now: datetime, actor: str) -> Record:
    """What dead processes left behind, removed; a living process is never touched."""
    from setsail.store.upkeep import sweep
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return {"removed": sweep(store, now=now, actor=actor)}


def admin_database(workspace: Path) -> Record:
    """The registry of a workspace: address without password, kind, revision, rows of each table."""
    from setsail.store.upkeep import describe
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return describe(store)


# ---- radio: coverage -------------------------------------------------------------------------------------------------


def radio_coverage(
    cells: Path,
    bbox: tuple[float, float, float, float],
    resolution_m: float,
    out: Path,
    *,
    crs: str | None = None,
    engine: str | None = None,
    update: Path | None = None,
    operator: str | None = None,
    three_sectors: bool = False,
    progress: Callable[[int, int, int], None] | None = None,
    **options: Any,
) -> Record:
    """An outdoor coverage raster written into the folder `out`; the summary, and how its blocks came about.

    bbox : lon0, lat0, lon1, lat1;  crs : else the UTM zone of the middle;  engine : threads, threads:N or
    dask://host:port;  update : an earlier run whose unchanged blocks are taken over;  three_sectors : rows are
    stations;  options : fields of `CoverageOptions`.
    Raises BadInput and its kin, NotComputable where every block failed, MissingExtra.
    """
    from setsail.base.extras import require

    for module in ("numba", "rasterio", "pyproj"):
        require(module, "radio")
    from setsail.engine.blocks import open_blocks
    from setsail.radio.coverage import cells as table
    from setsail.radio.coverage import study
    from setsail.radio.coverage.grid import grid
    from setsail.radio.coverage.options import CoverageOptions
    from setsail.store.canonical import sha256_file

    chosen = CoverageOptions(**options)
    made = grid(bbox, resolution_m, crs)
    study.require_memory(made, 0, chosen, workers=1)
    usable, findings = table.cells(
        table.read(cells), chosen, where=str(cells), operator=operator, three_sectors=three_sectors
    )
    ready = study.study(usable, made, chosen, findings=findings, inputs={cells.name: sha256_file(cells)})
    with open_blocks(engine) as blocks:
        ran = study.run(ready, out, blocks, update=update, progress=progress)
    return {**ran.summary, "blocks": {"computed": ran.computed, "reused": ran.reused, "failed": ran.failed}}


def radio_coverage_columns() -> list[Record]:
    """The columns of a table of cells: units, defaults, ranges, sources."""
    from setsail.radio.coverage.cells import columns

    return [dict(row.cells) for row in columns()]


# ---- radio: rates, positioning, exposure -----------------------------------------------------------------------------


def radio_rate(
    carriers: Sequence[str | Mapping[str, Any]],
    *,
    direction: str = "dl",
    tdd: str | None = None,
    special: str = "10D:2G:2U",
    ue: str | None = None,
    control_symbols: int = 1,
    dmrs_re: int = 12,
) -> Record:
    """Peak rate of carriers (TS 38.306), FDD and TDD, and the rate of their transport blocks. Raises BadInput, kin.

    carriers : each as `prb=273,scs=30,mcs-table=2,mcs=27,layers=4` or as values of these names.
    """
    from setsail.radio.rates.asked import carrier_asked
    from setsail.radio.rates.records import rate_record
    from setsail.radio.rates.scheduled import SlotUse

    use = SlotUse(control_symbols, dmrs_re)
    return rate_record(
        [carrier_asked(c) for c in carriers], direction=direction, tdd=tdd, special=special, ue=ue, use=use
    )


def radio_tbs(
    n_prb: int,
    qm: int,
    rate_x1024: float,
    layers: int = 1,
    *,
    symbols: int = 14,
    dmrs_re: int = 0,
    overhead_re: int = 0,
    scaling: float = 1.0,
) -> Record:
    """Transport block size of TS 38.214 cl. 5.1.3.2 with its steps. Raises OutOfRange, BadInput."""
    from setsail.radio.rates.records import tbs_record

    return tbs_record(
        n_prb, qm, rate_x1024, layers, symbols=symbols, dmrs_re=dmrs_re, overhead_re=overhead_re, scaling=scaling
    )


def radio_spectral_efficiency(
    sinr_db: float,
    *,
    model: str = "cqi",
    cqi_table: int = 2,
    direction: str = "dl",
    n_prb: int | None = None,
    scs_hz: float = 30e3,
    layers: int = 1,
    overhead: float = 0.14,
    share: float = 1.0,
) -> Record:
    """Spectral efficiency at a SINR with the origin of the mapping. Raises BadInput, OutOfRange, UnknownName."""
    from setsail.radio.rates.records import efficiency_record

    return efficiency_record(
        sinr_db, model=model, direction=direction, cqi_table=cqi_table, n_prb=n_prb, scs_hz=scs_hz, layers=layers,
        overhead=overhead, share=share,
    )  # fmt: skip


def radio_bands(fc_hz: float | None = None) -> list[Record]:
    """The NR bands, or those that hold a frequency [Hz]. Raises BadInput."""
    from setsail.radio.rates.records import band_records

    return band_records(fc_hz)


def radio_band(name: str) -> Record:
    """One NR band with its channel bandwidths and UE power classes. Raises UnknownName."""
    from setsail.radio.rates.records import band_record

    return band_record(name)
