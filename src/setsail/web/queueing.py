"""Puts a job into the queue for the person who asks, up to as many as one person may have waiting."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import HTTPException

from setsail.store import jobs
from setsail.store.jobs import Job
from setsail.web.access import Session
from setsail.web.state import State

MOST_WAITING = 20


def queue(server: State, session: Session, task: str, arguments: Mapping[str, object]) -> Job:
    """The job, waiting. Raises HTTPException 429 where too many of this person wait already."""
    name = session.person.name
    if len(jobs.newest(server.engine, limit=MOST_WAITING, actor=name, state="queued")) >= MOST_WAITING:
        raise HTTPException(429, f"{MOST_WAITING} jobs of yours wait already", {"retry-after": "60"})
    return jobs.enqueue(server.engine, task, arguments, actor=name, now=server.settings.now())
