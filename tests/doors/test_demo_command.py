"""`setsail demo`, and that what follows it in the README works in the same folder."""

from __future__ import annotations

import importlib
import socket
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from setsail.cli.main import run
from setsail.web import demonstration, places

CELLS = Path(__file__).parents[2] / "examples" / "ingest" / "cells_synthetic.csv"
HOSPITAL = "demonstration-hospital"
DIMENSIONS = (
    "Functionality", "Performance", "Security", "Reliability", "Environmental friendliness", "Maintenance",
    "Future readiness", "Engineering rules",
)  # fmt: skip
demo = importlib.import_module("setsail.cli.demo")
serve = importlib.import_module("setsail.cli.serve")


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demonstration without its tables, whose making other tests look at."""
    monkeypatch.setattr(demo, "hospital", lambda *_: None)
    monkeypatch.setattr(demo, "emit", lambda *_, **__: None)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, object]]:
    """What the server was asked to show, instead of showing it."""
    calls: list[dict[str, object]] = []
    monkeypatch.setattr(serve, "serve", lambda workspace, **more: calls.append({"workspace": workspace, **more}))
    monkeypatch.setattr(demo, "open_when_it_answers", lambda port, path: calls.append({"opened": port, "path": path}))
    return calls


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, *, stdin: bool = True, stdout: bool = True) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: stdin, raising=False)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: stdout, raising=False)


def test_the_demo_ends_with_the_report_and_leaves_a_workspace_to_go_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = tmp_path / "workspace"
    assert run(["demo", "--no-serve", "--workspace", str(workspace)]) == 0
    out = capsys.readouterr().out
    for word in ("not_provable", "650000", *DIMENSIONS):
        assert word in out
    *_, before, last = out.strip().splitlines()
    assert before == f"pages: setsail serve --workspace {workspace} --demonstration"
    report = Path(last.removeprefix("report: "))
    assert (workspace / "reports" / f"{HOSPITAL}.pdf").read_bytes().startswith(b"%PDF")
    words = ["data", "ingest", str(CELLS), "--as", "cells", "--map", "opencellid", "--max-rejects", "3"]
    assert run([*words, "--workspace", str(workspace)]) == 0
    assert run(["admin", "check", "--workspace", str(workspace)]) == 0
    assert run(["admin", "sweep", "--workspace", str(workspace)]) == 0
    assert report.is_file()
    site = workspace / "sites" / places.DEMONSTRATION / demonstration.SITE / "site.toml"
    mine = site.read_text(encoding="utf-8").replace("Harbour Light", "Our Own")
    site.write_text(mine, encoding="utf-8")
    assert (site.parent / "network.toml").is_file(), "the server's demonstration need not design it again"
    assert run(["demo", "--workspace", str(workspace)]) == 0
    assert site.read_text(encoding="utf-8") == mine, "what the owner of the folder wrote stays"


def test_the_demo_without_the_design_of_buildings_says_so_in_one_line_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [m for m in sys.modules if m.startswith("setsail.") and m.endswith(".kernels")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "numba", None)
    workspace = tmp_path / "workspace"
    assert run(["demo", "--workspace", str(workspace)]) == 0
    told = capsys.readouterr()
    assert [line for line in told.err.splitlines() if "setsail[site]" in line] == told.err.splitlines()
    assert "Engineering rules" not in told.out
    assert Path(told.out.strip().splitlines()[-1].removeprefix("report: ")).is_file()


def test_the_hospital_of_the_demo_is_judged_without_a_typesetter_and_the_line_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    demo.hospital(tmp_path, datetime(2026, 11, 1, tzinfo=UTC))
    told = capsys.readouterr()
    assert "setsail[conformance]" in told.err
    assert "Engineering rules" in told.out
    assert not list((tmp_path / "reports").glob("*"))


@pytest.mark.usefixtures("brief")
def test_the_demo_at_a_terminal_serves_its_workspace_on_loopback_and_opens_it(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    served: list[dict[str, object]],
) -> None:
    at_a_terminal(monkeypatch)
    assert run(["demo", "--workspace", str(tmp_path / "w")]) == 0
    for thread in [t for t in threading.enumerate() if t.name == demo.OPENER]:
        thread.join()
    shown = next(c for c in served if "workspace" in c)
    assert shown == {
        "workspace": tmp_path / "w", "host": "127.0.0.1", "port": shown["port"], "demonstration": True,
    }  # fmt: skip
    assert {"opened": shown["port"], "path": ""} in served
    assert "report: " in capsys.readouterr().out.strip().splitlines()[-1]


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize(
    ("words", "stdin", "stdout", "extra"),
    [(["--no-serve"], True, True, True), ([], False, True, True), ([], True, False, True), ([], True, True, False)],
)
def test_the_demo_where_nobody_could_see_pages_ends_after_the_tables_and_says_how_to_see_them(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    served: list[dict[str, object]],
    *,
    words: list[str],
    stdin: bool,
    stdout: bool,
    extra: bool,
) -> None:
    at_a_terminal(monkeypatch, stdin=stdin, stdout=stdout)
    monkeypatch.setattr(serve, "installed", lambda: extra)
    assert run(["demo", *words, "--workspace", str(tmp_path / "w")]) == 0
    assert served == []
    *_, before, last = capsys.readouterr().out.strip().splitlines()
    assert before == f"pages: setsail serve --workspace {tmp_path / 'w'} --demonstration"
    assert last.startswith("report: ")


def test_a_taken_port_gives_way_to_a_free_one() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        wanted = taken.getsockname()[1]
        assert demo.free_port(wanted) not in (0, wanted)
    assert demo.free_port(wanted) == wanted


def test_the_browser_opens_once_the_server_answers_and_not_where_none_does(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []

    def opens(url: str) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(demo.webbrowser, "open", opens)
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
        assert not demo.open_when_it_answers(port, within_s=0.05, every_s=0.01)
        server.listen()
        assert demo.open_when_it_answers(port)
    assert opened == [f"http://127.0.0.1:{port}"]
