"""Background work: what waits, runs and has ended; progress as server-sent events; cancelling."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from setsail.base.errors import UnknownName
from setsail.store import jobs
from setsail.store.jobs import Job, State
from setsail.web.access import Session, requires
from setsail.web.inputs import JobId
from setsail.web.queueing import queue
from setsail.web.state import State as Server
from setsail.web.state import state_of
from setsail.web.streams import following, streamed

router = APIRouter(prefix="/jobs", tags=["jobs"])
ENDED = frozenset({"done", "failed", "cancelled"})


class JobOut(BaseModel):
    """One job as its owner and administrators see it."""

    id: int
    task: str
    actor: str
    state: State
    progress: float
    told: str
    cancel_asked: bool
    attempts: int
    queued_at: datetime
    ended_at: datetime | None
    arguments: dict[str, Any]
    result: Any = None


class IndexRun(BaseModel):
    """Which index, as known when, and how often its method is drawn anew."""

    model_config = ConfigDict(extra="forbid")
    framework: str = Field(max_length=63)
    geography: str = Field("provinces", max_length=63)
    known_on: date | None = None
    runs: int = Field(1000, ge=2, le=20_000)
    seed: int = Field(1, ge=0, le=2**31)


@router.get("")
def listed(
    server: Annotated[Server, Depends(state_of)],
    session: Annotated[Session, Depends(requires("viewer"))],
    state: State | None = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
) -> list[JobOut]:
    """The newest jobs first, without results: one's own, or all for an administrator."""
    whose = None if session.person.role == "administrator" else session.person.name
    return [shown(job) for job in jobs.newest(server.engine, limit=limit, actor=whose, state=state)]


@router.post("/index", status_code=202)
def queue_index(
    given: IndexRun,
    server: Annotated[Server, Depends(state_of)],
    session: Annotated[Session, Depends(requires("analyst"))],
) -> JobOut:
    """Computes the intervals of the ranks of a shipped framework in the background."""
    known_on = given.known_on or server.settings.now().date()
    return shown(queue(server, session, "index", given.model_dump() | {"known_on": known_on.isoformat()}))


@router.get("/{job_id}")
def one(
    job_id: JobId,
    server: Annotated[Server, Depends(state_of)],
    session: Annotated[Session, Depends(requires("viewer"))],
) -> JobOut:
    """One job."""
    return shown(_mine(server, session, job_id))


@router.delete("/{job_id}")
def cancel(
    job_id: JobId,
    server: Annotated[Server, Depends(state_of)],
    session: Annotated[Session, Depends(requires("viewer"))],
) -> JobOut:
    """Asks a job to stop."""
    _mine(server, session, job_id)
    return shown(jobs.ask_cancel(server.engine, job_id, now=server.settings.now()))


@router.get("/{job_id}/events", response_class=StreamingResponse)
def events(
    job_id: JobId,
    request: Request,
    server: Annotated[Server, Depends(state_of)],
    session: Annotated[Session, Depends(requires("viewer"))],
) -> StreamingResponse:
    """The job each time it changes, until it, or the session, has ended (text/event-stream)."""
    _mine(server, session, job_id)

    def look() -> tuple[str, bool]:
        job = jobs.job_of(server.engine, job_id)
        return shown(job).model_dump_json(), job.state in ENDED

    return streamed(following(request, session, look))


def _sees(session: Session, job: Job) -> bool:
    return session.person.role == "administrator" or job.actor == session.person.name


def _mine(server: Server, session: Session, job_id: int) -> Job:
    """The job, where the person may see it; a job of others is not there."""
    try:
        job = jobs.job_of(server.engine, job_id)
    except UnknownName:
        raise HTTPException(404, f"there is no job {job_id}") from None
    if not _sees(session, job):
        raise HTTPException(404, f"there is no job {job_id}")
    return job


def shown(job: Job) -> JobOut:
    """A job as its owner and administrators see it."""
    return JobOut(
        id=job.id, task=job.task, actor=job.actor, state=job.state, progress=job.progress, told=job.told,
        cancel_asked=job.cancel_asked, attempts=job.attempts, queued_at=job.queued_at, ended_at=job.ended_at,
        arguments=dict(job.arguments), result=json.loads(job.result) if job.state == "done" and job.result else None,
    )  # fmt: skip
