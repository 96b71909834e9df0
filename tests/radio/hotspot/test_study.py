import numpy as np
import pytest

from setsail.radio.hotspot.options import generator, options
from setsail.radio.hotspot.results import PERCENTILES, port, records
from setsail.radio.hotspot.study import BATCH_RUNS, study


def test_same_seed_gives_the_same_numbers_and_another_seed_others() -> None:
    chosen = options(runs=3)
    first, again = study(chosen, generator(4)), study(chosen, generator(4))
    np.testing.assert_array_equal(first.geometry_db, again.geometry_db)
    np.testing.assert_array_equal(first.coupling_gain_db, again.coupling_gain_db)
    assert not np.array_equal(first.geometry_db, study(chosen, generator(5)).geometry_db)


def test_more_runs_repeat_the_first_ones() -> None:
    few, many = (study(options(runs=n, ues_per_trxp=2), generator(4)) for n in (BATCH_RUNS, BATCH_RUNS + 3))
    np.testing.assert_array_equal(few.geometry_db, many.geometry_db[:BATCH_RUNS])
    assert many.geometry_db.shape == (BATCH_RUNS + 3, 24)


def test_geometry_is_the_coupling_gain_over_noise_when_nobody_else_sends() -> None:
    chosen = options(runs=2, load=0.0)
    got = study(chosen, generator(1))
    budget = chosen.layout.budget
    expected = budget.power_per_re_dbm + got.coupling_gain_db - budget.noise_per_re_dbm
    np.testing.assert_allclose(got.geometry_db, expected, atol=1e-9)


def test_less_load_of_the_others_never_lowers_geometry_and_keeps_the_coupling_gain() -> None:
    full, half = (study(options(runs=2, load=load), generator(1)) for load in (1.0, 0.5))
    np.testing.assert_array_equal(full.coupling_gain_db, half.coupling_gain_db)
    assert np.all(half.geometry_db > full.geometry_db)


def test_closed_office_walls_leave_more_geometry_and_less_coupling_gain() -> None:
    """Fewer neighbours are in line of sight, and so are fewer servers at the edge."""
    open_, mixed = (study(options(runs=10, office=name), generator(2)) for name in ("open", "mixed"))
    assert np.median(mixed.geometry_db) > np.median(open_.geometry_db) + 2.0
    assert np.percentile(mixed.coupling_gain_db, 10) < np.percentile(open_.coupling_gain_db, 10) - 2.0
    assert mixed.los.mean() < open_.los.mean()


def test_three_trxp_a_site_interfere_more_than_one() -> None:
    one, three = (study(options(runs=4, trxp=n, ues_per_trxp=3), generator(2)) for n in (12, 36))
    assert three.geometry_db.shape == (4, 108)
    assert np.median(three.geometry_db) < np.median(one.geometry_db) - 2.0


def test_gain_along_the_line_alone_separates_cells_more_than_multipath_does() -> None:
    direct, spread = (study(options(runs=10, gain=name), generator(2)) for name in ("direct", "multipath"))
    assert 0.3 < np.median(direct.geometry_db) - np.median(spread.geometry_db) < 1.5


def test_records_hold_every_percentile_rising_with_standard_error_and_port() -> None:
    chosen = options(runs=6, ues_per_trxp=2)
    got = records(chosen, study(chosen, generator(0)))
    assert [one["percentile"] for one in got] == [5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95] == list(PERCENTILES)
    for name in ("dl_geometry_db", "coupling_gain_db"):
        values = [one[name] for one in got]
        assert values == sorted(values)
    assert all(one["dl_geometry_se_db"] > 0 and one["coupling_gain_se_db"] > 0 for one in got)
    assert "one element (5 dBi" in got[0]["coupling_gain_port"]
    assert "straight line" in port(options(gain="direct"))


def test_single_run_tells_no_standard_error() -> None:
    chosen = options(runs=1)
    assert records(chosen, study(chosen, generator(0)))[0]["dl_geometry_se_db"] is None


def test_standard_error_is_the_spread_between_seeds() -> None:
    chosen = options(runs=20)
    medians, told = [], []
    for seed in range(12):
        found = records(chosen, study(chosen, generator(seed)))[5]
        medians.append(found["dl_geometry_db"])
        told.append(found["dl_geometry_se_db"])
    assert np.std(medians, ddof=1) == pytest.approx(np.mean(told), rel=0.6)
    assert np.std(medians, ddof=1) < 0.4
