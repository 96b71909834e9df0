"""A real Chromium on the call beside simulated sites: it decodes their pictures, they see its own."""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

pytest.importorskip("aiortc")
pytest.importorskip("playwright")

from setsail.conference.call import marks, study
from setsail.conference.server.opening import Server
from setsail.conference.server.room import Rooms

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.xdist_group("browser")
PAGE = Path(__file__).parent / "pages" / "call.html"
ARGUMENTS = [
    "--no-sandbox", "--use-angle=swiftshader", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-domain-reliability",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", "--no-proxy-server",
    "--autoplay-policy=no-user-gesture-required",
]  # fmt: skip
PIN, NUMBER = "40281177", 900
SITES = {f"S{n:02}": n for n in range(1, 6)}


@pytest.fixture(scope="module")  # its event loop must end before other tests begin
def browser(janus_here: None) -> Iterator[Browser]:
    chromium = shutil.which("chromium")
    if chromium is None:
        pytest.skip("chromium is not installed here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        found = play.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield found
        found.close()


@pytest.fixture(scope="module")
def page_address() -> Iterator[str]:
    """The page from this machine's loopback, whose pages may use a camera and open a WebSocket to it."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(PAGE.parent)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/{PAGE.name}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def _room(server: Server, number: int) -> study.Room:
    """A room made in a thread: the browser's event loop runs in this one."""
    rooms = Rooms(number, PIN, "synthetic secret", 8)
    with ThreadPoolExecutor(1) as aside:
        aside.submit(lambda: asyncio.run(server.make_rooms(rooms))).result(20)
    return study.Room(server.place, number, PIN)


def test_a_browser_sees_the_sites_and_the_sites_see_it(
    browser: Browser, page_address: str, janus_server: Server, room_number: int
) -> None:
    room = _room(janus_server, room_number)
    page = browser.new_context().new_page()
    told: list[str] = []
    page.on("pageerror", lambda err: told.append(str(err)))
    page.goto(page_address)
    with study.Simulation(room, SITES, receive=5, guests={"C01": NUMBER}) as running:
        running.start_joining()
        order = {"url": room.place.url, "apisecret": room.place.secret, "room": room.room, "pin": PIN,
                 "display": "C01", "site": NUMBER, "want": list(SITES)}  # fmt: skip
        page.evaluate("order => start(order)", order)
        running.watch(0)
        page.wait_for_function("async () => (await stats()).filter(s => s.framesDecoded > 30).length >= 5")
        before = page.evaluate("stats()")
        facts = running.measure(5.0)
        after = page.evaluate("stats()")
        seen = _read(page.evaluate("seen()"))
    assert told == []
    assert seen == SITES
    assert len(after) == 5
    for first, last in zip(before, after, strict=True):
        assert last["freezeCount"] == first["freezeCount"]
        assert last["packetsLost"] == 0
        assert last["frameWidth"] == 640
        assert last["framesDecoded"] - first["framesDecoded"] >= 60, "5 s at 15 pictures a second, a busy machine"
    of_browser = facts.of("C01")
    assert len(of_browser) == 5
    for pair in of_browser:
        assert pair.seen, pair
        assert pair.frames > 40
    assert all(pair.seen for pair in facts.pairs)


def _read(pictures: list[dict[str, Any]]) -> dict[str, int]:
    """Name to the number on the strip that the browser shows under it."""
    strips = np.zeros((len(pictures), 360, 640), dtype=np.uint8)
    for strip, picture in zip(strips, pictures, strict=True):
        strip[:32] = np.asarray(picture["luma"], dtype=np.uint8).reshape(32, 640)
    found = marks.read(strips)
    return {picture["name"]: int(site) for picture, site in zip(pictures, found.site, strict=True)}
