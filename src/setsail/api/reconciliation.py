"""Parts against totals, repairs on record, outliers, reports of progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path

from setsail.api.plans import observations
from setsail.base.record import Record


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


def repair_decline(
    workspace: Path,
    *,
    known_on: date,
    now: datetime,
    signed_by: str,
    reason: str,
    region: str,
    to: float,
    dataset: str,
    period: str | None = None,
    indicator: str | None = None,
) -> Record:
    """The refusal of a proposal as recorded: signed, dated, in the audit trail; it changes no reading.

    Raises UnknownName (no such proposal), StoreConflict (declined already), BadInput.
    """
    from setsail.monitor.reconcile.door import Asked, declined
    from setsail.monitor.reconcile.repairs import Signature

    asked = Asked(dataset, None, None, period, indicator, (), "plain", known_on)
    return declined(workspace, asked, region, to, Signature(signed_by, reason, now))


def repair_declined(workspace: Path) -> list[Record]:
    """Every declined proposal of a workspace, in the order of its refusal."""
    from setsail.monitor.reconcile.repairs import declined_on_record
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as opened:
        return declined_on_record(opened)


def reconcile_datasets(*, known_on: date, repairs_of: Path | None = None) -> list[Record]:
    """The shipped data sets of parts and totals by indicator: how many tables, how many with a proposal of repair.

    repairs_of : a workspace whose accepted repairs are applied at reading.
    """
    from setsail.monitor.reconcile.shipped import parts_sets

    found = []
    for dataset, indicator in sorted({(s.dataset, s.indicator) for s in parts_sets()}):
        tables = reconcile(known_on=known_on, dataset=dataset, indicator=indicator, repairs_of=repairs_of)
        open_ = sum(1 for table in tables if table["proposals"])
        found.append({"dataset": dataset, "indicator": indicator, "tables": len(tables), "with_proposals": open_})
    return found


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
