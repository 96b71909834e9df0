"""`setsail rollout`: events of a rollout that is under way, and its board."""

from __future__ import annotations

import typer


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
