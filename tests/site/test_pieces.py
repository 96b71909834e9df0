from __future__ import annotations

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.base.errors import BadInput, UnknownName
from setsail.site.model import Floor, Opening, Wall
from setsail.site.pieces import faults, pieces

WALL = Wall("w", "F1", (0.0, 0.0), (10.0, 0.0), "brick")


def door(name: str, low: float, high: float, kind: str = "door", *, y: float = 0.0, wall: str = "w") -> Opening:
    named = {"door": "door-wood", "window": "window", "gap": "gap"}[kind]
    return Opening(name, "F1", (low, y), (high, y), kind, named, wall)  # type: ignore[arg-type]


def floor(*openings: Opening, walls: tuple[Wall, ...] = (WALL,)) -> Floor:
    return Floor("F1", "Ground", 0, 0.0, 3.0, walls=walls, openings=openings)


def spans(found: Floor) -> list[tuple[float, float, str]]:
    return [(round(p.start[0], 6), round(p.end[0], 6), p.wall_class) for p in pieces(found)]


def test_a_wall_without_openings_is_one_piece_with_its_layers() -> None:
    (piece,) = pieces(floor())
    assert (piece.start, piece.end, piece.layers, piece.loss_db) == ((0.0, 0.0), (10.0, 0.0), (("brick", 0.12),), None)


def test_a_door_cuts_its_wall_in_three() -> None:
    assert spans(floor(door("d", 4, 5))) == [(0, 4, "brick"), (4, 5, "door-wood"), (5, 10, "brick")]


def test_a_door_at_the_end_of_a_wall_cuts_it_in_two() -> None:
    assert spans(floor(door("d", 9, 10))) == [(0, 9, "brick"), (9, 10, "door-wood")]


def test_a_passage_leaves_nothing() -> None:
    assert spans(floor(door("g", 0, 10, "gap"))) == []
    assert spans(floor(door("g", 2, 10, "gap"))) == [(0, 2, "brick")]


def test_an_opening_drawn_backwards_or_over_the_end_is_cut_to_the_wall() -> None:
    assert spans(floor(door("d", 10.2, 9))) == [(0, 9, "brick"), (9, 10, "door-wood")]


def test_an_opening_without_a_named_wall_finds_the_nearest() -> None:
    far = Wall("v", "F1", (0.0, 0.3), (10.0, 0.3), "concrete")
    found = pieces(floor(door("d", 4, 5, y=0.25, wall=""), walls=(WALL, far)))
    assert [p.of for p in found] == ["w", "v", "d", "v"]


def test_of_overlapping_openings_the_first_keeps_the_common_part_and_it_is_told() -> None:
    found = floor(door("d", 4, 6), door("n", 5, 8, "window"))
    assert spans(found) == [(0, 4, "brick"), (4, 6, "door-wood"), (6, 8, "window"), (8, 10, "brick")]
    assert [(t.subject, t.what) for t in faults(found)] == [("opening n", "overlaps d")]


@pytest.mark.parametrize(
    ("opening", "what"),
    [
        (door("d", 4, 4), "has no length"),
        (door("d", 4, 5, y=0.36), "lies in no wall"),
        (door("d", 4, 5, wall="x"), "names the wall 'x'"),
        (door("d", 20, 21), "lies in no wall"),
        (door("d", math.nan, 21), "is not at a finite place"),
    ],
)
def test_an_opening_that_cannot_be_is_refused_and_told(opening: Opening, what: str) -> None:
    with pytest.raises(BadInput, match=what):
        pieces(floor(opening))
    (told,) = faults(floor(opening))
    assert what.split("'", maxsplit=1)[0] in told.what


def test_an_opening_just_within_half_a_thick_wall_is_in_it() -> None:
    assert len(pieces(floor(door("d", 4, 5, y=0.35)))) == 3


def test_a_wall_of_zero_length_is_refused_and_told() -> None:
    nothing = Wall("z", "F1", (1.0, 1.0), (1.0, 1.0), "brick")
    with pytest.raises(BadInput, match="wall z: has no length"):
        pieces(floor(walls=(WALL, nothing)))
    assert [t.subject for t in faults(floor(walls=(WALL, nothing)))] == ["wall z"]


def test_an_unknown_class_is_refused_and_told() -> None:
    odd = Wall("w", "F1", (0.0, 0.0), (10.0, 0.0), "cardboard")
    with pytest.raises(UnknownName, match="cardboard"):
        pieces(floor(walls=(odd,)))
    assert [t.subject for t in faults(floor(walls=(odd,)))] == ["wall w"]


@given(st.lists(st.tuples(st.floats(0, 9.9), st.floats(0.05, 3)), max_size=6))
def test_pieces_of_a_wall_cover_it_once(found: list[tuple[float, float]]) -> None:
    openings = [door(f"d{n}", low, min(low + width, 10.0)) for n, (low, width) in enumerate(found)]
    cut = sorted((p.start[0], p.end[0]) for p in pieces(floor(*openings)))
    assert sum(b - a for a, b in cut) == pytest.approx(10.0, abs=0.1)
    assert all(b <= c + 1e-9 for (_, b), (c, _) in pairwise(cut))
