"""The shipped facts: keys, sources, and the sums that their publishers print."""

from __future__ import annotations

from collections import Counter

import pytest

from setsail.base.errors import UnknownName
from setsail.base.units import factor
from setsail.standards import facts
from setsail.standards.plans import plans


def test_every_figure_has_a_known_source_region_indicator_and_definition() -> None:
    for o in facts.observations():
        assert o.source_id in facts.sources(), o
        assert o.region in facts.regions(), o
        assert o.indicator in facts.indicators(), o
        assert (o.indicator, o.definition) in facts.definitions(), o
        assert o.clause, o
        assert o.known_on is not None, o
        assert o.known_mark, o
        assert o.known >= o.period.start, o


def test_every_indicator_has_one_dimension() -> None:
    for o in facts.observations():
        assert factor(o.unit, facts.indicators()[o.indicator].unit) > 0


def test_every_row_of_every_table_names_its_source() -> None:
    for name in ("regions.csv", "indicators.csv", "plan_tasks.csv"):
        for row in facts.table(name):
            assert row.need("source_id") in facts.sources(), row
            assert row.need("clause")
    for plan in plans().values():
        for target in plan.targets:
            assert target.source_id in facts.sources(), target


def test_the_plan_has_thirty_two_tasks_and_five_safeguards() -> None:
    kinds = Counter(row.need("task")[0] for row in facts.table("plan_tasks.csv"))
    assert kinds == {"T": 32, "S": 5}


def test_the_census_provinces_and_two_million_servicemen_make_the_nation() -> None:
    seen = facts.observations()
    census = [o for o in seen if o.indicator == "population" and o.definition == "census-2020"]
    provinces = [o.value for o in census if o.region != "CN"]
    assert len(provinces) == 31
    assert sum(provinces) == 1_409_778_724
    assert next(o.value for o in census if o.region == "CN") == 1_411_778_724


def test_the_yearbook_panel_is_whole_and_kept_apart_from_own_counts() -> None:
    stations = [o for o in facts.dataset("china-provinces") if o.indicator == "base_stations_5g"]
    panel = Counter(o.period.text for o in stations if o.definition == "yearbook-series")
    assert panel == {"2021-12": 31, "2022-12": 31, "2023-12": 31, "2024-12": 31}
    assert {o.definition for o in stations} == {"yearbook-series", "own-count", "own-count-outdoor"}


def test_clusters_are_no_part_of_the_four_regions() -> None:
    known = facts.regions()
    four = [r for r in known.values() if r.level == "macro_region"]
    assert {r.region for r in four} == {"CN-EAST", "CN-CENTRAL", "CN-WEST", "CN-NORTHEAST"}
    assert sum(1 for r in known.values() if r.level == "province") == 31
    assert all(r.groups[0] in {f.region for f in four} for r in known.values() if r.level == "province")


def test_an_unknown_data_set_lists_the_known() -> None:
    with pytest.raises(UnknownName, match="india-states"):
        facts.dataset("moon")
