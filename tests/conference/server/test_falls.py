"""Every process of a conference is killed in turn, and two at once, while ten sites are on a call: all come back."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

pytest.importorskip("aiortc", reason="the extra 'conference' is not installed")

from setsail import api
from setsail.base.record import Record
from setsail.conference.call import study
from setsail.conference.server.janus import free_ports
from setsail.conference.server.state import running
from setsail.rollout.cases import generated
from setsail.rollout.folder.writing import write

BACK_S = 20.0
CHILD = "child of sip"


def up(folder: Path) -> None:
    ports = free_ports(2)
    api.conference_up(
        folder, random_bytes=secrets.token_bytes, now=lambda: datetime.now(UTC), sip_port=ports[0], turn_port=ports[1]
    )


@dataclass(frozen=True)
class Call:
    folder: Path
    on: study.Simulation

    def services(self) -> dict[str, Record]:
        return {s["service"]: s for s in api.conference_status(self.folder)["services"]}

    def kill(self, name: str, rows: dict[str, Record]) -> None:
        pid = rows["sip"]["pid"] if name == CHILD else rows[name]["pid"]
        if name == CHILD:
            found = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=True)
            pid = int(found.stdout.split()[1])
        os.kill(pid, signal.SIGKILL)

    def whole(self) -> bool:
        rows = self.services()
        return all(r["state"] == "up" for r in rows.values()) and self.on.all_flow()


@pytest.fixture(scope="module")
def call(janus_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Call]:
    for program in ("kamailio", "turnserver", "pgrep"):
        if shutil.which(program, path="/usr/sbin:/usr/bin:/sbin:/bin") is None:
            pytest.skip(f"{program} is not installed here")
    folder = tmp_path_factory.mktemp("falls") / "w"
    made = generated(10, 1)
    write(replace(made, call=replace(made.call, sip=True, turn=True, codec="vp8", receive=2)), folder)
    try:
        up(folder)
        names = [s.site for s in made.sites]
        with study.simulate(study.room_of(running(folder)), names, receive=2) as on:
            assert len(on.joined) == 10
            yield Call(folder, on)
    finally:
        api.conference_down(folder)


@pytest.mark.slow
@pytest.mark.parametrize(
    "killed",
    [
        ("janus",), ("turn",), ("sip",), (CHILD,), ("gateway",), ("supervisor",), ("janus", "turn"),
        ("janus", "gateway"), ("sip", "gateway"), ("janus", "supervisor"),
    ],
    ids=" and ".join,
)  # fmt: skip
def test_what_is_killed_is_back_and_the_call_with_it(call: Call, killed: tuple[str, ...]) -> None:
    before = call.services()
    for name in killed:
        call.kill(name, before)
    if "supervisor" in killed:
        assert api.conference_status(call.folder)["supervised"] is False
        up(call.folder)
    end = time.monotonic() + BACK_S
    while not (call.whole() and all(call.services()[n]["pid"] != before[n]["pid"] for n in killed if n != CHILD)):
        assert time.monotonic() < end, call.services()
        time.sleep(0.1)
    untouched = {"janus", "turn", "gateway"} - set(killed)
    after = call.services()
    assert {n: after[n]["pid"] for n in untouched} == {n: before[n]["pid"] for n in untouched}
