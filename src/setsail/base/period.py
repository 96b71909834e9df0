"""The time that a figure speaks of: a day, a month, a quarter or a year."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from setsail.base.errors import BadInput

_FORMS = {
    "year": re.compile(r"([0-9]{4})"),
    "quarter": re.compile(r"([0-9]{4})-Q([1-4])"),
    "month": re.compile(r"([0-9]{4})-([0-9]{2})"),
    "day": re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})"),
}
ALLOWED = "YYYY, YYYY-Qn, YYYY-MM or YYYY-MM-DD"


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Half-open interval of days `[start, end)`; a stock figure stands at its last day."""

    end: date
    start: date
    text: str

    @property
    def last_day(self) -> date:
        """The day at which a stock figure (stations, users) of this period stands."""
        return self.end - timedelta(days=1)

    @property
    def month(self) -> str:
        """The month of the last day as `YYYY-MM`."""
        return f"{self.last_day:%Y-%m}"

    @property
    def year_fraction(self) -> float:
        """The last day as a decimal year, for fits over time [years]."""
        day = self.last_day
        first, following = date(day.year, 1, 1), date(day.year + 1, 1, 1)
        return day.year + ((day - first).days + 1) / (following - first).days

    def __str__(self) -> str:
        return self.text


@lru_cache(maxsize=4096)
def parse_period(text: str, where: str = "period") -> Period:
    """The period that `text` names. Raises BadInput."""
    for form, pattern in _FORMS.items():
        match = pattern.fullmatch(text.strip())
        if not match:
            continue
        try:
            return _period(form, [int(part) for part in match.groups()], text.strip())
        except ValueError as err:
            raise BadInput(f"is {text!r}: {err}", where=where, allowed=ALLOWED) from err
    raise BadInput(f"is {text!r}", where=where, allowed=ALLOWED)


def parse_day(text: str, where: str = "date") -> date:
    """A calendar day `YYYY-MM-DD`. Raises BadInput."""
    period = parse_period(text, where)
    if len(period.text) != len("YYYY-MM-DD"):
        raise BadInput(f"is {text!r}", where=where, allowed="YYYY-MM-DD")
    return period.start


def _period(form: str, numbers: list[int], text: str) -> Period:
    year = numbers[0]
    if form == "year":
        return Period(date(year + 1, 1, 1), date(year, 1, 1), text)
    if form == "day":
        start = date(year, numbers[1], numbers[2])
        return Period(start + timedelta(days=1), start, text)
    first = numbers[1] if form == "month" else 3 * numbers[1] - 2
    months = 1 if form == "month" else 3
    start = date(year, first, 1)
    return Period(_months_later(start, months), start, text)


def _months_later(day: date, months: int) -> date:
    total = day.year * 12 + day.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)
