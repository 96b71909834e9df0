"""`setsail conference`: bandwidth of a call."""

from __future__ import annotations

import typer


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
