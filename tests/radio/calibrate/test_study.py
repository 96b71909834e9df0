"""Calibration: planted terms come back, intervals hold what they promise, and thin data are refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from setsail.base.errors import BadInput, NotComputable
from setsail.radio.calibrate.links import Links, links
from setsail.radio.calibrate.options import CalibrateOptions
from setsail.radio.calibrate.results import Fit
from setsail.radio.calibrate.study import calibrate, fit
from tests.radio.calibrate.synthetic import EXPONENT, OFFSET_DB, REFERENCE_M, SIGMA_DB, SLOPE_DB, drive


def _fit(of: Links, seed: int = 1, **options: object) -> Fit:
    chosen = CalibrateOptions(**{"replicates": 300, **options})  # type: ignore[arg-type]
    return fit(of, chosen, np.random.default_rng(seed), "overall")


def _planted(found: Fit) -> float:
    """The planted offset, moved to the reference distance of a fit."""
    return float(OFFSET_DB + SLOPE_DB * np.log10(found.reference_m / REFERENCE_M))


def test_planted_terms_come_back_over_many_drives() -> None:
    found = [_fit(drive(seed)) for seed in range(24)]
    offset = np.mean([f.offset_db.value - _planted(f) for f in found])
    slope = np.mean([f.slope_db.value for f in found if f.slope_db])
    # 24 drives with a spread of 1.0 and 2.4 dB each: three standard errors
    assert offset == pytest.approx(0.0, abs=0.6)
    assert slope == pytest.approx(SLOPE_DB, abs=1.5)
    assert np.mean([f.exponent.value for f in found if f.exponent]) == pytest.approx(EXPONENT, abs=0.15)
    assert np.mean([f.sigma_db.value for f in found]) == pytest.approx(SIGMA_DB, abs=0.25)
    assert np.mean([f.decorrelation_m for f in found]) == pytest.approx(50.0, rel=0.25)


def test_terms_are_exact_without_shadowing() -> None:
    of = drive(3)
    decades = np.log10(of.distance_m / REFERENCE_M)
    clean = links(
        cell=np.array(of.cell.names)[of.cell.index], x_m=of.x_m, y_m=of.y_m, distance_m=of.distance_m,
        predicted_dbm=of.predicted_dbm, path_loss_db=of.path_loss_db,
        rsrp_dbm=of.predicted_dbm + OFFSET_DB + SLOPE_DB * decades,
    )  # fmt: skip
    found = _fit(clean, block_m=200.0)
    assert found.slope_db is not None
    assert found.exponent is not None
    assert found.offset_db.value == pytest.approx(_planted(found), abs=1e-9)
    assert found.slope_db.value == pytest.approx(SLOPE_DB, abs=1e-9)
    assert found.exponent.value == pytest.approx(EXPONENT, abs=1e-9)
    assert found.sigma_db.value == pytest.approx(0.0, abs=1e-6)


def _coverage(make: Callable[[int], Links], runs: int, **options: object) -> dict[str, float]:
    hits = {"offset": 0, "slope": 0, "sigma": 0}
    for seed in range(runs):
        found = _fit(make(seed), seed + 10_000, **options)
        assert found.slope_db is not None
        hits["offset"] += found.offset_db.low <= _planted(found) <= found.offset_db.high
        hits["slope"] += found.slope_db.low <= SLOPE_DB <= found.slope_db.high
        hits["sigma"] += found.sigma_db.low <= SIGMA_DB <= found.sigma_db.high
    return {name: n / runs for name, n in hits.items()}


def test_intervals_hold_the_planted_terms_as_often_as_they_say() -> None:
    # 60 drives at 95 %: fewer than 52 hits has a chance of 1 in 200
    for name, share in _coverage(drive, 60).items():
        assert share >= 52 / 60, name


@pytest.mark.slow
def test_intervals_hold_over_hundreds_of_drives() -> None:
    for make in (drive, lambda seed: drive(seed, floor_dbm=-128.0)):
        options = {} if make is drive else {"floor_dbm": -128.0}
        for name, share in _coverage(make, 300, **options).items():
            assert 0.91 <= share <= 0.995, name


def test_intervals_that_forget_the_correlation_would_be_too_short() -> None:
    """The reason for blocks: samples taken as independent promise what they do not keep."""
    hits = 0
    for seed in range(30):
        found = _fit(drive(seed), bin_decades=None, slope=True)
        half = 1.96 * found.sigma_db.value / np.sqrt(found.samples)
        hits += abs(found.offset_db.value - _planted(found)) <= half
        assert found.offset_db.high - found.offset_db.low > 2.0 * half
    assert hits / 30 < 0.85


def test_samples_at_the_floor_do_not_bend_the_fit() -> None:
    cut = [drive(seed, floor_dbm=-122.0) for seed in range(8)]
    assert 0.1 < np.mean([(c.rsrp_dbm <= -122.0).mean() for c in cut]) < 0.5
    told = [_fit(c, floor_dbm=-122.0) for c in cut]
    untold = [_fit(c) for c in cut]
    assert np.mean([f.sigma_db.value for f in told]) == pytest.approx(SIGMA_DB, abs=0.5)
    assert np.mean([f.slope_db.value for f in told if f.slope_db]) == pytest.approx(SLOPE_DB, abs=2.0)
    assert np.mean([f.slope_db.value for f in untold if f.slope_db]) > SLOPE_DB + 3.0
    assert all(f.censored > 0 for f in told)


def test_a_pile_at_the_least_value_is_told() -> None:
    found = calibrate(drive(0, floor_dbm=-122.0), CalibrateOptions(replicates=100), np.random.default_rng(1))
    assert [f.code for f in found.findings] == ["floor-suspected"]
    clean = calibrate(drive(0), CalibrateOptions(replicates=100), np.random.default_rng(1))
    assert not clean.findings


def test_classes_are_told_apart() -> None:
    found = calibrate(drive(1, shift_db=10.0), CalibrateOptions(replicates=200), np.random.default_rng(1))
    west, east = found.classes
    assert (west.name, east.name) == ("open", "urban")
    apart = east.offset_db.value - _planted(east) - (west.offset_db.value - _planted(west))
    assert apart == pytest.approx(10.0, abs=4.0)
    errors = {h.terms: h for h in found.held_out}
    assert errors["classes"].held_out_rmse_db is not None
    assert errors["offset-slope"].held_out_rmse_db is not None
    assert errors["classes"].held_out_rmse_db < errors["offset-slope"].held_out_rmse_db - 0.5


@pytest.mark.parametrize("seed", range(6))
def test_error_at_a_cell_held_out_is_larger_than_in_sample(seed: int) -> None:
    found = calibrate(drive(seed, cell_sigma_db=4.0), CalibrateOptions(replicates=100), np.random.default_rng(1))
    for held in found.held_out:
        assert held.held_out_rmse_db is not None
        assert held.in_sample_rmse_db is not None
        assert len(held.cells) == 6
        if held.terms == "model":
            assert held.held_out_rmse_db == held.in_sample_rmse_db
        else:
            assert held.held_out_rmse_db > held.in_sample_rmse_db


def test_terms_of_cells_add_up_to_nothing_and_follow_the_planted_ones() -> None:
    of = drive(2, correlation_m=0.0)
    own = np.array([-5.0, -3.0, -1.0, 1.0, 3.0, 5.0])
    shifted = links(
        cell=np.array(of.cell.names)[of.cell.index], x_m=of.x_m, y_m=of.y_m, distance_m=of.distance_m,
        predicted_dbm=of.predicted_dbm, path_loss_db=of.path_loss_db, rsrp_dbm=of.rsrp_dbm + own[of.cell.index],
    )  # fmt: skip
    found = _fit(shifted, per_cell=True, bin_decades=None, block_m=100.0)
    values = np.array([i.value for _, i in found.cells])
    assert values.sum() == pytest.approx(0.0, abs=1e-9)
    # 800 samples of 7 dB per cell: three standard errors
    np.testing.assert_allclose(values, own, atol=0.9)
    assert all(i.low < v < i.high for (_, i), v in zip(found.cells, own, strict=True))


def test_whole_cells_are_drawn_from_ten_cells_on() -> None:
    assert _fit(drive(0, cells=9)).blocks_by == "ground"
    found = _fit(drive(0, cells=10, cell_sigma_db=4.0))
    assert found.blocks_by == "cell"
    short = _fit(drive(0, cells=10, cell_sigma_db=4.0), resample="ground")
    # cells that differ by 4 dB say less of other cells than of themselves
    assert found.offset_db.high - found.offset_db.low > short.offset_db.high - short.offset_db.low


def test_the_same_seed_gives_the_same_intervals() -> None:
    assert _fit(drive(4), 7) == _fit(drive(4), 7)
    assert _fit(drive(4), 7).offset_db != _fit(drive(4), 8).offset_db


def _line(distance: object, **more: object) -> Links:
    """Samples far apart from each other along a line, with independent shadowing."""
    d = np.asarray(distance, dtype=np.float64)
    rng = np.random.default_rng(5)
    return links(
        **{"cell": ["a"] * d.size, "x_m": np.arange(d.size) * 200.0, "y_m": np.zeros(d.size), **more},  # type: ignore[arg-type]
        distance_m=d, predicted_dbm=-40.0 - 30.0 * np.log10(d), path_loss_db=30.0 * np.log10(d) + 58.0,
        rsrp_dbm=-40.0 - 30.0 * np.log10(d) + 5.0 * rng.standard_normal(d.size),
    )  # fmt: skip


def test_too_few_samples_are_refused_and_just_enough_are_not() -> None:
    assert _fit(_line(np.geomspace(100, 1000, 30))).samples == 30
    with pytest.raises(NotComputable, match="29 samples above the floor; allowed: 30 or more"):
        _fit(_line(np.geomspace(100, 1000, 29)))


def test_a_narrow_range_of_distance_is_refused_unless_no_slope_is_asked_for() -> None:
    narrow = _line(np.geomspace(400, 700, 100))
    with pytest.raises(NotComputable, match="a slope cannot be told"):
        _fit(narrow)
    assert _fit(narrow, slope=False).slope_db is None


def test_one_cell_has_no_term_of_its_own_and_nothing_to_hold_out() -> None:
    one = _line(np.geomspace(100, 1000, 100))
    with pytest.raises(NotComputable, match="one cell only"):
        _fit(one, per_cell=True)
    found = calibrate(one, CalibrateOptions(replicates=100), np.random.default_rng(1))
    assert all(h.held_out_rmse_db is None and "one cell only" in h.reason for h in found.held_out)


def test_cells_each_at_one_distance_are_refused_as_collinear() -> None:
    cell = np.repeat(["a", "b", "c"], 40)
    distance = np.repeat([100.0, 400.0, 1600.0], 40) * np.tile(np.linspace(0.99, 1.01, 40), 3)
    with pytest.raises(NotComputable, match="cannot tell the term 'slope' from the others"):
        _fit(_line(distance, cell=cell), per_cell=True)


def test_a_device_that_measured_one_cell_only_is_refused_as_collinear() -> None:
    cell = np.repeat(["a", "b"], 60)
    distance = np.tile(np.geomspace(100, 1000, 60), 2)
    with pytest.raises(NotComputable, match="variance inflation"):
        _fit(_line(distance, cell=cell, device=np.repeat(["p", "q"], 60)), per_cell=True, per_device=True)
    mixed = _line(distance, cell=cell, device=np.tile(["p", "q"], 60))
    assert len(_fit(mixed, per_cell=True, per_device=True).devices) == 2


def test_samples_of_one_street_corner_are_refused() -> None:
    of = _line(np.geomspace(100, 1000, 200), x_m=np.linspace(0.0, 60.0, 200))
    with pytest.raises(NotComputable, match=r"independent stretches .* hint|independent stretches"):
        _fit(of, block_m=50.0)


def test_mostly_cut_off_samples_are_refused() -> None:
    of = drive(0, floor_dbm=-95.0)
    with pytest.raises(NotComputable, match="at the floor; allowed: at most 50%"):
        _fit(of, floor_dbm=-95.0)


def test_a_class_that_cannot_tell_is_named_and_the_others_are_kept() -> None:
    clutter = np.array(["open"] * 90 + ["water"] * 10)
    of = _line(np.geomspace(100, 1000, 100), clutter=clutter)
    found = calibrate(of, CalibrateOptions(replicates=100), np.random.default_rng(1))
    assert [f.name for f in found.classes] == ["open"]
    assert found.refused[0].name == "water"
    assert "10 samples" in found.refused[0].reason
    assert "30" in found.refused[0].needed


@pytest.mark.parametrize(
    ("name", "value"), [("resample", "street"), ("replicates", 99), ("confidence", 1.0), ("floor_dbm", -157.0)]
)
def test_options_outside_their_limits_are_refused(name: str, value: object) -> None:
    with pytest.raises(BadInput):
        CalibrateOptions(**{name: value})  # type: ignore[arg-type]


@pytest.mark.parametrize("bad", [{"distance_m": [0.0]}, {"rsrp_dbm": [np.nan]}, {"cell": ["a", "b"]}])
def test_arrays_that_do_not_fit_are_refused(bad: dict[str, object]) -> None:
    whole: dict[str, object] = {
        "cell": ["a"], "x_m": [0.0], "y_m": [0.0], "distance_m": [1.0], "predicted_dbm": [-80.0],
        "path_loss_db": [100.0], "rsrp_dbm": [-80.0],
    }  # fmt: skip
    with pytest.raises(BadInput):
        links(**{**whole, **bad})  # type: ignore[arg-type]
