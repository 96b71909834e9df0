"""People who may sign in, and the organisations they belong to."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from setsail.base.record import Record

if TYPE_CHECKING:
    from setsail.store.people import Person


def admin_create_user(
    workspace: Path, name: str, *, organisation: str, role: str, password: str, actor: str, now: datetime
) -> Record:
    """A new account, without its password. Raises BadInput, OutOfRange (password), DuplicateKey, MissingExtra."""
    from setsail.store import people
    from setsail.store.passwords import hashed
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace) as store:
        made = people.add(
            store.engine, name, organisation=organisation, role=role, password_hash=hashed(password), actor=actor,
            now=now,
        )  # fmt: skip
    return _record(made)


def admin_change_user(
    workspace: Path,
    name: str,
    *,
    actor: str,
    now: datetime,
    role: str | None = None,
    organisation: str | None = None,
    active: bool | None = None,
    password: str | None = None,
) -> Record:
    """An account with other rights or another password; its sessions end.

    Raises UnknownName, BadInput (also for the last administrator), OutOfRange (password).
    """
    from setsail.store import people
    from setsail.store.passwords import hashed
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        changed = people.change(
            store.engine, name, actor=actor, now=now, role=role, organisation=organisation, active=active,
            password_hash=None if password is None else hashed(password),
        )  # fmt: skip
    return _record(changed)


def admin_users(workspace: Path) -> list[Record]:
    """Every account, without its password."""
    from setsail.store import people
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return [_record(one) for one in people.people(store.engine)]


def admin_organisations(workspace: Path) -> list[Record]:
    """The organisations that accounts belong to: how many people, how many of them may sign in, by role."""
    from collections import Counter

    found: dict[str, list[Record]] = {}
    for one in admin_users(workspace):
        found.setdefault(one["organisation"], []).append(one)
    return [
        {
            "organisation": name, "people": len(people), "active": sum(1 for one in people if one["active"]),
            "roles": dict(sorted(Counter(one["role"] for one in people).items())),
        }
        for name, people in sorted(found.items())
    ]  # fmt: skip


def _record(of: Person) -> Record:
    return {
        "name": of.name, "organisation": of.organisation, "role": of.role, "active": of.active,
        "created_at": of.created_at,
    }  # fmt: skip
