"""Answers that are computed once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from setsail.web.kept import Kept, body_of


def test_answer_is_made_once_and_kept() -> None:
    kept, made = Kept(), []

    def make() -> list[int]:
        made.append(1)
        return [1, 2]

    first = kept.get("a", make)
    assert kept.get("a", make) is first
    assert first.plain == b"[1,2]"
    assert made == [1]


def test_answer_asked_for_by_many_at_once_is_made_once() -> None:
    kept, made, ready = Kept(), [], threading.Barrier(8)

    def make() -> str:
        made.append(1)
        return "slow"

    def ask(_: int) -> bytes:
        ready.wait(timeout=30)
        return kept.get("a", make).plain

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {b'"slow"'}
    assert made == [1]


def test_failure_is_told_and_not_kept() -> None:
    kept = Kept()

    def fail() -> str:
        raise LookupError("gone")

    with pytest.raises(LookupError):
        kept.get("a", fail)
    assert kept.get("a", lambda: "there").plain == b'"there"'


def test_answers_used_longest_ago_leave_where_the_room_is_full() -> None:
    size = body_of("x" * 1000).size
    kept = Kept(most_bytes=2 * size)
    first = kept.get("a", lambda: "x" * 1000)
    kept.get("b", lambda: "x" * 1000)
    assert kept.get("a", lambda: "new") is first  # used again: b is now the older one
    kept.get("c", lambda: "x" * 1000)
    assert kept.get("a", lambda: "new") is first
    assert kept.get("b", lambda: "new").plain == b'"new"'


def test_answer_larger_than_the_room_is_given_all_the_same() -> None:
    kept = Kept(most_bytes=10)
    assert len(kept.get("a", lambda: "x" * 1000).plain) == 1002


def test_tag_follows_the_content() -> None:
    assert body_of([1]).tag == body_of([1]).tag != body_of([2]).tag


def test_number_without_a_word_in_json_is_refused() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        body_of([float("nan")])
