"""The synthetic country: exact sums, inside the outlines, the same bytes by seed, marked everywhere."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from setsail import api
from setsail.base.errors import BadInput, NotComputable, OutOfRange
from setsail.base.observation import Observations
from setsail.monitor import synthetic
from setsail.standards import facts
from setsail.standards.boundaries import Regions, shipped
from setsail.store.places import Places, h3_cells

STATIONS = 30_000
AT = datetime(2026, 1, 1, tzinfo=UTC)


@cache
def places() -> Places:
    return Places.from_regions(shipped("prefecture"))


@cache
def table(stations: int = STATIONS, seed: int = 1) -> pa.Table:
    plan = synthetic.country(facts.observations(), stations)
    rng = np.random.default_rng(seed)
    return pa.Table.from_batches(synthetic.batches(plan, places(), rng), synthetic.SCHEMA)


def counted(column: str) -> Counter[Any]:
    return Counter(table().column(column).to_pylist())


def test_provinces_hold_their_published_share_to_the_station() -> None:
    published = synthetic.province_totals(facts.observations())
    assert len(published) == 31
    assert sum(published.values()) == 4_252_000
    got = counted("province")
    assert sum(got.values()) == STATIONS
    for code, value in published.items():
        assert abs(got[code] - value / 4_252_000 * STATIONS) < 1


def test_stations_of_the_published_number_equal_the_published_figures() -> None:
    plan = synthetic.country(facts.observations(), 4_252_000)
    assert plan.counts == synthetic.province_totals(facts.observations())


def test_openings_follow_the_published_totals_of_the_country() -> None:
    opened = np.sort(table().column("opened").to_numpy())
    known = {o.period.text: o.value for o in facts.observations().of("base_stations_5g", "CN")}
    for month in ("2020-12", "2021-12", "2022-12", "2023-12", "2024-12"):
        until = np.count_nonzero(opened <= np.datetime64(month, "M"))
        assert abs(until - known[month] / known["2024-12"] * STATIONS) <= 0.5


def test_every_province_opens_at_the_pace_of_the_country() -> None:
    frame = table().select(["province", "opened"]).to_pandas()
    early = frame.groupby("province")["opened"].apply(lambda d: (d.astype(str) <= "2022-12-01").mean())
    np.testing.assert_allclose(early, 2312 / 4251, atol=0.03)  # the golden step mixes to a few stations in a hundred


def test_stations_stand_inside_the_outline_they_are_counted_in() -> None:
    rows = table()
    prefectures, provinces = shipped("prefecture"), shipped("province")
    lon, lat = rows.column("lon").to_numpy(), rows.column("lat").to_numpy()
    for column, regions in (("prefecture", prefectures), ("province", provinces)):
        codes = rows.column(column).to_numpy()
        for code in np.unique(codes):
            here = codes == code
            assert np.all(shapely.intersects_xy(regions.of(int(code)), lon[here], lat[here]))


def test_h3_ids_are_those_of_the_points() -> None:
    rows = table()
    cells = h3_cells(rows.column("lon").to_numpy(), rows.column("lat").to_numpy())
    np.testing.assert_array_equal(rows.column("h3").to_numpy(), cells)


def test_cell_ids_are_unique_and_every_row_is_marked() -> None:
    assert len(set(table().column("cell_id").to_pylist())) == STATIONS
    assert counted("mark") == {"synthetic": STATIONS}
    assert counted("mcc") == {999: STATIONS}
    assert all(name.startswith("synthetic-operator-") for name in counted("operator"))


def test_operators_and_bands_keep_their_declared_shares() -> None:
    pairs = Counter(zip(table().column("operator").to_pylist(), table().column("band").to_pylist(), strict=True))
    assert set(pairs) == {(c.operator, c.band) for c in synthetic.choices()}
    for choice in synthetic.choices():
        spread = 5 * np.sqrt(choice.share * (1 - choice.share) / STATIONS)  # five standard deviations
        assert abs(pairs[choice.operator, choice.band] / STATIONS - choice.share) < spread


def test_same_seed_gives_the_same_rows_and_another_seed_others() -> None:
    plan = synthetic.country(facts.observations(), 2000)
    made = [pa.Table.from_batches(synthetic.batches(plan, places(), np.random.default_rng(seed))) for seed in (3, 3, 4)]
    assert made[0].equals(made[1])
    assert not made[0].equals(made[2])


def test_stations_gather_around_the_middles_of_prefectures() -> None:
    rows = table()
    hangzhou = shipped("prefecture").of(330100)
    here = rows.column("prefecture").to_numpy() == 330100
    lon, lat = rows.column("lon").to_numpy()[here], rows.column("lat").to_numpy()[here]
    near = shapely.intersects_xy(hangzhou.centroid.buffer(0.2 * np.sqrt(hangzhou.area)), lon, lat)
    assert near.mean() > 2 * np.pi * 0.04  # a disc of 13 % of the area holds more than twice its even share


@given(
    weights=st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any),
    total=st.integers(0, 10**7),
)
def test_largest_remainder_adds_up_and_stays_within_one(weights: list[int], total: int) -> None:
    exact = np.array(weights, dtype=np.float64) / sum(weights) * total
    parts = synthetic.largest_remainder(np.array(weights, dtype=np.float64), total)
    assert parts.sum() == total
    assert np.all(np.abs(parts - exact) < 1 + 1e-6)


@pytest.mark.parametrize("stations", [1, 31, 97])
def test_few_stations_still_add_up(stations: int) -> None:
    plan = synthetic.country(facts.observations(), stations)
    rows = sum(b.num_rows for b in synthetic.batches(plan, places(), np.random.default_rng(0)))
    assert rows == stations == plan.opened[-1]


@pytest.mark.parametrize("stations", [0, -5, 200_000_001])
def test_impossible_number_of_stations_is_refused(stations: int) -> None:
    with pytest.raises(OutOfRange):
        synthetic.country(facts.observations(), stations)


def test_missing_totals_are_named() -> None:
    with pytest.raises(NotComputable, match="by province"):
        synthetic.country(Observations(()), 100)


def test_province_without_outline_is_named() -> None:
    whole = shipped("prefecture")
    few = Regions("prefecture", whole.adcode[:1], whole.parent[:1], ("A",), ("",), whole.shape[:1], "wgs84", "test")
    plan = synthetic.country(facts.observations(), 100)
    with pytest.raises(NotComputable, match="no outline of a prefecture of 120000"):
        list(synthetic.batches(plan, Places.from_regions(few), np.random.default_rng(0)))


def test_stored_set_says_synthetic_and_has_the_same_hash_each_time(tmp_path: Path) -> None:
    made = [api.data_synthesise(tmp_path / k, stations=500, seed=7, recorded_at=AT, actor="test") for k in "ab"]
    assert made[0] == made[1]
    assert made[0]["name"] == "synthetic-500-7"
    assert made[0]["synthetic"] is True
    assert made[0]["mark"] == "synthetic"


def test_name_that_hides_the_mark_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="the word synthetic"):
        api.data_synthesise(tmp_path, stations=10, seed=1, name="stations", recorded_at=AT, actor="test")
    assert not list(tmp_path.iterdir())
