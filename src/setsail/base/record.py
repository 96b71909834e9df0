"""One row of an answer: column to value, ready for a table, JSON or CSV."""

from datetime import datetime
from typing import Any

Record = dict[str, Any]


def iso(moment: datetime | None) -> str | None:
    """A time as a record holds it, in ISO 8601; None where there is none."""
    return None if moment is None else moment.isoformat()
