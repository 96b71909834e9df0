"""Shares served of people, area and lines, by region and by group of layers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyproj

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.radio.served.amounts import Amount, Ground, area, lines, people
from setsail.radio.served.layers import Layer, Layers
from setsail.radio.served.options import FIELDS, ServedOptions
from setsail.radio.served.regions import Nowhere, Regions
from setsail.radio.served.tally import counted

Group = tuple[dict[str, str], tuple[int, ...]]


def served(
    layers: Sequence[Layer],
    options: ServedOptions,
    *,
    population: Path | None = None,
    vectors: Sequence[Path] = (),
    kind_column: str = "kind",
    regions: Regions | None = None,
) -> Record:
    """Rows of what is covered, not covered, not known and outside, at every threshold; and how it was counted.

    Raises BadInput and its kin where an input has no or a wrong coordinate system, or nothing in common with the
    coverage.
    """
    where: Regions = Nowhere() if regions is None else regions
    told = grouped(layers, options)
    with Layers(layers) as opened:
        ground = Ground(opened, where, tuple(members for _, members in told), options)
        amounts = [area(ground)]
        if not sum(float(a[:, :-1].sum() - a[:, len(options.edges) + 1].sum()) for a in amounts[0].amounts):
            raise BadInput("holds no known RSRP", where=str(layers[0].path), allowed="one pixel with data or more")
        if population is not None:
            amounts.append(people(population, ground))
        for path in vectors:
            amounts += lines(path, kind_column, ground)
        how = {
            "crs": opened.crs if len(opened.crs) < 32 else pyproj.CRS.from_user_input(opened.crs).name,
            "pixel_m": list(opened.pixel_m), "areal_scale": [opened.areal_low, opened.areal_high],
        }  # fmt: skip
    counts = {f"{a.what}": {"unit": a.unit, "total": float(a.amounts[0].sum()), **a.how} for a in amounts}
    rows = [row for amount in amounts for row in _rows(amount, told, where, options)]
    return {"rows": rows, "counted": counts, "grid": how, "layers": [_layer(one) for one in layers],
            "entry_loss_db": options.entry_loss_db, "unknown_is": _unknown(options)}  # fmt: skip


def grouped(layers: Sequence[Layer], options: ServedOptions) -> list[Group]:
    """All layers together, then every combination of the values of each set of fields. Raises BadInput."""
    out: list[Group] = [({}, tuple(range(len(layers))))]
    for fields in options.by:
        values = [tuple(str(getattr(one, f)) for f in fields) for one in layers]
        blank = [f for f, column in zip(fields, zip(*values, strict=True), strict=True) if not all(column)]
        if blank:
            raise BadInput(f"asks for {blank[0]}, which a layer does not tell", where="by", hint="fill it in the table")
        for value in sorted(set(values)):
            members = tuple(k for k, v in enumerate(values) if v == value)
            out.append((dict(zip(fields, value, strict=True)), members))
    return out


def _rows(amount: Amount, groups: Sequence[Group], regions: Regions, options: ServedOptions) -> Iterator[Record]:
    edges = list(options.edges)
    for (of, _), sums in zip(groups, amount.amounts, strict=True):
        for key, name, one in _by_region(sums, regions):
            for place, threshold, level in options.places:
                found = counted(one, edges.index(level))
                if not found.total:
                    continue
                known = found.covered + found.not_covered
                yield {
                    "what": amount.what, "place": place, "threshold_dbm": threshold, "region": key, "name": name,
                    **{f: of.get(f, "all") for f in FIELDS},
                    "share_ratio": found.covered / known if known else None,
                    "share_low_ratio": found.covered / found.total,
                    "share_high_ratio": 1.0 - found.not_covered / found.total,
                    "covered": found.covered, "not_covered": found.not_covered, "unknown": found.unknown,
                    "outside": found.outside, "total": found.total, "unit": amount.unit,
                }  # fmt: skip


def _by_region(sums: F64, regions: Regions) -> Iterator[tuple[str, str, F64]]:
    yield "all", "all", sums.sum(axis=0)
    for k, (key, name) in enumerate(regions.names):
        yield key, name, sums[k]
    if regions.names:
        yield "none", "outside all regions", sums[-1]


def _layer(one: Layer) -> Record:
    return {"file": one.path.parent.name + "/" + one.path.name, **{f: getattr(one, f) or None for f in FIELDS}}


def _unknown(options: ServedOptions) -> str:
    if options.reached:
        return "pixels out of the reach of every mast count as not covered"
    return "pixels without data are not known: neither covered nor not covered"
