"""Starts the server."""

from __future__ import annotations

import secrets
from pathlib import Path

import uvicorn

from setsail.base.errors import BadInput
from setsail.base.writing import write_whole
from setsail.store.workspace import Workspace
from setsail.web.app import create_app
from setsail.web.settings import Settings

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serves until it is stopped. Raises BadInput for a demonstration that others could reach."""
    if settings.demonstration and host not in LOOPBACK:
        raise BadInput(f"is {host!r}", where="--host of the demonstration", allowed=", ".join(sorted(LOOPBACK)))
    uvicorn.run(create_app(settings), host=host, port=port, log_level="warning", server_header=False)


def secret_of(workspace: Path) -> str:
    """The key of the signed cookies, made at first use and kept beside the registry, readable by its owner only."""
    with Workspace.open(workspace):
        path = workspace / "web.secret"
    if not path.exists():
        write_whole(path, secrets.token_urlsafe(48))
        path.chmod(0o600)
    return path.read_text(encoding="utf-8").strip()
