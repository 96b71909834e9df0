"""The pages' own words: two catalogues, complete, and alike with the report's where both name the same thing."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from setsail.report.words import catalogue

WEB = Path(__file__).resolve().parents[2] / "web" / "src"
CATALOGUES = {name: json.loads((WEB / "locale" / f"{name}.json").read_text(encoding="utf-8")) for name in ("en", "zh")}
SOURCES = sorted(p for p in WEB.rglob("*") if p.suffix in {".svelte", ".ts"} and p.name != "schema.d.ts")
PARTS = re.compile(r"\{(\w+)\}")
OF_THE_REPORT = ("verdict.", "mark.")


def _uses(function: str) -> dict[str, str]:
    """Keys that the pages ask for literally, and a file that does."""
    call = re.compile(rf"(?<![\w.]){function}\(\s*'([\w.]+)'")
    return {key: path.name for path in SOURCES for key in call.findall(path.read_text(encoding="utf-8"))}


def test_both_catalogues_have_the_same_keys_in_order_and_the_same_parts() -> None:
    english, chinese = CATALOGUES["en"], CATALOGUES["zh"]
    assert list(english) == list(chinese) == sorted(english)
    parts = {key: (set(PARTS.findall(english[key])), set(PARTS.findall(chinese[key]))) for key in english}
    assert {key: both for key, both in parts.items() if both[0] != both[1]} == {}


def test_chinese_words_are_chinese() -> None:
    """Names, signs and units that are written alike in both languages are the only ones without Chinese."""
    told = [text for key, text in CATALOGUES["zh"].items() if not re.search(r"[\u4e00-\u9fff]", text)]
    assert [text for text in told if re.search(r"[a-z]{5,}", PARTS.sub("", text))] == []


def test_every_word_that_a_page_asks_for_is_in_the_catalogue() -> None:
    used = _uses("t")
    assert len(used) > 100
    assert {key: place for key, place in used.items() if key not in CATALOGUES["en"]} == {}


def test_every_word_that_a_page_asks_of_the_report_is_there() -> None:
    entries = catalogue("en")["words"]
    used = _uses("word")
    assert len(used) > 30
    assert {key: place for key, place in used.items() if key not in entries} == {}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_verdicts_and_marks_are_called_as_in_the_report(language: str) -> None:
    entries = catalogue(language)["words"]
    ours = {key: text for key, text in CATALOGUES[language].items() if key.startswith(OF_THE_REPORT) and key in entries}
    assert len(ours) > 8
    assert ours == {key: entries[key] for key in ours}
