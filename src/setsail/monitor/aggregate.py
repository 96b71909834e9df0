"""Stations and measurements by region, operator, band or any other column, as expressions that run on every engine."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.store.expressions import exact_quantile, share

if TYPE_CHECKING:
    import ibis.expr.types as ir

SMALLEST_GROUP = Limit("k", 1, 1_000_000, "assumption: at least k contributors in a group that is shown")
RSRP_DBM = Limit("threshold_dbm", -156, -31, "3GPP TS 38.133 Table 10.1.6.1-1")


@dataclass(frozen=True, slots=True)
class Quality:
    """What counts as covered, and which low end of the rate is told.

    threshold_dbm : RSRP from which a sample counts as covered [dBm];  low_share : share of samples below the low rate.
    """

    threshold_dbm: float
    low_share: float = 0.05

    def __post_init__(self) -> None:
        RSRP_DBM.require(self.threshold_dbm)


def stations_by(stations: ir.Table, keys: Sequence[str]) -> ir.Table:
    """Rows, distinct sites and distinct H3 cells of each group of `keys`, in the order of the keys.

    stations : cells or sites. Returns keys, `n`, then `sites` and `hexes` where the table has `site_id` and `h3`;
    rows without a site count in `n` only, and `sites` is null, not zero, where none has one.
    Raises BadInput for a column that is not there.
    """
    _require(stations, keys)
    found = {"n": stations.count()}
    for result, column in (("sites", "site_id"), ("hexes", "h3")):
        if column in stations.columns:
            found[result] = stations[column].nunique().nullif(0)
    return stations.group_by(list(keys)).aggregate(**found).order_by(list(keys))


def quality_by(samples: ir.Table, keys: Sequence[str], quality: Quality) -> ir.Table:
    """Measured quality of each group of `keys`, in the order of the keys.

    samples : measurements with `rsrp_dbm` [dBm] and `dl_bps` [bit/s]; a null is not measured and counts nowhere.
    Returns keys, `n` (samples), `n_rsrp`, `n_rate` (samples that measured it), `coverage_share` (of `n_rsrp`),
    `mean_dl_bps`, `low_dl_bps` (exact quantile). Raises BadInput for a column that is not there.
    """
    _require(samples, [*keys, "rsrp_dbm", "dl_bps"])
    rate = samples.dl_bps.cast("float64")
    return (
        samples.group_by(list(keys))
        .aggregate(
            n=samples.count(),
            n_rsrp=samples.rsrp_dbm.count(),
            n_rate=samples.dl_bps.count(),
            coverage_share=share(samples.rsrp_dbm >= quality.threshold_dbm),
            mean_dl_bps=rate.mean(),
            low_dl_bps=exact_quantile(rate, quality.low_share),
        )
        .order_by(list(keys))
    )


def activity_by(counts: ir.Table, keys: Sequence[str], counted: str) -> ir.Table:
    """The sum `n` (int64) of the column `counted` in each group of `keys`, in the order of the keys.

    counts : network counts, such as attached devices by cell and hour. Show it only through `suppressed`.
    Raises BadInput for a column that is not there or not of integers.
    """
    _require(counts, [*keys, counted])
    if not counts[counted].type().is_integer():
        raise BadInput(f"is {counts[counted].type()}", where=f"column {counted!r}", allowed="integers")
    return counts.group_by(list(keys)).aggregate(n=counts[counted].sum().cast("int64")).order_by(list(keys))


def suppressed(
    groups: ir.Table, keys: Sequence[str], *, k: int, count: str = "n", within: Sequence[str] = ()
) -> ir.Table:
    """The groups with every figure of the small ones taken away: null, never zero, and `suppressed` true.

    groups : one row for each combination of `keys`; `count` is the number of contributors.  k : fewest that are shown.
    within : the keys over which totals are published; none for the grand total. There a hidden figure is the total
    less the figures shown, so next-smallest groups are hidden too, until the hidden ones are at least two and hold at
    least k together.
    Raises OutOfRange, BadInput. Source: ESSnet SDC, "Handbook on Statistical Disclosure Control", version 1.2, 2010,
    chapter 4: threshold rule (primary) and secondary cell suppression.
    """
    import ibis  # noqa: PLC0415 - rooms that only import this module stay light

    SMALLEST_GROUP.require(k)
    _require(groups, [*keys, *within, count])
    ascending = [groups[count].asc(), *(groups[key].asc() for key in keys)]
    before = ibis.window(group_by=list(within), order_by=ascending, rows=(None, -1))
    order = ibis.window(group_by=list(within), order_by=ascending)
    ranked = groups.mutate(
        before_=groups[count].sum().over(before).fill_null(0).cast("int64"),
        rank_=ibis.row_number().over(order),
        least_=groups[count].min().over(ibis.window(group_by=list(within))),
    )
    exposed = (ranked.before_ < k) | (ranked.rank_ < 2)
    hidden = (ranked[count] < k) | ((ranked.least_ < k) & exposed)
    flagged = ranked.mutate(suppressed=hidden.fill_null(True))
    figures = [name for name in groups.columns if name not in {*keys, *within}]
    shown = {name: ibis.ifelse(flagged.suppressed, ibis.null(groups[name].type()), flagged[name]) for name in figures}
    return flagged.mutate(**shown).drop("before_", "rank_", "least_").order_by(list(keys))


def _require(table: ir.Table, columns: Sequence[str]) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise BadInput(f"lacks column {missing[0]!r}", where="table", allowed=", ".join(table.columns))
