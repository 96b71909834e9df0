"""The floor kernel against its plain twin and against an independent geometry."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.arrays import F64
from setsail.radio.floor import twin
from setsail.radio.floor.options import Floor, FloorOptions, Wall
from setsail.radio.floor.study import Arrays, block, head_planes, prepared
from setsail.radio.pathloss.p2040 import Layer
from tests.radio.floor.samples import room, strewn

kernels = pytest.importorskip("setsail.radio.floor.kernels", reason="needs the extra 'radio'")
EXACT_DB = 1e-9


def arrays_of(floor: Floor, options: FloorOptions | None = None) -> Arrays:
    return prepared(floor, options or FloorOptions())[0]


def assert_agrees(arrays: Arrays) -> None:
    got = block(arrays, (0, len(arrays.y)))
    want = twin.rows(
        arrays.x, arrays.y, arrays.heads, arrays.walls, arrays.tables,
        half_slope=arrays.half_slope, most_db=arrays.most_db,
    )  # fmt: skip
    for a, b in zip(got[:3], want[:3], strict=True):
        np.testing.assert_array_equal(a == 0.0, b == 0.0)
        seen = b > 0.0
        np.testing.assert_allclose(10 * np.log10(a[seen]), 10 * np.log10(b[seen]), rtol=0, atol=EXACT_DB)
    np.testing.assert_array_equal(got[3], want[3])
    np.testing.assert_array_equal(got[4], want[4])


@pytest.mark.parametrize("law", ["free-space", "inh-los"])
@pytest.mark.parametrize("seed", range(4))
def test_the_kernel_agrees_with_its_plain_twin(seed: int, law: str) -> None:
    assert_agrees(arrays_of(strewn(np.random.default_rng(seed)), FloorOptions(distance_law=law)))  # type: ignore[arg-type]


def test_losses_by_angle_agree_with_the_plain_twin() -> None:
    floor = strewn(np.random.default_rng(9))
    kinds = (Layer("concrete", 0.2),), (Layer("glass", 0.006),)
    walls = tuple(replace(w, loss_db=None, layers=kinds[i % 2]) if i % 5 else w for i, w in enumerate(floor.walls))
    assert_agrees(arrays_of(replace(floor, walls=walls), FloorOptions(incidence="oblique")))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 2**32 - 1), st.integers(1, 4), st.integers(0, 12))
def test_any_floor_agrees_with_the_plain_twin(seed: int, heads: int, walls: int) -> None:
    assert_agrees(arrays_of(strewn(np.random.default_rng(seed), heads, walls, side_m=5.0)))


@settings(deadline=None, max_examples=150)
@given(
    st.lists(
        st.tuples(*[st.integers(0, 8)] * 4).filter(lambda w: w[:2] != w[2:]), min_size=1, max_size=6
    ),
    st.tuples(st.integers(0, 16), st.integers(0, 16)),
)  # fmt: skip
def test_walls_through_pixels_and_heads_agree_with_the_plain_twin(
    walls: list[tuple[int, int, int, int]], head: tuple[int, int]
) -> None:
    """Ends on centres of pixels, heads on walls, rays along walls: every tie that a plan drawn on a grid has."""
    x = np.arange(9, dtype=np.float64)
    heads = np.array([[head[0] / 2, head[1] / 2, 1.0, 1e-3]])
    lines = np.array(walls, dtype=np.float64)
    tables = np.arange(1.0, len(walls) + 1)[:, None]
    assert_agrees(Arrays(x, x[::-1].copy(), heads, lines, tables, 1.0))


def test_crossings_are_those_of_an_independent_geometry() -> None:
    rng = np.random.default_rng(7)
    arrays = arrays_of(strewn(rng, heads=3, walls=40))
    east, north = np.meshgrid(arrays.x, arrays.y)
    for head in arrays.heads:
        rays = shapely.linestrings(
            np.stack([np.stack([np.full(east.size, head[0]), np.full(east.size, head[1])], 1),
                      np.stack([east.ravel(), north.ravel()], 1)], axis=1)
        )  # fmt: skip
        loss = np.zeros(east.size)
        for wall, table in zip(arrays.walls, arrays.tables, strict=True):
            loss += table[0] * shapely.intersects(rays, shapely.linestrings(wall.reshape(2, 2)))
        got = twin.wall_loss_db(east, north, head, arrays.walls, arrays.tables)
        np.testing.assert_allclose(got.ravel(), loss, rtol=0, atol=EXACT_DB)


def loss_at(walls: list[Wall], x_m: float, y_m: float) -> float:
    """Loss of walls to the pixel with this centre, by the kernel: power without walls over power with them."""
    row, column = round((4.0 - y_m) / 0.25 - 0.5), round(x_m / 0.25 - 0.5)
    found: list[F64] = []
    for made in (room(), room(walls)):
        arrays = arrays_of(made)
        assert arrays.x[column] == x_m
        assert arrays.y[row] == y_m
        found.append(block(arrays, (0, len(arrays.y)))[0])
    return float(10 * np.log10(found[0][row, column] / found[1][row, column]))


def test_a_ray_through_the_shared_end_of_two_walls_in_line_counts_one_of_them() -> None:
    walls = [Wall(3.0, 0.0, 3.0, 2.125, loss_db=7.0), Wall(3.0, 2.125, 3.0, 4.0, loss_db=7.0)]
    for one, other in ((0, 1), (1, 0)):
        assert loss_at([walls[one], walls[other]], 5.125, 2.125) == pytest.approx(7.0, abs=EXACT_DB)
    turned = [Wall(w.x1_m, w.y1_m, w.x0_m, w.y0_m, loss_db=7.0) for w in walls]
    assert loss_at([walls[0], turned[1]], 5.125, 2.125) == pytest.approx(7.0, abs=EXACT_DB)


def test_a_ray_into_a_room_through_its_corner_counts_one_wall() -> None:
    """The corner (4.125, 2.125) of a room turned by 45 degrees points at the head."""
    corner = [Wall(5.125, 3.125, 4.125, 2.125, loss_db=7.0), Wall(4.125, 2.125, 5.125, 1.125, loss_db=7.0)]
    assert loss_at(corner, 5.125, 2.125) == pytest.approx(7.0, abs=EXACT_DB)


def test_a_ray_that_grazes_a_corner_from_outside_counts_both_walls_or_none() -> None:
    above = [Wall(3.125, 3.125, 4.125, 2.125, loss_db=7.0), Wall(4.125, 2.125, 5.125, 3.125, loss_db=7.0)]
    below = [Wall(3.125, 1.125, 4.125, 2.125, loss_db=7.0), Wall(4.125, 2.125, 5.125, 1.125, loss_db=7.0)]
    found = sorted(loss_at(walls, 6.125, 2.125) for walls in (above, below))
    assert found == pytest.approx([0.0, 14.0], abs=EXACT_DB)


def test_a_ray_through_a_free_end_counts_the_wall_on_one_side_only() -> None:
    above, below = Wall(3.0, 2.125, 3.0, 4.0, loss_db=7.0), Wall(3.0, 0.0, 3.0, 2.125, loss_db=7.0)
    assert sorted([loss_at([above], 5.125, 2.125), loss_at([below], 5.125, 2.125)]) == pytest.approx(
        [0.0, 7.0], abs=EXACT_DB
    )


def test_a_ray_along_a_wall_does_not_cross_it() -> None:
    assert loss_at([Wall(2.0, 2.125, 3.0, 2.125, loss_db=7.0)], 5.125, 2.125) == pytest.approx(0.0, abs=EXACT_DB)


@pytest.mark.parametrize(("x_m", "expected"), [(2.625, 0.0), (2.875, 0.0), (3.125, 7.0), (3.375, 7.0)])
def test_a_wall_counts_from_just_behind_it(x_m: float, expected: float) -> None:
    assert loss_at([Wall(3.0, 0.0, 3.0, 4.0, loss_db=7.0)], x_m, 1.125) == pytest.approx(expected, abs=EXACT_DB)


def test_the_kernel_keeps_what_is_not_a_number() -> None:
    arrays = arrays_of(room())
    heads = arrays.heads.copy()
    heads[0, 3] = np.nan
    power = np.empty(4)
    share = np.ones(4)
    kernels._received(np.arange(4.0), 1.0, heads[0], 1.0, share)
    assert np.isnan(share).all()
    kernels._through(np.zeros(5), np.full(4, np.nan), 300.0, power)
    assert np.isnan(power).all()


def test_the_kernel_runs_uncompiled_too() -> None:
    arrays = arrays_of(strewn(np.random.default_rng(3), heads=2, walls=6, side_m=2.0))
    size = (len(arrays.y), len(arrays.x))
    powers, heads = [np.empty(size) for _ in range(3)], [np.empty(size, dtype=np.int64) for _ in range(2)]
    kernels.rows.py_func(
        arrays.x, arrays.y, arrays.heads, arrays.walls, arrays.tables, 1.0, arrays.most_db, *powers, *heads
    )
    np.testing.assert_allclose(powers[0], block(arrays, (0, size[0]))[0], rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_planes_of_single_heads_are_those_whose_best_and_sum_the_rows_give(seed: int) -> None:
    arrays = arrays_of(strewn(np.random.default_rng(seed)))
    planes = head_planes(arrays).astype(np.float64)
    best, _, others, who, _ = block(arrays, (0, len(arrays.y)))
    np.testing.assert_allclose(planes.max(axis=0), best, rtol=1e-6)
    np.testing.assert_allclose(planes.sum(axis=0), best + others, rtol=1e-5)
    np.testing.assert_array_equal(planes.argmax(axis=0), who)
