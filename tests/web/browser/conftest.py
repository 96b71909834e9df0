"""A real server of the demonstration and a real Chromium, once for all tests of the pages."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[3]
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = [
    "--no-sandbox", "--use-angle=swiftshader", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-domain-reliability",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip
PATIENCE_S = 120
Open = Callable[..., "Page"]
Dropped = list[str]


@pytest.fixture(scope="session")
def pictures() -> Path:
    """Where the picture of each page is kept to be looked at."""
    folder = Path(os.environ.get("SETSAIL_PICTURES", ROOT / "dist" / "pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the server of this run keeps its things."""
    return tmp_path_factory.mktemp("server") / "workspace"


@pytest.fixture(scope="session")
def server(workspace: Path) -> Iterator[str]:
    """The address of a demonstration that this run has started."""
    if not (ROOT / "src" / "setsail" / "web" / "static" / "index.html").exists():
        pytest.skip("the pages are not built here (SETSAIL_SKIP_WEB=1)")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    folder = workspace.parent
    command = [str(Path(sys.executable).parent / "setsail"), "serve", "--demonstration", "--port", str(port)]
    command += ["--workspace", str(workspace)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        _wait(f"http://127.0.0.1:{port}/api/v1/session", process, folder / "log")
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(PATIENCE_S * 4):
        assert process.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.25)
    raise AssertionError(f"no answer within {PATIENCE_S} s: {log.read_text()}")


@pytest.fixture(scope="package")  # its event loop must end before other tests begin
def browser() -> Iterator[Browser]:
    """Debian's Chromium, without a window."""
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture
def dropped() -> Dropped:
    """Errors in the console that a test asks for, as a refused request is one: `dropped.append("404")`."""
    return []


@pytest.fixture
def swept() -> list[Path]:
    """Folders of one test on the server, removed once its pages are closed: an open one asks for what is gone."""
    return []


@pytest.fixture
def page_at(browser: Browser, server: str, dropped: Dropped, swept: list[Path]) -> Iterator[Open]:
    """Opens an address of the server in a language, a theme and a width; no page may write an error to the console."""
    contexts = []
    told: list[str] = []

    def opened(
        path: str, *, language: str = "en", theme: str = "light", width: int = 1400, heading: str = "h1"
    ) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, locale="zh-CN" if language == "zh" else "en-GB"
        )
        context.add_init_script(
            f"localStorage.setItem('language','{language}'); localStorage.setItem('theme','{theme}')"
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda m: told.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda err: told.append(str(err)))
        page.goto(server + path)
        page.locator(f"main :is({heading})").first.wait_for()
        page.wait_for_load_state("networkidle")
        return page

    yield opened
    for context in contexts:
        context.close()
    for folder in swept:
        shutil.rmtree(folder)
    assert [text for text in told if not any(part in text for part in dropped)] == []
