"""Deterministic network calculus: arrivals bounded by token buckets, servers by rate and latency; bounds end to end."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

from setsail.base.errors import BadInput, NotComputable
from setsail.base.limits import Limit
from setsail.service.latency.alignment import align
from setsail.service.latency.options import Radio

BURST_BITS = Limit("burst_bits", 0.0, 1e15, "assumption")
RATE_BPS = Limit("rate_bps", 0.0, 1e15, "assumption")
SERVICE_BPS = Limit("service_bps", 0.0, 1e15, "assumption", ends="(]")
LATENCY_S = Limit("latency_s", 0.0, 1e6, "assumption")


@dataclass(frozen=True, slots=True)
class TokenBucket:
    """In any time t at most `burst_bits + rate_bps t` bits arrive. Raises OutOfRange."""

    burst_bits: float
    rate_bps: float

    def __post_init__(self) -> None:
        BURST_BITS.require(self.burst_bits)
        RATE_BPS.require(self.rate_bps)

    def __add__(self, other: TokenBucket) -> TokenBucket:
        """Both flows together."""
        return TokenBucket(self.burst_bits + other.burst_bits, self.rate_bps + other.rate_bps)


@dataclass(frozen=True, slots=True)
class RateLatency:
    """In any time t of a backlog at least `rate_bps (t - latency_s)` bits are served.

    violation_ratio : probability that this does not hold for a packet, 0 where it is certain.  Raises OutOfRange.
    """

    rate_bps: float
    latency_s: float
    violation_ratio: float = 0.0
    name: str = ""

    def __post_init__(self) -> None:
        SERVICE_BPS.require(self.rate_bps, "service rate_bps")
        LATENCY_S.require(self.latency_s)
        Limit("violation_ratio", 0.0, 1.0, "a probability").require(self.violation_ratio)


def delay_bound_s(flow: TokenBucket, server: RateLatency) -> float:
    """Longest delay of a flow through a server: T + b/R.

    Raises NotComputable where the flow asks more than the server gives.
    Source: Le Boudec and Thiran, Network Calculus, Springer LNCS 2050, Theorem 1.4.2 and its example.
    """
    _stable(flow.rate_bps, server)
    return server.latency_s + flow.burst_bits / server.rate_bps


def backlog_bound_bits(flow: TokenBucket, server: RateLatency) -> float:
    """Most bits of a flow that a server holds: b + r T (Theorem 1.4.1 of the same)."""
    _stable(flow.rate_bps, server)
    return flow.burst_bits + flow.rate_bps * server.latency_s


def output(flow: TokenBucket, server: RateLatency) -> TokenBucket:
    """What leaves a server: the burst has grown by r T (Theorem 1.4.3 of the same)."""
    _stable(flow.rate_bps, server)
    return TokenBucket(flow.burst_bits + flow.rate_bps * server.latency_s, flow.rate_bps)


def priority_residual(
    server: RateLatency, higher: Sequence[TokenBucket], longest_lower_bits: float = 0.0
) -> RateLatency:
    """What strict priority leaves: rate R - r, latency (b + R T + L) / (R - r), of the flows above.

    longest_lower_bits : L, of a packet below that is being sent and not broken off. With L = 0 this also holds for any
    order of service among the flows (blind multiplexing).
    Source: Le Boudec and Thiran, Network Calculus, Theorem 6.2.1 and Corollary 6.2.1.
    """
    above = sum_of(higher)
    rate = _left(server, above)
    latency = (above.burst_bits + server.rate_bps * server.latency_s + longest_lower_bits) / rate
    return RateLatency(rate, latency, server.violation_ratio, server.name)


def fifo_residual(server: RateLatency, others: Sequence[TokenBucket]) -> RateLatency:
    """What first come first served leaves to one flow: rate R - r, latency T + b/R, of the flows beside.

    Source: Le Boudec and Thiran, Network Calculus, Proposition 6.2.1 with theta = T + b/R.
    """
    beside = sum_of(others)
    rate = _left(server, beside)
    return RateLatency(
        rate, server.latency_s + beside.burst_bits / server.rate_bps, server.violation_ratio, server.name
    )


def in_line(servers: Sequence[RateLatency]) -> RateLatency:
    """One server for several in line: the least rate, the sum of latencies; the burst is paid once.

    Source: the same, Theorem 1.4.6 (concatenation). The violations are added (union bound).
    """
    if not servers:
        raise BadInput("is empty", where="servers", allowed="at least one")
    violation = min(math.fsum(s.violation_ratio for s in servers), 1.0)
    return RateLatency(min(s.rate_bps for s in servers), math.fsum(s.latency_s for s in servers), violation)


def sum_of(flows: Sequence[TokenBucket]) -> TokenBucket:
    """Flows together; nothing where there is none."""
    return reduce(TokenBucket.__add__, flows, TokenBucket(0.0, 0.0))


def shaped_delay_bound_s(groups: Sequence[tuple[float, TokenBucket]], server: RateLatency) -> float:
    """Longest delay of flows that share a server first come first served, each group limited by the line it came over.

    groups : (rate of the line [bit/s], infinite where there is none; the token bucket of all its flows).
    The arrival curve is concave and piecewise linear, so the bound lies at one of its corners.
    Source: the same, Theorem 1.4.2; line shaping as in A. Mifdaoui and T. Leydier, RTNS 2017.
    """
    _stable(sum(g.rate_bps for _, g in groups), server)
    corners = [0.0] + [g.burst_bits / (line - g.rate_bps) for line, g in groups if g.rate_bps < line < math.inf]
    return max(server.latency_s + _arrived(groups, t) / server.rate_bps - t for t in corners)


def _arrived(groups: Sequence[tuple[float, TokenBucket]], t: float) -> float:
    return math.fsum(
        min(g.burst_bits + g.rate_bps * t, math.inf if math.isinf(line) else line * t) for line, g in groups
    )


def radio_curve(radio: Radio, rate_bps: float, name: str = "radio") -> RateLatency:
    """The radio as a server: latency of the worst phase with all retransmissions, and the rate that it keeps.

    rate_bps : of the lowest modulation and coding that is planned, times the share of slots and PRBs of the flow.
    violation_ratio : of packets that all transmissions lose, for which the curve says nothing: with n retransmissions
    the product of n + 1 error ratios.
    """
    found = align(radio)
    return RateLatency(rate_bps, found.delay.max_s, radio_violation_ratio(radio), name)


def radio_violation_ratio(radio: Radio) -> float:
    """Share of packets that are still in error after all transmissions: BLER^(n + 1) for one error ratio."""
    attempts = radio.retransmissions + (radio.repetitions if radio.access == "cg" and radio.direction == "ul" else 1)
    return radio.error_ratio * radio.later_error_ratio ** (attempts - 1)


def _left(server: RateLatency, taken: TokenBucket) -> float:
    left = server.rate_bps - taken.rate_bps
    if left <= 0:
        raise _overload(taken.rate_bps, server)
    return left


def _stable(rate_bps: float, server: RateLatency) -> None:
    if rate_bps > server.rate_bps * (1 + 1e-12):
        raise _overload(rate_bps, server)


def _overload(rate_bps: float, server: RateLatency) -> NotComputable:
    return NotComputable(
        f"is asked {rate_bps:g} bit/s", where=f"server {server.name or 'without name'}",
        allowed=f"up to {server.rate_bps:g} bit/s", hint="no bound exists where more arrives than is served",
    )  # fmt: skip
