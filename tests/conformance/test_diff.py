"""What changed between two judgements and between two versions of a profile."""

from __future__ import annotations

from pathlib import Path

from setsail.conformance.diff import changes, profile_changes
from setsail.conformance.verify import verify
from tests.conformance.small import made, network, rsrp, site


def test_change_tells_better_worse_new_and_gone(tmp_path: Path) -> None:
    rules = made(tmp_path, {})
    before = verify(site(), network(), rules, [rsrp(-100.0), rsrp(-110.0, "room:R2")])
    after = verify(
        site(), network(), rules, [rsrp(-106.0), rsrp(-104.0, "room:R2"), rsrp(-90.0, "room:R3")], before=before
    )
    found = changes(before, after)
    assert [(c.record()["subject"], c.direction, c.verdict_changed) for c in found] == [
        ("room:R1", "worse", True), ("room:R2", "better", True), ("room:R3", "new", True),
    ]  # fmt: skip
    assert [c.direction for c in changes(after, before)] == ["better", "worse", "gone"]


def test_same_verdict_with_another_margin_is_a_change_of_value_only(tmp_path: Path) -> None:
    rules = made(tmp_path, {})
    before, after = (verify(site(), network(), rules, [rsrp(v)]) for v in (-100.0, -101.0))
    (one,) = changes(before, after)
    assert (one.direction, one.verdict_changed) == ("worse", False)


def test_equal_designs_have_no_change(tmp_path: Path) -> None:
    rules = made(tmp_path, {})
    first = verify(site(), network(), rules, [rsrp(-100.0)])
    assert changes(first, verify(site(), network(), rules, [rsrp(-100.0)])) == ()


def test_profile_change_names_added_removed_and_changed_columns(tmp_path: Path) -> None:
    old = made(tmp_path / "1", {}, {"check": "gone"}, {"check": "same"})
    new = made(tmp_path / "2", {"limit": "-100", "version": "2"}, {"check": "same"}, {"check": "added"})
    found = {c.check: c for c in profile_changes(old, new)}
    assert {name: c.kind for name, c in found.items()} == {"x.rsrp": "changed", "gone": "removed", "added": "added"}
    assert set(found["x.rsrp"].what) == {"version", "limit"}
