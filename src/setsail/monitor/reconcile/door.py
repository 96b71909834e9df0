"""From what is asked at a door to tables, reconciliations and accepted repairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from setsail.base.errors import BadInput, UnknownName
from setsail.base.record import Record
from setsail.monitor.reconcile.candidate import Candidate, Change
from setsail.monitor.reconcile.files import read_table
from setsail.monitor.reconcile.numbers import NUMBER_STYLES, NumberStyle, told
from setsail.monitor.reconcile.repairs import OWN, Repair, Signature, accept, applied, decline, on_record
from setsail.monitor.reconcile.results import Reconciliation
from setsail.monitor.reconcile.shipped import dataset_names, tables
from setsail.monitor.reconcile.study import ReconcileOptions, reconcile
from setsail.monitor.reconcile.table import TOTAL, PrintedTable
from setsail.standards import facts
from setsail.store.canonical import sha256_file
from setsail.store.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Asked:
    """Which tables: those of a shipped data set, or that of a file."""

    dataset: str | None
    file: Path | None
    total_row: str | None
    period: str | None
    indicator: str | None
    previous: Sequence[Path]
    numbers: str
    known_on: date


@dataclass(frozen=True, slots=True)
class Chosen:
    """A table and the digest of the file it was read from; empty for a shipped one."""

    table: PrintedTable
    digest: str = ""


def chosen_tables(asked: Asked) -> list[Chosen]:
    """The tables asked for. Raises BadInput where the question does not hold together, UnknownName."""
    if (asked.dataset is None) == (asked.file is None):
        raise BadInput(
            "needs a file or a data set, one of the two", where="reconcile",
            allowed=f"FILE.csv --total-row NAME, or --dataset of {', '.join(dataset_names())}",
        )  # fmt: skip
    if asked.file is None:
        return _of_dataset(asked)
    if asked.total_row is None:
        raise BadInput("is missing", where="--total-row", allowed="the region name of the row that prints the total")
    for option, given in (("--date", asked.period), ("--indicator", asked.indicator)):
        if given is not None:
            raise BadInput("goes with --dataset only", where=option, hint="a file holds one table of one period")
    table = read_table(asked.file, asked.total_row, previous=asked.previous, style=_style(asked.numbers))
    return [Chosen(table, sha256_file(asked.file))]


def reconciled(chosen: Chosen, pairs: bool, pair_bound: int, repairs_of: Path | None) -> Reconciliation:
    """The reconciliation of one table, read with the accepted repairs of a workspace if one is given."""
    if pair_bound < 1:
        raise BadInput(f"is {pair_bound}", where="--pair-bound", allowed="1 or more")
    options = ReconcileOptions(pairs, pair_bound)
    if repairs_of is None:
        return reconcile(chosen.table, options)
    with Workspace.open(repairs_of, create=False) as workspace:
        table, used, notes = applied(chosen.table, on_record(workspace), digest=chosen.digest)
    result = reconcile(table, options)
    read = [
        f"read with repair {r.repair_id}: {r.region} {told(r.old)} -> {told(r.new)}, signed by {r.signed_by}"
        for r in used
    ]
    return replace(result, notes=(*result.notes, *read, *notes))


def accepted(root: Path, asked: Asked, region: str, to: float, signature: Signature, *, own: bool) -> list[Repair]:
    """The repairs recorded for the proposal that reads `region` as `to`.

    Raises UnknownName, BadInput, StoreConflict.
    """
    chosen = _one(asked, "repair accept")
    table, digest = chosen.table, chosen.digest
    candidate = _own(table, region, to) if own else _proposed(table, region, to)
    with Workspace.open(root) as workspace:
        return accept(workspace, table, candidate, signature, digest=digest)


def declined(root: Path, asked: Asked, region: str, to: float, signature: Signature) -> Record:
    """The refusal recorded of the proposal of `region` as `to`. Raises UnknownName, BadInput, StoreConflict."""
    table = _one(asked, "repair decline").table
    candidate = _proposed(table, region, to)
    with Workspace.open(root) as workspace:
        return decline(workspace, table, candidate, signature)


def _one(asked: Asked, where: str) -> Chosen:
    """The one table asked for."""
    chosen = chosen_tables(asked)
    if len(chosen) != 1:
        periods = ", ".join(f"{c.table.indicator} {c.table.period}" for c in chosen)
        raise BadInput("names several tables", where=where, allowed=f"one of {periods}", hint="--date, --indicator")
    return chosen[0]


def _of_dataset(asked: Asked) -> list[Chosen]:
    if asked.previous:
        raise BadInput("goes with a file only", where="--previous", hint="a shipped data set brings its other periods")
    if asked.total_row is not None:
        raise BadInput("goes with a file only", where="--total-row", hint="a shipped data set knows its total")
    found = tables(
        asked.dataset or "",
        facts.observations(),
        known_on=asked.known_on,
        period=asked.period,
        indicator=asked.indicator,
    )
    return [Chosen(t) for t in found]


def _proposed(table: PrintedTable, region: str, to: float) -> Candidate:
    """The proposal, standing or rejected, that reads a region as a value."""
    result = reconcile(table)
    every = [p.candidate for p in (*result.proposals, *result.rejected)]
    for candidate in every:
        if any(c.region == region and c.new == to for c in candidate.changes):
            return candidate
    listed = "; ".join(f"{c.changes[0].region} {told(c.changes[0].new)}" for c in every[:8]) or "there is none"
    raise UnknownName(f"no proposal reads {region} as {told(to)}", where="repair accept", allowed=listed, hint="--own")


def _own(table: PrintedTable, region: str, to: float) -> Candidate:
    """A repair that the signer states."""
    if to < 0:
        raise BadInput(f"is {to:g}", where="--to", allowed="0 or more")
    cells = [(TOTAL, table.total), *enumerate(table.parts)]
    for index, cell in cells:
        if cell.region == region:
            return Candidate(OWN, (Change(index, region, cell.value, to, cell.step),), 0.0, "stated by the signer")
    names = ", ".join(cell.region for _, cell in cells[:6])
    raise UnknownName(f"is {region!r}", where="--region", allowed=f"a row of the table: {names} ...")


def _style(text: str) -> NumberStyle:
    for style in ("plain", "western", "indian"):
        if style == text:
            return style
    raise BadInput(f"is {text!r}", where="--numbers", allowed=", ".join(NUMBER_STYLES))
