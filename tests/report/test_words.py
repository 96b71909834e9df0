from __future__ import annotations

import ast
import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from setsail import api
from setsail.base.errors import UnknownName
from setsail.base.units import units
from setsail.report.words import Words, catalogue, step_of, words_of
from setsail.standards import facts
from setsail.standards.plans import plans

EN, ZH = Words("en"), Words("zh")


def _holes(text: str) -> set[str]:
    return set(re.findall(r"\{(\w+)\}", text))


def test_the_two_catalogues_have_equal_keys_and_equal_holes() -> None:
    en, zh = catalogue("en"), catalogue("zh")
    assert en.keys() == zh.keys()
    for part in en:
        assert en[part].keys() == zh[part].keys(), part
        for key in en[part]:
            spare = {"n"} if key.endswith((".one", ".none")) else set()  # n is known there: the text may say it or not
            assert _holes(zh[part][key]) - spare == _holes(en[part][key]) - spare, (part, key)


def test_the_chinese_catalogue_holds_chinese() -> None:
    untold = [k for k, v in catalogue("zh")["words"].items() if not re.search(r"[\u4e00-\u9fff]", v)]
    allowed = {k for k in untold if k.startswith(("month.", "list.")) or k in ("none", "answer.join")}
    assert set(untold) - allowed == {"crossing.by", "days.span", "tolerance", "rank.span"} & set(untold) - allowed


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(UnknownName, match="en, zh"):
        words_of("fr")


def test_every_key_that_the_report_asks_for_is_in_the_catalogue() -> None:
    known = catalogue("en")["words"]
    for path in sorted(files("setsail.report").glob("**/*")):  # type: ignore[attr-defined]
        if path.suffix == ".py":
            asked = re.findall(r'words\(\s*"([^"{]+)"', path.read_text(encoding="utf-8"))
        elif path.suffix == ".html":
            asked = re.findall(r"words\([\"']([^\"']+)[\"']\)", path.read_text(encoding="utf-8"))
        else:
            continue
        assert set(asked) <= set(known), path.name


def test_every_reason_and_note_of_a_verdict_has_a_chinese_form() -> None:
    source = (files("setsail.monitor") / "verdict.py").read_text(encoding="utf-8")
    texts = {
        node.value
        for call in ast.walk(ast.parse(source))
        if isinstance(call, ast.Call) and ast.unparse(call.func) in ("_Ruling", "found.append")
        for arg in call.args[-1:] + call.args[2:3]
        for node in ast.walk(arg)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 12
    }
    assert len(texts) > 15
    whole = {t for t in texts if not t.endswith((" ", ": ")) and not t.startswith((" ", ","))}
    assert [t for t in sorted(whole) if not ZH.knows(t)] == []


def test_every_text_of_the_shipped_plans_and_tasks_has_a_chinese_form() -> None:
    texts = {t for p in plans().values() for x in p.targets for t in (x.settled_by, x.group) if t}
    texts |= {r.get(k) for r in facts.table("plan_tasks.csv") for k in ("part", "action", "title", "quantified_target")}
    assert [t for t in sorted(texts) if t and not ZH.knows(t)] == []


def test_every_shipped_definition_and_unit_has_a_label() -> None:
    names = {definition for _, definition in facts.definitions()}
    assert names <= catalogue("en")["definitions"].keys()
    assert [t for t in set(facts.definitions().values()) if not ZH.knows(t)] == []
    assert {u.unit for u in units().values()} <= catalogue("en")["units"].keys()


def test_every_reason_met_in_the_shipped_verdicts_is_told_in_chinese() -> None:
    for plan in plans():
        for verdict in api.verdicts(plan, known_on=__import__("datetime").date(2026, 6, 30), headline=True):
            for text in (verdict["reason"], *verdict["notes"]):
                assert re.search(r"[\u4e00-\u9fff]", ZH.phrase(text)), text


def test_a_phrase_with_a_definition_inside_tells_its_label() -> None:
    told = "other definitions for 2023-12: 57.11 (users-three-operators / year-end)"
    assert EN.phrase(told) == "other definitions for 2023-12: 57.11 (users, three operators / year-end residents)"
    assert "三家运营商用户" in ZH.phrase(told)


def test_an_unknown_phrase_stays_as_it_is() -> None:
    assert ZH.phrase("something nobody wrote down") == "something nobody wrote down"


@pytest.mark.parametrize(
    ("value", "step", "en", "zh"),
    [
        (58.3115, 0.1, "58.3", "58.3"),
        (1_409_670_000, 10_000, "1,409,670,000", "14.0967亿"),
        (64_000, 1000, "64,000", "6.4万"),
        (-2.84, 0.1, "\u22122.8", "\u22122.8"),
        (-0.04, 0.1, "0.0", "0.0"),
        (3000, 0, "3,000", "3,000"),
        (2.5, 2.5, "2.5", "2.5"),
        (25_000, 25_000, "25,000", "2.5万"),
        (0.25, 0.25, "0.25", "0.25"),
    ],
)
def test_a_number_is_written_to_its_place(value: float, step: float, en: str, zh: str) -> None:
    assert EN.number(value, step) == en
    assert ZH.short(value, step) == zh


def test_a_band_of_seven_hundredths_is_worth_one_decimal() -> None:
    assert step_of(58.276, 58.347, 58.31) == pytest.approx(0.1)
    assert step_of(23.952, 23.960, 23.956) == pytest.approx(0.01)
    assert step_of(63_000, 65_000, 64_000) == pytest.approx(1000)


def test_an_open_band_takes_the_place_of_its_printed_part() -> None:
    assert step_of(20_000, None, 20_000, [{"step": 10_000, "value": 20_000}]) == pytest.approx(10_000)


@pytest.mark.parametrize(
    ("text", "en", "zh"),
    [
        ("2023-12", "December 2023", "2023年12月"),
        ("2023", "2023", "2023年"),
        ("2023-Q3", "quarter 3 of 2023", "2023年第3季度"),
        ("2023-12-31", "31 December 2023", "2023年12月31日"),
    ],
)
def test_a_period_is_told_as_it_is_read(text: str, en: str, zh: str) -> None:
    assert EN.period(text) == en
    assert ZH.period(text) == zh


def test_a_short_chinese_name_drops_the_word_for_its_rank() -> None:
    assert ZH.region("150000", short=True) == "内蒙古"
    assert ZH.region("650000", short=True) == "新疆"
    assert ZH.region("110000") == "北京市"


@given(st.floats(-1e12, 1e12), st.sampled_from([0.0, 0.01, 0.1, 1.0, 1000.0]))
def test_any_number_can_be_told_in_both_languages(value: float, step: float) -> None:
    for words in (EN, ZH):
        assert re.fullmatch(r"\u2212?[\d,]+(\.\d+)?", words.number(value, step))
        assert words.short(value, step)
