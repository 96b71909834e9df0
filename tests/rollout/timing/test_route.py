"""The value of one crew's trips alone is that of the whole run."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.rollout.timing.frame import frame_of
from setsail.rollout.timing.route import route_value, total
from setsail.rollout.timing.runs import run
from tests.rollout.timing.cases import NOTICE, random_rollout, random_routes, random_travel


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_values_of_all_crews_add_up_to_the_run(seed: int) -> None:
    rng = np.random.default_rng(seed)
    made = random_rollout(rng)
    travel = random_travel(made, rng)
    frame = frame_of(made, travel, None, at=NOTICE)
    trips = frame.numbered(random_routes(made, rng))
    whole = run(frame, trips)
    added = total(route_value(frame, c, own, whole.ready[c]) for c, own in enumerate(trips))
    score = whole.score
    assert (added.broken_s, added.late_s, added.distance_m) == (score.broken_s, score.late_s, score.distance_m)
    assert max(added.finish_s, 0) == score.finish_s


def test_a_crew_without_trips_costs_nothing() -> None:
    made = random_rollout(np.random.default_rng(1))
    frame = frame_of(made, random_travel(made, np.random.default_rng(2)), None, at=NOTICE)
    assert route_value(frame, 0, [], []) == (0, 0, 0, 0)
