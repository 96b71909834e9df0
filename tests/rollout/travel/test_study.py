"""Driving times: circle, bridges, closed roads, a given table."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse.csgraph import floyd_warshall

from setsail.base.errors import BadInput, UnknownName
from setsail.rollout import cases
from setsail.rollout.model import Bridge, Depot, Rollout, RolloutSite, Travel
from setsail.rollout.travel.matrix import UNREACHABLE, TravelTimes
from setsail.rollout.travel.study import times
from tests.oracles import oracle
from tests.rollout.folder.rollouts import small

PLAIN = Travel(speed_kmh=36.0, detour_factor=1.0)
"""Ten metres a second."""
DEGREE_M = 111_195.08


def places(*found: tuple[str, float, float, str], bridges: tuple[Bridge, ...] = ()) -> Rollout:
    """The first place is the depot."""
    depot, *sites = found
    return small(
        depots=(Depot(depot[0], depot[1], depot[2], 1, 1.0, bank=depot[3]),),
        sites=tuple(RolloutSite(n, n, lat, lon, bank=bank) for n, lat, lon, bank in sites),
        bridges=bridges, travel=PLAIN, crews=(), vehicles=(), equipment=(),
    )  # fmt: skip


def pair(found: TravelTimes, a: str, b: str) -> tuple[int, int]:
    i, j = found.index[a], found.index[b]
    return int(found.seconds[i, j]), int(found.metres[i, j])


def test_a_way_is_great_circle_times_detour_at_the_speed() -> None:
    asked = replace(places(("D", 0, 0, ""), ("A", 0.1, 0, "")), travel=Travel(speed_kmh=40.0, detour_factor=1.35))
    assert pair(times(asked), "D", "A") == (round(1.35 * 0.1 * DEGREE_M / (40 / 3.6)), round(1.35 * 0.1 * DEGREE_M))


def test_depots_come_first_and_a_place_is_no_way_from_itself() -> None:
    found = times(cases.example("generated-64"))
    assert found.places[:3] == ("D01", "D02", "G00001")
    assert found.seconds.dtype == np.int32
    assert found.seconds.shape == (66, 66)
    assert not np.diagonal(found.seconds).any()
    assert (found.seconds == found.seconds.T).all()


BRIDGE = Bridge("b1", "First", "north", "south", 0.0, 0.10, extra_min=2.0)
FAR = Bridge("b2", "Second", "north", "south", 0.0, 0.30)
RIVER = (("D", -0.05, 0.10, "south"), ("A", 0.05, 0.10, "north"), ("B", -0.05, 0.20, "south"))


def test_a_way_between_banks_leads_over_the_nearest_bridge_with_its_delay() -> None:
    found = times(places(*RIVER, bridges=(BRIDGE, FAR)))
    assert pair(found, "D", "A") == (round(0.10 * DEGREE_M / 10) + 120, round(0.10 * DEGREE_M))
    assert pair(found, "D", "B")[1] == pytest.approx(0.10 * DEGREE_M, abs=2)


def test_closing_a_bridge_makes_the_way_longer_and_the_last_one_cuts_it() -> None:
    asked = places(*RIVER, bridges=(BRIDGE, FAR))
    detour = pair(times(asked, frozenset({"b1"})), "D", "A")
    leg = np.hypot(0.05, 0.20) * DEGREE_M
    assert detour[0] == pytest.approx(2 * leg / 10, rel=1e-4)
    assert detour[1] == pytest.approx(2 * leg, rel=1e-4)
    cut = times(asked, frozenset({"b1", "b2"}))
    assert pair(cut, "D", "A") == (UNREACHABLE, 0)
    assert pair(cut, "D", "B") == pair(times(asked), "D", "B")


def test_a_bank_without_any_bridge_is_reached_from_its_own_only() -> None:
    found = times(places(*RIVER, ("E", 0.5, 0.5, "island"), ("F", 0.5, 0.6, "island"), bridges=(BRIDGE,)))
    assert pair(found, "D", "E")[0] == pair(found, "E", "A")[0] == UNREACHABLE
    assert pair(found, "E", "F")[0] < UNREACHABLE


def test_without_bridges_all_banks_are_one() -> None:
    assert pair(times(places(*RIVER)), "D", "A")[1] == round(0.10 * DEGREE_M)


def test_a_place_on_no_bank_is_reached_directly() -> None:
    found = times(places(*RIVER, ("E", 0.05, 0.10, ""), bridges=(FAR,)))
    assert pair(found, "D", "E")[1] == round(0.10 * DEGREE_M)


def by_hand(asked: Rollout) -> np.ndarray:
    """Seconds between all places as shortest ways over a plain graph of places and both ends of each bridge."""
    spots = [(d.latitude_deg, d.longitude_deg, d.bank) for d in asked.depots]
    spots += [(s.latitude_deg, s.longitude_deg, s.bank) for s in asked.sites]
    n = len(spots)
    for b in asked.bridges:
        spots += [(b.latitude_deg, b.longitude_deg, b.bank_a), (b.latitude_deg, b.longitude_deg, b.bank_b)]
    graph = np.full((len(spots), len(spots)), np.inf)
    flat = replace(
        asked, sites=tuple(RolloutSite(f"x{i}", "x", s[0], s[1]) for i, s in enumerate(spots[1:])), bridges=()
    )
    direct = times(flat).metres / (asked.travel.speed_kmh / 3.6)
    for i, j in itertools.product(range(len(spots)), repeat=2):
        if spots[i][2] == spots[j][2]:
            graph[i, j] = direct[i, j]
    for i, b in enumerate(asked.bridges):
        graph[n + 2 * i, n + 2 * i + 1] = graph[n + 2 * i + 1, n + 2 * i] = max(60.0 * b.extra_min, 1e-3)
    found: np.ndarray = floyd_warshall(graph)[:n, :n]
    return found


def test_ways_over_three_banks_agree_with_a_plain_graph() -> None:
    asked = cases.example("wuhan-2020-bridges")
    slow = replace(asked.bridges[0], extra_min=25.0)
    asked = replace(asked, bridges=(slow, *asked.bridges[1:]))
    np.testing.assert_allclose(times(asked).seconds, by_hand(asked), atol=1.6)  # each piece is a whole metre there


def test_bridges_never_shorten_a_way() -> None:
    with_rivers, plain = times(cases.example("wuhan-2020-bridges")), times(cases.example("wuhan-2020"))
    assert (with_rivers.seconds >= plain.seconds - 1).all()
    assert (with_rivers.seconds > plain.seconds + 60).any()


def test_closing_all_of_the_yangtze_cuts_the_depot_from_the_north() -> None:
    asked = cases.example("wuhan-2020-bridges")
    closed = frozenset(b.bridge for b in asked.bridges if "Wuchang" in (b.bank_a, b.bank_b))
    found = times(asked, closed)
    cut = {s.site for s in asked.sites if found.seconds[0, found.index[s.site]] == UNREACHABLE}
    assert cut == {s.site for s in asked.sites if s.bank != "Wuchang"}


def test_a_closed_road_is_gone_round_in_both_directions() -> None:
    asked = places(("D", 0, 0, ""), ("A", 0, 0.10, ""), ("B", 0.05, 0.05, ""))
    found, before = times(asked, frozenset({"A|D"})), times(asked)
    over_b = (np.add(pair(before, "D", "B"), pair(before, "B", "A"))).tolist()
    assert list(pair(found, "D", "A")) == list(pair(found, "A", "D")) == over_b
    assert pair(found, "D", "B") == pair(before, "D", "B")


def test_closing_every_road_of_a_place_leaves_no_way_to_it() -> None:
    asked = places(("D", 0, 0, ""), ("A", 0, 0.10, ""), ("B", 0.05, 0.05, ""))
    found = times(asked, frozenset({"D|A", "B|A"}))
    assert pair(found, "D", "A")[0] == pair(found, "A", "B")[0] == UNREACHABLE
    assert pair(found, "D", "B")[0] < UNREACHABLE


@pytest.mark.parametrize("name", ["b9", "D|Z", "D|D", "D|A|B", ""])
def test_closing_what_is_not_there_is_refused(name: str) -> None:
    with pytest.raises(UnknownName, match="or two places written A"):
        times(places(*RIVER, bridges=(BRIDGE,)), frozenset({name}))


def test_a_given_table_may_differ_by_direction() -> None:
    rows: tuple[tuple[str, str, float, float], ...] = (
        ("D1", "S1", 10.0, 5000.0),
        ("S1", "D1", 12.5, 5200.0),
        ("D1", "S2", 1.0, 1.0),
        ("S2", "D1", 1.0, 1.0),
    )
    rows += (("S1", "S2", 30.0, 9.0), ("S2", "S1", 30.0, 9.0))
    found = times(small(travel=Travel("matrix"), matrix=rows))
    assert (pair(found, "D1", "S1"), pair(found, "S1", "D1")) == ((600, 5000), (750, 5200))
    assert pair(times(small(travel=Travel("matrix"), matrix=rows), frozenset({"S1|S2"})), "S1", "S2") == (810, 5201)


def test_a_given_table_with_a_gap_is_refused() -> None:
    with pytest.raises(BadInput, match="lacks 5 of the ways between depots and sites: D1 -> S2"):
        times(small(travel=Travel("matrix"), matrix=(("D1", "S1", 1.0, 1.0),)))


def test_distances_of_a_solomon_instance_are_those_of_the_plane_at_its_scale() -> None:
    """C101's plane laid on the equator: 1 unit is a thousandth of a degree, where the sphere is flat to 1e-6."""
    lines = oracle("routing/c101.txt").read_text().splitlines()[9:30]
    spots = [tuple(map(float, line.split()[1:3])) for line in lines if line.split()]
    asked = places(*((f"P{i}", y / 1000, x / 1000, "") for i, (x, y) in enumerate(spots)))
    plane = np.array([[np.hypot(a[0] - b[0], a[1] - b[1]) for b in spots] for a in spots])
    np.testing.assert_allclose(times(asked).metres, plane * DEGREE_M / 1000, atol=0.6)
