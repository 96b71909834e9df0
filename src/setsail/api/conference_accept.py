"""Tests of a site's link, and its acceptance on a call."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from setsail.base.record import Record


def conference_link_test(
    target: str,
    *,
    seconds: float = 10.0,
    interval_ms: float = 20.0,
    dscp: int = 0,
    octets: int = 172,
    ptp: bool = False,
    shared_clock: bool = False,
    key: bytes | None = None,
    up_kbps: float = 0.0,
    down_kbps: float = 0.0,
) -> Record:
    """What a link does to STAMP packets, and to UDP at a rate where one is given; `answered` is False in silence.

    target : HOST:PORT of a reflector. Raises BadInput, OutOfRange.
    """
    from setsail.conference.accept.datagrams import host_port
    from setsail.conference.accept.stamp import LinkOrder, link_test
    from setsail.conference.accept.stamp_wire import DEFAULT_PORT
    from setsail.conference.accept.udp_rate import RateOrder, rate_test

    host, port = host_port(target, "TARGET", DEFAULT_PORT)
    rates = RateOrder(1e3 * up_kbps, 1e3 * down_kbps, dscp=dscp)
    rates.require()
    order = LinkOrder(
        seconds, interval_ms, dscp, octets, form="ptp" if ptp else "ntp", shared_clock=shared_clock, key=key
    )
    found = link_test(host, port, order)
    told: Record = {"target": target, "answered": found.received > 0, **asdict(found)}
    if up_kbps or down_kbps:
        told["rate"] = asdict(rate_test(host, port, rates))
    return told


def conference_reflector(
    listen: str,
    *,
    seconds: float,
    stateful: bool = True,
    key: bytes | None = None,
    rates: bool = True,
    ready: Callable[[str], None] = lambda _: None,
    stopped: Callable[[], bool] = lambda: False,
) -> Record:
    """Answers link tests at an address for some seconds, then says how many.

    rates : rate tests too;  ready : called with the address once it listens. Raises BadInput, OutOfRange.
    """
    import time

    from setsail.base.limits import Limit
    from setsail.conference.accept import datagrams
    from setsail.conference.accept.rate_peer import RatePeer
    from setsail.conference.accept.reflector import Reflector, serve
    from setsail.conference.accept.stamp_wire import DEFAULT_PORT

    Limit("seconds", 1, 604_800, "a reflector ends by itself").require(seconds, "--seconds")
    host, port = datagrams.host_port(listen, "--listen", DEFAULT_PORT)
    reflector, peer = Reflector(stateful=stateful, key=key), RatePeer() if rates else None
    with datagrams.bound(host, port, "--listen") as listening:
        at = _shown(listening.getsockname())
        ready(at)
        serve(listening, reflector, until_s=time.monotonic() + seconds, rates=peer, stopped=stopped)
    return {"listened": at, "told": dict(reflector.told), "rates": dict(peer.told) if peer else None}


def _shown(address: tuple[Any, ...]) -> str:
    host = f"[{address[0]}]" if ":" in address[0] else address[0]
    return f"{host}:{address[1]}"
