"""The benchmark of many viewers runs at its small size, without an error, and within the memory that it states."""

from __future__ import annotations

import pytest
from benchmarks import viewers


def test_viewers_of_overview_and_map_meet_no_error_and_the_memory_keeps_to_its_bound() -> None:
    rows = viewers.run("smoke")
    whole, *kinds = rows
    assert whole["request"] == "all"
    assert whole["errors"] == 0
    assert whole["idle_mb"] < whole["peak_mb"] <= whole["bound_mb"]
    assert whole["requests"] == sum(row["requests"] for row in kinds)
    assert {row["request"] for row in kinds} >= {"page", "asset"}, "a busy machine gets no further in three seconds"
    assert all(row["p50_s"] <= row["p95_s"] <= row["max_s"] for row in rows)


def test_an_answer_that_is_an_error_ends_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "PLAN", "no-such-plan")
    monkeypatch.setitem(viewers.VIEWERS, "smoke", (1, 1.0, 1_000))
    with pytest.raises(RuntimeError, match="no-such-plan"):
        viewers.run("smoke")


def test_memory_beyond_what_the_settings_allow_ends_the_benchmark(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "allowed_mb", lambda: 0.0)
    monkeypatch.setitem(viewers.VIEWERS, "smoke", (1, 1.0, 1_000))
    with pytest.raises(RuntimeError, match="allowed"):
        viewers.run("smoke")
