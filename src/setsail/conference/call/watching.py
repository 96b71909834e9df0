"""Who is sent whose picture: a ring, turned so that in the end everybody has seen everybody."""

from __future__ import annotations

import math
from collections.abc import Sequence

SHORTEST_S = 2.2
"""Of one turn: a key picture comes every second, counting begins with the first of them, and two strips are wanted."""


def turns(sites: int, receive: int, seconds: float) -> int:
    """How often the senders change: as often as all pairs need, no more than `seconds` allow, once at least."""
    if receive < 1 or sites < 2:
        return 1
    return max(1, min(math.ceil((sites - 1) / receive), int(seconds / SHORTEST_S)))


def targets(sites: Sequence[str], receive: int, turn: int) -> dict[str, tuple[str, ...]]:
    """Site to the sites whose pictures it gets in that turn: the next ones of the ring, each as often as the others."""
    others = len(sites) - 1
    count = min(receive, others)
    return {
        site: tuple(sites[(i + 1 + (turn * count + place) % others) % len(sites)] for place in range(count))
        for i, site in enumerate(sites)
    }
