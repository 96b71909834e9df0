"""Cells as spreadsheets write them: times of many forms, and decimal commas."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from setsail.base.errors import BadInput
from setsail.rollout.folder.clock import ALLOWED, moment

HINT = "07:30, or 2026-03-02 07:30"
FIRST_DAY = datetime(1899, 12, 30)  # noqa: DTZ001 - a day of a calendar, of no place
"""Day 0 of the day numbers of spreadsheets. Source: ECMA-376 Part 1, 18.17.4.1 (1900 date system)."""
DAYS = (20_000, 80_000)
"""Day numbers from 1954 to 2119; a number between one and the first of them is no time that anybody means."""
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?[ T]*(\S.*)?")
_DIGITS = re.compile(r"([01]?\d|2[0-3])([0-5]\d)")
_HALVES = (("am", 0), ("上午", 0), ("pm", 12), ("下午", 12))
_CLOCK = re.compile(r"(\d{1,2}):(\d{2}(?::\d{2})?)")
_DECIMAL = re.compile(r"[+-]?\d+(,\d+)?")


def time_of(text: str, notice: datetime, where: str) -> datetime:
    """The time of a cell: as `clock.moment` reads it, and 0730, 2026/3/2 7:30, 7:30 AM, 7：30, the numbers by which
    spreadsheets keep times (0.3125, 46083.3125). Raises BadInput.
    """
    try:
        return moment(_plain(text), notice, where)
    except BadInput as err:
        raise BadInput(f"is {text[:60]!r}", where=where, allowed=ALLOWED, hint=HINT) from err


def with_points(cells: Sequence[str]) -> list[str] | None:
    """The numbers of a column that are all written with decimal commas, or whole, with points; None for another one."""
    told = [cell for cell in cells if cell]
    if not any("," in cell for cell in told) or not all(map(_DECIMAL.fullmatch, told)):
        return None
    return [cell.replace(",", ".") for cell in cells]


def _plain(text: str) -> str:
    """A time in one of the forms that `clock.moment` reads, where it is one of ours."""
    text = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"\d+\.\d+", text):
        return _of_number(float(text)) or text
    day = _DAY.fullmatch(text)
    if day is None:
        return _clock(text)
    year, month, date, rest = day.groups()
    return f"{year}-{int(month):02d}-{int(date):02d} {_clock(rest or '')}".strip()


def _clock(text: str) -> str:
    """A time of day as HH:MM; anything else as it is."""
    digits = _DIGITS.fullmatch(text)
    if digits:
        return f"{int(digits[1]):02d}:{digits[2]}"
    told = text.casefold().replace(".m.", "m").replace(" ", "")
    half = next((plus for word, plus in _HALVES if word in told), None)
    for word, _ in _HALVES:
        told = told.replace(word, "")
    clock = _CLOCK.fullmatch(told)
    if clock is None or (half is not None and not 1 <= int(clock[1]) <= 12):
        return text
    hour = int(clock[1]) if half is None else int(clock[1]) % 12 + half
    return f"{hour:02d}:{clock[2]}"


def _of_number(value: float) -> str:
    """The time of a spreadsheet's number: a part of a day, or days and a part of one; "" for any other number."""
    if 0 <= value < 1:
        return f"{timedelta(seconds=round(value * 86_400) % 86_400)!s:0>8}"
    if DAYS[0] <= value < DAYS[1]:
        return (FIRST_DAY + timedelta(seconds=round(value * 86_400))).isoformat(" ")
    return ""
