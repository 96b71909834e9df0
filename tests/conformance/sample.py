"""A small synthetic site with a network and a judgement of it, for tests of what is made from judgements."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from setsail.conformance.evidence import File
from setsail.conformance.findings import Bound, Finding, Judged, NotApplicable
from setsail.conformance.profile import Check, Dimension, Profile
from setsail.conformance.report.inputs import Bill, BillLine, Branch, Budget, FloorMap, Inputs
from setsail.design.assess.facts import Fact
from setsail.design.network.model import Carrier, Cell, Flow, Head, Network, Slice
from setsail.site.model import Floor, Need, Room, Site, Told, Wall

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
DIMENSIONS = (
    Dimension("functionality", "Functionality", "功能性"),
    Dimension("performance", "Performance", "性能"),
    Dimension("security", "Security", "安全性"),
    Dimension("reliability", "Reliability", "可靠性"),
)


def room(
    ident: str, x: float, y: float, *, name: str = "Ward", floor: str = "1", size: tuple[float, float] = (6, 8)
) -> Room:
    corners = ((x, y), (x + size[0], y), (x + size[0], y + size[1]), (x, y + size[1]))
    return Room(ident, name, floor, "ward", corners, size[0] * size[1], height_m=2.8)


def floor(level: int, columns: int = 9) -> Floor:
    ident = str(level)
    rooms = [room(f"{ident}A{10 + k}", 6.0 * k, 0, floor=ident) for k in range(columns)]
    rooms += [room(f"{ident}C01", 0, 8, name="Corridor", floor=ident, size=(6.0 * columns, 2.5))]
    rooms += [room(f"{ident}B{10 + k}", 6.0 * k, 10.5, name="Operating theatre", floor=ident) for k in range(columns)]
    walls = [
        Wall(f"{r.room}-{k}", ident, a, b, "light", "derived")
        for r in rooms
        for k, (a, b) in enumerate(zip(r.outline, (*r.outline[1:], r.outline[0]), strict=True))
    ]
    return Floor(ident, f"Level {ident}", level, 3.6 * level, 3.6, tuple(rooms), tuple(walls))


def site(name: str = "Invented Bay Hospital") -> Site:
    return Site(
        "bay", name, "hospital", (floor(0), floor(1)),
        needs=(Need("n1", "APP-131", 2, function="ward"),), licensed_bands=("n78",), synthetic=True,
        source="made for tests", inferred=(Told("wall 1", "wall", "walls are derived from room outlines"),) * 3,
        refused=(Told("ROOF-1", "space", "no box"),),
    )  # fmt: skip


def network() -> Network:
    heads = tuple(
        Head(f"H{level}{k}", str(level), 9.0 + 18 * k, 9.25, 2.7, f"C{level}", 20.0, 4)
        for level in (0, 1)
        for k in range(3)
    )
    flows = tuple(
        Flow(f"F{k}", f"1A{10 + k}", "APP-131", 2, 0.5, 82, "urllc", gbr_ul_bps=2e6, gbr_dl_bps=1e6) for k in range(6)
    )
    return Network(
        "bay", (Carrier("a", "n78", 3.5e9, 100e6, 30e3),), (Cell("C0", "a"), Cell("C1", "a")), heads,
        (Slice("urllc", 2, "000001", 0.2, 0.6),), flows, notes=("one carrier of 100 MHz; n28 was dearer",),
    )  # fmt: skip


def check(ident: str, label: str, zh: str, unit: str, limit: str, **changes: object) -> Check:
    given: dict[str, object] = {
        "check": ident, "version": 1, "dimension": "performance", "label_en": label, "label_zh": zh, "fact": ident,
        "subject": "room", "where": (), "op": ">=", "limit": limit, "unit": unit, "stages": ("design", "accept"),
        "kind": "normative", "method": "computed", "document": "3GPP TS 23.501", "edition": "19.7.0",
        "clause": "Table 5.7.4-1", "mark": "seen", "remedy_en": "Move a head closer, or add one",
        "remedy_zh": "移近射频单元或增加一个",
    }  # fmt: skip
    return Check(**(given | changes))  # type: ignore[arg-type]


RECALLED = {"mark": "recalled", "document": "operator practice", "edition": "", "clause": "-"}
SITE = {"subject": "site"}
CHECKS = (
    check("perf.rsrp", "Coverage of each room", "房间覆盖", "dBm", "-95"),
    check("perf.latency", "Delay keeps the need", "时延满足需求", "s", "need:latency_s", subject="flow", op="<="),
    check("rel.second", "A second server", "有第二服务小区", "dBm", "-105", dimension="reliability", **RECALLED),
    check("sec.encryption", "User plane is encrypted", "用户面加密", "bool", "true", dimension="security", op="==",
          method="declared", **SITE),
    check("fun.voice", "Voice is served", "提供语音业务", "ratio", "0.98", dimension="functionality", method="measured",
          **SITE),
    check("fun.slot", "Value of the owner", "所有者的阈值", "ratio", "", dimension="functionality", **SITE),
)  # fmt: skip
PROFILE = Profile(
    "sample", "1.0", "Sample profile", "示例规范集", "Made for tests from public numbers; it is no standard.",
    "仅供测试，依据公开数据编写，不是任何标准。", DIMENSIONS, CHECKS,
)  # fmt: skip


def judged(*, failing: bool = True, stage: str = "design", rooms: int = 9) -> Judged:
    rsrp, latency, second, encryption, voice, _ = CHECKS
    found = []
    for k in range(rooms):
        value = -99.25 + k if failing else -80.0 + k
        fact = Fact(
            "perf.rsrp",
            f"room:1A{10 + k}",
            value,
            "dBm",
            cause="concrete wall beside the shaft",
            sources=("heads.csv",),
        )
        found.append(Finding(rsrp, fact, "pass" if value >= -95 else "fail", Bound(-95.0), value + 95))
    for k in range(6):
        met = 0.0118 if failing and k < 2 else 0.0052
        fact = Fact("perf.latency", f"flow:F{k}", met, "s", cause="radio: waiting for an uplink slot")
        found.append(
            Finding(
                latency, fact, "fail" if met > 0.01 else "pass", Bound(0.01, "APP-131", True, "normative"), 0.01 - met
            )
        )
    for k in range(2):
        fact = Fact("rel.second", f"room:1B{10 + k}", -101.0, "dBm", verified=False)
        found.append(Finding(second, fact, "inconclusive", Bound(-105.0), 4.0, "met, but the threshold is recalled"))
    found.append(
        Finding(encryption, Fact("sec.encryption", "site:bay", True, "bool", "declared"), "pass", Bound(True), None)
    )
    found.append(
        Finding(
            voice,
            Fact("fun.voice", "site:bay", None, "ratio", "measured", cause="no log of calls"),
            "not_measurable",
            Bound(0.98),
            None,
        )
    )
    passed_over = (NotApplicable(CHECKS[5], "", "the threshold is not stated"),)
    return Judged("bay", PROFILE, stage, tuple(found), passed_over, ("fun.slot",), len(found))  # type: ignore[arg-type]


def raster(ident: str) -> FloorMap:
    x, y = np.arange(-2.0, 57.0, 0.5), np.arange(21.0, -2.5, -0.5)
    distance = np.min([np.hypot(x[None, :] - cx, y[:, None] - 9.25) for cx in (9.0, 27.0, 45.0)], axis=0)
    rsrp = -48.0 - 34 * np.log10(np.maximum(distance, 0.7))
    rsrp = np.where((x[None, :] < 0) | (x[None, :] > 54) | (y[:, None] < 0) | (y[:, None] > 18.5), np.nan, rsrp)
    return FloorMap(ident, x, y, {"rsrp": rsrp, "sinr": rsrp + 95.0})


def budget(flow: str = "F0", direction: str = "ul") -> Budget:
    wait = Branch("waiting for an uplink slot", 0.0022, 0.0048)
    radio = Branch(
        "radio",
        0.0041,
        0.0082,
        (wait, Branch("scheduling request", 0.0012, 0.0024), Branch("transmission", 0.0007, 0.001)),
    )
    tree = Branch(
        "UE to N6",
        0.0061,
        0.0118,
        (radio, Branch("transport", 0.0010, 0.0016), Branch("user-plane function", 0.0010, 0.002)),
    )
    return Budget(flow, "APP-131", direction, "1A10", 0.010, tree, "preset 3gpp")


def bill() -> Bill:
    lines = (
        BillLine("radio head, 4 ports", "四端口射频单元", 6, "", 1200.0, 7200.0, assumed=True, note="synthetic price"),
        BillLine("cable, category 6A", "六类线", 412.5, "m", 1.9, 783.75),
        BillLine("baseband unit", "基带单元", 1, "", 21000.0, 21000.0),
        BillLine("electricity", "电费", 4200, "kWh", 0.7, 2940.0, yearly=True),
    )
    return Bill("CNY", lines, 28983.75, (("energy_year", 4.2e3, "kWh"),), ("a second carrier",), ("synthetic prices",))


def files() -> tuple[File, ...]:
    return (File("heads.csv", "a" * 64, 512), File("site.toml", "b" * 64, 233))


def inputs(name: str = "Invented Bay Hospital", *, failing: bool = True) -> Inputs:
    return Inputs(
        judged(failing=failing), site(name), network(), NOW, "setsail 0.1.0", files(),
        (raster("0"), raster("1")), (budget(), budget("F1", "dl")), bill(),
    )  # fmt: skip


def folder(path: Path) -> Path:
    """A folder with the files that a site has."""
    (path / "floors").mkdir(parents=True)
    (path / "site.toml").write_text('site = "bay"\n', encoding="utf-8")
    (path / "heads.csv").write_text("head\nH1\n", encoding="utf-8")
    (path / "floors" / "1.geojson").write_text("{}\n", encoding="utf-8")
    return path
