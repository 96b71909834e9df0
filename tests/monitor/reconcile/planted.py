"""Synthetic tables with one planted slip: what is printed, and what was true."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from setsail.monitor.reconcile.candidate import NEW_ROW
from setsail.monitor.reconcile.results import Proposal
from setsail.monitor.reconcile.table import Cell, Neighbour, PrintedTable


@dataclass(frozen=True)
class Planted:
    """`table` is printed with a slip; `truth` maps a row's name to what should stand there (None: no such row)."""

    table: PrintedTable
    truth: dict[str, float | None]
    kind: str

    def solved_by(self, proposal: Proposal) -> bool:
        """True when the proposal restores every number that the slip changed."""
        return {c.region: c.new for c in proposal.candidate.changes} == self.truth


def clean_table(rng: np.random.Generator, n: int = 36, *, history: bool = True, growth: float = 0.03) -> PrintedTable:
    """A synthetic table of counts that sums exactly; last period's parts are `growth` smaller with a spread of 2 %."""
    then = np.round(np.exp(rng.uniform(np.log(60), np.log(40_000), n)))
    now = np.round(then * np.exp(rng.normal(np.log1p(growth), 0.02, n)))
    names = [f"Region {i + 1:02d}" for i in range(n)]
    neighbour = Neighbour("before", -1.0, dict(zip(names, then.tolist(), strict=True)), float(then.sum()))
    return PrintedTable(
        "synthetic",
        "count",
        "now",
        Cell("Total", float(now.sum())),
        tuple(Cell(name, float(value)) for name, value in zip(names, now, strict=True)),
        neighbours=(neighbour,) if history else (),
    )


def printed(table: PrintedTable, changes: dict[int, float]) -> PrintedTable:
    """The table with other numbers printed in some rows."""
    parts = tuple(replace(c, value=changes.get(i, c.value)) for i, c in enumerate(table.parts))
    return replace(table, parts=parts)


def _digits(value: float | None) -> str:
    return str(int(value or 0))


def transposed(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    i = int(rng.integers(len(table.parts)))
    digits = list(_digits(table.parts[i].value))
    at = int(rng.integers(len(digits) - 1))
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    return _one(table, i, float("".join(digits)), "transposed_digits") if digits[0] != "0" else None


def wrong_digit(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    i = int(rng.integers(len(table.parts)))
    digits = list(_digits(table.parts[i].value))
    digits[int(rng.integers(len(digits)))] = str(rng.integers(10))
    return _one(table, i, float("".join(digits)), "wrong_digit") if digits[0] != "0" else None


def factor_10_4(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    i = int(rng.integers(len(table.parts)))
    value = table.parts[i].value or 0.0
    return _one(table, i, value * 10_000, "factor_10_4")


def doubled_row(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    i = int(rng.integers(len(table.parts)))
    parts = (*table.parts[: i + 1], table.parts[i], *table.parts[i + 1 :])
    return Planted(replace(table, parts=parts), {table.parts[i].region: None}, "doubled_row")


def overwritten_row(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    i = int(rng.integers(1, len(table.parts)))
    return _one(table, i, table.parts[i - 1].value or 0.0, "doubled_row")


def wrong_year(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    i = int(rng.integers(len(table.parts)))
    before = table.neighbours[0].values if table.neighbours else {}
    return _one(table, i, before[table.parts[i].region], "wrong_year") if before else None


def missing_row(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    i = int(rng.integers(len(table.parts)))
    cell = table.parts[i]
    parts = tuple(c for k, c in enumerate(table.parts) if k != i)
    return Planted(replace(table, parts=parts), {cell.region: cell.value}, "missing_row")


def swapped_rows(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    i = int(rng.integers(len(table.parts) - 1))
    a, b = table.parts[i], table.parts[i + 1]
    changed = printed(table, {i: b.value or 0.0, i + 1: a.value or 0.0})
    return Planted(changed, {a.region: a.value, b.region: b.value}, "swapped_rows") if a.value != b.value else None


def shifted_rows(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    """A block of three to six rows stands one row too low; its last number is lost and its first is doubled."""
    size = int(rng.integers(3, 7))
    i = int(rng.integers(len(table.parts) - size))
    block = range(i + 1, i + size)
    changed = printed(table, {k: table.parts[k - 1].value or 0.0 for k in block})
    truth = {table.parts[k].region: table.parts[k].value for k in block}
    different = all(table.parts[k].value != table.parts[k - 1].value for k in block)
    return Planted(changed, truth, "shifted_columns") if different else None


def total_wrong(table: PrintedTable, rng: np.random.Generator) -> Planted | None:
    value = table.total.value or 0.0
    digits = list(_digits(value))
    at = int(rng.integers(len(digits) - 1))
    digits[at], digits[at + 1] = digits[at + 1], digits[at]
    new = float("".join(digits))
    if new == value or digits[0] == "0":
        return None
    return Planted(replace(table, total=replace(table.total, value=new)), {table.total.region: value}, "total_wrong")


SLIPS: dict[str, Callable[[PrintedTable, np.random.Generator], Planted | None]] = {
    f.__name__: f
    for f in (
        transposed, wrong_digit, factor_10_4, doubled_row, overwritten_row, wrong_year, missing_row, swapped_rows,
        shifted_rows, total_wrong,
    )
}  # fmt: skip


def plant(slip: str, rng: np.random.Generator, *, history: bool = True, n: int = 36) -> Planted:
    """A synthetic table with one slip of that name; tables that the slip would not change are drawn again."""
    while True:
        found = SLIPS[slip](clean_table(rng, n, history=history), rng)
        if found is not None:
            return found


def _one(table: PrintedTable, index: int, value: float, kind: str) -> Planted | None:
    cell = table.parts[index]
    if value == cell.value:
        return None
    return Planted(printed(table, {index: value}), {cell.region: cell.value}, kind)


__all__ = ["NEW_ROW", "SLIPS", "Planted", "clean_table", "plant", "printed"]
