"""The call of a rollout in a real Chromium with a made-up camera: pictures play, and come back when the server died."""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from setsail import api
from setsail.web.places import DEMONSTRATION
from tests.conference.conftest import janus_here as janus_here  # noqa: PLC0414 - a fixture
from tests.web.browser.conftest import AXE, Dropped, Open

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.xdist_group("browser")
SITES = ["S01", "S02", "S03", "S04", "S05"]
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
BACK_S = 30_000
TIMES = "[...document.querySelectorAll('figure:not(.own) video')].map(v => v.currentTime)"


@pytest.fixture(scope="module")
def rollout(server: str, workspace: Path) -> Iterator[Path]:
    """A rollout on the server without a conference."""
    assert server
    folder = workspace / "rollouts" / DEMONSTRATION / "call"
    api.rollout_example("wuhan-2020", folder)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def conference(rollout: Path, janus_here: None) -> Iterator[Path]:
    """Its conference with simulated sites that send moving pictures."""
    pytest.importorskip("aiortc")
    with ThreadPoolExecutor(1) as other:  # the browser has an event loop in this thread
        up = partial(api.conference_up, random_bytes=secrets.token_bytes, now=lambda: datetime.now(UTC))
        other.submit(up, rollout).result()
        try:
            with api.conference_simulate(rollout, SITES):
                yield rollout
        finally:
            other.submit(api.conference_down, rollout).result()


def address(folder: Path) -> str:
    return f"/rollouts/{DEMONSTRATION}/{folder.name}/call"


def pin_of(folder: Path) -> str:
    told = tomllib.loads((folder / "secrets.toml").read_text(encoding="utf-8"))
    found: str = told["room"]["pin"]
    return found


def join(page: Page, folder: Path, pin: str = "") -> None:
    page.get_by_label(re.compile("Name shown")).fill("Command centre")
    page.get_by_label("PIN of the room").fill(pin or pin_of(folder))
    page.get_by_role("button", name="Join").click()


def require_playing(page: Page, least: int, within_ms: int = BACK_S) -> None:
    """So many pictures of others go on."""
    page.wait_for_function(
        f"""least => {{ const now = {TIMES}; const before = window.before ?? []; window.before = now;
        return now.filter((t, i) => t > 0 && t > (before[i] ?? 1e9)).length >= least }}""",
        arg=least, polling=500, timeout=within_ms,
    )  # fmt: skip


def test_call_that_is_not_open_says_how_to_open_it(page_at: Open, rollout: Path, pictures: Path) -> None:
    page = page_at(address(rollout))
    assert page.locator("h1").inner_text() == "The call is not open"
    page.get_by_text("setsail conference up").wait_for()
    page.screenshot(path=pictures / "call-down.png")
    assert page.get_by_role("button", name="Join").count() == 0


def test_wrong_pin_is_told_and_the_right_one_joins_then(
    page_at: Open, conference: Path, pictures: Path, dropped: Dropped
) -> None:
    dropped.append("422")
    page = page_at(address(conference), width=390)
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert [v["id"] for v in found["violations"]] == []
    join(page, conference, "1234")
    page.get_by_role("alert").filter(has_text="PIN").wait_for()
    page.screenshot(path=pictures / "call-pin.png")
    join(page, conference)
    require_playing(page, 4)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.screenshot(path=pictures / "call-phone.png")
    page.get_by_role("button", name="Leave").click()
    page.get_by_role("button", name="Join").wait_for()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_pictures_of_others_play_and_the_page_is_accessible(
    page_at: Open, conference: Path, pictures: Path, language: str
) -> None:
    page = page_at(address(conference), language=language, theme="dark" if language == "zh" else "light")
    page.locator("form input").nth(0).fill("Command centre")
    page.locator("form input").nth(1).fill(pin_of(conference))
    page.locator("form button.primary").click()
    require_playing(page, 4)
    assert page.locator("figure.own video").evaluate("v => v.srcObject.getVideoTracks().length") == 1
    page.locator("h1", has_text=str(len(SITES))).wait_for()  # one that was closed without a word is gone soon
    page.screenshot(path=pictures / f"call-{language}.png")
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    assert {v["id"]: [n["target"] for n in v["nodes"]] for v in found["violations"]} == {}


def test_site_kept_in_view_is_shown_and_one_may_be_silent_and_unseen(page_at: Open, conference: Path) -> None:
    page = page_at(address(conference))
    join(page, conference)
    require_playing(page, 4)
    shown = page.locator("figure:not(.own) figcaption").all_inner_texts()
    hidden = next(site for site in SITES if not any(text.startswith(site) for text in shown))
    page.locator("section li").get_by_role("button", name=hidden).click()
    page.locator("figure:not(.own) figcaption", has_text=hidden).wait_for()
    page.get_by_role("button", name="Mute me").click()
    page.get_by_role("button", name="Unmute me").wait_for()
    page.get_by_role("button", name="Hide my picture").click()
    page.get_by_role("button", name="Show my picture").wait_for()


def test_after_the_death_of_the_server_pictures_come_back_by_themselves_and_one_leaves(
    page_at: Open, conference: Path, dropped: Dropped
) -> None:
    dropped += ["503", "422", "429", "404"]  # the page tries while the server is away
    page = page_at(address(conference))
    page.evaluate("window.stayed = true")
    join(page, conference)
    require_playing(page, 4)
    state = json.loads((conference / "conference" / "state.json").read_text(encoding="ascii"))
    janus = next(s for s in state["services"] if s["name"] == "janus")["running"]["pid"]
    os.kill(janus, signal.SIGKILL)
    page.get_by_role("heading", name=re.compile("line was lost")).wait_for()
    page.get_by_role("heading", name=re.compile("You are on the call")).wait_for(timeout=BACK_S)
    page.evaluate("window.before = undefined")
    require_playing(page, 4)
    assert page.evaluate("window.stayed")
    page.get_by_role("button", name="Leave").click()
    page.get_by_role("button", name="Join").wait_for()
    assert page.locator("video").count() == 0
