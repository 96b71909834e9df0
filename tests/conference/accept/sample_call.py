"""A measured call written by hand, and the means to spoil one thing in it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from setsail.conference.accept.steps import OnCall
from setsail.conference.call.facts import CallFacts, PairFacts, SiteFacts, StreamFacts

NAMES = ("S01", "S02", "S03", "command")
WHO = OnCall("S01", ("S02", "S03"), "command")


def pair(of: str, to: str, **changed: Any) -> PairFacts:
    """What `to` got of `of` in ten seconds without a fault."""
    sound: dict[str, Any] = {
        "seconds": 10.0,
        "frames": 150,
        "packets": 400,
        "marks": 10,
        "delay_s": 0.05,
        "heard": True,
    }
    return PairFacts(of, to, **(sound | changed))


def stream(to: str, place: int, **changed: Any) -> StreamFacts:
    """One of the streams of ten seconds without a fault."""
    sound: dict[str, Any] = {"seconds": 10.0, "frames": 150, "packets": 400, "gaps": 0, "lost": 0, "freezes": 0,
                             "marks": 10, "marks_wrong": 0}  # fmt: skip
    return StreamFacts(to, place, **(sound | changed))


def call(
    *, pairs: dict[tuple[str, str], dict[str, Any]] | None = None, site: dict[str, dict[str, Any]] | None = None,
    streams: dict[int, dict[str, Any]] | None = None,
) -> CallFacts:  # fmt: skip
    """A sound call of four, in which what is named is changed: pairs by (of, to), sites by name, streams of S01."""
    pairs, site, streams = pairs or {}, site or {}, streams or {}
    every = tuple(pair(a, b, **pairs.get((a, b), {})) for b in NAMES for a in NAMES if a != b)
    known = tuple(
        replace(SiteFacts(n, i, joined_s=1.0, mix_packets=500), **site.get(n, {})) for i, n in enumerate(NAMES, start=1)
    )
    shown = tuple(stream("S01", place, **streams.get(place, {})) for place in range(3))
    return CallFacts(10.0, 4, "h264", 15, 330.0, known, shown, every, {"turns": 1})
