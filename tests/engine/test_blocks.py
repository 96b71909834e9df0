from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput
from setsail.engine.blocks import AHEAD, open_blocks
from setsail.radio.coverage.grid import Block
from setsail.radio.coverage.study import run
from tests.radio.coverage.samples import SMALL, contents, network, small_study
from tests.radio.coverage.test_study import Failing


@pytest.fixture(scope="module")
def scheduler() -> Iterator[str]:
    """A loopback scheduler with two worker processes."""
    distributed = pytest.importorskip("distributed")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, host="127.0.0.1", silence_logs=50
        ) as cluster:
            yield cluster.scheduler_address.replace("tcp://", "dask://")


def test_threads_give_every_block_with_its_outcome() -> None:
    with open_blocks("threads:3") as blocks:
        assert blocks.workers == 3
        assert dict(blocks.map(lambda x: x * x, range(100))) == {x: x * x for x in range(100)}


def test_a_block_that_raises_is_given_with_its_error_and_the_others_go_on() -> None:
    with open_blocks("threads:2") as blocks:
        got = dict(blocks.map(lambda x: 1 // x, [0, 1, 2]))
    assert isinstance(got[0], ZeroDivisionError)
    assert (got[1], got[2]) == (1, 0)


def test_blocks_are_taken_only_a_little_ahead() -> None:
    """A generator of millions of blocks is never drained into memory."""
    taken, gate = [], threading.Event()

    def many() -> Iterator[int]:
        for i in range(1_000):
            taken.append(i)
            yield i

    with open_blocks("threads:2") as blocks:
        results = blocks.map(lambda x: gate.wait() and x, many())
        threading.Timer(0.05, gate.set).start()
        next(results)
        assert len(taken) <= 2 * AHEAD
        assert len(list(results)) == 999


@pytest.mark.parametrize("address", ["ray://x", "threads:0", "threads:-1", "threads:x", "threads:1025", "dask", ""])
def test_an_address_that_is_none_is_refused_with_what_is_allowed(address: str) -> None:
    if address == "":
        with open_blocks(address) as blocks:
            assert blocks.name == "threads"
        return
    with pytest.raises(BadInput, match="--engine"):
        open_blocks(address)


@pytest.mark.filterwarnings("ignore")
def test_a_scheduler_that_does_not_answer_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("distributed")
    monkeypatch.setattr("setsail.engine.blocks.CONNECT_S", 0.2)
    with pytest.raises(BadInput, match=r"dask://127\.0\.0\.1:1: does not answer"):
        open_blocks("dask://127.0.0.1:1")


@pytest.mark.filterwarnings("ignore")
def test_threads_and_two_dask_workers_give_the_same_bytes(scheduler: str, tmp_path: Path) -> None:
    for name, address in (("threads", "threads:2"), ("dask", scheduler)):
        with open_blocks(address) as blocks:
            done = run(small_study(network(20)), tmp_path / name, blocks)
            assert done.failed == 0
            assert done.computed == 9
    assert contents(tmp_path / "threads") == contents(tmp_path / "dask")


@pytest.mark.filterwarnings("ignore")
def test_a_tile_that_raises_on_a_worker_is_a_finding_and_the_rest_is_kept(scheduler: str, tmp_path: Path) -> None:
    bad = Block(32, 32, SMALL.block_px, SMALL.block_px).name

    class Broken(Failing):
        def map(self, work: Any, blocks: Any) -> Any:
            from dataclasses import replace

            altered = (replace(b, layers=("not a layer",)) if b.block.name == bad else b for b in blocks)
            yield from engine.map(work, altered)

    with open_blocks(scheduler) as engine:
        got = run(small_study(), tmp_path, Broken())
    assert (got.failed, got.computed) == (1, 8)
    (finding,) = [f for f in got.summary["findings"] if f["code"] == "block-failed"]
    assert finding["where"] == f"block {bad}"
    assert "AttributeError" in finding["what"]
