"""Which Arrow schemas may be stored: those that DuckDB, Spark, Sail and Polars all read the same."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.types as pt

from setsail.base.errors import BadInput
from setsail.store.manifest import Column

ALLOWED = "bool, int8..int64, float32, float64, string, binary, date32, timestamp[us, UTC], decimal128, list, struct"
_SIGNS = frozenset(" ,;{}()\n\t=")


def require_storable(schema: pa.Schema, where: str) -> None:
    """Raises BadInput for a column name or type that one of the engines reads otherwise or not at all."""
    if not schema.names:
        raise BadInput("has no column", where=where)
    folded = [name.casefold() for name in schema.names]
    for field in schema:
        here = f"{where} column {field.name!r}"
        if not field.name or _SIGNS & set(field.name):
            raise BadInput("has a name that Spark refuses", where=here, allowed="no blank, comma, bracket or '='")
        if folded.count(field.name.casefold()) > 1:
            raise BadInput("is there twice (case does not count)", where=here)
        _require_type(field.type, here)


def columns(schema: pa.Schema) -> tuple[Column, ...]:
    """The columns as the manifest states them."""
    return tuple(Column(field.name, str(field.type), field.nullable) for field in schema)


def require_batch(batch: pa.RecordBatch, schema: pa.Schema, where: str) -> None:
    """Raises BadInput where a batch has other columns or types, or nulls that the schema forbids."""
    if batch.schema.names != schema.names:
        raise BadInput(f"has columns {batch.schema.names}", where=where, allowed=str(schema.names))
    for index, field in enumerate(schema):
        column = batch.column(index)
        if not column.type.equals(field.type):
            raise BadInput(f"has {column.type}", where=f"{where} column {field.name!r}", allowed=str(field.type))
        if not field.nullable and column.null_count:
            raise BadInput(f"holds {column.null_count} nulls", where=f"{where} column {field.name!r}", allowed="none")


def _require_type(kind: pa.DataType, where: str) -> None:
    if pt.is_unsigned_integer(kind):
        raise BadInput(f"is {kind}", where=where, allowed="signed integers", hint="H3 ids fit in int64")
    if pt.is_timestamp(kind) and (kind.unit != "us" or kind.tz != "UTC"):
        raise BadInput(f"is {kind}", where=where, allowed="timestamp[us, tz=UTC]")
    if pt.is_list(kind) or pt.is_large_list(kind):
        _require_type(kind.value_type, where)
    elif pt.is_struct(kind):
        for field in kind:
            _require_type(field.type, f"{where}.{field.name}")
    elif not _plain(kind):
        raise BadInput(f"is {kind}", where=where, allowed=ALLOWED)


def _plain(kind: pa.DataType) -> bool:
    tests = (
        pt.is_boolean,
        pt.is_signed_integer,
        pt.is_float32,
        pt.is_float64,
        pt.is_string,
        pt.is_large_string,
        pt.is_binary,
        pt.is_large_binary,
        pt.is_date32,
        pt.is_timestamp,
        pt.is_decimal128,
    )
    return any(test(kind) for test in tests) or (pt.is_dictionary(kind) and pt.is_string(kind.value_type))
