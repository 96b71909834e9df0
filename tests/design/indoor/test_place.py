"""Designs of small invented sites: what is met, what binds, what the licence allows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from setsail.base.errors import BadInput, UnknownName
from setsail.design.indoor.options import MapOptions, PlaceOptions
from setsail.design.indoor.place import place
from setsail.design.indoor.results import Placed
from setsail.design.indoor.targets import carriers, default_targets
from setsail.site.model import Need
from tests.design.indoor.sites import clinic, head, network, site

pytest.importorskip("highspy", reason="needs the extra 'site'")
COARSE = MapOptions(resolution_m=1.0)
ONE = PlaceOptions(maps=COARSE, carriers=("n78",))


def kinds(made: Placed) -> set[str]:
    return {b.constraint for b in made.binding}


def test_a_small_clinic_is_covered_and_proved() -> None:
    made = place(clinic(2), ONE)
    assert made.gap_ratio == 0.0
    assert made.maps.covered_ratio >= 0.95
    assert kinds(made) <= {"leakage", "rsrp"}  # the lead-lined room and the lift car may be out of reach of one head
    assert {h.cell for h in made.heads} <= {c.cell for c in made.cells}
    assert len({h.head for h in made.heads}) == len(made.heads)


def test_the_same_design_comes_out_twice() -> None:
    first, second = place(clinic(), ONE), place(clinic(), replace(ONE, threads=1))
    assert first.heads == second.heads
    assert first.cells == second.cells
    assert first.binding == second.binding


def test_heads_hang_in_no_lift_and_no_shaft() -> None:
    made = place(clinic(2), ONE)
    for one in made.heads:
        floor = made.maps.floor(one.floor)
        room = floor.grid.rooms[int(floor.grid.room[floor.grid.row(one.y_m), floor.grid.column(one.x_m)])]
        assert room.function not in ("lift", "shaft")


def test_four_options_are_compared_and_one_is_chosen() -> None:
    made = place(clinic(), PlaceOptions(maps=COARSE))
    assert [c.carrier for c in made.compared] == list(carriers())
    assert sum(c.chosen for c in made.compared) == 1
    heads = {c.carrier: c.heads for c in made.compared}
    assert heads["n28"] <= heads["n41"] <= heads["n79"]  # losses grow with the frequency


def test_only_licensed_bands_are_compared_and_others_refused() -> None:
    made = place(clinic(licensed_bands=("n41", "n79")), PlaceOptions(maps=COARSE))
    assert {c.carrier for c in made.compared} == {"n41", "n79"}
    with pytest.raises(BadInput, match="licence"):
        place(clinic(licensed_bands=("n41",)), ONE)
    with pytest.raises(BadInput, match="licensed_bands"):
        place(clinic(licensed_bands=("n1",)), PlaceOptions(maps=COARSE))
    with pytest.raises(UnknownName, match="n28"):
        place(clinic(), PlaceOptions(maps=COARSE, carriers=("n5",)))


def test_an_impossible_target_is_told_with_the_nearest_design() -> None:
    aims = replace(default_targets(), rsrp_dbm=-40.0)
    made = place(clinic(), replace(ONE, maps=replace(COARSE, targets=aims)))
    assert made.heads
    told = [b for b in made.binding if b.constraint == "rsrp" and b.subject.startswith("room:")]
    assert told
    assert all(b.reached < b.wanted for b in told)
    assert any(b.proved for b in told)


def test_too_few_heads_cover_the_most_with_a_bound() -> None:
    free = place(clinic(2), ONE)
    made = place(clinic(2), replace(ONE, most_heads=1))
    assert len(free.heads) > 1
    assert len(made.heads) == 1
    assert made.maps.covered_ratio < free.maps.covered_ratio
    assert any("at most 1 heads" in note for note in made.notes)


def test_heads_placed_by_hand_stay_and_count() -> None:
    given = replace(head("A", 15.2, 6.4), origin="placed")
    made = place(clinic(), ONE, network=network(given))
    kept = next(h for h in made.heads if h.head == "A")
    assert (kept.x_m, kept.y_m, kept.origin) == (15.2, 6.4, "placed")
    assert len(made.heads) <= len(place(clinic(), ONE).heads) + 1


def test_only_placed_heads_are_judged_as_they_stand() -> None:
    made = place(clinic(), replace(ONE, only_placed=True), network=network(head("A", 15.2, 6.4)))
    assert [h.head for h in made.heads] == ["A"]
    with pytest.raises(BadInput, match="no head"):
        place(clinic(), replace(ONE, only_placed=True))


def test_critical_rooms_get_a_second_server() -> None:
    need = Need("N1", "APP-131", 1, function="ward", critical=True)
    single, double = place(clinic(), ONE), place(clinic(needs=(need,)), ONE)
    floor = double.maps.floors[0]
    wards = [k for k, room in enumerate(floor.grid.rooms) if room.function == "ward"]
    assert all(floor.rooms.second_ratio[k] >= 0.9 for k in wards)
    assert len(double.heads) > len(single.heads)


def test_the_uplink_need_chooses_the_pattern() -> None:
    up, down = (place(clinic(needs=(Need("N1", name, 3, function="ward"),)), ONE) for name in ("APP-131", "APP-001"))
    for made in (up, down):
        loads = {name: max(pair) for name, pair in made.patterns.items()}
        assert loads[made.carriers[0].tdd] == min(loads.values())


def test_traffic_beyond_a_cell_makes_more_cells() -> None:
    calm = place(clinic(2), ONE)
    busy = place(clinic(2, needs=(Need("N1", "APP-001", 1, function="ward"),)), ONE)
    assert len(busy.cells) > len(calm.cells)


def test_a_site_without_rooms_is_refused() -> None:
    with pytest.raises(BadInput, match="indoor room"):
        place(site(), ONE)
