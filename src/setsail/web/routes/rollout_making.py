"""Rollouts made from a page: of an example or of a table of sites; planning them by jobs."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from setsail import api
from setsail.base.errors import BadInput, SetSailError, StoreConflict
from setsail.base.record import Record
from setsail.store import jobs
from setsail.web import places
from setsail.web.access import Session, requires
from setsail.web.errors import named
from setsail.web.noting import note
from setsail.web.queueing import queue
from setsail.web.rollout_tasks import PLAN, UPLOADS
from setsail.web.routes.rollouts import Folder, Server
from setsail.web.site_uploads import received
from setsail.web.state import State

router = APIRouter(prefix="/rollouts", tags=["rollouts"])
Dispatcher = Annotated[Session, Depends(requires("dispatcher"))]
Name = Annotated[str, Field(min_length=1, max_length=80)]
TABLE_BYTES = 8 * 1024 * 1024
LONGEST = timedelta(minutes=10)
"""That a table is read; an older one was left by a server that died."""
SUFFIXES = (".csv", ".xlsx", ".txt", ".tsv")
TRIES = 20
"""Free names that are tried where others make rollouts of the same name at the same time."""


class OfExample(BaseModel):
    """A rollout to be made of an example."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    example: str = Field(max_length=60)


class OfTable(BaseModel):
    """What is said beside the sites of a table; what is not said is assumed. `file`: the name of what is sent."""

    model_config = ConfigDict(extra="forbid")
    name: Name
    file: str = Field(min_length=1, max_length=255)
    notice: AwareDatetime | None = None
    deadline: AwareDatetime | None = None
    depot_latitude_deg: float | None = Field(None, ge=-90, le=90, allow_inf_nan=False)
    depot_longitude_deg: float | None = Field(None, ge=-180, le=180, allow_inf_nan=False)
    vehicles: int | None = Field(None, ge=1, le=10_000)
    capacity: int | None = Field(None, ge=1, le=10_000)
    people: int | None = Field(None, ge=1, le=100)
    stations: int | None = Field(None, ge=1, le=1000)
    minutes_per_set: float | None = Field(None, allow_inf_nan=False)
    on_site_min: float | None = Field(None, allow_inf_nan=False)
    speed_kmh: float | None = Field(None, allow_inf_nan=False)
    datum: Literal["wgs84", "gcj02", "bd09"] = "wgs84"
    sheet: str = Field("", max_length=80)


class Assumed(BaseModel):
    """Something that was not said: what was taken, and why."""

    subject: str
    what: str
    reason: str


class Made(BaseModel):
    """A rollout that was made. job : that plans it, None where too many of the person's wait."""

    organisation: str
    rollout: str
    name: str
    sites: int
    crews: int
    notice: datetime
    deadline: datetime
    assumed: list[Assumed] = []
    job: int | None


class JobRef(BaseModel):
    """A job that was queued."""

    job: int


@router.get("/examples", dependencies=[Depends(requires("viewer"))])
def examples() -> list[str]:
    """The names of the examples."""
    return api.rollout_examples()


@router.post("/of-example", status_code=201)
def of_example(given: OfExample, server: Server, session: Dispatcher) -> Made:
    """Makes a rollout of an example and plans it by a job; the audit trail notes who did."""
    made = _in_free_folder(server, session, given.name,
                           lambda out: api.rollout_example(given.example, out, title=given.name.strip()))  # fmt: skip
    return _told(server, session, made, {"example": given.example})


@router.post("/of-table", status_code=201)
async def of_table(request: Request, server: Server, session: Dispatcher, given: Annotated[OfTable, Query()]) -> Made:
    """Makes a rollout of a CSV or XLSX file of sites, which is the body (octet-stream), and plans it by a job."""
    suffix = Path(given.file).suffix.casefold()
    if suffix not in SUFFIXES:
        raise BadInput(f"ends in {suffix[:12]!r}", where=given.file, allowed=", ".join(SUFFIXES))
    until = server.settings.now() - LONGEST
    file = await received(request, server.settings.workspace / UPLOADS, suffix, TABLE_BYTES, until=until)
    try:
        return await run_in_threadpool(_of_file, given, file, server, session)
    finally:
        file.unlink(missing_ok=True)


@router.post("/{organisation}/{rollout}/plans", status_code=202)
def plan(organisation: str, folder: Folder, server: Server, session: Dispatcher) -> JobRef:
    """Plans by a job what has not begun, from now on where the rollout runs."""
    subject = f"{organisation}/{folder.name}"
    waiting = _planning(server, organisation, folder.name)
    if waiting is not None:
        if waiting.actor != session.person.name:
            raise StoreConflict(f"is being planned by {waiting.actor}", where=subject, hint="look at the board")
        return JobRef(job=waiting.id)
    job = queue(server, session, PLAN, {"organisation": organisation, "rollout": folder.name})
    note(server, session, PLAN, subject, {"job": job.id})
    return JobRef(job=job.id)


def _of_file(given: OfTable, file: Path, server: State, session: Session) -> Made:
    """The rollout of a file that has come."""
    ask = given.model_dump(exclude={"name", "file", "depot_latitude_deg", "depot_longitude_deg"})
    try:
        made = _in_free_folder(server, session, given.name, lambda out: _new(given, ask, file, out, server))
    except SetSailError as err:
        raise _of_page(err, file, given.file) from err
    for one in made.get("assumed", ()):
        one["subject"] = one["subject"].replace(file.name, given.file)
    return _told(server, session, made, {"file": given.file})


def _new(given: OfTable, ask: dict[str, Any], file: Path, out: Path, server: State) -> Record:
    from setsail.rollout.folder.terms import Ask

    said = Ask(rollout=out.name, name=given.name.strip(), depot=_depot(given), **ask)
    return api.rollout_new(file, out, said, now=server.settings.now())


def _depot(given: OfTable) -> tuple[float, float] | None:
    """Raises BadInput where one of both is missing."""
    latitude, longitude = given.depot_latitude_deg, given.depot_longitude_deg
    if latitude is None and longitude is None:
        return None
    if latitude is None or longitude is None:
        raise BadInput("lacks one of its coordinates", where="depot", allowed="latitude and longitude, or none of both")
    return latitude, longitude


def _in_free_folder(server: State, session: Session, name: str, make: Callable[[Path], Record]) -> Record:
    """What `make` makes in a folder that is the person's own, also where others take the same name at once."""
    shelf = places.rollouts_in(server.settings.rollouts_folder())
    for turn in range(TRIES):
        out = places.new_folder(shelf, session, name)
        try:
            return {**make(out), "rollout": out.name}
        except StoreConflict:
            if turn == TRIES - 1:
                raise
    raise AssertionError("the last turn returns or raises")


def _told(server: State, session: Session, made: Record, detail: dict[str, Any]) -> Made:
    """The rollout, noted and queued to be planned."""
    organisation, rollout = places.organisation_of(session), made["rollout"]
    note(server, session, "rollout-made", f"{organisation}/{rollout}", {**detail, "sites": made["sites"]})
    try:
        job = queue(server, session, PLAN, {"organisation": organisation, "rollout": rollout}).id
    except HTTPException:  # too many wait: it is planned from its board
        job = None
    fields = ("rollout", "name", "sites", "crews", "notice", "deadline")
    return Made(organisation=organisation, job=job, assumed=made.get("assumed", []), **{k: made[k] for k in fields})


def _of_page(err: SetSailError, file: Path, name: str) -> SetSailError:
    """The error as a page tells it: the person's name of the file, fields without the dashes of a command."""
    told = named(err, file, name)
    return type(told)(told.what, where=told.where.removeprefix("--"), allowed=told.allowed, hint=told.hint)


def _planning(server: State, organisation: str, rollout: str) -> jobs.Job | None:
    """The job that plans a rollout, where one waits or runs."""
    of = {"organisation": organisation, "rollout": rollout}
    states: tuple[jobs.State, ...] = ("queued", "running")
    found = (job for state in states for job in jobs.jobs(server.engine, state))
    return next((job for job in found if job.task == PLAN and dict(job.arguments) == of), None)
