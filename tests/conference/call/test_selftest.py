"""`setsail conference selftest`: numbers, exit codes, refusals, one line where Janus is missing."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("aiortc")

from setsail.cli.main import run


def _selftest(options: str) -> int:
    return run(["conference", "selftest", *options.split()])


def test_a_small_call_passes_and_tells_its_numbers(janus_here: None, capsys: pytest.CaptureFixture[str]) -> None:
    code = _selftest("--sites 3 --receive 2 --seconds 3 --wrong-pin --format json")
    told = json.loads(capsys.readouterr().out)
    assert code == 0
    assert told["passed"] is True
    assert (told["joined"], told["streams"], told["marks_verified"], told["tones_verified"]) == (3, 6, 6, 6)
    assert told["loss_after_repair_ratio"] == 0
    assert told["pairs_seen"] == told["pairs"] == 6
    assert 5 < told["min_fps"] <= 15.5
    assert 0 < told["server_cpu_cores"] < 2
    assert told["server_memory_mb"] > 5
    assert told["failed"]["wrong-pin"].startswith("conference-wrong-pin")
    assert told["wall_s"] > told["seconds"] == 3.0


def test_more_sites_than_planned_is_a_negative_judgement(janus_here: None, capsys: pytest.CaptureFixture[str]) -> None:
    code = _selftest("--sites 4 --planned 2 --receive 1 --seconds 2 --no-audio")
    out = capsys.readouterr()
    assert code == 1
    assert "FAILED" in out.out
    assert out.err.count("conference-room-full") == 2


@pytest.mark.parametrize(
    ("words", "named"),
    [
        ("--sites 1", "--sites"), ("--sites 201", "--sites"), ("--receive 0", "--receive"),
        ("--receive 29", "--receive"), ("--seconds 1.9", "--seconds"), ("--seconds nan", "--seconds"),
        ("--codec h265", "--codec"), ("--fps 4", "--fps"), ("--kbps 59", "--kbps"), ("--planned 0", "--planned"),
    ],
)  # fmt: skip
def test_a_bad_option_is_named_with_what_is_allowed(words: str, named: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["conference", "selftest", *words.split()]) == 2
    err = capsys.readouterr().err
    assert named in err
    assert "allowed" in err
    assert len(err.strip().splitlines()) == 1


def test_without_janus_one_line_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SETSAIL_JANUS", raising=False)
    assert run(["conference", "selftest", "--sites", "2"]) == 2
    err = capsys.readouterr().err.strip()
    assert err.startswith("error [missing-extra] janus:")
    assert len(err.splitlines()) == 1


@pytest.mark.slow
def test_twenty_nine_sites_see_and_hear_each_other(janus_here: None, capsys: pytest.CaptureFixture[str]) -> None:
    code = _selftest("--sites 29 --receive 4 --seconds 20 --kill-server --format json")
    told = json.loads(capsys.readouterr().out)
    assert code == 0, told["failed"]
    assert (told["joined"], told["streams"], told["marks_verified"]) == (29, 116, 116)
    assert told["tones_verified"] == told["pairs"] == 812
    assert told["loss_after_repair_ratio"] < 0.007
    assert told["pairs_seen"] > 700
    assert told["back_s"] < 5


@pytest.mark.slow
def test_sixty_where_forty_were_planned_keeps_the_forty(janus_here: None, capsys: pytest.CaptureFixture[str]) -> None:
    code = _selftest("--sites 60 --planned 40 --receive 2 --seconds 6 --format json")
    told = json.loads(capsys.readouterr().out)
    assert code == 1
    assert told["joined"] == 40
    assert len(told["failed"]) == 20
    assert all(why.startswith("conference-room-full") for why in told["failed"].values())
    assert told["marks_verified"] == told["streams"] == 80
