"""What of a plan is written into the log: only what differs, and the same plan comes out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from setsail.rollout.live.planned import difference, joined

ROWS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from("abc"), st.integers(0, 1)).map(list), max_size=5)
CREWS = st.fixed_dictionaries(
    {"trips": st.lists(st.lists(st.sampled_from("abc"), max_size=2), max_size=2), "visits": ROWS}
)
SITES = st.tuples(st.lists(st.integers(0, 2), min_size=2, max_size=2), st.integers(0, 2), st.sampled_from("xy")).map(
    list
)
PLANS = st.fixed_dictionaries({
    "at": st.integers(0, 3), "finish": st.none() | st.integers(0, 3),
    "crews": st.dictionaries(st.sampled_from(["C1", "C2"]), CREWS),
    "sites": st.dictionaries(st.sampled_from(["S1", "S2", "S3"]), SITES),
    "bench": st.dictionaries(st.just("D1"), ROWS),
})  # fmt: skip


def written(change: dict[str, Any]) -> dict[str, Any]:
    """As it comes out of the log."""
    found: dict[str, Any] = json.loads(json.dumps(change))
    return found


@given(PLANS, PLANS)
def test_a_plan_is_read_back_from_the_plan_before_and_what_differs(old: dict[str, Any], new: dict[str, Any]) -> None:
    assert joined(old, written(difference(new, old))) == new
    assert joined(None, written(difference(new, None))) == new


@given(PLANS, PLANS)
def test_names_that_were_written_whole_by_an_earlier_version_are_read(old: dict[str, Any], new: dict[str, Any]) -> None:
    parts = ("crews", "sites", "bench")
    whole = {k: v for k, v in new.items() if k not in parts}
    whole |= {part: {**dict.fromkeys(old[part]), **new[part]} for part in parts}
    assert joined(old, written(whole)) == new


def test_a_visit_that_has_begun_since_costs_a_number() -> None:
    before = {"crews": {"C1": {"trips": [["a"]], "visits": [[1, "a", 0], [2, "b", 0]]}}, "sites": {}, "bench": {}}
    after = {"crews": {"C1": {"trips": [["a"]], "visits": [[1, "a", 1], [2, "b", 0]]}}, "sites": {}, "bench": {}}
    assert difference(after, before) == {"crews": {"C1": {"visits": [-1, 2]}}}
