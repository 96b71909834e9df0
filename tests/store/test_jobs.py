from __future__ import annotations

from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import OutOfRange, StoreConflict, UnknownName
from setsail.store import jobs
from setsail.store.workspace import Workspace
from tests.store.workers import AT, context, ended, start

JOBS, WORKERS = 90, 3
MINUTE = timedelta(minutes=1)


def _queue(workspace: Workspace, count: int = 1) -> list[jobs.Job]:
    return [jobs.enqueue(workspace.engine, "index", {"n": number}, actor="tester", now=AT) for number in range(count)]


def claim_all(root: Path, url: str | None, barrier: Any, log: Path) -> None:
    """What one worker process does: claims until nothing waits, and notes each claim."""
    with Workspace.open(root, database_url=url) as workspace, log.open("w") as notes:
        barrier.wait()
        while (job := jobs.claim(workspace.engine, log.name, now=AT)) is not None:
            notes.write(f"{job.id}\n")


def test_jobs_are_given_to_exactly_one_of_several_processes(either: Workspace, url: str | None, tmp_path: Path) -> None:
    queued = _queue(either, JOBS)
    barrier = context().Barrier(WORKERS)
    logs = [tmp_path / f"worker-{index}" for index in range(WORKERS)]
    assert ended([start(claim_all, either.root, url, barrier, log) for log in logs]) == [0] * WORKERS
    claimed = Counter(int(line) for log in logs for line in log.read_text().splitlines())
    assert claimed == Counter(job.id for job in queued)
    assert sum(1 for log in logs if log.read_text()) > 1, "one worker took all: nothing was proved"


def test_job_runs_from_queue_to_result(either: Workspace) -> None:
    first, _ = _queue(either, 2)
    job = jobs.claim(either.engine, "w", now=AT)
    assert job is not None
    assert (job.id, job.state, job.attempts, job.arguments) == (first.id, "running", 1, {"n": 0})
    job = jobs.beat(either.engine, job, now=AT + MINUTE, progress=0.5, told="half")
    assert (job.progress, job.told, job.heartbeat_at) == (0.5, "half", AT + MINUTE)
    job = jobs.finish(either.engine, job, now=AT + MINUTE, result="manifest x")
    assert (job.state, job.result, job.ended_at) == ("done", "manifest x", AT + MINUTE)
    assert [found.state for found in jobs.jobs(either.engine)] == ["done", "queued"]
    assert [found.id for found in jobs.jobs(either.engine, "done")] == [first.id]


def test_failed_job_tells_why(workspace: Workspace) -> None:
    _queue(workspace)
    job = jobs.claim(workspace.engine, "w", now=AT)
    assert job is not None
    assert jobs.fail(workspace.engine, job, now=AT, told="no data").told == "no data"
    assert jobs.claim(workspace.engine, "w", now=AT) is None


def test_waiting_job_is_cancelled_at_once_and_a_running_one_is_asked(either: Workspace) -> None:
    running, waiting = _queue(either, 2)
    job = jobs.claim(either.engine, "w", now=AT)
    assert job is not None
    assert jobs.ask_cancel(either.engine, waiting.id, now=AT).state == "cancelled"
    assert jobs.ask_cancel(either.engine, running.id, now=AT).state == "running"
    job = jobs.beat(either.engine, job, now=AT, progress=0.1)
    assert job.cancel_asked
    assert jobs.stop(either.engine, job, now=AT).state == "cancelled"
    assert jobs.claim(either.engine, "w", now=AT) is None


@pytest.mark.parametrize(("silent", "state"), [(MINUTE, "running"), (MINUTE - timedelta(microseconds=1), "queued")])
def test_silent_job_is_taken_back_just_past_the_limit(either: Workspace, silent: timedelta, state: str) -> None:
    _queue(either)
    jobs.claim(either.engine, "w", now=AT)
    jobs.take_back(either.engine, now=AT + MINUTE, silent=silent)
    assert [job.state for job in jobs.jobs(either.engine)] == [state]


def test_worker_that_lost_its_job_can_no_longer_change_it(either: Workspace) -> None:
    _queue(either)
    lost = jobs.claim(either.engine, "slow", now=AT)
    assert lost is not None
    jobs.take_back(either.engine, now=AT + 2 * MINUTE, silent=MINUTE)
    with pytest.raises(StoreConflict, match="queued"):
        jobs.beat(either.engine, lost, now=AT, progress=0.9)
    held = jobs.claim(either.engine, "quick", now=AT)
    assert held is not None
    with pytest.raises(StoreConflict, match="attempt 2"):
        jobs.finish(either.engine, lost, now=AT, result="stale")
    assert jobs.finish(either.engine, held, now=AT, result="fresh").result == "fresh"


def test_job_that_loses_every_worker_fails(workspace: Workspace) -> None:
    _queue(workspace)
    for _ in range(jobs.ATTEMPTS):
        assert jobs.claim(workspace.engine, "w", now=AT) is not None
        (job,) = jobs.take_back(workspace.engine, now=AT + 2 * MINUTE, silent=MINUTE)
    assert (job.state, job.told) == ("failed", f"lost {jobs.ATTEMPTS} workers")


def test_progress_outside_its_limit_and_unknown_job_are_refused(workspace: Workspace) -> None:
    _queue(workspace)
    job = jobs.claim(workspace.engine, "w", now=AT)
    assert job is not None
    with pytest.raises(OutOfRange):
        jobs.beat(workspace.engine, job, now=AT, progress=1.01)
    assert jobs.beat(workspace.engine, job, now=AT, progress=1.0).progress == 1.0
    with pytest.raises(UnknownName):
        jobs.job_of(workspace.engine, 999)
