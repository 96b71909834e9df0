"""The words of a report in one language, and its numbers with units."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from setsail.base.errors import UnknownName

LANGUAGES = ("en", "zh")
MINUS = "\u2212"
THIN = "\u202f"
_UNITS: dict[str, tuple[tuple[float, float, str], ...]] = {
    "bit/s": ((1e9, 1e9, "Gbit/s"), (1e6, 1e6, "Mbit/s"), (1e3, 1e3, "kbit/s"), (0, 1, "bit/s")),
    "Hz": ((1e9, 1e9, "GHz"), (1e6, 1e6, "MHz"), (1e3, 1e3, "kHz"), (0, 1, "Hz")),
    "s": ((86400, 86400, "d"), (3600, 3600, "h"), (1, 1, "s"), (1e-3, 1e-3, "ms"), (0, 1e-6, "µs")),
}
"""From which size on a unit is shown as which: (from, divided by, shown)."""


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """The entries of one language. Raises UnknownName."""
    if language not in LANGUAGES:
        raise UnknownName(f"is {language!r}", where="--language", allowed=", ".join(LANGUAGES))
    text = (files("setsail.conformance.report") / "locale" / f"{language}.json").read_text(encoding="utf-8")
    found: Mapping[str, str] = json.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """Words and number forms of one language."""

    language: str

    def __call__(self, key: str, **parts: object) -> str:
        """The entry `key` with its parts filled in; `key.one` where `n` is 1 and there is such an entry."""
        entries = catalogue(self.language)
        one = f"{key}.one"
        return entries[one if parts.get("n") == 1 and one in entries else key].format(**parts)

    def or_else(self, key: str, other: str) -> str:
        """The entry `key`, or `other` where there is none."""
        return catalogue(self.language).get(key, other)

    def value(self, value: object, unit: str) -> str:
        """A value with its unit; a dash where it is not known."""
        if value is None:
            return "–"
        if isinstance(value, bool):
            return self("yes" if value else "no")
        if not isinstance(value, int | float):
            return str(value)
        if unit == "ratio":
            return f"{number(100 * value, 4)}{THIN}%"
        for least, divided, shown in _UNITS.get(unit, ()):
            if abs(value) >= least:
                return f"{number(value / divided)}{THIN}{shown}"
        return f"{number(value)}{THIN}{unit}" if unit and unit != "count" else number(value)

    def phrase(self, english: str) -> str:
        """A sentence of a study in the language of the report, itself where no form of it is known."""
        for pattern, told in _patterns(self.language):
            met = pattern.fullmatch(english)
            if met:
                return told.format(**{name: self.phrase(part) for name, part in met.groupdict().items()})
        return english


def number(value: float, digits: int = 3) -> str:
    """A number to `digits` significant digits, whole ones in full, thousands grouped, with a true minus sign."""
    if value == round(value):
        text = f"{value:,.0f}"
    elif abs(value) < 1e-4:
        text = f"{value:.{digits}g}"
    else:
        text = f"{value:,.{max(0, digits - 1 - math.floor(math.log10(abs(value))))}f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
    return text.replace("-", MINUS) if text.strip("-0.,") else "0"


def words_of(language: str) -> Words:
    """The words of a language by its name. Raises UnknownName."""
    catalogue(language)
    return Words(language)


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Entries `phrase: English with {parts}` as patterns."""
    found: list[tuple[re.Pattern[str], Any]] = []
    for key, told in catalogue(language).items():
        if key.startswith("phrase: "):
            pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(key.removeprefix("phrase: ")))
            found.append((re.compile(pattern, re.DOTALL), told))
    return tuple(found)
