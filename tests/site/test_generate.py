from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from tools.make_site_examples import EXAMPLES, main

from setsail.base.errors import OutOfRange, UnknownName
from setsail.base.tables import read_rows
from setsail.site.classes import DATA
from setsail.site.folder import ordered, read
from setsail.site.generate import DEMONSTRATIONS, demonstration, factory, hospital, programme
from setsail.site.model import Site
from setsail.site.pieces import faults


def made(seed: int = 7, **more: object) -> Site:
    return hospital(np.random.default_rng(seed), name="Synthetic", **more)  # type: ignore[arg-type]


def functions(site: Site) -> set[str]:
    return {room.function for room in site.rooms()}


def gross_m2(site: Site, level: int = 0) -> float:
    shapes = [shapely.Polygon(r.outline) for r in site.floors[level].rooms]
    return float(shapely.union_all(shapes).buffer(0.2, join_style="mitre").buffer(-0.2, join_style="mitre").area)


def test_a_hospital_is_said_to_be_synthetic() -> None:
    site = made()
    assert site.synthetic
    assert site.source.startswith("synthetic")
    assert site.kind == "hospital"


@pytest.mark.parametrize(("floors", "area"), [(1, 600.0), (3, 1500.0), (12, 5000.0)])
def test_a_hospital_has_the_floors_and_the_area_asked_for(floors: int, area: float) -> None:
    site = made(floors=floors, floor_area_m2=area)
    assert [f.level for f in site.floors] == list(range(floors))
    assert gross_m2(site) == pytest.approx(area, rel=0.05)


@pytest.mark.parametrize(("floors", "area"), [(1, 500.0), (1, 15_000.0), (40, 500.0), (2, 6000.0)])
def test_hospitals_at_the_limits_of_size_are_made(floors: int, area: float) -> None:
    assert len(made(floors=floors, floor_area_m2=area).floors) == floors


@pytest.mark.parametrize(
    "more",
    [
        {"floors": 0},
        {"floors": 41},
        {"floor_area_m2": 499.0},
        {"floor_area_m2": 15_001.0},
        {"wards_per_floor": 9},
        {"floor_area_m2": 600.0, "wards_per_floor": 4},
        {"floor_area_m2": 6000.0, "wards_per_floor": 1},
    ],
)
def test_a_hospital_that_cannot_stand_is_refused(more: dict[str, object]) -> None:
    with pytest.raises(OutOfRange):
        made(**more)  # type: ignore[arg-type]


def test_a_hospital_of_two_floors_holds_every_department() -> None:
    wanted = {"emergency", "imaging-x-ray", "consulting", "operating-theatre", "icu", "ward", "lift", "stairs", "shaft"}
    assert wanted <= functions(made(floors=2, floor_area_m2=2000.0))


def test_a_small_hospital_of_one_floor_holds_theatre_ward_and_imaging() -> None:
    assert {"operating-theatre", "ward", "imaging-x-ray", "emergency"} <= functions(made(floors=1, floor_area_m2=700.0))


def test_lifts_stairs_and_shafts_stand_above_each_other() -> None:
    site = made(floors=4)
    for function in ("lift", "stairs", "shaft"):
        places = [{r.outline for r in floor.rooms if r.function == function} for floor in site.floors]
        assert all(place == places[0] for place in places)


def test_imaging_rooms_are_shielded_with_lead_walls() -> None:
    site = made()
    assert all(r.shielded for r in site.rooms() if r.function in ("imaging-x-ray", "imaging-ct"))
    assert "lead-lined" in {w.wall_class for f in site.floors for w in f.walls}


def test_the_same_seed_makes_the_same_hospital_and_another_seed_another() -> None:
    assert made(3) == made(3)
    assert made(3) != made(4)


def test_functions_of_programmes_and_rules_are_functions_of_rooms() -> None:
    known = {row.get("function") for row in read_rows(DATA / "functions.csv")}
    for table in ("programmes.csv", "wall_rules.csv"):
        assert {row.get("function") for row in read_rows(DATA / table)} - {""} <= known


def test_a_factory_has_a_hall_a_control_room_a_warehouse_and_a_dock_outdoors() -> None:
    site = factory(np.random.default_rng(1), name="Synthetic", hall_area_m2=2400.0)
    assert {"production-hall", "control-room", "warehouse"} <= functions(site)
    assert {r.function for r in site.rooms() if not r.indoor} == {"loading-dock"}
    hall = next(r for r in site.rooms() if r.function == "production-hall")
    assert hall.area_m2 == pytest.approx(2400.0, rel=1e-3)
    with pytest.raises(OutOfRange):
        factory(np.random.default_rng(1), name="Synthetic", hall_area_m2=10.0)


def test_a_zone_that_no_programme_holds_is_refused() -> None:
    with pytest.raises(UnknownName, match="surgery"):
        programme("hospital", "spa")


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 3), st.floats(600.0, 3000.0))
def test_rooms_of_a_hospital_do_not_overlap_and_its_walls_are_whole(seed: int, floors: int, area: float) -> None:
    for floor in made(seed, floors=floors, floor_area_m2=area).floors:
        shapes = [shapely.Polygon(r.outline) for r in floor.rooms]
        assert sum(s.area for s in shapes) == pytest.approx(shapely.union_all(shapes).area)
        assert faults(floor) == ()
        assert {o.wall for o in floor.openings} <= {w.wall for w in floor.walls}
        assert len({r.room for r in floor.rooms}) == len(floor.rooms)


@pytest.mark.parametrize("kind", DEMONSTRATIONS)
def test_the_committed_demonstration_is_what_the_generator_makes(kind: str) -> None:
    site = demonstration(kind)
    assert read(EXAMPLES / site.site) == ordered(site)


def test_the_tool_writes_the_committed_files_byte_for_byte(tmp_path: Path) -> None:
    main(tmp_path)
    written = sorted(p.relative_to(tmp_path) for p in tmp_path.rglob("*") if p.is_file())
    assert written
    for path in written:
        assert (tmp_path / path).read_bytes() == (EXAMPLES / path).read_bytes(), path


def test_the_demonstration_hospital_has_sixty_to_a_hundred_rooms_on_three_floors() -> None:
    site = demonstration("hospital")
    assert len(site.floors) == 3
    assert 60 <= sum(1 for _ in site.rooms()) <= 110
    assert "synthetic" in site.name
    assert {"operating-theatre", "icu", "imaging-ct", "ward", "lobby"} <= functions(site)


def test_an_unknown_demonstration_is_refused() -> None:
    with pytest.raises(UnknownName, match="hospital, factory"):
        demonstration("harbour")
