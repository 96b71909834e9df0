"""What the routes of one server share."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from time import monotonic

import sqlalchemy as sa
from fastapi import Request

from setsail.web.attempts import Attempts
from setsail.web.kept import Kept
from setsail.web.oidc import Flows
from setsail.web.settings import Settings


@dataclass(slots=True)
class Ended:
    """Sessions that were signed out, by their token, until their cookie would be too old anyway."""

    until: dict[str, float] = field(default_factory=dict)

    def __contains__(self, token: str) -> bool:
        return token in self.until

    def add(self, token: str, seconds: float) -> None:
        """From now on this session is nobody's."""
        now = monotonic()
        self.until = {one: end for one, end in self.until.items() if end > now} | {token: now + seconds}


@dataclass(slots=True)
class State:
    """Settings, the registry, the counters and the answers that live as long as the server."""

    settings: Settings
    engine: sa.Engine
    attempts: Attempts = field(default_factory=Attempts)
    kept: Kept = field(default_factory=Kept)
    ended: Ended = field(default_factory=Ended)
    flows: Flows = field(default_factory=Flows)
    demonstration_csrf: str = field(default_factory=lambda: secrets.token_urlsafe(24))


def state_of(request: Request) -> State:
    """The state of the server that got a request."""
    found: State = request.app.state.setsail
    return found
