"""The benchmarks of whole buildings run at their small sizes and hold their own agreement."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("numba", reason="needs the extra 'site'")
pytest.importorskip("typst", reason="needs the extra 'conformance'")

from benchmarks import clinic, hospitals, what_if

pytestmark = pytest.mark.usefixtures("without_outside_results")


@pytest.fixture
def without_outside_results(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SETSAIL_ORACLES", str(tmp_path))


def test_a_whole_process_tells_where_its_time_goes_and_that_no_clinic_was_there(tmp_path: Path) -> None:
    source, told = clinic.building()
    assert "no clinic" in told
    met = clinic.whole(source, 2.0, tmp_path)
    assert {*clinic.STEPS, "rooms", "heads", "findings"} == set(met)
    assert (tmp_path / "report.pdf").is_file()
    assert min(met["rooms"], met["heads"], met["findings"]) > 0


def test_a_moved_head_is_judged_as_the_moved_network_is() -> None:
    (row,) = what_if.run("smoke")
    assert 0 < row["judged_again"] < row["findings"]


def test_a_batch_of_hospitals_tells_its_rate_at_each_mark() -> None:
    rows = hospitals.run("smoke")
    assert [row["sites"] for row in rows] == [1, 2]
    assert all(row["sites_per_core_minute"] > 0 for row in rows)
