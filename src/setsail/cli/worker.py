"""`setsail worker`: works off the jobs of a workspace beside its server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from setsail.cli.common import DEFAULT_WORKSPACE, WorkspaceOption, now, say


def worker(
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    sites: Annotated[
        Path | None,
        typer.Option("--sites", help="Folder of site folders, by organisation: the one given to the server."),
    ] = None,
    rollouts: Annotated[Path | None, typer.Option("--rollouts", help="Folder of rollout folders, likewise.")] = None,
) -> None:
    """Works until it is stopped with Ctrl-C; a job in hand is then taken up by another worker."""
    import os

    from setsail.store.workspace import Workspace
    from setsail.web.tasks import TASKS
    from setsail.web.worker import Worker

    with Workspace.open(workspace, create=False) as store:
        hand = Worker(store.engine, store.root, TASKS, f"worker-{os.getpid()}", now, sites=sites, rollouts=rollouts)
        say(f"working on {workspace}; stop with Ctrl-C")
        try:
            hand.run()
        except KeyboardInterrupt:
            hand.stop()
            raise typer.Exit(0) from None
