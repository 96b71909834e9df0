"""`setsail rollout`: making, showing, changing and exporting the folder of a rollout."""

from __future__ import annotations

import typer


def register(commands: typer.Typer) -> None:
    """Adds the commands of this subject to the group."""
