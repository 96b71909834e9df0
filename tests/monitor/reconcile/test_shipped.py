"""Shipped tables at printed precision, and what is said about them."""

from datetime import date

import pytest

from setsail.base.errors import UnknownName
from setsail.base.observation import Observations
from setsail.monitor.reconcile.series import jumps, series_findings
from setsail.monitor.reconcile.shipped import dataset_names, definition_breaks, parts_sets, tables
from setsail.monitor.reconcile.study import reconcile
from setsail.standards import facts

DAY = date(2026, 11, 1)


@pytest.fixture(scope="module")
def seen() -> Observations:
    return facts.observations()


@pytest.mark.parametrize("dataset", ["china-regions", "china-provinces"])
def test_every_shipped_chinese_table_meets_its_total(dataset: str, seen: Observations) -> None:
    found = tables(dataset, seen, known_on=DAY)
    assert {reconcile(t).status for t in found} == {"meets"}


def test_regions_are_checked_at_seven_dates_without_clusters(seen: Observations) -> None:
    found = tables("china-regions", seen, known_on=DAY, indicator="base_stations_5g")
    assert [t.period for t in found] == ["2022-05", "2022-09", "2022-10", "2023-02", "2023-09", "2024-04", "2024-06"]
    assert all(len(t.parts) == 4 for t in found)


def test_census_meets_the_nation_only_with_the_servicemen(seen: Observations) -> None:
    (table,) = tables("china-provinces", seen, known_on=DAY, period="2020-11", indicator="population")
    assert [(c.region, c.amount) for c in table.besides] == [("servicemen in active service", 2_000_000)]
    assert table.balance.gap == 0
    assert (table.balance.low, table.balance.high) == (0, 0)


def test_india_meets_its_table_in_october_and_not_the_text(seen: Observations) -> None:
    (table,) = tables("india-states", seen, known_on=DAY, period="2023-10-31")
    result = reconcile(table)
    assert result.status == "meets"
    told = next(f.text for f in result.findings if f.kind == "other_total")
    assert "385,572" in told
    assert "385,888" in told
    assert "316" in told


def test_india_in_january_meets_and_points_at_the_row_beside_the_blank(seen: Observations) -> None:
    (table,) = tables("india-states", seen, known_on=DAY, period="2023-01-05")
    result = reconcile(table)
    assert result.status == "meets"
    assert [(f.kind, f.region) for f in result.findings] == [
        ("same_total", "IN"),
        ("shift_suspected", "Arunachal Pradesh"),
    ]
    assert "2022-12-31" in result.findings[0].text


def test_tables_known_before_publication_are_not_there(seen: Observations) -> None:
    with pytest.raises(UnknownName):
        tables("india-states", seen, known_on=date(2023, 12, 1), period="2023-11-30")


@pytest.mark.parametrize(
    ("dataset", "period", "indicator"),
    [("mars", None, None), ("india-states", "1999-01-01", None), ("india-states", None, "population")],
)
def test_unknown_names_are_refused_with_what_there_is(
    dataset: str, period: str | None, indicator: str | None, seen: Observations
) -> None:
    with pytest.raises(UnknownName) as caught:
        tables(dataset, seen, known_on=DAY, period=period, indicator=indicator)
    assert caught.value.allowed


def test_other_definition_is_a_break_and_no_neighbour(seen: Observations) -> None:
    (table,) = tables("china-regions", seen, known_on=DAY, period="2024-04", indicator="subscribers_5g")
    assert {n.label for n in table.neighbours if n.values} == {"2024-06", "2025-07"}
    assert all("users-three-operators" in text for text in table.breaks)
    assert "definition_break" in {f.kind for f in reconcile(table).findings}


def test_declared_sets_name_shipped_data_sets_and_indicators() -> None:
    assert set(dataset_names()) <= set(facts.DATASETS)
    assert {s.indicator for s in parts_sets()} <= set(facts.indicators())


def test_march_2023_is_the_one_jump_of_the_national_stations(seen: Observations) -> None:
    (jump,) = jumps(seen.of("base_stations_5g", "CN"))
    assert (jump.after.period.text, jump.change) == ("2023-03", 256_000)


def test_fall_of_users_in_2021_is_a_definition_break_and_not_a_jump(seen: Observations) -> None:
    found = series_findings("subscribers_5g", seen, "CN")
    assert [f.kind for f in found] == ["definition_break", "definition_break"]
    assert "365,000,000" in found[0].text
    assert "355,000,000" in found[0].text
    assert list(definition_breaks(seen.of("base_stations_5g", "CN"))) == []


def test_series_of_an_indicator_without_figures_is_refused(seen: Observations) -> None:
    with pytest.raises(UnknownName):
        series_findings("dragons", seen)
