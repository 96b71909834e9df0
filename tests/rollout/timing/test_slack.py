"""Slack is tested by shifting: the work may last that much longer, and not a second more."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from setsail.rollout.plan_model import Standing
from setsail.rollout.timing.frame import Frame, frame_of
from setsail.rollout.timing.runs import Run, run
from setsail.rollout.timing.slack import slacks
from tests.rollout.timing.cases import NOTICE, line_travel, random_rollout, random_routes, random_travel, rollout, site


def worse(before: Run, frame: Frame, after: Run) -> bool:
    """True where the finish, a due time, a window or a shift is less well kept."""
    late = {p for p, a in after.accepted.items() if a > max(frame.due[p], before.accepted[p])}
    told = Counter({(b.rule, b.who, b.words): b.seconds for b in before.broken})
    broken = any(b.seconds > told[b.rule, b.who, b.words] for b in after.broken)
    return after.score.finish_s > before.score.finish_s or bool(late) or broken


@settings(max_examples=80, deadline=None)
@given(st.integers(0, 2**32 - 1), st.booleans())
def test_work_may_last_longer_by_its_slack_and_no_second_more(seed: int, together: bool) -> None:
    rng = np.random.default_rng(seed)
    made = random_rollout(rng, together=together)
    travel = random_travel(made, rng)
    routes = random_routes(made, rng)
    frame = frame_of(made, travel, None, at=NOTICE)
    trips = frame.numbered(routes)
    order = [(c, k) for c, own in enumerate(trips) for k in range(len(own))]
    before = run(frame, trips, order)
    found = slacks(frame, before)
    for p in list(before.end)[:3]:
        for more in (found[p], found[p] + 1):
            told = Standing(NOTICE, on_site={frame.places[p]: (frame.work[p] + more) / 60})
            shifted = frame_of(made, travel, told, at=NOTICE)
            if shifted.work[p] != frame.work[p] + more:
                continue
            after = run(shifted, trips, order)
            own_late = before.accepted[p] > frame.due[p]
            assert worse(before, frame, after) == (more > found[p]), (frame.places[p], own_late)


def test_last_site_has_no_slack_and_a_site_before_a_wait_has_the_wait() -> None:
    made = rollout([site("S1"), site("S2", released_at=NOTICE.replace(hour=23, minute=30))])
    travel = line_travel(made)
    frame = frame_of(made, travel, None, at=NOTICE)
    done = run(frame, frame.numbered({"C1": (("S1", "S2"),)}))
    found = slacks(frame, done)
    assert found[travel.index["S2"]] == 0
    assert found[travel.index["S1"]] == 40 * 60
