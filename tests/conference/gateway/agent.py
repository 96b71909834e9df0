"""A SIP user agent of a few lines, which speaks to the gateway in the registrar's place and to no one else."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from typing import Any

from setsail.conference.gateway.sip import message, sdp
from setsail.conference.gateway.sip.message import Message

OFFER = (
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio {audio} RTP/AVP 0 101\r\n"
    "a=rtpmap:0 PCMU/8000\r\na=rtpmap:101 telephone-event/8000\r\na={direction}\r\n"
)
PICTURE = (
    "m=video {video} RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    "a=fmtp:96 packetization-mode={mode};profile-level-id=42e01f\r\na={direction}\r\n"
)


class Agent:
    """One socket in the registrar's place. `heard` : messages of the gateway in their order."""

    def __init__(self, gateway: int) -> None:
        self.line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.line.bind(("127.0.0.1", 0))
        self.line.setblocking(False)
        self.port = self.line.getsockname()[1]
        self.gateway = ("127.0.0.1", gateway)
        self.heard: list[Message] = []
        self.media = [self._socket(), self._socket()]

    @staticmethod
    def _socket() -> socket.socket:
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.bind(("127.0.0.1", 0))
        one.setblocking(False)
        return one

    def close(self) -> None:
        for one in (self.line, *self.media):
            one.close()

    def send(self, data: bytes) -> None:
        self.line.sendto(data, self.gateway)

    def offer(self, *, video: bool = False, direction: str = "sendrecv", mode: int = 1) -> bytes:
        ports = [m.getsockname()[1] for m in self.media]
        text = OFFER.format(audio=ports[0], direction=direction)
        text += PICTURE.format(video=ports[1], direction=direction, mode=mode) if video else ""
        return text.encode()

    def request(self, method: str, room: int, *, call: str, number: int = 1, to_tag: str = "", user: str = "s01",
                body: bytes = b"", branch: str = "", more: tuple[tuple[str, str], ...] = ()) -> str:  # fmt: skip
        """Sends a request; its branch."""
        branch = branch or f"z9hG4bK{secrets.token_hex(6)}"
        to = f"<sip:{room}@conference.example>" + (f";tag={to_tag}" if to_tag else "")
        headers = (
            ("via", f"SIP/2.0/UDP 127.0.0.1:{self.port};branch={branch}"), ("max-forwards", "70"),
            ("record-route", f"<sip:127.0.0.1:{self.port};lr>"), ("from", f"<sip:{user}@conference.example>;tag=ours"),
            ("to", to), ("call-id", call), ("cseq", f"{number} {method}"), ("contact", "<sip:s01@192.0.2.9:5070>"),
            ("x-setsail-user", user), ("x-setsail-address", "127.0.0.1"), ("x-setsail-source", "127.0.0.1"),
            *((("content-type", "application/sdp"),) if body and not more else ()), *more,
        )  # fmt: skip
        self.send(message.written(Message(method, f"sip:{room}@127.0.0.1", headers=headers, body=body)))
        return branch

    async def answer(self, *, status: int = 0, method: str = "", within_s: float = 8.0) -> Message:
        """The next message: of that status (0: the first final one), or a request of that method."""
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(within_s):
            while True:
                came = message.read(await loop.sock_recv(self.line, 65536))
                self.heard.append(came)
                if method and came.method == method:
                    return came
                if not method and came.status and (came.status == status or (not status and came.status >= 200)):
                    return came

    async def dial(self, room: int, *, call: str = "", **more: Any) -> tuple[str, Message]:
        """A call that is answered and acknowledged: its Call-ID and the answer."""
        call = call or secrets.token_hex(6)
        offer = {k: more.pop(k) for k in ("video", "direction", "mode") if k in more}
        self.request("INVITE", room, call=call, body=self.offer(**offer), **more)
        answered = await self.answer()
        self.request("ACK", room, call=call, to_tag=message.party(answered.first("to")).tag)
        return call, answered

    def hear_from(self, answered: Message, index: int = 0) -> tuple[str, int]:
        """Where the gateway takes a medium."""
        medium = sdp.read(answered.body).media[index]
        return medium.address, medium.port

    def sound(self, target: tuple[str, int], sequence: int, *, number: int = 0, payload: bytes = b"\xff" * 160) -> None:
        """One RTP packet of sound."""
        self.media[0].sendto(struct.pack(">BBHII", 0x80, number, sequence, 160 * sequence, 7) + payload, target)
