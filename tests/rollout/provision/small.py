"""A small synthetic rollout and a random source that anybody can repeat."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from setsail.rollout.model import CallOrder, Crew, Depot, Rollout, RolloutSite, Vehicle

NOTICE = datetime(2030, 1, 1, 22, tzinfo=UTC)
NOW = datetime(2030, 1, 1, 22, 30, tzinfo=UTC)


def rollout(sites: int = 3, *, call: CallOrder | None = None) -> Rollout:
    """Synthetic sites S1, S2, ... in a row."""
    places = tuple(
        RolloutSite(f"S{i}", f"Synthetic clinic {i}", 30.0 + i / 100, 114.0, name_zh=f"合成诊所{i}", mark="synthetic")
        for i in range(1, sites + 1)
    )
    return Rollout(
        "synthetic-3", "Synthetic rollout", NOTICE, NOTICE + timedelta(hours=24), places,
        (Depot("D1", 30.0, 114.0, 2, 10.0),), (Vehicle("V1", "D1", 9),), (Crew("C1", "V1"),),
        call=call or CallOrder(),
    )  # fmt: skip


def with_name(one: Rollout, name: str) -> Rollout:
    """The same rollout with another name for its first site."""
    return replace(one, sites=(replace(one.sites[0], name=name), *one.sites[1:]))


def counted_bytes(seed: str = "a") -> Callable[[int], bytes]:
    """Bytes that look random and are the same each time; for tests only."""
    at = 0

    def draw(count: int) -> bytes:
        nonlocal at
        found = b""
        while len(found) < count:
            at += 1
            found += hashlib.sha256(f"{seed}{at}".encode()).digest()
        return found[:count]

    return draw
