"""Plans as data: the shipped ones, and what a user's file may get wrong."""

from __future__ import annotations

import pytest

from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.monitor.plan_diff import diff
from setsail.standards.plans import parse_plan, plan, plans

HEAD = '[plan]\nid = "p"\ntitle_en = "P"\ngeography = "X"\n'
TARGET = '[[target]]\nindicator = "stations"\nunit = "count"\ntarget = 5\ndeadline = 2025-12-31\n'


def test_the_final_plan_has_seven_indicators_and_five_headline_numbers() -> None:
    targets = plan("cn-set-sail-2021-final").targets
    assert sum(not t.headline for t in targets) == 7
    assert {t.indicator for t in targets if t.headline and t.verified} == {"subscribers_5g"}
    assert sum(t.headline and not t.verified for t in targets) == 4


def test_one_indicator_may_have_three_deadlines() -> None:
    deadlines = [t.deadline.year for t in plan("jp-digital-garden-city").targets]
    assert deadlines == [2024, 2026, 2031]


def test_shipped_plans_hold_every_published_target() -> None:
    assert sum(len(p.targets) for p in plans().values()) == 53
    assert [t.indicator for p in plans().values() for t in p.targets if t.kind == "monitor"] == [
        "coverage_5g_3p4_3p8GHz"
    ]


def test_draft_and_final_differ_in_no_number() -> None:
    changes = diff(plan("cn-set-sail-2021-draft"), plan("cn-set-sail-2021-final"))
    assert [c for c in changes if c.what == "target"] == []


def test_diff_finds_the_widened_denominator_and_growth_that_became_level() -> None:
    changes = diff(plan("cn-set-sail-2021-final"), plan("cn-set-sail-2024-upgrade"))
    replaced = {c.indicator: c for c in changes if c.kind == "replaced"}
    wide = replaced["large_industrial_penetration_5g -> large_medium_industrial_penetration_5g"]
    assert "large industrial" in wide.before
    assert "large and medium" in wide.after
    assert any(c.what == "kind" and (c.before, c.after) == ("growth", "level") for c in changes)
    denominators = [c for c in changes if c.what == "denominator"]
    assert [(c.before, c.after) for c in denominators] == [
        ("large_industrial_enterprises", "large_medium_industrial_enterprises")
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[plan\n", "is not TOML"),
        ("", "has no table"),
        (HEAD, "has no target"),
        (HEAD + TARGET.replace("count", "apples"), r"p.toml:7 key 'unit': is 'apples'"),
        (HEAD + TARGET.replace("target = 5", 'target = "5"'), r"p.toml:8 key 'target': is '5'"),
        (HEAD + TARGET.replace("target = 5", "target = nan"), r"key 'target'"),
        (HEAD + TARGET.replace("target = 5\n", ""), r"key 'target': is missing"),
        (HEAD + TARGET.replace("2025-12-31", '"2025-12-31"'), r"p.toml:9 key 'deadline'"),
        (HEAD + TARGET + 'color = "red"\n', r"p.toml:10 key 'color': is an unknown key"),
        (HEAD + TARGET + 'comparator = "~"\n', r"p.toml:10 key 'comparator'.*>="),
        (HEAD + TARGET + 'kind = "ratio"\n', r"key 'numerator': is missing"),
        (HEAD + TARGET + 'kind = "ratio"\nnumerator = "a"\ndenominator = "b"\n', r"p.toml:7 key 'unit': is 'count'"),
        (HEAD + TARGET.replace("target = 5", "target = 5" + "0" * 5000), "is not TOML"),
        (
            HEAD + TARGET + TARGET.replace("2025-12-31", "2026-12-31").replace("count", "apples"),
            r"p.toml:12 key 'unit'",
        ),
        (HEAD.replace('id = "p"\n', "") + TARGET, "key 'id': is missing"),
        (HEAD + "[extra]\na = 1\n" + TARGET, "key 'extra'"),
    ],
)
def test_a_wrong_file_is_refused_with_file_line_and_key(text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        parse_plan(text, "p.toml")


def test_a_target_stated_twice_is_refused() -> None:
    with pytest.raises(DuplicateKey, match="repeats stations"):
        parse_plan(HEAD + TARGET + TARGET, "p.toml")


def test_an_unknown_plan_lists_the_known() -> None:
    with pytest.raises(UnknownName, match="cn-set-sail-2021-final"):
        plan("mars-2030")
