"""Times as people say them, in tables and in events: 05:00, or ISO 8601.

A rollout counts in the offset of its notice from beginning to end. A night in which clocks change has no hour twice and
none is missing: who goes by the clock on the wall writes its offset.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from setsail.base.errors import BadInput

CLOCK = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9]))?")
ALLOWED = "HH:MM, or ISO 8601 such as 2020-02-06T05:00+08:00"


def moment(text: str, after: datetime, where: str) -> datetime:
    """The time that `text` names, in whole seconds, in the offset of `after`.

    HH:MM is the first such time that is not before `after`; ISO 8601 without an offset has that of `after`. Years,
    months and days may stand with strokes between them.  Raises BadInput.
    """
    match = CLOCK.fullmatch(text.strip())
    if match:
        hour, minute, second = (int(part or 0) for part in match.groups())
        at = after.replace(hour=hour, minute=minute, second=second, microsecond=0)
        return at if at >= after.replace(microsecond=0) else at + timedelta(days=1)
    try:
        at = datetime.fromisoformat(text.strip().replace("/", "-"))
    except ValueError as err:
        raise BadInput(f"is {text[:60]!r}", where=where, allowed=ALLOWED) from err
    if len(text.strip()) <= len("2020-02-06"):
        raise BadInput(f"is {text[:60]!r}, a day without a time", where=where, allowed=ALLOWED)
    try:
        return seen_from(at if at.tzinfo else at.replace(tzinfo=after.tzinfo), after)
    except OverflowError as err:
        raise BadInput(f"is {text[:60]!r}, outside the calendar", where=where, allowed=ALLOWED) from err


def seen_from(at: datetime, other: datetime) -> datetime:
    """The same instant in the offset of another time, in whole seconds."""
    return at.astimezone(other.tzinfo).replace(microsecond=0)
