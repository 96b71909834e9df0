"""What a check of the store met: judged, not raised."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was recorded: stable code, place, what was met, what was recorded."""

    code: str
    where: str
    found: str
    recorded: str
