"""Maps of indoor networks: by hand, by symmetry, by the rule of cells, and after a move."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput, UnknownName
from setsail.design.indoor import building
from setsail.design.indoor.maps import RadioMaps, maps
from setsail.design.indoor.options import Macro, MapOptions
from setsail.radio.pathloss.p2040 import Layer, wall_loss
from setsail.site.model import Wall
from tests.design.indoor.sites import N78, box, clinic, hall, head, network, site

pytest.importorskip("numba", reason="needs the extra 'site'")
PER_RE_DBM = 24.0 - 10.0 * math.log10(12 * 273) + 2.0
"""EIRP of one port in one resource element: 273 PRB at 30 kHz and 100 MHz, 2 dBi."""
COARSE = MapOptions(resolution_m=1.0, outside_m=2.0)


def at(made: RadioMaps, layer: str, x: float, y: float, floor: int = 0) -> float:
    one = made.floors[floor]
    return float(getattr(one, layer)[one.grid.row(y), one.grid.column(x)])


def free_space_db(metres: float, fc_hz: float = 3.35e9) -> float:
    return 20.0 * math.log10(4.0 * math.pi * metres * fc_hz / 299_792_458.0)


def test_level_of_one_head_is_free_space_by_hand() -> None:
    made = maps(site(hall()), network(head("H1", 5.25, 5.25)), MapOptions())
    away = math.sqrt(8.0**2 + (3.0 - 1.5) ** 2)
    assert at(made, "rsrp_dbm", 13.25, 5.25) == pytest.approx(PER_RE_DBM - free_space_db(away), abs=1e-3)
    noise_dbm = -174.0 + 10.0 * math.log10(30e3) + 9.0
    assert at(made, "sinr_db", 13.25, 5.25) == pytest.approx(
        at(made, "rsrp_dbm", 13.25, 5.25) - noise_dbm, abs=0.05
    )  # -174 dBm/Hz is k T at 290 K rounded by 0.02 dB


def test_a_wall_takes_its_loss_of_p2040_and_only_behind_it() -> None:
    open_floor = hall()
    wall = Wall("w", "F0", (10.0, -1.0), (10.0, 11.0), "concrete")
    walled = replace(open_floor, walls=(wall,))
    sent = network(head("H1", 5.25, 5.25))
    before, after = (maps(site(f), sent, MapOptions()) for f in (open_floor, walled))
    loss = wall_loss((Layer("concrete", 0.2),), 3.35e9, average_ratio=0.05).transmission_loss_db
    assert at(before, "rsrp_dbm", 13.25, 5.25) - at(after, "rsrp_dbm", 13.25, 5.25) == pytest.approx(loss, abs=1e-3)
    assert at(before, "rsrp_dbm", 9.25, 5.25) == at(after, "rsrp_dbm", 9.25, 5.25)


def test_heads_of_one_cell_add_and_do_not_interfere() -> None:
    one = maps(site(hall()), network(head("H1", 5.0, 5.0)), MapOptions())
    same = maps(site(hall()), network(head("H1", 5.0, 5.0), head("H2", 15.0, 5.0)), MapOptions())
    east, west = at(same, "rsrp_dbm", 10.25, 5.0), at(same, "rsrp_dbm", 9.75, 5.0)
    assert east == pytest.approx(west, abs=1e-3)
    beside = 0.25**2 + 1.5**2
    both = 10.0 * math.log10(1.0 + (4.75**2 + beside) / (5.25**2 + beside))
    assert at(same, "rsrp_dbm", 9.75, 5.0) == pytest.approx(at(one, "rsrp_dbm", 9.75, 5.0) + both, abs=1e-3)
    np.testing.assert_allclose(
        same.floors[0].sinr_db - one.floors[0].sinr_db, same.floors[0].rsrp_dbm - one.floors[0].rsrp_dbm, atol=1e-3
    )


def test_heads_of_two_cells_interfere_at_their_load() -> None:
    sent = network(head("H1", 5.0, 5.0, "C1"), head("H2", 15.0, 5.0, "C2"), load=0.25)
    made = maps(site(hall()), sent, MapOptions())
    middle = (
        at(made, "sinr_db", 9.75, 5.25),
        at(made, "rsrp_dbm", 9.75, 5.25),
        at(made, "second_cell_rsrp_dbm", 9.75, 5.25),
    )
    assert middle[0] == pytest.approx(middle[1] - middle[2] + 10.0 * math.log10(4.0), abs=0.01)
    assert at(made, "dominance_db", 9.75, 5.25) == pytest.approx(middle[1] - middle[2], abs=1e-3)
    cell = made.floors[0].cell
    assert cell[:, : cell.shape[1] // 2].max() == 0
    assert cell[:, cell.shape[1] // 2 + 1 :].min() == 1


def test_second_server_is_what_remains_when_the_best_head_fails() -> None:
    heads = head("H1", 5.0, 5.0), head("H2", 15.0, 5.0)
    both = maps(site(hall()), network(*heads), MapOptions())
    single = [maps(site(hall()), network(h), MapOptions()).floors[0].rsrp_dbm for h in heads]
    np.testing.assert_allclose(both.floors[0].second_rsrp_dbm, np.minimum(*single), atol=1e-3)


def test_symmetric_heads_give_symmetric_maps() -> None:
    sent = network(head("H1", 5.0, 5.0, "C1"), head("H2", 15.0, 5.0, "C2"))
    made = maps(site(hall()), sent, MapOptions(outside_m=0.0)).floors[0]
    for layer in (made.rsrp_dbm, made.sinr_db, made.rate_dl_bps, made.rate_ul_bps):
        np.testing.assert_allclose(layer, layer[::-1], rtol=1e-5)
        np.testing.assert_allclose(layer, layer[:, ::-1], rtol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 2**32 - 1), st.integers(2, 6))
def test_another_head_never_lowers_the_level(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    places = rng.uniform([0.0, 0.0], [30.0, 13.0], (count, 2)).tolist()
    heads = [head(f"H{k}", x, y, f"C{k % 2}") for k, (x, y) in enumerate(places)]
    fewer, more = (maps(clinic(), network(*heads[:n]), COARSE).floors[0] for n in (count - 1, count))
    assert np.all(more.rsrp_dbm >= fewer.rsrp_dbm - 1e-4)
    assert np.all(more.second_rsrp_dbm >= fewer.second_rsrp_dbm - 1e-4)


@settings(deadline=None, max_examples=20)
@given(st.floats(0.5, 29.5), st.floats(0.5, 12.5))
def test_a_moved_head_gives_what_a_whole_run_gives(x: float, y: float) -> None:
    sent = network(head("H1", 4.0, 6.5, "C1"), head("H2", 14.0, 6.5, "C2"), head("H3", 8.0, 6.5, "C3", floor="F1"))
    moved = maps(clinic(2), sent, COARSE).moved("H2", x, y)
    whole = maps(clinic(2), moved.network, COARSE)
    for a, b in zip(moved.floors, whole.floors, strict=True):
        np.testing.assert_array_equal(a.sinr_db, b.sinr_db)
        np.testing.assert_array_equal(a.rooms.quantile["rate_dl_bps"], b.rooms.quantile["rate_dl_bps"])
        np.testing.assert_array_equal(a.rooms.covered_ratio, b.rooms.covered_ratio)


def test_maps_that_take_over_planes_are_those_of_a_whole_run() -> None:
    """One head stays, one is moved, one sends less, one is new, and one is gone."""
    floors = clinic(2)
    old = network(head("A", 3.0, 3.0), head("B", 6.0, 3.0), head("C", 9.0, 3.0), head("D", 12.0, 3.0))
    stays, moved, weaker, _ = old.heads
    heads = head("E", 2.0, 6.0), stays, replace(moved, x_m=7.0), replace(weaker, power_dbm=weaker.power_dbm - 3.0)
    new = replace(old, heads=heads)
    again, whole = maps(floors, new, COARSE, before=maps(floors, old, COARSE)), maps(floors, new, COARSE)
    for a, b in zip(again.floors, whole.floors, strict=True):
        np.testing.assert_array_equal(a.planes, b.planes)
        np.testing.assert_array_equal(a.sinr_db, b.sinr_db)


def test_a_head_above_is_heard_through_the_slab() -> None:
    floors = hall("F0", 0), hall("F1", 1)
    sent = network(head("H1", 5.25, 5.25, floor="F1"))
    made = maps(site(*floors), sent, MapOptions())
    slab = building.slab_loss_db(floors[1], 3.35e9, 0.05)
    away = math.sqrt(8.0**2 + (3.5 + 3.0 - 1.5) ** 2)
    assert at(made, "rsrp_dbm", 13.25, 5.25) == pytest.approx(PER_RE_DBM - free_space_db(away) - slab, abs=1e-3)
    far = maps(site(*floors), sent, MapOptions(floors_apart=0))
    assert at(far, "rsrp_dbm", 13.25, 5.25) == -math.inf


def test_a_lift_car_takes_its_loss_in_its_room_only() -> None:
    sent = network(head("H1", 15.0, 6.5))
    with_car, without = (maps(clinic(), sent, MapOptions(lift_loss_db=db)).floors[0] for db in (20.0, 0.0))
    lost = without.rsrp_dbm - with_car.rsrp_dbm
    inside = with_car.grid.room == with_car.index("L0")
    np.testing.assert_allclose(lost[inside], 20.0, atol=1e-3)
    assert np.all(lost[~inside] == 0.0)


def test_the_macro_network_interferes_less_with_depth() -> None:
    sent = network(head("H1", 10.0, 5.0))
    made = maps(site(hall()), sent, MapOptions(macro=Macro(-80.0))).floors[0]
    quiet = maps(site(hall()), sent, MapOptions()).floors[0]
    edge, middle = (made.scene.ingress_dbm[made.grid.row(5.25), made.grid.column(x)] for x in (0.25, 10.25))
    assert made.scene.ingress_dbm[0, 0] == -80.0
    assert edge - middle == pytest.approx(0.5 * 4.5, abs=0.6)  # 0.5 dB per metre over 5 m of depth less half a pixel
    assert np.all(made.sinr_db <= quiet.sinr_db)
    assert np.isfinite(made.rooms.quantile["ingress_margin_db"]).all()


def test_leakage_is_read_outside_the_building() -> None:
    made = maps(site(hall()), network(head("H1", 10.0, 5.0)), MapOptions()).floors[0]
    nearest = math.sqrt(15.0**2 + 1.5**2)
    assert made.leakage_dbm(10.0) == pytest.approx(PER_RE_DBM - free_space_db(nearest), abs=0.5)  # half a pixel more
    assert made.leakage_dbm(50.0) is None


def test_rooms_of_overlapping_boxes_are_cut_by_the_smaller() -> None:
    big, small = box("B", 0.0, 0.0, 10.0, 10.0, drawn=False), box("S", 2.0, 2.0, 3.0, 3.0, drawn=False)
    floor = replace(hall(), rooms=(small, big))
    made = maps(site(floor), network(head("H1", 5.0, 5.0)), MapOptions())
    pixels = dict(zip(("S", "B"), made.floors[0].rooms.pixels.tolist(), strict=False))
    assert pixels == {"S": 36, "B": 400 - 36}


def test_statistics_agree_with_numpy() -> None:
    made = maps(clinic(), network(head("H1", 10.0, 6.5), head("H2", 20.0, 6.5, "C2")), MapOptions()).floors[0]
    for k in range(len(made.grid.rooms)):
        own = made.sinr_db[made.grid.room == k]
        np.testing.assert_allclose(made.rooms.quantile["sinr_db"][k], np.quantile(own, (0.05, 0.5)), atol=1e-4)
        level = made.rsrp_dbm[made.grid.room == k]
        assert made.rooms.covered_ratio[k] == pytest.approx(np.mean(level >= -105.0 + 6.0))


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"cell": "C9"}, BadInput), ({"floor": "F9"}, BadInput)],
)
def test_a_head_of_nowhere_is_refused(change: dict[str, str], kind: type[Exception]) -> None:
    sent = network(head("H1", 5.0, 5.0))
    with pytest.raises(kind):
        maps(site(hall()), replace(sent, heads=(replace(sent.heads[0], **change),)))  # type: ignore[arg-type]


def test_unknown_head_floor_and_carrier_are_told() -> None:
    made = maps(site(hall()), network(head("H1", 5.0, 5.0)), COARSE)
    with pytest.raises(UnknownName, match="H1"):
        made.moved("H7", 1.0, 1.0)
    with pytest.raises(UnknownName, match="F0"):
        made.floor("F7")
    with pytest.raises(UnknownName, match="n78"):
        maps(site(hall()), network(head("H1", 5.0, 5.0)), MapOptions(carrier="n1"))


def test_more_uplink_slots_move_rate_from_down_to_up() -> None:
    sent = network(head("H1", 5.0, 5.0))
    down, up = (
        maps(site(hall()), replace(sent, carriers=(replace(N78, tdd=tdd),)), COARSE).floors[0]
        for tdd in ("DDDSU", "DSUUU")
    )
    ratio = up.rate_ul_bps / down.rate_ul_bps
    np.testing.assert_allclose(ratio, 3.0, rtol=1e-5)  # one of five slots against three
    assert np.all(up.rate_dl_bps < down.rate_dl_bps)
