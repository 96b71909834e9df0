"""Deliberate acts in the audit trail."""

from __future__ import annotations

from collections.abc import Mapping

from setsail.store import audit
from setsail.store.registry import writing
from setsail.web.access import Session
from setsail.web.state import State


def note(server: State, session: Session, action: str, subject: str, detail: Mapping[str, object]) -> None:
    """Adds an entry with the name of who is signed in."""
    with writing(server.engine) as connection:
        audit.append(
            connection, at=server.settings.now(), actor=session.person.name, action=action, subject=subject,
            detail=detail,
        )  # fmt: skip
