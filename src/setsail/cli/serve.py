"""`setsail serve`: the web application on a workspace."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail.cli.common import DEFAULT_WORKSPACE, WorkspaceOption, say


def serve(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535, help="Port to listen on.")] = 8750,
    sites: Annotated[Path | None, typer.Option("--sites", help="Folder of site folders, by organisation.")] = None,
    rollouts: Annotated[
        Path | None, typer.Option("--rollouts", help="Folder of rollout folders, by organisation.")
    ] = None,
    demonstration: Annotated[
        bool, typer.Option("--demonstration", help="Sign in a demonstration user; on loopback only.")
    ] = False,
) -> None:
    """The web application; stop it with Ctrl-C."""
    from setsail.base.extras import require

    server = require("setsail.web.server", "web") if installed() else require("fastapi", "web")
    settings = server.Settings(
        workspace=workspace,
        secret=server.secret_of(workspace),
        demonstration=demonstration,
        sites=sites,
        rollouts=rollouts,
    )
    shown = f"[{host}]" if ":" in host else host
    say(f"Set Sail is at http://{shown}:{port}" + (" (demonstration user signed in)" if demonstration else ""))
    server.serve(settings, host=host, port=port)


def installed() -> bool:
    """Whether everything that the extra `web` brings is there."""
    from importlib.util import find_spec

    return all(find_spec(name) for name in ("fastapi", "uvicorn", "argon2", "itsdangerous"))
