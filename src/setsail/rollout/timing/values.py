"""The times of given routes as values with dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from setsail.rollout.model import Stage
from setsail.rollout.plan_model import BenchSlot, Routes, Visit
from setsail.rollout.timing.runs import Broken, Score


@dataclass(frozen=True, slots=True)
class Timed:
    """Routes with their times.

    visits : begun ones first, then by crew in the order of time;  stages : site -> stage -> when it ends, for every
    site that is served or done;  broken : rules that these routes break;  missing : sites that are to be served and
    are not;  finish, finish_delivered : None where no site is served;  score : smaller is better, compared in order.
    """

    routes: Routes
    visits: tuple[Visit, ...]
    bench: tuple[BenchSlot, ...]
    stages: Mapping[str, Mapping[Stage, datetime]]
    broken: tuple[Broken, ...]
    missing: tuple[str, ...]
    finish: datetime | None
    finish_delivered: datetime | None
    distance_m: int
    lateness_s: int
    score: Score
