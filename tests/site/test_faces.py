from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail.site.faces import centre_lines, placed
from setsail.site.joints import Line


def line(x0: float, y0: float, x1: float, y1: float, named: str = "light") -> Line:
    return Line((x0, y0), (x1, y1), named)


@pytest.mark.parametrize(("apart", "walls"), [(0.03, 2), (0.05, 1), (0.40, 1), (0.41, 2)])
def test_two_parallel_lines_are_one_wall_where_a_wall_can_be_so_thick(apart: float, walls: int) -> None:
    found, pairs = centre_lines([line(0, 0, 5, 0), line(0, apart, 5, apart)])
    assert len(found) == walls
    assert pairs == (walls == 1)
    if walls == 1:
        assert found[0].start[1] == pytest.approx(apart / 2, abs=1e-3)


def test_faces_drawn_in_opposite_directions_pair_as_well() -> None:
    assert len(centre_lines([line(0, 0, 5, 0), line(5, 0.2, 0, 0.2)])[0]) == 1


def test_faces_of_two_classes_do_not_pair() -> None:
    assert len(centre_lines([line(0, 0, 5, 0), line(0, 0.2, 5, 0.2, "brick")])[0]) == 2


def test_short_ends_that_close_a_wall_go() -> None:
    found, _ = centre_lines([line(0, 0, 5, 0), line(0, 0.2, 5, 0.2), line(0, 0, 0, 0.2), line(5, 0, 5, 0.2)])
    assert found == [Line((0.0, 0.1), (5.0, 0.1), "light")]


def test_a_short_wall_that_closes_nothing_stays() -> None:
    assert centre_lines([line(0, 0, 0.3, 0)]) == ([Line((0, 0), (0.3, 0), "light")], 0)


def test_what_a_face_has_beyond_its_partner_stays_a_wall() -> None:
    found, _ = centre_lines([line(0, 0, 9, 0), line(0, 0.2, 5, 0.2)])
    assert sorted(round(one.length, 3) for one in found) == [4.0, 5.0]


def test_the_same_line_drawn_twice_is_one_wall() -> None:
    assert len(centre_lines([line(0, 0, 5, 0), line(5, 0, 0, 0)])[0]) == 1


@given(st.integers(1, 12), st.floats(0.08, 0.35))
def test_parallel_walls_keep_their_number_and_length(count: int, thick: float) -> None:
    faces = [line(0, y * 3 + side * thick, 10, y * 3 + side * thick) for y in range(count) for side in (0, 1)]
    found, pairs = centre_lines(faces)
    assert pairs == len(found) == count
    assert sum(one.length for one in found) == pytest.approx(10.0 * count)


def test_a_door_lies_on_the_wall_between_hinge_and_latch() -> None:
    walls = [line(0, 0, 9, 0)]
    assert placed([(4, 0), (5, 0), (4, 1)], walls) == (0, (4.0, 0.0), (5.0, 0.0))


def test_a_door_beside_the_end_of_a_wall_leads_the_wall_on() -> None:
    walls = [line(0, 0, 4, 0)]
    assert placed([(4.1, 0), (5, 0), (4, 1)], walls) == (0, (4.1, 0.0), (5.0, 0.0))
    assert walls == [Line((0.0, 0.0), (5.0, 0.0), "light")]


def test_a_door_far_from_every_wall_is_nowhere() -> None:
    assert placed([(4, 2), (5, 2)], [line(0, 0, 9, 0)]) is None
