"""The sparse relation against all pairs computed plainly."""

from __future__ import annotations

import numpy as np
import pytest

from setsail.base.errors import UnknownName
from setsail.design.siting.configurations import band_choice, configurations
from setsail.design.siting.coverage import Coverage, coverage
from setsail.design.siting.inputs import Candidates, Demand
from setsail.design.siting.options import RadioChoice
from setsail.radio.antenna.frame import Mounting, gain_towards_dbi
from setsail.radio.pathloss.los import los_probability
from setsail.radio.pathloss.scenarios import link
from setsail.radio.pathloss.tr38901 import path_loss

CRS = "EPSG:32650"


def towns(seed: int, sites: int = 4, points: int = 300) -> tuple[Candidates, Demand]:
    rng = np.random.default_rng(seed)
    lon, lat = rng.uniform(117.0, 117.05, sites), rng.uniform(30.0, 30.04, sites)
    given = Candidates(
        tuple(f"s{k}" for k in range(sites)), lon, lat, rng.choice([20.0, 30.0], sites), np.zeros(sites, dtype=bool),
        np.zeros(sites, dtype=np.int64), (("n28", "n78"),) * sites, (("low", "high"),) * sites,
        rng.uniform(0, 90, sites), {},
    )  # fmt: skip
    wanted = Demand(
        tuple(map(str, range(points))), rng.uniform(116.99, 117.06, points), rng.uniform(29.99, 30.05, points),
        np.ones(points),
    )  # fmt: skip
    return given, wanted


def plainly(
    given: Candidates, wanted: Demand, *, site: int, band: str, tilt_deg: float, radio: RadioChoice
) -> set[int]:
    import pyproj

    move = pyproj.Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
    x, y = move.transform(wanted.lon, wanted.lat)
    x0, y0 = move.transform(given.lon[site], given.lat[site])
    choice = band_choice(band)
    one = link("uma", "los", choice.budget.carrier.fc_hz, h_bs_m=given.height_m[site], h_ut_m=1.5)
    found = set()
    for j in range(len(wanted)):
        dx, dy = x[j] - x0, y[j] - y0
        d = max(float(np.hypot(dx, dy)), 10.0)
        if d > radio.reach_m:
            continue
        share = float(los_probability("uma", d, h_ut_m=1.5).probability[0])
        los, nlos = (path_loss(one.with_condition(c), d, extrapolate=True).loss_db[0] for c in ("los", "nlos"))
        loss = share * los + (1 - share) * nlos
        gain = max(
            float(gain_towards_dbi(choice.antenna, Mounting.compass((given.azimuth_deg[site] + a) % 360, tilt_deg),
                                   dx, dy, 1.5 - given.height_m[site]))
            for a in (0, 120, 240)
        )  # fmt: skip
        if choice.budget.power_per_re_dbm + gain - loss >= radio.threshold_dbm + radio.margin_db:
            found.add(j)
    return found


def test_sparse_coverage_equals_all_pairs_computed_plainly() -> None:
    given, wanted = towns(1)
    radio = RadioChoice(crs=CRS)
    found = configurations(given)
    sparse = coverage(given, wanted, found, radio)
    sizes = []
    for c in range(len(found)):
        band = found.bands[found.band[c]]
        expected = plainly(
            given, wanted, site=int(found.site[c]), band=band, tilt_deg=float(found.tilt_deg[c]), radio=radio
        )
        assert set(sparse.of(c)) == expected
        sizes.append(len(expected))
    assert min(sizes) > 0
    assert max(sizes) < len(wanted)


def test_stricter_threshold_covers_a_part_of_what_the_looser_one_covers() -> None:
    given, wanted = towns(2)
    found = configurations(given)
    loose, strict = (coverage(given, wanted, found, RadioChoice(margin_db=m)) for m in (0.0, 15.0))
    assert all(set(strict.of(c)) <= set(loose.of(c)) for c in range(len(found)))
    assert strict.point.size < loose.point.size


def test_nothing_is_covered_beyond_the_reach_asked_for() -> None:
    given, wanted = towns(3)
    found = configurations(given)
    near = coverage(given, wanted, found, RadioChoice(reach_m=300.0, crs=CRS))
    far = coverage(given, wanted, found, RadioChoice(crs=CRS))
    assert near.point.size < far.point.size
    assert all(set(near.of(c)) <= set(far.of(c)) for c in range(len(found)))


def test_point_at_the_foot_of_a_mast_is_computed() -> None:
    given, wanted = towns(4, sites=1, points=1)
    there = Demand(("foot",), given.lon, given.lat, np.ones(1))
    found = configurations(given)
    assert coverage(given, there, found, RadioChoice()).points == 1
    flat = Candidates(**{f: getattr(given, f) for f in Candidates.__dataclass_fields__} | {"height_m": np.array([1.5])})
    assert len(coverage(flat, there, found, RadioChoice())) == len(found)
    del wanted


def test_heights_that_the_model_is_not_stated_for_are_noted() -> None:
    given, wanted = towns(5)
    assert any(
        "the model is stated for 25 m" in n for n in coverage(given, wanted, configurations(given), RadioChoice()).notes
    )


def test_sums_in_pieces_equal_sums_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    held = [np.sort(rng.choice(50, rng.integers(0, 30), replace=False)).astype(np.int32) for _ in range(40)]
    first = np.concatenate([[0], np.cumsum([p.size for p in held])]).astype(np.int64)
    relation, weight = Coverage(first, np.concatenate(held), 50), rng.random(50)
    monkeypatch.setattr("setsail.design.siting.coverage.CHUNK", 7)
    assert relation.sums(weight) == pytest.approx([weight[p].sum() for p in held], abs=1e-12)
    assert relation.largest(weight).tolist() == [weight[p].max() if p.size else 0.0 for p in held]


def test_band_without_a_downlink_is_refused() -> None:
    with pytest.raises(UnknownName, match="no downlink"):
        band_choice("n80")


def test_carrier_of_a_narrow_band_is_the_widest_that_fits() -> None:
    assert band_choice("n28").budget.carrier.bandwidth_hz == 10e6
    assert band_choice("n34").budget.carrier.bandwidth_hz <= 15e6
    assert band_choice("n78").budget.carrier.bandwidth_hz == 100e6
