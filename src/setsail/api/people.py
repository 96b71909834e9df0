"""People who may sign in."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from setsail.base.record import Record


def admin_create_user(
    workspace: Path, name: str, *, organisation: str, role: str, password: str, actor: str, now: datetime
) -> Record:
    """A new account, without its password. Raises BadInput, DuplicateKey, MissingExtra."""
    from setsail.store import people
    from setsail.store.passwords import hashed
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace) as store:
        made = people.add(
            store.engine,
            name,
            organisation=organisation,
            role=role,
            password_hash=hashed(password),
            actor=actor,
            now=now,
        )
    return _record(made)


def admin_users(workspace: Path) -> list[Record]:
    """Every account, without its password."""
    from setsail.store import people
    from setsail.store.workspace import Workspace

    with Workspace.open(workspace, create=False) as store:
        return [_record(one) for one in people.people(store.engine)]


def _record(of: object) -> Record:
    from dataclasses import asdict

    return {key: value for key, value in asdict(of).items() if key not in {"password_hash", "epoch"}}  # type: ignore[call-overload]
