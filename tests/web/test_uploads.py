"""Files sent to be taken in, data sets shown and exported, repairs decided: only by who may, whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest

from setsail import api
from setsail.store.upkeep import check_workspace
from setsail.store.workspace import Workspace
from setsail.web import uploads
from setsail.web.tasks import TASKS
from setsail.web.worker import CancelledError, Context, Worker
from tests.web.asgi import Answer, Client
from tests.web.conftest import MakeServer, Server

DATA = "/api/v1/data"
OCTETS = {"content-type": "application/octet-stream"}
HEADER = "technology,mcc,mnc,area,cell_id,lon,lat,operator"


def cells(rows: int = 3, operator: str = "Example Mobile") -> bytes:
    lines = [f"nr,460,1,7,{n},116.{n:04d},39.9,{operator}" for n in range(1, rows + 1)]
    return "\n".join([HEADER, *lines]).encode()


def send(client: Client, content: Any = b"", name: str = "stations.csv", **more: Any) -> Answer:
    from urllib.parse import quote

    return client.post(
        f"{DATA}/uploads?name={quote(name, safe='')}", content=content or cells(), headers=OCTETS, **more
    )


def work(server: Server) -> None:
    worker = Worker(server.engine, server.settings.workspace, TASKS, "test", server.clock, beat_s=0.05)
    while worker.step():
        pass


def take_in(server: Server, client: Client, content: bytes, name: str = "stations.csv", **order: Any) -> dict[str, Any]:
    """The job of an ingest at its end."""
    sent = send(client, content, name)
    assert sent.status_code == 201, sent.text
    given = {"upload": sent.json()["id"], "kind": "cells", "name": "stations", **order}
    queued = client.post(f"{DATA}/ingests", json=given)
    assert queued.status_code == 202, queued.text
    work(server)
    job: dict[str, Any] = client.get(f"/api/v1/jobs/{queued.json()['id']}").json()
    return job


def kept(server: Server) -> list[str]:
    folder = server.settings.workspace / "uploads"
    return sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []


def test_file_is_taken_in_and_shown_with_its_manifest(server: Server) -> None:
    client = server.client("analyst")
    job = take_in(server, client, cells(5), source="Example register", licence="CC BY 4.0", synthetic=True)
    assert (job["state"], job["result"]["rows"], job["result"]["version"]) == ("done", 5, 1)
    viewer = server.client("viewer")
    (listed,) = viewer.get(f"{DATA}/sets").json()
    assert (listed["name"], listed["actor"], listed["licence"], listed["synthetic"]) == (
        "stations", "analyst.example", "CC BY 4.0", True,
    )  # fmt: skip
    shown = viewer.get(f"{DATA}/sets/stations").json()
    assert shown["manifest"]["source"] == "Example register"
    assert len(shown["first"]) == 5
    assert [row["verdict"] for row in viewer.get(f"{DATA}/sets/stations/check").json()] == ["pass"]
    assert kept(server) == []


def _as_xlsx(content: bytes) -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    for row in csv.reader(content.decode().splitlines()):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _as_geojson(content: bytes) -> bytes:
    features = []
    for row in csv.DictReader(content.decode().splitlines()):
        point = {"type": "Point", "coordinates": [float(row.pop("lon")), float(row.pop("lat"))]}
        features.append({"type": "Feature", "geometry": point, "properties": row})
    return json.dumps({"type": "FeatureCollection", "features": features}).encode()


@pytest.mark.parametrize(("turn", "form"), [(_as_xlsx, "xlsx"), (_as_geojson, "geojson"), (lambda c: c, "csv")])
def test_same_rows_come_out_of_every_format(server: Server, turn: Any, form: str) -> None:
    client = server.client("analyst")
    content = turn(cells(4))
    assert send(client, content, "named-as-nothing").json()["format"] == form
    job = take_in(server, client, content)
    assert job["state"] == "done", job["told"]
    first = client.get(f"{DATA}/sets/stations").json()["first"]
    assert [(row["cell_id"], row["lon"], row["lat"]) for row in first] == [
        (n, 116 + n / 10_000, 39.9) for n in range(1, 5)
    ]


def test_features_without_a_point_are_refused_with_their_number(server: Server) -> None:
    document = json.loads(_as_geojson(cells(3)))
    document["features"][1]["geometry"] = {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}
    document["features"][2]["geometry"]["coordinates"] = [True, "x"]
    client = server.client("analyst")
    job = take_in(server, client, json.dumps(document).encode(), max_rejects="2")
    assert (job["state"], job["result"]["rows"], job["result"]["rows_refused"]) == ("done", 1, 2), job["told"]
    refused = client.get(f"{DATA}/sets/stations/rejects").json()
    assert [(row["line"], row["reason"]) for row in refused["rows"]] == [
        ("2", "is no point with two numbers"), ("3", "is no point with two numbers"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"%PDF-1.7", "a PDF"), (b"PK\x03\x04 broken", ""), (b"\x00\x01\x02", ""), (b"SQLite format 3\x00", "SQLite"),
    ],
)  # fmt: skip
def test_file_that_is_no_table_is_refused(server: Server, content: bytes, says: str) -> None:
    client = server.client("analyst")
    sent = send(client, content, "<b>x</b>.csv")
    if sent.status_code == 201:  # its first bytes look like text: the reading refuses it
        assert take_in(server, client, content)["state"] == "failed"
        return
    assert sent.status_code == 422
    assert says in sent.error["what"]
    assert sent.error["where"] == "<b>x</b>.csv"
    assert kept(server) == []


def test_failed_reading_tells_its_reason_by_the_files_own_name_and_keeps_the_file(server: Server) -> None:
    client = server.client("analyst")
    job = take_in(server, client, b"technology,mcc\nnr,460", "Zahlen für März.csv")
    assert job["state"] == "failed"
    assert "Zahlen für März.csv" in job["told"]
    assert str(server.settings.workspace) not in job["told"]
    assert len(kept(server)) == 1
    with Workspace.open(server.settings.workspace) as store:
        assert store.manifests() == []


def test_fit_tells_how_a_map_reads_the_file(server: Server) -> None:
    client = server.client("analyst")
    sent = send(client, cells().replace(b"operator", b"strange")).json()
    path = f"{DATA}/uploads/{sent['id']}/fit"
    found = client.post(path, json={"kind": "cells"}).json()
    assert found["not_taken"] == ["strange"]
    assert {"column": "lon", "from": "lon"} in found["taken"]
    refused = client.post(path, json={"kind": "tiles"})
    assert refused.status_code == 422
    assert str(server.settings.workspace) not in refused.text


GOOD_NAMES = {"nothing", "pyproject.toml"}
"""Data sets may be called so; files of that name are never read."""


@pytest.mark.parametrize("named", ["/etc/passwd", "../generic", "pyproject.toml", "\0", "nothing"])
@pytest.mark.parametrize("field", ["map", "kind", "name"])
def test_path_tricks_in_an_order_reach_no_file(server: Server, field: str, named: str) -> None:
    client = server.client("analyst")
    sent = send(client).json()
    order = {"upload": sent["id"], "kind": "cells", "name": "stations", "map": "generic", field: named}
    refused = client.post(f"{DATA}/ingests", json=order)
    assert refused.status_code in ({202} if field == "name" and named in GOOD_NAMES else {404, 422}), refused.text
    assert "root:" not in refused.text


@pytest.mark.parametrize("name", ["..", "../../etc", "a\\b", "\0", "x" * 64, "<svg>", "", "CON", "ö"])
def test_path_tricks_in_the_name_of_a_data_set_reach_no_file(server: Server, name: str) -> None:
    from urllib.parse import quote

    client = server.client("viewer")
    for part in ("", "/rejects", "/check", "/export"):
        answer = client.get(f"{DATA}/sets/{quote(name, safe='')}{part}")
        assert answer.status_code in {404, 422} or (name, part) == ("", ""), answer.text


def test_upload_of_another_person_is_not_there(server: Server) -> None:
    mine, other = server.client("analyst"), server.client("analyst", organisation="Other")
    sent = send(mine).json()
    order = {"upload": sent["id"], "kind": "cells", "name": "stations"}
    asked = [
        other.delete(f"{DATA}/uploads/{sent['id']}"), other.post(f"{DATA}/ingests", json=order),
        other.post(f"{DATA}/uploads/{sent['id']}/fit", json={"kind": "cells"}),
    ]  # fmt: skip
    assert [answer.status_code for answer in asked] == [404, 404, 404]
    assert other.get(f"{DATA}/uploads").json() == []
    assert mine.delete(f"{DATA}/uploads/{sent['id']}").json() == []
    assert kept(server) == []


@pytest.mark.parametrize("role", ["viewer", "engineer", "assessor"])
def test_only_analysts_send_files_and_decide(server: Server, role: str) -> None:
    client = server.client(role)
    read: list[int] = []

    def body() -> Iterator[bytes]:
        read.append(1)
        yield cells()

    assert send(client, body()).status_code == 403
    assert read == [], "the body was read before its sender was known"
    assert client.post(f"{DATA}/ingests", json={}).status_code == 403
    assert client.post(f"{DATA}/repairs", json={}).status_code == 403


def test_upload_said_to_be_2_gb_is_refused_at_once(server: Server) -> None:
    client = server.client("analyst")

    def body() -> Iterator[bytes]:
        yield pytest.fail("the body was asked for")

    answer = client.post(f"{DATA}/uploads?name=x", content=body(), headers=OCTETS | {"content-length": str(2 << 30)})
    assert (answer.status_code, answer.error["code"]) == (413, "too-large")


@pytest.mark.parametrize("over", [0, 1])
def test_upload_streamed_beyond_the_limit_is_cut_off_and_leaves_nothing(make_server: MakeServer, over: int) -> None:
    content = cells(2000)
    server = make_server(upload_bytes=len(content) - over)
    pieces = (content[at : at + 5000] for at in range(0, len(content), 5000))
    answer = send(server.client("analyst"), pieces)
    assert answer.status_code == (413 if over else 201)
    assert len(kept(server)) == (0 if over else 1)


def test_uploads_together_may_not_fill_the_disk(make_server: MakeServer) -> None:
    first = make_server()
    send(first.client("analyst"))
    used = sum(path.stat().st_size for path in (first.settings.workspace / "uploads").rglob("*") if path.is_file())
    server = make_server(kept_bytes=used + len(cells()))
    client = server.client("analyst", organisation="Other")
    assert [send(client).status_code for _ in range(2)] == [201, 422]
    assert len(kept(server)) == 2
    server.clock.move(uploads.KEPT.total_seconds() + 1)
    client = server.client("analyst", organisation="Other")
    assert send(client).status_code == 201
    assert len(kept(server)) == 1, "what is older than a day is removed"


def test_one_person_may_not_keep_many_files(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "MOST", 2)
    client = server.client("analyst")
    assert [send(client).status_code for _ in range(3)] == [201, 201, 422]


def test_upload_that_breaks_off_leaves_nothing(server: Server) -> None:
    from starlette.requests import ClientDisconnect

    def breaks() -> Iterator[bytes]:
        yield cells()
        raise ClientDisconnect

    answer = send(server.client("analyst"), breaks())
    assert answer.status_code == 400
    assert kept(server) == []


@pytest.mark.parametrize("body", [b"", b"\n" * 3])
def test_empty_file_is_refused(server: Server, body: bytes) -> None:
    client = server.client("analyst")
    answer = client.post(f"{DATA}/uploads?name=x.csv", content=iter([body]), headers=OCTETS)
    assert answer.status_code == 422 or take_in(server, client, body or b"\n")["state"] == "failed"


def test_cancelled_reading_keeps_nothing(server: Server) -> None:
    client = server.client("analyst")
    sent = send(client, cells(1000)).json()
    context = Context(server.settings.workspace, "analyst.example", server.clock)
    told: list[float] = []
    real = context.tell

    class Stopping(Context):
        def tell(self, share: float, what: str = "") -> None:
            told.append(share)
            if "rows" in what:
                self.cancel.set()
            real(share, what)
            if self.cancel.is_set():
                raise CancelledError

    stopping = Stopping(server.settings.workspace, "analyst.example", server.clock)
    with pytest.raises(CancelledError):
        TASKS["ingest"](stopping, {"upload": sent["id"], "kind": "cells", "map": "generic", "name": "stations"})
    with Workspace.open(server.settings.workspace) as store:
        assert store.manifests() == []
        assert check_workspace(store).findings == ()
    assert len(told) == 2


FORMULAS = ['=cmd|"/c calc"!A1', "+1+1", "-2+3", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")']


@pytest.mark.parametrize("formula", FORMULAS)
def test_formula_in_a_file_comes_out_as_text(server: Server, formula: str) -> None:
    client = server.client("analyst")
    row = ["nr", "460", "1", "7", "9", "116.1", "39.9", formula]
    out = io.StringIO()
    csv.writer(out).writerows([HEADER.split(","), row])
    job = take_in(server, client, out.getvalue().encode())
    assert job["state"] == "done", job["told"]
    answer = client.get(f"{DATA}/sets/stations/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="stations.csv"'
    (exported,) = csv.DictReader(io.StringIO(answer.text))
    kept_text = client.get(f"{DATA}/sets/stations").json()["first"][0]["operator"]
    assert exported["operator"] == (f"'{kept_text}" if kept_text[0] in "=+-@\t\r" else kept_text)
    assert exported["operator"][0] not in "=+-@\t\r"
    assert float(exported["lon"]) == 116.1, "numbers stay numbers"


def test_parquet_comes_out_as_it_is_stored(server: Server) -> None:
    client = server.client("analyst")
    take_in(server, client, cells(2, "=1+1"))
    answer = client.get(f"{DATA}/sets/stations/export", params={"form": "parquet"})
    assert pq.read_table(io.BytesIO(answer.content)).column("operator").to_pylist() == ["=1+1", "=1+1"]


def test_markup_in_a_file_is_text_everywhere(server: Server) -> None:
    markup = "<img src=x onerror=alert(1)>"
    client = server.client("analyst")
    take_in(server, client, cells(1, markup), name=f"{markup}.csv")
    answer = client.get(f"{DATA}/sets/stations")
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["first"][0]["operator"] == markup
    assert answer.json()["manifest"]["source"] == f"{markup}.csv"


DECISION = {"dataset": "china_provinces"}


def _table(client: Client) -> dict[str, Any]:
    """A shipped table with a proposal of one number."""
    for of in client.get(f"{DATA}/reconciliation").json():
        for table in client.get(f"{DATA}/reconciliation/{of['dataset']}", params={"indicator": of["indicator"]}).json():
            if any(isinstance(p["to"], int | float) for p in table["proposals"]):
                found: dict[str, Any] = table
                return found
    raise AssertionError("no shipped table has a proposal")


def _decision(table: dict[str, Any], **changes: Any) -> dict[str, Any]:
    proposal = next(p for p in table["proposals"] if isinstance(p["to"], int | float))
    key = {name: table[name] for name in ("dataset", "indicator", "period")}
    return {**key, "region": proposal["region"], "to": proposal["to"], "reason": "Two digits were swapped.", **changes}


def test_proposal_is_accepted_under_the_name_of_who_is_signed_in(server: Server) -> None:
    client = server.client("analyst")
    table = _table(client)
    assert client.post(f"{DATA}/repairs", json=_decision(table, reason=" ")).status_code == 422
    assert client.post(f"{DATA}/repairs", json=_decision(table, to=1e12)).status_code == 404
    (made,) = client.post(f"{DATA}/repairs", json=_decision(table)).json()
    assert (made["signed_by"], made["region"]) == ("analyst.example", _decision(table)["region"])
    assert client.post(f"{DATA}/repairs", json=_decision(table)).status_code == 409
    assert client.post(f"{DATA}/repairs", json=_decision(table, signed_by="somebody")).status_code == 422
    params = {"indicator": table["indicator"], "period": table["period"]}
    (after,) = client.get(f"{DATA}/reconciliation/{table['dataset']}", params=params).json()
    assert any("analyst.example" in note for note in after["notes"])
    assert api.repair_list(server.settings.workspace)[0]["repair_id"] == made["repair_id"]


def test_proposal_is_declined_once_and_stays_on_record(server: Server) -> None:
    client = server.client("analyst")
    table = _table(client)
    made = client.post(f"{DATA}/repairs/declined", json=_decision(table))
    assert (made.status_code, made.json()["signed_by"]) == (201, "analyst.example")
    assert client.post(f"{DATA}/repairs/declined", json=_decision(table)).status_code == 409
    decided = server.client("viewer").get(f"{DATA}/repairs").json()
    assert [row["reason"] for row in decided["declined"]] == ["Two digits were swapped."]
    assert decided["accepted"] == []
    with Workspace.open(server.settings.workspace) as store:
        assert store.verify_audit() == []


def test_sources_maps_kinds_and_runs_are_the_public_functions_own(server: Server) -> None:
    client = server.client("viewer")
    plain = json.loads(json.dumps(api.data_sources(), default=str))
    assert client.get(f"{DATA}/sources").json() == plain
    assert client.get(f"{DATA}/maps").json() == json.loads(json.dumps(api.data_maps(), default=str))
    assert client.get(f"{DATA}/kinds").json() == api.data_kinds()
    assert client.get(f"{DATA}/runs").json() == []
    for kind in api.data_kinds():
        assert len(client.get(f"{DATA}/kinds/{kind}").json()) == len(api.data_columns(kind))


def test_upload_is_dated_by_the_server(server: Server) -> None:
    client = server.client("analyst")
    assert datetime.fromisoformat(send(client).json()["at"]) - server.clock() < timedelta(seconds=1)
