"""5QI, slice types and slice attributes: keys, sources, and numbers of TS 23.501 v19.7.0 Table 5.7.4-1."""

from __future__ import annotations

import pytest

from setsail.base.errors import UnknownName
from setsail.standards import facts, qos

TABLES = (
    "fiveqi", "sst", "slice_service_profile", "application_requirements", "need_values", "satellites", "arp",
)  # fmt: skip


@pytest.mark.parametrize("name", TABLES)
def test_every_row_names_a_known_source_and_a_clause(name: str) -> None:
    rows = facts.table(f"qos/{name}.csv")
    assert rows
    for row in rows:
        assert row.need("source_id") in facts.sources(), row
        assert row.need("clause")
        if "evidence" in row.cells:
            assert row.need("evidence") in ("seen", "secondary", "recalled", "assumed")


@pytest.mark.parametrize(
    "row",
    [
        (1, "GBR", 20, 100, 1e-2, None, 20),
        (2, "GBR", 40, 150, 1e-3, None, 20),
        (3, "GBR", 30, 50, 1e-3, None, 20),
        (9, "Non-GBR", 90, 300, 1e-6, None, 20),
        (65, "GBR", 7, 75, 1e-2, None, 10),
        (80, "Non-GBR", 68, 10, 1e-6, None, 2),
        (82, "Delay-critical GBR", 19, 10, 1e-4, 255, 1),
        (83, "Delay-critical GBR", 22, 10, 1e-4, 1354, 1),
        (84, "Delay-critical GBR", 24, 30, 1e-5, 1354, 5),
        (85, "Delay-critical GBR", 21, 5, 1e-5, 255, 2),
        (86, "Delay-critical GBR", 18, 5, 1e-4, 1354, 2),
        (89, "Delay-critical GBR", 25, 15, 1e-4, 17000, 1),
        (90, "Delay-critical GBR", 25, 20, 1e-4, 63000, 1),
    ],
)
def test_fiveqi_holds_the_numbers_of_the_table(
    row: tuple[int, str, int, float, float, int | None, float],
) -> None:
    value, kind, priority, pdb_ms, per, mdbv, core_ms = row
    q = qos.fiveqi(value)
    assert (q.resource_type, q.priority, q.mdbv_bytes, q.per) == (kind, priority, mdbv, per)
    assert q.pdb_s == pytest.approx(pdb_ms / 1e3)
    assert q.static_cn_pdb_s == pytest.approx(core_ms / 1e3)
    assert q.an_pdb_s == pytest.approx((pdb_ms - core_ms) / 1e3)


def test_only_delay_critical_values_have_a_burst_volume_and_count_late_packets() -> None:
    assert len(qos.fiveqis()) == 32
    for q in qos.fiveqis().values():
        assert q.resource_type in qos.RESOURCE_TYPES
        assert (q.mdbv_bytes is not None) == q.delay_critical
        assert q.promised_share == (pytest.approx(1 - q.per) if q.delay_critical else 0.98)
        assert (q.averaging_window_s is not None) == q.gbr


def test_five_values_are_assigned_by_the_network_only() -> None:
    """TS 23.501 v19.7.0 Table 5.7.4-1 NOTE 12."""
    assert [v for v, q in qos.fiveqis().items() if q.network_assigned] == [65, 66, 67, 69, 70]


@pytest.mark.parametrize("value", [0, 11, 64, 68, 81, 91, 128, 255])
def test_fiveqi_outside_the_table_is_refused(value: int) -> None:
    with pytest.raises(UnknownName, match=rf"{value}.*128 to 254"):
        qos.fiveqi(value)


def test_slice_types_are_one_to_seven() -> None:
    assert [(s.sst, s.name) for s in qos.ssts().values()] == [
        (1, "eMBB"), (2, "URLLC"), (3, "MIoT"), (4, "V2X"), (5, "HMTC"), (6, "HDLLC"), (7, "GBRSS"),
    ]  # fmt: skip
    with pytest.raises(UnknownName, match="8"):
        qos.sst(8)


def test_slice_attributes_are_those_of_a_service_profile() -> None:
    names = [a.attribute for a in qos.service_profile()]
    assert len(names) == len(set(names)) == 43
    assert {"sst", "dLLatency", "uLReliability", "survivalTime", "availability"} <= set(names)
