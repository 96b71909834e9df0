"""The numbers and sentences of the overview are the report's; weights tried on the index page leave no trace."""

from __future__ import annotations

import json
import urllib.request
from typing import Any

import pytest

from setsail import api
from setsail.report.sections import summary, targets
from setsail.report.words import Words, words_of
from tests.web.browser.conftest import Open

pytestmark = pytest.mark.xdist_group("browser")
CARDS = """[...document.querySelectorAll('article')].map((card) => ({
  name: card.querySelector('h2').innerText,
  value: card.querySelector('.value').classList.contains('unknown') ? '' : card.querySelector('.value').innerText,
  facts: [...card.querySelectorAll('dl div')].map((row) => [...row.children].map((part) => part.innerText)),
}))"""
MIDDLE_DOT = "\u00b7"


def plain(text: str) -> str:
    """The text with one kind of space."""
    return " ".join(text.split()).replace(f" {MIDDLE_DOT}", MIDDLE_DOT)


def judged(server: str, plan: str) -> list[dict[str, Any]]:
    """The verdicts that the server shows."""
    with urllib.request.urlopen(f"{server}/api/v1/plans/{plan}/verdicts") as answer:
        found: list[dict[str, Any]] = json.load(answer)
    return found


def told_by_the_report(verdict: dict[str, Any], plan: dict[str, Any], words: Words) -> dict[str, Any]:
    """A card as the report's sections tell it; the value stands alone in both."""
    target = next(t for t in plan["targets"] if t["indicator"] == verdict["indicator"])
    facts = [(f.label, f"{f.text} {MIDDLE_DOT} {f.sub}" if f.sub else f.text)
             for f in targets._facts(verdict, target, plan["id"], words) if f.label != words("fact.value")]  # fmt: skip
    return {
        "name": targets.name_of(verdict, target, words),
        "value": "" if verdict["value"] is None else targets.value_text(verdict, words),
        "facts": [[label, plain(text)] for label, text in facts],
    }


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("plan", ["cn-set-sail-2021-final", "cn-set-sail-2024-upgrade", "kr-5g-plus-2026"])
def test_cards_tell_what_the_report_tells(page_at: Open, server: str, plan: str, language: str) -> None:
    words, verdicts = words_of(language), judged(server, plan)
    page = page_at(f"/?plan={plan}", language=language)
    page.get_by_role("status").filter(has_text="…").first.wait_for(state="detached")
    assert page.locator("h1").first.inner_text() == summary.answer(verdicts, words)
    cards = page.evaluate(CARDS)
    for card, verdict in zip(cards, verdicts, strict=True):
        wanted = told_by_the_report(verdict, api.plan_show(plan), words)
        facts = [[label, plain(text)] for label, text in card["facts"]]
        assert (plain(card["name"]), plain(card["value"])) == (plain(wanted["name"]), plain(wanted["value"]))
        assert [f for f in facts if f in wanted["facts"]] == wanted["facts"]
        assert {label for label, _ in facts if [label, _] not in wanted["facts"]} <= {words("fact.settled_by")}


def test_region_and_day_are_kept_in_the_address(page_at: Open) -> None:
    page = page_at("/?plan=cn-set-sail-2024-upgrade")
    page.locator("header select").nth(1).select_option("410000")
    page.wait_for_url("**region=410000*")
    page.locator("header input[type=date]").fill("2024-06-30")
    page.wait_for_url("**known_on=2024-06-30*")
    page.get_by_text("as known on 30 June 2024").first.wait_for()
    page.reload()
    page.get_by_text("as known on 30 June 2024").first.wait_for()
    assert page.locator("header select").nth(1).input_value() == "410000"


def test_weight_tried_is_shown_as_sandbox_and_undone_by_keyboard(page_at: Open, server: str) -> None:
    with urllib.request.urlopen(f"{server}/api/v1/index/set-sail?geography=regions") as answer:
        before = answer.read()
    page = page_at("/index?geography=regions")
    field = page.get_by_label("Weight of Users")
    field.fill("9")
    field.press("Enter")
    page.get_by_text("2 of 4 ranks would change.").wait_for()
    assert page.get_by_text("Sandbox: changed, not published").is_visible()
    page.keyboard.press("Control+z")
    page.get_by_text("As declared").first.wait_for()
    assert field.input_value() == "1"
    with urllib.request.urlopen(f"{server}/api/v1/index/set-sail?geography=regions") as answer:
        assert answer.read() == before


def test_index_answers_which_region_is_last_and_whether_that_is_certain(page_at: Open, server: str) -> None:
    with urllib.request.urlopen(f"{server}/api/v1/index/set-sail") as answer:
        units = [u for u in json.load(answer)["units"] if u["rank"] is not None]
    page = page_at("/index")
    page.get_by_role("heading", name="certain").first.wait_for()
    heading = page.locator("h1").inner_text()
    assert heading.startswith(f"{units[-1]['name']} is last of {len(units)} provinces")
    assert "certain" in heading
