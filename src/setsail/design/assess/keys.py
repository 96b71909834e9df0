"""The list of facts: which keys there are, of what they speak, and in which unit."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, get_args

from setsail.base.errors import BadInput
from setsail.base.tables import Row, iter_rows, require_unique
from setsail.design.assess.facts import Evidence

TABLE = "facts.csv"
COLUMNS = ("key", "subject", "unit", "evidence", "description")


@dataclass(frozen=True, slots=True)
class FactKey:
    """One kind of fact. subject : kind of thing it is stated of, such as "room"."""

    key: str
    subject: str
    unit: str
    evidence: Evidence
    description: str


@cache
def fact_keys() -> dict[str, FactKey]:
    """Every fact a design can state, by key. Raises BadInput, DuplicateKey for a broken table."""
    text = resources.files("setsail.design.assess").joinpath(TABLE).read_text("utf-8")
    rows = list(iter_rows(text, TABLE, required=COLUMNS, known=COLUMNS))
    require_unique(rows, ("key",))
    return {row.need("key"): _key(row) for row in rows}


def _key(row: Row) -> FactKey:
    evidence: Any = row.need("evidence")
    if evidence not in get_args(Evidence):
        raise BadInput(f"is {evidence!r}", where=row.where("evidence"), allowed=", ".join(get_args(Evidence)))
    return FactKey(row.need("key"), row.need("subject"), row.need("unit"), evidence, row.need("description"))
