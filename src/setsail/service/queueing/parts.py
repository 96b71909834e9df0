"""Waits in a queue as a term of a latency budget, and the answers of the queueing models as records."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.service.latency.budget import Part
from setsail.service.latency.mixture import Mixture, pieces
from setsail.service.queueing import curves, periodic
from setsail.service.queueing.curves import RateLatency, TokenBucket
from setsail.service.queueing.md1 import Md1
from setsail.service.queueing.periodic import Periodic

PIECES_OF_A_SERVICE = 8
"""Pieces per service time into which a wait is cut: its distribution is taken as linear inside one."""
REST = 1e-9
"""Share of packets beyond which the wait of M/D/1 is no longer followed; it is set to the last wait followed."""


def md1_part(queue: Md1, name: str = "queue") -> Part:
    """The wait in an M/D/1 queue as a term of a budget."""
    longest = queue.delay_percentile_s(1 - REST) - queue.service_s
    return Part(name, _wait(queue.wait_cdf, longest, queue.service_s), f"M/D/1 at load {queue.load_ratio:.3g}")


def periodic_part(flow: Periodic, name: str = "queue") -> Part:
    """The wait of a packet among equal periodic flows with random phases as a term of a budget."""
    longest = (flow.count - 1) * flow.service_s

    def cdf(wait_s: float) -> float:
        return 1 - periodic.equal_wait_tail(flow, wait_s)

    return Part(
        name, _wait(cdf, longest, flow.service_s), f"N*D/D/1 of {flow.count} flows at load {flow.load_ratio:.3g}"
    )


def _wait(cdf: Callable[[float], float], longest_s: float, service_s: float) -> Mixture:
    """A distribution function as uniform pieces between its values at knots."""
    step, rows, before = service_s / PIECES_OF_A_SERVICE, [(0.0, 0.0, cdf(0.0))], cdf(0.0)
    for k in range(math.ceil(longest_s / step - 1e-9)):
        high = min((k + 1) * step, longest_s)
        at = cdf(high)
        if at > before:
            rows.append((k * step, high, at - before))
            before = at
    rows[-1] = (*rows[-1][:2], rows[-1][2] + 1 - before)
    return pieces(rows)


def md1_record(queue: Md1, ratios: Sequence[float]) -> Record:
    """Load, means and percentiles of an M/D/1 queue."""
    return {
        "model": "M/D/1", "load_ratio": queue.load_ratio, "mean_wait_s": queue.mean_wait_s,
        "mean_delay_s": queue.mean_delay_s, "max_delay_s": None,
        "percentiles_s": {f"{r * 100:.10g}": queue.delay_percentile_s(r) for r in ratios},
        "method": "exact: Pollaczek-Khinchine mean; Franx's form of Crommelin's distribution",
    }  # fmt: skip


def periodic_record(flows: Sequence[Periodic], ratios: Sequence[float], slot_s: float | None) -> Record:
    """Load, worst delay, and the distribution over phases of periodic flows.

    One kind of flows has a closed form; for several the phases are enumerated in slots where `slot_s` is given, else
    only the worst delay is told. Raises BadInput, OutOfRange, NotComputable.
    """
    load, worst = periodic.load_ratio(flows), periodic.worst_delay_s(flows)
    made: Record = {"model": "sum of D/D/1", "load_ratio": load, "max_delay_s": worst}
    if len(flows) == 1:
        one = flows[0]
        wait = periodic.equal_mean_wait_s(one)
        return made | {
            "mean_wait_s": wait, "mean_delay_s": wait + one.service_s,
            "percentiles_s": {f"{r * 100:.10g}": periodic.equal_delay_percentile_s(one, r) for r in ratios},
            "method": "exact: N*D/D/1 with independent uniform phases (Roberts and Virtamo); maximum over all phases",
        }  # fmt: skip
    if slot_s is None:
        return made | {"method": "maximum over all phases, exact; a slot gives the distribution over phases"}
    delays = periodic.enumerated(flows, slot_s)
    kinds = [f for f in flows for _ in range(f.count)]
    return made | {
        "flows": [
            {
                "period_s": f.period_s, "service_s": f.service_s, "mean_delay_s": d.mean_s, "max_delay_s": d.max_s,
                "percentiles_s": {f"{r * 100:.10g}": d.percentile_s(r) for r in ratios},
            }
            for f, d in zip(kinds, delays, strict=True)
        ],
        "method": f"exact: every combination of phases in slots of {slot_s:g} s; of packets in one slot, the last",
    }  # fmt: skip


def bound_record(
    flow: TokenBucket, servers: Sequence[RateLatency], cross: Sequence[tuple[int, str, TokenBucket, float]]
) -> Record:
    """Delay bound of a flow through servers in line, with what other flows leave it at each.

    cross : for each other flow the server (from 0), "higher" (strict priority), "fifo" or "lower", its bucket, and the
    longest packet [bit]. Raises BadInput, NotComputable, OutOfRange.
    """
    if not servers:
        raise BadInput("is empty", where="servers", allowed="at least one")
    for at, order, _, _ in cross:
        if at not in range(len(servers)) or order not in ("higher", "fifo", "lower"):
            raise BadInput(
                f"is {order!r} at server {at}", where="cross flow",
                allowed=f"higher, fifo, lower at servers 0 to {len(servers) - 1}",
            )  # fmt: skip
    left = [_left(k, server, [c for c in cross if c[0] == k]) for k, server in enumerate(servers)]
    line = curves.in_line(left)
    one_by_one, leaving = [], flow
    for rest in left:
        one_by_one.append(curves.delay_bound_s(leaving, rest))
        leaving = curves.output(leaving, rest)
    return {
        "model": "network calculus", "bound_s": curves.delay_bound_s(flow, line),
        "violation_ratio": line.violation_ratio, "sum_of_bounds_s": math.fsum(one_by_one),
        "servers": [
            {"name": s.name or f"server {k}", "rate_bps": r.rate_bps, "latency_s": r.latency_s,
             "given_rate_bps": s.rate_bps, "given_latency_s": s.latency_s, "violation_ratio": s.violation_ratio,
             "own_bound_s": b}
            for k, (s, r, b) in enumerate(zip(servers, left, one_by_one, strict=True))
        ],
        "backlog_bits": curves.backlog_bound_bits(flow, line),
        "method": "T + b/R of the servers in line, burst paid once; holds but for the violation ratio (union bound)",
    }  # fmt: skip


def _left(k: int, server: RateLatency, cross: Sequence[tuple[int, str, TokenBucket, float]]) -> RateLatency:
    """What the cross flows of one server leave: first those above, then those beside."""
    above = [c[2] for c in cross if c[1] == "higher"]
    beside = [c[2] for c in cross if c[1] == "fifo"]
    below = max((c[3] for c in cross if c[1] == "lower"), default=0.0)
    named = RateLatency(server.rate_bps, server.latency_s, server.violation_ratio, server.name or f"{k}")
    left = curves.priority_residual(named, above, below) if above or below else named
    return curves.fifo_residual(left, beside) if beside else left
