"""Whether an account works at the registrar, and whether its terminal is registered there: asked, nothing is changed.

Source: RFC 3261 cl. 10.2.3 (a REGISTER without Contact asks for what is registered), cl. 22 and RFC 2617 (digest).
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Any

from setsail.base.errors import BadInput
from setsail.conference.gateway.sip import message
from setsail.conference.gateway.sip.message import Malformed, Message
from setsail.conference.server.errors import NoAnswer
from setsail.conference.server.place import in_url
from setsail.rollout.provision.secrets import sip_ha1

TRIES, AGAIN_S = 4, 0.5


class NotRegistrable(BadInput):
    """The registrar does not take the account: another password, or none of that name."""

    code = "sip-not-registrable"


@dataclass(frozen=True, slots=True)
class Registration:
    """An account that works. contacts : addresses of its terminals that are registered now;  seconds : it took."""

    user: str
    contacts: tuple[str, ...]
    seconds: float


async def register_check(address: str, port: int, *, user: str, domain: str, password: str) -> Registration:
    """What the registrar at that address says of an account, by UDP. Raises NotRegistrable, NoAnswer."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    line = _Line()
    transport, _ = await loop.create_datagram_endpoint(lambda: line, remote_addr=(address, port))
    own = transport.get_extra_info("sockname")
    call, tag = secrets.token_hex(10), secrets.token_hex(5)

    def question(number: int, more: tuple[tuple[str, str], ...] = ()) -> Message:
        host = in_url(own[0])
        who = f"<sip:{user}@{domain}>"
        return Message("REGISTER", f"sip:{domain}", headers=(
            ("via", f"SIP/2.0/UDP {host}:{own[1]};rport;branch=z9hG4bK{secrets.token_hex(8)}"), ("max-forwards", "10"),
            ("from", f"{who};tag={tag}"), ("to", who), ("call-id", call), ("cseq", f"{number} REGISTER"), *more,
        ))  # fmt: skip

    try:
        first = await line.asked(transport, question(1), f"{address}:{port}")
        answered = first
        if first.status == 401:
            proof = _proof(first.first("www-authenticate"), user, password, f"sip:{domain}")
            answered = await line.asked(transport, question(2, (("authorization", proof),)), f"{address}:{port}")
    finally:
        transport.close()
    if answered.status != 200:
        raise NotRegistrable(
            f"is refused: {answered.status} {answered.reason}", where=f"SIP account {user}",
            allowed="the account and password of the site's configuration", hint="setsail rollout provision again",
        )  # fmt: skip
    return Registration(user, tuple(message.party(c).uri for c in answered.all("contact")), loop.time() - began)


class _Line(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self._heard: asyncio.Queue[Message] = asyncio.Queue()

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None:  # noqa: ARG002 - of the base class
        try:
            self._heard.put_nowait(message.read(data))
        except Malformed:
            return

    def error_received(self, exc: Exception) -> None:
        """Nobody listens there yet; it is asked again."""

    async def asked(self, transport: asyncio.DatagramTransport, question: Message, where: str) -> Message:
        """The final answer to a question, asked again while none comes. Raises NoAnswer."""
        for attempt in range(TRIES):
            transport.sendto(message.written(question))
            try:
                async with asyncio.timeout(AGAIN_S * 2**attempt):
                    while True:
                        came = await self._heard.get()
                        if came.status >= 200 and came.call_id == question.call_id and came.cseq == question.cseq:
                            return came
            except TimeoutError:
                continue
        raise NoAnswer(f"no answer from {where}/udp", where="SIP registrar")


def _proof(challenge: str, user: str, password: str, target: str) -> str:
    """The Authorization for a challenge. Raises NotRegistrable for one that is not understood."""
    told = dict(re.findall(r'(\w+)=(?:"?)([^",]*)', challenge))
    if not challenge.lower().startswith("digest ") or told.get("algorithm", "MD5").upper() != "MD5":
        raise NotRegistrable(
            "is asked for in a way that is not known here", where=f"SIP account {user}", allowed="digest"
        )
    realm, nonce = told.get("realm", ""), told.get("nonce", "")
    first, second = sip_ha1(user, realm, password), _md5(f"REGISTER:{target}")
    shown = f'Digest username="{user}", realm="{realm}", nonce="{nonce}", uri="{target}"'
    if "auth" not in told.get("qop", ""):
        return f'{shown}, response="{_md5(f"{first}:{nonce}:{second}")}"'
    ours = secrets.token_hex(8)
    proof = _md5(f"{first}:{nonce}:00000001:{ours}:auth:{second}")
    return f'{shown}, qop=auth, nc=00000001, cnonce="{ours}", response="{proof}"'


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
