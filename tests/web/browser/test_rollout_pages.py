"""The board of a rollout, and its list: read at a glance, changed by events from anywhere without a reload."""

from __future__ import annotations

import json
import re
import shutil
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from setsail import api
from setsail.web.places import DEMONSTRATION
from tests.web.browser.conftest import AXE, Dropped, Open

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.xdist_group("browser")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
SITES = 29
AT = "05:00"


@pytest.fixture(scope="session")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The founding case with a plan, made once."""
    folder = tmp_path_factory.mktemp("rollout") / "wuhan-2020"
    api.rollout_example("wuhan-2020", folder)
    api.rollout_plan(folder, seconds=0.5, now=datetime.now(UTC), by="tester", clock=time.monotonic)
    return folder


@pytest.fixture
def folder(server: str, workspace: Path, planned: Path, swept: list[Path], request: pytest.FixtureRequest) -> Path:
    """That rollout on the server for one test, under a name of its own."""
    assert server
    name = f"r{abs(hash(request.node.name)) % 10**8}"
    path = workspace / "rollouts" / DEMONSTRATION / name
    shutil.copytree(planned, path)
    swept.append(path)
    return path


def address(folder: Path) -> str:
    return f"/rollouts/{DEMONSTRATION}/{folder.name}"


def board(server: str, folder: Path) -> Any:
    with urllib.request.urlopen(f"{server}/api/v1{address(folder)}") as answer:
        return json.load(answer)


def require_accessible(page: Page) -> None:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("rules => axe.run(document, { runOnly: rules })", RULES)
    faults = {v["id"]: [node["target"] for node in v["nodes"]][:4] for v in found["violations"]}
    assert faults == {}


def field(page: Page, label: str) -> Locator:
    """What is filled in under a label of the form of events."""
    of = page.locator("form:has(select) label").filter(has_text=re.compile(rf"^\s*{label}")).first
    return of.locator("select, input")


def choose_crew_lost(page: Page, crew: str = "C3") -> None:
    field(page, "Event").select_option("crew-lost")
    field(page, "Time").fill(AT)
    field(page, "Crew").select_option(crew)


def whole(page: Page, path: Path) -> None:
    """A picture of all that can be scrolled to."""
    size = page.viewport_size
    assert size is not None
    height = page.evaluate("document.querySelector('main').scrollHeight")
    page.set_viewport_size({"width": size["width"], "height": height + 160})
    page.screenshot(path=path)
    page.set_viewport_size(size)


@pytest.mark.parametrize("how", [("en", "light", 1400), ("zh", "dark", 1400), ("en", "dark", 390)])
def test_board_is_whole_and_accessible(
    page_at: Open, server: str, folder: Path, pictures: Path, how: tuple[str, str, int]
) -> None:
    language, theme, width = how
    page = page_at(address(folder), language=language, theme=theme, width=width)
    page.locator("tbody tr").first.wait_for()
    told = board(server, folder)
    heading = page.locator("h1").inner_text()
    assert heading.startswith({"en": f"0 of {SITES} sites are open", "zh": f"已开通 0/{SITES} 个站点"}[language])
    assert page.locator("svg g.site").count() == SITES
    assert page.locator("tbody th button").count() == SITES
    cells = page.locator("tbody tr").first.locator("td")
    assert cells.count() == len(told["stages"]) + 1
    assert all(page.locator(f"tbody th:has-text('{c['crew']}')").count() == 1 for c in told["crews"])
    assert page.locator("strong.big", has_text={"en": "in time", "zh": "按时"}[language]).count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")
    whole(page, pictures / f"board-{language}-{width}.png")
    require_accessible(page)


def test_things_to_press_on_a_phone_are_large_enough_for_a_thumb(page_at: Open, folder: Path) -> None:
    page = page_at(address(folder), width=390)
    small = page.evaluate("""[...document.querySelectorAll('main button, main select, main input, main svg g.site')]
        .map(e => [e.textContent.trim().slice(0, 20), e.getBoundingClientRect()])
        .filter(([, r]) => r.width && (r.height < 24 || r.width < 24)).map(([name]) => name)""")
    assert small == []


def test_site_picked_in_the_table_is_marked_on_the_map_and_in_the_form(page_at: Open, folder: Path) -> None:
    page = page_at(address(folder))
    page.get_by_role("button", name="S07", exact=True).focus()
    page.keyboard.press("Enter")
    assert page.locator("svg g.site.picked").get_attribute("aria-label", timeout=5000).startswith("S07 ")  # type: ignore[union-attr]
    field(page, "Event").select_option("line-late")
    assert field(page, "Site").input_value() == "S07"
    page.locator("svg g.site.picked").focus()
    page.keyboard.press("Enter")
    assert page.locator(".picked").count() == 0


def test_event_is_tried_sent_and_undone_and_the_page_follows_without_a_reload(
    page_at: Open, server: str, folder: Path, pictures: Path
) -> None:
    log = folder / "events.jsonl"
    before, lines = board(server, folder), log.read_bytes()
    page = page_at(address(folder))
    page.evaluate("window.stayed = true")
    choose_crew_lost(page)
    page.get_by_role("button", name="What if").click()
    page.get_by_text("Tried, nothing is written.").wait_for()
    assert log.read_bytes() == lines
    page.get_by_role("button", name="Send the event").dblclick()
    page.get_by_text("Sent.").wait_for()
    page.locator("ol li", has_text="crew lost C3").wait_for()
    page.locator("tr.lost th", has_text="C3").wait_for()
    after = board(server, folder)
    assert len(after["events"]) == len(before["events"]) + 1  # a double click tells it once
    assert after["finish"] > before["finish"]
    whole(page, pictures / "board-crew-lost.png")
    page.get_by_role("button", name=f"Take event {after['events'][-1]['n']} back").click()
    assert field(page, "Event number").input_value() == str(after["events"][-1]["n"])
    page.get_by_role("button", name="Send the event").click()
    page.locator("ol li.undone", has_text="crew lost C3").wait_for()
    page.locator("tr.lost").wait_for(state="detached")
    assert page.evaluate("window.stayed")


def test_event_told_elsewhere_appears_by_itself(page_at: Open, folder: Path) -> None:
    page = page_at(address(folder))
    api.rollout_event(folder, "crew-lost", at=AT, values={"crew": "C5"}, now=datetime.now(UTC), by="command line",
                      clock=time.monotonic)  # fmt: skip
    line = page.locator("ol li", has_text="crew lost C5")
    line.wait_for(timeout=10_000)
    assert "command line" in line.inner_text()


def test_markup_in_an_event_and_in_names_is_shown_as_text(page_at: Open, folder: Path) -> None:
    markup = "<img src=x onerror=alert(1)>"
    sites = folder / "sites.csv"
    sites.write_text(sites.read_text(encoding="utf-8").replace("Wuhan Jinyintan Hospital", markup), encoding="utf-8")
    api.rollout_event(folder, "note", at=AT, values={"text": markup}, now=datetime.now(UTC), by="tester",
                      clock=time.monotonic)  # fmt: skip
    page = page_at(address(folder))
    page.locator("ol li", has_text=markup).wait_for()
    page.locator("tbody th", has_text=markup).wait_for()
    assert page.locator("img[src=x], [onerror]").count() == 0


def test_refused_event_is_told_by_name_and_what_was_typed_stays(page_at: Open, folder: Path, dropped: Dropped) -> None:
    dropped.append("422")
    page = page_at(address(folder))
    choose_crew_lost(page)
    field(page, "Time").fill("late")
    page.get_by_role("button", name="Send the event").click()
    page.get_by_role("alert").filter(has_text="late").wait_for()
    assert field(page, "Time").input_value() == "late"
    assert (folder / "events.jsonl").read_bytes().count(b"crew-lost") == 0


def test_board_is_printed_black_on_white_whatever_the_theme(page_at: Open, folder: Path, pictures: Path) -> None:
    page = page_at(address(folder), theme="dark")
    page.emulate_media(media="print")
    page.screenshot(path=pictures / "board-print.png")
    colours = page.evaluate("""[...document.querySelectorAll('h1, tbody th, tbody td, svg .site text')].map(e => {
        const s = getComputedStyle(e); return e.tagName === 'text' ? s.fill : s.color; })""")
    light = [c for c in colours if min(int(v) for v in c.removeprefix("rgb(").rstrip(")").split(",")) > 150]
    assert light == []
    assert page.locator("nav.rail, form").first.is_hidden()
    assert page.evaluate("getComputedStyle(document.querySelector('.frame')).display") == "block"


@pytest.mark.parametrize("width", [1400, 390])
def test_list_leads_to_the_board(page_at: Open, folder: Path, pictures: Path, width: int) -> None:
    told = folder / "rollout.toml"
    told.write_text(re.sub(r"(?m)^name = .*$", 'name = "One of the list"', told.read_text("utf-8")), encoding="utf-8")
    page = page_at("/rollouts", width=width)
    assert page.locator("h1").inner_text().endswith("rollouts are late by their plans")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.screenshot(path=pictures / f"rollouts-{width}.png")
    require_accessible(page)
    page.get_by_role("button", name="One of the list").click()
    page.wait_for_url(f"**{address(folder)}")
    page.locator("svg g.site").first.wait_for()
    page.go_back()
    page.get_by_text("rollouts are late").wait_for()


@pytest.mark.parametrize("path", ["/rollouts/Demonstration/none", "/rollouts/%E0%A4/x", "/rollouts/x/y/call"])
def test_rollout_that_is_not_there_is_told_so(page_at: Open, dropped: Dropped, path: str) -> None:
    dropped.append("404")
    page = page_at(path, heading="h1, h2")
    page.get_by_role("alert").filter(has_text="is not there").first.wait_for()


def test_board_of_another_time_is_shown_with_a_note_and_a_way_back(page_at: Open, folder: Path) -> None:
    api.rollout_event(folder, "crew-lost", at=AT, values={"crew": "C5"}, now=datetime.now(UTC), by="tester",
                      clock=time.monotonic)  # fmt: skip
    page = page_at(f"{address(folder)}?at=2020-02-06T04:30:00+08:00")
    page.get_by_text("The board as at 2020-02-06 04:30").wait_for()
    assert page.locator("tr.lost, form:has(select)").count() == 0
    page.get_by_text("Another time").click()
    page.get_by_label("Time (UTC+08:00)").fill("2020-02-06T05:30")
    page.get_by_role("button", name="Show").click()
    page.get_by_text("The board as at 2020-02-06 05:30").wait_for()
    page.locator("tr.lost th", has_text="C5").wait_for()
    require_accessible(page)
    page.get_by_role("link", name="Back to now").click()
    page.get_by_role("button", name="Send the event").wait_for()
    assert page.get_by_text("The board as at").count() == 0


def test_time_that_is_none_is_told_with_a_way_back(page_at: Open, folder: Path, dropped: Dropped) -> None:
    dropped.append("422")
    page = page_at(f"{address(folder)}?at=yesterday", heading="h2")
    page.get_by_role("link", name="Back to now").click()
    page.locator("svg g.site").first.wait_for()


def test_board_of_a_rollout_that_is_removed_says_so_and_keeps_what_was_known(
    page_at: Open, folder: Path, dropped: Dropped
) -> None:
    dropped.append("404")
    page = page_at(address(folder))
    gone = folder.with_name(f".{folder.name}")
    folder.rename(gone)
    page.get_by_role("alert").filter(has_text="no longer there").wait_for()
    assert page.locator("svg g.site").count() == SITES
    assert page.get_by_role("button", name="Send the event").count() == 0
    gone.rename(folder)
    page.get_by_role("button", name="Send the event").wait_for(timeout=60_000)
    assert page.get_by_role("alert").count() == 0


def test_lost_line_is_said_and_the_board_comes_back_by_itself(page_at: Open, folder: Path, dropped: Dropped) -> None:
    dropped.append("ERR_")
    page = page_at(address(folder))
    page.context.set_offline(True)
    page.get_by_text("The connection is lost").wait_for(timeout=60_000)
    assert page.locator("svg g.site").count() == SITES
    api.rollout_event(folder, "crew-lost", at=AT, values={"crew": "C5"}, now=datetime.now(UTC), by="tester",
                      clock=time.monotonic)  # fmt: skip
    page.context.set_offline(False)
    page.locator("ol li", has_text="crew lost C5").wait_for(timeout=60_000)
    page.get_by_text("The connection is lost").wait_for(state="detached")


def test_chinese_board_says_reasons_and_refusals_in_chinese(
    page_at: Open, server: str, folder: Path, dropped: Dropped
) -> None:
    dropped.append("422")
    page = page_at(address(folder), language="zh")
    reason = page.locator("p.small.muted").filter(has_text="最后完成")
    reason.wait_for()
    assert board(server, folder)["reason"].split()[0] in reason.inner_text()
    form = page.locator("form:has(select)")
    form.locator("select").first.select_option("crew-lost")
    form.locator("input").first.fill("2019-01-01T00:00+08:00")
    form.locator("select").nth(1).select_option("C3")
    page.get_by_role("button", name="试算").click()
    told = page.get_by_role("alert")
    told.filter(has_text="早于接令时间").wait_for()
    assert re.findall(r"[a-z]{4,}", reason.inner_text() + told.inner_text()) == []


@pytest.mark.parametrize("path", ["/rollouts", "/rollouts/Demonstration/{}", "/rollouts/Demonstration/{}/call"])
def test_keyboard_begins_with_the_way_to_the_content_and_sees_where_it_is(
    page_at: Open, folder: Path, path: str
) -> None:
    page = page_at(path.format(folder.name))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        stop = page.evaluate("""() => { const e = document.activeElement, r = e.getBoundingClientRect();
            return e === document.body ? null : [e.outerHTML.slice(0, 60), getComputedStyle(e).outlineStyle !== 'none'
            && r.width > 0 && r.bottom > 0 && r.top < innerHeight, e.matches('input[type^=date]')]; }""")
        if stop is None:
            break
        seen.append(stop)
    assert seen
    assert [what for what, visible, parts_of_a_date in seen if not visible and not parts_of_a_date] == []


def test_who_opens_a_board_by_the_keyboard_goes_on_in_it(page_at: Open, folder: Path) -> None:
    page = page_at("/rollouts")
    page.locator("tbody button").first.focus()
    page.keyboard.press("Enter")
    page.locator("svg g.site").first.wait_for()
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_page_over_a_slow_line_says_that_it_loads_and_comes(page_at: Open, folder: Path) -> None:
    first = page_at("/verify")
    page = first.context.new_page()
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    slow = {"offline": False, "latency": 400, "downloadThroughput": 50_000, "uploadThroughput": 50_000}
    line.send("Network.emulateNetworkConditions", slow)
    page.goto(first.url.replace("/verify", address(folder)), wait_until="commit")
    page.get_by_role("status").filter(has_text="Loading").first.wait_for(timeout=60_000)
    page.locator("svg g.site").first.wait_for(timeout=60_000)


def test_ended_session_is_said_on_the_board_with_the_way_to_sign_in(
    page_at: Open, folder: Path, dropped: Dropped
) -> None:
    dropped.append("401")
    page = page_at(address(folder))
    refused = {"code": "not-signed-in", "where": "", "what": "sign in first", "allowed": "", "hint": ""}
    page.route("**/api/v1/rollouts/**", lambda route: route.fulfill(status=401, json={"error": refused}))
    page.evaluate("dispatchEvent(new Event('online'))")  # the line is opened again, and refused
    page.get_by_role("alert").get_by_role("button", name="Sign in").wait_for()
    assert page.locator("svg g.site").count() == SITES
