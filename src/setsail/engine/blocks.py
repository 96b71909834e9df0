"""Where blocks of a raster are computed: threads of this process, or the workers of a Dask scheduler."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from itertools import islice
from types import TracebackType
from typing import Any, TypeVar

from setsail.base.errors import BadInput
from setsail.base.extras import require

T = TypeVar("T")
R = TypeVar("R")
THREADS = "threads"
ALLOWED = "threads, threads:N, or dask://host:port of a Dask scheduler"
AHEAD = 3
"""Blocks in hand per worker: enough that none waits, few enough that memory stays bounded."""
CONNECT_S = 10


class Blocks:
    """An executor that maps one function over many blocks and gives each outcome as soon as it is there."""

    def __init__(self, name: str, executor: Executor, workers: int, close: Callable[[], Any]) -> None:
        self.name, self.workers = name, workers
        self._executor, self._close = executor, close

    def map(self, work: Callable[[T], R], blocks: Iterable[T]) -> Iterator[tuple[T, R | Exception]]:
        """Each block with its result or with what it raised, in the order of completion.

        At most `AHEAD` blocks per worker are in hand, so `blocks` may be a long generator.
        """
        left = iter(blocks)
        running: dict[Future[R], T] = {}
        while True:
            for block in islice(left, self.workers * AHEAD - len(running)):
                running[self._executor.submit(work, block)] = block
            if not running:
                return
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                block = running.pop(future)
                yield block, outcome(future)

    def close(self) -> None:
        """Ends the executor; blocks that have not begun are dropped."""
        self._close()

    def __enter__(self) -> Blocks:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, tb: TracebackType | None) -> None:
        self.close()


def outcome(future: Future[Any]) -> Any:  # noqa: ANN401 - what the work of the block gives, or its error
    """The result of a future, or the error of its work; an interrupt goes on."""
    try:
        return future.result()
    except Exception as err:  # whatever a block raises is told with the block
        return err


def open_blocks(address: str | None = None) -> Blocks:
    """The executor at an address: None or `threads` for all cores of this process, `threads:N`, `dask://host:port`.

    Raises BadInput (no such address, no answer, no workers), MissingExtra (the client is not installed).
    """
    told = address or THREADS
    if told.split(":", maxsplit=1)[0] == THREADS:
        return _threads(told)
    if told.startswith("dask://"):
        return _dask(told)
    raise BadInput(f"is {told!r}", where="--engine", allowed=ALLOWED)


def _threads(address: str) -> Blocks:
    _, _, text = address.partition(":")
    if text and not (text.isdecimal() and 1 <= int(text) <= 1024):
        raise BadInput(f"asks for {text!r} threads", where="--engine", allowed="1 to 1024")
    count = int(text) if text else len(os.sched_getaffinity(0))
    pool = ThreadPoolExecutor(count, thread_name_prefix="setsail-block")
    return Blocks(THREADS, pool, count, lambda: pool.shutdown(wait=True, cancel_futures=True))


def _dask(address: str) -> Blocks:
    distributed = require("distributed", "dask")
    try:
        client = distributed.Client("tcp://" + address.removeprefix("dask://"), timeout=CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as err:
        raise BadInput(
            f"does not answer ({type(err).__name__})", where=address, allowed=ALLOWED, hint="is the scheduler running?"
        ) from err
    workers = sum(client.nthreads().values())
    if not workers:
        client.close()
        raise BadInput("has no workers", where=address, hint="start one: dask worker tcp://host:port")
    executor = client.get_executor(pure=False, retries=0)

    def close() -> None:
        executor.shutdown(wait=False)
        client.close()

    return Blocks(address, executor, workers, close)
