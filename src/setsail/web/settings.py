"""What a server is started with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Settings:
    """workspace : its folder;  secret : key of the signed cookies;  demonstration : its user is signed in without a
    password, on loopback only;  sites : folder of site folders, each below its organisation's name;
    worker : work off the queue in this process too.
    """

    workspace: Path
    secret: str
    demonstration: bool = False
    sites: Path | None = None
    session_s: float = 8 * 3600.0
    upload_bytes: int = 200 * 1024 * 1024
    secure_cookies: bool = False
    worker: bool = True
    now: Callable[[], datetime] = _utc_now

    def sites_folder(self) -> Path:
        """Where the sites are."""
        return self.sites or self.workspace / "sites"
