"""Signing in and out, and who is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from setsail import __version__
from setsail.store.passwords import holds, no_one
from setsail.store.people import Role, person
from setsail.web.access import Session, close_session, open_session, public, requires, session_of
from setsail.web.state import State, state_of

router = APIRouter(prefix="/session", tags=["session"])


class SignIn(BaseModel):
    """What a person types."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=63)
    password: str = Field(min_length=1, max_length=1024)


class SessionOut(BaseModel):
    """Who is signed in, and the token that changing requests carry in X-CSRF-Token."""

    signed_in: bool
    name: str = ""
    organisation: str = ""
    role: Role | None = None
    csrf: str = ""
    demonstration: bool = False
    version: str = __version__


@router.get("", dependencies=[Depends(public)])
def who(session: Annotated[Session | None, Depends(session_of)]) -> SessionOut:
    """Who is signed in."""
    return _out(session)


@router.post("", dependencies=[Depends(public)])
def sign_in(
    given: SignIn, request: Request, response: Response, state: Annotated[State, Depends(state_of)]
) -> SessionOut:
    """Signs in. Too many failures of a name or an address are turned away for a while."""
    now = state.settings.now()
    keys = (f"name:{given.name}", f"address:{request.client.host if request.client else ''}")
    if wait_s := state.attempts.wait_s(keys, now):
        raise HTTPException(429, f"too many failed attempts; wait {wait_s} s", {"retry-after": str(wait_s)})
    found = person(state.engine, given.name)
    right = holds(found.password_hash, given.password) if found else no_one(given.password)
    if not found or not right or not found.active:
        state.attempts.note(keys, now)
        raise HTTPException(401, "name or password is wrong")
    state.attempts.forget(keys)
    return _out(open_session(response, state.settings, found))


@router.delete("")
def sign_out(response: Response, session: Annotated[Session, Depends(requires("viewer"))]) -> SessionOut:
    """Signs out."""
    del session
    close_session(response)
    return SessionOut(signed_in=False)


def _out(session: Session | None) -> SessionOut:
    if session is None:
        return SessionOut(signed_in=False)
    of = session.person
    return SessionOut(
        signed_in=True, name=of.name, organisation=of.organisation, role=of.role, csrf=session.csrf,
        demonstration=session.demonstration,
    )  # fmt: skip
