"""Whether a service answers on a UDP port: one datagram there, one that fits back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from setsail.conference.server.errors import NoAnswer

Address = tuple[str, int]


async def require_udp_answer(
    address: str, port: int, *, question: Callable[[Address], bytes], fits: Callable[[bytes], bool], where: str,
    within_s: float = 1.0,
) -> None:  # fmt: skip
    """Returns where a datagram comes back that `fits`. Raises NoAnswer, named `where`.

    question : what is sent, by the own address that it is sent from.
    """
    loop = asyncio.get_running_loop()
    heard: asyncio.Future[None] = loop.create_future()

    class Line(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:  # noqa: ARG002 - of the base class
            if not heard.done() and fits(data):
                heard.set_result(None)

        def error_received(self, exc: Exception) -> None:
            if not heard.done():
                heard.set_exception(exc)

    transport, _ = await loop.create_datagram_endpoint(Line, remote_addr=(address, port))
    own = transport.get_extra_info("sockname")
    try:
        transport.sendto(question((str(own[0]), int(own[1]))))
        async with asyncio.timeout(within_s):
            await heard
    except (TimeoutError, OSError) as err:
        raise NoAnswer(f"no answer from {address}:{port}/udp", where=where) from err
    finally:
        transport.close()
