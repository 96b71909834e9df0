"""The TURN relay: credentials that run out, no peer but Janus, and a call that goes through it and nothing else."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from socket import SOCK_DGRAM
from typing import Any

import pytest

from setsail.base.errors import MissingExtra
from setsail.conference.server import process, turn
from setsail.conference.server.answering import answering
from setsail.conference.server.client import Client
from setsail.conference.server.errors import NoAnswer
from setsail.conference.server.find import find_program
from setsail.conference.server.janus import free_ports, own_address
from setsail.conference.server.opening import Server
from setsail.conference.server.status import legs
from setsail.conference.server.turn import TurnSettings, require_stun, text
from setsail.conference.server.videoroom import VideoRoom
from setsail.rollout.provision.secrets import turn_credential
from tests.conference.rooms import fresh_rooms

Run = Callable[[Any], Any]
SECRET = "synthetic-secret"


@pytest.fixture
def settings(tmp_path: Path) -> TurnSettings:
    address = own_address()
    (port,) = free_ports(1, kind=SOCK_DGRAM, address=address)
    return TurnSettings(tmp_path / "turn", port, SECRET, (address,), (address,))


@asynccontextmanager
async def _relay(settings: TurnSettings) -> AsyncIterator[None]:
    try:
        program = find_program("turnserver", package="coturn")
    except MissingExtra as err:
        pytest.skip(str(err))
    command = turn.write_configuration(program, settings)
    log = settings.folder / "log"
    running = process.start(command, log=log, environment=os.environ, folder=settings.folder, dies_with_us=True)
    try:
        await answering("turn", running, lambda: require_stun(settings.addresses[0], settings.port), log)
        yield
    finally:
        await running.end()


async def _allocated(settings: TurnSettings, username: str, password: str, peer: tuple[str, int]) -> bytes | None:
    """What a peer sent back by an allocation, or None where nothing came. Raises where the relay refuses."""
    aioice = pytest.importorskip("aioice")
    heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    class Ear(asyncio.DatagramProtocol):
        def datagram_received(self, data: bytes, addr: object) -> None:
            if not heard.done():
                heard.set_result(data)

    transport, _ = await aioice.turn.create_turn_endpoint(
        Ear, (settings.addresses[0], settings.port), username=username, password=password
    )
    try:
        transport.sendto(b"\x80\x00 a packet", peer)
        async with asyncio.timeout(0.4):
            return await heard
    except TimeoutError:
        return None
    finally:
        transport.close()
        await asyncio.sleep(0.05)


def _credential(ahead: timedelta = timedelta(minutes=5), secret: str = SECRET) -> tuple[str, str]:
    made = turn_credential(secret, "S01", datetime.now(UTC) + ahead)
    return made.username, made.password


@asynccontextmanager
async def _echo(address: str) -> AsyncIterator[tuple[str, int]]:
    class Echo(asyncio.DatagramProtocol):
        def connection_made(self, transport: Any) -> None:
            self.transport = transport

        def datagram_received(self, data: bytes, addr: Any) -> None:
            self.transport.sendto(data, addr)

    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, local_addr=(address, 0))
    try:
        yield transport.get_extra_info("sockname")[:2]
    finally:
        transport.close()


def test_configuration_opens_nothing_but_what_is_needed(settings: TurnSettings) -> None:
    lines = text(settings).splitlines()
    for wanted in ("no-tcp", "no-tls", "no-dtls", "no-cli", "no-tcp-relay", "use-auth-secret",
                   "denied-peer-ip=0.0.0.0-255.255.255.255", f"allowed-peer-ip={settings.peers[0]}"):  # fmt: skip
        assert wanted in lines
    assert "allow-loopback-peers" not in lines
    assert settings.urls == (f"turn:{settings.addresses[0]}:{settings.port}?transport=udp",)


def test_packets_go_through_the_relay_to_a_peer_that_is_allowed(settings: TurnSettings, run_async: Run) -> None:
    async def send() -> bytes | None:
        async with _relay(settings), _echo(settings.peers[0]) as peer:
            return await _allocated(settings, *_credential(), peer)

    assert run_async(send()) == b"\x80\x00 a packet"
    assert (settings.folder / "turnserver.conf").stat().st_mode & 0o077 == 0
    assert SECRET not in (settings.folder / "log").read_text()


def test_relay_takes_nothing_to_another_peer(settings: TurnSettings, run_async: Run) -> None:
    async def send() -> bytes | None:
        async with _relay(settings), _echo("127.0.0.1") as peer:
            return await _allocated(settings, *_credential(), peer)

    assert run_async(send()) is None


@pytest.mark.parametrize(
    ("username", "password"),
    [
        _credential(timedelta(minutes=-5)),
        _credential(secret="another"),
        (_credential()[0], "guessed"),
        ("S01", _credential()[1]),
    ],
    ids=["run out", "other secret", "guessed", "no time"],
)
def test_credential_that_is_not_ours_or_has_run_out_gets_nothing(
    settings: TurnSettings, run_async: Run, username: str, password: str
) -> None:
    aioice = pytest.importorskip("aioice")

    async def send() -> None:
        async with _relay(settings):
            await _allocated(settings, username, password, (settings.peers[0], 9))

    with pytest.raises(aioice.stun.TransactionFailed):
        run_async(send())


def test_relay_that_is_not_there_is_told(settings: TurnSettings, run_async: Run) -> None:
    with pytest.raises(NoAnswer, match=str(settings.port)):
        run_async(require_stun(settings.addresses[0], settings.port, within_s=0.1))


def test_call_flows_over_the_relay_alone(
    settings: TurnSettings, janus_server: Server, run_async: Run, room_number: int
) -> None:
    aiortc = pytest.importorskip("aiortc")
    rooms = fresh_rooms(room_number, sites=2)
    username, password = _credential()

    async def call() -> Any:
        await janus_server.make_rooms(rooms)
        ice = aiortc.RTCConfiguration(
            [aiortc.RTCIceServer(settings.urls[0], username, password)],
            iceTransportPolicy=aiortc.RTCIceTransportPolicy.RELAY,
        )
        peer = aiortc.RTCPeerConnection(ice)
        peer.addTrack(aiortc.mediastreams.VideoStreamTrack())
        async with _relay(settings), await Client.connect(janus_server.place) as client:
            try:
                seat = await VideoRoom.attach(client, label="S01")
                await seat.join_publisher(room_number, pin=rooms.pin, display="S01")
                await peer.setLocalDescription(await peer.createOffer())
                answer = await seat.publish({"type": "offer", "sdp": peer.localDescription.sdp})
                await peer.setRemoteDescription(aiortc.RTCSessionDescription(answer["sdp"], answer["type"]))
                await seat.handle.wait("webrtcup")
                return await _once_packets(janus_server, room_number)
            finally:
                await peer.close()

    leg = run_async(call())
    relayed = leg["path"].rpartition("<->")[2]
    low, high = settings.relay_ports
    assert low <= int(relayed.split("[")[0].rpartition(":")[2]) <= high
    assert leg["loss_in_ratio"] == 0


async def _once_packets(server: Server, room: int) -> Any:
    while True:
        rows = [r for r in await legs(server.place, room) if r["leg"] == "sends"]
        if rows and rows[0]["packets_in"] > 20:
            return rows[0]
        await asyncio.sleep(0.05)
