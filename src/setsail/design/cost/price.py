"""Cost of sites and of bands on them: own share by item, once and every year, and its present value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.design.cost.items import Costs, Item, Sharing, shared


@dataclass(frozen=True, slots=True, eq=False)
class Prices:
    """Own share of every item, after sharing.

    site_capital, site_yearly : (n_sites, n_site_items);  band_capital, band_yearly : (n_sites, n_bands, n_band_items);
    site_items, band_items : names of the last axis;  annuity : present value of 1 paid every year.
    """

    site_items: tuple[str, ...]
    band_items: tuple[str, ...]
    site_capital: F64
    site_yearly: F64
    band_capital: F64
    band_yearly: F64
    annuity: float

    @property
    def site_present(self) -> F64:
        """(n_sites,) present value of what a site costs before any band is on it."""
        return np.asarray((self.site_capital + self.annuity * self.site_yearly).sum(axis=-1), dtype=np.float64)

    @property
    def band_present(self) -> F64:
        """(n_sites, n_bands) present value of one band with all its sectors."""
        return np.asarray((self.band_capital + self.annuity * self.band_yearly).sum(axis=-1), dtype=np.float64)

    @property
    def site_once(self) -> F64:
        """(n_sites,) capital of a site before any band is on it."""
        return np.asarray(self.site_capital.sum(axis=-1), dtype=np.float64)

    @property
    def band_once(self) -> F64:
        """(n_sites, n_bands) capital of one band with all its sectors."""
        return np.asarray(self.band_capital.sum(axis=-1), dtype=np.float64)


def prices(
    costs: Costs,
    sharing: Sharing,
    *,
    existing: Bool,
    bands: Sequence[str],
    sectors: int,
    overrides: Mapping[str, F64] | None = None,
) -> Prices:
    """Prices of `existing.size` sites with any of `bands`.

    existing : (n_sites,) true where a site stands already;  sectors : of every band;
    overrides : item -> (n_sites,) own amount of a site, NaN where it has none; it holds for all bands.
    """
    mine = _share(costs, sharing)
    site_items = [i for i in costs.items.values() if i.per == "site"]
    band_items = [i for i in costs.items.values() if i.per != "site"]
    given = overrides or {}
    site = np.stack([_site_amounts(costs, i, existing, given) * mine[i.name] for i in site_items], axis=-1)
    by_band = [
        _band_amounts(costs, i, existing, bands=bands, sectors=sectors, overrides=given) * mine[i.name]
        for i in band_items
    ]
    band = np.stack(by_band, axis=-1)
    return Prices(
        tuple(i.name for i in site_items), tuple(i.name for i in band_items),
        site * _once(site_items), site * _yearly(site_items), band * _once(band_items), band * _yearly(band_items),
        costs.annuity,
    )  # fmt: skip


def _share(costs: Costs, sharing: Sharing) -> dict[str, float]:
    """Own part of each item: 1, or 1 over the number of operators where it is shared."""
    common = shared(sharing)
    return {name: 1.0 / costs.operators if name in common else 1.0 for name in costs.items}


def _site_amounts(costs: Costs, item: Item, existing: Bool, overrides: Mapping[str, F64]) -> F64:
    applies = {"any": np.ones_like(existing), "new": ~existing, "existing": existing}[item.applies]
    general = np.where(applies, costs.value(item.name), 0.0)
    own = overrides.get(item.name)
    return general if own is None else np.where(np.isnan(own), general, own)


def _band_amounts(
    costs: Costs, item: Item, existing: Bool, *, bands: Sequence[str], sectors: int, overrides: Mapping[str, F64]
) -> F64:
    count = sectors if item.per == "sector" else 1
    general = np.tile([costs.value(item.name, b) for b in bands], (existing.size, 1))
    own = overrides.get(item.name)
    if own is not None:
        general = np.where(np.isnan(own)[:, None], general, own[:, None])
    return np.asarray(general * count, dtype=np.float64)


def _once(items: Sequence[Item]) -> F64:
    return np.array([1.0 if i.kind == "capital" else 0.0 for i in items])


def _yearly(items: Sequence[Item]) -> F64:
    return np.array([1.0 if i.kind == "operating" else i.upkeep_ratio for i in items])
