"""Heads for position errors: the quick bound against the whole one, what is added, and what is told where it is not."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

pytest.importorskip("numba", reason="needs the extra 'site'")
pytest.importorskip("highspy", reason="needs the extra 'site'")

from setsail.design.indoor.anchors import _error_m, _terms, position_bindings
from setsail.design.indoor.demand import demand
from setsail.design.indoor.maps import maps
from setsail.design.indoor.options import MapOptions, PlaceOptions
from setsail.design.indoor.place import place
from setsail.design.indoor.positions import points, positions, prs, sights
from setsail.design.indoor.targets import default_targets
from setsail.radio.positioning import Errors, bound
from setsail.site.model import Need, Wall
from setsail.standards.applications import application
from tests.design.indoor.sites import hall, head, network, site

NEED = Need("N", "APP-060", 1, function="ward")
FOUR = (head("H1", 1.0, 1.0), head("H2", 19.0, 1.0), head("H3", 19.0, 9.0), head("H4", 1.0, 9.0))


def test_the_quick_bound_is_that_of_round_trips() -> None:
    wall = Wall("w", "F0", (10.1, -1.0), (10.1, 11.0), "concrete")
    made = maps(site(replace(hall(), walls=(wall,))), network(*FOUR), MapOptions())
    floor = made.floors[0]
    seen = sights(made, floor, points(floor, 2.0), FOUR, found=floor.heard, planes=floor.planes)
    assert seen.heard.all()
    terms = _terms(made, seen)
    quick = _error_m(terms.information.sum(axis=0), terms.pull.sum(axis=0))
    errors = Errors(sync_m=made.options.sync_m, nlos_m=seen.excess_m)
    whole = bound("rtt", seen.anchors, seen.places, prs(made), seen.snr_db, errors=errors).total_m
    assert np.allclose(quick, whole, rtol=1e-9)


def test_a_room_takes_the_method_that_errs_less() -> None:
    made = maps(
        site(hall(wide=60.0)), network(*(head(f"H{k}", 2.0 + k, 5.0 + 0.1 * k) for k in range(4))), MapOptions()
    )
    found = positions(made, made.floors[0])
    assert found.method == ("rtt",)  # heads almost in line tell differences badly
    assert found.cause(0) == "multi-RTT with 4 heads"


def test_heads_are_added_until_the_need_is_met() -> None:
    need = application(NEED.application).position_m
    assert need is not None
    wide = site(hall(wide=40.0, deep=20.0), needs=(NEED,))
    generous = replace(default_targets(), position_head_ratio=5.0)
    plain = place(replace(wide, needs=()), PlaceOptions(carriers=("n78",), maps=MapOptions(targets=generous)))
    made = place(wide, PlaceOptions(carriers=("n78",), maps=MapOptions(targets=generous)))
    assert len(made.heads) > len(plain.heads)
    assert positions(made.maps, made.maps.floors[0]).p90_m[0] <= need
    assert not [b for b in made.binding if b.constraint == "position"]
    assert "heads added for position errors" in " ".join(made.notes)
    for one in made.heads[len(plain.heads) :]:  # none of them is idle
        left = replace(made.maps.network, heads=tuple(h for h in made.heads if h.head != one.head))
        assert position_bindings(maps(wide, left, made.maps.options), demand(wide))


def test_a_need_past_the_share_of_heads_is_told_with_what_is_reached() -> None:
    wide = site(hall(wide=40.0, deep=20.0), needs=(NEED,))
    mean = replace(default_targets(), position_head_ratio=0.0)
    made = place(wide, PlaceOptions(carriers=("n78",), maps=MapOptions(targets=mean)))
    (told,) = [b for b in made.binding if b.constraint == "position"]
    assert told.subject == "room:R0"
    assert told.reached > told.wanted == application(NEED.application).position_m


def test_heads_judged_as_they_stand_are_told_their_position_errors() -> None:
    wide = site(hall(wide=40.0, deep=20.0), needs=(NEED,))
    made = place(wide, PlaceOptions(only_placed=True), network=network(head("H1", 5.0, 5.0)))
    assert [b.subject for b in made.binding if b.constraint == "position"] == ["room:R0"]
