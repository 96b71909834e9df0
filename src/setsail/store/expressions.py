"""What a study may ask of an engine, and the expressions that mean the same on each.

Studies take a `Tables` and return Ibis expressions; only doors choose the engine behind it.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Protocol

from setsail.base.limits import Limit

if TYPE_CHECKING:
    import ibis.expr.types as ir
    import pyarrow as pa

RESOLUTION = Limit("resolution", 0, 15, "H3 library 4, resolutions")
SHARE = Limit("quantile", 0.0, 1.0, "share of the rows below")
_RESOLUTION_BIT = 52
_BITS_PER_DIGIT = 3


class Tables(Protocol):
    """Tables of one engine: Parquet files as Ibis expressions, and expressions as Arrow tables.

    Every engine gives equal answers: counts equal, means and quantiles within 1e-12 relative.
    """

    @property
    def name(self) -> str:
        """The address of the engine, as given by its user."""
        ...

    def read(self, files: Sequence[Path]) -> ir.Table:
        """The rows of Parquet files of one schema. The engine must see the same folder."""
        ...

    def given(self, rows: pa.Table) -> ir.Table:
        """A small table of the caller's, to join with."""
        ...

    def run(self, expression: ir.Table) -> pa.Table:
        """The rows of an expression, with the types that the expression states."""
        ...

    def close(self) -> None:
        """Gives back what the engine holds."""
        ...

    def __enter__(self) -> Tables: ...

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None
    ) -> None: ...


def h3_parent(cell: ir.IntegerValue, from_resolution: int, to_resolution: int) -> ir.IntegerValue:
    """The H3 parent (int64) of cells that are all of `from_resolution`, by bit arithmetic.

    The four bits from bit 52 hold the resolution; each finer digit has three bits, all set where unused.
    Raises OutOfRange. Source: H3 library 4, "H3 index bit layout", mode 1.
    """
    RESOLUTION.require(from_resolution, "from_resolution")
    Limit("to_resolution", 0, from_resolution, "a parent is no finer").require(to_resolution)
    below = (1 << _BITS_PER_DIGIT * (15 - to_resolution)) - 1
    keep = ((1 << 63) - 1) & ~(15 << _RESOLUTION_BIT)
    return (cell & keep) | ((to_resolution << _RESOLUTION_BIT) | below)


def exact_quantile(column: ir.NumericColumn, q: float) -> ir.FloatingScalar:
    """The exact quantile of a group as float64, linear between neighbours (type 7); nulls do not count.

    DuckDB computes it by `quantile_cont`, Spark Connect servers by `percentile`. Raises OutOfRange.
    Source: Hyndman and Fan, "Sample quantiles in statistical packages", 1996, definition 7.
    """
    SHARE.require(q)
    return column.cast("float64").quantile(q)


def share(condition: ir.BooleanColumn) -> ir.FloatingScalar:
    """The share 0..1 of a group where the condition is true; rows where it is null do not count."""
    return condition.cast("int64").cast("float64").mean()
