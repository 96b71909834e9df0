from __future__ import annotations

import re
from dataclasses import replace
from functools import cache

import numba as nb
import numpy as np
import pyarrow as pa
import pytest

from setsail.base.arrays import F64
from setsail.radio.coverage import kernels, twin
from setsail.radio.coverage.arrays import DB_PER_LOG2, carriers
from setsail.radio.coverage.block import layer, received, task
from setsail.radio.coverage.cells import cells
from setsail.radio.coverage.fits import FITS
from setsail.radio.coverage.grid import Block
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.coverage.rates import LEVELS
from tests.radio.coverage.samples import SMALL, one_carrier, pixel_centres, small_grid

NO_RATES = np.zeros(LEVELS, dtype=np.uint16)
EVERYWHERE = {"reach_low_m": 50_000.0, "reach_high_m": 50_000.0}


def both(options: CoverageOptions, **columns: object) -> tuple[tuple[F64, ...], tuple[F64, ...]]:
    """The kernel and its reference on all pixels, every mast seen everywhere."""
    usable, carrier = one_carrier(options, **columns)
    made = small_grid()
    reach = np.full(len(carrier.place_m), 50_000.0)
    whole = Block(0, 0, made.height, made.width)
    job = task(made, whole, (layer(carrier, reach, usable.conducted_re_dbm, NO_RATES, NO_RATES),), -100.0, "")
    got = received(job, job.layers[0])
    east, north = pixel_centres(made)
    want = twin.raster(carrier, east.ravel(), north.ravel(), np.arange(len(reach)), threshold_log2=-100.0 / DB_PER_LOG2)
    return tuple(np.asarray(a, dtype=np.float64).ravel() for a in got), tuple(
        np.asarray(a, dtype=np.float64) for a in want
    )


@pytest.mark.parametrize("scenario", ["uma", "umi", "rma"])
@pytest.mark.parametrize("condition", ["expected", "los", "nlos"])
def test_the_kernel_stays_within_a_hundredth_of_a_db_of_float64(scenario: str, condition: str) -> None:
    options = replace(SMALL, scenario=scenario, condition=condition)  # type: ignore[arg-type]
    (best, others, who, count), (best_, others_, who_, count_) = both(options)
    assert np.abs(best - best_).max() * DB_PER_LOG2 < 0.01
    assert np.abs(10 * np.log10(others / others_)).max() < 0.01
    noise = 10 ** (-120.2 / 10)
    sinr, sinr_ = (
        best * DB_PER_LOG2 - 10 * np.log10(others + noise),
        best_ * DB_PER_LOG2 - 10 * np.log10(others_ + noise),
    )
    assert np.abs(sinr - sinr_).max() < 0.01
    assert np.mean(who != who_) < 1e-3
    assert np.mean(count != count_) < 1e-3


@pytest.mark.parametrize("per_mast", [1, 2, 4, 5])
def test_masts_with_any_number_of_cells_agree_with_the_reference(per_mast: int) -> None:
    rng = np.random.default_rng(per_mast)
    place = np.repeat(rng.uniform(0, 0.08, (8, 2)), per_mast, axis=0)[:36]
    n = len(place)
    columns = {
        "lon": 116.35 + place[:, 0], "lat": 39.96 + place[:, 1], "azimuth_deg": rng.uniform(0, 360, n),
        "height_m": np.full(n, 25.0),
    }  # fmt: skip
    usual = {name: rng.uniform(0.2, 0.9, n) for name in ("load",)}
    options = replace(SMALL)
    table = {"cell_id": [str(i) for i in range(n)], "tilt_deg": np.full(n, 5.0), "frequency_hz": np.full(n, 2.6e9)}
    table |= {"eirp_re_dbm": np.full(n, 25.0), "h_beamwidth_deg": np.full(n, 65.0), "v_beamwidth_deg": np.full(n, 10.0)}
    usable, _ = cells(pa.table(table | columns | usual), options)
    (carrier,) = carriers(usable, small_grid(), options)
    made = small_grid()
    reach = np.full(len(carrier.place_m), 50_000.0)
    job = task(
        made, Block(0, 0, 40, 50), (layer(carrier, reach, usable.conducted_re_dbm, NO_RATES, NO_RATES),), -100.0, ""
    )
    best, _, who, _ = received(job, job.layers[0])
    east, north = (a[:40, :50].ravel() for a in pixel_centres(made))
    best_, _, who_, _ = twin.raster(carrier, east, north, np.arange(len(reach)), threshold_log2=-33.0)
    assert np.abs(best.ravel() - best_).max() * DB_PER_LOG2 < 0.01
    assert np.mean(who.ravel() != who_) < 2e-3


def test_an_omnidirectional_cell_has_the_same_level_all_around() -> None:
    options = replace(SMALL)
    (best, *_), (want, *_) = both(
        options, sites=1, azimuth_deg=[None] * 3, h_beamwidth_deg=[360.0] * 3, eirp_re_dbm=[30.0, -20.0, -20.0]
    )
    assert np.abs(best - want).max() * DB_PER_LOG2 < 0.01


def test_a_tile_without_masts_has_no_server() -> None:
    usable, carrier = one_carrier(SMALL)
    made = small_grid()
    far = task(
        made,
        Block(0, 0, 16, 16),
        (layer(carrier, np.full(len(carrier.place_m), 1.0), usable.conducted_re_dbm, NO_RATES, NO_RATES),),
        -100.0,
        "",
    )
    assert not far.layers


@pytest.mark.parametrize("name", list(FITS))
def test_coefficients_are_those_of_the_fit(name: str) -> None:
    stored = np.array(getattr(kernels, name.upper()))
    np.testing.assert_allclose(stored, FITS[name].coefficients(), rtol=2e-6, atol=2e-8)
    assert FITS[name].error(stored) < {"log2": 3e-6, "exp2": 1e-7, "angle": 1e-4, "atan": 1e-5}[name]


@cache
def functions() -> dict[str, object]:
    return {name: nb.njit(getattr(kernels, name).py_func) for name in ("log2", "exp2", "inverse_root")}


def applied(name: str, x: F64) -> F64:
    one = functions()[name]
    return np.array([one(np.float32(v)) for v in x], dtype=np.float64)  # type: ignore[operator]


def test_own_logarithm_exponential_and_root_keep_their_promise() -> None:
    x = np.geomspace(1e-3, 1e12, 4001).astype(np.float32).astype(np.float64)
    assert np.abs(applied("log2", x) - np.log2(x)).max() < 5e-6
    assert np.abs(applied("inverse_root", x) * np.sqrt(x) - 1).max() < 6e-6
    y = np.linspace(-120, 20, 4001).astype(np.float32).astype(np.float64)
    assert np.abs(applied("exp2", y) / np.exp2(y) - 1).max() < 5e-7


def test_the_loop_over_pixels_is_packed_and_calls_no_mathematics_library() -> None:
    both(SMALL)
    fresh = nb.njit(nogil=True, fastmath=kernels.FLAGS, error_model="numpy")(kernels.tiles.py_func)
    fresh.compile(kernels.tiles.signatures[0])  # code from the cache cannot be looked at
    text = "\n".join(fresh.inspect_asm().values())
    assert len(re.findall(r"vfmadd\d+ps|vmulps|mulps|fmla\s+v", text)) > 20
    assert not re.findall(r"vfmadd\d+ss|vmulss", text), "a loop fell back to one pixel at a time"
    called = set(re.findall(r"(?:call\w*\s+|movabsq\s+\$)\*?([A-Za-z_.]\w*)", text))
    assert not {name for name in called if re.fullmatch(r"(_+)?(log|exp|pow|atan|acos|sin|cos|hypot|sqrt)\w*", name)}


def test_bins_hold_every_mast_within_reach_and_no_other() -> None:
    rng = np.random.default_rng(5)
    place, reach = rng.uniform(-3_000, 13_000, (60, 2)), rng.uniform(100, 5_000, 60)
    side, rows, cols = 700.0, 11, 13
    starts, members = kernels.bins(place, reach, 0.0, 7_700.0, side, rows, cols)
    for t in range(rows * cols):
        west, north = t % cols * side, 7_700.0 - t // cols * side
        dx = np.maximum(np.maximum(west - place[:, 0], place[:, 0] - west - side), 0)
        dy = np.maximum(np.maximum(north - side - place[:, 1], place[:, 1] - north), 0)
        assert members[starts[t] : starts[t + 1]].tolist() == np.flatnonzero(np.hypot(dx, dy) <= reach).tolist()
