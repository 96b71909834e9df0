from __future__ import annotations

import pytest

from setsail.base.errors import BadInput, SetSailError, UnknownName
from setsail.standards.frameworks import framework, parse, shipped
from tests.monitor.index.samples import FRAMEWORK


@pytest.mark.parametrize("name", shipped())
def test_every_shipped_framework_is_whole_and_names_its_sources(name: str) -> None:
    made = framework(name)
    assert made.id == name
    assert made.sources
    assert made.top == "Index"
    assert all(made.children(a.code) for a in made.aggregates)


def test_set_sail_framework_holds_the_seven_indicators_in_the_three_groups() -> None:
    made = framework("set-sail")
    assert {g: len(made.children(g)) for g in ("users", "industry", "network")} == {
        "users": 2, "industry": 3, "network": 2,
    }  # fmt: skip


def test_unknown_framework_is_refused_with_those_that_ship() -> None:
    with pytest.raises(UnknownName, match="set-sail, undp-hdi"):
        framework("nothing-like-it")


@pytest.mark.parametrize(
    ("old", "new", "error", "match"),
    [
        ('code = "b"', 'code = "b"\ncolour = 1', BadInput, r"f.toml:9 \[\[indicator\]\].*'colour'"),
        ('code = "b"', 'code = "a"', SetSailError, r"f.toml:9.*repeats code 'a'"),
        ("direction = -1", "direction = 0", BadInput, "direction: is 0"),
        ("weight = 3", 'weight = "3"', BadInput, "weight: is '3'"),
        ("weight = 3", "weight = inf", BadInput, "weight: is inf"),
        ("weight = 3", "goalposts = [2, 1]", BadInput, "goalposts"),
        ("weight = 3", "goalposts = [0, 1]\nlog = true", BadInput, "above 0 where log"),
        ('id = "synthetic"', 'id = "synthetic', BadInput, "is not TOML"),
        ('code = "right"\nparent = "Index"', 'code = "right"', BadInput, "2 nodes without a parent"),
        ('code = "right"\nparent = "Index"', 'code = "right"\nparent = "left"', BadInput, ""),
    ],
)
def test_faulty_framework_is_refused_with_line_and_key(
    old: str, new: str, error: type[SetSailError], match: str
) -> None:
    assert old in FRAMEWORK
    if not match:  # a deeper tree is fine
        assert [a.level for a in parse(FRAMEWORK.replace(old, new, 1), "f.toml").aggregates] == [2, 3, 4]
        return
    with pytest.raises(error, match=match):
        parse(FRAMEWORK.replace(old, new, 1), "f.toml")


def test_group_without_parts_is_refused() -> None:
    with pytest.raises(BadInput, match="has no children"):
        parse(FRAMEWORK + '[[aggregate]]\ncode = "empty"\nparent = "Index"\n', "f.toml")
