"""Facts of a network's own structure."""

from __future__ import annotations

import dataclasses

import pytest

from setsail.design.assess.facts import Fact
from setsail.design.assess.keys import fact_keys
from setsail.design.assess.structure import facts
from setsail.design.network.model import Carrier, Link, Network
from setsail.site.model import Wall
from setsail.standards.applications import application
from tests.conformance.small import network, site


def found(made: Network | None = None, *, licence: tuple[str, ...] = ("n78",)) -> dict[tuple[str, str], Fact]:
    listed = facts(dataclasses.replace(site(), licensed_bands=licence), made or network())
    return {(f.key.removeprefix("network."), f.subject): f for f in listed}


def test_every_fact_is_of_the_list_and_in_its_unit() -> None:
    for fact in facts(site(), network()):
        known = fact_keys()[fact.key]
        assert (known.unit, known.subject) == (fact.unit, fact.subject.partition(":")[0])


def test_band_outside_the_licence_is_told_and_without_a_licence_nothing_is_said() -> None:
    assert found()["band_licensed", "carrier:C1"].value is True
    assert found(licence=("n41",))["band_licensed", "carrier:C1"].value is False
    assert found(licence=())["band_licensed", "carrier:C1"].value is None


@pytest.mark.parametrize(
    ("band", "fc_hz", "bandwidth_hz", "tdd", "share"),
    [
        ("n78", 3.5e9, 100e6, "DDDSU", 0.0),  # nothing from 2570 to 5100 MHz
        ("n41", 2.565e9, 100e6, "DDDSU", 0.55),  # 2515 to 2570 of 2515 to 2615 MHz
        ("n41", 2.546e9, 40e6, "DDDSU", 1.0),
        ("n1", 2.14e9, 20e6, "FDD", 0.0),
        ("n3", 1.85e9, 20e6, "FDD", 1.0),
    ],
)
def test_share_of_a_carrier_in_the_immunity_test_follows_its_edges(
    band: str, fc_hz: float, bandwidth_hz: float, tdd: str, share: float
) -> None:
    carrier = Carrier("C1", band, fc_hz, bandwidth_hz, 30e3, tdd)
    made = dataclasses.replace(network(), carriers=(carrier,))
    assert found(made)["emc_covered_ratio", "carrier:C1"].value == pytest.approx(share)


def test_isolation_gap_is_the_level_of_the_slice_less_that_of_the_application() -> None:
    assert (application("APP-131").isolation, application("APP-124").isolation) == ("I1", "I2")
    assert found()["isolation_gap", "flow:f1"].value == 0.0
    weak = dataclasses.replace(
        network(), slices=tuple(dataclasses.replace(s, isolation="I0") for s in network().slices)
    )
    assert found(weak)["isolation_gap", "flow:f2"].value == -2.0
    bare = dataclasses.replace(network(), slices=())
    assert found(bare)["isolation_gap", "flow:f2"].value is None


def test_user_plane_near_the_site_and_those_that_could_take_over_are_counted() -> None:
    assert found()["upf_local", "flow:f2"].value is True
    assert found()["upf_local", "flow:f1"].value is False
    assert found()["upf_choice", "flow:f2"].value == 1.0


def test_links_of_one_group_count_once() -> None:
    assert found()["link_groups", "site:S"].value == 2.0
    more = dataclasses.replace(network(), links=(*network().links, Link("L3", "S", "U2", 9.0, 1e9, group="duct-1")))
    assert found(more)["link_groups", "site:S"].value == 2.0
    assert found(dataclasses.replace(network(), links=()))["link_groups", "site:S"].value == 0.0


def test_parts_with_repair_times_stated_are_a_share_and_none_without_parts() -> None:
    one = dataclasses.replace(network().links[0], mtbf_h=1e5, mttr_h=4.0)
    some = dataclasses.replace(network(), links=(one, network().links[1]))
    assert found(some)["links_dated_ratio", "site:S"].value == 0.25
    none = dataclasses.replace(network(), links=(), upfs=())
    assert found(none)["links_dated_ratio", "site:S"].value is None


def test_critical_flow_outranks_the_others_by_the_gap_of_their_levels() -> None:
    assert found()["arp_gap", "flow:f2"].value == 5.0
    assert ("arp_gap", "flow:f1") not in found()


def test_slices_of_one_name_are_not_told_apart() -> None:
    twins = dataclasses.replace(network(), slices=tuple(dataclasses.replace(s, sst=1, sd="") for s in network().slices))
    assert found(twins)["slice_sd", "slice:med"].value is False
    assert found()["slice_sd", "slice:med"].value is True


def test_knowledge_of_the_building_is_a_share_of_walls_and_of_rooms() -> None:
    given = Wall("W1", "F1", (0.0, 0.0), (3.0, 0.0), "brick")
    derived = dataclasses.replace(given, wall="W2", start=(0.0, 0.0), end=(0.0, 1.0), origin="derived")
    floor = dataclasses.replace(site().floors[0], walls=(given, derived))
    listed = facts(dataclasses.replace(site(), floors=(floor,)), network())
    told = {f.key: f.value for f in listed}
    assert told["network.walls_given_ratio"] == 0.75
    assert told["network.functions_ratio"] == 1.0
    assert told["network.needs_served_ratio"] == 1.0
