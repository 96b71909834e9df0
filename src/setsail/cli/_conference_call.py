"""`setsail conference`: a call of simulated sites that proves the server."""

from __future__ import annotations

import typer


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
