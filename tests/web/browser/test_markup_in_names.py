"""A name that is written like HTML is shown as it is written and does nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsail import api
from setsail.web.places import DEMONSTRATION
from tests.web.browser.conftest import Open

pytestmark = pytest.mark.xdist_group("browser")
NAME = "<img src=x onerror=alert(1)>"
FOLDER = "zz-markup"


@pytest.fixture
def named(server: str, workspace: Path, swept: list[Path]) -> str:
    """Path of a site of that name, there for one test."""
    assert server
    folder = workspace / "sites" / DEMONSTRATION / FOLDER
    api.site_new("factory", NAME, folder, area_m2=600.0)
    swept.append(folder)
    return f"/sites/{DEMONSTRATION}/{FOLDER}"


@pytest.mark.parametrize("page_of_it", [False, True])
def test_site_named_like_html_is_shown_as_text(page_at: Open, named: str, page_of_it: bool) -> None:
    page = page_at(named if page_of_it else "/sites")
    page.get_by_text(NAME).first.wait_for()
    assert page.locator("img[src=x], [onerror]").count() == 0
