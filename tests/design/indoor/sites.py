"""Small invented sites and networks for the tests of the indoor design."""

from __future__ import annotations

from dataclasses import replace

from setsail.design.network.model import Carrier, Cell, Head, Network
from setsail.site.model import Floor, Need, Room, Site, Wall

N78 = Carrier("n78", "n78", 3.35e9, 100e6, 30e3)


def box(  # noqa: PLR0917 - a box is read in one line
    name: str, x: float, y: float, wide: float, deep: float, function: str = "ward", **more: object
) -> Room:
    """A rectangular room with its south-west corner at x, y."""
    outline = ((x, y), (x + wide, y), (x + wide, y + deep), (x, y + deep))
    return Room(name, name, "F0", function, outline, wide * deep, **more)  # type: ignore[arg-type]


def hall(name: str = "F0", level: int = 0, wide: float = 20.0, deep: float = 10.0) -> Floor:
    """A floor of one empty hall without walls."""
    room = replace(box(f"R{level}", 0.0, 0.0, wide, deep), floor=name)
    return Floor(name, name, level, 3.5 * level, 3.5, (room,))


def site(*floors: Floor, **more: object) -> Site:
    """A synthetic site of these floors."""
    return Site("S", "Synthetic site", "hospital", floors, synthetic=True, **more)  # type: ignore[arg-type]


def head(name: str, x: float, y: float, cell: str = "C1", floor: str = "F0", **more: float) -> Head:
    """A head of four ports with 24 dBm each under a ceiling of 3 m."""
    given = {"z_m": 3.0, "power_dbm": 24.0} | more
    return Head(name, floor, x, y, given["z_m"], cell, given["power_dbm"], 4)


def network(*heads: Head, carrier: Carrier = N78, load: float = 0.5) -> Network:
    """A network of these heads, with a cell for each name that they use."""
    cells = tuple(Cell(name, carrier.carrier, load) for name in sorted({h.cell for h in heads}))
    return Network("S", (carrier,), cells, heads)


def ward_floor(name: str = "F0", level: int = 0) -> Floor:
    """Eight wards on both sides of a corridor, a lift, a staircase and an X-ray room, with walls between them."""
    rooms = [box(f"W{level}{k}", 6.0 * (k % 4), 8.0 * (k // 4), 6.0, 5.0) for k in range(8)]
    rooms += [
        box(f"X{level}", 24.0, 0.0, 6.0, 5.0, "imaging-x-ray", shielded=True),
        box(f"L{level}", 24.0, 8.0, 2.0, 2.0, "lift"), box(f"T{level}", 26.0, 8.0, 4.0, 5.0, "stairs"),
        box(f"C{level}", 0.0, 5.0, 30.0, 3.0, "corridor"),
    ]  # fmt: skip
    lines = [((0.0, 5.0), (30.0, 5.0)), ((0.0, 8.0), (30.0, 8.0))]
    lines += [((6.0 * k, y), (6.0 * k, y + 5.0)) for k in range(1, 4) for y in (0.0, 8.0)]
    walls = [Wall(f"{name}-{i}", name, a, b, "light") for i, (a, b) in enumerate(lines)]
    around = [
        ((24.0, 0.0), (30.0, 0.0)),
        ((30.0, 0.0), (30.0, 4.9)),
        ((30.0, 4.9), (24.0, 4.9)),
        ((24.0, 4.9), (24.0, 0.0)),
    ]
    walls += [Wall(f"{name}-x{i}", name, a, b, "lead-lined") for i, (a, b) in enumerate(around)]
    made = tuple(replace(room, floor=name) for room in rooms)
    return Floor(name, name, level, 3.6 * level, 3.6, made, tuple(walls))


def clinic(floors: int = 1, **more: object) -> Site:
    """Floors of wards, with a monitor in every ward."""
    need = Need("N1", "APP-131", 1, function="ward")
    given: dict[str, object] = {"needs": (need,)} | more
    return site(*(ward_floor(f"F{k}", k) for k in range(floors)), **given)
