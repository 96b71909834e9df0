"""Costs as records: every input with its source, and what sharing saves on one new site."""

from __future__ import annotations

import numpy as np

from setsail.base.record import Record
from setsail.design.cost.items import SHARINGS, Costs, Sharing, shared
from setsail.design.cost.price import prices

SECTORS = 3


def costs_record(costs: Costs) -> Record:
    """The inputs, and the present cost of one new site with one band of three sectors under every strategy."""
    return {
        "currency": costs.currency, "years": costs.years, "discount_rate": costs.discount_rate,
        "operators": costs.operators, "first_payment_year": costs.first_payment_year,
        "items": [
            {"item": i.name, "kind": i.kind, "per": i.per, "part": i.part, "sites": i.applies, "value": i.value,
             "upkeep_ratio": i.upkeep_ratio, "shared_in": [s for s in SHARINGS if i.name in shared(s)],
             "source": i.source}
            for i in costs.items.values()
        ],
        "one_site": [_strategy(costs, s) for s in SHARINGS],
    }  # fmt: skip


def _strategy(costs: Costs, strategy: Sharing) -> Record:
    base, own = one_site(costs, "none"), one_site(costs, strategy)
    return {"sharing": strategy, "present_cost": own, "saving_ratio": 1.0 - own / base if base else 0.0}


def one_site(costs: Costs, sharing: Sharing) -> float:
    """Present cost of one new site with one band of three sectors, own share."""
    priced = prices(costs, sharing, existing=np.array([False]), bands=["any"], sectors=SECTORS)
    return float(priced.site_present[0] + priced.band_present[0, 0])
