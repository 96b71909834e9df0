"""The founding case with its milestones as upper limits, its variants, and large generated cases."""

from __future__ import annotations

from datetime import datetime

from setsail.rollout import cases
from setsail.rollout.schedule.study import plan
from setsail.rollout.travel.study import times
from tests.rollout.timing.cases import require_no_overlap


def test_founding_case_keeps_its_milestones() -> None:
    made = cases.example("wuhan-2020")
    travel = times(made)
    found = plan(made, travel, at=made.notice, seconds=5)
    assert found.feasible is True
    delivered = [s.stages["delivered"] for s in found.sites]
    assert len(delivered) == 29
    assert sum(d <= datetime.fromisoformat("2020-02-06T07:30+08:00") for d in delivered) >= 22
    assert sum(d <= datetime.fromisoformat("2020-02-06T08:30+08:00") for d in delivered) == 29
    assert all(m.met for m in found.milestones)
    require_no_overlap(found, travel)
