"""A small synthetic site for tests: two wards, one theatre, one lift, on one floor."""

from __future__ import annotations

from setsail.site.model import Floor, Need, Room, Site


def room(name: str, x: float, function: str, *, critical: bool = False, width: float = 6.0) -> Room:
    """A room of 5 m depth along a corridor."""
    outline = ((x, 0.0), (x + width, 0.0), (x + width, 5.0), (x, 5.0))
    return Room(name, name, "F0", function, outline, width * 5.0, critical=critical, height_m=3.0)


def small_site(*needs: Need, licensed: tuple[str, ...] = ()) -> Site:
    """The site with these needs."""
    rooms = (
        room("W1", 0, "ward"), room("W2", 6, "ward"), room("OR", 12, "operating-theatre", critical=True),
        room("L1", 18, "lift", width=3.0),
    )  # fmt: skip
    floor = Floor("F0", "Ground", 0, 0.0, 3.2, rooms)
    return Site("synthetic", "Synthetic small hospital", "hospital", (floor,), needs, licensed, synthetic=True)
