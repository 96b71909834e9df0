"""Sites over the web: who sees them, what a design says, what an edit gives, and what is refused."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from setsail import api
from setsail.store import jobs
from setsail.web import demonstration, designs, site_tasks
from setsail.web.designs import Designs
from setsail.web.worker import Context, Worker
from tests.web.asgi import Answer, Client
from tests.web.conftest import MakeServer, Server

ORGANISATION = "Example Hospital"
SITE = "small-clinic"
ROOT = "/api/v1/sites"
HERE = f"{ROOT}/Example%20Hospital/{SITE}"


@pytest.fixture(scope="session")
def designed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small synthetic clinic with its design, to copy."""
    folder = tmp_path_factory.mktemp("sites") / SITE
    api.site_new("hospital", "Small clinic (invented, synthetic)", folder, floors=1, area_m2=600.0)
    api.design_run(folder, time_limit_s=2.0, resolution_m=1.0)
    return folder


@pytest.fixture
def hospital(make_server: MakeServer, designed: Path) -> Server:
    """A server on which one organisation has one designed site."""
    server = make_server()
    shutil.copytree(designed, server.settings.sites_folder() / ORGANISATION / SITE)
    return server


def folder_of(server: Server) -> Path:
    return server.settings.sites_folder() / ORGANISATION / SITE


def opened(client: Client) -> tuple[str, list[dict[str, Any]]]:
    made = client.get(f"{HERE}/design").json()
    return made["revision"], made["heads"]


def what_if(client: Client, revision: str, heads: list[dict[str, Any]], floors: dict[str, Any] | None = None) -> Answer:
    return client.post(f"{HERE}/what-if", json={"revision": revision, "heads": heads, "floors": floors or {}})


def moved(heads: list[dict[str, Any]], by_m: float = 0.25) -> list[dict[str, Any]]:
    return [{**heads[0], "x_m": heads[0]["x_m"] + by_m}, *heads[1:]]


def test_list_holds_the_sites_of_the_own_organisation_only(hospital: Server) -> None:
    own = hospital.client("viewer").get(ROOT).json()
    assert [(row["organisation"], row["site"], row["designed"]) for row in own] == [(ORGANISATION, SITE, True)]
    assert hospital.client("viewer", organisation="Other Clinic").get(ROOT).json() == []
    assert len(hospital.client("administrator", organisation="Operator").get(ROOT).json()) == 1


@pytest.mark.parametrize(
    "path",
    ["", "/floors/L0", "/design", "/verdicts", "/findings", "/budgets?flow=x", "/maps/L0", "/maps/L0/rsrp?revision=x",
     "/results", "/results/a.pdf", "/compare?other_organisation=Example%20Hospital&other=small-clinic"],
)  # fmt: skip
def test_site_of_others_is_told_as_if_it_were_not_there(hospital: Server, path: str) -> None:
    stranger = hospital.client("viewer", organisation="Other Clinic")
    there = stranger.get(HERE + path)
    absent = stranger.get(f"{ROOT}/Example%20Hospital/no-such{path}")
    assert (there.status_code, absent.status_code) == (404, 404)
    assert there.error["what"] == absent.error["what"] == "is not there"


@pytest.mark.parametrize(
    ("organisation", "site"),
    [("..", "Example%20Hospital"), ("%2e%2e", "x"), ("Example%20Hospital", "%2e%2e"), ("Example%20Hospital", ".hidden"),
     ("Example%20Hospital", "link"), ("Example%20Hospital", "small-clinic%00"), ("", "small-clinic"),
     ("Example%20Hospital%2fsmall-clinic", "floors"), ("%5c..", "x")],
)  # fmt: skip
def test_name_that_is_no_folder_of_ours_is_not_there(hospital: Server, organisation: str, site: str) -> None:
    root = hospital.settings.sites_folder() / ORGANISATION
    (root / ".hidden").mkdir()
    (root / "link").symlink_to(root / SITE)
    found = hospital.client("administrator").get(f"{ROOT}/{organisation}/{site}")
    assert found.status_code == 404
    assert str(hospital.settings.workspace) not in found.text


def test_link_as_organisation_is_not_followed(hospital: Server, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    shutil.copytree(folder_of(hospital), tmp_path / "elsewhere" / SITE)
    (hospital.settings.sites_folder() / "Linked").symlink_to(tmp_path / "elsewhere")
    client = hospital.client("viewer", organisation="Linked")
    assert client.get(ROOT).json() == []
    assert client.get(f"{ROOT}/Linked/{SITE}").status_code == 404


def test_broken_site_is_told_and_hides_no_other(hospital: Server) -> None:
    broken = hospital.settings.sites_folder() / ORGANISATION / "broken"
    broken.mkdir()
    (broken / "site.toml").write_text("format = 9\n", encoding="utf-8")
    rows = {row["site"]: row for row in hospital.client("viewer").get(ROOT).json()}
    assert rows["broken"]["error"]
    assert not rows[SITE]["error"]
    assert str(hospital.settings.workspace) not in json.dumps(rows)


def test_verdicts_are_those_of_the_command(hospital: Server) -> None:
    client = hospital.client("viewer")
    told = client.get(f"{HERE}/verdicts").json()
    ours = api.design_verify(folder_of(hospital))
    assert told["totals"] == ours["totals"]
    assert told["dimensions"] == ours["dimensions"]
    assert client.get(f"{HERE}/findings?limit=1").json()["all"] == len(ours["findings"])


def test_folder_as_profile_is_refused(hospital: Server) -> None:
    found = hospital.client("viewer").get(f"{HERE}/verdicts", params={"profile": "/etc"})
    assert found.status_code == 404
    assert "hospital" in found.error["allowed"]


def test_findings_of_a_room_are_of_it_and_its_flows_with_all_that_a_reader_needs(hospital: Server) -> None:
    client = hospital.client("viewer")
    flow = client.get(f"{HERE}/design").json()["flows"][0]
    found = client.get(f"{HERE}/findings", params={"room": flow["room"], "limit": 1000}).json()["findings"]
    kinds = {one["subject"] for one in found}
    assert {f"room:{flow['room']}", f"flow:{flow['flow']}"} <= kinds
    assert not {k for k in kinds if k.startswith("room:")} - {f"room:{flow['room']}"}
    asked = ("source", "met_text", "required_text", "margin_text", "cause", "remedy", "fact_sources")
    assert all(name in one for one in found for name in asked)


def test_findings_come_in_pages_that_join_to_the_whole(hospital: Server) -> None:
    client = hospital.client("viewer")
    whole = client.get(f"{HERE}/findings?limit=60").json()["findings"]
    parts = [client.get(f"{HERE}/findings?limit=20&offset={n}").json()["findings"] for n in (0, 20, 40)]
    assert [one for part in parts for one in part] == whole


def test_labels_come_in_the_language_asked_for(hospital: Server) -> None:
    client = hospital.client("viewer")
    english, chinese = (client.get(f"{HERE}/findings?limit=1&lang={lang}").json() for lang in ("en", "zh"))
    assert english["findings"][0]["label"] != chinese["findings"][0]["label"]


def test_raster_is_that_of_the_maps_and_is_told_unchanged(hospital: Server) -> None:
    client = hospital.client("viewer")
    frame = client.get(f"{HERE}/maps/L0").json()
    path = f"{HERE}/maps/L0/rsrp?revision={frame['revision']}"
    answer = client.get(path)
    values = np.frombuffer(answer.content, "<f4").reshape(frame["rows"], frame["columns"])
    made = api.design_open(folder_of(hospital))
    known = ~np.isnan(values)
    np.testing.assert_array_equal(values[known], made.maps.floors[0].rsrp_dbm[known])
    assert known.any()
    assert not known.all()
    again = client.get(path, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("path", ["/maps/L9", "/maps/L0/colour?revision={r}", "/maps/L0/rsrp?revision=other",
                                  "/floors/..", "/floors/L9", "/budgets?flow=none"])  # fmt: skip
def test_unknown_floor_layer_revision_and_flow_are_not_there(hospital: Server, path: str) -> None:
    client = hospital.client("viewer")
    revision = opened(client)[0]
    assert client.get(HERE + path.format(r=revision)).status_code == 404


def test_budget_terms_add_up_to_the_longest_delay(hospital: Server) -> None:
    client = hospital.client("viewer")
    flow = client.get(f"{HERE}/design").json()["flows"][0]["flow"]
    for one in client.get(f"{HERE}/budgets", params={"flow": flow}).json():
        tree = one["tree"]
        assert tree["max_s"] == pytest.approx(sum(child["max_s"] for child in tree["children"]), rel=1e-9)


def test_moved_head_gives_the_judgement_of_a_whole_new_design_and_writes_nothing(hospital: Server) -> None:
    client = hospital.client("viewer")
    revision, heads = opened(client)
    before = {p.name: p.read_bytes() for p in folder_of(hospital).glob("*.*")}
    told = what_if(client, revision, moved(heads, 1.0)).json()
    whole = api.design_open(folder_of(hospital))
    edited = api.design_edited(whole, moved(heads, 1.0), {})
    assert {p.name: p.read_bytes() for p in folder_of(hospital).glob("*.*")} == before
    copy = hospital.settings.workspace / "copy"
    shutil.copytree(folder_of(hospital), copy)
    api.design_save(copy, whole, edited)
    anew = api.design_verdicts(api.design_open(copy))
    assert told["totals"]["after"] == anew["totals"]
    assert told["rooms"] == anew["rooms"]
    path = f"{HERE}/maps/L0/rsrp?revision={told['revision']}"
    assert client.get(path).content != client.get(path.replace(told["revision"], revision)).content


def test_unchanged_edit_changes_nothing(hospital: Server) -> None:
    client = hospital.client("viewer")
    told = what_if(client, *opened(client)).json()
    assert (told["all"], told["changes"]) == (0, [])


def test_wall_taken_away_raises_levels_behind_it(hospital: Server) -> None:
    client = hospital.client("viewer")
    revision, heads = opened(client)
    drawing = client.get(f"{HERE}/floors/L0").json()
    drawing["features"] = [f for f in drawing["features"] if f["properties"]["part"] == "room"]
    told = what_if(client, revision, heads, {"L0": drawing}).json()
    path = f"{HERE}/maps/L0/rsrp?revision="
    before, after = (np.frombuffer(client.get(path + r).content, "<f4") for r in (revision, told["revision"]))
    known = ~np.isnan(after)
    assert np.all(after[known] >= before[known] - 1e-4)
    assert np.nanmean(after) > np.nanmean(before) + 1.0


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"x_m": 5000.0}, "outside the building"),
        ({"floor": "L9"}, ""),
        ({"cell": "no-such"}, ""),
        ({"x_m": "=1+1"}, ""),
        ({"strange": 1}, "unknown key"),
    ],
)
def test_impossible_head_is_refused_with_its_place(hospital: Server, change: dict[str, Any], what: str) -> None:
    client = hospital.client("viewer")
    revision, heads = opened(client)
    found = what_if(client, revision, [{**heads[0], **change}, *heads[1:]])
    assert found.status_code in {404, 422}
    assert what in found.error["what"]
    assert found.error["where"]


@pytest.mark.parametrize("drawing", [{}, {"type": "FeatureCollection"}, {"features": [1]}])
def test_strange_drawing_is_refused(hospital: Server, drawing: dict[str, Any]) -> None:
    client = hospital.client("viewer")
    assert what_if(client, *opened(client), {"L0": drawing}).status_code == 422


def changed(drawing: dict[str, Any], outline: list[list[float]] | None = None, **properties: Any) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(drawing))
    first = next(f for f in made["features"] if f["properties"]["part"] == "room")
    first["properties"] |= properties
    if outline:
        first["geometry"]["coordinates"] = [[*outline, outline[0]]]
    return made


def test_drawing_that_no_file_or_memory_could_hold_is_refused(hospital: Server) -> None:
    client = hospital.client("viewer")
    revision, heads = opened(client)
    drawing = client.get(f"{HERE}/floors/L0").json()
    huge = [[0.0, 0.0], [5000.0, 0.0], [5000.0, 5000.0], [0.0, 5000.0]]
    flat = [[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]
    for strange in (
        changed(drawing, room="\ud800"), changed(drawing, name="\ud800"), changed(drawing, outline=huge),
        changed(drawing, outline=flat), changed(drawing, area_m2="many"), changed(drawing, strange=1),
    ):  # fmt: skip
        found = what_if(client, revision, heads, {"L0": strange})
        assert found.status_code == 422, found.text
        assert found.error["where"]


def test_room_taken_away_takes_its_needs_and_flows_with_it(hospital: Server) -> None:
    client = hospital.client("engineer")
    revision, heads = opened(client)
    room = client.get(f"{HERE}/design").json()["flows"][0]["room"]
    drawing = client.get(f"{HERE}/floors/L0").json()
    drawing["features"] = [f for f in drawing["features"] if f["properties"].get("room") != room]
    body = {"revision": revision, "heads": heads, "floors": {"L0": drawing}}
    found = client.put(f"{HERE}/design", json=body)
    assert found.status_code == 200, found.text
    assert room not in {f["room"] for f in client.get(f"{HERE}/design").json()["flows"]}
    assert api.site_check(folder_of(hospital))["counts"]["defect"] == 0


def test_markup_in_a_name_stays_text(hospital: Server) -> None:
    client = hospital.client("engineer")
    revision, heads = opened(client)
    drawing = changed(client.get(f"{HERE}/floors/L0").json(), name="<svg onload=alert(1)>")
    body = {"revision": revision, "heads": heads, "floors": {"L0": drawing}}
    assert client.put(f"{HERE}/design", json=body).status_code == 200
    answer = client.get(f"{HERE}/floors/L0")
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "<svg onload=alert(1)>" in {f["properties"].get("name") for f in answer.json()["features"]}


def test_upload_beyond_its_limit_leaves_nothing(hospital: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("setsail.web.routes.sites.SITE_BYTES", 1000)
    engineer = hospital.client("engineer")
    headers = {"content-type": "application/octet-stream"}
    path = f"{ROOT}?name=x&file=x.dxf"
    assert engineer.post(path, content=[b"x" * 400] * 3, headers=headers).status_code == 413
    assert not list((hospital.settings.workspace / site_tasks.UPLOADS).iterdir())
    assert jobs.jobs(hospital.engine) == []


def test_saving_needs_an_engineer_and_is_in_the_audit_trail(hospital: Server) -> None:
    viewer, engineer = hospital.client("viewer"), hospital.client("engineer")
    revision, heads = opened(engineer)
    body = {"revision": revision, "heads": moved(heads), "floors": {}}
    assert viewer.put(f"{HERE}/design", json=body).status_code == 403
    saved = engineer.put(f"{HERE}/design", json=body).json()
    assert saved["revision"] != revision
    kept = {h["head"]: h for h in engineer.get(f"{HERE}/design").json()["heads"]}
    assert kept[heads[0]["head"]]["x_m"] == heads[0]["x_m"] + 0.25
    last = api.admin_audit(hospital.settings.workspace)[-1]
    assert (last["action"], last["actor"], last["subject"]) == (
        "save-design",
        "engineer.example",
        f"{ORGANISATION}/{SITE}",
    )


def test_save_over_a_design_that_changed_meanwhile_is_refused(hospital: Server) -> None:
    engineer = hospital.client("engineer")
    revision, heads = opened(engineer)
    first = {"revision": revision, "heads": moved(heads, 0.25), "floors": {}}
    second = {"revision": revision, "heads": moved(heads, 0.5), "floors": {}}
    assert engineer.put(f"{HERE}/design", json=first).status_code == 200
    assert engineer.put(f"{HERE}/design", json=second).status_code == 409


def test_save_by_an_engineer_of_others_is_not_there(hospital: Server) -> None:
    revision, heads = opened(hospital.client("viewer"))
    stranger = hospital.client("engineer", organisation="Other Clinic")
    body = {"revision": revision, "heads": heads, "floors": {}}
    assert stranger.put(f"{HERE}/design", json=body).status_code == 404
    assert stranger.post(f"{HERE}/what-if", json=body).status_code == 404


def test_revision_of_a_what_if_is_not_served_for_another_site(hospital: Server) -> None:
    shutil.copytree(folder_of(hospital), folder_of(hospital).with_name("copy"))
    client = hospital.client("viewer")
    revision = opened(client)[0]
    assert client.get(f"{ROOT}/Example%20Hospital/copy/maps/L0/rsrp?revision={revision}").status_code == 404


def test_comparison_with_a_moved_copy_tells_what_turns(hospital: Server) -> None:
    client = hospital.client("viewer")
    shutil.copytree(folder_of(hospital), folder_of(hospital).with_name("copy"))
    path = f"{HERE}/compare?other_organisation=Example%20Hospital&other=copy"
    assert client.get(path).json()["all"] == 0
    opened_copy = api.design_open(folder_of(hospital).with_name("copy"))
    heads = client.get(f"{HERE}/design").json()["heads"]
    api.design_save(
        folder_of(hospital).with_name("copy"), opened_copy, api.design_edited(opened_copy, moved(heads, 2.0), {})
    )
    assert client.get(path).json()["all"] > 0


# ---- uploads and jobs ----

GEOJSON = {
    "type": "FeatureCollection",
    "features": [
        {"type": "Feature", "properties": {"feature_type": "unit", "name": "=cmd()<b>", "level": 0},
         "geometry": {"type": "Polygon", "coordinates": [[[0, 0], [8e-5, 0], [8e-5, 8e-5], [0, 8e-5], [0, 0]]]}},
    ],
}  # fmt: skip


def upload(client: Client, content: bytes, file: str = "plan.geojson", name: str = "New wing") -> Answer:
    return client.post(
        ROOT, params={"name": name, "file": file}, content=content, headers={"content-type": "application/octet-stream"}
    )


def work(server: Server) -> None:
    of = server.settings
    hand = Worker(server.engine, of.workspace, {
        "site-import": site_tasks.site_import, "site-design": site_tasks.site_design,
        "site-report": site_tasks.site_report, "site-certificate": site_tasks.site_certificate,
    }, "test", of.now)  # fmt: skip
    while hand.step():
        pass


def test_uploaded_building_becomes_a_site_of_the_own_organisation(hospital: Server) -> None:
    engineer = hospital.client("engineer")
    answer = upload(engineer, json.dumps(GEOJSON).encode())
    assert answer.status_code == 202
    work(hospital)
    job = jobs.job_of(hospital.engine, answer.json()["job"])
    assert job.state == "done", job.told
    rows = {row["site"]: row for row in engineer.get(ROOT).json()}
    assert rows["new-wing"]["rooms"] == 1
    assert not list((hospital.settings.workspace / site_tasks.UPLOADS).iterdir())


@pytest.mark.parametrize("file", ["plan.exe", "plan", "../../plan.sh", "plan.geojson/.."])
def test_upload_of_no_building_is_refused(hospital: Server, file: str) -> None:
    assert upload(hospital.client("engineer"), b"x", file).status_code == 422


def test_upload_by_a_viewer_is_refused_and_an_empty_one_leaves_nothing(hospital: Server) -> None:
    assert upload(hospital.client("viewer"), b"x").status_code == 403
    assert upload(hospital.client("engineer"), b"").status_code == 422
    folder = hospital.settings.workspace / site_tasks.UPLOADS
    assert not folder.is_dir() or not list(folder.iterdir())


def test_upload_with_a_strange_name_stays_in_its_folder(hospital: Server) -> None:
    engineer = hospital.client("engineer")
    upload(engineer, json.dumps(GEOJSON).encode(), name="../../../etc/<b>x")
    work(hospital)
    assert sorted(row["site"] for row in engineer.get(ROOT).json()) == ["etc-b-x", SITE]


def test_upload_that_is_no_geojson_fails_and_tells_no_path_of_the_server(hospital: Server) -> None:
    engineer = hospital.client("engineer")
    job = upload(engineer, b"not a drawing").json()["job"]
    work(hospital)
    told = engineer.get(f"/api/v1/jobs/{job}").json()
    assert told["state"] == "failed"
    assert str(hospital.settings.workspace) not in told["told"]


def test_design_job_designs_the_site(hospital: Server) -> None:
    engineer = hospital.client("engineer")
    assert hospital.client("viewer").post(f"{HERE}/design-jobs").status_code == 403
    job = engineer.post(f"{HERE}/design-jobs?only_placed=true").json()["job"]
    work(hospital)
    told = engineer.get(f"/api/v1/jobs/{job}").json()
    assert told["state"] == "done", told["told"]
    assert told["result"]["heads"] == len(opened(engineer)[1])


def test_demonstration_queues_its_hospital_and_its_rollout_once(hospital: Server) -> None:
    state = hospital.app.state.setsail
    demonstration.prepare(state)
    demonstration.prepare(state)
    assert sorted(job.task for job in jobs.jobs(hospital.engine)) == ["rollout-demonstration", "site-demonstration"]


def test_demonstration_leaves_rollouts_of_another_folder_alone(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(rollouts=tmp_path / "elsewhere")
    demonstration.prepare(server.app.state.setsail)
    assert [job.task for job in jobs.jobs(server.engine)] == ["site-demonstration"]


def test_demonstration_asks_for_remote_ultrasound(tmp_path: Path) -> None:
    made = api.site_demonstration(tmp_path / "demonstration-hospital")
    text = (tmp_path / "demonstration-hospital" / "needs.csv").read_text(encoding="utf-8")
    assert made["needs"] == text.count("\n") - 1
    assert ("APP-128" in text, "APP-119" in text) == (True, True)


def test_job_of_a_site_that_is_gone_is_told(tmp_path: Path) -> None:
    context = Context(tmp_path, "tester", lambda: datetime(2026, 1, 1, tzinfo=UTC))
    for organisation in ("..", "Example", "a/b", ""):
        with pytest.raises(Exception, match="not there any more"):
            site_tasks.site_design(context, {"organisation": organisation, "site": SITE, "profile": "hospital"})


# ---- designs that are kept ----


def test_designs_are_kept_up_to_a_bound_of_memory_and_made_once(
    designed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(api, "design_bytes", lambda _: 10)
    kept = Designs(most_bytes=25)
    for name in ("a", "b", "a", "c"):
        kept.made(name, designed, lambda name=name: made.append(name))  # type: ignore[misc, arg-type]
    assert made == ["a", "b", "c"]
    assert list(kept.kept) == ["a", "c"]


def test_revision_changes_with_every_file_that_is_read(designed: Path, tmp_path: Path) -> None:
    folder = tmp_path / SITE
    shutil.copytree(designed, folder)
    seen = {designs.revision_of(folder, "hospital"), designs.revision_of(folder, "factory")}
    for name in ("site.toml", "needs.csv", "heads.csv", "flows.csv", "network.toml", "floors/L0.geojson"):
        (folder / name).write_text((folder / name).read_text(encoding="utf-8") + "\n", encoding="utf-8")
        seen.add(designs.revision_of(folder, "hospital"))
    assert len(seen) == 8
