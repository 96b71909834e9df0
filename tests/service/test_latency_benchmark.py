"""The benchmark of latency, untimed: enumeration and walk agree, and a difference would be told."""

from __future__ import annotations

from dataclasses import replace

import pytest
from benchmarks import latency

from setsail.service.latency import alignment
from setsail.service.latency.options import Radio


def test_both_sides_of_the_benchmark_agree() -> None:
    rows = latency.run("smoke")
    assert [row["case"] for row in rows] == ["latency_enumeration", "latency_flows"]
    assert rows[0]["configurations"] == 24


def test_difference_between_the_sides_would_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    true = alignment.align

    def wrong(radio: Radio) -> alignment.Alignment:
        found = true(radio)
        return replace(found, delay=found.delay.shifted(1e-3))

    wrong.cache_clear = true.cache_clear  # type: ignore[attr-defined]
    monkeypatch.setattr(alignment, "align", wrong)
    with pytest.raises(ValueError, match="against"):
        latency.run("smoke")
