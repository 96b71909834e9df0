"""A reflector on the loopback interface for the time of a test, optionally behind a relay that harms packets."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from setsail.conference.accept import datagrams
from setsail.conference.accept.rate_peer import RatePeer
from setsail.conference.accept.reflector import Reflector, serve

Harm = Callable[[int, bytes], list[bytes]]
"""What a relay sends on in place of the n-th packet."""


@contextmanager
def far_end(reflector: Reflector, rates: RatePeer | None = None, host: str = "127.0.0.1") -> Iterator[int]:
    """The port of a reflector that runs until the block ends, 120 s at most."""
    done = threading.Event()
    with datagrams.bound(host, 0, "test") as listening:
        until = time.monotonic() + 120
        kept = {"until_s": until, "rates": rates, "stopped": done.is_set}
        runs = threading.Thread(target=serve, args=(listening, reflector), kwargs=kept)
        runs.start()
        try:
            yield listening.getsockname()[1]
        finally:
            done.set()
            runs.join()


@contextmanager
def relay(port: int, there: Harm, back: Harm) -> Iterator[int]:
    """The port of a relay to `port`: every packet there and back goes through its function."""
    done = threading.Event()
    with datagrams.bound("127.0.0.1", 0, "test") as outer, datagrams.connected("127.0.0.1", port, "test") as inner:

        def run() -> None:
            client: datagrams.Address = ()
            counts = [0, 0]
            while not done.is_set():
                for met in datagrams.waiting(outer, 0.005):
                    client, counts[0] = met.address, counts[0] + 1
                    for packet in there(counts[0] - 1, met.data):
                        inner.send(packet)
                for met in datagrams.waiting(inner, 0.0):
                    counts[1] += 1
                    for packet in back(counts[1] - 1, met.data) if client else ():
                        outer.sendto(packet, client)

        runs = threading.Thread(target=run)
        runs.start()
        try:
            yield outer.getsockname()[1]
        finally:
            done.set()
            runs.join()


def unharmed(_number: int, packet: bytes) -> list[bytes]:
    """The packet itself."""
    return [packet]
