"""Facts of flows, cells, slices, links: by hand, by clause, with a cause, and fast for hundreds of flows."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from setsail.design.assess.facts import Fact
from setsail.design.assess.keys import fact_keys
from setsail.design.assess.service import facts
from setsail.design.dimension.needs import RoomRate
from setsail.design.dimension.study import dimension
from setsail.design.network.model import Carrier, Cell, Head, Link, Network
from setsail.service.latency.budget import Way, budget, fixed_part
from setsail.service.latency.options import Radio
from setsail.site.model import Need
from tests.design.dimension.sites import small_site

APPLICATIONS = (
    "APP-118", "APP-119", "APP-120", "APP-123", "APP-124", "APP-128", "APP-130", "APP-131", "APP-132", "APP-133",
    "APP-134", "APP-153",
)  # fmt: skip


def network(*needs: Need, up: float = 200e6) -> Network:
    """The small site dimensioned on one cell."""
    rates = {name: RoomRate("A", up, 900e6) for name in ("W1", "W2", "OR", "L1")}
    heads = (Head("h1", "F0", 9.0, 2.5, 2.7, "A", 24.0, 4),)
    bare = Network("synthetic", (Carrier("c1", "n78", 3.5e9, 100e6, 30e3),), (Cell("A", "c1"),), heads)
    return dimension(small_site(*needs), ["A"], rates).joined(bare)


def told(made: Network, key: str, subject: str) -> Fact:
    """The one fact of that key and subject."""
    (found,) = (f for f in facts(small_site(), made) if (f.key, f.subject) == (key, subject))
    return found


def test_latency_is_that_of_the_budget_with_its_largest_branch_as_cause() -> None:
    made = network(Need("N1", "APP-131", 1, room="W1"))
    upf = made.upfs[0]
    radio = Radio(scs_hz=30e3, tdd="DDDSU", special="10D2G2U", direction="ul", access="sr")
    rate = made.links[0].rate_bps
    way = Way(upf.distance_m, upf.hops, rate, 1500, hop_s=50e-6)
    by_hand = budget(radio, way=way, extra=(fixed_part("upf", 0.4e-3, "measured"),))
    assert told(made, "service.latency_ul_s.max", "flow:N1").value == pytest.approx(by_hand.max_s)
    mean = told(made, "service.latency_s.mean", "flow:N1")
    assert mean.value == pytest.approx(by_hand.mean_s)
    assert mean.cause.startswith(f"ul, {by_hand.cause} takes")
    assert mean.unit == "s"
    p98 = told(made, "service.latency_s.p98", "flow:N1").value
    assert p98 == pytest.approx(by_hand.percentile(0.98))


def test_uplink_application_is_judged_by_its_uplink() -> None:
    made = network(Need("N1", "APP-124", 1, room="W1"))
    assert (
        told(made, "service.latency_s.max", "flow:N1").value == told(made, "service.latency_ul_s.max", "flow:N1").value
    )


def test_application_without_a_standard_5qi_is_told_with_what_is_signalled() -> None:
    made = network(Need("N1", "APP-118", 1, room="OR"))
    standard = told(made, "service.standard_fiveqi", "flow:N1")
    assert standard.value is False
    assert standard.cause == "an operator's own 5QI: PDB 2 ms, PER 1e-06"
    assert told(made, "service.pdb_left_s", "flow:N1").value == pytest.approx(0.0)


def test_core_part_left_is_the_static_one_less_the_way_to_the_upf() -> None:
    made = network(Need("N1", "APP-119", 1, room="OR"))
    took = made.upfs[0].distance_m * 5e-9 + made.upfs[0].hops * 50e-6 + 0.4e-3
    assert told(made, "service.upf_path_s", "flow:N1").value == pytest.approx(took)
    qos = {84: 5e-3, 85: 2e-3, 86: 2e-3, 82: 1e-3, 90: 1e-3, 89: 1e-3}[made.flows[0].fiveqi or 0]
    assert told(made, "service.cn_pdb_left_s", "flow:N1").value == pytest.approx(qos - took)


def test_second_function_at_the_same_place_counts_as_a_path() -> None:
    critical = network(Need("N1", "APP-119", 1, room="OR"))
    assert told(critical, "service.upf_paths", "flow:N1").value == 2.0
    plain = network(Need("N1", "APP-131", 1, room="W1"))
    assert told(plain, "service.upf_paths", "flow:N1").value == 1.0
    assert told(critical, "service.link_paths", "site:synthetic").value == 2.0


def test_availability_of_the_way_needs_stated_times_and_is_that_of_two_ways_in_parallel() -> None:
    made = network(Need("N1", "APP-119", 1, room="OR"))
    open_ = told(made, "service.path_availability_ratio", "flow:N1")
    assert open_.value is None
    assert open_.cause.startswith("MTBF and MTTR are not stated")
    dated = replace(
        made, upfs=tuple(replace(u, mtbf_h=999.0, mttr_h=1.0) for u in made.upfs),
        links=tuple(replace(k, mtbf_h=99.0, mttr_h=1.0) for k in made.links),
    )  # fmt: skip
    one_way = 0.999 * 0.99
    found = told(dated, "service.path_availability_ratio", "flow:N1")
    assert found.value == pytest.approx(1 - (1 - one_way) ** 2, rel=1e-12)
    assert told(dated, "service.link_availability_ratio", f"link:{dated.links[0].link}").value == pytest.approx(0.99)
    single = replace(dated, upfs=dated.upfs[:1], links=dated.links[:1])
    assert told(single, "service.path_availability_ratio", "flow:N1").value == pytest.approx(one_way)


def test_reliability_of_a_preset_without_errors_cannot_give_a_pass() -> None:
    made = network(Need("N1", "APP-124", 1, room="W1"))
    ideal = told(made, "service.reliability_ratio", "flow:N1")
    assert ideal.verified is False
    assert "no transmission errors" in ideal.cause


def test_refused_devices_have_no_rate_and_the_others_their_guarantee() -> None:
    made = network(Need("N1", "APP-131", 9, room="W1"), Need("N2", "APP-124", 1, room="W2"), up=100e6)
    refused = told(made, "service.admitted", "flow:N1")
    assert refused.value is False
    assert "5 of 9 devices" in refused.cause
    assert told(made, "service.refused_ratio", "flow:N1").value == pytest.approx(5 / 9)
    assert told(made, "service.rate_ul_bps", "flow:N1").value == 0.0
    assert told(made, "service.rate_ul_bps", "flow:N2").value == 0.5e6


def test_flow_without_a_guarantee_gets_its_part_of_what_is_left() -> None:
    made = network(Need("N1", "APP-131", 4, room="W1"), Need("N2", "APP-130", 4, room="W2"), up=100e6)
    # Guaranteed: 80 of 100; the others ask for 52 and get 20.
    assert told(made, "service.rate_ul_bps", "flow:N2").value == pytest.approx(13e6 * 20 / 52, rel=0.02)


def test_cell_facts_are_the_busy_hour_and_the_sum_of_minima() -> None:
    made = network(Need("N1", "APP-131", 4, room="W1"), up=100e6)
    assert told(made, "service.prb_busy_ratio", "cell:A").value == pytest.approx(0.8)
    assert told(made, "service.spare_ratio", "cell:A").value == pytest.approx(0.2)
    assert told(made, "service.prb_guaranteed_ratio", "cell:A").value == pytest.approx(0.8)
    assert told(made, "service.overflow_ratio", "cell:A").value == 0.0


def test_slice_fact_is_its_busy_hour_over_its_maximum() -> None:
    made = network(Need("N1", "APP-131", 4, room="W1"), up=100e6)
    halved = replace(made, shares=tuple(replace(s, prb_max_ratio=0.8) for s in made.shares))
    assert told(halved, "service.slice_prb_ratio", "slice:embb-i1").value == pytest.approx(1.0)


def test_link_load_is_the_busy_hour_over_its_rate() -> None:
    made = network(Need("N1", "APP-131", 4, room="W1"))
    assert told(made, "service.link_load_ratio", f"link:{made.links[0].link}").value == pytest.approx(0.08)
    slow = replace(made, links=(replace(made.links[0], rate_bps=100e6),))
    assert told(slow, "service.link_load_ratio", f"link:{made.links[0].link}").value == pytest.approx(0.8)


def test_declared_answers_of_the_owner_are_facts_that_say_so() -> None:
    site = replace(small_site(), declared={"ups_h": 2.0})
    (one,) = (f for f in facts(site, network()) if f.key == "declared.ups_h")
    assert (one.value, one.evidence, one.subject) == (2.0, "declared", "site:synthetic")


def test_network_without_functions_or_cells_says_what_it_lacks() -> None:
    made = network(Need("N1", "APP-131", 1, room="W1"))
    bare = replace(made, upfs=(), links=(), slices=tuple(replace(s, upf="") for s in made.slices),
                   flows=tuple(replace(f, upf="") for f in made.flows))  # fmt: skip
    assert told(bare, "service.upf_path_s", "flow:N1").value is None
    assert told(bare, "service.upf_paths", "flow:N1").value == 0.0


def test_every_key_is_listed_with_its_unit_and_subject() -> None:
    made = network(*(Need(f"N{i}", app, 1, function="ward") for i, app in enumerate(APPLICATIONS)))
    known = fact_keys()
    for one in facts(small_site(), made):
        assert known[one.key].unit == one.unit
        assert known[one.key].subject == one.subject.split(":")[0]
        assert one.value is not None or one.cause, one.key


def test_thousand_flows_take_less_than_a_second_of_processor_time() -> None:
    made = network(*(Need(f"N{i}", app, 1, function="ward") for i, app in enumerate(APPLICATIONS)), up=1e9)
    many = replace(made, flows=tuple(replace(f, flow=f"{f.flow}-{i}") for i in range(42) for f in made.flows))
    facts(small_site(), many)
    begun = time.process_time()
    found = facts(small_site(), many)
    assert time.process_time() - begun < 1.0  # measured: 0.1
    assert len(found) > 20_000


def test_link_of_a_group_is_no_way_to_the_upf() -> None:
    made = network(Need("N1", "APP-131", 1, room="W1"))
    more = replace(made, links=(*made.links, Link("far", "synthetic", "south", 1e5, 1e9, 1, "duct-z")))
    assert told(more, "service.link_paths", "site:synthetic").value == 2.0
    assert told(more, "service.latency_s.max", "flow:N1").value == told(made, "service.latency_s.max", "flow:N1").value
