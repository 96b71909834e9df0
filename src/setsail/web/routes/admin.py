"""People, organisations and their rights; the audit trail and whether it is whole. For administrators only."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, ConfigDict, Field

from setsail import api
from setsail.store.people import LONGEST_ORGANISATION, Role
from setsail.web.access import Session, account_of, requires
from setsail.web.queueing import queue
from setsail.web.routes.jobs import JobOut, shown
from setsail.web.state import State, state_of

router = APIRouter(prefix="/admin", tags=["admin"], dependencies=[Depends(requires("administrator"))])
Server = Annotated[State, Depends(state_of)]
Administrator = Annotated[Session, Depends(requires("administrator"))]
Account = Annotated[Session, Depends(account_of)]
Organisation = Annotated[str, Field(min_length=1, max_length=LONGEST_ORGANISATION)]
Password = Annotated[str, Field(min_length=10, max_length=1024)]


class NewPerson(BaseModel):
    """An account to be made; the person changes the password after the first sign-in."""

    model_config = ConfigDict(extra="forbid")
    name: Annotated[str, Field(min_length=1, max_length=63)]
    organisation: Organisation
    role: Role
    password: Password


class Change(BaseModel):
    """What is to change of an account; what is left out stays."""

    model_config = ConfigDict(extra="forbid")
    organisation: Organisation | None = None
    role: Role | None = None
    active: bool | None = None
    password: Password | None = None


class PersonOut(BaseModel):
    """An account, without its password."""

    name: str
    organisation: str
    role: Role
    active: bool
    created_at: str


class AuditPage(BaseModel):
    """Entries of the audit trail, the newest first; `next` is the `before` of the older ones, null at the end."""

    rows: list[dict[str, Any]]
    next: int | None


@router.get("/people")
def people(server: Server) -> list[PersonOut]:
    """Every account."""
    return [PersonOut(**row) for row in api.admin_users(server.settings.workspace)]


@router.post("/people", status_code=201)
def add(given: NewPerson, server: Server, session: Account) -> PersonOut:
    """Makes an account."""
    of = server.settings
    made = api.admin_create_user(of.workspace, **given.model_dump(), actor=session.person.name, now=of.now())
    return PersonOut(**made)


@router.patch("/people/{name}")
def change(name: str, given: Change, server: Server, session: Account) -> PersonOut:
    """Changes an account; its sessions end. The last administrator stays one."""
    of = server.settings
    made = api.admin_change_user(of.workspace, name, **given.model_dump(), actor=session.person.name, now=of.now())
    return PersonOut(**made)


@router.get("/organisations")
def organisations(server: Server) -> list[dict[str, Any]]:
    """The organisations that accounts belong to."""
    return api.admin_organisations(server.settings.workspace)


@router.get("/audit")
def audit(
    server: Server,
    before: Annotated[int | None, Query(ge=1, le=2**53)] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> AuditPage:
    """The audit trail, the newest entries first."""
    return AuditPage(**api.admin_audit_page(server.settings.workspace, before=before, limit=limit))


@router.get("/audit/verification")
def verification(
    server: Server, noted: Annotated[str | None, Query(pattern="^[0-9a-f]{64}$")] = None
) -> dict[str, Any]:
    """Whether no entry was changed, removed or put in; `noted`: a hash written down earlier, to be found again."""
    return api.admin_audit_verify(server.settings.workspace, noted=noted)


@router.get("/database")
def database(server: Server) -> dict[str, Any]:
    """The registry: kind, revision, rows of its tables."""
    found = api.admin_database(server.settings.workspace)
    return {key: value for key, value in found.items() if key not in {"address", "url"}}


@router.post("/checks", status_code=202)
def check(server: Server, session: Administrator) -> JobOut:
    """Checks every file against its manifest and every manifest against the audit trail, in the background."""
    return shown(queue(server, session, "check", {}))
