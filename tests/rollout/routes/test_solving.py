from __future__ import annotations

import json
from itertools import permutations
from pathlib import Path

import numpy as np
import pytest

from setsail import api
from setsail.base.errors import OutOfRange
from setsail.cli.main import run as cli
from setsail.rollout.routes import checking, solving
from setsail.rollout.routes.reading import read
from setsail.rollout.routes.search import Effort
from tests.rollout.routes.instances import ROWS, random_rows, solomon, vrplib

FEW = Effort(30.0, iterations=300)
"""Iterations, not seconds, end these searches."""


def written(folder: Path, text: str) -> Path:
    path = folder / "instance.txt"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_small_instance_is_solved_to_its_optimum(tmp_path: Path) -> None:
    instance = read(written(tmp_path, solomon()), dimacs=True)
    made = solving.solved(instance, FEW, seed=0)
    assert made.broken == ()
    assert made.cost == 300
    assert made.routes in {((1, 2), (3,)), ((2, 1), (3,))}


def test_random_instances_are_solved_as_well_as_by_trying_everything(tmp_path: Path) -> None:
    for seed in range(5):
        instance = read(written(tmp_path, solomon(random_rows(6, seed), vehicles=6, capacity=60)), dimacs=True)
        best = min(
            checking.cost(instance, routes)
            for order in permutations(range(1, 7)) for cuts in range(2**5)
            if not checking.violations(instance, routes := cut(order, cuts))
        )  # fmt: skip
        assert solving.solved(instance, FEW, seed=seed).cost == best


def cut(order: tuple[int, ...], bits: int) -> tuple[tuple[int, ...], ...]:
    routes: list[list[int]] = [[]]
    for k, place in enumerate(order):
        routes[-1].append(place)
        if bits >> k & 1 and k < len(order) - 1:
            routes.append([])
    return tuple(map(tuple, routes))


def test_the_same_seed_and_iterations_give_the_same_routes(tmp_path: Path) -> None:
    instance = read(written(tmp_path, solomon(random_rows(40, 7), vehicles=20, capacity=80)), dimacs=True)
    first, second = (solving.solved(instance, FEW, seed=3) for _ in range(2))
    assert first == second


def test_a_vehicle_that_may_load_again_does_so(tmp_path: Path) -> None:
    more = "TIME_WINDOW_SECTION\n1 0 900\n2 0 900\n3 0 900\n4 0 900\nVEHICLES_RELOAD_DEPOT_SECTION\n1 1\n"
    text = vrplib(more, "MTVRPTWR").replace("VEHICLES : 2", "VEHICLES : 1")
    instance = read(written(tmp_path, text), dimacs=True)
    made = solving.solved(instance, FEW, seed=0)
    assert made.broken == ()
    assert made.cost == 300
    assert len(made.routes) == 1
    assert made.routes[0].count(0) == 1


def test_the_walk_names_what_routes_break(tmp_path: Path) -> None:
    instance = read(
        written(tmp_path, solomon(((0, 0, 0, 0, 0, 100, 0), *ROWS[1:]), vehicles=1, capacity=30)), dimacs=True
    )
    told = " / ".join(checking.violations(instance, ((1, 2), (3, 0, 1))))
    for words in ("customer 1 is served 2 times", "2 vehicles where there are 1", "loads again"):
        assert words in told
    assert checking.violations(instance, ((1, 2, 3),)) == ()
    late = read(written(tmp_path, solomon((*ROWS[:3], (3, -3, -4, 10, 0, 20, 10)), capacity=30)), dimacs=True)
    assert checking.violations(late, ((1, 2, 3),)) == ("route 1 begins at customer 3 after its window",)
    assert checking.violations(late, ((3, 1, 2),)) == ()


def test_the_door_tells_cost_in_the_unit_of_the_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = written(tmp_path, solomon())
    assert (
        cli(["rollout", "solve", str(path), "--dimacs", "--time", "5", "--iterations", "100", "--format", "json"]) == 0
    )
    told = json.loads(capsys.readouterr().out)
    assert (told["cost"], told["feasible"], told["vehicles"]) == (30.0, True, 2)
    assert sorted(map(sorted, told["routes"])) == [[1, 2], [3]]
    assert told == {
        **api.rollout_solve(path, dimacs=True, iterations=100, clock=lambda: 0.0),
        "seconds": told["seconds"],
    }


def test_the_door_refuses_a_bad_file_with_code_2_and_an_infeasible_one_with_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli(["rollout", "solve", str(written(tmp_path, "nonsense"))]) == 2
    rows = ((0, 0, 0, 0, 0, 100, 0), (1, 10, 0, 1, 0, 10, 50), (2, -10, 0, 1, 0, 10, 50))
    path = written(tmp_path, solomon(rows, vehicles=1))
    assert cli(["rollout", "solve", str(path), "--iterations", "50", "--time", "5"]) == 1
    assert "infeasible" in capsys.readouterr().err


def test_seconds_outside_their_limit_are_refused(tmp_path: Path) -> None:
    for seconds in (0.0, -1.0, 3601.0, float("nan")):
        with pytest.raises(OutOfRange):
            api.rollout_solve(written(tmp_path, solomon()), seconds=seconds, clock=lambda: 0.0)


def far_and_light(seed: int) -> str:
    """Fifty customers of one unit each, far apart: a way costs millions, a unit too many a few tens of thousands."""
    places = np.random.default_rng(seed).integers(0, 50_001, (51, 2)).tolist()
    rows = tuple((k, x, y, int(k > 0), 0, 10_000_000, 0) for k, (x, y) in enumerate(places))
    return solomon(rows, vehicles=50, capacity=5)


@pytest.mark.parametrize("seed", [0, 1])
def test_light_loads_over_long_ways_are_carried_within_the_capacity(tmp_path: Path, seed: int) -> None:
    instance = read(written(tmp_path, far_and_light(seed)))
    made = solving.solved(instance, FEW, seed=seed)
    assert made.broken == ()
    assert max(len(route) for route in made.routes) <= 5


def test_long_ways_are_kept_to_windows_too(tmp_path: Path) -> None:
    rows = (
        (0, 0, 0, 0, 0, 10_000_000, 0), (1, 4_000_000, 0, 1, 4_000_000, 4_000_000, 1),
        (2, 0, 4_000_000, 1, 4_000_000, 4_000_000, 1), (3, 4_000_000, 1, 1, 4_000_001, 4_000_002, 1),
    )  # fmt: skip
    made = solving.solved(read(written(tmp_path, solomon(rows))), FEW, seed=0)
    assert made.broken == ()
    assert made.routes == ((1, 3), (2,))
