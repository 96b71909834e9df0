"""Many people at once on overview and map of one real server on loopback: errors, waiting times, memory.

Each viewer walks, as a browser asks: the page with its assets, verdicts and levers; then the map with its lists, and at
zooms 3, 6, 9 and 12 the four tiles of a view, the outlines below them and the list beside it, under a month of its own.
Every second viewer begins with the map. Every walk is a newcomer's: nothing is cached by the viewer. A viewer looks for
one to three seconds between two views.
An answer other than 200 or 204, and a connection that fails, is an error; one of them, or memory beyond what the
settings allow, ends the benchmark. Viewers and server share the machine. `bound_mb` : what the server held before the
viewers came, and what its settings let queries, data sets on the map and kept answers take.
"""

from __future__ import annotations

import asyncio
import random
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

VIEWERS = {"smoke": (4, 3.0, 20_000), "full": (50, 60.0, 1_000_000)}
"""Viewers, seconds, stations."""
PLACES = {3: (6, 3), 6: (52, 24), 9: (421, 194), 12: (3372, 1552)}
MONTHS = ("2022-12", "2023-03", "2023-06", "2023-09", "2023-12", "2024-03")
LOOKS_S = (1.0, 3.0)
SMOKE_LOOKS_S = (0.05, 0.2)
NAME, PLAN = "synthetic-bench", "cn-set-sail-2021-final"
NOW = datetime(2026, 1, 1, tzinfo=UTC)
STARTS_WITHIN_S, ANSWERS_WITHIN_S = 60.0, 30.0
CONNECTIONS = 6
"""Of one viewer, as browsers have."""
GOOD = frozenset({200, 204})


@dataclass(slots=True)
class Met:
    """What all viewers met: seconds by kind of request, and errors in words."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    walks: int = 0


def run(size: str) -> list[dict[str, Any]]:
    """One row per kind of request, and one of all. size : smoke or full. Raises RuntimeError on an error met."""
    from setsail import api  # noqa: PLC0415

    viewers, seconds, stations = VIEWERS[size]
    with tempfile.TemporaryDirectory(prefix="setsail-bench-") as folder:
        workspace = Path(folder)
        api.data_synthesise(workspace, stations=stations, seed=1, name=NAME, recorded_at=NOW, actor="bench")
        without_its_hospital(workspace)
        with server(workspace) as (address, pid):
            idle = memory_mb(pid, "VmRSS")
            met = asyncio.run(all_viewers(address, viewers, seconds, SMOKE_LOOKS_S if size == "smoke" else LOOKS_S))
            peak = memory_mb(pid, "VmHWM")
    bound = idle + allowed_mb()
    if met.errors:
        raise RuntimeError(f"{len(met.errors)} errors; the first: {met.errors[0]}")
    if peak > bound:
        raise RuntimeError(f"the server held {peak} MB; allowed: {bound} MB")
    whole = {"walks": met.walks, "idle_mb": idle, "peak_mb": peak, "bound_mb": bound}
    common = {"case": "viewers", "size": viewers, "seconds": seconds, "stations": stations}
    everything = [one for kind in met.seconds.values() for one in kind]
    rows = [common | {"request": "all", **waits(everything, seconds), "errors": len(met.errors), **whole}]
    return rows + [common | {"request": kind, **waits(met.seconds[kind], seconds)} for kind in sorted(met.seconds)]


def waits(found: list[float], seconds: float) -> dict[str, Any]:
    """How many, how many a second, and the times that half, 95 of 100, and all of them waited no longer than [s]."""
    cuts = statistics.quantiles(found, n=100, method="inclusive") if len(found) > 1 else found * 99
    return {
        "requests": len(found), "per_second": round(len(found) / seconds, 2), "p50_s": round(cuts[49], 4),
        "p95_s": round(cuts[94], 4), "max_s": round(max(found), 4),
    }  # fmt: skip


def allowed_mb() -> float:
    """What the settings of a server allow to be held beyond the program itself [MB of 2^20 bytes]."""
    from setsail.api.map import MEMORY_BYTES  # noqa: PLC0415
    from setsail.web import kept  # noqa: PLC0415
    from setsail.web.settings import Settings  # noqa: PLC0415

    settings = Settings(Path(), "")
    return float((settings.query_bytes + MEMORY_BYTES + kept.MOST_BYTES) >> 20)


def memory_mb(pid: int, key: str) -> float:
    """A figure of memory of a program [MB of 2^20 bytes]."""
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith(f"{key}:"))
    return round(int(line.split()[1]) / 1024, 1)


def without_its_hospital(workspace: Path) -> None:
    """Keeps the demonstration from designing its hospital while viewers are timed."""
    from setsail.web import demonstration, places  # noqa: PLC0415

    folder = workspace / "sites" / places.DEMONSTRATION / demonstration.SITE
    folder.mkdir(parents=True)
    (folder / "network.toml").touch()


@contextmanager
def server(workspace: Path) -> Iterator[tuple[str, int]]:
    """The address and the process of a server that answers; it is ended afterwards."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port = tried.getsockname()[1]
    told = workspace / "server.log"
    command = [str(Path(sys.executable).with_name("setsail")), "serve", "--demonstration"]
    with told.open("wb") as log:
        process = subprocess.Popen(
            [*command, "--workspace", str(workspace), "--port", str(port)], stdout=log, stderr=log
        )
    try:
        wait_for(port, process, told)
        yield f"http://127.0.0.1:{port}", process.pid
        if process.poll() is not None:
            raise RuntimeError(f"the server ended: {told.read_text(encoding='utf-8')[-2000:]}")
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], told: Path) -> None:
    """Returns when the server listens. Raises RuntimeError where it ended, or does not in time."""
    end = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < end and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server does not answer: {told.read_text(encoding='utf-8')[-2000:]}")


async def all_viewers(address: str, viewers: int, seconds: float, looks: tuple[float, float]) -> Met:
    """What the viewers met in that time; a walk that has begun ends early when the time is over."""
    import httpx  # noqa: F401, PLC0415 - before the clock runs

    met = Met()
    end = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        for number in range(viewers):
            viewer = Viewer(address, random.Random(number), met, end, looks, map_first=number % 2 == 1)
            group.create_task(viewer.stay())
    return met


@dataclass(slots=True)
class Viewer:
    """One person: where, what chance, what is noted, until when, how long it looks at a view [s], and its way."""

    address: str
    chance: random.Random
    met: Met
    end: float
    looks: tuple[float, float]
    map_first: bool

    async def stay(self) -> None:
        """Walks until the time is over."""
        await asyncio.sleep(self.chance.uniform(0, self.looks[1]))
        while time.monotonic() < self.end:
            async with self._browser() as browser:
                for page in (self.map, self.overview) if self.map_first else (self.overview, self.map):
                    await page(browser)
                self.met.walks += time.monotonic() < self.end

    async def overview(self, browser: Any) -> None:  # noqa: ANN401 - httpx is imported late
        """The page, its assets, the frame, the targets and their levers."""
        await self._page(browser, "/")
        await self._all(browser, ("frame", "/session"), ("frame", "/plans"), ("frame", f"/plans/{PLAN}/regions"))
        await self._all(browser, ("words", "/words/en"), ("verdicts", f"/plans/{PLAN}/verdicts?forecast=false"))
        await self._all(browser, ("forecasts", f"/plans/{PLAN}/verdicts"), ("levers", f"/plans/{PLAN}/levers"))
        await self._look()

    async def map(self, browser: Any) -> None:  # noqa: ANN401
        """The map from the country down to streets, and the table of an indicator by province."""
        await self._page(browser, "/map")
        await self._all(
            browser, ("lists", "/map/coverage"), ("lists", "/map/indicators?level=province"),
            ("lists", "/map/boundaries/province/notice"), ("lists", f"/map/data/{NAME}"),
        )  # fmt: skip
        sets = await self._get(browser, "lists", "/map/data")
        version = sets.json()[0]["id"] if sets is not None and sets.status_code == 200 else ""
        chosen = f"until={self.chance.choice(MONTHS)}"
        for z, (x, y) in PLACES.items():
            near = [(z, x + dx, y + dy) for dx in (0, 1) for dy in (0, 1)]
            tiles = [("tile", f"/map/data/{NAME}/tiles/{a}/{b}/{c}?v={version}&{chosen}") for a, b, c in near]
            land = [("outline", f"/map/boundaries/province/{a}/{b}/{c}") for a, b, c in near if a < 10]
            await self._all(browser, *tiles, *land, ("summary", f"/map/data/{NAME}/summary?level=province&{chosen}"))
            await self._look()
        await self._all(browser, ("table", "/map/regions?indicator=base_stations_5g_per_10k&level=province"))
        await self._look()

    async def _page(self, browser: Any, path: str) -> None:  # noqa: ANN401
        page = await self._get(browser, "page", path, api="")
        if page is not None:
            assets = re.findall(r'(?:src|href)="(/assets/[^"]+)"', page.text)
            await asyncio.gather(*(self._get(browser, "asset", one, api="") for one in assets))

    async def _all(self, browser: Any, *asked: tuple[str, str]) -> None:  # noqa: ANN401
        await asyncio.gather(*(self._get(browser, kind, path) for kind, path in asked))

    async def _get(self, browser: Any, kind: str, path: str, *, api: str = "/api/v1") -> Any:  # noqa: ANN401
        import httpx  # noqa: PLC0415

        if time.monotonic() >= self.end:
            return None
        start = time.perf_counter()
        try:
            answer = await browser.get(self.address + api + path)
        except httpx.HTTPError as err:
            self.met.errors.append(f"{path}: {err!r}")
            return None
        self.met.seconds.setdefault(kind, []).append(time.perf_counter() - start)
        if answer.status_code not in GOOD:
            self.met.errors.append(f"{path}: {answer.status_code} {answer.text[:300]}")
        return answer

    async def _look(self) -> None:
        pause = self.chance.uniform(*self.looks)
        await asyncio.sleep(max(0.0, min(pause, self.end - time.monotonic())))

    @asynccontextmanager
    async def _browser(self) -> AsyncIterator[Any]:
        import httpx  # noqa: PLC0415

        limits = httpx.Limits(max_connections=CONNECTIONS)
        timeout = httpx.Timeout(ANSWERS_WITHIN_S, pool=None)  # a browser lets requests wait for its connections
        # Without `verify` no certificates are read, which would hold up all viewers; loopback has none.
        async with httpx.AsyncClient(limits=limits, timeout=timeout, trust_env=False, verify=False) as browser:
            yield browser
