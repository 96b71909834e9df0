"""A small synthetic ward with its network and facts, for the tests of this folder."""

from __future__ import annotations

from pathlib import Path

from setsail.conformance.profile import Profile
from setsail.conformance.profile_reader import COLUMNS, read_profile
from setsail.design.assess.facts import Fact
from setsail.design.network.model import Carrier, Cell, Flow, Head, Link, Network, Slice, Upf
from setsail.site.model import Floor, Need, Room, Site


def box(west: float) -> tuple[tuple[float, float], ...]:
    return ((west, 0.0), (west + 5.0, 0.0), (west + 5.0, 4.0), (west, 4.0))


def room(name: str, *, function: str = "ward", critical: bool = False, indoor: bool = True) -> Room:
    return Room(name, name, "F1", function, box(6.0 * (int(name[1:]) - 1)), 20.0, critical=critical, indoor=indoor)


def site(**declared: float | bool | str) -> Site:
    rooms = (
        room("R1"),
        room("R2", function="operating-theatre", critical=True),
        room("R3", function="roof", indoor=False),
    )
    floor = Floor("F1", "First", 0, 0.0, 3.5, rooms)
    needs = (Need("N1", "APP-131", 2, room="R1"), Need("N2", "APP-124", 4, function="ward"))
    return Site("S", "Synthetic ward", "hospital", (floor,), needs, ("n78",), declared=dict(declared), synthetic=True)


def network() -> Network:
    return Network(
        "S",
        (Carrier("C1", "n78", 3.5e9, 100e6, 30e3),),
        (Cell("A", "C1"),),
        (Head("H1", "F1", 1.0, 1.0, 3.0, "A", 24.0, 4), Head("H2", "F1", 4.0, 3.0, 3.0, "A", 24.0, 4)),
        (Slice("med", 2, "000001", 0.3, 0.8, "I2", upf="U1"), Slice("pub", 1, "000002", 0.1, 1.0, "I1", upf="U2")),
        (
            Flow("f1", "R1", "APP-131", 2, 1.0, 2, "pub", arp=8, upf="U2"),
            Flow("f2", "R2", "APP-124", 4, 1.0, 3, "med", arp=3, upf="U1", critical=True),
        ),
        (Upf("U1", "on-site", 50.0), Upf("U2", "regional", 30e3)),
        (Link("L1", "S", "U1", 50.0, 1e10), Link("L2", "S", "U2", 30e3, 1e10, group="duct-1")),
    )


ROW = {
    "check": "x.rsrp", "version": "1", "dimension": "performance", "label_en": "RSRP", "label_zh": "电平",
    "fact": "radio.rsrp_dbm.p05", "subject": "room", "where": "", "op": ">=", "limit": "-105", "unit": "dBm",
    "stages": "design|accept|operate", "kind": "target", "method": "computed", "document": "own", "edition": "1",
    "clause": "A", "mark": "own", "remedy_en": "Move it", "remedy_zh": "移动",
}  # fmt: skip
HEAD = """profile = "mine"
version = "1"
name_en = "Mine"

[[dimensions]]
dimension = "performance"
name_en = "Performance"

[[dimensions]]
dimension = "security"
name_en = "Security"
"""


def write_profile(folder: Path, *rows: dict[str, str], head: str = HEAD) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "profile.toml").write_text(head, encoding="utf-8")
    columns = [*COLUMNS, *sorted({key for row in rows for key in row} - set(COLUMNS))]
    cells = [",".join((ROW | row).get(c, "") for c in columns) for row in rows]
    (folder / "checks.csv").write_text("\n".join([",".join(columns), *cells]) + "\n", encoding="utf-8")
    return folder


def made(folder: Path, *rows: dict[str, str]) -> Profile:
    return read_profile(write_profile(folder, *rows))


def rsrp(value: float | None, subject: str = "room:R1", **changes: object) -> Fact:
    return Fact("radio.rsrp_dbm.p05", subject, value, "dBm", **changes)  # type: ignore[arg-type]
