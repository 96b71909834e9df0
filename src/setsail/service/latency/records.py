"""A latency budget as a record, as doors show it: milliseconds rounded, seconds in full."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import get_args

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.service.latency.budget import Budget, Node
from setsail.service.latency.options import Access, Direction
from setsail.service.latency.presets import presets

PERCENTILES = (0.5, 0.9, 0.98, 0.99, 0.999, 0.9999, 0.99999)
"""Shown where none is asked; 0.98 is the share that a delay budget of TS 23.501 speaks of."""
MS_DIGITS = 2


def latency_record(made: Budget, ratios: Sequence[float] = PERCENTILES) -> Record:
    """Mean, extremes, percentiles with their method, cause and tree of a budget.

    The percentile of a share that never arrives is None.
    """
    radio = made.radio
    found = {f"{ratio * 100:.10g}": made.percentile(ratio) for ratio in ratios}
    return {
        "mean_ms": round(made.mean_s * 1e3, MS_DIGITS),
        "max_ms": round(made.max_s * 1e3, MS_DIGITS),
        "min_ms": round(made.min_s * 1e3, MS_DIGITS),
        "percentiles_ms": {p: None if math.isinf(s) else round(s * 1e3, MS_DIGITS) for p, s in found.items()},
        "mean_s": made.mean_s,
        "max_s": made.max_s,
        "min_s": made.min_s,
        "percentiles_s": {p: None if math.isinf(s) else s for p, s in found.items()},
        "delivered_ratio": made.delivered_ratio,
        "method": made.method,
        "cause": made.cause,
        "verified": made.verified,
        "direction": made.direction,
        "preset": made.preset,
        "radio": {
            "scs_khz": radio.scs_hz / 1e3, "tdd": radio.tdd, "special": radio.special, "access": radio.access,
            "capability": radio.capability, "n1_symbols": radio.n1, "n2_symbols": radio.n2, "bler": radio.bler,
            "bler_retransmission": radio.later_error_ratio, "max_retransmissions": radio.retransmissions,
            "offset_slots": radio.offset_slots,
        },
        "notes": list(made.notes),
        "tree": tree_record(made.tree),
    }  # fmt: skip


def tree_record(node: Node) -> Record:
    """A node with its milliseconds beside its seconds, and its children."""
    made = node.record()
    made |= {f"{key}_ms": round(made[f"{key}_s"] * 1e3, 4) for key in ("mean", "max", "worst")}
    if node.children:
        made["children"] = [tree_record(child) for child in node.children]
    return made


def legs_of(text: str) -> tuple[Direction, bool]:
    """The direction, or the first of two in line, and whether there are two. Raises BadInput."""
    wanted = text.strip().lower()
    legs: dict[str, tuple[Direction, bool]] = {
        "ul": ("ul", False), "dl": ("dl", False), "harq": ("harq", False), "ul-dl": ("ul", True), "dl-ul": ("dl", True),
    }  # fmt: skip
    if wanted not in legs:
        raise BadInput(f"is {text!r}", where="direction", allowed=", ".join(legs))
    return legs[wanted]


def direction_of(text: str) -> Direction:
    """A direction by its name. Raises BadInput."""
    found: Direction | None = next((d for d in get_args(Direction) if d == text.strip().lower()), None)
    if found is None:
        raise BadInput(f"is {text!r}", where="direction", allowed=", ".join(get_args(Direction)))
    return found


def access_of(text: str) -> Access:
    """An access by its name. Raises BadInput."""
    found: Access | None = next((a for a in get_args(Access) if a == text.strip().lower()), None)
    if found is None:
        raise BadInput(f"is {text!r}", where="access", allowed="sr (scheduling request), cg (configured grant)")
    return found


def preset_records() -> list[Record]:
    """Every preset with its terms, values, ranges and sources, one row a term."""
    return [
        {
            "preset": one.name, "term": t.term, "direction": t.direction, "kind": t.kind, "value": t.value,
            "low": t.low, "high": t.high, "fitted": t.fitted, "source": t.source,
            "held_against": one.held_against, "title": one.title,
        }
        for one in presets().values()
        for t in one.terms
    ]  # fmt: skip
