"""A network as tables of plain values, and back: what CSV, TOML and JSON files have in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.base.record import Record
from setsail.design.network.columns import REFERENCES, Value, check_value, columns, default_of, line
from setsail.design.network.model import Carrier, Cell, Flow, Head, Link, Network, Share, Slice, Upf

CLASSES: dict[str, Callable[..., Any]] = {
    "carriers": Carrier, "cells": Cell, "heads": Head, "upfs": Upf, "links": Link, "slices": Slice, "shares": Share,
    "flows": Flow,
}  # fmt: skip
"""The class of every component that comes in rows, in the order in which they are written."""
KEYS = {name: (name.removesuffix("s"),) for name in CLASSES} | {"shares": ("cell", "slice", "direction")}
SLACK = 1e-9
"""By which the sum of ratios may exceed 1: rounding of sums of floating-point numbers."""
Where = Callable[[str, int, str], str]
"""Names the place of a value: component, row from 0, column."""


def rows_of(network: Network, component: str) -> list[Record]:
    """The rows of a component, their values in the order of its columns."""
    return [{c.column: getattr(row, c.column) for c in columns()[component]} for row in getattr(network, component)]


def build(head: Mapping[str, Any], rows: Mapping[str, Iterable[Mapping[str, Any]]], where: Where) -> Network:
    """The network of its own values (site, preset, notes, settings) and the rows of its components, all checked.

    Raises BadInput, UnknownName (a band, 5QI, cell, slice ... that is not there), DuplicateKey, OutOfRange.
    """
    own: dict[str, Any] = _row("network", {k: v for k, v in head.items() if k not in ("notes", "settings")}, 0, where)
    made: dict[str, Any] = {
        name: tuple(_made(name, row, i, where) for i, row in enumerate(rows.get(name, ()))) for name in CLASSES
    }
    network = Network(**own, **made, notes=_notes(head, where), settings=_settings(head, where))
    check(network, where)
    return network


def _made(component: str, row: Mapping[str, Any], index: int, where: Where) -> Any:  # noqa: ANN401 - by component
    return CLASSES[component](**_row(component, row, index, where))


def _row(component: str, row: Mapping[str, Any], index: int, where: Where) -> dict[str, Value]:
    if not isinstance(row, Mapping):
        raise BadInput(f"is {row!r}", where=where(component, index, ""), allowed="a table of columns")
    known = columns()[component]
    names = [c.column for c in known]
    strange = sorted(set(row) - set(names))
    if strange:
        raise BadInput(f"has the unknown key {strange[0]!r}", where=where(component, index, ""),
                       allowed=", ".join(names))  # fmt: skip
    return {
        c.column: check_value(c, row[c.column], where(component, index, c.column))
        if c.column in row
        else default_of(c, where(component, index, c.column))
        for c in known
    }


def _notes(head: Mapping[str, Any], where: Where) -> tuple[str, ...]:
    told, place = head.get("notes", ()), where("network", 0, "notes")
    if not isinstance(told, list | tuple) or not all(isinstance(t, str) for t in told):
        raise BadInput(f"is {told!r}", where=place, allowed="a list of texts")
    return tuple(line(t, place) for t in told)


def _settings(head: Mapping[str, Any], where: Where) -> dict[str, str | float | bool]:
    told, place = head.get("settings", {}), where("network", 0, "settings")
    if not isinstance(told, Mapping):
        raise BadInput(f"is {told!r}", where=place, allowed="a table")
    for key, value in told.items():
        line(key, f"{place} {key}")
        if isinstance(value, str):
            line(value, f"{place} {key}")
        elif not isinstance(value, bool) and not (isinstance(value, int | float) and abs(value) < float("inf")):
            raise BadInput(f"is {value!r}", where=f"{place} {key}", allowed="text, a finite number, true or false")
    return dict(told)


def check(network: Network, where: Where) -> None:
    """Raises DuplicateKey and UnknownName where rows of a network do not fit each other, BadInput where sums do not."""
    for component in CLASSES:
        _unique(network, component, where)
    for component, known in columns().items():
        for column in known:
            if column.kind in REFERENCES:
                _refer(network, component, column.column, column.kind, where)
    for index, one in enumerate(network.slices):
        if one.prb_min_ratio > one.prb_max_ratio:
            raise BadInput(f"is {one.prb_min_ratio:g}", where=where("slices", index, "prb_min_ratio"),
                           allowed=f"up to prb_max_ratio, {one.prb_max_ratio:g}")  # fmt: skip
    _check_shares(network, where)
    for index, flow in enumerate(network.flows):
        if flow.refused > flow.count:
            raise BadInput(f"is {flow.refused}", where=where("flows", index, "refused"),
                           allowed=f"up to count, {flow.count}")  # fmt: skip


def _unique(network: Network, component: str, where: Where) -> None:
    seen: set[tuple[str, ...]] = set()
    for index, row in enumerate(getattr(network, component)):
        key = tuple(getattr(row, k) for k in KEYS[component])
        if key in seen:
            raise DuplicateKey(f"repeats {', '.join(key)!r}", where=where(component, index, KEYS[component][0]),
                               hint="remove one")  # fmt: skip
        seen.add(key)


def _refer(network: Network, component: str, column: str, to: str, where: Where) -> None:
    names = {getattr(row, KEYS[to][0]) for row in getattr(network, to)}
    for index, row in enumerate(getattr(network, component)):
        value = getattr(row, column)
        if value and value not in names:
            raise UnknownName(f"is {value!r}", where=where(component, index, column),
                              allowed=", ".join(sorted(names)) or f"a row of {to}")  # fmt: skip


def _check_shares(network: Network, where: Where) -> None:
    sums: defaultdict[tuple[str, str], float] = defaultdict(float)
    for index, share in enumerate(network.shares):
        if not share.prb_dedicated_ratio <= share.prb_min_ratio <= share.prb_max_ratio:
            raise BadInput(
                f"has {share.prb_dedicated_ratio:g}, {share.prb_min_ratio:g}, {share.prb_max_ratio:g}",
                where=where("shares", index, "prb_min_ratio"), allowed="dedicated <= min <= max (TS 28.541 cl. 4.3.36)",
            )  # fmt: skip
        sums[share.cell, share.direction] += share.prb_min_ratio
        if sums[share.cell, share.direction] > 1 + SLACK:
            raise BadInput(
                f"makes the sum of minima {sums[share.cell, share.direction]:g} in {share.direction}",
                where=where("shares", index, "prb_min_ratio"), allowed="sum up to 1 (TS 28.541 cl. 4.4.1)",
            )  # fmt: skip
