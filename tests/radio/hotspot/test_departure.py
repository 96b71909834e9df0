import math

import numpy as np
import pytest

from setsail.base.errors import BadInput
from setsail.radio.antenna.element import Isotropic, ceiling_head
from setsail.radio.antenna.frame import DOWN
from setsail.radio.hotspot.departure import (
    Spread,
    cluster_angles,
    cluster_powers,
    correlated,
    departure,
    mean_gain_dbi,
    spread,
)

LOS, NLOS = departure("los", 4e9), departure("nlos", 4e9)


def test_spreads_below_six_gigahertz_are_those_of_six() -> None:
    lg = math.log10(7.0)
    assert LOS.zsd == pytest.approx((2.228 - 1.43 * lg, 0.30 + 0.13 * lg))
    assert departure("los", 0.8e9).zsd == LOS.zsd
    assert departure("los", 30e9).zsd[0] == pytest.approx(2.228 - 1.43 * math.log10(31.0))
    assert NLOS.zsd == pytest.approx((1.08, 0.36))
    assert (LOS.clusters, NLOS.clusters, NLOS.k_db) == (15, 19, None)


def test_mixing_gives_the_cross_correlations_of_the_table() -> None:
    expected = [[1.0, 0.5, -0.4, 0.2], [0.5, 1.0, 0.0, 0.0], [-0.4, 0.0, 1.0, 0.5], [0.2, 0.0, 0.5, 1.0]]
    np.testing.assert_allclose(LOS.mixing @ LOS.mixing.T, expected, atol=1e-12)
    np.testing.assert_allclose(
        NLOS.mixing @ NLOS.mixing.T, [[1.0, 0.0, 0.0], [0.0, 1.0, 0.35], [0.0, 0.35, 1.0]], atol=1e-12
    )
    assert (LOS.distance_m, NLOS.distance_m) == ((10.0, 4.0, 7.0, 4.0), (6.0, 3.0, 4.0))


def test_fields_fall_to_one_over_e_at_their_distance_and_sites_share_nothing() -> None:
    places = np.tile([[0.0, 0.0], [10.0, 0.0], [0.0, 0.0]], (4000, 1, 1))
    drawn = correlated(places, (10.0, 4.0), 2, np.random.default_rng(0))
    assert drawn.shape == (2, 4000, 3, 2)
    assert drawn.std() == pytest.approx(1.0, abs=0.02)
    for parameter, distance in enumerate((10.0, 4.0)):
        got = np.corrcoef(drawn[parameter, :, 0, 0], drawn[parameter, :, 1, 0])[0, 1]
        assert got == pytest.approx(math.exp(-10.0 / distance), abs=0.05)
        assert np.corrcoef(drawn[parameter, :, 0, 0], drawn[parameter, :, 2, 0])[0, 1] > 0.999
        assert abs(np.corrcoef(drawn[parameter, :, 0, 0], drawn[parameter, :, 0, 1])[0, 1]) < 0.05
    assert abs(np.corrcoef(drawn[0, :, 0, 0], drawn[1, :, 0, 0])[0, 1]) < 0.05


def test_cluster_powers_sum_to_one_and_the_line_of_sight_takes_its_share() -> None:
    rng = np.random.default_rng(1)
    k_db = np.full(2000, 7.0)
    los = cluster_powers(LOS, k_db, 2000, rng)
    np.testing.assert_allclose(los.sum(axis=1), 1.0)
    k = 10**0.7
    assert np.all(los[:, 0] >= k / (1 + k) - 1e-12)
    nlos = cluster_powers(NLOS, None, 2000, rng)
    np.testing.assert_allclose(nlos.sum(axis=1), 1.0)
    assert nlos[:, 0].mean() > nlos[:, -1].mean()


def test_first_cluster_of_line_of_sight_lies_on_the_line_and_nlos_spreads_as_drawn() -> None:
    rng = np.random.default_rng(2)
    n = 4000
    links = Spread(np.full(n, 40.0), np.full(n, 10.0), np.full(n, 7.0))
    aside, above = cluster_angles(LOS, cluster_powers(LOS, links.k_db, n, rng), links, rng)
    assert np.all(aside[:, 0] == 0.0)
    assert np.all(above[:, 0] == 0.0)
    links = Spread(np.full(n, 40.0), np.full(n, 10.0), None)
    power = cluster_powers(NLOS, None, n, rng)
    aside, above = cluster_angles(NLOS, power, links, rng)
    rms = np.degrees(np.sqrt((power * aside**2).sum(axis=1)).mean())
    assert 25.0 < rms < 55.0
    assert abs(np.degrees((power * aside).sum(axis=1).mean())) < 2.0
    assert np.abs(above).mean() < np.abs(aside).mean()


def test_spreads_are_capped_where_the_model_caps_them() -> None:
    wide = spread(LOS, np.full((4, 1), 50.0))
    assert (wide.asd_deg[0], wide.zsd_deg[0]) == (104.0, 52.0)
    typical = spread(NLOS, np.zeros((3, 1)))
    assert typical.asd_deg[0] == pytest.approx(10**1.62)
    assert typical.k_db is None


def test_mean_gain_of_one_direction_is_the_gain_there_and_of_two_their_mean_power() -> None:
    down, aside = np.array([[math.pi]]), np.array([[math.pi / 2]])
    one, zero = np.ones((1, 1)), np.zeros((1, 1))
    assert mean_gain_dbi(ceiling_head(), [DOWN], one, zero, down)[0, 0] == pytest.approx(5.0)
    both = mean_gain_dbi(
        ceiling_head(), [DOWN], np.full((1, 2), 0.5), np.zeros((1, 2)), np.concatenate([down, aside], axis=1)
    )
    expected = 10 * math.log10((10**0.5 + 10 ** ((5 - 12) / 10)) / 2)
    assert both[0, 0] == pytest.approx(expected)


def test_zenith_past_the_nadir_folds_back_in_its_own_azimuth() -> None:
    one = np.ones((1, 1))
    head = ceiling_head()
    past = mean_gain_dbi(head, [DOWN], one, 0.3 * one, (math.pi + 0.4) * one)
    before = mean_gain_dbi(head, [DOWN], one, 0.3 * one, (math.pi - 0.4) * one)
    np.testing.assert_allclose(past, before)


def test_power_without_its_angle_is_refused() -> None:
    with pytest.raises(BadInput, match="shape of power"):
        mean_gain_dbi(ceiling_head(), [DOWN], np.ones((2, 3)), np.zeros((2, 2)), np.zeros((2, 2)))


def test_isotropic_head_gains_nothing_from_any_spread() -> None:
    rng = np.random.default_rng(3)
    power = cluster_powers(NLOS, None, 50, rng)
    aside, above = cluster_angles(NLOS, power, Spread(np.full(50, 60.0), np.full(50, 30.0), None), rng)
    got = mean_gain_dbi(Isotropic(), [DOWN, DOWN], power, aside, math.pi / 2 + above)
    np.testing.assert_allclose(got, 0.0, atol=1e-9)
