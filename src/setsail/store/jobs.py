"""Jobs: work that waits in the registry, is claimed by exactly one worker, and is taken back from a dead one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import sqlalchemy as sa

from setsail.base.errors import StoreConflict, UnknownName
from setsail.base.limits import Limit
from setsail.store.canonical import canonical, checked_name, utc_text, utc_time
from setsail.store.registry import jobs as table
from setsail.store.registry import reading, writing

State = Literal["queued", "running", "done", "failed", "cancelled"]
PROGRESS = Limit("progress", 0.0, 1.0, "share of the work done")
ATTEMPTS = 3
"""How often a job is given out before it counts as failed."""


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `attempts` is also the lease: who holds an older number holds nothing."""

    id: int
    task: str
    arguments: Mapping[str, object]
    actor: str
    state: State
    attempts: int
    worker: str
    progress: float
    told: str
    cancel_asked: bool
    result: str
    queued_at: datetime
    heartbeat_at: datetime | None
    ended_at: datetime | None


def enqueue(engine: sa.Engine, task: str, arguments: Mapping[str, object], *, actor: str, now: datetime) -> Job:
    """The job added to the end of the queue. Raises BadInput for arguments that JSON cannot hold."""
    values = {
        "task": checked_name(task, "task"), "arguments": canonical(dict(arguments), "arguments"), "actor": actor,
        "state": "queued", "attempts": 0, "worker": "", "progress": 0.0, "told": "", "cancel_asked": False,
        "result": "", "queued_at": utc_text(now), "heartbeat_at": "", "ended_at": "",
    }  # fmt: skip
    with writing(engine, chain=False) as connection:
        return _job(connection.execute(sa.insert(table).values(**values).returning(*table.c)).mappings().one())


def claim(engine: sa.Engine, worker: str, *, now: datetime) -> Job | None:
    """The oldest waiting job, now this worker's; None where none waits. No two workers get the same.

    SKIP LOCKED lets PostgreSQL's workers pass each other; SQLite drops it and takes writers one by one.
    """
    oldest = (
        sa.select(table.c.id).where(table.c.state == "queued").order_by(table.c.id).limit(1)
        .with_for_update(skip_locked=True).scalar_subquery()
    )  # fmt: skip
    values = {"state": "running", "worker": worker, "heartbeat_at": utc_text(now), "attempts": table.c.attempts + 1}
    statement = sa.update(table).where(table.c.id == oldest, table.c.state == "queued").values(values)
    with writing(engine, chain=False) as connection:
        row = connection.execute(statement.returning(*table.c)).mappings().one_or_none()
    return _job(row) if row is not None else None


def beat(engine: sa.Engine, job: Job, *, now: datetime, progress: float, told: str = "") -> Job:
    """The job with a fresh sign of life; the worker stops where `cancel_asked` is set.

    Raises StoreConflict where the job was taken from this worker meanwhile.
    """
    PROGRESS.require(progress)
    return _change(engine, job, heartbeat_at=utc_text(now), progress=progress, told=told)


def finish(engine: sa.Engine, job: Job, *, now: datetime, result: str) -> Job:
    """The job as done, with where its result lies. Raises StoreConflict as `beat`."""
    return _change(engine, job, state="done", progress=1.0, result=result, ended_at=utc_text(now))


def fail(engine: sa.Engine, job: Job, *, now: datetime, told: str) -> Job:
    """The job as failed, with the reason. Raises StoreConflict as `beat`."""
    return _change(engine, job, state="failed", told=told, ended_at=utc_text(now))


def stop(engine: sa.Engine, job: Job, *, now: datetime) -> Job:
    """The job as cancelled, by its worker. Raises StoreConflict as `beat`."""
    return _change(engine, job, state="cancelled", ended_at=utc_text(now))


def keep(connection: sa.Connection, job: Job, result: str) -> None:
    """Notes what a running job has registered, in the transaction that registers it, so that it is done once only.

    Raises StoreConflict where the job was taken from this worker meanwhile: then nothing may be registered.
    """
    held = (table.c.id == job.id, table.c.state == "running", table.c.attempts == job.attempts)
    if connection.execute(sa.update(table).where(*held).values(result=result)).rowcount != 1:
        raise StoreConflict("was taken by another worker", where=f"job {job.id}", allowed=f"attempt {job.attempts}")


def holds(engine: sa.Engine, job: Job) -> bool:
    """Whether the job still runs under this attempt."""
    now = job_of(engine, job.id)
    return now.state == "running" and now.attempts == job.attempts


def give_back(engine: sa.Engine, job: Job) -> Job:
    """The job as queued again by a worker that ends in order: no lost attempt. Raises StoreConflict as `beat`."""
    return _change(engine, job, state="queued", worker="", progress=0.0, attempts=job.attempts - 1)


def newest(engine: sa.Engine, *, limit: int, actor: str | None = None, state: State | None = None) -> list[Job]:
    """The newest jobs first, of that actor and state or of all, without their results."""
    plain = [column for column in table.c if column.name != "result"]
    query = sa.select(*plain, sa.literal("").label("result")).order_by(table.c.id.desc()).limit(limit)
    for column, value in ((table.c.actor, actor), (table.c.state, state)):
        query = query if value is None else query.where(column == value)
    with reading(engine) as connection:
        return [_job(row) for row in connection.execute(query).mappings()]


def ask_cancel(engine: sa.Engine, job_id: int, *, now: datetime) -> Job:
    """The job: cancelled where it still waited, asked to stop where it runs, unchanged where it has ended."""
    waits, runs = table.c.state == "queued", table.c.state == "running"
    here = table.c.id == job_id
    with writing(engine, chain=False) as connection:
        connection.execute(sa.update(table).where(here, runs).values(cancel_asked=True))
        ended = {"state": "cancelled", "cancel_asked": True, "ended_at": utc_text(now)}
        connection.execute(sa.update(table).where(here, waits).values(ended))
    return job_of(engine, job_id)


def take_back(engine: sa.Engine, *, now: datetime, silent: timedelta) -> list[Job]:
    """Jobs whose worker was silent for `silent`: queued again, cancelled if asked, failed after `ATTEMPTS`.

    One that has registered its data set is queued again in any case: only its end is missing.
    """
    unfinished = table.c.result == ""
    lost = (table.c.state == "running", table.c.heartbeat_at < utc_text(now - silent))
    ended = utc_text(now)
    outcomes: list[tuple[sa.ColumnElement[bool], dict[str, object]]] = [
        (table.c.cancel_asked & unfinished, {"state": "cancelled", "ended_at": ended}),
        (
            (table.c.attempts >= ATTEMPTS) & unfinished,
            {"state": "failed", "ended_at": ended, "told": f"lost {ATTEMPTS} workers"},
        ),
        (sa.true(), {"state": "queued", "worker": "", "progress": 0.0}),
    ]
    with writing(engine, chain=False) as connection:
        return [
            _job(row)
            for which, values in outcomes
            for row in connection.execute(sa.update(table).where(*lost, which).values(values).returning(*table.c))
            .mappings()
            .all()
        ]


def job_of(engine: sa.Engine, job_id: int) -> Job:
    """The job of that number. Raises UnknownName."""
    with reading(engine) as connection:
        row = connection.execute(sa.select(table).where(table.c.id == job_id)).mappings().one_or_none()
    if row is None:
        raise UnknownName(f"no job {job_id}", where="jobs")
    return _job(row)


def jobs(engine: sa.Engine, state: State | None = None) -> list[Job]:
    """Jobs in their order, of that state or all."""
    query = sa.select(table).order_by(table.c.id)
    with reading(engine) as connection:
        found = connection.execute(query.where(table.c.state == state) if state else query).mappings()
        return [_job(row) for row in found]


def _change(engine: sa.Engine, job: Job, **values: object) -> Job:
    """Changes a running job for the worker that holds it, and for no other."""
    held = (table.c.id == job.id, table.c.state == "running", table.c.attempts == job.attempts)
    with writing(engine, chain=False) as connection:
        changed = sa.update(table).where(*held).values(**values).returning(*table.c)
        row = connection.execute(changed).mappings().one_or_none()
    if row is None:
        now = job_of(engine, job.id)
        raise StoreConflict(
            f"is {now.state}, attempt {now.attempts}", where=f"job {job.id}", allowed=f"running, attempt {job.attempts}"
        )
    return _job(row)


def _job(row: sa.RowMapping) -> Job:
    values = dict(row)
    values["arguments"] = json.loads(row["arguments"])
    for field in ("queued_at", "heartbeat_at", "ended_at"):
        values[field] = utc_time(row[field]) if row[field] else None
    return Job(**values)
