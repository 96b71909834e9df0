"""Two radio legs in line, such as device to server and back: the second begins at the phase where the first ends.

Convolving the two one-way delays would take their phases for independent and spread the sum too far. Here each branch
of the first leg ends at a known instant of the frame, so the wait of the second leg is known too.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.service.latency.alignment import AHEAD, PREPARE, Alignment, Branch, align
from setsail.service.latency.budget import Budget, Node, Way, budget, chosen_preset
from setsail.service.latency.frame import Chances, frame
from setsail.service.latency.mixture import Mixture, constant, joined
from setsail.service.latency.options import Direction, Radio
from setsail.service.latency.presets import Preset, Term
from setsail.service.latency.sums import Sum, total

STEP_S = 20e-6
"""Grid of a varying delay between the legs; a percentile errs by half of it at most."""
TURNAROUND_S = Limit("turnaround_s", 0.0, 60.0, "assumption: longest time until an answer")
NEAR_UE = "ue-stack"
"""The term that lies on the side of the UE; all others lie on the side of the core."""


@dataclass(frozen=True)
class _Leg:
    """One leg: its alignment, the chances it waits for, and for each chance what follows with its probability."""

    found: Alignment
    chances: Chances
    after: dict[float, list[tuple[float, float]]]

    @property
    def before(self) -> float:
        """Symbols of preparation before the wait."""
        return _before(self.found.branches[0])


def round_trip(
    radio: Radio,
    *,
    first: Direction = "ul",
    preset: str | Preset = "3gpp",
    way: Way | None = None,
    turnaround_s: float = 0.0,
) -> Budget:
    """The budget of two legs of one cell in line: `first`, what lies between, and the other direction.

    first "ul": a device asks and a server answers after `turnaround_s`, or one device sends to another through the
    core; `way` is passed twice.  first "dl": a server asks and the device answers. Raises BadInput, OutOfRange.
    """
    TURNAROUND_S.require(turnaround_s)
    if first not in ("ul", "dl"):
        raise BadInput(f"is {first!r}", where="first leg", allowed="ul, dl")
    chosen = chosen_preset(preset)
    legs: tuple[Direction, Direction] = ("ul", "dl") if first == "ul" else ("dl", "ul")
    one, other = (_leg(chosen.settled(replace(radio, direction=d))) for d in legs)
    terms = [t for d in legs for t in chosen.delays(d)]
    inner = [t for t in terms if (t.term != NEAR_UE) == (first == "ul")]
    outer = [t for t in terms if t not in inner]
    transport = budget(radio, way=way).mean_s - budget(radio).mean_s
    core = turnaround_s + (2 * transport if first == "ul" else 0.0)
    between = total([t.delay for t in inner], core)
    delay, mean_s, longest_s = _in_line(one, other, between)
    fixed = 0.0 if first == "ul" else 2 * transport
    made = total([delay, *(t.delay for t in outer)], fixed)
    verified = not chosen.assumes_errors(radio) and all(map(chosen.verified, inner))
    rest = [_outside(t, chosen.verified(t)) for t in outer]
    if fixed:
        rest.append(Node("transport", fixed, fixed, fixed, "constant", "fibre, L/C, hops, both ways"))
    return Budget(
        f"{legs[0]}-{legs[1]}", one.found.radio, chosen.name,
        _tree(one, (delay, mean_s, longest_s), between, rest, made, verified=verified), made,
        ("the second leg begins at the phase where the first ends: ours",),
    )  # fmt: skip


def _leg(radio: Radio) -> _Leg:
    found = align(radio)
    made = frame(radio)
    chances = made.downlink if radio.direction == "dl" else made.configured if radio.access == "cg" else made.request
    after: dict[float, list[tuple[float, float]]] = defaultdict(list)
    shares: dict[float, float] = defaultdict(float)
    arrivals = {c.start: w for c, w in zip(chances.all, _waits(chances), strict=True)}
    for b in found.branches:
        after[b.entry].append((b.fixed - _before(b), b.weight * chances.period / arrivals[b.entry]))
        shares[b.entry] += b.weight
    return _Leg(found, chances, dict(after))


def _waits(chances: Chances) -> list[float]:
    starts = [chances.all[-1].start - chances.period, *chances.starts]
    return [later - sooner for sooner, later in pairwise(starts)]


def _before(branch: Branch) -> float:
    return sum(length for name, length in branch.steps if name in (PREPARE, AHEAD))


def _in_line(one: _Leg, other: _Leg, between: Sum) -> tuple[Mixture, float, float]:
    """Delay over both legs and what lies between, and mean and maximum of the second leg alone."""
    symbol = one.found.radio.symbol_s
    gaps, masses = _atoms(between)
    made, seconds = [], []
    for b in one.found.branches:
        end = b.entry + b.fixed - _before(b)
        for gap, mass in zip(gaps, masses, strict=True):
            ready = end + gap / symbol + other.before
            chance = other.chances.first(ready)
            for fixed, share in other.after[chance.start % other.chances.period]:
                leg = other.before + max(chance.start - ready, 0.0) + fixed
                low = (b.fixed + leg) * symbol + gap
                made.append((low, low + b.wait * symbol, b.weight * mass * share))
                seconds.append((leg * symbol, b.weight * mass * share))
    table, leg_table = np.array(made), np.array(seconds)
    mean = float(leg_table[:, 0] @ leg_table[:, 1] / leg_table[:, 1].sum())
    return Mixture(table[:, 0], table[:, 1], table[:, 2]), mean, float(leg_table[:, 0].max())


def _atoms(between: Sum) -> tuple[F64, F64]:
    """A delay as single values with their shares; exact where it does not vary."""
    if not between.parts:
        return np.array([between.fixed_s]), np.array([1.0])
    merged = Sum((joined([constant(0.0)]), *between.parts), between.fixed_s, STEP_S)
    start, cumulated = merged.grid
    mass = np.diff(cumulated, prepend=0.0)
    kept = mass > 0
    at: F64 = between.fixed_s + start + np.arange(len(mass), dtype=np.float64) * STEP_S
    return at[kept], mass[kept]


def _outside(term: Term, verified: bool) -> Node:
    delay = term.delay
    return Node(term.term, delay.mean_s, delay.max_s, delay.max_s, "preset", term.source, verified)


def _tree(
    one: _Leg, legs: tuple[Mixture, float, float], between: Sum, outer: list[Node], made: Sum, *, verified: bool
) -> Node:
    """First leg, between, second leg, and the terms outside; the worst parts add up to the maximum.

    legs : delay over both with what lies between, and mean and maximum of the second alone.
    """
    delay, mean_s, longest_s = legs
    name = one.found.radio.direction
    inner = one.found.delay
    gap = Node(
        "between", between.mean_s, between.max_s, between.max_s, between.method, "preset, way, turn-around", verified
    )
    first = Node(
        f"radio {name}", inner.mean_s, inner.max_s, inner.max_s, "exact over phases", "tr37910 cl. 5.7", verified
    )
    rest = delay.max_s - first.worst_s - gap.worst_s
    then = Node(
        "radio back", mean_s, longest_s, rest,
        "at the phase where the first leg ends", "tr37910 cl. 5.7", verified,
    )  # fmt: skip
    children = (first, gap, then, *outer)
    return Node(
        "round trip", made.mean_s, made.max_s, made.max_s, made.method, "sum of its terms",
        all(c.verified for c in children), children,
    )  # fmt: skip
