"""Who asks: sessions by signed cookie, roles, and what a role may do."""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from itsdangerous import BadData, URLSafeTimedSerializer

from setsail.store.people import ROLES, Person, Role, person
from setsail.web.settings import Settings
from setsail.web.state import State, state_of

COOKIE = "setsail_session"
CSRF_HEADER = "x-csrf-token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MAY: dict[Role, frozenset[Role]] = {
    "viewer": frozenset(ROLES),
    "analyst": frozenset({"analyst", "administrator"}),
    "engineer": frozenset({"engineer", "administrator"}),
    "assessor": frozenset({"assessor", "administrator"}),
    "dispatcher": frozenset({"dispatcher", "administrator"}),
    "administrator": frozenset({"administrator"}),
}
"""What a route asks for, and the roles that have it."""
DEMONSTRATION = Person("demonstration", "Demonstration", "administrator", "", True, 0, "")
"""Signed in without a password where the server runs the demonstration, on loopback only. It sees every page and may
not make or change accounts, which would outlive the demonstration."""


@dataclass(frozen=True, slots=True)
class Session:
    """Who is signed in, and the token that a changing request must carry."""

    person: Person
    csrf: str
    demonstration: bool = False


def open_session(request: Request, response: Response, settings: Settings, who: Person) -> Session:
    """Signs a person in: sets the cookie, which goes over TLS only where it came over TLS."""
    csrf = secrets.token_urlsafe(24)
    value = _signer(settings).dumps({"name": who.name, "epoch": who.epoch, "csrf": csrf})
    response.set_cookie(
        COOKIE, str(value), max_age=int(settings.session_s), httponly=True, samesite="strict",
        secure=settings.secure_cookies or request.url.scheme == "https",
    )  # fmt: skip
    return Session(who, csrf)


def close_session(response: Response, state: State, session: Session) -> None:
    """Signs out: the cookie goes, and copies of it are nobody's any more on this server."""
    if not session.demonstration:
        state.ended.add(session.csrf, state.settings.session_s)
    response.delete_cookie(COOKIE, httponly=True, samesite="strict")


def session_of(request: Request, state: Annotated[State, Depends(state_of)]) -> Session | None:
    """The session that a request belongs to: of its cookie, or the demonstration's; None where there is none."""
    found = _of_cookie(request.cookies.get(COOKIE), state)
    if found or not state.settings.demonstration:
        return found
    return Session(DEMONSTRATION, state.demonstration_csrf, demonstration=True)


def requires(role: Role) -> Callable[..., Session]:
    """A dependency that lets a request pass for those who may act as `role`; every route has one."""

    def allowed(request: Request, session: Annotated[Session | None, Depends(session_of)]) -> Session:
        if session is None:
            raise HTTPException(401, "sign in first")
        if request.method not in SAFE and not _same(request.headers.get(CSRF_HEADER, ""), session.csrf):
            raise HTTPException(403, f"the header {CSRF_HEADER} does not carry this session's token")
        if session.person.role not in MAY[role]:
            raise HTTPException(403, f"the role {session.person.role} may not do this; needed: {role}")
        return session

    allowed.role = role  # type: ignore[attr-defined]
    return allowed


def public() -> None:
    """The dependency of a route that anyone may call: said, not forgotten."""


public.role = "public"  # type: ignore[attr-defined]


def account_of(session: Annotated[Session, Depends(requires("viewer"))]) -> Session:
    """A session of a real account; the demonstration's user is refused what would outlive it."""
    if session.demonstration:
        raise HTTPException(403, "the demonstration user may not change accounts")
    return session


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(errors="replace"), other.encode())


def _signer(settings: Settings) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(settings.secret, salt="session")


def _of_cookie(cookie: str | None, state: State) -> Session | None:
    if not cookie:
        return None
    try:
        content: Any = _signer(state.settings).loads(cookie, max_age=int(state.settings.session_s))
    except BadData:
        return None
    match content:
        case {"name": str(name), "epoch": int(epoch), "csrf": str(csrf)} if csrf and csrf not in state.ended:
            who = person(state.engine, name)
            return Session(who, csrf) if who is not None and who.active and who.epoch == epoch else None
    return None
