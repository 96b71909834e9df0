"""The words of a page in one language: catalogue entries, names of regions and indicators, numbers with units."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from setsail.base.errors import UnknownName
from setsail.standards import facts
from setsail.standards.plans import plans

Language = Literal["en", "zh"]
LANGUAGES: tuple[str, ...] = get_args(Language)
HTML_LANG = {"en": "en", "zh": "zh-CN"}
NARROW_SPACE = "\u202f"
MINUS = "\u2212"
_SUFFIX = re.compile(r"(壮族自治区|回族自治区|维吾尔自治区|特别行政区|自治区|地区|省|市)$")


@cache
def catalogue(language: str) -> Mapping[str, Mapping[str, str]]:
    """The entries of one language: `words`, `units`, `definitions`, `phrases`. Raises UnknownName."""
    if language not in LANGUAGES:
        raise UnknownName(f"is {language!r}", where="language", allowed=", ".join(LANGUAGES))
    text = (files("setsail.report") / "locale" / f"{language}.json").read_text(encoding="utf-8")
    found: Mapping[str, Mapping[str, str]] = json.loads(text)
    return found


@dataclass(frozen=True, slots=True)
class Words:
    """Words and number forms of one language."""

    language: Language

    @property
    def html_lang(self) -> str:
        """The language tag of the page."""
        return HTML_LANG[self.language]

    def __call__(self, key: str, **parts: object) -> str:
        """The entry `key` with its parts filled in; with `n` of 0 or 1 `key.none` or `key.one` where there is one."""
        entries = catalogue(self.language)["words"]
        n = parts.get("n")
        few = f"{key}.none" if n == 0 else f"{key}.one" if n == 1 else key
        key = few if few in entries else key
        return entries[key].format(**parts)

    def phrase(self, english: str) -> str:
        """A sentence that a study says in English, in the language of the page; unchanged where it is not known."""
        for pattern, told in _patterns(self.language):
            match = pattern.fullmatch(english)
            if match:
                return told.format(**{k: self._parts(v) for k, v in match.groupdict().items()})
        return english

    def knows(self, english: str) -> bool:
        """True where `phrase` has a form of its own for this sentence."""
        return any(pattern.fullmatch(english) for pattern, _ in _patterns(self.language))

    def _parts(self, text: str) -> str:
        """A part of a phrase: names of models, and definition names in brackets, in the language of the page."""
        pieces = [re.fullmatch(r"(.+?)( [\d.]+%)?", piece, re.DOTALL) for piece in text.split(", ")]
        text = ", ".join(self.phrase(m[1]) + (m[2] or "") if m else "" for m in pieces)
        return re.sub(r"\(([^()]+)\)", lambda m: f"({self.definition(m[1])})", text)

    def definition(self, name: str) -> str:
        """Label of a definition, or of `numerator / denominator` definitions."""
        labels = catalogue(self.language)["definitions"]
        return " / ".join(labels.get(part, part) for part in name.split(" / ")) if name else self("definition.none")

    def indicator(self, indicator: str, fallback: str = "") -> str:
        """Name of an indicator."""
        known = facts.indicators().get(indicator)
        if known is None:
            return fallback or self._target_name(indicator) or indicator
        return known.name_zh if self.language == "zh" and known.name_zh else known.name_en

    def _target_name(self, indicator: str) -> str:
        """The name that a shipped plan gives an indicator which is no series of its own, such as a growth."""
        targets = (t for p in plans().values() for t in p.targets if t.indicator == indicator)
        found = next(targets, None)
        return "" if found is None else found.name_zh if self.language == "zh" and found.name_zh else found.name_en

    def region(self, code: str, *, short: bool = False) -> str:
        """Name of a region; `short` drops the word for its rank (省, 市 ...) in Chinese."""
        known = facts.regions().get(code)
        if known is None:
            return code
        if self.language == "zh" and known.name_zh:
            return _SUFFIX.sub("", known.name_zh) if short else known.name_zh
        return known.name_en

    def named(self, record: Mapping[str, Any], stem: str = "name") -> str:
        """The field `name_en` or `name_zh` of a record, or `name`, whichever the language asks for and is there."""
        ours = record.get(f"{stem}_{self.language}")
        told = str(ours or record.get(f"{stem}_en") or record.get(stem) or "")
        return told[:1].upper() + told[1:]

    def join(self, *parts: str) -> str:
        """The parts that are not empty, one after another."""
        return self("list.semicolon").join(part for part in parts if part)

    # ---- numbers ---------------------------------------------------------------------------------------------------

    def number(self, value: float, step: float = 0.0) -> str:
        """A plain number to the place of `step`, thousands grouped."""
        return _signed(f"{_rounded(value, step):,.{_decimals(value, step)}f}")

    def short(self, value: float, step: float = 0.0) -> str:
        """A number as the language shortens large ones: 14.10亿, 3.38 M."""
        for size, name in _SIZES[self.language]:
            if abs(value) >= size * _FROM[self.language]:
                return f"{_signed(self._plain(value / size, step / size))}{name}"
        return self.number(value, step)

    def _plain(self, value: float, step: float) -> str:
        wanted = _decimals(value, step) if step else 2
        text = f"{_rounded(value, step):,.{min(wanted, 4)}f}"
        return text.rstrip("0").rstrip(".") if "." in text and not step else text

    def unit(self, unit: str, *, empty_ok: bool = True) -> str:
        """Name of a unit as it stands alone, such as in the heading of a column."""
        told = catalogue(self.language)["units"].get(unit, "{n} " + unit).replace("{n}", "").strip(f" {NARROW_SPACE}")
        return told if told or empty_ok else self("unit.count")

    def short_or_full(self, value: float, step: float = 0.0) -> str:
        """A number without its unit: shortened in Chinese, in full in English."""
        return self.short(value, step) if self.language == "zh" else self.number(value, step)

    def value(self, value: float | None, unit: str, step: float = 0.0, *, short: bool = False) -> str:
        """A number with its unit; a dash where it is not known."""
        if value is None:
            return self("none")
        shown = self.short(value, step) if short else self.short_or_full(value, step)
        return self.with_unit(shown, unit)

    def with_unit(self, shown: str, unit: str) -> str:
        """Text of a number with its unit."""
        return catalogue(self.language)["units"].get(unit, "{n}" + NARROW_SPACE + unit).format(n=shown)

    # ---- time ------------------------------------------------------------------------------------------------------

    def period(self, text: str) -> str:
        """A period as it is read: `2023-12` as December 2023 or 2023年12月."""
        day = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?|-Q(\d))?", text)
        if not day:
            return text
        year, month, date, quarter = day.groups()
        if quarter:
            return self("period.quarter", year=year, quarter=quarter)
        if date:
            return self("period.day", year=year, month=self._month(month), day=int(date))
        return self("period.month", year=year, month=self._month(month)) if month else self("period.year", year=year)

    def _month(self, month: str) -> str:
        return self(f"month.{int(month)}")


def words_of(language: str) -> Words:
    """The words of a language by its name. Raises UnknownName."""
    catalogue(language)
    return Words("zh" if language == "zh" else "en")


def vocabulary(language: str) -> dict[str, dict[str, str]]:
    """The catalogue of a language with the names of indicators, regions, sources and targets of plans, by id.

    Raises UnknownName.
    """
    entries, own = catalogue(language), words_of(language)
    named = {t.indicator for p in plans().values() for t in p.targets} | set(facts.indicators())
    targets = {
        f"{p.id} {t.indicator}": own.named({"name_en": t.name_en, "name_zh": t.name_zh})
        for p in plans().values()
        for t in p.targets
    }
    return {
        **{kind: dict(told) for kind, told in entries.items()},
        "indicators": {name: own.indicator(name) for name in sorted(named)},
        "targets": {key: name for key, name in targets.items() if name},
        "regions": {code: own.region(code) for code in facts.regions()},
        "sources": {source.source_id: source.publisher or source.title for source in facts.sources().values()},
    }


_SIZES = {
    "en": ((1e12, NARROW_SPACE + "trillion"), (1e9, NARROW_SPACE + "billion"), (1e6, NARROW_SPACE + "million")),
    "zh": ((1e12, "万亿"), (1e8, "亿"), (1e4, "万")),
}
_FROM = {"en": 1, "zh": 1}


@cache
def _patterns(language: str) -> tuple[tuple[re.Pattern[str], str], ...]:
    found = []
    for english, told in catalogue(language)["phrases"].items():
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(english))
        found.append((re.compile(pattern, re.DOTALL), told))
    return tuple(found)


def step_of(
    low: float | None, high: float | None, value: float | None, parts: Sequence[Mapping[str, Any]] = ()
) -> float:
    """The place to which a figure is worth writing: about the width of its band, else the printed step of its part."""
    if low is not None and high is not None and high > low:
        return float(10.0 ** round(math.log10(high - low)))
    steps = [abs(p["step"] / p["value"]) for p in parts if p.get("step") and p.get("value")]
    if steps and value:
        return float(10.0 ** round(math.log10(max(steps) * abs(value))))
    return 0.0


def _decimals(value: float, step: float) -> int:
    if step > 0:
        exact = (d for d in range(8) if abs(step * 10**d - round(step * 10**d)) < 1e-6 * step * 10**d)
        return next(exact, max(0, -round(math.log10(step))))
    if value == round(value):
        return 0
    return max(0, 2 - math.floor(math.log10(abs(value))))


def _rounded(value: float, step: float) -> float:
    return round(value / step) * step if step >= 1 else value


def _signed(text: str) -> str:
    if text.startswith("-"):
        return text[1:] if not text.strip("-0.,") else MINUS + text[1:]
    return text
