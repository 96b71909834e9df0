"""Values that come in an address and would mean a file where the public functions take one too."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path

from setsail.base.errors import UnknownName
from setsail.standards.plans import plans

JobId = Annotated[int, Path(ge=1, le=2**53)]
"""A number that every registry can hold."""


def shipped_plan(plan: str) -> str:
    """The id of a shipped plan; the name of a file on the server is none. Raises UnknownName."""
    if plan not in plans():
        raise UnknownName(f"is {plan[:80]!r}", where="plan", allowed=", ".join(plans()))
    return plan
