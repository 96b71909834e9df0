"""Accounts and organisations over the web and by the command, on either registry; nothing for those who may not."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from setsail.base.errors import BadInput, SetSailError
from setsail.store import passwords, people
from setsail.store.migrate import revision
from setsail.store.opening import DATABASE_VARIABLE
from setsail.store.registry import REVISION
from setsail.store.workspace import Workspace
from setsail.web.access import public
from tests.store.workers import AT, put
from tests.web.asgi import Client
from tests.web.conftest import NOW, PASSWORD, MakeServer, Server

ADMIN = "/api/v1/admin"
ANNA = {"name": "anna", "organisation": "Example Province", "role": "analyst", "password": PASSWORD}


def test_administrator_makes_and_changes_accounts(server: Server) -> None:
    client = server.client("administrator")
    made = client.post(f"{ADMIN}/people", json=ANNA)
    assert (made.status_code, made.json()["role"]) == (201, "analyst")
    assert "password" not in made.text
    anna = Client(server.app)
    assert anna.sign_in("anna", PASSWORD).status_code == 200
    changed = client.patch(f"{ADMIN}/people/anna", json={"role": "engineer", "organisation": "Other"})
    assert (changed.json()["role"], changed.json()["organisation"]) == ("engineer", "Other")
    assert anna.get("/api/v1/plans").status_code == 401, "the change ends her sessions"
    assert client.patch(f"{ADMIN}/people/anna", json={"active": False}).json()["active"] is False
    assert Client(server.app).sign_in("anna", PASSWORD).status_code == 401
    told = [(row["actor"], row["action"]) for row in client.get(f"{ADMIN}/audit").json()["rows"]][:4]
    assert told == [
        ("administrator.example", "change-person"), ("administrator.example", "change-person"), ("anna", "sign-in"),
        ("administrator.example", "add-person"),
    ]  # fmt: skip


def test_accounts_in_use_are_not_made_twice_and_unknown_ones_not_changed(server: Server) -> None:
    client = server.client("administrator")
    client.post(f"{ADMIN}/people", json=ANNA)
    assert client.post(f"{ADMIN}/people", json=ANNA).status_code == 422
    assert client.patch(f"{ADMIN}/people/nobody", json={"active": False}).status_code == 404
    assert client.patch(f"{ADMIN}/people/anna", json={}).status_code == 422
    assert client.patch(f"{ADMIN}/people/%00", json={"active": False}).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""), ("name", "a" * 64), ("name", "Anna"), ("name", "../x"), ("name", "a b"), ("name", "<svg>"),
        ("name", "\0"), ("role", "root"), ("role", ""), ("password", "short"), ("password", "x" * 1025),
        ("organisation", " "), ("organisation", "../up"), ("organisation", "a/b"), ("organisation", "a\\b"),
        ("organisation", ".hidden"), ("organisation", "a\nb"), ("organisation", "x" * 81), ("organisation", "a\0"),
    ],
)  # fmt: skip
def test_account_that_cannot_be_is_refused(server: Server, field: str, value: str) -> None:
    client = server.client("administrator")
    assert client.post(f"{ADMIN}/people", json=ANNA | {field: value}).status_code == 422
    assert len(client.get(f"{ADMIN}/people").json()) == 1


def test_name_of_an_organisation_is_text(server: Server) -> None:
    markup = '<b>省<img src=x> & "Söhne" \'--'
    client = server.client("administrator")
    assert client.post(f"{ADMIN}/people", json=ANNA | {"organisation": markup}).json()["organisation"] == markup
    found = client.get(f"{ADMIN}/organisations")
    assert found.headers["content-type"] == "application/json"
    assert [row["organisation"] for row in found.json()] == [markup, "Example Hospital"]


@pytest.mark.parametrize("role", ["viewer", "analyst", "engineer", "assessor"])
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "people"), ("GET", "organisations"), ("GET", "audit"), ("GET", "audit/verification"),
        ("GET", "database"), ("POST", "people"), ("PATCH", "people/anna"), ("POST", "checks"),
    ],
)  # fmt: skip
def test_only_administrators_administer(server: Server, role: str, method: str, path: str) -> None:
    assert server.client(role).request(method, f"{ADMIN}/{path}").status_code == 403


def test_last_administrator_stays(server: Server) -> None:
    client = server.client("administrator", name="admin")
    for change in ({"active": False}, {"role": "viewer"}):
        refused = client.patch(f"{ADMIN}/people/admin", json=change)
        assert (refused.status_code, refused.error["what"]) == (422, "is the last administrator")
    client.post(f"{ADMIN}/people", json=ANNA | {"role": "administrator"})
    assert client.patch(f"{ADMIN}/people/admin", json={"active": False}).status_code == 200
    with pytest.raises(BadInput, match="last administrator"):
        people.change(server.engine, "anna", actor="x", now=NOW, role="viewer")


def test_demonstration_user_sees_accounts_and_may_not_make_one(make_server: MakeServer) -> None:
    server = make_server(demonstration=True)
    client = Client(server.app)
    client.csrf = client.get("/api/v1/session").json()["csrf"]
    assert client.get(f"{ADMIN}/people").status_code == 200
    refused = client.post(f"{ADMIN}/people", json=ANNA)
    assert (refused.status_code, "demonstration" in refused.error["what"]) == (403, True)
    assert people.people(server.engine) == []


def test_audit_trail_is_paged_newest_first_and_verified(server: Server) -> None:
    client = server.client("administrator")
    for number in range(5):
        client.post(f"{ADMIN}/people", json=ANNA | {"name": f"anna{number}"})
    first = client.get(f"{ADMIN}/audit", params={"limit": 3}).json()
    rest = client.get(f"{ADMIN}/audit", params={"limit": 100, "before": first["next"]}).json()
    numbers = [row["seq"] for row in (*first["rows"], *rest["rows"])]
    assert numbers == list(range(len(numbers), 0, -1))
    assert rest["next"] is None
    found = client.get(f"{ADMIN}/audit/verification").json()
    assert (found["verdict"], found["entries"]) == ("pass", len(numbers))
    noted = client.get(f"{ADMIN}/audit/verification", params={"noted": "0" * 64}).json()
    assert noted["verdict"] == "fail"


def test_changed_entry_is_told_in_the_verification(server: Server) -> None:
    client = server.client("administrator")
    with sqlite3.connect(server.settings.workspace / "registry.sqlite") as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")  # as one would who means to hide it
        connection.execute("UPDATE audit SET actor = 'somebody' WHERE seq = 1")
    connection.close()
    found = client.get(f"{ADMIN}/audit/verification").json()
    assert (found["verdict"], found["findings"][0]["code"]) == ("fail", "audit-changed")


def test_database_page_tells_no_address(server: Server) -> None:
    found = server.client("administrator").get(f"{ADMIN}/database")
    assert found.json()["revision"] == REVISION
    assert str(server.settings.workspace.parent) not in found.text


# By the command.


def _command(*parts: str, given: str = "") -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != DATABASE_VARIABLE}
    return subprocess.run(
        [str(Path(sys.executable).with_name("setsail")), *parts], input=given, capture_output=True, text=True,
        check=False, env=environment | {"SETSAIL_ACTOR": "root"}, timeout=120,
    )  # fmt: skip


def test_first_administrator_is_made_by_the_command_and_can_sign_in(make_server: MakeServer) -> None:
    server = make_server()
    root = str(server.settings.workspace)
    options = [
        "--organisation",
        "Example Ministry",
        "--role",
        "administrator",
        "--password-stdin",
        "-w",
        root,
        "-f",
        "json",
    ]
    done = _command("admin", "create-user", "chief", *options, given=f"{PASSWORD}\n")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["role"] == "administrator"
    assert PASSWORD not in done.stdout + done.stderr
    kept = people.person(server.engine, "chief")
    assert kept is not None
    assert kept.password_hash.startswith("$argon2id$v=19$m=65536,t=3,p=4$"), (
        "the parameters that the library recommends"
    )
    client = Client(server.app)
    assert client.sign_in("chief", PASSWORD).status_code == 200
    assert client.get(f"{ADMIN}/audit").json()["rows"][-1]["actor"] == "root"
    short = _command("admin", "create-user", "other", *options, given="short\n")
    assert short.returncode == 2
    assert "password" in short.stderr
    listed = _command("admin", "users", "-w", root, "-f", "json")
    assert [row["name"] for row in json.loads(listed.stdout)] == ["chief"]
    assert "argon2" not in listed.stdout
    new = _command("admin", "change-user", "chief", "--password-stdin", "-w", root, given="a lost password, replaced\n")
    assert new.returncode == 0, new.stderr
    assert client.get(f"{ADMIN}/audit").status_code == 401, "the change ends the sessions"
    assert Client(server.app).sign_in("chief", "a lost password, replaced").status_code == 200
    alone = _command("admin", "change-user", "chief", "--inactive", "-w", root)
    assert (alone.returncode, "last administrator" in alone.stderr) == (2, True)


# On either registry.


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty registry of each kind."""
    monkeypatch.delenv(DATABASE_VARIABLE, raising=False)
    url = None if request.param == "sqlite" else request.getfixturevalue("postgres_server")()
    with Workspace.open(tmp_path / "workspace", database_url=url) as store:
        yield store.engine


def _add(engine: sa.Engine, name: str, role: str = "administrator") -> people.Person:
    return people.add(engine, name, organisation="Example", role=role, password_hash="x", actor="t", now=NOW)


def test_accounts_work_alike_on_either_registry(engine: sa.Engine) -> None:
    made = _add(engine, "b")
    _add(engine, "a", "viewer")
    assert people.person(engine, "b") == made
    assert [one.name for one in people.people(engine)] == ["a", "b"]
    changed = people.change(engine, "a", actor="t", now=NOW, active=False, organisation=" Other ")
    assert (changed.active, changed.organisation, changed.epoch) == (False, "Other", 2)
    for name in ("nobody", "\0", "\ud800", "x" * 100):
        assert people.person(engine, name) is None
    with pytest.raises(SetSailError):
        _add(engine, "a")
    with pytest.raises(BadInput, match="last administrator"):
        people.change(engine, "b", actor="t", now=NOW, active=False)


def test_two_administrators_who_remove_each_other_at_once_leave_one(engine: sa.Engine) -> None:
    _add(engine, "a")
    _add(engine, "b")
    barrier, refused = threading.Barrier(2), []

    def remove(name: str) -> None:
        barrier.wait()
        try:
            people.change(engine, name, actor="t", now=NOW, role="viewer")
        except BadInput:
            refused.append(name)

    threads = [threading.Thread(target=remove, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [one.role for one in people.people(engine)].count("administrator") == 1
    assert len(refused) == 1


def test_server_on_postgresql_works_as_on_sqlite(
    make_server: MakeServer, postgres_server: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_server()  # its variable is cleared first
    monkeypatch.setenv(DATABASE_VARIABLE, postgres_server())
    server = make_server(workspace=tmp_path / "on-postgresql")
    assert server.engine.dialect.name == "postgresql"
    client = server.client("administrator")
    client.post(f"{ADMIN}/people", json=ANNA)
    assert [row["name"] for row in client.get(f"{ADMIN}/people").json()] == ["administrator.example", "anna"]
    assert client.get(f"{ADMIN}/audit/verification").json()["verdict"] == "pass"
    assert client.patch(f"{ADMIN}/people/anna", json={"active": False}).json()["active"] is False
    from tests.web.test_uploads import cells, take_in

    assert take_in(server, client, cells(3))["state"] == "done"
    queued = client.post(f"{ADMIN}/checks").json()
    from tests.web.test_uploads import work

    work(server)
    assert client.get(f"/api/v1/jobs/{queued['id']}").json()["result"]["verdict"] == "pass"


# An older workspace.


def test_workspace_of_the_first_revision_is_brought_up_and_keeps_its_data(tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    with Workspace.open(root) as store:
        before = put(store, "stations", 1)
        entries = store.audit_entries()
    _to_first_revision(root)
    with Workspace.open(root) as store:
        assert revision(store.engine) == REVISION
        assert store.latest("stations") == before
        assert store.audit_entries() == entries
        assert store.verify_audit() == []
        assert people.people(store.engine) == []
        people.add(store.engine, "a", organisation="Example", role="viewer", password_hash="x", actor="t", now=AT)


def _to_first_revision(root: Path) -> None:
    """As the first release left it: without what later revisions made."""
    connection = sqlite3.connect(root / "registry.sqlite")
    connection.execute("DROP TABLE people")
    connection.execute("UPDATE alembic_version SET version_num = '0001'")
    connection.commit()
    connection.close()


# Passwords.


def test_password_is_the_same_however_a_keyboard_composes_it() -> None:
    kept = passwords.hashed("Zürich-Zürich")
    assert passwords.holds(kept, "Zu\u0308rich-Zu\u0308rich")
    assert not passwords.holds(kept, "Zurich-Zurich")
    assert not passwords.holds("not a hash", "Zürich-Zürich")
    assert passwords.no_one("a password of nobody") is False


@pytest.mark.parametrize(("length", "good"), [(9, False), (10, True), (1024, True), (1025, False)])
def test_password_has_a_least_and_a_most_length(length: int, good: bool) -> None:
    if good:
        assert passwords.holds(passwords.hashed("x" * length), "x" * length)
    else:
        with pytest.raises(SetSailError, match="password"):
            passwords.hashed("x" * length)


def test_public_is_said_and_asks_nothing() -> None:
    assert public() is None  # type: ignore[func-returns-value]
