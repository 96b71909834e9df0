"""Rollouts over the web: seen by their organisation, events told by dispatchers, nothing written by a what-if."""

from __future__ import annotations

import json
import shutil
import time
from datetime import datetime
from pathlib import Path

import pytest

from setsail import api
from setsail.web import rollout_tasks, streams, tasks
from setsail.web.worker import Context
from tests.web.conftest import NOW, MakeServer, Server

OURS = "/api/v1/rollouts/Example%20Hospital/wuhan-2020"
LOST = {"kind": "crew-lost", "at": "05:00", "values": {"crew": "C3"}}


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The founding case with a plan, made once."""
    folder = tmp_path_factory.mktemp("rollout") / "wuhan-2020"
    api.rollout_example("wuhan-2020", folder)
    api.rollout_plan(folder, seconds=0.5, now=NOW, by="tester", clock=time.monotonic)
    return folder


@pytest.fixture
def served(make_server: MakeServer, planned: Path, tmp_path: Path) -> Server:
    """A server with that rollout, of one organisation."""
    shutil.copytree(planned, _folder(tmp_path))
    return make_server(rollouts=tmp_path / "rollouts")


def _folder(tmp_path: Path) -> Path:
    return tmp_path / "rollouts" / "Example Hospital" / "wuhan-2020"


def test_rollouts_are_listed_for_their_organisation_alone(served: Server) -> None:
    (row,) = served.client("viewer").get("/api/v1/rollouts").json()
    assert (row["rollout"], row["sites"], row["verdict"], row["error"]) == ("wuhan-2020", 29, "in time", "")
    assert row["deadline"] == "2020-02-06T22:00:00+08:00"
    other = served.client("dispatcher", organisation="Other Office")
    assert other.get("/api/v1/rollouts").json() == []
    for answer in (other.get(OURS), other.get(f"{OURS}/changes"), other.post(f"{OURS}/events", json=LOST)):
        assert answer.status_code == 404, answer.text
    assert other.get("/api/v1/rollouts/..%2FExample%20Hospital/wuhan-2020").status_code == 404
    assert len(served.client("administrator", organisation="Ministry").get("/api/v1/rollouts").json()) == 1


def test_rollout_that_cannot_be_read_is_listed_with_its_reason(served: Server, tmp_path: Path) -> None:
    (_folder(tmp_path) / "sites.csv").write_text("site,name\nS01,x\n")
    (row,) = served.client("viewer").get("/api/v1/rollouts").json()
    assert "column" in row["error"]
    assert served.client("viewer").get(OURS).status_code == 422


def test_board_has_every_site_stage_and_place_and_is_told_unchanged_by_its_tag(served: Server) -> None:
    viewer = served.client("viewer")
    first = viewer.get(OURS)
    board = first.json()
    assert len(board["sites"]) == 29
    assert list(board["sites"][0]["stages"]) == board["stages"]
    assert board["depots"][0]["latitude_deg"] == pytest.approx(30.47)
    assert board["may_send"] is False
    assert served.client("dispatcher").get(OURS).json()["may_send"] is True
    assert viewer.get(OURS, headers={"if-none-match": first.headers["etag"]}).status_code == 304
    later = viewer.get(f"{OURS}?at=2020-02-06T06:00:00%2B08:00").json()
    assert later["at"].startswith("2020-02-06T06:00")
    assert later["counts"]["delivered"]["done"] > board["counts"]["delivered"]["done"] == 0
    assert viewer.get(f"{OURS}?at=2020-02-06T06:00:00").error["what"].endswith("lacks its offset from UTC")


def test_what_if_changes_nothing_and_an_event_is_written_planned_for_and_noted(served: Server, tmp_path: Path) -> None:
    dispatcher = served.client("dispatcher")
    before = (_folder(tmp_path) / "events.jsonl").read_bytes()
    tried = dispatcher.post(f"{OURS}/what-if", json=LOST).json()
    assert (_folder(tmp_path) / "events.jsonl").read_bytes() == before
    assert tried["moved"]
    assert tried["planned"]
    sent = dispatcher.post(f"{OURS}/events", json=LOST).json()
    lost = {row["site"] for row in tried["moved"] if row["crews_before"] == ["C3"]}
    assert lost == {row["site"] for row in sent["moved"] if row["crews_before"] == ["C3"]}
    assert (_folder(tmp_path) / "events.jsonl").read_bytes().startswith(before)
    board = dispatcher.get(OURS).json()
    assert [(e["kind"], e["by"]) for e in board["events"]] == [("crew-lost", "dispatcher.example")]
    assert next(c for c in board["crews"] if c["crew"] == "C3")["state"] == "lost"
    trail = served.client("administrator").get("/api/v1/admin/audit").json()
    assert "rollout-event" in json.dumps(trail)


@pytest.mark.parametrize("role", ["viewer", "analyst", "engineer", "assessor"])
def test_events_are_sent_by_dispatchers_alone(served: Server, tmp_path: Path, role: str) -> None:
    before = (_folder(tmp_path) / "events.jsonl").read_bytes()
    assert served.client(role).post(f"{OURS}/events", json=LOST).status_code == 403
    assert served.client().post(f"{OURS}/events", json=LOST).status_code == 401
    assert (_folder(tmp_path) / "events.jsonl").read_bytes() == before


@pytest.mark.parametrize(
    ("event", "word"),
    [
        ({"kind": "crew-lost", "at": "05:00", "values": {"crew": "C99"}}, "C99"),
        ({"kind": "mutiny", "at": "05:00", "values": {}}, "mutiny"),
        ({"kind": "crew-lost", "at": "late", "values": {"crew": "C3"}}, "late"),
        ({"kind": "crew-lost", "at": "05:00", "values": {}}, "crew"),
        ({"kind": "crew-lost", "at": "05:00", "values": {"crew": "C3"}, "more": 1}, "more"),
    ],
)
def test_bad_events_are_refused_by_name(served: Server, event: dict[str, object], word: str) -> None:
    answer = served.client("dispatcher").post(f"{OURS}/events", json=event)
    assert answer.status_code in (404, 422)
    assert word in json.dumps(answer.error)


def test_form_names_every_field_that_a_kind_needs(served: Server) -> None:
    form = served.client("viewer").get("/api/v1/rollouts/form").json()
    known = {field["field"] for field in form["fields"]}
    assert {"crew-lost", "undo", "road-closed"} <= {kind["kind"] for kind in form["kinds"]}
    assert all({*kind["needs"], *kind["may"]} <= known for kind in form["kinds"])


def test_changes_tell_a_pulse_that_follows_the_log(
    served: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streams, "LONGEST_S", streams.LOOK_S)  # one look
    viewer = served.client("viewer")
    first = viewer.get(f"{OURS}/changes")
    assert first.headers["content-type"].startswith("text/event-stream")
    assert viewer.get(f"{OURS}/changes").text == first.text
    record = _folder(tmp_path) / "accept" / "S01" / "record.json"
    record.parent.mkdir(parents=True)
    record.write_text("{}")
    assert viewer.get(f"{OURS}/changes").text != first.text


def test_board_of_a_rollout_under_way_follows_the_clock(served: Server) -> None:
    viewer = served.client("viewer")
    folder = served.settings.rollouts_folder() / "Example Hospital" / "wuhan-2020"
    at = datetime.fromisoformat("2020-02-06T06:00:00+08:00")
    assert api.rollout_board_now(folder, at)["at"] == "2020-02-06T06:00:00+08:00"
    assert viewer.get(OURS).json()["at"] == api.rollout_board_now(folder, NOW)["at"] != "2026-03-01T12:00:00+00:00"


def test_board_of_an_earlier_time_shows_what_was_told_by_then(served: Server) -> None:
    dispatcher = served.client("dispatcher")
    dispatcher.post(f"{OURS}/events", json=LOST)
    dispatcher.post(f"{OURS}/events", json=LOST | {"at": "06:00", "values": {"crew": "C5"}})

    def lost_at(clock: str) -> tuple[str, list[str]]:
        board = dispatcher.get(f"{OURS}?at=2020-02-06T{clock}:00%2B08:00").json()
        return board["at"][11:16], [c["crew"] for c in board["crews"] if c["state"] == "lost"]

    assert lost_at("04:59") == ("04:59", [])
    assert lost_at("05:00") == ("05:00", ["C3"])
    assert lost_at("05:59") == ("05:59", ["C3"])
    assert lost_at("06:30") == ("06:30", ["C3", "C5"])
    before = dispatcher.get(f"{OURS}?at=2020-02-05T01:00:00%2B08:00").json()
    assert (before["at"], before["events"]) == (before["notice"], [])


def test_demonstration_makes_the_founding_case_with_a_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rollout_tasks, "PLAN_S", 0.3)
    context = Context(tmp_path, "tester", lambda: NOW)
    arguments = {"rollout": "wuhan-2020"}
    assert tasks.TASKS["rollout-demonstration"](context, arguments) == arguments
    assert api.rollout_row(tmp_path / "rollouts" / "Demonstration" / "wuhan-2020", NOW)["verdict"] == "in time"
    tasks.TASKS["rollout-demonstration"](context, arguments)  # again after its worker died
