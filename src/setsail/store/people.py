"""People who may sign in: name, organisation, role, and the hash of a password. Every change is in the audit trail."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from unicodedata import category

import sqlalchemy as sa

from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.store import audit as trail
from setsail.store.canonical import utc_text
from setsail.store.registry import people as table
from setsail.store.registry import reading, writing

Role = Literal["viewer", "analyst", "engineer", "assessor", "dispatcher", "administrator"]
ROLES: tuple[Role, ...] = get_args(Role)
LONGEST_ORGANISATION = 80
NAME = re.compile(r"[a-z0-9][a-z0-9._@-]{0,62}")


@dataclass(frozen=True, slots=True)
class Person:
    """One account. `epoch` grows with every change of rights or password: sessions of an older one are over."""

    name: str
    organisation: str
    role: Role
    password_hash: str
    active: bool
    epoch: int
    created_at: str


def add(
    engine: sa.Engine, name: str, *, organisation: str, role: str, password_hash: str, actor: str, now: datetime
) -> Person:
    """A new account. Raises BadInput (name, role), DuplicateKey."""
    if not NAME.fullmatch(name):
        raise BadInput(f"is {name!r}", where="name of a person", allowed="a-z, 0-9, . _ @ -, at most 63 characters")
    values = {
        "name": name, "organisation": _organisation(organisation), "role": _role(role), "password_hash": password_hash,
        "active": True, "epoch": 1, "created_at": utc_text(now),
    }  # fmt: skip
    with writing(engine) as connection:
        if _find(connection, name) is not None:
            raise DuplicateKey("is there already", where=f"person {name}", hint="choose another name")
        connection.execute(sa.insert(table).values(**values))
        detail = {"organisation": values["organisation"], "role": role}
        trail.append(connection, at=now, actor=actor, action="add-person", subject=name, detail=detail)
    return Person(**values)  # type: ignore[arg-type]


def change(
    engine: sa.Engine, name: str, *, actor: str, now: datetime, role: str | None = None,
    organisation: str | None = None, active: bool | None = None, password_hash: str | None = None,
) -> Person:  # fmt: skip
    """An account with other rights, or another password; its sessions end. Raises UnknownName, BadInput."""
    values = {
        "role": None if role is None else _role(role),
        "organisation": None if organisation is None else _organisation(organisation),
        "active": active, "password_hash": password_hash,
    }  # fmt: skip
    given = {key: value for key, value in values.items() if value is not None}
    if not given:
        raise BadInput("names nothing to change", where=f"person {name[:63]!r}", allowed="role, organisation, active")
    with writing(engine) as connection:
        found = _find(connection, name)
        if found is None:
            raise UnknownName("is not there", where=f"person {name[:63]!r}")
        if (
            found.active
            and found.role == "administrator"
            and (given.get("role", "administrator") != "administrator" or active is False)
        ):
            _require_another_administrator(connection, name)
        connection.execute(sa.update(table).where(table.c.name == name).values(**given, epoch=found.epoch + 1))
        told = {key: value for key, value in given.items() if key != "password_hash"}
        detail = told | ({"password": "changed"} if password_hash else {})
        trail.append(connection, at=now, actor=actor, action="change-person", subject=name, detail=detail)
        changed = _find(connection, name)
    assert changed is not None  # noqa: S101 - the row above
    return changed


def person(engine: sa.Engine, name: str) -> Person | None:
    """The account of that name, if there is one."""
    with reading(engine) as connection:
        return _find(connection, name)


def audit_sign_in(engine: sa.Engine, name: str, *, now: datetime, issuer: str = "") -> None:
    """Notes in the audit trail that a person signed in, and at which provider where it was at one."""
    detail = {"issuer": issuer} if issuer else {}
    with writing(engine) as connection:
        trail.append(connection, at=now, actor=name, action="sign-in", subject=name, detail=detail)


def people(engine: sa.Engine) -> list[Person]:
    """Every account, by name."""
    with reading(engine) as connection:
        return [Person(**row) for row in connection.execute(sa.select(table).order_by(table.c.name)).mappings()]


def _find(connection: sa.Connection, name: str) -> Person | None:
    if not NAME.fullmatch(name):  # no such row, and PostgreSQL takes no NUL
        return None
    row = connection.execute(sa.select(table).where(table.c.name == name)).mappings().one_or_none()
    return None if row is None else Person(**row)


def _require_another_administrator(connection: sa.Connection, name: str) -> None:
    others = sa.select(sa.func.count()).where(table.c.role == "administrator", table.c.active, table.c.name != name)
    if not connection.execute(sa.select(others.scalar_subquery())).scalar():
        raise BadInput("is the last administrator", where=f"person {name}", hint="name another one first")


def _role(role: str) -> Role:
    if role not in ROLES:
        raise BadInput(f"is {role!r}", where="role", allowed=", ".join(ROLES))
    return role


def _organisation(name: str) -> str:
    """A name that is also safe as the name of a folder."""
    bare = name.strip()
    unsafe = any(sign in "/\\" or category(sign).startswith("C") for sign in bare)
    if not bare or len(bare) > LONGEST_ORGANISATION or unsafe or bare.startswith("."):
        raise BadInput(
            f"is {name[:40]!a}", where="organisation",
            allowed=f"1 to {LONGEST_ORGANISATION} characters, no / or \\, no control characters, no dot first",
        )  # fmt: skip
    return bare
