"""Choice of a 5QI: fits, promises, and is the same each time."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.service.need import burst_bytes, delay_fits, hard_bound_wanted, loss_fits, losses_until_down
from setsail.service.qos import choose
from setsail.standards.applications import application, applications
from setsail.standards.qos import fiveqi


@pytest.mark.parametrize(
    ("app", "value"),
    [
        ("APP-078", 85),  # natural value fits over two legs
        ("APP-131", 2),  # conference: 150 ms, nothing more asked
        ("APP-123", 7),  # vital signs: Non-GBR
        ("APP-124", 84),  # 99.99999 % with a bound: late packets must count; longest PDB of those values
        ("APP-144", 84),  # 99 % is more than 98 %
        ("APP-027", 83),  # message of 1 kB: the same delay and loss as 82 with a larger default volume
        ("APP-080", 80),  # two legs: only a PER of 1e-6 leaves 99.999 %
        ("APP-071", 85),
        ("APP-118", None),
        ("APP-060", None),  # positioning has no QoS flow
    ],
)
def test_choice_of_known_applications(app: str, value: int | None) -> None:
    assert choose(app).fiveqi == value


def test_choice_without_a_standard_value_says_what_to_signal() -> None:
    c = choose("APP-118")
    assert (c.failing, c.resource_type, c.per) == ("pdb", "Delay-critical GBR", 1e-6)
    assert c.pdb_s == pytest.approx(0.002)
    assert c.mdbv_bytes == 4000  # 16 Mbit/s x 2 ms
    assert "operator's own 5QI" in c.reason


def test_choice_carries_rates_slice_burst_and_priority() -> None:
    c = choose("APP-052")
    assert (c.gbr_ul_bps, c.gbr_dl_bps, c.sst, c.mdbv_bytes, c.mdbv_signalled) == (25e6, 1e6, 4, 9375, True)
    assert c.arp < choose("APP-001").arp
    assert choose("APP-052", critical=True).arp < c.arp
    best_effort = choose("APP-001")
    assert (best_effort.gbr_ul_bps, best_effort.mbr_ul_bps, best_effort.mdbv_bytes) == (0.0, 500e6, None)


def test_second_leg_asks_for_a_shorter_budget() -> None:
    app = replace(application("APP-131"), latency_s=0.15)
    assert choose(app).fiveqi == 2
    two = choose(app, legs=2)
    assert two.fiveqi is not None
    assert fiveqi(two.fiveqi).pdb_s * 2 <= 0.15


def test_rate_of_periodic_messages_is_size_over_interval() -> None:
    c = choose("APP-027")  # 1000 byte every 10 ms
    assert c.gbr_ul_bps == pytest.approx(800e3)


@given(st.sampled_from(sorted(applications())), st.booleans(), st.sampled_from([None, 1, 2]))
def test_choice_fits_and_is_the_same_each_time(name: str, critical: bool, legs: int | None) -> None:
    app = applications()[name]
    c = choose(app, critical=critical, legs=legs)
    assert c == choose(name, critical=critical, legs=legs)
    assert 1 <= c.arp <= 15
    if c.fiveqi is None:
        return
    q = fiveqi(c.fiveqi)
    assert delay_fits(app, q, c.legs) is not False
    assert loss_fits(app, q, c.legs) is not False
    assert (c.mdbv_bytes is None) == (not q.delay_critical)
    need = burst_bytes(app, q)
    if c.mdbv_bytes is not None and need is not None:
        assert c.mdbv_bytes >= need[0] - 1e-6
    assert c.promised == (q.delay_critical or not hard_bound_wanted(app))
    assert c.fiveqi not in c.alternatives


def test_losses_until_down_are_floor_of_survival_over_interval_plus_one() -> None:
    """TS 22.104 Annex C.3."""
    assert [losses_until_down(s, 0.01) for s in (None, 0.0, 0.005, 0.01, 0.019, 0.03)] == [1, 1, 1, 2, 2, 4]
    assert losses_until_down(0.3, 0.1) == 4  # 0.3 / 0.1 falls short of 3 in binary
