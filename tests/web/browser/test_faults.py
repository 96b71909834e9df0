"""What pages say and do when an address is odd, the server fails, the session has ended, or nothing is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.web.browser.conftest import Dropped, Open

if TYPE_CHECKING:
    from playwright.sync_api import Route

pytestmark = pytest.mark.xdist_group("browser")
PAGES = ["/", "/map", "/index", "/sites", "/conformance", "/data", "/administration", "/rollouts", "/rollouts/x/y"]
ENDED = '{"error": {"code": "not-signed-in", "where": "", "what": "nobody is signed in", "allowed": "", "hint": ""}}'


@pytest.mark.parametrize("path", ["/constructor", "/__proto__", "/toString/x", "/index.html"])
def test_address_that_is_no_page_says_so(page_at: Open, path: str) -> None:
    assert page_at(path).locator("h1").inner_text() == "There is no such page"


@pytest.mark.parametrize("path", ["/sites/%E0%A4/x", "/rollouts/%E0%A4/x"])
def test_address_that_is_written_wrongly_leads_to_nothing_and_breaks_nothing(
    page_at: Open, dropped: Dropped, path: str
) -> None:
    dropped += ["404"]
    page_at(path, heading="h1, h2").get_by_role("alert").first.wait_for()


def test_data_set_whose_name_is_written_wrongly_leaves_the_list(page_at: Open, dropped: Dropped) -> None:
    dropped += ["404"]
    assert "data sets" in page_at("/data/sets/%E0%A4").locator("h1").inner_text()


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("fault", ["ended", "gateway", "away"])
def test_page_says_what_is_wrong_and_offers_the_next_step(
    page_at: Open, dropped: Dropped, path: str, fault: str
) -> None:
    dropped += ["401", "500", "502", "ERR_FAILED"]
    page = page_at("/verify")

    def answer(route: Route) -> None:
        if fault == "away":
            route.abort()
        elif fault == "ended":
            route.fulfill(status=401, content_type="application/json", body=ENDED)
        else:
            route.fulfill(status=502, content_type="text/html", body="<h1>Bad gateway</h1>")

    page.route(
        "**/api/v1/**", lambda route: route.continue_() if route.request.url.endswith("/session") else answer(route)
    )
    page.evaluate("to => { history.pushState(null, '', to); dispatchEvent(new PopStateEvent('popstate')) }", path)
    alert = page.get_by_role("alert").first
    alert.get_by_role("button", name="Sign in again" if fault == "ended" else "Try again").wait_for()
    said = alert.inner_text()
    assert "TypeError" not in said
    assert {"ended": "session has ended", "gateway": "Bad Gateway", "away": "does not answer"}[fault] in said
    page.unroute("**/api/v1/**")
    if path != "/rollouts/x/y":
        alert.get_by_role("button").click()
        page.locator("main h1").wait_for()
        assert page.get_by_role("alert").count() == 0


def test_map_of_a_day_on_which_nothing_was_known_says_so(page_at: Open, dropped: Dropped) -> None:
    dropped += ["422"]
    page = page_at("/map?known_on=1900-01-01")
    page.get_by_role("alert").wait_for()
    assert page.locator("h1").inner_text() == "There are no figures to draw here"


def test_board_finds_its_stream_again_after_it_was_refused(page_at: Open, dropped: Dropped) -> None:
    """A browser never comes back to a stream that was refused once; the page does."""
    dropped += ["502"]
    page = page_at("/verify")
    calls: list[str] = []

    def answer(route: Route) -> None:
        calls.append(route.request.url)
        route.fulfill(status=502, body="") if len(calls) < 3 else route.abort()

    page.route("**/changes", answer)
    dropped += ["ERR_FAILED", "404"]
    page.evaluate("history.pushState(null, '', '/rollouts/x/y'); dispatchEvent(new PopStateEvent('popstate'))")
    page.wait_for_timeout(1)
    for _ in range(100):
        if len(calls) >= 3:
            break
        page.wait_for_timeout(100)
    assert len(calls) >= 3
