"""Links between sites: routes by delay, rates that hold when a duct fails, and what a failure cuts off."""

from __future__ import annotations

import pytest

from setsail.design.dimension.options import DimensionOptions
from setsail.design.dimension.routes import Demand, plan, route
from setsail.design.network.model import Flow, Link

OPTIONS = DimensionOptions()


def flow(ul: float, dl: float, count: int = 1, critical: bool = False) -> Flow:
    """A flow of devices that are always active."""
    return Flow("f", "R", "APP-131", count, 1.0, 2, "s", mbr_ul_bps=ul, mbr_dl_bps=dl, critical=critical)


def ring(rate: float = 0.0) -> list[Link]:
    """Three sites in a ring: 10 km, 10 km and 30 km, each in a duct of its own."""
    return [
        Link("ab", "a", "b", 10e3, rate, 1, "d1"), Link("bc", "b", "c", 10e3, rate, 1, "d2"),
        Link("ac", "a", "c", 30e3, rate, 1, "d3"),
    ]  # fmt: skip


def test_route_is_that_of_least_delay_not_of_fewest_links() -> None:
    # a-b-c: 20 km and two nodes, 0.1 + 0.1 ms; a-c: 30 km and one node, 0.15 + 0.05 ms: equal, fewer nodes first.
    found = route("a", "c", ring(), OPTIONS)
    assert found is not None
    assert found.links == ("ac",)
    assert found.delay_s == pytest.approx(0.2e-3)
    shorter = [*ring()[:2], Link("ac", "a", "c", 40e3, 0, 1, "d3")]
    found = route("a", "c", shorter, OPTIONS)
    assert found is not None
    assert (found.links, found.hops, found.length_m) == (("ab", "bc"), 2, 20e3)


def test_no_way_is_none() -> None:
    assert route("a", "z", ring(), OPTIONS) is None


def test_links_hold_every_flow_with_any_one_duct_failed() -> None:
    made = plan([Demand("a", "b", (flow(450e6, 100e6),)), Demand("b", "c", (flow(50e6, 500e6),))], ring(), OPTIONS)
    assert made.cut == {}
    # d1 fails: a-b goes a-c-b. On ac: 450 up; 500 down where d2 fails. On bc, from c to b: 500 besides 450.
    assert made.loads == pytest.approx({"ab": 450e6 + 500e6, "bc": 950e6, "ac": 500e6})
    assert [link.rate_bps for link in made.links] == [10e9, 10e9, 1e9]


def test_link_that_is_there_keeps_its_rate() -> None:
    made = plan([Demand("a", "b", (flow(600e6, 0),))], [Link("ab", "a", "b", 10e3, 100e6, 1, "d1")], OPTIONS)
    assert made.links[0].rate_bps == 100e6
    assert made.loads["ab"] == 600e6


def test_single_link_is_told_as_what_cuts_the_pair_off() -> None:
    made = plan([Demand("a", "b", (flow(1e6, 1e6),))], ring()[:1], OPTIONS)
    assert made.cut == {("a", "b"): ("d1",)}


def test_two_links_in_one_duct_fail_together() -> None:
    both = [Link("one", "a", "b", 10e3, 0, 1, "duct"), Link("two", "a", "b", 12e3, 0, 1, "duct")]
    made = plan([Demand("a", "b", (flow(1e6, 1e6),))], both, OPTIONS)
    assert made.cut == {("a", "b"): ("duct",)}


def test_pair_without_any_link_is_told() -> None:
    made = plan([Demand("a", "z", (flow(1e6, 1e6),))], ring(), OPTIONS)
    assert made.cut["a", "z"][0] == "no link"
    assert ("a", "z") not in made.routes
