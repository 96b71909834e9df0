"""One shape for every error, and nothing of the inside in it."""

from __future__ import annotations

import logging
from collections.abc import Callable

import pytest
from fastapi import Depends

from setsail.base.errors import (
    BadInput,
    MissingExtra,
    NotComputable,
    SetSailError,
    StoreConflict,
    StoreCorrupt,
    UnknownName,
)
from setsail.web.access import public
from tests.web.asgi import Client
from tests.web.conftest import Server

API = "/api/v1"


def _raising(server: Server, err: Callable[[], Exception]) -> Client:
    def route() -> None:
        raise err()

    server.app.add_api_route("/raise", route, dependencies=[Depends(public)])
    server.app.router.routes.insert(0, server.app.router.routes.pop())
    return Client(server.app)


@pytest.mark.parametrize("path", ["/nothing", "/", "", "/jobs/1/2/3", "/plans/", "/../../etc/passwd"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_address_that_is_not_there_is_404_in_the_one_shape(server: Server, method: str, path: str) -> None:
    answer = server.client("viewer").request(method, API + path)
    assert (answer.status_code, answer.error["code"]) == (404, "not-found")


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/v2/plans", "/api/v1x"])
def test_address_beside_the_api_is_no_page(server: Server, path: str) -> None:
    assert Client(server.app).get(path).error["code"] == "not-found"


def test_method_that_a_route_does_not_know_is_405_and_names_those_it_does(server: Server) -> None:
    answer = Client(server.app).request("PATCH", f"{API}/session")
    assert (answer.status_code, answer.error["code"]) == (405, "no-such-method")
    assert answer.headers["allow"] == "DELETE, GET, POST"


@pytest.mark.parametrize(
    ("body", "where"),
    [
        (b"", "body"), (b"{", "body.1"), (b"[]", "body"), (b"null", "body"), (b'"text"', "body"),
        (b'{"name": "a"}', "body.password"), (b'{"name": 1, "password": "x"}', "body.name"),
        (b'{"name": "a", "password": "x", "role": "administrator"}', "body.role"),
        (b'{"name": "a", "password": "x", "\\ud800": 1}', "body"),
        (b'{"name": "\\ud800", "password": "x"}', "body.name"),
        (b'{"name": "' + b"a" * 64 + b'", "password": "x"}', "body.name"),
        (b"\xff\xfe", "body"), (b"[" * 100_000, "body"), (b"9" * 10_000, "body"),
    ],
)  # fmt: skip
def test_body_of_another_form_is_422_and_says_where(server: Server, body: bytes, where: str) -> None:
    client = Client(server.app)
    answer = client.post(f"{API}/session", content=body, headers={"content-type": "application/json"})
    assert answer.status_code in {400, 422}
    assert answer.error["code"] == "bad-input"
    assert answer.status_code == 400 or answer.error["where"].startswith(where)


def test_password_is_never_told_back(server: Server) -> None:
    given = {"name": "a", "password": "s3cret-" * 200}
    assert "s3cret" not in Client(server.app).post(f"{API}/session", json=given).text


@pytest.mark.parametrize(
    ("err", "status"),
    [
        (UnknownName, 404), (StoreConflict, 409), (NotComputable, 422), (BadInput, 422), (MissingExtra, 501),
        (StoreCorrupt, 500), (SetSailError, 500),
    ],
)  # fmt: skip
def test_error_of_ours_keeps_its_four_parts(server: Server, err: type[SetSailError], status: int) -> None:
    answer = _raising(server, lambda: err("is 3", where="line 7", allowed="1, 2", hint="2")).get("/raise")
    assert answer.status_code == status
    assert answer.error == {"code": err.code, "where": "line 7", "what": "is 3", "allowed": "1, 2", "hint": "2"}


def test_error_of_ours_tells_no_folder_of_the_server(server: Server) -> None:
    root = server.settings.workspace
    err = BadInput(f"{root}/data/x is gone", where=str(root), hint=f"look into {server.settings.sites_folder()}/a")
    told = _raising(server, lambda: err).get("/raise")
    assert str(root.parent) not in told.text
    assert told.error["what"] == "data/x is gone"


def test_fault_of_ours_is_500_without_its_inside(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, "setsail.web"):
        answer = _raising(server, lambda: RuntimeError("secret of the inside")).get("/raise")
    assert (answer.status_code, answer.error["code"]) == (500, "our-fault")
    assert not any(word in answer.text for word in ("secret of the inside", "Traceback", ".py", "RuntimeError"))
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "secret of the inside" in caplog.text


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "<svg onload=alert(1)>", "'\"><img src=x>", "\u202egnp.exe"]
)
def test_markup_in_an_address_comes_back_as_json_text(server: Server, name: str) -> None:
    from urllib.parse import quote

    answer = server.client("viewer").get(f"{API}/plans/{quote(name, safe='')}/verdicts")
    assert answer.headers["content-type"] == "application/json"
    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/plans/%2e%2e%2f%2e%2e%2fetc%2fpasswd/verdicts", "/plans/..%5c..%5cwindows/verdicts", "/plans/%00/verdicts",
        "/plans/pyproject.toml/verdicts", "/plans/.%2fpyproject.toml/verdicts", "/plans/%ff%fe/verdicts",
        "/plans/" + "a" * 5000 + "/verdicts", "/plans/./verdicts", "/plans/src/verdicts", "/plans/README.md/verdicts",
        "/jobs/%2e%2e", "/jobs/0", "/jobs/-1", "/jobs/1e9", "/jobs/99999999999999999999999999", "/jobs/1%00",
    ],
)  # fmt: skip
def test_path_tricks_reach_no_file(server: Server, path: str) -> None:
    """Above all no file of the folder in which the server was started."""
    answer = server.client("viewer").get(API + path)
    assert answer.status_code in {404, 422}
    assert not any(word in answer.text for word in ("root:", "[project]", "setsail/", "No such file", "Traceback"))
    assert answer.error
