"""Work orders follow the event log: the plan in force, with what was begun before it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

from setsail.cli.main import run
from setsail.rollout.folder.reading import read
from setsail.rollout.provision.orders.planned import plan_in_force

CST = timezone(timedelta(hours=8))


def test_without_a_log_there_is_no_plan(tmp_path: Path) -> None:
    folder = tmp_path / "w"
    assert run(["rollout", "example", "wuhan-2020", "--out", str(folder)]) == 0
    assert plan_in_force(read(folder), folder) is None


def test_plan_after_an_event_holds_what_was_begun_before_it(tmp_path: Path) -> None:
    pytest.importorskip("ortools")
    pytest.importorskip("pyvrp")
    folder = tmp_path / "w"
    assert run(["rollout", "example", "wuhan-2020", "--out", str(folder)]) == 0
    assert run(["rollout", "plan", str(folder), "--seconds", "1", "--format", "json"]) in (0, 1)
    one = read(folder)
    first = plan_in_force(one, folder)
    assert first is not None
    assert {v.place for v in first.visits if v.kind == "visit"} == {s.site for s in one.sites}
    assert run(["rollout", "event", str(folder), "crew-lost", "--crew", "C3", "--at", "05:00"]) in (0, 1)
    second = plan_in_force(one, folder)
    assert second is not None
    assert second.at > first.at
    at = datetime(2020, 2, 6, 5, tzinfo=CST)
    begun = {(v.crew, v.place) for v in first.visits if v.kind == "visit" and v.depart < at and v.crew != "C3"}
    there = [(v.crew, v.place) for v in second.visits if v.kind == "visit"]
    assert begun
    assert begun <= set(there)
    assert len(there) == len(set(there))
