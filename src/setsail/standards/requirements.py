"""Needs that several sources put a number to: every value with its source, and the one that binds with its reason."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from setsail.base.errors import BadInput, UnknownName
from setsail.base.record import Record
from setsail.base.tables import Row
from setsail.standards import facts
from setsail.standards.applications import TRUSTED, Evidence, Kind

Quantity = Literal["latency", "availability", "reliability"]


@dataclass(frozen=True, slots=True)
class Value:
    """One number of one source. application : the profile that carries it, "" for none; percentile : None as given."""

    number: float
    unit: str
    quantity: Quantity
    direction: str
    basis: str
    percentile: float | None
    kind: Kind
    evidence: Evidence
    source_id: str
    clause: str
    application: str

    @property
    def verified(self) -> bool:
        """True where the number was read: only then may it carry a pass."""
        return self.evidence in TRUSTED

    def record(self) -> Record:
        """Its columns."""
        return {
            "number": self.number, "unit": self.unit, "quantity": self.quantity, "direction": self.direction,
            "basis": self.basis, "percentile": self.percentile, "kind": self.kind, "evidence": self.evidence,
            "source": f"{self.source_id} {self.clause}", "application": self.application,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Requirement:
    """One need. values : of all its sources;  binding : index of the value that holds;  reason : why that one."""

    need: str
    name: str
    values: tuple[Value, ...]
    binding: int
    reason: str

    @property
    def bound(self) -> Value:
        """The value that holds."""
        return self.values[self.binding]

    @property
    def spread(self) -> float:
        """Largest value of the binding quantity over its smallest."""
        numbers = [v.number for v in self.values if v.quantity == self.bound.quantity]
        return max(numbers) / min(numbers)

    def record(self) -> Record:
        """Its columns, values included."""
        return {
            "need": self.need, "name": self.name, "values": [v.record() for v in self.values],
            "binding": self.binding, "reason": self.reason, "spread": self.spread,
        }  # fmt: skip


@cache
def requirements() -> dict[str, Requirement]:
    """Every need with several values, by its name."""
    values: dict[str, list[Value]] = {}
    for row in facts.table("qos/need_values.csv"):
        values.setdefault(row.need("need"), []).append(_value(row))
    return {row.need("need"): _requirement(row, values[row.need("need")]) for row in facts.table("qos/needs.csv")}


def requirement(need: str) -> Requirement:
    """The need of that name. Raises UnknownName."""
    found = requirements().get(need)
    if found is None:
        raise UnknownName(f"is {need!r}", where="need", allowed=", ".join(requirements()))
    return found


def requirements_of(application: str) -> tuple[Requirement, ...]:
    """The needs that an application carries a value of; empty where its own row is the only source."""
    return tuple(r for r in requirements().values() if any(v.application == application for v in r.values))


def _requirement(row: Row, values: list[Value]) -> Requirement:
    chosen = row.need("binding")
    places = [i for i, value in enumerate(values) if value.application == chosen]
    if len(places) != 1:
        raise BadInput(f"is {chosen!r}", where=row.where("binding"), allowed="one application among its values")
    return Requirement(row.need("need"), row.need("name"), tuple(values), places[0], row.need("reason"))


def _value(row: Row) -> Value:
    percentile = row.get("percentile")
    return Value(
        float(row.need("number")), row.need("unit"), row.need("quantity"),  # type: ignore[arg-type]
        row.need("direction"), row.get("basis"), float(percentile) if percentile else None,
        row.need("kind"), row.need("evidence"), row.need("source_id"), row.need("clause"),  # type: ignore[arg-type]
        row.get("application"),
    )  # fmt: skip
