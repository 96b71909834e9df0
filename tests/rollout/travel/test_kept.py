"""Driving times kept beside the log: the same as worked out, found again, never in the way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from setsail.rollout import cases
from setsail.rollout.model import Rollout
from setsail.rollout.travel import kept
from setsail.rollout.travel.study import times


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> Rollout:
    monkeypatch.setattr(kept, "FROM_PLACES", 10)
    return cases.generated(64, 1)


def files(folder: Path) -> list[Path]:
    return sorted((folder / kept.FOLDER).glob("*"))


def test_kept_times_are_those_that_are_worked_out_the_first_time_and_later(tmp_path: Path, made: Rollout) -> None:
    for _ in range(2):
        found, worked_out = kept.kept_times(tmp_path, made), times(made)
        assert (found.places, found.index) == (worked_out.places, worked_out.index)
        np.testing.assert_array_equal(found.seconds, worked_out.seconds)
        np.testing.assert_array_equal(found.metres, worked_out.metres)
    assert len(files(tmp_path)) == 1


def test_a_changed_place_or_speed_or_closed_road_finds_no_old_times(tmp_path: Path, made: Rollout) -> None:
    kept.kept_times(tmp_path, made)
    moved = replace(made, sites=(replace(made.sites[0], latitude_deg=30.2), *made.sites[1:]))
    slow = replace(made, travel=replace(made.travel, speed_kmh=20.0))
    closed = frozenset({f"{made.sites[0].site}|{made.sites[1].site}"})
    for changed, roads in ((moved, frozenset[str]()), (slow, frozenset[str]()), (made, closed)):
        np.testing.assert_array_equal(kept.kept_times(tmp_path, changed, roads).seconds, times(changed, roads).seconds)
    assert len(files(tmp_path)) == kept.MOST_KEPT


@pytest.mark.parametrize("damage", ["empty", "short", "other"])
def test_a_damaged_file_is_worked_out_anew(tmp_path: Path, made: Rollout, damage: str) -> None:
    kept.kept_times(tmp_path, made)
    file = files(tmp_path)[0]
    content = {"empty": b"", "short": file.read_bytes()[:-100], "other": b"no array at all"}[damage]
    file.write_bytes(content)
    np.testing.assert_array_equal(kept.kept_times(tmp_path, made).seconds, times(made).seconds)
    assert file.stat().st_size > len(content)


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path, made: Rollout) -> None:
    (tmp_path / kept.FOLDER).write_text("a file in the way")
    np.testing.assert_array_equal(kept.kept_times(tmp_path, made).seconds, times(made).seconds)


def test_small_rollouts_and_calls_without_a_folder_keep_nothing(tmp_path: Path) -> None:
    small = cases.generated(64, 1)
    kept.kept_times(tmp_path, small)
    kept.kept_times(None, small)
    assert not (tmp_path / kept.FOLDER).exists()
