"""A rollout is made from a page: refused at its row, then made, planned by a job, and followed to its board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from setsail.web.places import DEMONSTRATION
from tests.web.browser.conftest import Dropped, Open
from tests.web.browser.test_rollout_pages import require_accessible, whole

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.xdist_group("browser")
HEAD = "name,latitude,longitude\n"
PATIENCE_MS = 120_000
"""A search takes seven seconds; the machine may be busy."""


def opened(page: Page) -> None:
    page.locator("details.panel > summary").click()


def test_rollout_is_made_of_a_table_after_its_bad_row_was_mended(
    page_at: Open, workspace: Path, swept: list[Path], dropped: Dropped, pictures: Path
) -> None:
    dropped.append("422")
    table = workspace / "from-a-page.csv"
    table.write_text(f"{HEAD}<b>North</b>,30.60,114.30\nSouth,x,114.30\n", encoding="utf-8")
    page = page_at("/rollouts")
    opened(page)
    page.locator("input[type=file]").set_input_files(table)
    page.get_by_role("button", name="Make and plan").click()
    page.get_by_role("alert").filter(has_text="from-a-page.csv:3 column").wait_for()
    assert page.locator("input[type=file]").evaluate("e => e.files[0].name") == table.name
    table.write_text(f"{HEAD}<b>North</b>,30.60,114.30\nSouth,30.50,114.30\n", encoding="utf-8")
    page.get_by_role("button", name="Make and plan").click()
    page.get_by_role("alert").filter(has_text="was changed since it was chosen").wait_for()
    page.locator("input[type=file]").set_input_files(table)
    swept.append(workspace / "rollouts" / DEMONSTRATION / "from-a-page")
    page.get_by_role("button", name="Make and plan").click()
    page.get_by_text("from-a-page is made: 2 sites").wait_for()
    page.locator("details.panel li", has_text="capacity").wait_for()
    whole(page, pictures / "rollout-made.png")
    page.locator(".job", has_text="done").wait_for(timeout=PATIENCE_MS)
    page.get_by_role("link", name="To its board").click()
    page.locator("strong.big", has_text="in time").wait_for()
    page.locator("tbody th", has_text="<b>North</b>").wait_for()
    with page.expect_download() as taken:
        page.get_by_role("link", name="Table (CSV)").click()
    assert taken.value.suggested_filename == "from-a-page.csv"
    page.get_by_role("button", name="Plan again").click()
    page.locator(".job", has_text="done").wait_for(timeout=PATIENCE_MS)


@pytest.mark.parametrize("how", [("en", "light", 1400), ("zh", "dark", 1400), ("zh", "light", 390)])
def test_form_of_a_new_rollout_is_accessible_and_fits(page_at: Open, pictures: Path, how: tuple[str, str, int]) -> None:
    language, theme, width = how
    page = page_at("/rollouts", language=language, theme=theme, width=width)
    opened(page)
    page.locator("details.whole > summary").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("document.querySelector('main').scrollWidth <= document.querySelector('main').clientWidth")
    whole(page, pictures / f"rollout-making-{language}-{width}.png")
    require_accessible(page)
    page.get_by_role("radio").nth(1).check()
    page.locator("details.panel select option", has_text="wuhan-2020-bridges").wait_for(state="attached")
    require_accessible(page)
