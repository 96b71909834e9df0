"""`setsail plan`: plans as data."""

from __future__ import annotations

from setsail.cli.common import app

commands = app("Plans as data: list, show, compare.")


@commands.command("list")
def list_plans() -> None:
    """Plans that ship with the product."""
