"""Costs: inputs, sharing and present value."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.design.cost import items, records
from setsail.design.cost.price import prices
from setsail.standards import facts

NEW, OLD = np.array([False]), np.array([True])


def toml(folder: Path, text: str) -> Path:
    path = folder / "costs.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_present_factor_is_the_sum_of_the_discounted_payments() -> None:
    assert items.present_factor(3, 0.1, 1) == pytest.approx(1 / 1.1 + 1 / 1.21 + 1 / 1.331)
    assert items.present_factor(3, 0.1, 0) == pytest.approx(1 + 1 / 1.1 + 1 / 1.21)
    assert items.present_factor(7, 0.0, 1) == 7.0


def test_site_that_stands_pays_no_tower_and_a_new_one_no_strengthening() -> None:
    costs = items.shipped()
    new, old = (prices(costs, "none", existing=e, bands=["n78"], sectors=3) for e in (NEW, OLD))
    at = {name: k for k, name in enumerate(new.site_items)}
    assert new.site_capital[0, at["tower"]] == costs.value("tower")
    assert old.site_capital[0, at["tower"]] == 0.0
    assert new.site_capital[0, at["mast_strengthening"]] == 0.0
    assert old.site_capital[0, at["mast_strengthening"]] == costs.value("mast_strengthening")
    assert old.site_present[0] < new.site_present[0]


def test_sector_items_count_by_sectors_and_bands_have_their_own_values() -> None:
    costs = items.costs({"band": {"n28": {"antenna": 7.0}}}, "test")
    one, three = (prices(costs, "none", existing=NEW, bands=["n28", "n78"], sectors=k) for k in (1, 3))
    at = one.band_items.index("antenna")
    assert one.band_capital[0, :, at].tolist() == [7.0, costs.value("antenna")]
    assert (three.band_capital[0, :, at] == 3 * one.band_capital[0, :, at]).all()


def test_own_amount_of_a_site_takes_the_place_of_the_general_one() -> None:
    own = {"tower": np.array([1.0, np.nan]), "energy": np.array([np.nan, 5.0])}
    found = prices(items.shipped(), "none", existing=np.array([False, False]), bands=["n78"], sectors=3, overrides=own)
    assert found.site_capital[:, found.site_items.index("tower")].tolist() == [1.0, items.shipped().value("tower")]
    assert found.band_yearly[:, 0, found.band_items.index("energy")].tolist() == [0.0, 5.0]


def test_shared_items_are_divided_by_the_operators() -> None:
    costs = items.costs({"operators": 4}, "test")
    alone, together = (prices(costs, s, existing=NEW, bands=["n78"], sectors=3) for s in ("none", "moran"))
    assert together.site_present == pytest.approx(alone.site_present / 4)
    assert together.band_present == pytest.approx(alone.band_present / 4)


def test_one_operator_saves_nothing_by_sharing() -> None:
    told = records.costs_record(items.costs({"operators": 1}, "test"))
    assert [row["saving_ratio"] for row in told["one_site"]] == [0.0] * 4


def test_every_item_is_said_to_be_shared_or_not_in_every_strategy() -> None:
    rows = facts.table("design/sharing.csv")
    told = {(row.need("strategy"), row.need("item")) for row in rows}
    assert told == {(s, i) for s in items.SHARINGS for i in items.shipped_items()}
    assert len(rows) == len(told)
    assert {row.need("shared") for row in rows} == {"yes", "no"}


@pytest.mark.parametrize("table", ["cost_items", "cost_settings", "sharing", "siting_carriers", "tilt_classes"])
def test_every_row_has_a_known_source_and_a_clause(table: str) -> None:
    for row in facts.table(f"design/{table}.csv"):
        assert row.need("source_id") in facts.sources()
        assert row.need("clause")


@pytest.mark.parametrize(
    ("text", "error", "told"),
    [
        ("gold = 1", UnknownName, "gold"),
        ("[items]\ngold = 1", UnknownName, "gold"),
        ("[items]\ntower = -1", OutOfRange, "tower"),
        ("[items]\ntower = nan", OutOfRange, "tower"),
        ('[items]\ntower = "dear"', BadInput, "dear"),
        ("[items]\ntower = true", BadInput, "True"),
        ("items = 3", BadInput, "not a table"),
        ("years = 0", OutOfRange, "years"),
        ("years = 2.5", BadInput, "whole"),
        ("discount_rate = 2", OutOfRange, "discount_rate"),
        ("[upkeep_ratio]\nsite_rental = 0.1", BadInput, "only capital"),
        ("[band.n999]\nantenna = 1", UnknownName, "n999"),
        ("[band.n78]\ntower = 1", UnknownName, "tower"),
        ("band = 3", BadInput, "not a table"),
        ("currency = 3", BadInput, "currency"),
        ("years = ", BadInput, "TOML"),
    ],
)
def test_bad_costs_are_refused_by_name(tmp_path: Path, text: str, error: type[BadInput], told: str) -> None:
    with pytest.raises(error, match=told):
        items.read(toml(tmp_path, text))


def test_unknown_strategy_is_refused() -> None:
    with pytest.raises(UnknownName, match="mocn"):
        items.sharing("mocn")
