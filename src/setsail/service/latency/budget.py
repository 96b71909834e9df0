"""The latency budget of a flow in one direction: a tree of terms, and the distribution of their sum."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.service.latency.alignment import AHEAD, DECODE, PREPARE, RETRY, STEPS, WAIT, Alignment, align
from setsail.service.latency.mixture import Mixture, constant
from setsail.service.latency.options import Radio
from setsail.service.latency.presets import Preset, Term, preset
from setsail.service.latency.sums import Sum, total

FIBRE_S_PER_M = 5e-9
"""Group delay of silica fibre, 5 us per km (index 1.5)."""
FIBRE_M = Limit("fibre_m", 0.0, 2e7, "half of the Earth's circumference")
HOPS = Limit("hops", 0, 255, "RFC 791: time to live")
RATE_BPS = Limit("rate_bps", 1e3, 1e13, "assumption: links of 1 kbit/s to 10 Tbit/s")
PACKET_BYTES = Limit("packet_bytes", 1, 65_535, "RFC 791: total length of a packet")
ROUTE_FACTOR = Limit("route_factor", 1.0, 10.0, "assumption: 1.3 to 1.5 where only the straight line is known")
TR37910 = "tr37910 cl. 5.7"
TRANSPORT = (
    "5 us/km of fibre of index 1.5; L/C of each link; a hop of at most 5 us as measured (deterministic6g, PD-Wired)"
)


@dataclass(frozen=True, slots=True)
class Way:
    """What lies between the gNB and the server: fibre, hops, links.

    fibre_m : of all links, multiplied by `route_factor` where it is a straight line;  hops : store-and-forward nodes
    between the ends;  rate_bps : of the slowest link;  hop_s : forwarding time of one hop;  fronthaul_m : fibre between
    radio head and baseband.  Raises OutOfRange.
    """

    fibre_m: float = 0.0
    hops: int = 0
    rate_bps: float = 1e9
    packet_bytes: int = 1500
    route_factor: float = 1.0
    hop_s: float = 5e-6
    fronthaul_m: float = 0.0

    def __post_init__(self) -> None:
        FIBRE_M.require(self.fibre_m)
        FIBRE_M.require(self.fronthaul_m, "fronthaul_m")
        HOPS.require(self.hops)
        RATE_BPS.require(self.rate_bps)
        PACKET_BYTES.require(self.packet_bytes)
        ROUTE_FACTOR.require(self.route_factor)
        Limit("hop_s", 0.0, 1.0, "assumption").require(self.hop_s)

    @property
    def links(self) -> int:
        """Links between gNB and server; none where the server stands at the gNB."""
        return self.hops + 1 if self.fibre_m or self.hops else 0


@dataclass(frozen=True, slots=True)
class Node:
    """One term of a budget. worst_s : its part of the longest total, so that these add up;  max_s : its own longest."""

    name: str
    mean_s: float
    max_s: float
    worst_s: float
    distribution: str
    source: str
    verified: bool = True
    children: tuple[Node, ...] = ()

    def leaves(self) -> Iterator[Node]:
        """The terms that have no terms of their own."""
        if not self.children:
            yield self
        for child in self.children:
            yield from child.leaves()

    def record(self) -> Record:
        """The tree as nested records."""
        made: Record = {
            "name": self.name, "mean_s": self.mean_s, "max_s": self.max_s, "worst_s": self.worst_s,
            "distribution": self.distribution, "source": self.source, "verified": self.verified,
        }  # fmt: skip
        if self.children:
            made["children"] = [child.record() for child in self.children]
        return made


@dataclass(frozen=True, slots=True)
class Part:
    """A further independent delay of a flow, such as its queue, with its source."""

    name: str
    delay: Mixture
    source: str
    verified: bool = True


@dataclass(frozen=True, eq=False)
class Budget:
    """Latency of a flow in one direction: tree, distribution and method. Delays are of packets that arrive."""

    direction: str
    radio: Radio
    preset: str
    tree: Node
    total: Sum
    notes: tuple[str, ...] = field(default=())

    @property
    def mean_s(self) -> float:
        """Mean of the packets that arrive."""
        return self.total.mean_s

    @property
    def max_s(self) -> float:
        """Longest of the packets that arrive."""
        return self.total.max_s

    @property
    def min_s(self) -> float:
        """Least."""
        return self.total.min_s

    @property
    def delivered_ratio(self) -> float:
        """Share of packets that arrive after at most the retransmissions allowed."""
        return self.total.delivered_ratio

    @property
    def method(self) -> str:
        """How percentiles were found."""
        return self.total.method

    def percentile(self, ratio: float) -> float:
        """Delay [s] within which that share of all packets arrives; infinite where too many are lost."""
        return self.total.percentile_s(ratio)

    def ratio_within(self, delay_s: float) -> float:
        """Share of all packets that arrive within a delay [s]."""
        return self.total.ratio_within(delay_s)

    @property
    def cause(self) -> str:
        """The term with the largest part of the longest delay."""
        return max(self.tree.leaves(), key=lambda n: n.worst_s).name

    @property
    def verified(self) -> bool:
        """False where a term rests on an assumption."""
        return all(n.verified for n in self.tree.leaves() if n.max_s)


def budget(
    radio: Radio, *, preset: str | Preset = "3gpp", way: Way | None = None, extra: tuple[Part, ...] = ()
) -> Budget:
    """The budget of user data in one direction, from the upper edge of one radio stack to the server or back.

    radio : what it leaves open (capability, BLER, retransmissions) is taken from the preset;  way : past the gNB, none
    where the server stands there;  extra : further independent delays, such as a queue.
    Raises UnknownName (preset), BadInput (the pattern gives no chance to the direction).
    """
    chosen = chosen_preset(preset)
    core = _core(radio, chosen)
    transport = _transport(way or Way())
    if not transport and not extra:
        return core
    more = [_part(part) for part in extra]
    children = (*core.tree.children, *transport, *more)
    fixed = sum(n.mean_s for n in transport)
    made = core.total.plus(fixed, [part.delay for part in extra])
    return Budget(core.direction, core.radio, core.preset, _root(core.tree.name, children, made), made, core.notes)


def chosen_preset(name: str | Preset) -> Preset:
    """A preset, or the shipped one of that name. Raises UnknownName."""
    return name if isinstance(name, Preset) else preset(name)


@lru_cache(maxsize=1024)
def _core(radio: Radio, chosen: Preset) -> Budget:
    """The part that depends on the radio and the preset alone: the same for many flows."""
    settled = chosen.settled(radio)
    found = align(settled)
    terms = () if radio.direction == "harq" else chosen.delays(radio.direction)
    made = total([found.delay, *(t.delay for t in terms)])
    if len(made.parts) > 1:
        made.percentile_s(0.5)  # the grid, once
    name = "HARQ round trip" if radio.direction == "harq" else f"one way {radio.direction}"
    tree = _root(name, (_radio(found, not chosen.assumes_errors(radio)), *(_term(t, chosen) for t in terms)), made)
    return Budget(radio.direction, settled, chosen.name, tree, made, _notes(settled, chosen))


def _root(name: str, children: tuple[Node, ...], made: Sum) -> Node:
    return Node(
        name, made.mean_s, made.max_s, made.max_s, made.method, "sum of its terms",
        all(c.verified for c in children), children,
    )  # fmt: skip


def _radio(found: Alignment, errors_verified: bool) -> Node:
    """The node of the radio with one child for each step that takes time."""
    names = dict.fromkeys(name for b in found.branches for name, _ in b.steps)
    wanted = [n for n in STEPS if n in names or (n == WAIT and PREPARE in names)] + [n for n in names if n not in STEPS]
    children = []
    for name in wanted:
        mean, longest, worst = found.step(name)
        if longest > 0:
            told, source = _told(name, found.radio)
            verified = errors_verified or name != RETRY
            children.append(Node(name, mean, longest, worst, told, source, verified))
    delay = found.delay
    branches = f"{len(delay.weight)} uniform pieces, of each chance and number of retransmissions"
    own = all(c.verified for c in children)
    return Node("radio", delay.mean_s, delay.max_s, delay.max_s, branches, TR37910, own, tuple(children))


def _told(name: str, radio: Radio) -> tuple[str, str]:
    """Distribution and source of one step of the radio."""
    processing = "ts38214 Tables 5.3-1, 5.3-2, 6.4-1, 6.4-2; tr37910 cl. 5.7"
    if name == PREPARE:
        return f"constant: N2/2 = {radio.n2 / 2:g} symbols", processing
    if name == AHEAD:
        return f"constant: {radio.offset_slots:g} slots, pipeline M and radio head H", "srsran-low-latency"
    if name == DECODE:
        return f"constant: N1/2 = {radio.n1 / 2:g} symbols", processing
    if name == WAIT:
        return "uniform between chances; exact over the arrival phases", f"frame structure {radio.tdd}"
    if name == RETRY:
        told = (
            f"error {radio.error_ratio:g}, of each further transmission {radio.later_error_ratio:g}, at most "
            f"{radio.retransmissions}; by phase"
        )
        return told, "tr37910 cl. 5.7; the UL round trip is our reading"
    return "fixed by the phase", f"frame structure {radio.tdd}; {TR37910}"


def _term(term: Term, chosen: Preset) -> Node:
    told = f"constant {term.value:g} ms"
    if term.tail_ratio:
        low, high = term.tail_ms
        told = f"{1 - term.tail_ratio:.0%} {told}, {term.tail_ratio:.0%} uniform {low:g} to {high:g} ms"
    fitted = f"; fitted on {term.fitted} within [{term.low:g}, {term.high:g}] ms" if term.fitted else ""
    delay = term.delay
    return Node(term.term, delay.mean_s, delay.max_s, delay.max_s, told, term.source + fitted, chosen.verified(term))


def _part(part: Part) -> Node:
    delay = part.delay
    told = "constant" if delay.constant else f"{len(delay.weight)} uniform pieces"
    return Node(part.name, delay.mean_s, delay.max_s, delay.max_s, told, part.source, part.verified)


def _transport(way: Way) -> tuple[Node, ...]:
    """The nodes of fronthaul and transport that take time."""
    found = []
    if way.fronthaul_m:
        found.append(_fixed("fronthaul", way.fronthaul_m * FIBRE_S_PER_M, "fibre, 5 us/km"))
    steps = (
        ("propagation", way.fibre_m * way.route_factor * FIBRE_S_PER_M, f"fibre, 5 us/km x {way.route_factor:g}"),
        ("serialisation", way.links * way.packet_bytes * 8 / way.rate_bps, f"{way.links} link(s), L/C each"),
        ("forwarding", way.hops * way.hop_s, f"{way.hops} hop(s)"),
    )
    inner = tuple(_fixed(name, seconds, told) for name, seconds, told in steps if seconds)
    if inner:
        seconds = sum(n.mean_s for n in inner)
        found.append(Node("transport", seconds, seconds, seconds, "constant", TRANSPORT, True, inner))
    return tuple(found)


def _fixed(name: str, seconds: float, told: str) -> Node:
    return Node(name, seconds, seconds, seconds, f"constant: {told}", TRANSPORT)


def _notes(radio: Radio, chosen: Preset) -> tuple[str, ...]:
    """What in a configuration is our own reading rather than a definition of TR 37.910, and what a preset tells."""
    found = [f"preset {chosen.name}: {chosen.note}"] if chosen.note else []
    if radio.mini_slot:
        found.append(f"mini-slots of {radio.mini_slot} symbols lie back to back in each D and U slot: our reading")
    if radio.repetitions > 1 and radio.access == "cg" and radio.direction == "ul":
        found.append("repetitions take the next uplink slots and are decoded one by one, with independent errors: ours")
    if radio.duplicates > 1:
        found.append("copies over PDCP duplication share the timing and fail independently: ours")
    if radio.retransmissions and radio.direction == "ul":
        found.append("UL retransmission: grant N1/2 + N2/2 after the PUSCH, in symbol 0 of a D slot: our reading")
    if radio.offset_slots:
        found.append(f"the gNB prepares data and grants {radio.offset_slots:g} slots ahead of what TR 37.910 counts")
    return tuple(found)


def fixed_part(name: str, delay_s: float, source: str) -> Part:
    """A further constant delay."""
    return Part(name, constant(delay_s), source)
