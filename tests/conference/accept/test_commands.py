"""The commands of this subject: exit codes, words, and what they refuse."""

from __future__ import annotations

import importlib
import json
import threading
import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.cli.main import run
from setsail.conference.accept.rate_peer import RatePeer
from setsail.conference.accept.record import Stored
from setsail.conference.accept.reflector import Reflector
from setsail.rollout.cases import example
from setsail.rollout.folder import writing
from tests.conference.accept.far_end import far_end

Shown = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    writing.write(example("wuhan-2020"), tmp_path / "w")
    monkeypatch.setenv("SETSAIL_NOW", "2020-02-06T12:00:00+08:00")
    return tmp_path / "w"


def told(capsys: Shown) -> Any:
    return json.loads(capsys.readouterr().out)


def test_a_link_test_tells_link_and_rates_as_json(capsys: Shown) -> None:
    with far_end(Reflector(), RatePeer()) as port:
        code = run([
            "conference", "link-test", f"127.0.0.1:{port}", "--seconds", "0.2", "--interval-ms", "10", "--dscp", "34",
            "--up-kbps", "200", "--format", "json",
        ])  # fmt: skip
    found = told(capsys)
    assert (code, found["sent"], found["answered"], found["dscp_kept"]) == (0, 20, True, True)
    assert [s["share"] for s in found["rate"]["steps"]] == [0.25, 0.5, 0.75, 1.0]


def test_a_link_test_into_silence_ends_with_code_1(capsys: Shown) -> None:
    assert run(["conference", "link-test", "127.0.0.1:9", "--seconds", "0.1", "--format", "json"]) == 1
    assert told(capsys)["answered"] is False


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["link-test", "nowhere"], "cannot be resolved"),
        (["link-test", "127.0.0.1:99999"], "HOST:PORT"),
        (["link-test", "127.0.0.1:9", "--dscp", "64"], "--dscp"),
        (["link-test", "127.0.0.1:9", "--key", "/nonexistent"], "cannot be read"),
        (["reflector", "--listen", "192.0.2.254:5"], "cannot be listened on"),
        (["reflector", "--listen", "127.0.0.1:0", "--seconds", "0"], "--seconds"),
        (["accept", "--rollout", "W"], "both missing"),
        (["accept", "--rollout", "W", "--site", "S01", "--all"], "both given"),
        (["accept", "--rollout", "W", "--site", "S01"], "--no-event for a test"),
        (["accept", "--rollout", "W", "--site", "S01", "--no-event"], "conference up"),
        (["accept", "--rollout", "W", "--site", "S01", "--simulate", "--listen", "127.0.0.1:0"], "--listen"),
        (["accept", "--rollout", "W", "--site", "S01", "--listen", "127.0.0.1:0", "--peer", "127.0.0.1:9"], "--peer"),
        (["accept", "--rollout", "W", "--site", "S01", "--listen", "127.0.0.1:0", "--wait", "0"], "wait"),
        (["participant", "127.0.0.1", "--site", "S01", "--pin-file", "no.txt"], "cannot be read"),
        (["participant", "127.0.0.1:1", "--site", "S01", "--pin-file", "PIN", "--wait", "0"], "does not answer"),
        (["participant", "127.0.0.1:x", "--site", "S01", "--pin-file", "PIN"], "HOST:PORT"),
        (["accept", "--rollout", "W", "--site", "S99", "--simulate"], "S99"),
        (["accept", "--rollout", "W", "--site", "S01", "--simulate"], "conference up"),
        (["accept", "--rollout", "W", "--site", "S01", "--simulate", "--needs", "luck"], "--needs"),
        (["accept", "--rollout", "W", "--site", "S01", "--simulate", "--at", "2020-02-01T00:00:00+08:00"], "--at"),
        (["accept", "--rollout", "W", "--site", "S01", "--simulate", "--seconds", "1"], "seconds"),
        (["verify-record", "no.json", "--trust", "no.pub.json"], "does not exist"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(folder: Path, arguments: list[str], said: str, capsys: Shown) -> None:
    (folder / "pin").write_text("12345678\n", encoding="ascii")
    places = {"W": str(folder), "PIN": str(folder / "pin")}
    code = run(["conference", *(places.get(a, a) for a in arguments)])
    err = capsys.readouterr().err
    assert code == 2, err
    assert said in err
    assert "[fault]" not in err


def test_a_site_that_the_log_says_is_accepted_is_not_measured_again(folder: Path, capsys: Shown) -> None:
    tell = ["rollout", "event", str(folder), "accepted", "--site", "S01", "--at", "07:00", "--format", "json"]
    assert run(tell) in {0, 1}
    capsys.readouterr()
    assert run(["conference", "accept", "--rollout", str(folder), "--site", "S01"]) == 2
    assert "finished" in capsys.readouterr().err
    assert not (folder / "accept" / "S01").exists()


@pytest.fixture
def played(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A planned rollout whose acceptances pass on a call that is not made; no record is written either."""
    study: Any = pytest.importorskip(
        "setsail.conference.accept.study", reason="the extra 'conference' is not installed"
    )
    together: Any = importlib.import_module("setsail.conference.accept.together")

    def passed(context: Any, site: str, options: Any) -> Stored:
        content = {"site": site, "passed": True, "verdict": "pass", "failing_step": "", "reason": "", "steps": []}
        return Stored(folder / site, "0" * 64, {**content, "synthetic": options.simulate})

    monkeypatch.setattr(study, "accept", passed)
    monkeypatch.setattr(
        together, "accept_all", lambda context, options, *, sites: [passed(context, s, options) for s in sites]
    )
    assert run(["rollout", "plan", str(folder), "--seconds", "1", "--at", "22:00"]) == 0
    return folder


def accepted(folder: Path) -> list[str]:
    return [e["site"] for e in api.rollout_events(folder) if e["kind"] == "accepted"]


def first_and_last(folder: Path) -> list[dict[str, Any]]:
    """The sites that are installed first and last by the plan."""
    sites = api.rollout_board(folder)["sites"]
    ordered = sorted(sites, key=lambda s: s["stages"]["installed"]["planned"])
    return [ordered[0], ordered[-1]]


def test_a_simulated_terminal_accepts_no_site_in_the_log_unless_asked(played: Path, capsys: Shown) -> None:
    first, last = first_and_last(played)
    accept = ["conference", "accept", "--rollout", str(played), "--simulate", "--site", first["site"], "--at", "08:30"]
    assert run(accept) == 0
    assert "not told to the log of the rollout; --event tells it" in capsys.readouterr().err
    assert run([*accept[:5], "--site", last["site"], "--at", "03:00"]) == 0
    assert run([*accept[:4], "--all", "--at", "03:00"]) == 0
    assert accepted(played) == []
    assert run([*accept, "--event"]) == 0
    assert accepted(played) == [first["site"]]


def test_a_real_terminal_is_told_to_the_log_unless_not_wanted(played: Path) -> None:
    first, _ = first_and_last(played)
    accept = ["conference", "accept", "--rollout", str(played), "--site", first["site"], "--at", "08:30"]
    assert run([*accept, "--no-event"]) == 0
    assert accepted(played) == []
    assert run(accept) == 0
    assert accepted(played) == [first["site"]]


@pytest.mark.parametrize("how", [[], ["--simulate", "--event"]])
def test_a_site_where_the_crew_is_still_at_work_is_not_accepted(played: Path, how: list[str], capsys: Shown) -> None:
    _, last = first_and_last(played)
    ends = datetime.fromisoformat(last["stages"]["installed"]["planned"])
    accept = ["conference", "accept", "--rollout", str(played), "--site", last["site"], *how, "--at"]
    early = (ends - timedelta(minutes=1)).isoformat()
    assert run([*accept, early]) == 2
    told = capsys.readouterr().err
    assert f"{last['site']} is not installed by {early}" in told
    assert f"from {ends.isoformat()} on, by the plan" in told
    assert "done --stage installed" in told
    assert accepted(played) == []
    done = ["rollout", "event", str(played), "done", "--stage", "installed", "--site", last["site"], "--at", early]
    assert run(done) == 0
    assert run([*accept, early]) == 0
    assert accepted(played) == [last["site"]]


def test_sites_that_are_not_installed_are_left_out_where_all_are_told(played: Path, capsys: Shown) -> None:
    first, last = first_and_last(played)
    at = first["stages"]["installed"]["planned"]
    capsys.readouterr()
    assert run(["conference", "accept", "--rollout", str(played), "--all", "--event", "--at", at, "-f", "json"]) == 0
    found = told(capsys)
    assert "is not installed by" in found["left_out"][last["site"]]
    assert first["site"] in accepted(played)
    assert set(accepted(played)) | set(found["left_out"]) == {s["site"] for s in api.rollout_board(played)["sites"]}


def test_a_reflector_ends_by_itself_and_says_what_it_answered(capsys: Shown) -> None:
    codes: list[int] = []
    runs = threading.Thread(
        target=lambda: codes.append(
            run(["conference", "reflector", "--listen", "127.0.0.1:0", "--seconds", "1", "--format", "json"])
        )
    )
    begun = time.monotonic()
    runs.start()
    runs.join(30)
    assert codes == [0]
    assert time.monotonic() - begun >= 1
    assert told(capsys)["told"] == {}
