"""Processes that play the sites between them: one alone breaks down near 7,000 packets a second."""

from __future__ import annotations

import contextlib
import json
import queue
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Sequence
from typing import IO, Any, Protocol, TypeVar

from setsail.base.errors import SetSailError
from setsail.conference.call.media import OPUS_FRAME_S

T = TypeVar("T")
MODULE = "setsail.conference.call.worker"
PACKETS_A_SECOND = 4200.0
"""Of one process, in and out: room to 7,000, and few processes share the processor better than many."""
PACKET_BYTES = 1150.0
LEAVE_S = 5.0
Answer = dict[str, Any]


class ShardLost(SetSailError):
    """A process that plays sites ended, or did not answer: a fault of the test, not of the conference."""

    code = "conference-shard-lost"


class Hand(Protocol):
    """Who plays sites by orders: a process here, or a participant elsewhere. ahead_s : its clock less ours."""

    ahead_s: float

    def tell(self, order: Answer) -> None:
        """Gives an order. Raises ShardLost."""

    def answer(self, within_s: float) -> Answer:
        """The answer to the oldest order not answered. Raises ShardLost."""


class Shard:
    """One process. It ends when this object is closed, or when this process ends in whatever way."""

    ahead_s = 0.0

    def __init__(self) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        self._process = subprocess.Popen(  # noqa: S603 - this interpreter and a module of ours
            [sys.executable, "-m", MODULE], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
            start_new_session=True,
        )  # fmt: skip
        self._orders, self._told = _pipes(self._process)
        self._answers: queue.Queue[bytes] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def tell(self, order: Answer) -> None:
        """Gives an order. Raises ShardLost."""
        try:
            self._orders.write(json.dumps(order).encode() + b"\n")
            self._orders.flush()
        except OSError as err:
            raise self._lost("ended") from err

    def answer(self, within_s: float) -> Answer:
        """The answer to the oldest order not answered. Raises ShardLost."""
        try:
            line = self._answers.get(timeout=within_s)
        except queue.Empty as err:
            raise self._lost(f"no answer within {within_s:g} s") from err
        if not line:
            raise self._lost("ended")
        told: Answer = json.loads(line)
        if "error" in told:
            raise ShardLost(": ".join(told["error"]), where=f"process {self.pid}")
        return told

    def close(self) -> None:
        """Its sites leave and it ends; killed where it does not."""
        with contextlib.suppress(OSError):
            self._orders.close()
        try:
            self._process.wait(LEAVE_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._reader.join(LEAVE_S)
        self._told.close()
        self._log.close()

    def _read(self) -> None:
        for line in self._told:
            self._answers.put(line)
        self._answers.put(b"")

    def _lost(self, what: str) -> ShardLost:
        self._log.seek(0)
        last = self._log.read()[-500:].decode(errors="replace").strip().splitlines()[-1:]
        return ShardLost(f"{what}{': ' if last else ''}{''.join(last)}", where=f"process {self.pid}")


def _pipes(process: subprocess.Popen[bytes]) -> tuple[IO[bytes], IO[bytes]]:
    if process.stdin is None or process.stdout is None:
        raise ShardLost("has no pipes", where=f"process {process.pid}")
    return process.stdin, process.stdout


def sites_a_shard(receive: int, fps: int, kbps: float) -> int:
    """How many sites one process plays, each sending a picture and sound and getting `receive` pictures and sound."""
    picture = fps * max(1.0, kbps * 125 / fps / PACKET_BYTES)
    return max(1, int(PACKETS_A_SECOND / ((receive + 1) * picture + 2 / OPUS_FRAME_S)))


def dealt(things: Sequence[T], hands: int) -> list[list[T]]:
    """The things in `hands` parts of nearly equal size, in turn."""
    return [list(things[hand::hands]) for hand in range(hands)]


def ask_all(shards: Iterable[Hand], order: Answer, within_s: float) -> list[Answer]:
    """The answers of all to the same order, given at the same time. Raises ShardLost.

    `begin` of an order is told to each by its own clock.
    """
    asked = list(shards)
    for shard in asked:
        shard.tell({**order, "begin": order["begin"] + shard.ahead_s} if "begin" in order else order)
    return [shard.answer(within_s) for shard in asked]


def close_all(shards: Iterable[Shard]) -> None:
    """All end at the same time."""
    enders = [threading.Thread(target=shard.close) for shard in shards]
    for ender in enders:
        ender.start()
    for ender in enders:
        ender.join()
