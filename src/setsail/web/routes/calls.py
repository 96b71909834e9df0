"""The call of a rollout in the browser: a seat in its room, session descriptions, and news of who is there."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, HTTPException, Path, Request
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from setsail import api
from setsail.base.errors import SetSailError
from setsail.web.routes.rollouts import Folder, Server, Viewer
from setsail.web.seats import Seats, seats_of
from setsail.web.streams import SILENT, Proof, streamed

if TYPE_CHECKING:
    from setsail.conference.seat.seat import Seat

router = APIRouter(prefix="/rollouts/{organisation}/{rollout}/call", tags=["calls"])
Held = Annotated[Seats, Depends(seats_of)]
Name = Annotated[str, Path(max_length=40)]
WRONG_PIN = "conference-wrong-pin"


class Joining(BaseModel):
    """Who comes: the name shown to the others (a site's id, or a person's name), and the room's PIN."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=40)
    pin: str = Field(min_length=1, max_length=40)


class Relay(BaseModel):
    """A TURN relay with a credential that holds for a day (RTCIceServer)."""

    urls: list[str]
    username: str
    credential: str


class Seated(BaseModel):
    """A seat that was taken, and the relays that the page may use."""

    seat: str
    relays: list[Relay]


class Described(BaseModel):
    """A session description (SDP)."""

    model_config = ConfigDict(extra="forbid")
    sdp: str = Field(max_length=64_000)


class Up(BaseModel):
    """Whether the conference runs."""

    up: bool


class Watched(BaseModel):
    """Names whose pictures are wanted first."""

    model_config = ConfigDict(extra="forbid")
    names: list[Annotated[str, Field(max_length=40)]] = Field(default_factory=list, max_length=50)


class Muted(BaseModel):
    """Silent for the others."""

    model_config = ConfigDict(extra="forbid")
    muted: bool


@router.get("")
def up(folder: Folder) -> Up:
    """Whether the conference of the rollout runs."""
    return Up(up=api.conference_is_up(folder))


@router.post("", status_code=201)
async def join(
    *, given: Joining, request: Request, folder: Folder, server: Server, session: Viewer, seats: Held
) -> Seated:
    """Takes a seat. Guesses of the PIN are counted, as those of passwords are."""
    person = session.person.name
    with seats.room_for(person):
        seat = await _taken(given, request, folder, server)
        relays = [Relay(**one) for one in api.conference_relays(folder, person, server.settings.now())]
        return Seated(seat=seats.add(seat, person, folder), relays=relays)


async def _taken(given: Joining, request: Request, folder: Folder, server: Server) -> Seat:
    """The seat that was taken; wrong PINs are counted."""
    address, now = request.client.host if request.client else "", server.settings.now()
    key = f"call {folder}"
    wait_s = server.attempts.begin(key, address, now)
    if wait_s:
        raise HTTPException(429, f"too many wrong PINs; wait {wait_s} s", {"retry-after": str(wait_s)})
    try:
        seat = await api.conference_seat(folder, pin=given.pin, name=given.name)
    except SetSailError as err:
        if err.code != WRONG_PIN:  # a page that comes back to a lost server guesses nothing
            server.attempts.succeeded(key, address, now)
        raise
    server.attempts.succeeded(key, address, now)
    return seat


@router.get("/{seat}/news", response_class=StreamingResponse)
async def news(seat: Name, request: Request, folder: Folder, session: Viewer, seats: Held) -> StreamingResponse:
    """What the page must hear (text/event-stream): who is there, offers of pictures, who speaks, a lost server. Where
    the session ends, so does the seat.
    """
    seats.of(seat, session.person.name, folder)
    proof = Proof(request, session)

    async def told() -> AsyncIterator[str]:
        async for one in seats.news(seat, session.person.name, folder):
            if not await proof.holds():
                await seats.give_up(seat)
                return
            yield SILENT if one is None else f"data: {json.dumps(one, ensure_ascii=False)}\n\n"

    return streamed(told())


@router.post("/{seat}/video")
async def video(given: Described, seat: Name, folder: Folder, session: Viewer, seats: Held) -> Described:
    """The answer to the offer of one's picture."""
    return Described(sdp=await seats.of(seat, session.person.name, folder).send_video(given.sdp))


@router.post("/{seat}/sound")
async def sound(given: Described, seat: Name, folder: Folder, session: Viewer, seats: Held) -> Described:
    """The answer to the offer of one's sound."""
    return Described(sdp=await seats.of(seat, session.person.name, folder).send_sound(given.sdp))


@router.post("/{seat}/seen", status_code=204)
async def seen(given: Described, seat: Name, folder: Folder, session: Viewer, seats: Held) -> None:
    """The page's answer to the offer of pictures."""
    await seats.of(seat, session.person.name, folder).see(given.sdp)


@router.post("/{seat}/watch", status_code=204)
async def watch(given: Watched, seat: Name, folder: Folder, session: Viewer, seats: Held) -> None:
    """Pictures are sent from now on: of these names first, then of the last who spoke."""
    await seats.of(seat, session.person.name, folder).watch(tuple(given.names))


@router.post("/{seat}/mute", status_code=204)
async def mute(given: Muted, seat: Name, folder: Folder, session: Viewer, seats: Held) -> None:
    """Silent for the others, or heard again."""
    await seats.of(seat, session.person.name, folder).mute(given.muted)


@router.delete("/{seat}", status_code=204)
async def leave(seat: Name, folder: Folder, session: Viewer, seats: Held) -> None:
    """Gives the seat back."""
    seats.of(seat, session.person.name, folder)
    await seats.give_up(seat)
