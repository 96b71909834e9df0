"""Delay, loss, order and jitter from what was sent and what came back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

MS = 1e-6
JITTER = "RFC 3550 cl. 6.4.1, on round trips without the reflector's own time"


@dataclass(frozen=True, slots=True)
class Heard:
    """One reply. asked, number : sequence numbers of request and reply;  at_ns : heard here;  received_ns,
    replied_ns : at the reflector, by its clock;  dscp_there, dscp_back : seen by the reflector and by us.
    """

    asked: int
    number: int
    at_ns: int
    received_ns: int
    replied_ns: int
    ttl: int
    dscp_there: int | None
    dscp_back: int | None
    synchronised: bool


@dataclass(frozen=True, slots=True)
class Spread:
    """Least, mean, median, 95th percentile (nearest rank) and greatest [ms]."""

    min_ms: float
    mean_ms: float
    p50_ms: float
    p95_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What a link test found.

    lost_there, lost_back : by direction, None where the reflector does not number its replies by itself (or one
    cannot tell);  rtt : without the time inside the reflector;  one_way : there and back, None without a shared clock;
    jitter_ms : by `jitter_method`;  ipdv_p95_ms : of packets in succession (RFC 3393), absolute;  dscp_kept : None
    where nobody could tell;  strange : datagrams that were no reply to a packet of this test.
    """

    sent: int
    received: int
    lost: int
    loss_ratio: float
    duplicates: int
    reordered: int
    lost_there: int | None
    lost_back: int | None
    rtt: Spread | None
    jitter_ms: float | None
    jitter_method: str
    ipdv_p95_ms: float | None
    one_way_there: Spread | None
    one_way_back: Spread | None
    dscp: int
    dscp_there: tuple[int, ...]
    dscp_back: tuple[int, ...]
    dscp_kept: bool | None
    ttl: int | None
    strange: int


def result(
    sent_ns: Sequence[int], heard: Sequence[Heard], dscp: int, *, shared_clock: bool, strange: int
) -> LinkResult:
    """What a test found. sent_ns : (n,) when each packet left;  heard : in the order of arrival, duplicates too."""
    first: dict[int, Heard] = {}
    for one in heard:
        first.setdefault(one.asked, one)
    lost = len(sent_ns) - len(first)
    there, back = _by_direction(first, len(sent_ns))
    rtts = {n: (h.at_ns - sent_ns[n] - (h.replied_ns - h.received_ns)) * MS for n, h in sorted(first.items())}
    steps = [abs(rtts[n] - rtts[n - 1]) for n in rtts if n - 1 in rtts]
    return LinkResult(
        sent=len(sent_ns),
        received=len(first),
        lost=lost,
        loss_ratio=lost / len(sent_ns) if sent_ns else 0.0,
        duplicates=len(heard) - len(first),
        reordered=reordered([h.asked for h in first.values()]),
        lost_there=there,
        lost_back=back,
        rtt=spread(list(rtts.values())),
        jitter_ms=interarrival_jitter(list(rtts.values())),
        jitter_method=JITTER,
        ipdv_p95_ms=percentile(steps, 0.95) if steps else None,
        one_way_there=spread([(h.received_ns - sent_ns[n]) * MS for n, h in first.items()]) if shared_clock else None,
        one_way_back=spread([(h.at_ns - h.replied_ns) * MS for h in first.values()]) if shared_clock else None,
        dscp=dscp,
        dscp_there=_seen(h.dscp_there for h in first.values()),
        dscp_back=_seen(h.dscp_back for h in first.values()),
        dscp_kept=_kept(first.values(), dscp),
        ttl=min((h.ttl for h in first.values()), default=None),
        strange=strange,
    )


def spread(values: Sequence[float]) -> Spread | None:
    """The five figures of values [ms], None of none."""
    if not values:
        return None
    mean = math.fsum(values) / len(values)
    return Spread(min(values), mean, percentile(values, 0.5), percentile(values, 0.95), max(values))


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of all do not exceed (nearest rank). values : not empty."""
    return sorted(values)[max(0, math.ceil(share * len(values) - 1e-9) - 1)]


def interarrival_jitter(transits: Sequence[float]) -> float | None:
    """J of RFC 3550 after the last of the transit times, in their unit; None of fewer than two.

    Source: RFC 3550, cl. 6.4.1: J += (|D| - J) / 16.
    """
    if len(transits) < 2:
        return None
    found = 0.0
    for before, after in pairwise(transits):
        found += (abs(after - before) - found) / 16.0
    return found


def reordered(arrivals: Sequence[int]) -> int:
    """How many arrived after one with a greater number. Source: RFC 4737, cl. 3.3 (Type-P-Reordered)."""
    found, expected = 0, -1
    for number in arrivals:
        found += number < expected
        expected = max(expected, number)
    return found


def _by_direction(first: dict[int, Heard], sent: int) -> tuple[int | None, int | None]:
    """Losses there and back, told by the numbers of a reflector that counts its replies.

    Where every reply carries the number of its request, either it does not count or all losses were on the way back.
    """
    if len(first) == sent:
        return 0, 0
    if not first or all(h.number == h.asked for h in first.values()):
        return None, None
    answered = 1 + max(h.number for h in first.values())
    tail = sent - 1 - max(first)
    if tail:
        return None, None
    return sent - answered, answered - len(first)


def _seen(values: Iterable[int | None]) -> tuple[int, ...]:
    return tuple(sorted({v for v in values if v is not None}))


def _kept(heard: Iterable[Heard], dscp: int) -> bool | None:
    told = [v for h in heard for v in (h.dscp_there, h.dscp_back) if v is not None]
    return all(v == dscp for v in told) if told else None
