"""Presets: named implementation terms that are added to the definitions of 3GPP, each with its range and source."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Literal

from setsail.base import toml
from setsail.base.errors import UnknownName
from setsail.base.limits import Limit
from setsail.service.latency.mixture import Mixture, constant, joined, uniform
from setsail.service.latency.options import Radio

Kind = Literal["slots", "delay", "ratio", "count"]
FILE = "latency_presets.toml"
MS = 1e-3


@dataclass(frozen=True, slots=True)
class Term:
    """One implementation term. value : slots, ms, ratio or count;  low, high : what its source allows.

    tail_ratio : share of packets whose delay is spread over `tail_ms` instead;  fitted : on what, "" where it was not.
    """

    term: str
    kind: Kind
    direction: str
    value: float
    low: float
    high: float
    source: str
    fitted: str = ""
    tail_ratio: float = 0.0
    tail_ms: tuple[float, float] = (0.0, 0.0)

    def acts_on(self, direction: str) -> bool:
        """True for a term of that direction; the HARQ round trip belongs to the downlink."""
        return self.direction in ("both", "dl" if direction == "harq" else direction)

    @property
    def delay(self) -> Mixture:
        """The delay that is added, for a term of kind "delay"."""
        body = constant(self.value * MS)
        if not self.tail_ratio:
            return body
        tail = uniform(self.tail_ms[0] * MS, self.tail_ms[1] * MS).scaled(self.tail_ratio)
        return joined([body.scaled(1 - self.tail_ratio), tail])

    @property
    def assumed(self) -> bool:
        """True where the term rests on an assumption."""
        return self.source.startswith("assumption")


@dataclass(frozen=True, slots=True)
class Preset:
    """A named set of terms. held_against : the measurement that the terms meet together, "" where there is none."""

    name: str
    title: str
    capability: int
    terms: tuple[Term, ...] = ()
    note: str = ""
    held_against: str = ""

    def verified(self, term: Term) -> bool:
        """False for an assumed term, but where all terms together were held against a measurement."""
        return bool(self.held_against) or not term.assumed

    def assumes_errors(self, radio: Radio) -> bool:
        """True where error ratios come from here and rest on an assumption alone."""
        return radio.bler is None and any(t.term == "bler" and not self.verified(t) for t in self.terms)

    def value(self, term: str, direction: str, default: float = 0.0) -> float:
        """The value of a term in a direction."""
        return next((t.value for t in self.terms if t.term == term and t.acts_on(direction)), default)

    def delays(self, direction: str) -> tuple[Term, ...]:
        """Its terms that add a delay in a direction."""
        return tuple(t for t in self.terms if t.kind == "delay" and t.acts_on(direction))

    def settled(self, radio: Radio) -> Radio:
        """The configuration with what it leaves open taken from here; slots of preparation are added to its own."""
        ahead = sum(t.value for t in self.terms if t.kind == "slots" and t.acts_on(radio.direction))
        return replace(
            radio,
            capability=self.capability if radio.capability is None else radio.capability,
            bler=self.value("bler", radio.direction) if radio.bler is None else radio.bler,
            bler_retransmission=self._again(radio),
            max_retransmissions=round(self.value("retransmissions", radio.direction))
            if radio.max_retransmissions is None
            else radio.max_retransmissions,
            offset_slots=radio.offset_slots + ahead,
            bsr_ratio=radio.bsr_ratio or self.value("buffer-status-round", radio.direction),
        )

    def _again(self, radio: Radio) -> float | None:
        if radio.bler_retransmission is not None or radio.bler is not None:
            return radio.bler_retransmission
        return next((t.value for t in self.terms if t.term == "bler-retransmission"), None)

    def with_values(self, **values: float) -> Preset:
        """The same with other values, by `term_direction` as in `ue_stack_dl`. Raises OutOfRange."""
        terms = []
        for t in self.terms:
            value = values.get(f"{t.term}_{t.direction}".replace("-", "_"), t.value)
            Limit(t.term, t.low, t.high, t.source).require(value)
            terms.append(replace(t, value=value))
        return replace(self, terms=tuple(terms))


@cache
def presets() -> dict[str, Preset]:
    """Every shipped preset by name."""
    text = (files("setsail.service") / "data" / FILE).read_text(encoding="utf-8")
    tables = toml.document(text, FILE)["preset"]
    return {name: _preset(name, tables) for name in tables}


@lru_cache(maxsize=64)
def preset(name: str) -> Preset:
    """A shipped preset. Raises UnknownName."""
    found = presets().get(name)
    if found is None:
        raise UnknownName(f"is {name!r}", where="preset", allowed=", ".join(presets()))
    return found


def _preset(name: str, tables: dict[str, Any]) -> Preset:
    table = tables[name]
    terms = tables[table["same_terms_as"]] if "same_terms_as" in table else table
    found = tuple(_term(t) for t in terms.get("term", []))
    return Preset(
        name, table["title"], table["capability"], found, table.get("note", ""), table.get("held_against", "")
    )


def _term(table: dict[str, Any]) -> Term:
    tail = tuple(table.get("tail_ms", (0.0, 0.0)))
    return Term(**{**table, "value": float(table["value"]), "tail_ms": tail})
