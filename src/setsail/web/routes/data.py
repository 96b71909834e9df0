"""Data sets of the workspace, files sent to be taken in, reconciliation with its repairs, sources, runs."""

from __future__ import annotations

import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect

from setsail import api
from setsail.base.errors import BadInput, UnknownName
from setsail.store.canonical import checked_name
from setsail.web import uploads
from setsail.web.access import Session, requires
from setsail.web.headers import STREAMED
from setsail.web.queueing import queue
from setsail.web.routes.jobs import JobOut, shown
from setsail.web.state import State, state_of

router = APIRouter(prefix="/data", tags=["data"], dependencies=[Depends(requires("viewer"))])
Server = Annotated[State, Depends(state_of)]
Viewer = Annotated[Session, Depends(requires("viewer"))]
Analyst = Annotated[Session, Depends(requires("analyst"))]
Name = Annotated[str, Field(min_length=1, max_length=63)]
KnownOn = Annotated[date | None, Query(description="With what was known on that day; today where absent.")]
SHOWN_ROWS = 20


class _Form(BaseModel):
    model_config = ConfigDict(extra="forbid")


class UploadOut(BaseModel):
    """A file that waits to be taken in."""

    id: str
    name: str
    at: str
    size: int
    lines: int
    sha256: str
    format: str


class Fit(_Form):
    """How a file is to be read: what it holds, by which shipped column map, with which values for all rows."""

    kind: Name
    map: Name = "generic"
    constants: dict[Name, Annotated[str, Field(max_length=200)]] = Field(default_factory=dict, max_length=30)


class Ingest(Fit):
    """An order to take an upload in as a new version of a data set."""

    upload: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    name: Name
    max_rejects: Annotated[str | None, Field(max_length=20)] = None
    source: Annotated[str, Field(max_length=500)] = ""
    licence: Annotated[str, Field(max_length=500)] = ""
    synthetic: bool = False


class Decision(_Form):
    """A proposal, by its table, its region and the value it reads there; signed with a reason by who is signed in."""

    dataset: Name
    indicator: Name
    period: Name
    region: Annotated[str, Field(min_length=1, max_length=200)]
    to: Annotated[float, Field(allow_inf_nan=False)]
    reason: Annotated[str, Field(min_length=1, max_length=2000)]
    known_on: date | None = None


@router.get("/sets")
def data_sets(server: Server) -> list[dict[str, Any]]:
    """Every version of every data set."""
    return api.data_list(server.settings.workspace)


@router.get("/sets/{name}")
def data_set(name: str, server: Server) -> dict[str, Any]:
    """Manifest, columns and first rows of the newest version."""
    return api.data_show(_name(name), server.settings.workspace, rows=SHOWN_ROWS)


@router.get("/sets/{name}/check")
def checked(name: str, server: Server) -> list[dict[str, Any]]:
    """Whether the files of the data set are as its manifests say, by their hashes."""
    return api.data_check(server.settings.workspace, name=_name(name))


@router.get("/sets/{name}/rejects")
def rejects(name: str, server: Server) -> dict[str, Any]:
    """Rows that the last reading under this name refused, and why."""
    return api.data_rejects(_name(name), server.settings.workspace)


@router.get("/sets/{name}/export", response_class=FileResponse)
def export(name: str, server: Server, form: Literal["csv", "parquet"] = "csv") -> FileResponse:
    """The newest version as a file. In CSV, text that a spreadsheet would run as a formula is marked as text."""
    called = _name(name)
    folder = Path(tempfile.mkdtemp(prefix="setsail-export-"))
    path = folder / f"{called}.{form}"
    try:
        api.data_export(called, server.settings.workspace, to=path, form=form, as_text=True)
    except BaseException:
        shutil.rmtree(folder)
        raise
    kind = "text/csv; charset=utf-8" if form == "csv" else "application/vnd.apache.parquet"
    return FileResponse(path, media_type=kind, filename=path.name, background=BackgroundTask(shutil.rmtree, folder))


@router.get("/kinds")
def kinds() -> list[str]:
    """What kinds of data sets can be taken in."""
    return api.data_kinds()


@router.get("/kinds/{kind}")
def columns(kind: str) -> list[dict[str, Any]]:
    """The columns of a kind."""
    return api.data_columns(kind)


@router.get("/maps")
def maps() -> list[dict[str, Any]]:
    """The shipped column maps."""
    return api.data_maps()


@router.get("/sources")
def sources() -> list[dict[str, Any]]:
    """Sources of the shipped facts with their licences."""
    return api.data_sources()


@router.get("/runs")
def runs(server: Server, study: Annotated[str | None, Query(max_length=63)] = None) -> list[dict[str, Any]]:
    """Runs of studies, the newest first."""
    return api.admin_runs(server.settings.workspace, study=study)


@router.post("/uploads", status_code=201, openapi_extra={"requestBody": {"content": {STREAMED: {}}, "required": True}})
async def send(
    request: Request, server: Server, session: Analyst, name: Annotated[str, Query(min_length=1, max_length=200)]
) -> UploadOut:
    """Keeps a file for a day, until a job takes it in. The body is the file itself, as application/octet-stream."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != STREAMED:
        raise HTTPException(415, f"send the file as {STREAMED}")
    of = server.settings
    try:
        made = await uploads.keep(
            of.workspace, request.stream(), name=name, actor=session.person.name, now=of.now(), most=of.kept_bytes
        )
    except ClientDisconnect as err:
        raise HTTPException(400, "the file did not arrive whole") from err
    return _upload(made)


@router.get("/uploads")
def waiting(server: Server, session: Analyst) -> list[UploadOut]:
    """One's own files that wait."""
    return [_upload(one) for one in uploads.uploads(server.settings.workspace, session.person.name)]


@router.delete("/uploads/{upload_id}")
def take_away(upload_id: str, server: Server, session: Analyst) -> list[UploadOut]:
    """Removes a file; gives those that still wait."""
    uploads.remove(server.settings.workspace, upload_id, session.person.name)
    return waiting(server, session)


@router.post("/uploads/{upload_id}/fit")
def fit(upload_id: str, given: Fit, server: Server, session: Analyst) -> dict[str, Any]:
    """How a column map fits a file that waits, before it is taken in."""
    about, file = uploads.upload(server.settings.workspace, upload_id, session.person.name)
    _require_map(given)
    try:
        return api.data_fit(file, kind=given.kind, column_map=given.map, constants=given.constants)
    except BadInput as err:
        told = (text.replace(str(file), about.name).replace(file.name, about.name) for text in (err.what, err.where))
        what, where = told
        raise type(err)(what, where=where, allowed=err.allowed, hint=err.hint) from err


@router.post("/ingests", status_code=202)
def ingest(given: Ingest, server: Server, session: Analyst) -> JobOut:
    """Queues the job that takes a file in. What it refuses is told in its result."""
    uploads.upload(server.settings.workspace, given.upload, session.person.name)
    _require_map(given)
    checked_name(given.name, "name")
    return shown(queue(server, session, "ingest", given.model_dump()))


@router.get("/reconciliation")
def tables(server: Server, known_on: KnownOn = None) -> list[dict[str, Any]]:
    """The shipped data sets of parts and totals, and how many of their tables have a proposal of repair."""
    return api.reconcile_datasets(known_on=_day(server, known_on), repairs_of=server.settings.workspace)


@router.get("/reconciliation/{dataset}")
def reconciliation(
    dataset: str,
    server: Server,
    indicator: Annotated[str | None, Query(max_length=63)] = None,
    period: Annotated[str | None, Query(max_length=20)] = None,
    known_on: KnownOn = None,
) -> list[dict[str, Any]]:
    """Parts against printed totals with ranked proposals, read with the repairs that were accepted here."""
    return api.reconcile(
        known_on=_day(server, known_on), dataset=dataset, indicator=indicator, period=period,
        repairs_of=server.settings.workspace,
    )  # fmt: skip


@router.get("/repairs")
def repairs(server: Server) -> dict[str, list[dict[str, Any]]]:
    """What was decided: accepted repairs and declined proposals, each with who signed it, when and why."""
    root = server.settings.workspace
    return {"accepted": api.repair_list(root), "declined": api.repair_declined(root)}


@router.post("/repairs", status_code=201)
def accept(given: Decision, server: Server, session: Analyst) -> list[dict[str, Any]]:
    """Accepts a proposal under the name of who is signed in. The figures themselves stay as they are."""
    return api.repair_accept(server.settings.workspace, **_decision(given, server, session))


@router.post("/repairs/declined", status_code=201)
def decline(given: Decision, server: Server, session: Analyst) -> dict[str, Any]:
    """Declines a proposal under the name of who is signed in."""
    return api.repair_decline(server.settings.workspace, **_decision(given, server, session))


def _decision(given: Decision, server: State, session: Session) -> dict[str, Any]:
    return {
        **given.model_dump(exclude={"known_on"}), "known_on": _day(server, given.known_on),
        "now": server.settings.now(), "signed_by": session.person.name,
    }  # fmt: skip


def _day(server: State, known_on: date | None) -> date:
    return known_on or server.settings.now().date()


def _name(name: str) -> str:
    """A name that a data set may have. Raises UnknownName."""
    try:
        return checked_name(name, "name")
    except BadInput as err:
        raise UnknownName(f"no data set {name[:80]!a}", where="workspace") from err


def _require_map(given: Fit) -> None:
    """Refuses the path of a file where the name of a shipped map is wanted. Raises UnknownName."""
    shipped = [row["map"] for row in api.data_maps()]
    if given.map not in shipped:
        raise UnknownName(f"is {given.map!a}", where="map", allowed=", ".join(shipped))
    api.data_columns(given.kind)


def _upload(of: uploads.Upload) -> UploadOut:
    return UploadOut(id=of.id, name=of.name, at=of.at, size=of.size, lines=of.lines, sha256=of.sha256, format=of.format)
