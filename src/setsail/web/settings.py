"""What a server is started with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from setsail.api.map import QUERY_BYTES


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Oidc:
    """An OpenID provider: its issuer, and what it knows this server as; a public client has no secret."""

    issuer: str
    client_id: str
    client_secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Settings:
    """workspace : its folder;  secret : key of the signed cookies;  demonstration : its user is signed in without a
    password, on loopback only;  sites, rollouts : folders of such folders, each below its organisation's name;
    worker : work off the queue in this process too;  beat_s : between its signs of life;  upload_bytes : of a streamed
    upload;  body_bytes : of any other body;  kept_bytes : of all uploads together that wait for their job;
    query_bytes : memory of all queries of the map that run at once;  hosts : names that the server answers to, any
    where empty;  secure_cookies : over TLS only, whatever the scheme of the request seems to be.
    oidc : where people may sign in too.
    """

    workspace: Path
    secret: str
    demonstration: bool = False
    sites: Path | None = None
    rollouts: Path | None = None
    session_s: float = 8 * 3600.0
    upload_bytes: int = 1024 * 1024 * 1024
    body_bytes: int = 16 * 1024 * 1024
    kept_bytes: int = 8 * 1024 * 1024 * 1024
    query_bytes: int = QUERY_BYTES
    hosts: frozenset[str] = frozenset()
    secure_cookies: bool = False
    worker: bool = True
    beat_s: float = 2.0
    oidc: Oidc | None = None
    now: Callable[[], datetime] = _utc_now

    def sites_folder(self) -> Path:
        """Where the sites are."""
        return self.sites or self.workspace / "sites"

    def rollouts_folder(self) -> Path:
        """Where the rollouts are."""
        return self.rollouts or self.workspace / "rollouts"
