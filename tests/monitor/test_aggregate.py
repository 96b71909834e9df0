from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput, OutOfRange
from setsail.engine import open_engine
from setsail.monitor.aggregate import Quality, activity_by, quality_by, stations_by, suppressed
from setsail.store.expressions import Tables


@pytest.fixture(scope="module")
def tables() -> Iterator[Tables]:
    with open_engine() as opened:
        yield opened


def _cells() -> pa.Table:
    return pa.table(
        {
            "province": ["11", "11", "11", "31", None],
            "band": ["n78", "n78", "n1", "n78", "n78"],
            "site_id": ["a", "a", "b", "c", None],
            "h3": pa.array([1, 1, 2, 3, 4], pa.int64()),
        }
    )


def _samples() -> pa.Table:
    return pa.table(
        {
            "province": ["11"] * 5 + ["31"],
            "rsrp_dbm": [-90.0, -100.0, -100.1, None, -120.0, None],
            "dl_bps": [10.0, 20.0, 30.0, 40.0, None, None],
        }
    )


def test_stations_are_counted_by_rows_sites_and_hexes(tables: Tables) -> None:
    found = tables.run(stations_by(tables.given(_cells()), ["province"])).to_pylist()
    assert found == [
        {"province": "11", "n": 3, "sites": 2, "hexes": 2},
        {"province": "31", "n": 1, "sites": 1, "hexes": 1},
        {"province": None, "n": 1, "sites": None, "hexes": 1},
    ]


def test_stations_without_sites_are_counted_by_rows(tables: Tables) -> None:
    rows = tables.given(_cells().select(["province", "band"]))
    assert tables.run(stations_by(rows, ["band"])).to_pylist() == [{"band": "n1", "n": 1}, {"band": "n78", "n": 4}]


def test_quality_counts_the_threshold_as_covered_and_nulls_nowhere(tables: Tables) -> None:
    first, second = tables.run(quality_by(tables.given(_samples()), ["province"], Quality(-100.0))).to_pylist()
    assert first["province"] == "11"
    assert (first["n"], first["n_rsrp"], first["n_rate"]) == (5, 4, 4)
    assert (first["coverage_share"], first["mean_dl_bps"]) == (0.5, 25.0)
    assert first["low_dl_bps"] == pytest.approx(np.quantile([10.0, 20.0, 30.0, 40.0], 0.05), rel=1e-15)
    assert second == {
        "province": "31", "n": 1, "n_rsrp": 0, "n_rate": 0, "coverage_share": None, "mean_dl_bps": None,
        "low_dl_bps": None,
    }  # fmt: skip


@pytest.mark.parametrize("threshold", [-156.0, -31.0])
def test_threshold_at_its_limits_is_accepted(threshold: float) -> None:
    assert Quality(threshold).threshold_dbm == threshold


@pytest.mark.parametrize("threshold", [-156.1, -30.9])
def test_threshold_outside_its_limits_is_refused(threshold: float) -> None:
    with pytest.raises(OutOfRange):
        Quality(threshold)


def test_column_that_is_not_there_is_named(tables: Tables) -> None:
    with pytest.raises(BadInput, match="'region'"):
        stations_by(tables.given(_cells()), ["region"])
    with pytest.raises(BadInput, match="'rsrp_dbm'"):
        quality_by(tables.given(_cells()), ["province"], Quality(-100.0))
    with pytest.raises(BadInput, match="integers"):
        activity_by(tables.given(_samples()), ["province"], "dl_bps")


def _groups(counts: list[int | None], parent: str = "p") -> pa.Table:
    names = [f"g{i}" for i in range(len(counts))]
    return pa.table(
        {
            "parent": [parent] * len(counts),
            "group": names,
            "n": pa.array(counts, pa.int64()),
            "rate": [float(i) for i in range(len(counts))],
        }
    )


def _hidden(tables: Tables, groups: pa.Table, k: int) -> dict[str, bool]:
    found = tables.run(suppressed(tables.given(groups), ["group"], k=k, within=["parent"])).to_pylist()
    for row in found:
        assert (row["n"] is None) == (row["rate"] is None) == row["suppressed"]
    return {row["group"]: row["suppressed"] for row in found}


def test_group_just_under_k_is_hidden_and_one_at_k_is_shown(tables: Tables) -> None:
    found = _hidden(tables, _groups([9, 10, 5, 4, 11, 100]), 10)
    assert found == {"g0": True, "g1": False, "g2": True, "g3": True, "g4": False, "g5": False}


def test_single_hidden_group_takes_the_next_smallest_with_it(tables: Tables) -> None:
    """Else the published total less the figures shown is the hidden figure."""
    assert _hidden(tables, _groups([3, 500, 40]), 10) == {"g0": True, "g1": False, "g2": True}


def test_hidden_groups_that_are_few_together_take_another(tables: Tables) -> None:
    found = _hidden(tables, _groups([1, 2, 30, 40]), 10)
    assert found == {"g0": True, "g1": True, "g2": True, "g3": False}


def test_group_that_was_not_counted_is_hidden(tables: Tables) -> None:
    assert _hidden(tables, _groups([None, 30, 40]), 10)["g0"]


def test_nothing_small_hides_nothing(tables: Tables) -> None:
    assert not any(_hidden(tables, _groups([10, 11, 12]), 10).values())


@given(counts=st.lists(st.integers(1, 60), min_size=1, max_size=12), k=st.integers(1, 40))
@settings(deadline=None, max_examples=25)
def test_hidden_figures_of_a_parent_cannot_be_told_from_its_total(tables: Tables, counts: list[int], k: int) -> None:
    flags = _hidden(tables, _groups(list(counts)), k)
    hidden = [count for count, flag in zip(counts, (flags[f"g{i}"] for i in range(len(counts))), strict=True) if flag]
    assert all(count in hidden for count in counts if count < k)
    if hidden and len(hidden) < len(counts):
        assert len(hidden) >= 2
        assert sum(hidden) >= k
    assert bool(hidden) == any(count < k for count in counts)


@pytest.mark.parametrize("k", [0, 1_000_001])
def test_smallest_group_outside_its_limits_is_refused(tables: Tables, k: int) -> None:
    with pytest.raises(OutOfRange):
        suppressed(tables.given(_groups([1])), ["group"], k=k)
