"""The test participant at the site: calls the server, tests the line to it, and plays its site on the call."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from setsail.base.errors import BadInput, SetSailError
from setsail.base.limits import Limit
from setsail.base.record import Record
from setsail.conference.accept.site.line import Caller, JsonLine
from setsail.conference.accept.stamp import LinkOrder, link_test
from setsail.conference.accept.udp_rate import RateOrder, rate_test
from setsail.conference.call.worker import Order, Worker, roomy
from setsail.conference.server.errors import NoAnswer, ServerLost
from setsail.conference.server.place import Place

AGAIN_S = 1.0
WAIT_S = Limit("wait", 0.0, 86400.0, "for the acceptance to be opened at the server")
Said = Callable[[str], None]
DOING = {
    "clock": "compares clocks", "link": "tests the link", "rate": "tests the rate", "open": "makes pictures and tone",
    "join": "joins the room", "watch": "waits for pictures", "measure": "is measured on the call", "leave": "leaves",
}  # fmt: skip


class NobodyThere(BadInput):
    """No acceptance is open at the address that was called."""

    code = "conference-nobody-there"


class Guest(Worker):
    """Plays one site by the orders of its server. link : HOST, PORT of the reflector there."""

    def __init__(self, caller: Caller, link: tuple[str, int], say: Said) -> None:
        super().__init__(lambda _url, _protocol: caller.call("room"))
        self._host, self._port = link
        self._site, self._say, self._stopped = caller.site, say, False

    async def do(self, order: Order) -> Order:
        """The answer to one order of those that a server gives."""
        if order.get("do") not in DOING:
            raise NoAnswer(f"is {order.get('do')!r}"[:80], where="order")
        if order["do"] != "clock":
            self._say(DOING[order["do"]])
        return await super().do(order)

    async def on_clock(self, order: Order) -> Order:  # noqa: ARG002 - the shape of an order
        """The time here."""
        return {"now": time.time()}

    async def on_link(self, order: Order) -> Order:
        """What the link to the server does to STAMP packets."""
        made = LinkOrder(order["seconds"], dscp=order["dscp"])
        return asdict(await asyncio.to_thread(link_test, self._host, self._port, made, stopped=lambda: self._stopped))

    async def on_rate(self, order: Order) -> Order:
        """What arrives of UDP at a rate, both ways."""
        made = RateOrder(
            order["up_bps"], order["down_bps"], order["step_seconds"], tuple(order["shares"]), order["dscp"]
        )
        return asdict(await asyncio.to_thread(rate_test, self._host, self._port, made, stopped=lambda: self._stopped))

    async def on_open(self, order: Order) -> Order:
        """Makes pictures and tone of its own site alone; place and PIN are not needed, the door puts them in."""
        seats = [seat | {"pin": ""} for seat in order["seats"] if seat["site"] == self._site]
        return await super().on_open({"seats": seats, "place": asdict(Place("", "", "", "", "")), "address": ""})

    async def end(self) -> None:
        """Leaves, and ends what still runs."""
        self._stopped = True
        await self.on_leave({})
        self.pool.shutdown(wait=False, cancel_futures=True)


async def attend(caller: Caller, link: tuple[str, int], *, wait_s: float, say: Said) -> Record:
    """Calls until the server answers, obeys until it has no more orders; which were done.

    wait_s : how long it is called while nobody listens there. Raises NobodyThere, WrongPin, SentAway, ServerLost.
    """
    roomy()
    line = await _called(caller, wait_s, say)
    guest, done = Guest(caller, link, say), []
    try:
        while True:
            try:
                order = await line.get()
            except ServerLost:
                break
            await line.put(await _obeyed(guest, order))
            done.append(str(order.get("do")))
    finally:
        await guest.end()
        await line.close()
    return {"site": caller.site, "server": line.where, "done": list(dict.fromkeys(done)), "measured": "measure" in done}


async def _obeyed(guest: Guest, order: dict[str, Any]) -> Record:
    try:
        return await guest.do(order)
    except SetSailError as err:
        return {"error": [err.code, str(err)]}
    except (KeyError, TypeError, ValueError) as err:
        return {"error": ["order", f"{type(err).__name__}: {err}"]}


async def _called(caller: Caller, wait_s: float, say: Said) -> JsonLine:
    """The line for orders, tried again while nobody listens."""
    end, told = time.monotonic() + wait_s, False
    while True:
        try:
            return await caller.call("orders")
        except (OSError, TimeoutError) as err:
            if time.monotonic() > end:
                raise NobodyThere(
                    f"does not answer within {wait_s:g} s ({err})", where=caller.where,
                    hint="at the server: setsail conference accept --site ... --listen ADDRESS:PORT",
                ) from err  # fmt: skip
        if not told:
            say("waits for the server: the acceptance of this site is not open yet")
            told = True
        await asyncio.sleep(AGAIN_S)
