"""Processes known by pid and start time, and ports known by their holder."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput
from setsail.conference.server import logs, process
from setsail.conference.server.ports import Port, PortTaken, require_free
from setsail.conference.server.process import Running, running, start

Run = Callable[[Any], Any]
SLEEPER = [sys.executable, "-c", "import time; time.sleep(60)"]


def _started(tmp_path: Path, command: list[str] = SLEEPER, **more: Any) -> Running:
    return start(command, log=tmp_path / "log", environment=os.environ, folder=tmp_path,
                 dies_with_us=more.get("dies_with_us", True))  # fmt: skip


def test_process_with_another_start_time_is_not_touched(tmp_path: Path, run_async: Run) -> None:
    one = _started(tmp_path)
    try:
        another = Running(one.pid, one.started_ticks - 1, one.boot)
        assert one.alive
        assert not another.alive
        assert not another.signal(signal.SIGKILL)
        run_async(another.end())
        assert one.alive
        assert not Running(one.pid, one.started_ticks, "another boot").alive
    finally:
        run_async(one.end())
    assert not one.alive


def test_process_that_ignores_the_question_is_ended_all_the_same(tmp_path: Path, run_async: Run) -> None:
    deaf = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    one = _started(tmp_path, [sys.executable, "-c", deaf])
    while "deaf" not in (tmp_path / "log").read_text():
        os.sched_yield()
    run_async(one.end(grace_s=0.05))
    assert not one.alive


def test_end_of_a_process_is_told_in_words(tmp_path: Path, run_async: Run) -> None:
    one = _started(tmp_path, ["/bin/sh", "-c", "exit 7"])
    assert run_async(one.gone(20))
    assert process.reap(one.pid) == "ended with exit code 7"
    other = _started(tmp_path)
    other.signal(signal.SIGKILL)
    assert run_async(other.gone(20))
    assert process.reap(other.pid) == "ended by SIGKILL"
    assert process.reap(other.pid) == ""


def test_process_is_ended_by_the_kernel_with_the_one_that_started_it(tmp_path: Path, run_async: Run) -> None:
    code = (
        "import os, pathlib, sys\n"
        "from setsail.conference.server.process import start\n"
        "here = pathlib.Path(sys.argv[1])\n"
        "one = start([sys.executable, '-c', 'import time; time.sleep(60)'], log=here / 'log', environment=os.environ,"
        " folder=here, dies_with_us=True)\n"
        "(here / 'pid').write_text(f'{one.pid} {one.started_ticks}')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    parent = _started(tmp_path, [sys.executable, "-c", code, str(tmp_path)])
    assert run_async(parent.gone(30))
    process.reap(parent.pid)
    pid, ticks = map(int, (tmp_path / "pid").read_text().split())
    assert run_async(Running(pid, ticks).gone(20))


def test_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be started"):
        _started(tmp_path, [str(tmp_path / "nothing")])


def test_running_of_no_process_is_none() -> None:
    assert running(2**22 + 1) is None
    assert process.used(2**22 + 1) == (0.0, 0)


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_taken_port_is_named_with_its_holder(kind: Any) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as held:
        held.bind(("127.0.0.1", 0))
        if kind == "tcp":
            held.listen()
        port = Port(kind, "127.0.0.1", held.getsockname()[1])
        with pytest.raises(PortTaken) as met:
            require_free([port])
        assert str(port) in str(met.value)
        assert f"pid {os.getpid()}" in met.value.what
    require_free([port])


def test_log_that_grows_is_moved_aside_and_its_writer_goes_on(tmp_path: Path) -> None:
    log = tmp_path / "janus.log"
    with log.open("ab") as writer:
        for n in (b"1", b"2", b"3"):
            writer.write(n * 100)
            writer.flush()
            assert not logs.turn_over(log, biggest_bytes=100)
            assert logs.turn_over(log, biggest_bytes=99)
        writer.write(b"4")
        writer.flush()
    assert log.read_bytes() == b"4"
    assert (tmp_path / "janus.log.1").read_bytes() == b"3" * 100
    assert (tmp_path / "janus.log.2").read_bytes() == b"2" * 100


def test_log_without_room_for_its_older_part_is_emptied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(source: Path, target: Path) -> None:
        Path(target).write_bytes(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("setsail.conference.server.logs.shutil.copyfile", full)
    (tmp_path / "log").write_bytes(b"x" * 10)
    assert logs.turn_over(tmp_path / "log", biggest_bytes=5)
    assert (tmp_path / "log").read_bytes() == b""
    assert not (tmp_path / "log.1").exists()


def test_tail_of_a_log_tells_faults_first_and_only_of_this_run(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("[ERR] old\n")
    since = logs.size(log)
    assert logs.tail(log) == "[ERR] old"
    assert logs.tail(log, since=since) == "nothing"
    with log.open("a") as file:
        file.write("one\ntwo\n")
    assert logs.tail(log, since=since) == "one / two"
    assert logs.faults(log, since=since) == ""
    assert logs.tail(tmp_path / "none") == "nothing"
