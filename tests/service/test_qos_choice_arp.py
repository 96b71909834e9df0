"""A critical flow outranks every other, whatever the isolation that each asks for."""

from setsail.standards import facts


def test_every_critical_level_is_before_every_other() -> None:
    rows = facts.table("qos/arp.csv")
    assert max(int(r.need("critical_arp")) for r in rows) < min(int(r.need("arp")) for r in rows)
    for column in ("arp", "critical_arp"):
        levels = [int(r.need(column)) for r in sorted(rows, key=lambda r: r.need("isolation"))]
        assert levels == sorted(set(levels), reverse=True)
        assert all(1 <= level <= 15 for level in levels)
