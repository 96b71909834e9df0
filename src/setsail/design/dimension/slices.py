"""Slices from flows: one for each pair of slice type and isolation level, and its shares of the PRBs of each cell."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from setsail.design.dimension.admission import quantile
from setsail.design.dimension.cells import DIRECTIONS, by_cell, guaranteed, mean_ratio, sources
from setsail.design.dimension.needs import Asked
from setsail.design.dimension.options import DimensionOptions, isolations
from setsail.design.network.model import Flow, Share, Slice
from setsail.standards.qos import ssts

PERCENT = 100
"""Ratios of TS 28.541 are whole percents."""
PARTS = 1_000
"""Units of a cell in which the guaranteed share of a slice is found, before it is rounded up to a percent."""


def slice_name(sst: int, isolation: str) -> str:
    """Name of the slice of a type and a level, such as `urllc-i3`."""
    known = ssts().get(sst)
    return f"{known.name.lower() if known else f'sst{sst}'}-{isolation.lower()}"


def differentiator(sst: int, isolation: str) -> str:
    """SD of a slice of this design: type, level and a running number in two digits each; none for a public one.

    Source: TS 23.003 cl. 28.4.2 (SD of 24 bits; its allocation is the operator's).
    """
    return f"{sst:02X}{int(isolation[1:]):02X}01" if isolations()[isolation].own_snssai else ""


def slices(asked: Sequence[Asked]) -> tuple[Slice, ...]:
    """The slices that flows need, without shares, in the order of type and level."""
    wanted = sorted({(one.qos.sst, one.qos.isolation) for one in asked})
    return tuple(
        Slice(slice_name(sst, level), sst, differentiator(sst, level), 0.0, 1.0, level, isolations()[level].dnn)
        for sst, level in wanted
    )


def shares(
    cells: Sequence[str], flows: Sequence[Flow], known: Sequence[Slice], options: DimensionOptions
) -> tuple[Share, ...]:
    """What each slice may use of each cell, for slices with flows in that cell.

    Guaranteed: what its guaranteed flows ask for but with the probability of the options, and for a level with a rate
    floor at least the mean of all its flows; whole percents. Where the sum passes 100 %, slices of the most urgent
    flows come first and the last ones get what is left. Dedicated: all of it for a reserved level. Maximum: all that
    is not dedicated to others.
    Source: TS 28.541 v18.15.0, cl. 4.3.36 and 4.4.1 (sum of minima up to 100).
    """
    found, levels = by_cell(flows), {s.slice: isolations()[s.isolation] for s in known}
    made: list[Share] = []
    for cell in cells:
        here = {s.slice: [f for f in found.get(cell, []) if f.slice == s.slice] for s in known}
        order = sorted((n for n in here if here[n]), key=lambda name: (min(f.arp for f in here[name]), name))
        for direction in DIRECTIONS:
            minima = _minima(here, order, direction, options, {n for n in order if levels[n].rate_floor})
            dedicated = {n: minima[n] if levels[n].reserved else 0 for n in order}
            made += [
                Share(cell, n, direction, minima[n] / PERCENT,
                      max(minima[n], PERCENT - sum(dedicated.values()) + dedicated[n]) / PERCENT,
                      dedicated[n] / PERCENT)
                for n in sorted(order)
            ]  # fmt: skip
    return tuple(made)


def _minima(
    here: Mapping[str, list[Flow]], order: Sequence[str], direction: str, options: DimensionOptions, floors: set[str]
) -> dict[str, int]:
    """Guaranteed percents by slice, the most urgent first."""
    left, found = PERCENT, {}
    for name in order:
        classes = [s for f in here[name] if guaranteed(f) and (s := sources(f, direction, PARTS)) is not None]
        wanted = math.ceil(quantile(classes, 1 - options.blocking, PARTS) * PERCENT / PARTS - 1e-9)
        if name in floors:
            wanted = max(wanted, math.ceil(PERCENT * sum(mean_ratio(f, direction) for f in here[name]) - 1e-9))
        found[name] = min(wanted, left)
        left -= found[name]
    return found


def with_shares(known: Sequence[Slice], made: Sequence[Share], upfs: Mapping[str, str]) -> tuple[Slice, ...]:
    """The slices with the largest of their shares over all cells, and their user-plane function."""
    return tuple(
        replace(
            one,
            prb_min_ratio=max((s.prb_min_ratio for s in made if s.slice == one.slice), default=0.0),
            prb_max_ratio=max((s.prb_max_ratio for s in made if s.slice == one.slice), default=1.0),
            upf=upfs.get(one.slice, ""),
        )
        for one in known
    )
