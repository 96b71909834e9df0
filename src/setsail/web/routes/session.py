"""Signing in and out, and who is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from setsail import __version__
from setsail.store.passwords import hashed, holds, no_one
from setsail.store.people import Person, Role, audit_sign_in, change, person
from setsail.web.access import Session, account_of, close_session, open_session, public, requires, session_of
from setsail.web.state import State, state_of

router = APIRouter(prefix="/session", tags=["session"])


class SignIn(BaseModel):
    """What a person types."""

    model_config = ConfigDict(extra="forbid")
    name: str = Field(min_length=1, max_length=63)
    password: str = Field(min_length=1, max_length=1024)


class NewPassword(BaseModel):
    """The password that holds, and the one that shall."""

    model_config = ConfigDict(extra="forbid")
    old: str = Field(min_length=1, max_length=1024)
    new: str = Field(min_length=10, max_length=1024)


class SessionOut(BaseModel):
    """Who is signed in, the token that changing requests carry in X-CSRF-Token, and whether a provider is known."""

    signed_in: bool
    name: str = ""
    organisation: str = ""
    role: Role | None = None
    csrf: str = ""
    demonstration: bool = False
    oidc: bool = False
    version: str = __version__


@router.get("", dependencies=[Depends(public)])
def who(
    session: Annotated[Session | None, Depends(session_of)], state: Annotated[State, Depends(state_of)]
) -> SessionOut:
    """Who is signed in."""
    return _out(session, state)


@router.post("", dependencies=[Depends(public)])
def sign_in(
    given: SignIn, request: Request, response: Response, state: Annotated[State, Depends(state_of)]
) -> SessionOut:
    """Signs in, which the audit trail notes. Too many failures of a name or an address are turned away for a while."""
    name = given.name.strip().lower()
    found = _proved(state, request, name, given.password)
    audit_sign_in(state.engine, name, now=state.settings.now())
    return _out(open_session(request, response, state.settings, found), state)


@router.put("/password")
def change_password(
    given: NewPassword,
    request: Request,
    response: Response,
    state: Annotated[State, Depends(state_of)],
    session: Annotated[Session, Depends(account_of)],
) -> SessionOut:
    """Another password of one's own; all other sessions of the account end."""
    name = session.person.name
    _proved(state, request, name, given.old)
    changed = change(state.engine, name, actor=name, now=state.settings.now(), password_hash=hashed(given.new))
    return _out(open_session(request, response, state.settings, changed), state)


@router.delete("")
def sign_out(
    response: Response,
    session: Annotated[Session, Depends(requires("viewer"))],
    state: Annotated[State, Depends(state_of)],
) -> SessionOut:
    """Signs out."""
    close_session(response, state, session)
    return _out(None, state)


def _proved(state: State, request: Request, name: str, password: str) -> Person:
    """The active account that name and password belong to; every wrong guess is counted and told alike."""
    now, address = state.settings.now(), request.client.host if request.client else ""
    if wait_s := state.attempts.begin(name, address, now):
        raise HTTPException(429, f"too many failed attempts; wait {wait_s} s", {"retry-after": str(wait_s)})
    found = person(state.engine, name)
    right = holds(found.password_hash, password) if found else no_one(password)
    if not found or not right or not found.active:
        raise HTTPException(401, "name or password is wrong")
    state.attempts.succeeded(name, address, now)
    return found


def _out(session: Session | None, state: State) -> SessionOut:
    known = state.settings.oidc is not None
    if session is None:
        return SessionOut(signed_in=False, oidc=known)
    of = session.person
    return SessionOut(
        signed_in=True, name=of.name, organisation=of.organisation, role=of.role, csrf=session.csrf,
        demonstration=session.demonstration, oidc=known,
    )  # fmt: skip
