"""`setsail rollout example|new|check|show|export|travel`: exit codes, words and forms of output."""

from __future__ import annotations

import csv
import io
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.base.errors import NotComputable, StoreConflict
from setsail.cli.main import run
from setsail.rollout import cases
from setsail.rollout.folder.reading import read


def _json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert run(["rollout", *words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    api.rollout_example("wuhan-2020", tmp_path / "w")
    return tmp_path / "w"


def test_an_example_becomes_a_folder_that_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got = _json(capsys, "example", "wuhan-2020", "--out", str(tmp_path / "w"))
    assert (got["sites"], got["history"], got["marks"]) == (29, 24, {"assumed": 11, "published": 18})
    assert run(["rollout", "example", "huoshenshan-2020", "--out", str(tmp_path / "w")]) == 2
    assert "--replace" in capsys.readouterr().err
    assert read(tmp_path / "w") == cases.example("wuhan-2020")
    assert run(["rollout", "example", "huoshenshan-2020", "--out", str(tmp_path / "w"), "--replace"]) == 0
    assert read(tmp_path / "w") == cases.example("huoshenshan-2020")


def test_an_unknown_example_names_those_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollout", "example", "atlantis", "--out", str(tmp_path / "w")]) == 2
    assert "huoshenshan-2020" in capsys.readouterr().err
    assert not (tmp_path / "w").exists()
    assert api.rollout_examples() == list(cases.EXAMPLES)


def test_own_sites_become_a_rollout_and_everything_assumed_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sites = tmp_path / "mine.csv"
    sites.write_bytes("医院名称,纬度,经度\n合成甲医院,30.6,114.3\n合成乙医院,30.5,114.4\n".encode("gb18030"))
    words = ["new", "--sites", str(sites), "--notice", "2026-03-01T22:00+08:00", "--depot", "30.47,114.41"]
    got = _json(capsys, *words, "--vehicles", "2", "--out", str(tmp_path / "w"))
    assert (got["sites"], got["crews"], got["deadline"]) == (2, 2, "2026-03-02T22:00:00+08:00")
    assert {"deadline", "capacity", "lines"} <= {row["subject"] for row in got["assumed"]}
    assert {"depot", "vehicles", "notice"}.isdisjoint(row["subject"] for row in got["assumed"])
    assert run(["rollout", *words, "--out", str(tmp_path / "v")]) == 0
    assert "assumed: vehicles: 1, each with one crew" in capsys.readouterr().err
    assert [s.name for s in read(tmp_path / "w").sites] == ["合成甲医院", "合成乙医院"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--depot", "30.47"), "--depot: is '30.47'"),
        (("--depot", "130,30"), "is 130"),
        (("--notice", "2026-03-01T22:00"), "--notice: is '2026-03-01T22:00', without an offset"),
        (("--vehicles", "0"), "--vehicles: is 0"),
        (("--speed", "nan"), "is nan"),
        (("--datum", "mars"), "wgs84, gcj02, bd09"),
    ],
)
def test_an_option_that_cannot_be_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    (tmp_path / "mine.csv").write_text("name,lat,lon\nOne,30.6,114.3\n")
    assert run(["rollout", "new", "--sites", str(tmp_path / "mine.csv"), "--out", str(tmp_path / "w"), *words]) == 2
    assert told in capsys.readouterr().err
    assert not (tmp_path / "w").exists()


def test_a_sound_rollout_is_checked_with_zero_and_an_impossible_one_with_one(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got = _json(capsys, "check", str(folder))
    assert (got["sound"], got["possible"], got["counts"]["impossible"]) == (True, True, 0)
    (folder / "equipment.csv").write_text("kind,depot,sets\nterminal,D1,28\n")
    got = _json(capsys, "check", str(folder), code=1)
    assert (got["sound"], got["possible"]) == (True, False)
    assert got["findings"][0]["what"] == "has 28 sets of 'terminal', and the sites need 29"
    (folder / "crews.csv").write_text("crew,vehicle\nC1,V1\nC2,V77\nC3,V78\n")
    got = _json(capsys, "check", str(folder), code=1)
    assert [f["what"] for f in got["findings"]] == ["is 'V77'", "is 'V78'"]
    (folder / "crews.csv").write_text("crew,vehicle\nC1\n")
    assert run(["rollout", "check", str(folder)]) == 2
    assert "crews.csv:2: has 1 cells" in capsys.readouterr().err


def test_sites_are_shown_as_a_table_and_everything_as_json(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    got = _json(capsys, "show", str(folder))
    assert (len(got["sites"]), got["travel"]["mark"], got["count"]["crews"]) == (29, "assumed", 8)
    assert run(["rollout", "show", str(folder)]) == 0
    shown = capsys.readouterr()
    assert "Wuhan Jinyintan Hospital" in shown.out
    assert "deadline: 2020-02-06T22:00:00+08:00" in shown.err


def test_a_rollout_without_a_plan_has_nothing_to_export(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["rollout", "export", str(folder), "--csv"]) == 2
    assert "has no plan yet; try: setsail rollout plan" in capsys.readouterr().err
    with pytest.raises(NotComputable):
        api.rollout_export(folder)


def test_driving_times_frozen_into_a_table_are_the_same_rollout(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["rollout", "travel", str(folder), "--format", "csv", "--out", str(folder / "travel.csv")]) == 0
    before = api.rollout_travel(folder)
    text = (folder / "rollout.toml").read_text(encoding="utf-8")
    (folder / "rollout.toml").write_text(text.replace('method = "circle"', 'method = "matrix"'), encoding="utf-8")
    assert api.rollout_travel(folder) == before
    capsys.readouterr()


def test_a_closed_bridge_makes_ways_longer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    api.rollout_example("wuhan-2020-bridges", tmp_path / "w")
    open_ = {(r["from"], r["to"]): r["minutes"] for r in _json(capsys, "travel", str(tmp_path / "w"))}
    words = ("travel", str(tmp_path / "w"), "--closed", "yangtze-2", "--closed", "sanyang-tunnel")
    shut = {(r["from"], r["to"]): r["minutes"] for r in _json(capsys, *words)}
    assert all(shut[p] >= open_[p] for p in open_)
    assert sum(shut[p] > open_[p] + 1 for p in open_) > 10
    assert run(["rollout", "travel", str(tmp_path / "w"), "--closed", "yangtze-9"]) == 2
    assert "yangtze-2" in capsys.readouterr().err


def test_of_two_who_write_one_folder_at_once_one_is_refused_and_the_folder_is_whole(tmp_path: Path) -> None:
    def attempt(name: str) -> bool:
        try:
            api.rollout_example(name, tmp_path / "w")
        except StoreConflict:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(attempt, ["wuhan-2020", "huoshenshan-2020"] * 4))
    assert sum(done) == 1
    assert read(tmp_path / "w").rollout in ("wuhan-2020", "huoshenshan-2020")
    assert [p.name for p in tmp_path.iterdir()] == ["w"]


def test_a_planned_rollout_is_exported_as_sites_by_stages(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if run(["rollout", "plan", str(folder), "--format", "json"]) > 1:
        pytest.skip("the extra rollout is not installed")
    capsys.readouterr()
    assert run(["rollout", "export", str(folder), "--csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [r["site"] for r in rows] == [s.site for s in read(folder).sites]
    assert all(r["surveyed"] < r["delivered"] <= r["installed"] < r["registered"] < r["accepted"] for r in rows)
    assert sum(r["delivered"] <= "2020-02-06T07:30:00+08:00" for r in rows) >= 22
