"""Whoever calls is taken in or refused here: requests of terminals, as the registrar lets them through, become calls.

The registrar tells us in headers of its own whom it knows the caller to be, and where he is; it takes such headers away
from what terminals send.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import sys
import traceback
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput, SetSailError
from setsail.base.record import Record
from setsail.conference.gateway import kept as keeping
from setsail.conference.gateway import terms as agreement
from setsail.conference.gateway.answers import Refusal, keys_of, offer_of, status_of
from setsail.conference.gateway.call import Call, Kept, begun, codecs
from setsail.conference.gateway.sip import message, sdp
from setsail.conference.gateway.sip.dialog import Dialog
from setsail.conference.gateway.sip.endpoint import ALLOW, Endpoint, Served
from setsail.conference.gateway.sip.message import Malformed, Message
from setsail.conference.server.errors import Refused
from setsail.conference.server.order import Order
from setsail.conference.server.place import LOOPBACK
from setsail.conference.server.sip import SipSettings
from setsail.conference.server.sip_told import tell

USER, ADDRESS, SOURCE = "x-setsail-user", "x-setsail-address", "x-setsail-source"
TELL_S = 2.0
PATIENCE_S, AGAIN_S = 20.0, 0.5
"""How long, and how often, a call that was left is tried to be taken up."""


class Desk:
    """All calls of one gateway. now : the time of day, for the status."""

    def __init__(self, order: Order, settings: SipSettings, folder: Path, now: Callable[[], datetime]) -> None:
        self.order, self.settings, self.folder, self.now = order, settings, folder, now
        self.calls: dict[str, Call] = {}
        self.refused: dict[str, int] = {}
        self.endpoint = Endpoint((LOOPBACK, settings.inner_port), self._asked, self._acked)
        self._changed = asyncio.Event()
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._waiting: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Serves until `stop`, then ends all calls. Calls that a killed gateway left are taken up again first."""
        await self.endpoint.open(LOOPBACK, self.settings.gateway_port)
        left = keeping.read(self.folder)
        for one in left:
            self._soon(self._take_up(one), wait=True)
        await asyncio.sleep(0)  # they are in the list of calls before that is told
        telling = asyncio.create_task(self._tell())
        await stop.wait()
        waiting = {telling, *self._waiting, *self._opening.values()}
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.gather(*(self.end(c, "the conference ends") for c in list(self.calls.values())))
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._keep()
        self.endpoint.close()

    async def end(self, call: Call, reason: str) -> None:
        """Ends a call from our side: the seat is free at once, the terminal is told."""
        if self.calls.pop(call.dialog.call_id, None) is None:
            return
        self._keep()
        await call.close()
        await self.endpoint.ask(call.dialog.bye(reason))

    def record(self) -> Record:
        """What the status shows."""
        return {"at": self.now().isoformat(timespec="seconds"), "calls": [c.row() for c in self.calls.values()],
                "refused": self.refused, "dropped": self.endpoint.dropped}  # fmt: skip

    # Requests

    def _asked(self, served: Served) -> None:
        request = served.request
        tag = message.party(request.first("to")).tag
        if request.method == "INVITE":
            self._invited(served, tag)
        elif request.method == "CANCEL":
            self._cancelled(served)
        elif request.method == "OPTIONS" and not tag:
            served.answer(200, tag="setsail", headers=(("allow", ALLOW), ("accept", "application/sdp")))
        elif request.method in ("BYE", "INFO", "UPDATE", "OPTIONS"):
            self._within(served)
        else:
            served.answer(405, tag="setsail", headers=(("allow", ALLOW),))

    def _acked(self, ack: Message) -> None:
        """The terminal has our answer; nothing else is to be done."""

    def _within(self, served: Served) -> None:
        request = served.request
        call = self._call(request)
        if call is None:
            served.answer(481, tag=secrets.token_hex(4))
            return
        if request.cseq[0] <= call.dialog.heard:
            served.answer(500)
            return
        call.kept = replace(call.kept, dialog=call.dialog.after(request))
        served.answer(200, headers=(("allow", ALLOW),) if request.method == "OPTIONS" else ())
        if request.method == "BYE":
            self.calls.pop(request.call_id, None)
            self._keep()
            self._soon(call.close())
        elif request.method == "INFO":
            for key in keys_of(request):
                call.pressed(key)

    def _call(self, request: Message) -> Call | None:
        call = self.calls.get(request.call_id)
        return call if call is not None and call.dialog.takes(request) else None

    def _cancelled(self, served: Served) -> None:
        invite = self.endpoint.invite_of(served.request)
        if invite is None:
            served.answer(481, tag=secrets.token_hex(4))
            return
        served.answer(200, tag="setsail")
        opening = self._opening.get(invite.request.call_id)
        if opening is not None and invite.status < 200:
            opening.cancel()

    # INVITE

    def _invited(self, served: Served, tag: str) -> None:
        served.answer(100)
        request = served.request
        if tag:
            call = self._call(request)
            if call is None:
                self._refuse(served, 481)
            elif request.cseq[0] <= call.dialog.heard:
                self._refuse(served, 500)
            else:
                self._soon(self._renewed(served, call), wait=True)
            return
        if request.call_id in self._opening or request.call_id in self.calls:
            self._refuse(served, 491)
            return
        task = self._opening[request.call_id] = asyncio.create_task(self._opened(served))
        task.add_done_callback(lambda _: self._opening.pop(request.call_id, None))

    async def _opened(self, served: Served) -> None:
        """A new call, or its refusal."""
        call = None
        try:
            call, offer = await self._new(served)
            await call.open()
        except asyncio.CancelledError:
            if call is not None:
                await call.close()
            self._refuse(served, 487)
            return
        except Refusal as err:
            self._refuse(served, err.status, err.why, err.headers)
            return
        except Malformed as err:
            self._refuse(served, 400, err.what)
            return
        except SetSailError as err:
            self._refuse(served, *status_of(err))
            return
        except Exception:  # a fault of ours ends this call alone, and is told in the log
            sys.stderr.write(f"error: call {served.request.call_id[:40]}\n{traceback.format_exc()}")
            self._refuse(served, 500)
            return
        self.calls[call.dialog.call_id] = call
        self._keep()
        contact = f"<sip:{self.order.rooms.room}@{LOOPBACK}:{self.settings.gateway_port}>"
        told = (("contact", contact), ("allow", ALLOW), ("content-type", "application/sdp"), ("server", "setsail"))
        served.answer(200, tag=call.dialog.tag, headers=told, body=call.answers(offer))
        if not await self.endpoint.until_acked(served):
            await self.end(call, "the answer was never acknowledged")

    async def _new(self, served: Served) -> tuple[Call, sdp.Description]:
        request, order = served.request, self.order
        user = request.first(USER)
        site = self.settings.site(user)
        address, source = (request.first(name).strip("[]") for name in (ADDRESS, SOURCE))
        if not site or address not in self.settings.addresses:
            raise Refusal(500, "the registrar did not say who calls")
        if message.uri(request.target).user != str(order.rooms.room):
            raise Refusal(404, "no such room")
        if request.all("require"):
            raise Refusal(420, headers=(("unsupported", ", ".join(request.all("require"))),))
        offer = offer_of(request)
        terms = agreement.agreed(offer, codecs=codecs(order))
        dialog = Dialog.of(request, secrets.token_hex(8))
        for old in [c for c in self.calls.values() if c.kept.user == user]:  # it dialled again after a fall
            await self.end_quietly(old, "the same account called again")
        if len(self.calls) + len(self._opening) > order.rooms.publishers:
            raise Refusal(486, f"all {order.rooms.publishers} places are taken")
        kept = begun(user, site, dialog, terms, address=address, source=source, now=self.now())
        return Call(kept, order, self.settings, self._ended), offer

    async def end_quietly(self, call: Call, reason: str) -> None:
        """Ends a call without waiting for its terminal, which may be gone."""
        if self.calls.pop(call.dialog.call_id, None) is None:
            return
        await call.close()
        self._soon(self._told(call.dialog.bye(reason)))

    async def _told(self, request: Message) -> None:
        await self.endpoint.ask(request)

    async def _renewed(self, served: Served, call: Call) -> None:
        """A new offer within a call; the call goes on as it was where the offer cannot be taken."""
        try:
            dialog = call.dialog.after(served.request)
            if served.request.body:
                body = await call.renew(offer_of(served.request), dialog)
            else:  # a sign of life, or an offer to come with ACK: what was agreed on stays
                call.kept = replace(call.kept, dialog=dialog)
                body = call.description
        except Refusal as err:
            self._refuse(served, err.status, err.why)
            return
        except SetSailError as err:
            self._refuse(served, *status_of(err))
            return
        self._keep()
        contact = f"<sip:{self.order.rooms.room}@{LOOPBACK}:{self.settings.gateway_port}>"
        served.answer(200, headers=(("contact", contact), ("content-type", "application/sdp")), body=body)
        await self.endpoint.until_acked(served)

    def _refuse(self, served: Served, status: int, why: str = "", headers: tuple[tuple[str, str], ...] = ()) -> None:
        """A refusal; its reason goes along as a warning. Source: RFC 3261 cl. 20.43 (399: anything)."""
        self.refused[str(status)] = self.refused.get(str(status), 0) + 1
        told = "".join(c if c.isprintable() and c not in '"\\' else " " for c in why)[:160]
        warning = (("warning", f'399 setsail "{told}"'),) if told else ()
        served.answer(status, tag=secrets.token_hex(8), headers=(*headers, *warning))
        self._soon(self._acknowledged(served), wait=True)

    async def _acknowledged(self, served: Served) -> None:
        await self.endpoint.until_acked(served)

    # Keeping

    def _ended(self, call: Call, reason: str) -> None:
        self._soon(self.end(call, reason))

    async def _take_up(self, one: Kept) -> None:
        """A call that a killed gateway left: the same ports again, so that the terminal notices a gap and no more."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE_S
        while True:
            call = self.calls[one.dialog.call_id] = Call(one, self.order, self.settings, self._ended)
            try:
                await call.open()
            except SetSailError as err:
                if loop.time() < end and not isinstance(err, Refused):  # the server may have been killed too
                    await asyncio.sleep(AGAIN_S)
                    continue
                self.calls.pop(one.dialog.call_id, None)
                self._keep()
                await self.endpoint.ask(one.dialog.bye(err.what))
            self._changed.set()
            return

    def _keep(self) -> None:
        with contextlib.suppress(BadInput, OSError):  # a full disk ends no call
            keeping.keep(self.folder, [c.kept for c in self.calls.values()])
        self._changed.set()

    async def _tell(self) -> None:
        while True:
            with contextlib.suppress(BadInput, OSError):
                tell(self.folder, self.record())
            self._changed.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(TELL_S):
                    await self._changed.wait()

    def _soon(self, work: Coroutine[Any, Any, None], *, wait: bool = False) -> None:
        """Work beside. wait : it only waits for the other side, and may be left undone at the end."""
        task = asyncio.create_task(work)
        tasks = self._waiting if wait else self._tasks
        tasks.add(task)
        task.add_done_callback(tasks.discard)
