"""TOML files read strictly."""

from __future__ import annotations

from typing import Any

import pytest

from setsail.base import toml
from setsail.base.errors import BadInput


def test_document_that_is_not_toml_is_told_with_its_name() -> None:
    assert toml.document("a = 1", "f.toml") == {"a": 1}
    with pytest.raises(BadInput, match=r"f\.toml.*is not TOML"):
        toml.document("a = ", "f.toml")


def test_document_with_a_number_of_thousands_of_digits_is_the_writers_fault() -> None:
    with pytest.raises(BadInput, match="is not TOML"):
        toml.document("a = " + "9" * 5000, "f.toml")


@pytest.mark.parametrize(
    ("read", "good", "bad", "allowed"),
    [
        (toml.text, "x", 1, "text in quotes"),
        (toml.number, 2, True, "a finite number"),
        (toml.number, 2.5, float("inf"), "a finite number"),
        (toml.flag, True, 1, "true or false"),
        (toml.texts, ["x"], ["x", 1], "a list of texts"),
        (toml.tables, [{"x": 1}], [1], r"tables \[\[k\]\]"),
    ],
)
def test_value_of_another_type_is_refused_with_what_is_allowed(read: Any, good: Any, bad: Any, allowed: str) -> None:
    found = read({"k": good}, "k", "f.toml")
    assert (list(found) if isinstance(found, tuple) else found) == good
    with pytest.raises(BadInput, match=allowed):
        read({"k": bad}, "k", "f.toml")


def test_unknown_key_is_refused_with_those_that_are_known() -> None:
    toml.require_known({"a": 1}, {"a", "b"}, "f.toml")
    with pytest.raises(BadInput, match=r"unknown key 'c'.*a, b"):
        toml.require_known({"c": 1}, {"b", "a"}, "f.toml")
    with pytest.raises(BadInput, match="a table"):
        toml.require_known(3, {"a"}, "f.toml")
