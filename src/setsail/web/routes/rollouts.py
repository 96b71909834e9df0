"""Rollouts: list, board, events told and tried, changes as they come, tables and work orders."""

from __future__ import annotations

import json
import time
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from setsail import api
from setsail.base.errors import SetSailError
from setsail.web import places
from setsail.web.access import MAY, Session, requires
from setsail.web.kept import answer, body_of
from setsail.web.noting import note
from setsail.web.state import State, state_of
from setsail.web.streams import following, streamed

router = APIRouter(prefix="/rollouts", tags=["rollouts"])
Server = Annotated[State, Depends(state_of)]
Viewer = Annotated[Session, Depends(requires("viewer"))]
Dispatcher = Annotated[Session, Depends(requires("dispatcher"))]
Value = Annotated[str, Field(max_length=500)]


class RolloutRow(BaseModel):
    """One rollout of a list. `error`: why its folder cannot be read."""

    organisation: str
    rollout: str
    name: str = ""
    sites: int = 0
    accepted: int = 0
    deadline: datetime | None = None
    finish: datetime | None = None
    verdict: str = ""
    error: str = ""


class Event(BaseModel):
    """An event as a dispatcher tells it: kind, time ("05:00", ISO 8601, or empty for now), fields as text."""

    model_config = ConfigDict(extra="forbid")
    kind: str = Field(max_length=40)
    at: str = Field("", max_length=40)
    values: dict[Annotated[str, Field(max_length=40)], Value] = Field(default_factory=dict, max_length=20)


def folder_of(organisation: str, rollout: str, server: Server, session: Viewer) -> Path:
    """The folder of a rollout that the person may see."""
    return places.folder(places.rollouts_in(server.settings.rollouts_folder()), session, organisation, rollout)


Folder = Annotated[Path, Depends(folder_of)]


@router.get("")
def listed(server: Server, session: Viewer) -> list[RolloutRow]:
    """The rollouts of one's organisation; an administrator sees all."""
    shelf = places.rollouts_in(server.settings.rollouts_folder())
    return [_row(shelf.root / whose / name, whose, server) for whose, name in places.seen(shelf, session)]


@router.get("/form")
def form(session: Viewer) -> dict[str, Any]:
    """Kinds of events and their fields."""
    del session
    return api.rollout_event_form()


@router.get("/{organisation}/{rollout}", response_model=dict[str, Any])
def board(
    *,
    request: Request,
    folder: Folder,
    server: Server,
    session: Viewer,
    at: Annotated[
        datetime | None, Query(description="As the board was or will be then; now where the rollout runs.")
    ] = None,
) -> Response:
    """The board: verdict, stages of every site, crews, milestones, events, evidence."""
    if at is not None and at.tzinfo is None:
        raise HTTPException(422, "at lacks its offset from UTC")
    found = api.rollout_board_now(folder, server.settings.now(), at)
    return answer(request, body_of(found | {"may_send": session.person.role in MAY["dispatcher"]}))


@router.post("/{organisation}/{rollout}/what-if")
def what_if(event: Event, folder: Folder, server: Server, session: Viewer) -> dict[str, Any]:
    """What an event would change; nothing is written."""
    told = [(event.kind, event.at, event.values)]
    return api.rollout_what_if(folder, told, now=server.settings.now(), by=session.person.name, clock=time.monotonic)


@router.post("/{organisation}/{rollout}/events")
def tell(*, event: Event, organisation: str, folder: Folder, server: Server, session: Dispatcher) -> dict[str, Any]:
    """Writes an event into the log and plans again what has not begun; the audit trail notes who did."""
    done = api.rollout_event(
        folder, event.kind, at=event.at, values=event.values, now=server.settings.now(), by=session.person.name,
        clock=time.monotonic,
    )  # fmt: skip
    note(server, session, "rollout-event", f"{organisation}/{folder.name}", {"events": done["events"]})
    return done


@router.get("/{organisation}/{rollout}/changes", response_class=StreamingResponse)
def changes(folder: Folder, request: Request, session: Viewer) -> StreamingResponse:
    """A sign each time the board changes (text/event-stream); the page then asks for the board. It ends with the
    session, and where the rollout is no longer there.
    """

    def look() -> tuple[str, bool]:
        pulse = api.rollout_pulse(folder)
        return json.dumps({"pulse": pulse}), not pulse

    return streamed(following(request, session, look))


def _row(path: Path, organisation: str, server: State) -> RolloutRow:
    try:
        return RolloutRow(organisation=organisation, **api.rollout_row(path, server.settings.now()))
    except SetSailError as err:
        return RolloutRow(organisation=organisation, rollout=path.name, error=err.what)
