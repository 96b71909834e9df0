"""From needs to slices, shares, admission, user-plane functions and links, by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from setsail.base.errors import UnknownName
from setsail.design.dimension import cells, links, upf
from setsail.design.dimension.needs import Places, RoomRate, asked
from setsail.design.dimension.options import DimensionOptions, default_places, isolations
from setsail.design.dimension.study import dimension
from setsail.design.network.model import Flow
from setsail.design.network.text import network_of, texts
from setsail.service.qos import choose
from setsail.site.model import Need
from tests.design.dimension.sites import small_site
from tests.design.network.networks import small

WIDE = {name: RoomRate("A", 100e6, 800e6) for name in ("W1", "W2", "OR", "L1")}
OPTIONS = DimensionOptions()


def flow(name: str, count: int, ul: float, *, arp: int = 8, active: float = 1.0, critical: bool = False) -> Flow:
    """A guaranteed flow of devices that each take the share `ul` of cell A in the uplink."""
    return Flow(
        name, "W1", "APP-124", count, active, 3, "s", gbr_ul_bps=1e6, mbr_ul_bps=1e6, arp=arp, critical=critical,
        cell="A", prb_ul_ratio=ul, prb_dl_ratio=0.0,
    )  # fmt: skip


def test_need_of_a_function_becomes_one_flow_in_each_such_room() -> None:
    site = small_site(Need("N1", "APP-124", 4, function="ward", activity_ratio=0.5))
    made = [one.flow for one in asked(site, WIDE)]
    assert [(f.flow, f.room, f.count, f.activity_ratio) for f in made] == [
        ("N1:W1", "W1", 4, 0.5),
        ("N1:W2", "W2", 4, 0.5),
    ]
    qos = choose("APP-124")
    assert {(f.fiveqi, f.gbr_ul_bps, f.arp, f.mdbv_bytes) for f in made} == {
        (qos.fiveqi, qos.gbr_ul_bps, qos.arp, qos.mdbv_bytes)
    }
    assert made[0].prb_ul_ratio == pytest.approx(0.5e6 / 100e6)


def test_need_of_no_place_is_one_of_every_indoor_room() -> None:
    site = small_site(Need("N1", "APP-123", 2), Need("N2", "APP-123", 0))
    known = Places(site)
    assert [(room.room, n) for room, n in known.of(site.needs[0])] == [("W1", 2), ("W2", 2), ("OR", 2), ("L1", 2)]
    assert known.of(site.needs[1]) == []


def test_need_for_what_is_not_there_is_refused_by_name() -> None:
    with pytest.raises(UnknownName, match=r"need N1: is for room 'X9'; allowed: W1, W2, OR, L1"):
        asked(small_site(Need("N1", "APP-124", 1, room="X9")), WIDE)
    with pytest.raises(UnknownName, match="is for function 'stable'; allowed: lift, operating-theatre, ward"):
        asked(small_site(Need("N1", "APP-124", 1, function="stable")), WIDE)
    with pytest.raises(UnknownName, match="application: is 'APP-999'"):
        asked(small_site(Need("N1", "APP-999", 1)), WIDE)


def test_application_without_a_standard_5qi_keeps_its_flow_with_signalled_values() -> None:
    made = dimension(small_site(Need("N1", "APP-118", 1, room="OR")), ["A"], WIDE)
    (one,) = made.flows
    qos = choose("APP-118", critical=True)
    assert one.fiveqi is None
    assert (one.pdb_s, one.per, one.mdbv_bytes) == (qos.pdb_s, qos.per, qos.mdbv_bytes)
    assert one.reason.startswith("no standard PDB fits 2 ms")
    assert any("APP-118" in note and "signalled" in note for note in made.notes)


def test_slices_are_one_for_each_type_and_level_with_their_own_differentiator() -> None:
    needs = (Need("N1", "APP-118", 1, room="OR"), Need("N2", "APP-131", 2, function="ward"),
             Need("N3", "APP-132", 1, room="W1"))  # fmt: skip
    made = dimension(small_site(*needs), ["A"], WIDE)
    assert [(s.slice, s.sst, s.sd, s.isolation, s.dnn) for s in made.slices] == [
        ("embb-i0", 1, "", "I0", "internet"), ("embb-i1", 1, "010101", "I1", "internal"),
        ("urllc-i4", 2, "020401", "I4", "isolated"),
    ]  # fmt: skip


def test_guaranteed_share_is_the_quantile_of_what_flows_ask_for_in_whole_percents() -> None:
    # Two wards with ten monitors of 0.5 Mbit/s each on 100 Mbit/s: 20 x 0.5 % all at once, always active.
    made = dimension(small_site(Need("N1", "APP-124", 10, function="ward")), ["A"], WIDE)
    share = next(s for s in made.shares if s.direction == "ul")
    assert (share.prb_min_ratio, share.prb_max_ratio, share.prb_dedicated_ratio) == (0.10, 1.0, 0.0)
    down = next(s for s in made.shares if s.direction == "dl")
    assert down.prb_min_ratio == 0.0
    load = next(one for one in made.loads if one.direction == "ul")
    assert load.gbr_mean_ratio == pytest.approx(0.10)
    assert load.gbr_ratio == pytest.approx(0.10)


def test_reserved_slice_lends_nothing_and_lowers_the_maximum_of_others() -> None:
    needs = (Need("N1", "APP-119", 1, room="OR"), Need("N2", "APP-131", 1, room="W1"))
    made = dimension(small_site(*needs), ["A"], WIDE)
    by_name = {s.slice: s for s in made.shares if s.direction == "ul"}
    arm, talk = by_name["urllc-i3"], by_name["embb-i1"]
    assert arm.prb_dedicated_ratio == arm.prb_min_ratio == 0.16  # 16 of 100 Mbit/s
    assert talk.prb_max_ratio == pytest.approx(1 - 0.16)
    assert arm.prb_max_ratio == 1.0


def test_minima_never_sum_above_the_cell_and_the_urgent_come_first() -> None:
    slow = {"W1": RoomRate("A", 25e6, 100e6), "OR": RoomRate("A", 25e6, 100e6)}
    needs = (Need("N1", "APP-119", 1, room="OR"), Need("N2", "APP-131", 1, room="W1"))
    made = dimension(small_site(*needs), ["A"], slow)
    up = {s.slice: s.prb_min_ratio for s in made.shares if s.direction == "ul"}
    assert up["urllc-i3"] == 0.64
    assert sum(up.values()) <= 1.0
    network_of(texts(made.joined(replace(small(), flows=(), slices=(), shares=(), heads=()))), "x")


def test_admission_at_the_limit_takes_all_and_just_beyond_refuses_one() -> None:
    full = flow("a", 9, 0.1)  # gbr_ratio 0.9: nine tenths fit
    assert cells.admitted([full], OPTIONS) == {"a": 9}
    assert cells.admitted([flow("a", 9, 0.1001)], OPTIONS) == {"a": 8}
    assert cells.admitted([flow("a", 10, 0.1)], OPTIONS) == {"a": 9}


def test_admission_counts_activity_as_a_binomial() -> None:
    # Ten devices of a tenth, active half of the time: nine fit at once; all ten at once happen in 2^-10 of the time.
    assert cells.admitted([flow("a", 10, 0.1, active=0.5)], OPTIONS) == {"a": 10}
    strict = replace(OPTIONS, blocking=0.5**10 - 1e-9)
    assert cells.admitted([flow("a", 10, 0.1, active=0.5)], strict) == {"a": 9}


def test_admission_leaves_no_device_blocked_more_often_than_allowed() -> None:
    # One large device (0.5) among fifteen small ones (0.05, one time in ten): as a whole the cell of 0.9 overflows only
    # where the large one is active too; its arrival is blocked wherever nine of the fifteen are active.
    small = flow("small", 15, 0.05, active=0.1, arp=9)
    large = flow("large", 1, 0.5, active=0.05, arp=2)
    blocked = sum(math.comb(15, n) * 0.1**n * 0.9 ** (15 - n) for n in range(9, 16))
    allowed = replace(OPTIONS, blocking=0.6 * blocked)  # without one small device 0.44 of it remains
    assert 0.05 * blocked < allowed.blocking < blocked
    found = cells.admitted([small, large], allowed)
    assert found == {"large": 1, "small": 14}
    taken = [replace(f, refused=f.count - found[f.flow]) for f in (small, large)]
    assert max(one.blocking for one in cells.loads(["A"], taken, allowed)) <= allowed.blocking
    assert max(one.capacity_factor for one in cells.loads(["A"], taken, allowed)) > 1


def test_admission_takes_the_urgent_first_and_fills_with_the_rest() -> None:
    found = cells.admitted([flow("late", 9, 0.1, arp=9), flow("first", 5, 0.1, arp=2)], OPTIONS)
    assert found == {"first": 5, "late": 4}
    tie = cells.admitted([flow("a", 9, 0.1), flow("b", 9, 0.1, critical=True)], OPTIONS)
    assert tie == {"a": 0, "b": 9}


def test_blocking_of_one_class_is_that_of_engset() -> None:
    (up, _) = cells.loads(["A"], [flow("a", 12, 0.09, active=0.5)], OPTIONS)
    # 0.9 / 0.09: ten at once; an arrival sees the other eleven.
    states = [math.comb(11, n) for n in range(11)]
    assert up.blocking == pytest.approx(states[10] / sum(states), rel=1e-12)
    assert up.overflow_probability == pytest.approx((12 + 1) / 2**12, rel=1e-9)


def test_refused_devices_are_told_with_what_would_admit_them() -> None:
    rates = {"W1": RoomRate("A", 10e6, 100e6)}
    made = dimension(small_site(Need("N1", "APP-131", 1, room="W1")), ["A"], rates)
    (one,) = made.refusals
    assert (one.flow, one.devices) == ("N1", 1)
    assert one.reason == "one device alone asks for 2 times its cell"
    full = dimension(small_site(Need("N1", "APP-131", 9, room="W1")), ["A"], WIDE)
    (told,) = full.refusals
    assert told.devices == 5  # four of 20 Mbit/s fit into 90 of 100
    assert told.remedy.startswith("2 times its capacity")  # 9 x 0.2 / 0.9


def test_room_without_a_rate_admits_nothing_and_says_so() -> None:
    made = dimension(small_site(Need("N1", "APP-124", 2, room="L1")), ["A"], {"L1": RoomRate("A", 0.0, 1e6)})
    (one,) = made.refusals
    assert one.devices == 2
    assert one.remedy == "a head that covers the room"


def test_several_cells_are_dimensioned_apart() -> None:
    rates = WIDE | {"W2": RoomRate("B", 50e6, 400e6)}
    made = dimension(small_site(Need("N1", "APP-124", 10, function="ward")), ["A", "B"], rates)
    found = {(one.cell, one.direction): one.gbr_mean_ratio for one in made.loads}
    assert found["A", "ul"] == pytest.approx(0.05)
    assert found["B", "ul"] == pytest.approx(0.10)


@pytest.mark.parametrize(
    ("fiveqi", "isolation", "place"),
    [
        (3, "I1", "regional"),
        (3, "I2", "edge"),
        (3, "I3", "on-site"),
        (82, "I1", "edge"),
        (85, "I1", "edge"),
        (84, "I1", "regional"),
    ],
)
def test_user_plane_stands_as_far_as_core_budget_and_isolation_let_it(fiveqi: int, isolation: str, place: str) -> None:
    # Regional: 280 km of fibre 1.4 ms, six nodes 0.3 ms, function 0.4 ms: 2.1 ms, within 5 ms (84), not 2 ms (85).
    # Edge: 28 km 0.14 ms, three nodes 0.15 ms, function 0.4 ms: 0.69 ms, within 1 ms (82).
    found = upf.choose(replace(flow("a", 1, 0.1), fiveqi=fiveqi), isolation, OPTIONS)
    assert (found.place, found.fits) == (place, True)


def test_core_delay_limit_is_met_at_and_just_within_and_missed_just_beyond() -> None:
    edge = default_places()[1]
    room_left = 1e-3 - edge.hops * OPTIONS.hop_s - OPTIONS.upf_s
    far = room_left / OPTIONS.s_per_m / OPTIONS.route_factor
    for factor, place in ((0.999, "edge"), (1.0, "edge"), (1.001, "on-site")):
        moved = (default_places()[0], replace(edge, distance_m=far * factor * (1 - 1e-12)), default_places()[2])
        options = replace(OPTIONS, places=moved)
        assert upf.choose(replace(flow("a", 1, 0.1), fiveqi=82), "I2", options).place == place


def test_critical_flows_get_two_functions_and_links_in_ducts_of_their_own() -> None:
    made = dimension(small_site(Need("N1", "APP-119", 1, room="OR")), ["A"], WIDE)
    assert [u.upf for u in made.upfs] == ["upf-on-site-1", "upf-on-site-2"]
    assert {link.group for link in made.links} == {"duct-a", "duct-b"}
    plain = dimension(small_site(Need("N1", "APP-124", 1, room="W1")), ["A"], WIDE)
    assert len(plain.upfs) == len(plain.links) == 1


def test_link_rate_is_the_next_interface_above_the_busy_hour_with_its_margin() -> None:
    heavy = [replace(flow("a", 40, 0.1), mbr_ul_bps=20e6)]
    assert links.busy_hour_bps(heavy, "ul", OPTIONS) == 800e6
    assert links.interface_bps(800e6, OPTIONS) == 10e9
    assert links.interface_bps(1e9 / 2.0, OPTIONS) == 1e9


def test_every_isolation_level_is_defined_and_none_is_farther_than_a_lower_one() -> None:
    order = ("on-site", "edge", "regional")
    far = [order.index(isolations()[f"I{n}"].farthest) for n in range(5)]
    assert far == sorted(far, reverse=True)


def test_need_of_an_outdoor_room_is_kept_and_told_as_not_served() -> None:
    site = small_site(Need("N1", "APP-144", 1, function="lift"))
    floor = site.floors[0]
    rooms = tuple(replace(r, indoor=False) if r.room == "L1" else r for r in floor.rooms)
    made = dimension(replace(site, floors=(replace(floor, rooms=rooms),)), ["A"], {})
    (one,) = made.refusals
    assert (one.room, one.devices) == ("L1", 1)
    assert one.reason.startswith("the room lies outdoors")
