"""Delay of the radio for every phase of arrival: exact enumeration of chances, grants and retransmissions.

Arrivals are uniform over the period. Between two chances to begin, all arrivals wait for the same one; from it on,
everything is fixed, but for the errors of transmissions. So the delay is a mixture of uniform pieces, one for each
chance and number of retransmissions, and nothing is sampled.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from setsail.base.errors import BadInput
from setsail.service.latency.frame import Chance, Chances, Frame, frame
from setsail.service.latency.mixture import Mixture, pieces
from setsail.service.latency.options import SYMBOLS, Radio

PREPARE, AHEAD, WAIT, REQUEST, GRANT = "prepare", "prepare-ahead", "wait", "request-to-grant", "grant-to-data"
BSR, DATA, RETRY, DECODE = "buffer-status-round", "transmission", "retransmissions", "decode"
STEPS = (PREPARE, AHEAD, WAIT, REQUEST, GRANT, BSR, DATA, RETRY, DECODE)


@dataclass(frozen=True, slots=True)
class Branch:
    """What happens to a share of packets, in symbols.

    weight : share of all packets;  entry : the chance waited for, in the period;  wait : longest wait for it, the
    waits being uniform from 0;  steps : what follows, by name;  retransmissions : how many were needed.
    """

    weight: float
    entry: float
    wait: float
    steps: tuple[tuple[str, float], ...]
    retransmissions: int

    @property
    def fixed(self) -> float:
        """Symbols besides the wait."""
        return sum(length for _, length in self.steps)


@dataclass(frozen=True)
class Alignment:
    """Every branch of a radio configuration, and the delay that they make."""

    radio: Radio
    period: float
    branches: tuple[Branch, ...]
    delay: Mixture

    def step(self, name: str) -> tuple[float, float, float]:
        """Mean over delivered packets, maximum, and value in the worst branch of one step [s]."""
        symbol, total = self.radio.symbol_s, sum(b.weight for b in self.branches)
        if name == WAIT:
            values = [b.wait for b in self.branches]
            mean = sum(b.weight * b.wait / 2 for b in self.branches) / total
            return mean * symbol, max(values) * symbol, self.worst.wait * symbol
        values = [dict(b.steps).get(name, 0.0) for b in self.branches]
        mean = sum(b.weight * v for b, v in zip(self.branches, values, strict=True)) / total
        return mean * symbol, max(values) * symbol, dict(self.worst.steps).get(name, 0.0) * symbol

    @property
    def worst(self) -> Branch:
        """The branch with the longest delay."""
        return max(self.branches, key=lambda b: b.fixed + b.wait)


@lru_cache(maxsize=512)
def align(radio: Radio) -> Alignment:
    """The delay of user data in one direction from arrival at one radio stack to delivery by the other.

    Raises BadInput where the pattern gives no chance to the direction.
    Source: 3GPP TR 37.910 v16, cl. 5.7 (evaluation of user-plane latency), with the definitions of `docs/explain/
    service-latency.md`.  Deviates: a symbol is a fourteenth of the slot, which is 0.1 % above T_proc / N of TS 38.214.
    """
    if radio.direction == "harq":
        return _harq_round_trip(radio)
    made = frame(radio)
    paths = _downlink(radio, made) if radio.direction == "dl" else _uplink(radio, made)
    return _finished(radio, made.period, tuple(paths))


def _finished(radio: Radio, period: float, branches: tuple[Branch, ...]) -> Alignment:
    symbol = radio.symbol_s
    alike: dict[tuple[float, float], list[float]] = defaultdict(list)
    for b in branches:
        alike[b.fixed, b.fixed + b.wait].append(b.weight)
    rows = [(low * symbol, high * symbol, math.fsum(weights)) for (low, high), weights in alike.items()]
    return Alignment(radio, period, branches, pieces(rows))


def _entries(chances: Chances) -> Iterator[tuple[Chance, float, float]]:
    """Each chance of the period with the longest wait for it and its share of the arrivals."""
    before = chances.all[-1].start - chances.period
    for one in chances.all:
        wait = one.start - before
        before = one.start
        yield one, wait, wait / chances.period


def _downlink(radio: Radio, made: Frame) -> Iterator[Branch]:
    """Preparation by the gNB, wait for a downlink TTI, PDSCH, UE decoding; ACK and retransmission where it fails."""
    _need(radio, made.downlink, "downlink data", f"a D slot, or {radio.mini_slot or 2} D symbols in S")
    if radio.retransmissions:
        _need(radio, made.request, "the ACK", "a U slot, or U symbols in S")
    before = ((PREPARE, radio.n2 / 2), (AHEAD, radio.offset_slots * SYMBOLS))
    for entry, wait, weight in _entries(made.downlink):
        end = entry.start + entry.length
        for n, share, later in _tries(radio, end, lambda e: pdsch_again(radio, made, e)):
            steps = (*before, (DATA, entry.length), (RETRY, later - end), (DECODE, radio.n1 / 2))
            yield Branch(weight * share, entry.start, wait, steps, n)


def _uplink(radio: Radio, made: Frame) -> Iterator[Branch]:
    """UE preparation, wait for an SR chance or a configured grant, grant, PUSCH, gNB decoding."""
    _need(radio, made.uplink, "uplink data", "a U slot (the U symbols of S carry no data)")
    configured = radio.access == "cg"
    if not configured or radio.retransmissions or radio.bsr_ratio:
        _need(radio, made.grant, "the grant", "a D slot")
    for entry, wait, weight in _entries(made.configured if configured else made.request):
        head: list[tuple[str, float]] = [(PREPARE, radio.n2 / 2)]
        if configured:
            data = entry
        else:
            grant = made.grant.first((entry.slot + 1 + radio.offset_slots) * SYMBOLS)
            data = made.uplink.first(grant.start + 1 + radio.n2)
            head += [(REQUEST, grant.start - entry.start), (GRANT, data.start - grant.start)]
        for ratio, with_bsr in ((1 - radio.bsr_ratio, False), (radio.bsr_ratio, True)):
            if ratio:
                yield from _pusch(
                    radio, made, data, with_bsr, Branch(weight * ratio, entry.start, wait, tuple(head), 0)
                )


def _pusch(radio: Radio, made: Frame, data: Chance, with_bsr: bool, base: Branch) -> Iterator[Branch]:
    head = base.steps
    if with_bsr:
        again = pusch_again(radio, made, data.start + data.length)
        head, data = (*head, (BSR, again.start - data.start)), again
    end = data.start + data.length
    repeats = radio.repetitions if radio.access == "cg" and not with_bsr else 1
    for n, share, later in _tries(radio, end, lambda e: _end(pusch_again(radio, made, e)), made.uplink, repeats):
        steps = (*head, (DATA, data.length), (RETRY, later - end), (DECODE, radio.n1 / 2))
        yield Branch(base.weight * share, base.entry, base.wait, steps, n)


def _tries(
    radio: Radio, end: float, again: Callable[[float], float], occasions: Chances | None = None, repeats: int = 1
) -> Iterator[tuple[int, float, float]]:
    """Number of retransmissions, share of packets and end, for each way to be delivered."""
    share, error = 1.0, radio.error_ratio
    for n in range(repeats + radio.retransmissions):
        yield n, share * (1 - error), end
        share, error = share * error, radio.later_error_ratio
        if not share:
            return
        if n + 1 < repeats and occasions is not None:
            end = _end(occasions.first(end))
        elif n + 1 < repeats + radio.retransmissions:
            end = again(end)


def pdsch_again(radio: Radio, made: Frame, end: float) -> float:
    """End of the retransmission of a PDSCH that ended at `end`: ACK after N1, PDSCH N2/2 and the offset after it."""
    ack = made.request.first(end + radio.n1)
    return _end(made.downlink.first(ack.start + radio.n2 / 2 + radio.offset_slots * SYMBOLS))


def pusch_again(radio: Radio, made: Frame, end: float) -> Chance:
    """The next PUSCH by grant after one that ended at `end`.

    The grant starts in symbol 0 of the first D slot at least N1/2 + N2/2 and the offset later (our reading: decoding
    and preparation of the gNB as in the other direction), the PUSCH at least 1 + N2 after the start of the grant.
    """
    grant = made.grant.first(end + (radio.n1 + radio.n2) / 2 + radio.offset_slots * SYMBOLS)
    return made.uplink.first(grant.start + 1 + radio.n2)


def _harq_round_trip(radio: Radio) -> Alignment:
    """From the end of the first PDSCH to the end of its retransmission, weighted by uniform arrivals."""
    made = frame(radio)
    _need(radio, made.downlink, "downlink data", f"a D slot, or {radio.mini_slot or 2} D symbols in S")
    _need(radio, made.request, "the ACK", "a U slot, or U symbols in S")
    found = []
    for entry, _, weight in _entries(made.downlink):
        end = entry.start + entry.length
        ack = made.request.first(end + radio.n1)
        later = pdsch_again(radio, made, end)
        steps = (("data-to-ack", ack.start - end), ("ack-to-retransmission", later - ack.start))
        found.append(Branch(weight, entry.start, 0.0, steps, 1))
    return _finished(radio, made.period, tuple(found))


def _end(one: Chance) -> float:
    return one.start + one.length


def _need(radio: Radio, chances: Chances, what: str, allowed: str) -> None:
    if not chances:
        raise BadInput(
            f"{radio.tdd} with S = {radio.special} has no place for {what}", where="TDD pattern", allowed=allowed
        )
