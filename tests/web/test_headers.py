"""Headers of every answer, limits of every body, and the files of the pages."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from pathlib import Path

import pytest

from setsail.web import pages
from setsail.web.headers import HEADERS
from tests.web.asgi import Answer, Client
from tests.web.conftest import MakeServer, Server

API = "/api/v1"
JSON = {"content-type": "application/json"}


def _require_headers(answer: Answer) -> None:
    assert {name: answer.headers.get(name) for name in HEADERS} == dict(HEADERS)
    assert "server" not in answer.headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", f"{API}/session", 200), ("GET", f"{API}/plans", 401), ("GET", f"{API}/nothing", 404),
        ("PATCH", f"{API}/session", 405), ("POST", f"{API}/session", 422), ("GET", "/", None), ("GET", "/x.js", None),
        ("POST", "/", 405), ("HEAD", "/", None),
    ],
)  # fmt: skip
def test_every_answer_carries_the_headers(server: Server, method: str, path: str, status: int | None) -> None:
    answer = Client(server.app).request(method, path)
    _require_headers(answer)
    assert status is None or answer.status_code == status
    if path.startswith("/api"):
        assert answer.headers["cache-control"] == "no-store"


def test_policy_lets_no_script_of_others_run() -> None:
    policy = HEADERS["content-security-policy"]
    scripts = [part for part in policy.split("; ") if part.startswith(("script-src", "default-src"))]
    assert scripts == ["default-src 'self'"]
    assert "http" not in policy


def test_answers_over_tls_ask_for_tls_from_then_on(server: Server) -> None:
    asked = [Client(server.app, scheme=s).get(f"{API}/session").headers for s in ("http", "https")]
    assert ["strict-transport-security" in headers for headers in asked] == [False, True]


@pytest.mark.parametrize("length", ["2147483648", "999999999999999999999", "-1", "1e3", "٣", "9" * 5000, "0x10", ""])
def test_length_too_large_or_senseless_is_refused_before_the_body_is_read(server: Server, length: str) -> None:
    def body() -> Iterator[bytes]:
        yield pytest.fail("the body was asked for")

    sent = length.encode().decode("latin-1")
    answer = Client(server.app).post(f"{API}/session", content=body(), headers={"content-length": sent})
    assert (answer.status_code, answer.error["code"]) == (413, "too-large")
    _require_headers(answer)


@pytest.mark.parametrize(("over", "status"), [(0, 422), (1, 413)])
@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data; boundary=x", "text/plain"])
def test_body_without_a_length_is_cut_off_at_the_limit(
    make_server: MakeServer, content_type: str, over: int, status: int
) -> None:
    server = make_server(body_bytes=10_000)
    pieces = [b"x" * 1000] * 10 + [b"x"] * over
    answer = Client(server.app).post(f"{API}/session", content=iter(pieces), headers={"content-type": content_type})
    assert answer.status_code == status
    _require_headers(answer)


def test_endless_body_is_not_read_to_its_end(make_server: MakeServer) -> None:
    server, taken = make_server(body_bytes=1 << 20), 0

    def endless() -> Iterator[bytes]:
        nonlocal taken
        while True:
            taken += 1 << 16
            yield b" " * (1 << 16)

    assert Client(server.app).post(f"{API}/session", content=endless(), headers=JSON).status_code == 413
    assert taken <= (1 << 20) + (1 << 17)


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of built pages, with a secret beside it."""
    folder = tmp_path / "static"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html>start")
    (folder / "assets" / "a-1234.js").write_text("1")
    (folder / ".hidden").write_text("secret")
    (tmp_path / "secret.txt").write_text("secret")
    (folder / "link.txt").symlink_to(tmp_path / "secret.txt")
    monkeypatch.setattr(pages, "FOLDER", folder)
    return folder


def test_pages_are_served_and_unknown_addresses_are_the_pages_own(built: Path, server: Server) -> None:
    client = Client(server.app)
    start, deep, asset = (client.get(path) for path in ("/", "/sites/x", "/assets/a-1234.js"))
    assert [start.text, deep.text, asset.text] == ["<!doctype html>start", "<!doctype html>start", "1"]
    assert (start.headers["cache-control"], asset.headers["cache-control"]) == ("no-cache", pages.FOREVER)
    assert client.get("/assets/gone.js").status_code == 404
    assert client.post("/").status_code == 405


def test_large_files_of_the_pages_are_sent_small_to_those_who_can_read_that(built: Path, server: Server) -> None:
    script = "let a = 1;\n" * 1000
    (built / "assets" / "b-1234.js").write_text(script)
    client = Client(server.app)
    small = client.get("/assets/b-1234.js", headers={"accept-encoding": "gzip"})
    assert (small.headers["content-encoding"], gzip.decompress(small.content).decode()) == ("gzip", script)
    assert len(small.content) < len(script) / 10
    assert client.get("/assets/b-1234.js").text == script


@pytest.mark.parametrize(
    "path",
    [
        "/../secret.txt", "/assets/../../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%2e%2e%2fsecret.txt",
        "/assets/%2e%2e/%2e%2e/secret.txt", "//etc/passwd", "/%2fetc/passwd", "/..\\secret.txt", "/..%5csecret.txt",
        "/.hidden", "/assets/..%00/secret.txt", "/%00", "/secret.txt%00.js", "/link.txt", "/" + "a" * 300,
        "/" + "a/" * 2000, "/%ff%fe", "/C:%5cwindows", "/.git/config", "/assets/.../x",
    ],
)  # fmt: skip
def test_path_tricks_reach_no_file_outside_the_pages(built: Path, server: Server, path: str) -> None:
    answer = Client(server.app).get(path)
    assert answer.status_code in {200, 404}
    assert "secret" not in answer.text
    assert "root:" not in answer.text
    assert answer.status_code == 404 or answer.text == "<!doctype html>start"
    _require_headers(answer)


def test_installation_without_pages_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server) -> None:
    monkeypatch.setattr(pages, "FOLDER", tmp_path / "nowhere")
    assert Client(server.app).get("/").status_code == 503
