"""Thousands of sites: planned, and planned again after an event, as a dispatcher does it."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from setsail import api
from setsail.rollout import cases
from setsail.rollout.folder.reading import read
from setsail.rollout.folder.writing import write
from setsail.rollout.live import desk
from setsail.rollout.travel.kept import FOLDER


@pytest.mark.slow
def test_a_lost_crew_among_eight_hundred_is_planned_around_and_begun_work_stays(tmp_path: Path) -> None:
    made, folder = cases.generated(5500, 1), tmp_path / "w"
    write(made, folder)
    now, at = made.notice, made.notice + timedelta(hours=7)
    first = api.rollout_plan(folder, seconds=60, now=now, by="tester", clock=time.perf_counter).plan
    told = api.rollout_event(
        folder, "crew-lost", at=at.isoformat(), values={"crew": "C0003"}, now=datetime.now(at.tzinfo), by="tester",
        clock=time.perf_counter,
    )  # fmt: skip
    after = desk.now_is(folder, read(folder)).plan
    assert told["planned"] is True
    assert after is not None
    assert {s.site for s in after.sites} == {s.site for s in made.sites}
    begun = [v for v in first.visits if v.depart < at and v.crew != "C0003" and v.kind == "visit"]
    here = {(v.crew, v.place): (v.depart, v.arrive, v.begin, v.end) for v in after.visits}
    assert all(here[v.crew, v.place] == (v.depart, v.arrive, v.begin, v.end) for v in begun)
    late = {s.site for s in after.sites if s.late_min > 0}
    assert late <= {s.site for s in first.sites if s.late_min > 0}
    assert list((folder / FOLDER).glob("*.npy"))
    assert told["seconds"] < 60  # about two where nothing else runs
