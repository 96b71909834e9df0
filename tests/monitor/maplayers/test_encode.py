"""Encoder of vector tiles, read back by a reader of the tests' own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.monitor.maplayers import encode, kernels
from tests.monitor.maplayers import mvt

NUMBERS = st.integers(min_value=0, max_value=2**64 - 1)


def _plain_varint(value: int) -> bytes:
    out = bytearray()
    while True:
        out.append(value & 0x7F | (0x80 if value > 0x7F else 0))
        value >>= 7
        if not value:
            return bytes(out)


@given(st.lists(NUMBERS, max_size=40))
def test_varints_of_an_array_equal_those_written_one_by_one(values: list[int]) -> None:
    array = np.array(values, dtype=np.uint64)
    assert kernels.write(array) == b"".join(map(_plain_varint, values))
    assert kernels.sizes(array).tolist() == [len(_plain_varint(v)) for v in values]
    assert b"".join(map(encode.varint, values)) == kernels.write(array)


@given(st.lists(st.integers(min_value=-(2**62), max_value=2**62), max_size=20))
def test_zigzag_of_any_sign_is_read_back_as_it_was(values: list[int]) -> None:
    coded = kernels.zigzag(np.array(values, dtype=np.int64)).tolist()
    assert [v // 2 if v % 2 == 0 else -(v + 1) // 2 for v in coded] == values


@pytest.mark.parametrize("value", ["", "北京", 0, 127, 128, -1, -64, -65, 2**40, -(2**40), 0.0, -1.5, 1e300])
def test_value_of_each_kind_is_read_back_as_it_was(value: encode.Value) -> None:
    table = encode.Values()
    tags = table.column("key", [value])
    made = encode.features(np.array([7]), encode.POINT, tags, encode.point_geometry(np.array([3]), np.array([-4])))
    layer = mvt.read(encode.layer("one", made, table))["one"]
    assert (layer.version, layer.extent) == (2, 4096)
    (feature,) = layer.features
    assert (feature.id, feature.kind, feature.paths) == (7, encode.POINT, [[(3, -4)]])
    assert feature.properties == {"key": value}
    assert type(feature.properties["key"]) is type(value)


def test_ring_walked_either_way_becomes_an_outer_ring() -> None:
    square = np.array([[0, 10, 10, 0], [0, 0, 10, 10]])
    for turn in (square, square[:, ::-1]):
        geometry = encode.ring_geometry(turn[:1], turn[1:])
        made = encode.features(np.array([1]), encode.POLYGON, np.zeros((1, 0), dtype=np.uint64), geometry)
        (path,) = mvt.read(encode.layer("one", made, encode.Values()))["one"].features[0].paths
        assert set(path) == {(0, 0), (10, 0), (10, 10), (0, 10)}
        assert mvt.area2(path) == 200


def test_area_with_a_lake_has_an_outer_and_an_inner_ring() -> None:
    outer = np.array([[0, 0], [0, 10], [10, 10], [10, 0]]).T
    lake = np.array([[2, 2], [4, 2], [4, 4], [2, 4]]).T
    flat = np.array([[5, 5], [6, 6], [7, 7]]).T
    geometry = encode.rings_geometry([(*outer, True), (*lake, False), (*flat, False)])
    made = encode.features(np.array([1]), encode.POLYGON, np.zeros((1, 0), dtype=np.uint64), geometry)
    paths = mvt.read(encode.layer("one", made, encode.Values()))["one"].features[0].paths
    assert [mvt.area2(path) for path in paths] == [200, -8]


def test_features_of_unequal_lengths_stand_side_by_side() -> None:
    ids = np.array([1, 2**50])
    table = encode.Values()
    tags = np.hstack([table.column("n", np.array([1, 300])), table.column("name", ["a", "b"])])
    geometry = encode.point_geometry(np.array([0, 10**6]), np.array([0, -(10**6)]))
    read = mvt.read(encode.layer("two", encode.features(ids, encode.POINT, tags, geometry), table))["two"]
    assert [f.id for f in read.features] == [1, 2**50]
    assert [f.properties for f in read.features] == [{"n": 1, "name": "a"}, {"n": 300, "name": "b"}]
    assert read.features[1].paths == [[(10**6, -(10**6))]]
