"""Signing in at an OpenID provider: there, and back."""

from __future__ import annotations

import hmac
import logging
from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import RedirectResponse
from itsdangerous import BadData, URLSafeTimedSerializer

from setsail.store.people import Person, audit_sign_in, person
from setsail.web import oidc
from setsail.web.access import open_session, public
from setsail.web.settings import Oidc
from setsail.web.state import State, state_of

router = APIRouter(prefix="/oidc", tags=["session"], include_in_schema=False)  # for browsers, not for programs
COOKIE = "setsail_oidc"
PATH = "/api/v1/oidc"
LOG = logging.getLogger("setsail.web")
Server = Annotated[State, Depends(state_of)]
Given = Annotated[str, Query(max_length=4096)]
Reason = Literal["account", "proof", "provider"]


@router.get("/start", dependencies=[Depends(public)])
def start(request: Request, server: Server) -> RedirectResponse:
    """Sends a person to the provider; anyone may ask to sign in. What must come back is in a signed cookie."""
    of, flow = _provider(server), oidc.Flow()
    try:
        description = oidc.described(of, server.flows, server.settings.now())
    except oidc.Unreachable as err:
        return _refused(request, "provider", err)
    answer = RedirectResponse(oidc.address(of, description, flow, _back(request)), 303)
    answer.set_cookie(
        COOKIE, str(_signer(server).dumps(asdict(flow))), max_age=oidc.FLOW_S, httponly=True, path=PATH,
        samesite="lax",  # it must come along when the provider sends the person back
        secure=server.settings.secure_cookies or request.url.scheme == "https",
    )  # fmt: skip
    return answer


@router.get("/callback", dependencies=[Depends(public)], name="oidc_callback")
def callback(
    request: Request, server: Server, code: Given = "", state: Given = "", iss: Given = ""
) -> RedirectResponse:
    """Signs in whom the provider vouches for and who has an account; who comes back has no session yet."""
    of, now, flow = _provider(server), server.settings.now(), _flow(request, server)
    whence = request.client.host if request.client else ""
    if wait_s := server.attempts.begin(f"oidc {state}", whence, now):
        raise HTTPException(429, f"too many failed attempts; wait {wait_s} s", {"retry-after": str(wait_s)})
    try:
        claims = _claims(request, server, of, flow, code=code, state=state, iss=iss)
    except oidc.NotProved as err:
        return _refused(request, "proof", err)
    except oidc.Unreachable as err:
        return _refused(request, "provider", err)
    found = _account(server, claims)
    if found is None:
        return _refused(request, "account", "no active account of that name")
    server.attempts.succeeded(f"oidc {state}", whence, now)
    audit_sign_in(server.engine, found.name, now=now, issuer=of.issuer)
    answer = _leave("/")
    open_session(request, answer, server.settings, found)
    return answer


def _claims(
    request: Request, server: State, of: Oidc, flow: oidc.Flow | None, *, code: str, state: str, iss: str
) -> Mapping[str, Any]:
    """What the provider says of who came back. Raises NotProved, Unreachable."""
    if flow is None or not hmac.compare_digest(state.encode("utf-8", "replace"), flow.state.encode()):
        raise oidc.NotProved("this browser did not begin this sign-in, or too long ago")
    if not server.flows.use(flow.state):
        raise oidc.NotProved("this sign-in came back before")
    if not code or iss not in {"", of.issuer}:
        raise oidc.NotProved("came back without a code" if not code else "came back from another issuer")
    now = server.settings.now()
    description = oidc.described(of, server.flows, now)
    if description.get("authorization_response_iss_parameter_supported") is True and not iss:
        raise oidc.NotProved("came back without the issuer's name")
    return oidc.claims_of(of, description, flow, code, redirect_uri=_back(request), now=now)


def _account(server: State, claims: Mapping[str, Any]) -> Person | None:
    """The active account of the first name that has an account."""
    found = next((one for name in oidc.names(claims) if (one := person(server.engine, name))), None)
    return found if found is not None and found.active else None


def _provider(server: State) -> Oidc:
    if server.settings.oidc is None:
        raise HTTPException(404, "this server knows no provider to sign in at")
    return server.settings.oidc


def _flow(request: Request, server: State) -> oidc.Flow | None:
    try:
        content: Any = _signer(server).loads(request.cookies.get(COOKIE, ""), max_age=oidc.FLOW_S)
    except BadData:
        return None
    return oidc.Flow(**content)


def _signer(server: State) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(server.settings.secret, salt="oidc")


def _back(request: Request) -> str:
    return str(request.url_for("oidc_callback"))


def _refused(request: Request, reason: Reason, err: object) -> RedirectResponse:
    """Back to the page of signing in, which says why; what exactly failed is in the log."""
    LOG.warning("%s: %s", request.url.path, err)
    return _leave(f"/?refused={reason}")


def _leave(to: str) -> RedirectResponse:
    answer = RedirectResponse(to, 303)
    answer.delete_cookie(COOKIE, path=PATH, httponly=True, samesite="lax")
    return answer
