"""What is written is read again as it was; it is written whole or not at all."""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from setsail.base.errors import BadInput, OutOfRange, StoreConflict
from setsail.rollout import cases
from setsail.rollout.folder import files
from setsail.rollout.folder.reading import history, read
from setsail.rollout.folder.writing import write
from setsail.rollout.model import Rollout, Travel
from tests.rollout.folder.rollouts import at, rollouts, small, with_site


@given(made=rollouts())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_any_rollout_is_read_again_as_it_was_written(made: Rollout) -> None:
    with tempfile.TemporaryDirectory() as folder:
        write(made, Path(folder) / "w")
        assert read(Path(folder) / "w") == made


@pytest.mark.parametrize("name", ["wuhan-2020", "wuhan-2020-bridges", "huoshenshan-2020", "generated-64"])
def test_an_example_is_read_again_as_it_was_written(name: str, tmp_path: Path) -> None:
    write(cases.example(name), tmp_path / "w", history=cases.example_history(name))
    assert read(tmp_path / "w") == cases.example(name)
    assert history(tmp_path / "w") == cases.example_history(name)


def test_replacing_a_rollout_keeps_its_event_log_and_drops_tables_that_are_gone(tmp_path: Path) -> None:
    write(cases.example("wuhan-2020-bridges"), tmp_path / "w", history=cases.example_history("wuhan-2020"))
    (tmp_path / "w" / "events.jsonl").write_text(json.dumps({"n": 1}) + "\n")
    write(small(), tmp_path / "w", replace=True)
    assert read(tmp_path / "w") == small()
    assert (tmp_path / "w" / "events.jsonl").read_text() == '{"n": 1}\n'
    assert not (tmp_path / "w" / files.BRIDGES).exists()
    assert (tmp_path / "w" / files.HISTORY).exists()


def test_a_folder_that_is_there_is_not_replaced_unless_asked(tmp_path: Path) -> None:
    write(small(), tmp_path / "w")
    with pytest.raises(StoreConflict, match="--replace"):
        write(small(name="Another"), tmp_path / "w")
    assert read(tmp_path / "w").name == "A synthetic rollout"


def test_a_folder_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(StoreConflict, match=r"holds files and no rollout\.toml"):
        write(small(), tmp_path, replace=True)
    assert [p.name for p in tmp_path.iterdir()] == ["notes.txt"]


def test_a_rollout_that_breaks_a_rule_is_not_written(tmp_path: Path) -> None:
    with pytest.raises(OutOfRange):
        write(with_site(latitude_deg=91.0), tmp_path / "w")
    assert list(tmp_path.iterdir()) == []


def test_a_write_that_fails_midway_leaves_the_old_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(small(), tmp_path / "w")
    plain = Path.write_text

    def full(path: Path, text: str, **how: str) -> int:
        if path.name == files.CREWS:
            raise OSError(28, "No space left on device")
        return plain(path, text, **how)

    monkeypatch.setattr(Path, "write_text", full)
    with pytest.raises(BadInput, match="No space left on device"):
        write(small(name="Another"), tmp_path / "w", replace=True)
    assert read(tmp_path / "w") == small()
    assert [p.name for p in tmp_path.iterdir()] == ["w"]


def test_an_extract_named_beside_the_files_is_found_from_anywhere(tmp_path: Path) -> None:
    write(small(travel=Travel("osm", extract="roads.osm.pbf")), tmp_path / "w")
    assert read(tmp_path / "w").travel.extract == str(tmp_path / "w" / "roads.osm.pbf")


def test_events_of_history_are_told_in_the_order_of_time(tmp_path: Path) -> None:
    events = (files.HistoryEvent(at(3), "line-late", "S1", until=at(9)), files.HistoryEvent(at(2), "note", what="x"))
    write(small(), tmp_path / "w", history=events)
    assert history(tmp_path / "w") == (events[1], events[0])


def test_ten_thousand_sites_are_read_again(tmp_path: Path) -> None:
    made = replace(cases.generated(10_000, 3), note="Synthetic: ten thousand.")
    write(made, tmp_path / "w")
    assert read(tmp_path / "w") == made
