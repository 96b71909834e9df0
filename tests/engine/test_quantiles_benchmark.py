"""The benchmark of quantiles, untimed: both sides tell the same, and a difference would be told."""

from __future__ import annotations

import sys

import pytest
from benchmarks import quantiles
from benchmarks.measure import measure


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    root = tmp_path_factory.mktemp("benchmark") / "workspace"
    return [str(path) for path in quantiles.make(root, 20_000)]


def test_both_sides_of_the_benchmark_agree(files: list[str]) -> None:
    ours, peer = quantiles.ours(files), quantiles.peer(files)
    assert len(ours) == quantiles.REGIONS * quantiles.OPERATORS
    quantiles.require_equal(ours, peer)


@pytest.mark.parametrize("column", [2, 7])
def test_figures_that_differ_are_refused(files: list[str], column: int) -> None:
    ours = quantiles.ours(files)
    other = [list(row) for row in ours]
    other[5][column] = other[5][column] * (1 + 1e-9) + (column == 2)
    with pytest.raises(ValueError, match="is not"):
        quantiles.require_equal(ours, other)


def test_measured_process_does_not_count_the_memory_of_its_parent(files: list[str]) -> None:
    ballast = bytearray(400 << 20)
    ballast[::4096] = b"x" * len(ballast[::4096])
    met = measure("json:dumps", {"obj": 1}, repeats=1)
    assert met["result"] == "1"
    assert 5 < met["peak_mb"] < 100
    assert sys.getsizeof(ballast) > 400 << 20


def test_measured_process_that_fails_says_why() -> None:
    with pytest.raises(RuntimeError, match="no_such_module"):
        measure("no_such_module:f", {}, repeats=0)
