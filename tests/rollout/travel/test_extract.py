"""Tags of roads become directed pieces; needs pyrosm, whose tables these are."""

from __future__ import annotations

import pytest

pytest.importorskip("pyrosm", reason="the extra osm (pyrosm) is not installed")

import pandas as pd

from setsail.rollout.travel.extract import network

NODES = pd.DataFrame({"id": [30, 10, 20], "lat": [0.0, 0.1, 0.2], "lon": [0.0, 0.0, 0.0]})


def pieces(**tags: object) -> list[tuple[int, int]]:
    """Directed pieces by node number (30 is 0, 10 is 1, 20 is 2) of one road from 10 to 20."""
    net = network(NODES, pd.DataFrame({"u": [10], "v": [20], "length": [5.0], **{k: [v] for k, v in tags.items()}}))
    return list(zip(net.start.tolist(), net.end.tolist(), strict=True))


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({"highway": "primary"}, [(1, 2), (2, 1)]),
        ({"highway": "primary", "oneway": None}, [(1, 2), (2, 1)]),
        ({"highway": "primary", "oneway": "yes"}, [(1, 2)]),
        ({"highway": "primary", "oneway": "-1"}, [(2, 1)]),
        ({"highway": "motorway"}, [(1, 2)]),
        ({"highway": "motorway", "oneway": "no"}, [(1, 2), (2, 1)]),
        ({"highway": "primary", "junction": "roundabout"}, [(1, 2)]),
    ],
)
def test_the_direction_of_a_road_follows_its_tags(tags: dict[str, object], found: list[tuple[int, int]]) -> None:
    assert pieces(**tags) == found


def test_bridges_and_tunnels_are_marked_and_what_says_no_is_none() -> None:
    ways = pd.DataFrame({
        "u": [10, 20, 30], "v": [20, 30, 10], "length": [1.0] * 3, "highway": ["primary"] * 3, "oneway": ["yes"] * 3,
        "bridge": ["viaduct", None, "no"], "tunnel": [None, "yes", None],
    })  # fmt: skip
    assert network(NODES, ways).crossing.tolist() == [True, True, False]
