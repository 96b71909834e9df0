"""The benchmark of the indoor design runs at its small size and holds its own agreement."""

from __future__ import annotations

import pytest

pytest.importorskip("numba", reason="needs the extra 'site'")

from benchmarks import indoor, large


def test_a_move_is_a_whole_run_done_faster() -> None:
    (row,) = indoor.run("smoke")
    assert row["ratio"] > 1.0
    assert row["facts"] > 0
    assert 0.0 <= row["gap_ratio"] <= 0.2  # a head for position errors is not in the bound


def test_a_design_is_measured_beside_the_plain_twin() -> None:
    (row,) = large.run("smoke")
    assert row["largest_error_db"] <= large.AGREEMENT_DB
    assert row["ratio"] > 1.0
    assert row["heads"] > 0
