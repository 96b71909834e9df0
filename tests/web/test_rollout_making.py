"""Rollouts made from a page: whole or not at all, planned by a job, by dispatchers of their organisation alone."""

from __future__ import annotations

import asyncio
import io
import json
import os
import random
import zipfile
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.rollout.schedule import study
from setsail.store import jobs
from setsail.web.rollout_tasks import PLAN
from setsail.web.tasks import TASKS
from setsail.web.worker import Worker
from tests.web.asgi import Answer, Client
from tests.web.conftest import NOW, Server

ROOT = "/api/v1/rollouts"
WHOSE = f"{ROOT}/Example%20Hospital"
HEAD = "name,latitude,longitude,sets\n"
TABLE = HEAD + "North Hospital,30.60,114.30,1\nSouth Hospital,30.50,114.32,2\n"
STREAM = {"content-type": "application/octet-stream"}


@pytest.fixture(autouse=True)
def _short_searches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "USUAL_S", 0.4)


def of_table(client: Client, table: str | bytes = TABLE, **said: Any) -> Answer:
    content = table.encode() if isinstance(table, str) else table
    return client.post(f"{ROOT}/of-table", params={"name": "Our sites", "file": "sites.csv", **said}, headers=STREAM,
                       content=content)  # fmt: skip


def work(server: Server) -> jobs.Job:
    """Works one job off, and gives it as it ended."""
    folder = server.settings.workspace
    assert Worker(server.engine, folder, TASKS, "test", server.settings.now, beat_s=0.05).step()
    return jobs.newest(server.engine, limit=1)[0]


def left(server: Server) -> list[str]:
    """Everything that making a rollout may leave in the workspace, but its folder of folders."""
    root = server.settings.workspace
    found = [p.relative_to(root) for part in ("rollouts", "rollout-uploads") for p in (root / part).rglob("*")]
    return sorted(str(p) for p in found if str(p) != "rollouts/Example Hospital")


def test_table_becomes_a_rollout_whose_board_shows_the_plan_of_its_job(server: Server) -> None:
    dispatcher = server.client("dispatcher")
    answer = of_table(dispatcher, notice="2026-03-01T12:00:00Z", deadline="2026-03-02T00:00:00Z", vehicles=1,
                      depot_latitude_deg=30.55, depot_longitude_deg=114.3)  # fmt: skip
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert (made["organisation"], made["rollout"], made["name"]) == ("Example Hospital", "our-sites", "Our sites")
    assert (made["sites"], made["crews"], made["deadline"]) == (2, 1, "2026-03-02T00:00:00Z")
    told = {one["subject"] for one in made["assumed"]}
    assert "capacity" in told
    assert not told & {"notice", "deadline", "depot", "vehicles"}
    assert dispatcher.get(f"{WHOSE}/our-sites").json()["verdict"] == "no plan"
    assert work(server).state == "done"
    board = dispatcher.get(f"{WHOSE}/our-sites").json()
    assert (board["verdict"], board["name"], len(board["sites"])) == ("in time", "Our sites", 2)
    assert dispatcher.get(f"/api/v1/jobs/{made['job']}").json()["result"]["verdict"] == "in time"
    assert not list((server.settings.workspace / "rollout-uploads").iterdir())


def test_workbook_is_read_as_a_table(server: Server, tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    for line in (("医院", "纬度", "经度"), ("北院", 30.6, 114.3), ("南院", 30.5, 114.3)):
        book.active.append(line)
    book.save(tmp_path / "own.xlsx")
    content = (tmp_path / "own.xlsx").read_bytes()
    made = of_table(server.client("dispatcher"), content, name="武汉", file="own.xlsx").json()
    assert (made["rollout"], made["sites"]) == ("武汉", 2)


def test_example_becomes_a_rollout_under_a_name_of_ones_own(server: Server) -> None:
    dispatcher = server.client("dispatcher")
    assert dispatcher.get(f"{ROOT}/examples").json() == api.rollout_examples()
    given = {"name": "Drill of March", "example": "huoshenshan-2020"}
    made = dispatcher.post(f"{ROOT}/of-example", json=given).json()
    assert (made["rollout"], made["name"], made["assumed"]) == ("drill-of-march", "Drill of March", [])
    (row,) = dispatcher.get(ROOT).json()
    assert (row["name"], row["verdict"]) == ("Drill of March", "no plan")
    refused = dispatcher.post(f"{ROOT}/of-example", json=given | {"example": "../etc"})
    assert (refused.status_code, refused.error["where"]) == (404, "example")


@pytest.mark.parametrize("role", ["viewer", "analyst", "engineer", "assessor"])
def test_rollouts_are_made_and_planned_by_dispatchers_alone(server: Server, role: str) -> None:
    of_table(server.client("dispatcher"))
    other, before = server.client(role), left(server)
    answers = [of_table(other, name="Theirs"), other.post(f"{WHOSE}/our-sites/plans"),
               other.post(f"{ROOT}/of-example", json={"name": "Theirs", "example": "wuhan-2020"})]  # fmt: skip
    assert [one.status_code for one in answers] == [403] * 3
    assert left(server) == before


def test_who_made_and_planned_a_rollout_is_in_the_audit_trail(server: Server) -> None:
    dispatcher = server.client("dispatcher")
    of_table(dispatcher)
    work(server)
    dispatcher.post(f"{WHOSE}/our-sites/plans")
    trail = server.client("administrator").get("/api/v1/admin/audit").json()["rows"]
    told = [(one["action"], one["actor"], one["subject"]) for one in trail]
    for action in ("rollout-made", PLAN):
        assert (action, "dispatcher.example", "Example Hospital/our-sites") in told


@pytest.mark.parametrize(
    ("table", "said", "place", "word"),
    [
        (TABLE + "West,x,114.3,1\n", {}, "sites.csv:4 column 'latitude_deg'", "'x'"),
        (TABLE + "West,,114.3,1\n", {}, "sites.csv:4 column 'latitude'", "has no coordinates"),
        (TABLE + "West,30.5,114.3,-1\n", {}, "sites.csv:4", "-1"),
        (TABLE + "West,30.5\n", {}, "sites.csv:4", "cells"),
        ("name,note\nNorth,1\n", {}, "sites.csv", "no column of the latitude"),
        (HEAD, {}, "sites.csv", "no rows"),
        (TABLE + "=cmd(),30.5,114.3,1\n", {}, "sites.csv:4", "formula"),
        (TABLE, {"deadline": "2026-03-01T11:00:00Z"}, "", "deadline"),
        (TABLE, {"notice": "2026-03-01T11:00:00"}, "query.notice", "timezone"),
        (TABLE, {"vehicles": "many"}, "query.vehicles", "integer"),
        (TABLE, {"depot_latitude_deg": 30.5}, "depot", "lacks one of its coordinates"),
        (TABLE, {"name": "   "}, "name", "has no name"),
        (TABLE, {"name": "x" * 81}, "query.name", "80"),
        (TABLE, {"file": "sites.exe"}, "sites.exe", ".exe"),
        (TABLE, {"more": "1"}, "query.more", "not permitted"),
    ],
)  # fmt: skip
def test_bad_tables_are_refused_at_their_row_and_column_and_leave_nothing(
    server: Server, table: str, said: dict[str, Any], place: str, word: str
) -> None:
    answer = of_table(server.client("dispatcher"), table, **said)
    assert answer.status_code == 422, answer.text
    assert answer.error["where"].startswith(place)
    assert word in json.dumps(answer.error)
    assert str(server.settings.workspace) not in answer.text
    assert left(server) == []
    assert jobs.jobs(server.engine) == []


def test_nonsense_and_a_table_too_large_are_refused_and_leave_nothing(server: Server) -> None:
    dispatcher = server.client("dispatcher")
    noise = random.Random(1).randbytes(1_000_000)
    for content, file, status in ((noise, "a.csv", 422), (noise, "a.xlsx", 422), (b"PK\x03\x04" + noise, "a.xlsx", 422),
                                  (b"x" * 10_000_000, "a.csv", 413), (b"", "a.csv", 422)):  # fmt: skip
        answer = of_table(dispatcher, content, file=file)
        assert answer.status_code == status, answer.text
        assert answer.error["what"]
    assert left(server) == []


def test_two_who_take_the_same_name_at_once_get_a_rollout_each(server: Server) -> None:
    clients = [server.client("dispatcher", name=f"dispatcher{n}") for n in range(4)]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(of_table, clients))
    assert [one.status_code for one in answers] == [201] * 4
    names = {one.json()["rollout"] for one in answers}
    assert names == {"our-sites", "our-sites-2", "our-sites-3", "our-sites-4"}
    for name in names:
        assert len(clients[0].get(f"{WHOSE}/{name}").json()["sites"]) == 2


@pytest.mark.parametrize("name", ["<img src=x onerror=alert(1)>", "../../etc", "..", "CON/x", "\u202etxt"])
def test_strange_names_stay_in_their_folder_and_are_shown_as_they_are(server: Server, name: str) -> None:
    answer = of_table(server.client("dispatcher"), name=name)
    root = server.settings.rollouts_folder()
    if answer.status_code == 422:
        assert not (root / "Example Hospital").exists() or not list((root / "Example Hospital").iterdir())
        return
    made = answer.json()
    assert made["name"] == name.strip()
    assert [p.name for p in root.rglob("rollout.toml")] == ["rollout.toml"]
    assert (root / "Example Hospital" / made["rollout"] / "rollout.toml").is_file()


def test_what_a_killed_server_left_is_gone_and_a_rollout_without_its_job_is_planned_from_its_board(
    server: Server,
) -> None:
    dispatcher = server.client("dispatcher")
    uploads = server.settings.workspace / "rollout-uploads"
    uploads.mkdir()
    old, new = uploads / "old.csv", uploads / "new.csv"
    for file, age in ((old, timedelta(minutes=11)), (new, timedelta(minutes=5))):
        file.write_text(TABLE)
        at = (NOW - age).timestamp()
        os.utime(file, (at, at))
    half = server.settings.rollouts_folder() / "Example Hospital" / ".our-sites.new-killed"
    half.mkdir(parents=True)
    assert dispatcher.get(ROOT).json() == []
    of_table(dispatcher)
    assert [p.name for p in uploads.iterdir()] == ["new.csv"]
    assert not half.exists()
    job = jobs.jobs(server.engine)[0]
    jobs.ask_cancel(server.engine, job.id, now=NOW)
    assert dispatcher.post(f"{WHOSE}/our-sites/plans").status_code == 202
    assert work(server).state == "done"
    assert dispatcher.get(f"{WHOSE}/our-sites").json()["verdict"] == "in time"


def test_server_that_begins_removes_tables_that_another_left_when_it_died(server: Server) -> None:
    uploads = server.settings.workspace / "rollout-uploads"
    uploads.mkdir()
    (uploads / "left.csv").write_text(TABLE)
    server.clock.at = datetime.now(UTC) + timedelta(seconds=11)

    async def begun() -> None:
        async with server.app.router.lifespan_context(server.app):
            pass

    asyncio.run(begun())
    assert list(uploads.iterdir()) == []


def test_rollout_is_planned_by_one_job_at_a_time(server: Server) -> None:
    dispatcher = server.client("dispatcher")
    job = of_table(dispatcher).json()["job"]
    assert dispatcher.post(f"{WHOSE}/our-sites/plans").json() == {"job": job}
    refused = server.client("dispatcher", name="second").post(f"{WHOSE}/our-sites/plans")
    assert (refused.status_code, refused.error["what"]) == (409, "is being planned by dispatcher.example")


def test_rollout_under_way_is_planned_again_from_now_and_what_has_begun_stays(server: Server) -> None:
    dispatcher = server.client("dispatcher")
    of_table(dispatcher)
    work(server)
    first = dispatcher.get(f"{WHOSE}/our-sites").json()
    server.clock.move(3 * 3600)
    later = dispatcher.get(f"{WHOSE}/our-sites").json()
    begun = {s["site"]: s["stages"]["loaded"] for s in later["sites"] if s["stages"]["loaded"]["state"] == "done"}
    assert begun
    dispatcher.post(f"{WHOSE}/our-sites/plans")
    assert work(server).state == "done"
    again = dispatcher.get(f"{WHOSE}/our-sites").json()
    assert datetime.fromisoformat(again["planned_at"]) == server.clock() > datetime.fromisoformat(first["planned_at"])
    assert {s["site"]: s["stages"]["loaded"] for s in again["sites"] if s["site"] in begun} == begun


def test_rollout_of_long_ago_is_planned_from_where_its_log_stands(server: Server) -> None:
    dispatcher = server.client("dispatcher")
    dispatcher.post(f"{ROOT}/of-example", json={"name": "Old", "example": "huoshenshan-2020"})
    assert work(server).state == "done"
    board = dispatcher.get(f"{WHOSE}/old").json()
    assert board["planned_at"] == board["notice"]


def test_planning_that_is_stopped_or_whose_folder_is_gone_leaves_the_log_alone(server: Server) -> None:
    dispatcher = server.client("dispatcher")
    made = of_table(dispatcher).json()
    dispatcher.delete(f"/api/v1/jobs/{made['job']}")
    folder = server.settings.rollouts_folder() / "Example Hospital" / "our-sites"
    assert not (folder / "events.jsonl").exists()
    dispatcher.post(f"{WHOSE}/our-sites/plans")
    folder.rename(folder.with_name("gone"))
    job = work(server)
    assert (job.state, "is not there any more" in job.told) == ("failed", True)


def test_search_is_watched_and_ends_where_it_is_told_to(server: Server) -> None:
    of_table(server.client("dispatcher"))
    folder = server.settings.rollouts_folder() / "Example Hospital" / "our-sites"
    shares: list[float] = []

    class Ended(Exception):
        pass

    def told(share: float) -> None:
        shares.append(share)
        if share > 0.2:
            raise Ended

    beats = iter(range(10_000))
    with pytest.raises(Ended):
        api.rollout_plan_now(folder, now=NOW, by="x", clock=lambda: next(beats) * 0.05, told=told)
    assert shares == sorted(shares)
    assert not (folder / "events.jsonl").exists()


def test_rollout_is_had_as_a_table_as_work_orders_and_as_a_folder_without_secrets(
    server: Server, tmp_path: Path
) -> None:
    dispatcher = server.client("dispatcher")
    of_table(dispatcher, name="武汉 2026")
    ours = f"{WHOSE}/武汉-2026"
    none = dispatcher.get(f"{ours}/table.csv")
    assert (none.status_code, none.error["what"]) == (422, "has no plan yet")
    work(server)
    table = dispatcher.get(f"{ours}/table.csv")
    assert table.headers["content-disposition"] == "attachment; filename*=UTF-8''%E6%AD%A6%E6%B1%89-2026.csv"
    lines = table.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("site,name,surveyed")
    assert [line.split(",")[1] for line in lines[1:]] == ["North Hospital", "South Hospital"]
    orders = dispatcher.get(f"{ours}/orders.pdf?lang=zh")
    assert orders.content.startswith(b"%PDF")
    folder = server.settings.rollouts_folder() / "Example Hospital" / "武汉-2026"
    (folder / "secrets.toml").write_text("pin = '1'\n")
    (folder / "conference").mkdir()
    (folder / "conference" / "janus.jcfg").write_text("x")
    packed = zipfile.ZipFile(io.BytesIO(dispatcher.get(f"{ours}/folder.zip").content))
    packed.extractall(tmp_path / "out")
    names = {name.split("/", 1)[1] for name in packed.namelist()}
    assert {"rollout.toml", "sites.csv", "events.jsonl"} <= names
    assert not [name for name in names if "secret" in name or "conference" in name]
    there = api.rollout_board(tmp_path / "out" / "武汉-2026")
    assert there["verdict"] == api.rollout_board(folder)["verdict"]


def test_work_orders_of_very_many_sites_are_refused_with_another_way(server: Server) -> None:
    rows = "".join(f"H{n},{30 + n / 1000},114.3,1\n" for n in range(201))
    of_table(server.client("dispatcher"), HEAD + rows)
    answer = server.client("viewer").get(f"{WHOSE}/our-sites/orders.pdf")
    assert (answer.status_code, answer.error["what"]) == (422, "has 201 sites")
    assert "setsail rollout orders" in answer.error["hint"]
