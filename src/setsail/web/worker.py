"""Works off the queue: claims a job, gives signs of life, keeps its result, takes back the jobs of the dead."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import sqlalchemy as sa

from setsail.base.errors import SetSailError, StoreConflict, UnknownName
from setsail.store import jobs
from setsail.store.jobs import Job
from setsail.store.manifest import Manifest
from setsail.web.errors import without_roots

BEAT_S = 2.0
"""Between two signs of life of a running job."""
SILENT_BEATS = 8
"""A job that was silent for so many of them has lost its worker."""
LOOK_S = 1.0
"""Between two looks at an empty queue."""
LOG = logging.getLogger("setsail.worker")


class CancelledError(Exception):
    """Raised inside a task that was asked to stop."""


@dataclass(slots=True)
class Context:
    """What a task is given. `tell` says how far it is, and raises CancelledError where it was asked to stop.

    kept : id of the data set that an earlier worker registered for this job before it died; empty for none.
    within : for `Workspace.write`: registers for this job once, and only while this worker holds it.
    sites, rollouts : their folders, where they are not those of the workspace.
    """

    workspace: Path
    actor: str
    now: Callable[[], datetime]
    kept: str = ""
    within: Callable[[sa.Connection, Manifest], None] | None = None
    sites: Path | None = None
    rollouts: Path | None = None
    share: float = 0.0
    what: str = ""
    cancel: threading.Event = field(default_factory=threading.Event)

    def tell(self, share: float, what: str = "") -> None:
        """Progress as a share of the work, and what is being done."""
        if self.cancel.is_set():
            raise CancelledError
        self.share, self.what = min(max(share, 0.0), 1.0), what or self.what


Task = Callable[[Context, Mapping[str, Any]], Any]
"""Does the work of one job; what it returns is kept as JSON."""


class Worker:
    """One worker on one registry; `start` lets it run in a thread of its own until `stop`."""

    def __init__(
        self,
        engine: sa.Engine,
        workspace: Path,
        tasks: Mapping[str, Task],
        name: str,
        now: Callable[[], datetime],
        *,
        beat_s: float = BEAT_S,
        sites: Path | None = None,
        rollouts: Path | None = None,
    ) -> None:
        self.sites, self.rollouts = sites, rollouts
        self.engine, self.workspace = engine, workspace.expanduser().absolute()
        self.tasks, self.name, self.now, self.beat_s = tasks, name, now, beat_s
        self.stopping = threading.Event()
        self.thread: threading.Thread | None = None

    def start(self) -> None:
        """Runs in the background."""
        self.thread = threading.Thread(target=self.run, name=self.name, daemon=True)
        self.thread.start()

    def stop(self, wait_s: float = 10.0) -> None:
        """Ends after the job in hand was asked to stop; that job is queued again by the next worker."""
        self.stopping.set()
        if self.thread:
            self.thread.join(wait_s)

    def run(self) -> None:
        """Works until it is stopped."""
        while not self.stopping.is_set():
            try:
                worked = self.step()
            except (SetSailError, sa.exc.SQLAlchemyError):
                LOG.exception("the queue cannot be read")
                worked = False
            if not worked:
                self.stopping.wait(LOOK_S)

    def step(self) -> bool:
        """One job, if one waits."""
        jobs.take_back(self.engine, now=self.now(), silent=timedelta(seconds=SILENT_BEATS * self.beat_s))
        job = jobs.claim(self.engine, self.name, now=self.now())
        if job is None:
            return False
        self._work(job)
        return True

    def _work(self, job: Job) -> None:
        context = Context(
            self.workspace, job.actor, self.now, kept=job.result,
            within=lambda connection, manifest: jobs.keep(connection, job, manifest.id),
            sites=self.sites, rollouts=self.rollouts,
        )  # fmt: skip
        outcome: list[Any] = []
        hand = threading.Thread(
            target=_try, args=(self.tasks.get(job.task, _unknown), job, context, outcome), daemon=True
        )
        hand.start()
        while hand.is_alive():
            hand.join(self.beat_s)
            if self.stopping.is_set():
                context.cancel.set()
            if not self._beat(job, context):
                context.cancel.set()  # another worker has it: what is done here counts no more
                hand.join()
                return
        try:
            self._end(job, outcome[0])
        except StoreConflict:
            LOG.warning("job %s was taken by another worker", job.id)

    def _beat(self, job: Job, context: Context) -> bool:
        """A sign of life; False where the job is not ours any more. A registry that is busy now is asked again."""
        try:
            told = jobs.beat(self.engine, job, now=self.now(), progress=context.share, told=context.what)
        except StoreConflict:
            return jobs.holds(self.engine, job)
        except (SetSailError, sa.exc.SQLAlchemyError):
            LOG.exception("no sign of life of job %s could be given", job.id)
            return True
        if told.cancel_asked:
            context.cancel.set()
        return True

    def _end(self, job: Job, outcome: Any) -> None:  # noqa: ANN401 - a result or what the task raised
        if isinstance(outcome, CancelledError):
            asked = jobs.job_of(self.engine, job.id).cancel_asked
            jobs.stop(self.engine, job, now=self.now()) if asked else jobs.give_back(self.engine, job)
        elif isinstance(outcome, SetSailError):
            roots = tuple(root.expanduser().absolute() for root in (self.sites, self.rollouts) if root)
            jobs.fail(self.engine, job, now=self.now(), told=without_roots(str(outcome), (self.workspace, *roots)))
        elif isinstance(outcome, BaseException):
            LOG.error("job %s (%s)", job.id, job.task, exc_info=outcome)
            jobs.fail(self.engine, job, now=self.now(), told="something of ours failed; see the server's log")
        else:
            jobs.finish(self.engine, job, now=self.now(), result=json.dumps(outcome, ensure_ascii=False, default=str))


def _unknown(context: Context, arguments: Mapping[str, Any]) -> NoReturn:
    """The task of a newer release."""
    del context, arguments
    raise UnknownName("is unknown to this worker", where="task of the job", hint="update the worker")


def _try(task: Task, job: Job, context: Context, outcome: list[Any]) -> None:
    try:
        outcome.append(task(context, job.arguments))
    except BaseException as err:  # told in the job, whatever it is
        outcome.append(err)
