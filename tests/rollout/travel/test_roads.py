"""Ways over roads: one-way streets, closed bridges, places beside the road; an extract held against a plain search."""

from __future__ import annotations

import heapq
from collections import defaultdict
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from setsail.base.errors import BadInput, OutOfRange
from setsail.rollout.model import Bridge, Depot, Rollout, RolloutSite, Travel
from setsail.rollout.travel import circle, roads
from setsail.rollout.travel.roads import Roads
from setsail.rollout.travel.study import times
from tests.rollout.folder.rollouts import small

TRAVEL = Travel("osm", 36.0, 2.0, "roads.osm.pbf")
STEP_M = 111.19508
"""A thousandth of a degree."""


def square() -> Roads:
    """A ring of four nodes, 0 -> 1 -> 2 -> 3 -> 0 one way, 0 - 1 also back over a bridge; 4 hangs on 2; 5 is alone."""
    lat = np.array([0.0, 0.0, 0.001, 0.001, 0.001, 0.5])
    lon = np.array([0.0, 0.001, 0.001, 0.0, 0.002, 0.5])
    pieces = [(0, 1), (1, 2), (2, 3), (3, 0), (1, 0), (2, 4), (4, 2), (0, 1)]
    metres = np.full(len(pieces), STEP_M)
    metres[-1] = 5 * STEP_M  # a longer parallel piece
    crossing = np.array([a + b == 1 for a, b in pieces[:5]] + [False, False, False])
    start, end = np.array(pieces).T
    return Roads(circle.units(lat, lon), start, end, metres, crossing)


def asked(*spots: tuple[float, float], bridges: tuple[Bridge, ...] = (), travel: Travel = TRAVEL) -> Rollout:
    (lat, lon), *others = spots
    sites = tuple(RolloutSite(f"P{i}", "P", a, b) for i, (a, b) in enumerate(others, 1))
    return small(depots=(Depot("P0", lat, lon, 1, 1.0),), sites=sites, bridges=bridges, travel=travel)


CORNERS = ((0.0, 0.0), (0.0, 0.001), (0.001, 0.001), (0.001, 0.0))


def test_one_way_roads_make_the_way_there_another_than_the_way_back() -> None:
    seconds, metres = roads.times(square(), asked(*CORNERS), frozenset(), "x")
    np.testing.assert_allclose(metres[0], [0, STEP_M, 2 * STEP_M, 3 * STEP_M], rtol=1e-6)
    np.testing.assert_allclose(metres[:, 0], [0, STEP_M, 2 * STEP_M, STEP_M], rtol=1e-6)
    np.testing.assert_allclose(seconds, metres / 10.0)


def test_a_place_beside_the_road_is_joined_by_a_straight_line_with_detour() -> None:
    _, metres = roads.times(square(), asked((0.0, 0.0), (0.001, 0.0025)), frozenset(), "x")
    np.testing.assert_allclose(metres[0, 1], 3 * STEP_M + 2.0 * 0.5 * STEP_M, rtol=1e-6)


def test_places_at_one_node_go_directly_where_that_is_shorter() -> None:
    _, metres = roads.times(square(), asked((0.001, 0.0025), (0.001, 0.0026)), frozenset(), "x")
    np.testing.assert_allclose(metres[0, 1], 2.0 * 0.1 * STEP_M, rtol=1e-4)


def test_closing_a_bridge_takes_its_pieces_out() -> None:
    bridge = Bridge("b", "B", "n", "s", 0.0, 0.0005)
    net = replace(square(), crossing=np.array([True, False, False, False, True, False, False, True]))
    seconds, _ = roads.times(net, asked(*CORNERS, bridges=(bridge,)), frozenset({"b"}), "x")
    assert np.isinf(seconds[0, 1])
    assert seconds[1, 0] == pytest.approx(3 * STEP_M / 10)


def test_closing_a_bridge_that_the_roads_do_not_have_is_refused() -> None:
    bridge = Bridge("b", "B", "n", "s", 0.2, 0.2)
    with pytest.raises(BadInput, match="has no bridge or tunnel within 1000 m of the bridge 'b'"):
        roads.times(square(), asked(*CORNERS, bridges=(bridge,)), frozenset({"b"}), "x")


def test_a_place_far_from_all_connected_roads_is_refused_by_name() -> None:
    with pytest.raises(OutOfRange, match=r"no road within 5 km of 'P1'; the nearest is 78\.\d km away"):
        roads.times(square(), asked((0.0, 0.0), (0.5, 0.5)), frozenset(), "x")


def test_a_rollout_by_an_extract_tells_what_is_missing_without_the_extra() -> None:
    try:
        import pyrosm
    except ModuleNotFoundError:
        from setsail.base.errors import MissingExtra

        with pytest.raises(MissingExtra, match="uv sync --extra osm"):
            times(asked(*CORNERS))
    else:
        assert pyrosm
        with pytest.raises(BadInput, match="No such file"):
            times(asked(*CORNERS))


@pytest.fixture
def extract() -> Path:
    """The extract that comes with pyrosm: a part of Helsinki, or a village."""
    pyrosm = pytest.importorskip("pyrosm", reason="the extra osm (pyrosm) is not installed")
    return Path(pyrosm.__file__).parent / "data" / "test.osm.pbf"


def test_ways_of_an_extract_agree_with_a_plain_search_over_its_pieces(extract: Path) -> None:
    from setsail.rollout.travel import extract as extracts

    net = extracts._read(str(extract), extracts._mark(extract))
    rng = np.random.default_rng(7)
    spots = np.column_stack([rng.uniform(60.5205, 60.5395, 12), rng.uniform(26.931, 26.969, 12)])
    made = asked(*map(tuple, spots), travel=replace(TRAVEL, extract=str(extract)))
    found = times(made)
    node, leg = roads._joined(net, circle.units(spots[:, 0], spots[:, 1]), [str(i) for i in range(12)], "x")
    for i in range(12):
        reach = plain_search(net, int(node[i]))
        for j in range(12):
            if node[i] != node[j]:
                assert found.metres[i, j] == pytest.approx(reach[int(node[j])] + 2.0 * (leg[i] + leg[j]), abs=0.6)


def plain_search(net: Roads, source: int) -> dict[int, float]:
    """Metres from a node to every node that is reached (Dijkstra by a heap)."""
    onward = defaultdict(list)
    for a, b, m in zip(net.start.tolist(), net.end.tolist(), net.metres.tolist(), strict=True):
        onward[a].append((b, m))
    found: dict[int, float] = {}
    heap = [(0.0, source)]
    while heap:
        way, node = heapq.heappop(heap)
        if node not in found:
            found[node] = way
            for to, metres in onward[node]:
                heapq.heappush(heap, (way + metres, to))
    return found


def test_an_extract_that_is_no_extract_is_refused(extract: Path, tmp_path: Path) -> None:
    del extract
    (tmp_path / "bad.osm.pbf").write_bytes(bytes(range(256)) * 8)
    with pytest.raises(BadInput, match=r"bad\.osm\.pbf: is no extract that can be read"):
        times(asked(*CORNERS, travel=replace(TRAVEL, extract=str(tmp_path / "bad.osm.pbf"))))
