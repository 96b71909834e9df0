"""An indicator by region: unknown is null, every value has its evidence, and the slice is the one asked for."""

from __future__ import annotations

from datetime import date

import pytest

from setsail.base.errors import BadInput, UnknownName
from setsail.monitor.maplayers.figures import figures, mapped
from setsail.monitor.ranking import rank_regions
from setsail.standards import facts
from setsail.standards.boundaries import shipped

DAY = date(2026, 1, 1)


def test_figures_of_provinces_equal_the_published_ones_and_the_rest_is_unknown() -> None:
    found = figures("base_stations_5g", shipped("province"), facts.observations(), DAY, period="2023-12")
    published = {
        int(o.region): o.value
        for o in facts.observations()
        if (o.indicator, o.period.text, o.definition) == ("base_stations_5g", *found.shown) and o.region.isdigit()
    }
    assert {c: p.value for c, p in found.points.items() if p} == {
        c: v for c, v in published.items() if c in found.points
    }
    assert {c for c, p in found.points.items() if p is None} == {710000, 810000, 820000}


def test_ranks_on_the_map_equal_those_of_the_ranking() -> None:
    indicator, period = "base_stations_5g_per_10k", "2024-12"
    found = figures(
        indicator,
        shipped("province"),
        facts.observations(),
        DAY,
        period=period,
        definition="yearbook-series / year-end",
    )
    ranking = rank_regions([indicator], "province", period, facts.observations(), DAY)
    ranked = {int(row.region): row.rank for row in ranking.rows}
    assert {code: found.rank(point) for code, point in found.points.items() if point} == ranked


def test_figures_not_yet_known_on_the_day_are_not_shown() -> None:
    with pytest.raises(BadInput):
        figures("base_stations_5g", shipped("province"), facts.observations(), date(2019, 1, 1))
    assert mapped(shipped("province"), facts.observations(), date(2019, 1, 1)) == []


def test_period_definition_and_indicator_that_are_not_there_are_refused() -> None:
    outlines, seen = shipped("province"), facts.observations()
    with pytest.raises(UnknownName):
        figures("nothing", outlines, seen, DAY)
    with pytest.raises(BadInput, match="1999"):
        figures("base_stations_5g", outlines, seen, DAY, period="1999")
    with pytest.raises(BadInput, match="my own"):
        figures("base_stations_5g", outlines, seen, DAY, definition="my own")


def test_indicators_of_the_map_are_counted_by_regions_with_a_figure() -> None:
    told = dict(mapped(shipped("province"), facts.observations(), DAY))
    assert told["base_stations_5g"] == 31
    assert list(told.values()) == sorted(told.values(), reverse=True)
