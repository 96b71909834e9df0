"""Availability of a system of parts in series and in parallel, with parts that several branches share."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from setsail.base.errors import BadInput, UnknownName
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.base.toml import document, number, require_known, text

MTBF_H = Limit("mtbf_h", 0.0, 1e9, "assumption", ends="(]")
MTTR_H = Limit("mttr_h", 0.0, 1e5, "assumption")
HOURS_PER_YEAR = 8766.0
SHARED_LIMIT = 16
"""Parts that several branches may share: each doubles the work."""
_TOKEN = re.compile(r"\s*(?:([A-Za-z0-9_][\w.:/-]*)|([&|(),]))")
_COUNTED = re.compile(r"(\d+)of")


@dataclass(frozen=True, slots=True)
class Part:
    """One part that fails on its own. mtbf_h : mean up time between failures;  mttr_h : mean time to restore."""

    part: str
    mtbf_h: float
    mttr_h: float
    source: str = ""

    def __post_init__(self) -> None:
        MTBF_H.require(self.mtbf_h, f"{self.part} mtbf_h")
        MTTR_H.require(self.mttr_h, f"{self.part} mttr_h")

    @property
    def availability(self) -> float:
        """Share of the time in which it works."""
        return self.mtbf_h / (self.mtbf_h + self.mttr_h)


@dataclass(frozen=True, slots=True)
class Block:
    """A part by its name, or `needed` of several blocks: all (series), 1 (parallel), or k of n."""

    name: str = ""
    blocks: tuple[Block, ...] = ()
    needed: int = 0

    def names(self) -> Iterator[str]:
        """Names of the parts in it, repeated as they stand."""
        if self.name:
            yield self.name
        for block in self.blocks:
            yield from block.names()

    def availability(self, up: Mapping[str, float]) -> float:
        """Probability that it works, where no part stands twice."""
        if self.name:
            return up[self.name]
        working = [1.0]  # working[j] : probability that j of the blocks so far work
        for block in self.blocks:
            a = block.availability(up)
            working = [
                (working[j] * (1.0 - a) if j < len(working) else 0.0) + (working[j - 1] * a if j else 0.0)
                for j in range(len(working) + 1)
            ]
        return sum(working[self.needed :])


@dataclass(frozen=True, slots=True)
class SystemAvailability:
    """What the parts give. failures_per_year : of the system;  mtbf_h, mttr_h : of it;  importance : share of the
    system's failures in which a part is the one that brings it down, largest first;  single : parts that alone do.
    """

    availability: float
    unavailability: float
    failures_per_year: float
    mtbf_h: float
    mttr_h: float
    importance: tuple[tuple[str, float], ...]
    single: tuple[str, ...]

    def record(self) -> Record:
        """Its columns."""
        return {
            "availability": self.availability, "unavailability": self.unavailability,
            "down_h_per_year": self.unavailability * HOURS_PER_YEAR, "failures_per_year": self.failures_per_year,
            "mtbf_h": self.mtbf_h, "mttr_h": self.mttr_h,
            "importance": [{"part": name, "share": share} for name, share in self.importance],
            "single_points": list(self.single),
        }  # fmt: skip


def series(*blocks: Block) -> Block:
    """All of the blocks are needed."""
    return Block("", blocks, len(blocks))


def parallel(*blocks: Block, needed: int = 1) -> Block:
    """`needed` of the blocks are needed."""
    return Block("", blocks, needed)


def part(name: str) -> Block:
    """One part by its name."""
    return Block(name)


def system(structure: Block | str, parts: Sequence[Part]) -> SystemAvailability:
    """Availability, failures and times of a system.

    structure : blocks, or an expression such as `gnb & (link-a | link-b) & 2of(upf-1, upf-2, upf-3)`; a part that
    stands in several branches, such as a shared duct, is one and the same part;  parts : with their times. Parts fail
    and are restored independently of each other. Exact: conditioned on every shared part; the frequency is the sum
    over parts of what each brings down (Birnbaum). Raises BadInput, UnknownName, OutOfRange.
    """
    block = parsed(structure) if isinstance(structure, str) else structure
    known = {one.part: one for one in parts}
    names = list(dict.fromkeys(block.names()))
    for name in names:
        if name not in known:
            raise UnknownName(f"names {name!r}", where="structure", allowed=", ".join(known))
    shared = [name for name, count in Counter(block.names()).items() if count > 1]
    if len(shared) > SHARED_LIMIT:
        raise BadInput(f"shares {len(shared)} parts", where="structure", allowed=f"up to {SHARED_LIMIT}")
    up = {name: known[name].availability for name in names}
    works = _works(block, up, shared)
    down = _fails(block, up, shared)
    brought = {n: _gain(block, up, shared, n) * up[n] / known[n].mtbf_h for n in names}
    frequency = sum(brought.values())
    ranked = sorted(brought.items(), key=lambda pair: (-pair[1], pair[0]))
    single = tuple(n for n in names if _works(block, {**dict.fromkeys(names, 1.0), n: 0.0}, shared) == 0.0)
    return SystemAvailability(
        works, down, frequency * HOURS_PER_YEAR, works / frequency if frequency else float("inf"),
        down / frequency if frequency else 0.0,
        tuple((n, f / frequency if frequency else 0.0) for n, f in ranked), single,
    )  # fmt: skip


def _works(block: Block, up: Mapping[str, float], shared: Sequence[str]) -> float:
    """Probability that the block works, conditioned on the shared parts one by one."""
    if not shared:
        return block.availability(up)
    name, rest = shared[0], shared[1:]
    a = up[name]
    total = 0.0
    for weight, state in ((a, 1.0), (1.0 - a, 0.0)):
        if weight:
            total += weight * _works(block, {**up, name: state}, rest)
    return total


def _fails(block: Block, up: Mapping[str, float], shared: Sequence[str]) -> float:
    """Probability that the block fails, summed from small numbers: its digits outlive 1 - _works."""
    return _works(_dual(block), {name: 1.0 - a for name, a in up.items()}, shared)


def _dual(block: Block) -> Block:
    """The block that works where this one fails: of n blocks with k needed, n - k + 1 have to fail."""
    if block.name:
        return block
    return Block("", tuple(_dual(b) for b in block.blocks), len(block.blocks) - block.needed + 1)


def _gain(block: Block, up: Mapping[str, float], shared: Sequence[str], name: str) -> float:
    """By how much the system's availability falls when a part is down rather than up."""
    worse = _fails(block, {**up, name: 0.0}, shared)
    return worse - _fails(block, {**up, name: 1.0}, shared)


def parsed(expression: str) -> Block:
    """The blocks of an expression of names with `&`, `|`, parentheses and `kof(a, b, ...)`. Raises BadInput."""
    tokens = _tokens(expression)
    block, rest = _either(tokens)
    if rest:
        raise _wrong(rest[0])
    return block


def _tokens(expression: str) -> list[str]:
    tokens, at = [], 0
    trimmed = expression.rstrip()
    while at < len(trimmed):
        match = _TOKEN.match(trimmed, at)
        if match is None:
            raise _wrong(trimmed[at:].strip()[:1])
        tokens.append(match[1] or match[2])
        at = match.end()
    if not tokens:
        raise _wrong("nothing")
    return tokens


def _either(tokens: list[str]) -> tuple[Block, list[str]]:
    return _joined(tokens, "|")


def _joined(tokens: list[str], sign: Literal["|", "&"]) -> tuple[Block, list[str]]:
    block, rest = _joined(tokens, "&") if sign == "|" else _single(tokens)
    blocks = [block]
    while rest and rest[0] == sign:
        block, rest = _joined(rest[1:], "&") if sign == "|" else _single(rest[1:])
        blocks.append(block)
    if len(blocks) == 1:
        return blocks[0], rest
    return (parallel(*blocks) if sign == "|" else series(*blocks)), rest


def _single(tokens: list[str]) -> tuple[Block, list[str]]:
    if not tokens:
        raise _wrong("its end")
    first, rest = tokens[0], tokens[1:]
    counted = _COUNTED.fullmatch(first)
    if counted and rest and rest[0] == "(":
        return _several(int(counted[1]), rest[1:])
    if first == "(":
        block, rest = _either(rest)
        return block, _after(rest, ")")
    if first in "&|),":
        raise _wrong(first)
    return part(first), rest


def _several(needed: int, tokens: list[str]) -> tuple[Block, list[str]]:
    block, rest = _either(tokens)
    blocks = [block]
    while rest and rest[0] == ",":
        block, rest = _either(rest[1:])
        blocks.append(block)
    if not 1 <= needed <= len(blocks):
        raise BadInput(f"wants {needed} of {len(blocks)}", where="structure", allowed=f"1 to {len(blocks)}")
    return parallel(*blocks, needed=needed), _after(rest, ")")


def _after(tokens: list[str], sign: str) -> list[str]:
    if not tokens or tokens[0] != sign:
        raise _wrong(tokens[0] if tokens else "its end")
    return tokens[1:]


def _wrong(met: str) -> BadInput:
    return BadInput(
        f"has {met!r} where it may not stand", where="structure", allowed="names with & | ( ) and kof(a, b, ...)",
        hint="gnb & (link-a | link-b)",
    )  # fmt: skip


def read_parts(content: str, where: str) -> tuple[str, tuple[Part, ...]]:
    """The structure and the parts of TOML text: `structure = "..."` and tables `[part.NAME]`.

    Raises BadInput, OutOfRange.
    """
    content_table = document(content, where)
    require_known(content_table, ("structure", "part"), where)
    given = content_table.get("part", {})
    if not isinstance(given, dict) or not given:
        raise BadInput("is missing", where=f"{where} part", allowed="tables [part.NAME] with mtbf_h and mttr_h")
    parts = []
    for name, values in given.items():
        place = f"{where} part.{name}"
        require_known(values, ("mtbf_h", "mttr_h", "source"), place)
        if "mtbf_h" not in values or "mttr_h" not in values:
            raise BadInput("lacks a time", where=place, allowed="mtbf_h and mttr_h")
        parts.append(Part(name, number(values, "mtbf_h", place), number(values, "mttr_h", place),
                          text(values, "source", place)))  # fmt: skip
    structure = text(content_table, "structure", where) or " & ".join(given)
    return structure, tuple(parts)
