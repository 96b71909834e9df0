"""What a plan still needs in a region, counted, and where figures of it are known."""

from __future__ import annotations

from datetime import date

import pytest

from setsail.base.errors import UnknownName
from setsail.base.observation import Observations
from setsail.monitor.needs import figured, needs
from setsail.standards import facts
from setsail.standards.plans import plan

DAY = date(2026, 3, 1)
UPGRADE = plan("cn-set-sail-2024-upgrade")
NOTHING = Observations(())


def test_count_that_falls_short_lacks_the_difference_in_its_own_unit() -> None:
    here = {g.indicator: g for g in needs(UPGRADE, None, facts.observations(), DAY).here}
    networks = here["industry_virtual_private_networks_5g"]
    assert networks.value is not None
    assert (networks.missing, networks.missing_unit) == (networks.target - networks.value, "count")


def test_target_without_a_figure_is_kept_with_nothing_counted() -> None:
    found = needs(UPGRADE, None, NOTHING, DAY)
    assert {g.value for g in found.here} == {None}
    assert {g.missing for g in found.here} == {None}
    assert len(found.here) == len({t.indicator for t in UPGRADE.targets if t.target is not None and not t.headline})
    assert found.below == ()


def test_target_that_is_reached_is_not_missing_anything() -> None:
    told = {g.indicator for g in needs(plan("cn-set-sail-2021-final"), None, facts.observations(), DAY).here}
    assert "base_stations_5g_per_10k" not in told
    assert "large_industrial_penetration_5g" in told  # no figure is known


def test_parts_of_a_macro_region_and_of_a_province_are_told_below_it() -> None:
    east = needs(UPGRADE, "CN-EAST", facts.observations(), DAY).below
    assert {"370000", "320000"} <= {g.region for g in east} < set(facts.regions())
    assert "410000" not in {g.region for g in east}  # Henan is central
    assert {g.region for g in needs(UPGRADE, "410000", facts.observations(), DAY).below} <= {"410100"}


def test_region_outside_the_plan_is_refused() -> None:
    with pytest.raises(UnknownName):
        needs(UPGRADE, "IN", facts.observations(), DAY)


def test_plan_without_figures_offers_its_own_region_only() -> None:
    assert [(f.region, f.with_figures) for f in figured(UPGRADE, NOTHING, DAY)] == [("CN", 0)]


def test_regions_of_other_nations_are_not_offered() -> None:
    told = {f.region for f in figured(UPGRADE, facts.observations(), DAY)}
    assert "410000" in told
    assert told.isdisjoint({"IN", "Kerala", "EU"})
