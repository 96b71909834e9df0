"""A newcomer asks whether the hospital carries remote ultrasound; an engineer moves a head by keys and undoes it."""

from __future__ import annotations

import json
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.web.browser.conftest import AXE, Open

pytestmark = pytest.mark.xdist_group("browser")
SITE = "/sites/Demonstration/demonstration-hospital"
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


def asked(server: str, path: str) -> Any:
    with urllib.request.urlopen(f"{server}/api/v1{path}") as answer:
        return json.load(answer)


@pytest.fixture(scope="session")
def hospital(server: str) -> str:
    """The server, once the demonstration's hospital is designed."""
    for _ in range(600):
        if any(row["designed"] for row in asked(server, "/sites")):
            return server
        time.sleep(0.5)
    raise AssertionError("the hospital was not designed within 300 s")


@pytest.mark.parametrize("language", ["en", "zh"])
def test_newcomer_sees_whether_remote_ultrasound_is_carried_and_why(
    page_at: Open, hospital: str, pictures: Path, language: str
) -> None:
    page = page_at(f"{SITE}?app=APP-128&layer=rsrp", language=language, theme="dark" if language == "zh" else "light")
    page.locator(".answer").wait_for()
    page.locator("image").wait_for()
    page.screenshot(path=pictures / f"site-{language}.png")
    told = asked(hospital, f"{SITE}/verdicts")
    one = next(a for a in told["applications"] if a["application"] == "APP-128")
    assert page.locator(f"option[value='{one['application']}']").count() == 1
    assert page.locator(".carries li").count() == len(one["why"])
    assert str(told["totals"]["fail"]) in page.locator("h1").inner_text()
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert [v["id"] for v in found["violations"]] == []


def test_head_moved_by_keys_is_judged_and_undone_and_nothing_is_saved(
    page_at: Open, hospital: str, pictures: Path
) -> None:
    before = asked(hospital, f"{SITE}/design")["heads"]
    page = page_at(f"{SITE}?layer=sinr")
    page.get_by_role("button", name="Edit").click()
    head = page.locator("g.head").first
    was = head.get_attribute("aria-label")
    head.focus()
    with page.expect_response(lambda r: "/maps/" in r.url and "revision=w" in r.url) as raster:
        page.keyboard.press("ArrowDown")
    assert raster.value.status == 200
    assert head.get_attribute("aria-label") != was
    page.locator(".result table").wait_for()
    page.screenshot(path=pictures / "site-edit.png")
    page.keyboard.press("Control+z")
    assert head.get_attribute("aria-label") == was
    assert asked(hospital, f"{SITE}/design")["heads"] == before


def test_room_chosen_by_keys_shows_its_findings(page_at: Open, hospital: str) -> None:
    page = page_at(SITE)
    room = page.locator("path.room").first
    room.focus()
    page.keyboard.press("Enter")
    page.locator("aside .findings li").first.wait_for()
    name = page.evaluate("new URLSearchParams(location.search).get('room')")
    told = asked(hospital, f"{SITE}/findings?room={name}&limit=300")
    assert page.locator("aside .findings li").count() == told["all"]


@pytest.mark.parametrize("path", [SITE, f"{SITE}?tab=network", f"{SITE}?tab=compare"])
def test_site_fits_a_phone(page_at: Open, hospital: str, path: str) -> None:
    assert hospital
    page = page_at(path, width=390)
    page.locator("nav.tabs").wait_for()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")
