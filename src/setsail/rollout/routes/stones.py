"""Milestones as a choice of tours sees them: sites that are in time, or by how much too late, tour by tour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import I64
from setsail.rollout.model import Milestone
from setsail.rollout.timing.frame import Frame
from setsail.rollout.timing.runs import stage_times

STEPS_MIN = (0, 2, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240)
"""Minutes after a milestone at which the sites that are there are counted again."""


@dataclass(frozen=True, slots=True)
class Step:
    """Of a milestone, or so long after it. by : second;  missing : sites that are still to come by then;

    costs : minutes by which it is missed more where they do not.
    """

    stone: Milestone
    by: int
    missing: int
    costs: int


def steps(frame: Frame) -> list[Step]:
    """The steps of milestones that routes decide and that not all sites must reach: when all do, the finish says."""
    out = []
    for stone in frame.rollout.milestones:
        there = stage_times(frame, stone.stage, {}, {})
        if there is None or stone.count >= len(frame.rollout.sites):
            continue
        at = round((stone.by - frame.rollout.notice).total_seconds())
        for minutes, later in zip(STEPS_MIN, (*STEPS_MIN[1:], 2 * STEPS_MIN[-1]), strict=True):
            by = at + 60 * minutes
            missing = stone.count - sum(when <= by for when in there)
            if missing > 0:
                out.append(Step(stone, by, missing, later - minutes))
    return out


def in_time(frame: Frame, places: Sequence[int]) -> I64:
    """(steps, places) when the work at a place ends at the latest to count for a step; -1 where it cannot."""
    found = steps(frame)
    rows = [[_latest(frame, one, p) for p in places] for one in found]
    return np.array(rows, dtype=np.int64).reshape(len(found), len(places))


def _latest(frame: Frame, step: Step, p: int) -> int:
    stage = step.stone.stage
    if stage in {"delivered", "installed"}:
        return step.by + (frame.install[p] if stage == "delivered" else 0)
    end = step.by - frame.remote[p] + (frame.accept[p] if stage == "registered" else 0)
    return end if frame.line[p] <= end else -1
