"""Each page in both languages, both themes and on a phone: an answer in its heading, axe clean, nothing broken."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.web.browser.conftest import AXE, Open

PAGES = {
    "overview": "/", "map": "/map", "index": "/index", "sites": "/sites", "conformance": "/conformance",
    "verify": "/verify", "data": "/data", "administration": "/administration",
}  # fmt: skip
pytestmark = pytest.mark.xdist_group("browser")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_page_is_whole_and_accessible(page_at: Open, pictures: Path, name: str, language: str) -> None:
    page = page_at(PAGES[name], language=language, theme="dark" if language == "zh" else "light")
    page.screenshot(path=pictures / f"{name}-{language}.png")
    assert page.locator("nav.rail a[aria-current=page]").count() == 1
    assert page.locator("html").get_attribute("lang") == ("zh-CN" if language == "zh" else "en")
    page.evaluate(AXE.read_text(encoding="utf-8"))  # not as a script of the page: its policy allows none but its own
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    faults = {v["id"]: [node["target"] for node in v["nodes"]][:4] for v in found["violations"]}
    assert faults == {}


@pytest.mark.parametrize("name", [*PAGES, "add"])
def test_page_fits_a_phone(page_at: Open, pictures: Path, name: str) -> None:
    page = page_at(PAGES.get(name, "/data/add"), width=390)
    page.screenshot(path=pictures / f"{name}-phone.png")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")


def test_overview_says_what_the_command_says(page_at: Open, server: str) -> None:
    page = page_at("/")
    with urllib.request.urlopen(f"{server}/api/v1/plans/cn-set-sail-2021-final/verdicts") as answer:
        rows = json.load(answer)
    met = sum(row["verdict"] == "met" for row in rows)
    assert page.locator("h1").first.inner_text().startswith(f"{met} of {len(rows)} targets were met")
    assert page.locator("article").count() == len(rows)


def test_language_is_switched_without_losing_the_page(page_at: Open) -> None:
    page = page_at("/index")
    page.locator("select").filter(has=page.locator("option[value=zh]")).select_option("zh")
    page.wait_for_function("document.documentElement.lang === 'zh-CN'")
    assert page.url.endswith("/index")
