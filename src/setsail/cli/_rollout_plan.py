"""`setsail rollout`: a schedule for every site, and routing instances solved."""

from __future__ import annotations

import typer


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
