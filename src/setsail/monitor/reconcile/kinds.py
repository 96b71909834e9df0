"""Kinds of slips that are looked for, and how often each is assumed to be made (`data/kinds.csv`)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of slip; `rate` is its assumed share among slips, used only to order proposals."""

    kind: str
    rate: float
    summary: str


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by name. Source: `assumption`, `slip-rates`: no count of such slips was found."""
    text = (files("setsail.monitor.reconcile") / "data" / "kinds.csv").read_text(encoding="utf-8")
    rows = csv.DictReader(text.splitlines())
    return {row["kind"]: Kind(row["kind"], float(row["rate"]), row["summary"]) for row in rows}


def rate(kind: str) -> float:
    """Assumed share of a kind among slips."""
    return kinds()[kind].rate
