"""The benchmarks of the floor and against CRRM run at their small size; they hold their own agreement."""

from __future__ import annotations

import pytest

pytest.importorskip("numba", reason="needs the extra 'radio'")

from benchmarks import crrm, floor


def test_the_floor_benchmark_runs_and_agrees_with_its_twin() -> None:
    rows = floor.run("smoke")
    assert [row["case"] for row in rows] == [
        "floor_free-space_normal", "floor_inh-los_normal", "floor_free-space_oblique"
    ]  # fmt: skip
    for row in rows:
        assert row["largest_error_db"] <= floor.AGREEMENT_DB
        assert row["ratio"] > 1.0


@pytest.mark.parametrize("state", ["los", "nlos"])
def test_uma_path_loss_is_that_of_crrm(state: str) -> None:
    pytest.importorskip("CRRM", reason="the peer is in the developers' environment")
    ours, peer = crrm.ours(40, 25, state), crrm.peer(40, 25, state)
    assert ours["shown"] == pytest.approx(peer["shown"], abs=1e-9)
    assert peer["name"].startswith("CRRM 2.")


@pytest.mark.slow
def test_the_benchmark_against_crrm_runs() -> None:
    pytest.importorskip("CRRM", reason="the peer is in the developers' environment")
    rows = crrm.run("smoke")
    assert [row["case"] for row in rows] == ["crrm_uma_los", "crrm_uma_nlos"]
    assert all(row["largest_difference_db"] <= crrm.AGREEMENT_DB for row in rows)
