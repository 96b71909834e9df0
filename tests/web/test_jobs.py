"""Background work: queue, progress, cancelling, the end of servers in the middle of it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import BadInput, StoreConflict
from setsail.cli.worker import worker
from setsail.store import jobs, people
from setsail.store.upkeep import check_workspace
from setsail.store.workspace import Workspace
from setsail.web import queueing
from setsail.web.tasks import TASKS
from setsail.web.worker import SILENT_BEATS, CancelledError, Context, Task, Worker
from tests.web.asgi import Client
from tests.web.conftest import NOW, PASSWORD, Server

JOBS = "/api/v1/jobs"
QUICK_S = 0.05


def _worker(server: Server, tasks: Mapping[str, Task], name: str = "test") -> Worker:
    return Worker(server.engine, server.settings.workspace, tasks, name, server.clock, beat_s=QUICK_S)


def _queue(server: Server, task: str = "test", actor: str = "viewer.example", **arguments: Any) -> jobs.Job:
    return jobs.enqueue(server.engine, task, arguments, actor=actor, now=server.clock())


def _job(server: Server, job: jobs.Job) -> jobs.Job:
    return jobs.job_of(server.engine, job.id)


def until(true: Callable[[], bool], most_s: float = 60.0) -> None:
    """Waits for something that another thread or process does."""
    ends = time.monotonic() + most_s
    while not true():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.01)


def test_result_of_a_task_is_kept_as_json(server: Server) -> None:
    job = _queue(server, n=3)
    assert _worker(server, {"test": lambda context, arguments: {"twice": arguments["n"] * 2, "路": None}}).step()
    shown = server.client("viewer").get(f"{JOBS}/{job.id}").json()
    assert (shown["state"], shown["progress"], shown["result"]) == ("done", 1.0, {"twice": 6, "路": None})


def test_error_of_ours_is_told_and_a_fault_is_not(server: Server) -> None:
    root = server.settings.workspace

    def bad(context: Context, arguments: Mapping[str, Any]) -> None:
        raise BadInput("is empty", where=f"{root}/uploads/x", allowed="rows")

    def broken(context: Context, arguments: Mapping[str, Any]) -> None:
        raise KeyError("inside")

    def ends(context: Context, arguments: Mapping[str, Any]) -> None:
        raise SystemExit(3)

    queued = [_queue(server, task) for task in ("bad", "broken", "ends", "of-a-newer-release")]
    worker = _worker(server, {"bad": bad, "broken": broken, "ends": ends})
    while worker.step():
        pass
    told = [(_job(server, job).state, _job(server, job).told) for job in queued]
    assert {state for state, _ in told} == {"failed"}
    assert told[0][1] == "uploads/x: is empty; allowed: rows"
    assert "inside" not in told[1][1]
    assert "unknown to this worker" in told[3][1]


def test_worker_tells_progress_and_stops_where_asked(server: Server) -> None:
    job = _queue(server)
    ended: list[str] = []

    def slow(context: Context, arguments: Mapping[str, Any]) -> None:
        try:
            for step in range(100_000):
                context.tell(step / 100_000, f"step {step}")
                time.sleep(0.001)
        except CancelledError:
            ended.append("stopped")
            raise

    working = threading.Thread(target=_worker(server, {"test": slow}).step)
    working.start()
    client = server.client("viewer")
    until(lambda: client.get(f"{JOBS}/{job.id}").json()["progress"] > 0)
    assert client.delete(f"{JOBS}/{job.id}").json()["cancel_asked"] is True
    working.join(60)
    assert ended == ["stopped"]
    assert _job(server, job).state == "cancelled"


def test_waiting_job_is_cancelled_at_once(server: Server) -> None:
    job = _queue(server)
    assert server.client("viewer").delete(f"{JOBS}/{job.id}").json()["state"] == "cancelled"
    assert not _worker(server, {}).step()


def test_server_that_ends_in_order_gives_its_job_back_and_counts_no_attempt(server: Server) -> None:
    job = _queue(server)

    def waits(context: Context, arguments: Mapping[str, Any]) -> None:
        while True:
            context.tell(0.5)
            time.sleep(0.001)

    for _ in range(jobs.ATTEMPTS + 1):
        worker = _worker(server, {"test": waits})
        worker.start()
        until(lambda: _job(server, job).state == "running")
        worker.stop(60)
        assert (_job(server, job).state, _job(server, job).attempts) == ("queued", 0)
    assert _worker(server, {"test": lambda context, arguments: "done"}).step()
    assert _job(server, job).state == "done"


def test_job_of_a_silent_worker_is_done_by_another_and_the_first_counts_no_more(server: Server) -> None:
    job = _queue(server)
    lost = jobs.claim(server.engine, "lost", now=server.clock())
    assert lost is not None
    server.clock.move(SILENT_BEATS * QUICK_S)
    other = _worker(server, {"test": lambda context, arguments: "by the other"}, "other")
    assert not other.step()  # just silent for as long as it may be
    server.clock.move(0.001)
    assert other.step()
    assert json.loads(_job(server, job).result) == "by the other"
    with pytest.raises(StoreConflict):
        jobs.finish(server.engine, lost, now=server.clock(), result="late")


def test_worker_whose_job_was_taken_registers_nothing(server: Server) -> None:
    """It slept, another worker took over, it woke up in the middle of its write."""
    from tests.store.workers import put

    job = _queue(server)
    refused: list[str] = []

    def late(context: Context, arguments: Mapping[str, Any]) -> None:
        jobs.take_back(server.engine, now=server.clock() + timedelta(hours=1), silent=timedelta(0))
        with Workspace.open(context.workspace) as store:
            try:
                put(store, "taken", 1, within=context.within)
            except StoreConflict as err:
                refused.append(err.what)
                raise

    _worker(server, {"test": late}).step()
    with Workspace.open(server.settings.workspace) as store:
        assert store.manifests() == []
        assert check_workspace(store).findings == ()
    assert refused == ["was taken by another worker"]
    assert _job(server, job).state == "queued"


def test_data_set_registered_before_a_death_is_not_registered_again(server: Server) -> None:
    from tests.store.workers import put

    def registers(context: Context, arguments: Mapping[str, Any]) -> str:
        if context.kept:
            return f"kept {context.kept}"
        with Workspace.open(context.workspace) as store:
            return str(put(store, "once", 1, within=context.within).id)

    job = _queue(server)
    lost = jobs.claim(server.engine, "lost", now=server.clock())
    assert lost is not None
    context = Context(
        server.settings.workspace, "a", server.clock, within=lambda c, manifest: jobs.keep(c, lost, manifest.id)
    )
    made = registers(context, {})
    server.clock.move(3600)
    jobs.ask_cancel(server.engine, job.id, now=server.clock())  # too late: it is there
    assert _worker(server, {"test": registers}).step()
    with Workspace.open(server.settings.workspace) as store:
        assert [manifest.id for manifest in store.manifests()] == [made]
    assert (_job(server, job).state, json.loads(_job(server, job).result)) == ("done", f"kept {made}")


def test_job_of_another_person_is_not_there(server: Server) -> None:
    job = _queue(server, actor="somebody")
    viewer, administrator = server.client("viewer"), server.client("administrator")
    asked = [viewer.get(f"{JOBS}/{job.id}"), viewer.delete(f"{JOBS}/{job.id}"), viewer.get(f"{JOBS}/{job.id}/events")]
    assert [answer.status_code for answer in asked] == [404, 404, 404]
    assert viewer.get(JOBS).json() == []
    assert [row["id"] for row in administrator.get(JOBS).json()] == [job.id]
    assert asked[0].error["what"] == viewer.get(f"{JOBS}/{job.id + 1}").error["what"].replace(
        str(job.id + 1), str(job.id)
    )


def test_list_shows_the_newest_first_and_no_results(server: Server) -> None:
    made = [_queue(server, actor="viewer.example") for _ in range(4)]
    _worker(server, {"test": lambda context, arguments: "x" * 1000}).step()
    listed = server.client("viewer").get(JOBS, params={"limit": 3}).json()
    assert [row["id"] for row in listed] == [job.id for job in reversed(made)][:3]
    states = {s: len(server.client("viewer").get(JOBS, params={"state": s}).json()) for s in ("queued", "done")}
    assert states == {"queued": 3, "done": 1}
    assert all(row["result"] is None for row in listed)


def test_one_person_may_not_fill_the_queue(server: Server) -> None:
    client = server.client("analyst")
    for _ in range(queueing.MOST_WAITING):
        _queue(server, actor="analyst.example")
    refused = client.post(f"{JOBS}/index", json={"framework": "set-sail"})
    assert (refused.status_code, refused.error["code"]) == (429, "too-often")


def test_events_tell_each_change_until_the_end(server: Server) -> None:
    job = _queue(server)
    working = threading.Timer(0.3, _worker(server, {"test": lambda context, arguments: 7}).step)
    working.start()
    answer = server.client("viewer").get(f"{JOBS}/{job.id}/events")
    working.join()
    assert answer.headers["content-type"].startswith("text/event-stream")
    events = [json.loads(line[6:]) for line in answer.text.splitlines() if line.startswith("data: ")]
    states = [event["state"] for event in events]
    assert (states[0], states[-1], events[-1]["result"]) == ("queued", "done", 7)


def test_index_is_computed_in_the_background_as_the_public_function_does(server: Server) -> None:
    from setsail import api

    client = server.client("analyst")
    queued = client.post(f"{JOBS}/index", json={"framework": "set-sail", "known_on": "2025-06-01", "runs": 20})
    assert queued.status_code == 202
    _worker(server, TASKS).step()
    found = client.get(f"{JOBS}/{queued.json()['id']}").json()
    assert found["state"] == "done", found
    from datetime import date

    source = api.index_source(framework="set-sail", geography="provinces", known_on=date(2025, 6, 1))
    assert found["result"] == json.loads(json.dumps(api.index_robustness(source, runs=20), default=str))


@pytest.mark.parametrize("framework", ["nothing", "/etc/passwd.toml", "pyproject.toml", "../x.toml"])
def test_index_of_a_file_of_the_server_is_refused(server: Server, framework: str) -> None:
    client = server.client("analyst")
    queued = client.post(f"{JOBS}/index", json={"framework": framework})
    _worker(server, TASKS).step()
    found = client.get(f"{JOBS}/{queued.json()['id']}").json()
    assert (found["state"], "allowed: set-sail" in found["told"] or "set-sail" in found["told"]) == ("failed", True)


SERVE = """
import sys
from pathlib import Path
from setsail.web.server import secret_of, serve
from setsail.web.settings import Settings
root, port = Path(sys.argv[1]), int(sys.argv[2])
serve(Settings(root, secret_of(root), beat_s=0.1), host="127.0.0.1", port=port)
"""


def _free_port() -> int:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Callable[[], tuple[subprocess.Popen[bytes], str]]]:
    """Starts real servers on one workspace."""
    started: list[subprocess.Popen[bytes]] = []

    def start() -> tuple[subprocess.Popen[bytes], str]:
        port = _free_port()
        command = [sys.executable, "-c", SERVE, str(tmp_path / "workspace"), str(port)]
        started.append(subprocess.Popen(command))
        address = f"http://127.0.0.1:{port}/api/v1"
        until(lambda: _answers(f"{address}/session"))
        return started[-1], address

    yield start
    for process in started:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        _ask(address)
    except OSError:
        return False
    return True


BROWSER = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())


def _ask(address: str, *, body: bytes | None = None, kind: str = "application/json", csrf: str = "") -> Any:
    headers = {"content-type": kind, "x-csrf-token": csrf}
    with BROWSER.open(urllib.request.Request(address, body, headers), timeout=60) as answer:
        return json.loads(answer.read())


def _signed_in(address: str) -> str:
    """The token of a new session."""
    given = json.dumps({"name": "anna", "password": PASSWORD}).encode()
    return str(_ask(f"{address}/session", body=given)["csrf"])


ROWS = 120_000


def _stations() -> bytes:
    rows = (f"nr,460,1,7,{n},116.{n % 10_000:04d},39.{n % 9_999:04d}" for n in range(ROWS))
    return "\n".join(["technology,mcc,mnc,area,cell_id,lon,lat", *rows]).encode()


def test_ingest_of_a_killed_server_is_finished_once_by_the_next(
    served: Callable[[], tuple[subprocess.Popen[bytes], str]], tmp_path: Path
) -> None:
    from argon2 import PasswordHasher

    with Workspace.open(tmp_path / "workspace") as store:
        people.add(
            store.engine, "anna", organisation="Example Hospital", role="analyst", actor="tester", now=NOW,
            password_hash=PasswordHasher().hash(PASSWORD),
        )  # fmt: skip
    first, address = served()
    csrf = _signed_in(address)
    sent = _ask(
        f"{address}/data/uploads?name=stations.csv", body=_stations(), kind="application/octet-stream", csrf=csrf
    )
    order = json.dumps({"upload": sent["id"], "kind": "cells", "map": "generic", "name": "stations"}).encode()
    job = _ask(f"{address}/data/ingests", body=order, csrf=csrf)["id"]
    until(lambda: _ask(f"{address}/jobs/{job}")["state"] == "running")
    first.send_signal(signal.SIGKILL)
    first.wait()
    with Workspace.open(tmp_path / "workspace") as store:
        assert store.manifests() == [], "the kill came too late to prove anything"
        assert check_workspace(store).findings == ()
    _, address = served()
    assert _ask(f"{address}/session")["signed_in"], "the session outlives the server"
    until(lambda: _ask(f"{address}/jobs/{job}")["state"] not in {"queued", "running"}, 120)
    found = _ask(f"{address}/jobs/{job}")
    assert (found["state"], found["attempts"], found["result"]["rows"]) == ("done", 2, ROWS)
    with Workspace.open(tmp_path / "workspace") as store:
        assert [(m.name, m.version, m.rows) for m in store.manifests()] == [("stations", 1, ROWS)]
        assert check_workspace(store).findings == ()
        assert list((store.root / "uploads").iterdir()) == []


def test_worker_beside_the_server_takes_jobs_and_ends_in_order(server: Server) -> None:
    job = _queue(server, "index", framework="set-sail", geography="provinces", known_on="2025-06-01", runs=10, seed=1)
    command = [str(Path(sys.executable).with_name("setsail")), "worker", "-w", str(server.settings.workspace)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE)
    try:
        until(lambda: _job(server, job).state not in {"queued", "running"})
        process.send_signal(signal.SIGINT)
        _, told = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert _job(server, job).state == "done", _job(server, job).told
    assert process.returncode == 0, told.decode()
    assert b"Traceback" not in told


def test_client_of_nobody_sees_no_jobs(server: Server) -> None:
    assert Client(server.app).get(JOBS).status_code == 401


def test_worker_beside_the_server_is_told_where_the_sites_are(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Path | None] = []
    monkeypatch.setattr(Worker, "run", lambda hand: told.append(hand.sites))
    worker(server.settings.workspace, tmp_path)
    worker(server.settings.workspace)
    assert told == [tmp_path, None]
