"""`setsail conference` up, down, status: one conference after another, killed in every way, and what is refused."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.base.errors import MissingExtra
from setsail.cli.main import run
from setsail.conference.server import lifecycle, state
from setsail.conference.server.client import Client
from setsail.conference.server.find import find_janus, find_program
from setsail.conference.server.janus import free_ports
from setsail.conference.server.videoroom import VideoRoom

SETSAIL = [sys.executable, "-c", "from setsail.cli.main import main; main()"]
RECOVERY_S = 5.0
"""The requirement: a killed server is back, with its participants, within five seconds."""


@pytest.fixture(scope="module", autouse=True)
def _janus() -> None:
    pytest.importorskip("websockets", reason="the extra 'conference' is not installed")
    try:
        find_janus()
    except MissingExtra as err:
        pytest.skip(str(err))


@pytest.fixture
def rollout(tmp_path: Path) -> Iterator[Path]:
    """The folder of a small rollout; whatever runs for it is ended afterwards."""
    folder = tmp_path / "w"
    assert run(["rollout", "example", "wuhan-2020", "--out", str(folder)]) == 0
    try:
        yield folder
    finally:
        lifecycle.down(folder)
        assert not state.read(state.folder_of(folder)).left


def _json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    capsys.readouterr()
    assert run(["conference", *words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def _error(capsys: pytest.CaptureFixture[str], *words: str, code: int = 2) -> str:
    capsys.readouterr()
    assert run(["conference", *words]) == code
    said = capsys.readouterr()
    assert not said.out
    return said.err


def _service(status: Any, name: str) -> Any:
    return next(s for s in status["services"] if s["service"] == name)


def test_conference_goes_up_once_is_looked_at_and_goes_down(rollout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    up = _json(capsys, "up", "-r", str(rollout))
    assert (up["how"], up["room"], up["places"], up["recorded"]) == ("opened", 2020, 33, False)
    assert up["firewall"][0].startswith("udp 20000-23999 to ")
    assert _json(capsys, "up", "-r", str(rollout))["how"] == "running already"

    status = _json(capsys, "status", "-r", str(rollout))
    assert status["up"]
    assert status["supervised"]
    assert [s["service"] for s in status["services"]] == ["supervisor", "janus"]
    assert status["rooms"][0]["pin_required"]
    assert run(["conference", "status", "-r", str(rollout)]) == 0
    assert "janus" in capsys.readouterr().out

    pids = [s["pid"] for s in status["services"]]
    assert sorted(_json(capsys, "down", "-r", str(rollout))["ended"]) == ["janus", "supervisor"]
    assert not any(Path(f"/proc/{pid}/exe").exists() for pid in pids)
    assert _json(capsys, "down", "-r", str(rollout))["ended"] == []
    gone = _json(capsys, "status", "-r", str(rollout), code=1)
    assert (gone["up"], gone["note"]) == (False, "no conference is up")


def test_killed_server_is_back_with_its_participant_within_five_seconds(
    rollout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _json(capsys, "up", "-r", str(rollout))
    order = state.running(rollout)
    pid = _service(_json(capsys, "status", "-r", str(rollout)), "janus")["pid"]

    async def fall() -> float:
        lost = asyncio.Event()
        client = await Client.connect(order.place, on_lost=lambda _: lost.set())
        await (await VideoRoom.attach(client)).join_publisher(2020, pin=order.rooms.pin, display="S01")
        began = time.monotonic()
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(RECOVERY_S):
            await lost.wait()
            await client.close()
            async with await Client.connect(order.place, within_s=RECOVERY_S) as again:
                seat = await VideoRoom.attach(again)
                await seat.join_publisher(2020, pin=order.rooms.pin, display="S01")
                passed = time.monotonic() - began
                assert [p["display"] for p in await seat.participants(2020)] == ["S01"]
        return passed

    assert asyncio.run(fall()) < RECOVERY_S
    end = time.monotonic() + RECOVERY_S
    while _service(status := api.conference_status(rollout), "janus")["state"] != "up":
        assert time.monotonic() < end
    assert _service(status, "janus")["restarts"] == 1
    assert "SIGKILL" in _service(status, "janus")["note"]


def test_killed_supervisor_is_told_and_taken_over_without_touching_the_call(
    rollout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        find_program("turnserver")
        relay = ["--turn", "--turn-port", str(free_ports(1, kind=socket.SOCK_DGRAM)[0])]
    except MissingExtra:
        relay = []
    _json(capsys, "up", "-r", str(rollout), *relay)
    before = _json(capsys, "status", "-r", str(rollout))
    os.kill(_service(before, "supervisor")["pid"], signal.SIGKILL)
    orphaned = _json(capsys, "status", "-r", str(rollout))
    assert (orphaned["up"], orphaned["supervised"]) == (True, False)
    assert "the supervisor was killed" in orphaned["note"]

    assert _json(capsys, "up", "-r", str(rollout))["how"] == "taken over"
    after = _json(capsys, "status", "-r", str(rollout))
    assert after["supervised"]
    same = [s["service"] for s in before["services"] if s["service"] != "supervisor"]
    assert [_service(after, n)["pid"] for n in same] == [_service(before, n)["pid"] for n in same]

    os.kill(_service(after, "supervisor")["pid"], signal.SIGKILL)
    assert sorted(_json(capsys, "down", "-r", str(rollout))["ended"]) == sorted(same)


def test_two_who_open_at_once_open_one(rollout: Path) -> None:
    def up(_: int) -> str:
        done = subprocess.run(
            [*SETSAIL, "conference", "up", "-r", str(rollout), "-f", "json"],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
        return str(json.loads(done.stdout)["how"])

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(up, range(2))) == ["opened", "running already"]


def test_conference_in_the_foreground_ends_with_ctrl_c(rollout: Path) -> None:
    command = [*SETSAIL, "conference", "up", "-r", str(rollout), "--foreground"]
    with subprocess.Popen([*command, "-f", "json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as stays:
        assert stays.stderr is not None
        assert "the conference runs" in stays.stderr.readline()
        janus = state.read(state.folder_of(rollout)).service("janus")
        assert janus is not None
        assert janus.alive
        stays.send_signal(signal.SIGINT)
        out, _ = stays.communicate(timeout=20)
    assert stays.returncode == 0
    assert json.loads(out)["up"] is True
    assert not janus.alive


def test_port_that_is_taken_is_named_with_its_holder_and_nothing_is_left(
    rollout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        port = held.getsockname()[1]
        said = _error(capsys, "up", "-r", str(rollout), "--port", str(port))
    assert "[port-taken]" in said
    assert f"127.0.0.1:{port}/tcp" in said
    assert f"pid {os.getpid()}" in said
    assert not api.conference_status(rollout)["up"]
    assert _json(capsys, "up", "-r", str(rollout), "--port", str(port))["up"]


def test_system_without_janus_is_told_in_one_line(
    rollout: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.delenv("SETSAIL_JANUS", raising=False)
    said = _error(capsys, "up", "-r", str(rollout))
    assert said.startswith("error [missing-extra] janus: is not to be had on this system")
    assert said.count("\n") == 1
    assert not (rollout / "conference").exists()
    assert "no apt-get here" in _error(capsys, "unpack")


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--listen", "127.0.0.1"], "cannot carry media"),
        (["--listen", "203.0.113.9"], "no address of this machine"),
        (["--participants", "0"], "participants"),
        (["--participants", "1001"], "participants"),
        (["--media-ports", "20000"], "LOW-HIGH"),
        (["--media-ports", "20000-20050"], "99 and more"),
        (["--media-ports", "30000-20000"], "the smaller first"),
        (["--media-ports", "23000-24100"], "plain RTP"),
    ],
)
def test_wish_that_cannot_be_met_is_refused_before_anything_runs(
    rollout: Path, capsys: pytest.CaptureFixture[str], words: list[str], told: str
) -> None:
    assert told in _error(capsys, "up", "-r", str(rollout), *words)
    assert not (rollout / "conference" / "order.json").exists()


def test_order_that_cannot_be_read_is_told_and_ended_by_down(rollout: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = rollout / "conference" / "order.json"
    order.parent.mkdir()
    order.write_text("{}")
    assert _json(capsys, "status", "-r", str(rollout), code=1)["note"] == "no conference is up"
    assert _json(capsys, "up", "-r", str(rollout))["how"] == "opened"
    order.write_text("{}")
    for words in (["up"], ["status"]):
        assert "[store-corrupt]" in _error(capsys, *words, "-r", str(rollout), code=3)
    assert sorted(_json(capsys, "down", "-r", str(rollout))["ended"]) == ["janus", "supervisor"]
    assert not order.exists()
    assert _json(capsys, "up", "-r", str(rollout))["how"] == "opened"


def test_folder_that_is_no_rollout_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["up"], ["down"], ["status"]):
        assert "does not exist" in _error(capsys, *words, "-r", str(tmp_path / "none"))
    assert "has no rollout.toml" in _error(capsys, "up", "-r", str(tmp_path))
