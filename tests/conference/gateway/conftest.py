"""A conference with SIP terminals for the tests of this folder, up once, on ports of its own."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiortc")

from setsail import api
from setsail.conference.server.janus import free_ports
from setsail.conference.server.order import Order
from setsail.conference.server.sip import SipSettings
from setsail.conference.server.state import running
from setsail.rollout.cases import generated
from setsail.rollout.folder.writing import write
from setsail.rollout.provision.secrets import read
from tests.conference.gateway.terminal import film, tone_file

NOW = datetime(2026, 1, 13, tzinfo=UTC)


@dataclass(frozen=True)
class Conference:
    """One that is up. users : SIP user -> password, in the order of the sites."""

    folder: Path
    users: dict[str, str]

    @property
    def order(self) -> Order:
        return running(self.folder)

    @property
    def sip(self) -> SipSettings:
        found = self.order.sip
        assert found is not None
        return found

    def calls(self) -> list[dict[str, Any]]:
        return list(api.conference_status(self.folder)["calls"])


def open_conference(folder: Path, *, sites: int = 3, participants: int = 3, codec: Any = "h264") -> Conference:
    """A conference of that many generated sites."""
    rollout = generated(sites, 1)
    rollout = replace(rollout, call=replace(rollout.call, codec=codec, sip=True))
    write(rollout, folder)
    api.conference_up(
        folder, random_bytes=secrets.token_bytes, now=lambda: datetime.now(UTC), sip_port=free_ports(1)[0],
        participants=participants,
    )  # fmt: skip
    kept = read(folder)
    found = running(folder).sip
    assert found is not None
    return Conference(folder, {a.user: kept.sites[a.site].sip_password for a in found.accounts})


@pytest.fixture(scope="session")
def kamailio_here() -> None:
    """Skips where the registrar is not to be had."""
    if shutil.which("kamailio", path="/usr/sbin:/usr/bin:/sbin") is None:
        pytest.skip("kamailio is not installed (apt-get install kamailio)")


@pytest.fixture(scope="package")
def conference(janus_here: None, kamailio_here: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Conference]:
    """One conference for all tests of this folder that do not break it: three sites, three places."""
    folder = tmp_path_factory.mktemp("sip") / "w"
    try:
        yield open_conference(folder)
    finally:
        api.conference_down(folder)


@pytest.fixture(scope="session")
def media_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[int], tuple[Path, Path]]:
    """Film and sound of a site by its number, made once."""
    folder = tmp_path_factory.mktemp("media")
    made: dict[int, tuple[Path, Path]] = {}

    def of(site: int) -> tuple[Path, Path]:
        if site not in made:
            made[site] = film(folder / f"{site}.mp4", site), tone_file(folder / f"{site}.wav", site)
        return made[site]

    return of
