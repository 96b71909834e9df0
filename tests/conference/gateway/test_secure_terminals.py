"""A SIP terminal over TLS with SRTP: signalling and media encrypted, the registrar known by the rollout's authority."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiortc", reason="the extra 'conference' is not installed")

from setsail.conference.server.sip_order import has_tls
from setsail.rollout.provision.certificates import authority_file, fingerprint, issued
from tests.conference.gateway.conftest import Conference
from tests.conference.gateway.peer import Peer, until
from tests.conference.gateway.terminal import Terminal, require_baresip, terminal
from tests.conference.gateway.test_terminals import MediaOf, Run
from tests.conference.gateway.test_terminals import _gone as gone

LEAST = 5
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _tools() -> None:
    if not has_tls():
        pytest.skip("Kamailio has no TLS here (apt-get install kamailio-tls-modules)")


def over_tls(
    conference: Conference, media_of: MediaOf, folder: Path, *, encryption: str, trust: Path
) -> AbstractContextManager[Terminal]:
    video, sound = media_of(1)
    user = next(iter(conference.users))
    at = f"127.0.0.1:{conference.sip.tls_port}"
    return terminal(folder / "t", user=user, password=conference.users[user], domain=conference.sip.domain, at=at,
                    video=video, sound=sound, transport="tls", encryption=encryption, trust=trust)  # fmt: skip


@pytest.mark.parametrize("encryption", ["srtp-mand", "srtp"])
def test_a_terminal_over_tls_sends_and_gets_encrypted_sound_and_pictures(
    conference: Conference, media_of: MediaOf, run_async: Run, tmp_path: Path, encryption: str
) -> None:
    require_baresip()
    trust = authority_file(conference.folder)

    async def call(one: Terminal) -> None:
        page = await Peer.joined(conference.order, "page", 2, "h264")
        try:
            await until(lambda: page.seen.get(1, 0) > LEAST, what=lambda: (page.seen, one.log()))
            await until(lambda: one.pictures() > LEAST, what=one.log)
            await until(lambda: 2 in one.heard([1, 2]), what=one.log)
        finally:
            await page.leave()

    with over_tls(conference, media_of, tmp_path, encryption=encryption, trust=trust) as one:
        one.wait("REGISTER_OK")
        one.ask("dial", f"sip:{conference.order.rooms.room}@{conference.sip.domain}")
        one.wait("CALL_ESTABLISHED")
        run_async(call(one))
        row = joined(conference)
        assert row["encrypted"] is True
        assert row["audio_lost_in"] == 0
        one.ask("hangup")
        gone(conference)


def joined(conference: Conference) -> dict[str, Any]:
    """The one call, as soon as the gateway tells that it is in the room."""
    end = time.monotonic() + 10
    while not (rows := [c for c in conference.calls() if c["state"] == "joined"]):
        assert time.monotonic() < end, conference.calls()
        time.sleep(0.1)
    return rows[0]


def _greeted(conference: Conference, trust: Path, **changed: Any) -> str:
    """The version of TLS that the registrar agrees to with one who trusts that authority. Raises SSLError."""
    context = ssl.create_default_context(cafile=str(trust))
    for name, value in changed.items():
        setattr(context, name, value)
    with (
        socket.create_connection(("127.0.0.1", conference.sip.tls_port), 5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as line,
    ):
        return str(line.version())


def test_the_registrar_shows_a_certificate_of_the_rollouts_authority_and_of_no_other(
    conference: Conference, tmp_path: Path
) -> None:
    assert _greeted(conference, authority_file(conference.folder)) in {"TLSv1.2", "TLSv1.3"}
    issued(tmp_path, ["127.0.0.1"], NOW)
    with pytest.raises(ssl.SSLCertVerificationError):
        _greeted(conference, authority_file(tmp_path))


def test_the_authority_stays_when_the_conference_is_opened_again(conference: Conference) -> None:
    file = authority_file(conference.folder)
    before = fingerprint(file)
    issued(conference.folder, ["127.0.0.1", "other.example"], NOW)
    assert fingerprint(file) == before
    assert (file.parent / "ca.key").stat().st_mode & 0o777 == 0o600
    assert (file.parent / "sip.pem").stat().st_mode & 0o777 == 0o600
