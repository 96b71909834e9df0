"""The kernels of the indoor maps against plain NumPy."""

from __future__ import annotations

import numpy as np
import pytest

kernels = pytest.importorskip("setsail.design.indoor.kernels", reason="needs the extra 'site'")


@pytest.mark.parametrize("add", [True, False])
@pytest.mark.parametrize("seed", range(3))
def test_joined_cells_agree_with_numpy(seed: int, add: bool) -> None:
    rng = np.random.default_rng(seed)
    heads, cells, pixels, noise = 7, 3, 200, 1e-9
    planes = (10.0 ** rng.uniform(-10.0, -5.0, (heads, pixels))).astype(np.float32)
    cell, ports = np.array([0, 1, 2, 0, 1, 2, 0]), rng.integers(1, 5, heads).astype(float)
    uplink, load = rng.uniform(0.5, 2.0, heads), rng.uniform(0.0, 1.0, cells)
    background = (10.0 ** rng.uniform(-12.0, -8.0, pixels)).astype(np.float32)
    whole = [np.empty(pixels, np.int64) for _ in range(2)]
    real = [np.empty(pixels, np.float32) for _ in range(7)]
    kernels.joined(planes, cell, ports, uplink, load, noise, background, add, *whole, *real)
    p = planes.astype(np.float64)
    power = np.array([p[cell == c].sum(axis=0) for c in range(cells)])
    full = np.array([(p * ports[:, None])[cell == c].sum(axis=0) for c in range(cells)])
    gains = p * uplink[:, None]
    gain = np.array([gains[cell == c].sum(axis=0) if add else gains[cell == c].max(axis=0) for c in range(cells)])
    best, at = power.argmax(axis=0), np.arange(pixels)
    others = np.where(np.arange(cells)[:, None] == best, 0.0, 1.0)
    noisy = background + noise
    np.testing.assert_array_equal(whole[0], best)
    np.testing.assert_array_equal(whole[1], p.argmax(axis=0))
    expected = (
        power[best, at], np.sort(p, axis=0)[-2], (power * others).max(axis=0), (power * others).sum(axis=0),
        power[best, at] / ((power * others * load[:, None]).sum(axis=0) + noisy),
        full[best, at] / ((full * others * load[:, None]).sum(axis=0) + noisy), gain[best, at],
    )  # fmt: skip
    for got, want in zip(real, expected, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-5)


def test_quantiles_and_shares_of_rooms_agree_with_numpy() -> None:
    rng = np.random.default_rng(1)
    values = rng.normal(size=60).astype(np.float32)
    order, first = rng.permutation(60).astype(np.int64), np.array([0, 1, 20, 20, 60], dtype=np.int64)
    out, held = np.empty((4, 2)), np.empty(4)
    kernels.quantiles(values, order, first, np.array([0.05, 0.5]), out)
    kernels.shares(values, np.zeros(4), order, first, held)
    for room in (0, 1, 3):
        part = values[order[first[room] : first[room + 1]]]
        np.testing.assert_allclose(out[room], np.quantile(part, [0.05, 0.5]), atol=1e-6)
        assert held[room] == pytest.approx(np.mean(part >= 0.0))
    assert np.isnan(out[2]).all()
    assert np.isnan(held[2])


def test_planes_of_several_carriers_are_those_of_each_by_itself() -> None:
    from setsail.radio.floor.study import Arrays, carrier_planes, head_planes

    rng = np.random.default_rng(5)
    x, y = np.linspace(0.25, 19.75, 40), np.linspace(14.75, 0.25, 30)
    walls, places = rng.uniform(0.0, 20.0, (25, 4)), rng.uniform(0.0, 15.0, (6, 3))
    parts = [
        Arrays(x, y, np.column_stack([places, rng.uniform(0.1, 2.0, 6)]), walls, rng.uniform(0.0, 30.0, (25, 1)), slope)
        for slope in (1.0, 1.0, 0.87)
    ]
    together = carrier_planes(parts)
    for part, made in zip(parts, together, strict=True):
        np.testing.assert_array_equal(made, head_planes(part))
