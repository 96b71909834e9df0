"""Starts the server."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import uvicorn

from setsail import api
from setsail.base.errors import BadInput
from setsail.store.workspace import Workspace
from setsail.web import demonstration, oidc
from setsail.web.app import create_app
from setsail.web.settings import Settings

SHUTDOWN_S = 5
"""Open streams of progress are ended after that."""
SHORTEST_SECRET = 32
LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Serves until it is stopped; a provider to sign in at is named by the environment.

    Raises BadInput (a demonstration that others could reach, half a provider), MissingExtra.
    """
    if settings.demonstration and host not in LOOPBACK:
        raise BadInput(f"is {host!r}", where="--host of the demonstration", allowed=", ".join(sorted(LOOPBACK)))
    if settings.demonstration:  # a page elsewhere whose name leads here must not be taken for ours
        settings = replace(settings, hosts=frozenset({"127.0.0.1", "localhost", "[::1]"}))
    else:
        settings = replace(settings, oidc=oidc.of_environment(os.environ))
    api.map_allow(settings.query_bytes)
    app = create_app(settings)
    if settings.demonstration:
        demonstration.prepare(app.state.setsail)
    uvicorn.run(
        app, host=host, port=port, log_level="warning", server_header=False,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )  # fmt: skip


def secret_of(workspace: Path) -> str:
    """The key of the signed cookies, made at first use and kept beside the registry, readable by its owner only."""
    with Workspace.open(workspace):
        path = workspace / "web.secret"
    with suppress(FileExistsError):
        _make_secret(path)
    found = path.read_text(encoding="utf-8").strip()
    if len(found) < SHORTEST_SECRET:
        raise BadInput("is too short", where=str(path), hint="remove the file; all sessions end, a new key is made")
    return found


def _make_secret(path: Path) -> None:
    """Makes the key whole under its name and never readable by others. Raises FileExistsError where one is there."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(48))
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()
