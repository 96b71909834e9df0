from __future__ import annotations

from dataclasses import replace

import numpy as np

from setsail.radio.coverage import twin
from setsail.radio.coverage.reach import left_out_mw, powers_mw, reaches_m
from tests.radio.coverage.samples import SMALL, one_carrier, small_grid


def test_the_reach_follows_the_density_between_its_ends() -> None:
    options = replace(SMALL, reach_low_m=10.0, reach_high_m=100_000.0, neighbours=3, reach_factor=2.0)
    _, carrier = one_carrier(options, sites=20)
    d = np.sort(np.hypot(*(carrier.place_m[:, None] - carrier.place_m[None]).transpose(2, 0, 1)), axis=1)
    np.testing.assert_allclose(reaches_m(carrier, options), 2.0 * d[:, 3])
    ended = replace(options, reach_low_m=3_000.0, reach_high_m=3_500.0)
    assert set(reaches_m(carrier, ended)) <= {*np.clip(2.0 * d[:, 3], 3_000.0, 3_500.0)}


def test_a_lonely_mast_reaches_as_far_as_allowed() -> None:
    _, carrier = one_carrier(SMALL, sites=3)
    assert set(reaches_m(carrier, SMALL)) == {SMALL.reach_high_m}


def test_no_point_beyond_the_reach_receives_more_than_the_bound() -> None:
    """At every sampled point the power of all masts beyond their reach, by the reference, stays below the bound."""
    options = replace(SMALL, reach_low_m=500.0, reach_high_m=2_500.0)
    _, carrier = one_carrier(options, sites=25, seed=4)
    made = small_grid()
    reach = reaches_m(carrier, options)
    bound, side = left_out_mw(carrier, reach, made.bounds_m, 16 * made.resolution_m)
    rng = np.random.default_rng(2)
    west, south, east, north = made.bounds_m
    x, y = rng.uniform(west, east, 400), rng.uniform(south, north, 400)
    actual = np.zeros(400)
    power = powers_mw(carrier, reach)
    for k in range(len(reach)):
        best, others, who, _ = twin.raster(carrier, x, y, np.array([k]), threshold_log2=0.0)
        total = others + carrier.sectors[who, 9] * np.exp2(best)
        d = np.hypot(x - carrier.place_m[k, 0], y - carrier.place_m[k, 1])
        left = d > reach[k]
        gain = np.exp2(twin.path_gain(d, carrier.groups[k])[0])
        assert np.all(total[left] <= power[k] * gain[left] * (1 + 1e-9))
        actual += np.where(left, total, 0.0)
    told = bound[((north - y) / side).astype(int), ((x - west) / side).astype(int)]
    assert np.all(actual <= told)
    assert np.median(told / np.maximum(actual, 1e-30)) < 30  # and is of use
