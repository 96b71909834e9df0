"""A site whose test participant calls in from there: waited for, then link and place on the call are its own."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

from setsail.conference.accept import datagrams, steps
from setsail.conference.accept.course import Context, Options
from setsail.conference.accept.link_result import LinkResult, Spread
from setsail.conference.accept.rate_peer import RatePeer
from setsail.conference.accept.reflector import Reflector, serve
from setsail.conference.accept.site.door import Door, door
from setsail.conference.accept.site.player import Player
from setsail.conference.accept.stamp import LinkOrder
from setsail.conference.accept.stamp_wire import DEFAULT_PORT
from setsail.conference.accept.udp_rate import RateOrder, RateResult, RateStep
from setsail.conference.call.shards import Answer, ShardLost
from setsail.conference.server.order import Order

SLACK_S = 15.0
WORDS = ("jitter_method", "reason", "direction")
T = TypeVar("T")
SPREADS = ("rtt", "one_way_there", "one_way_back")


@dataclass(frozen=True, slots=True)
class There:
    """A site whose test participant is there. hand : its line."""

    hand: Player

    def link_test(self, order: LinkOrder) -> LinkResult:
        """From the site to this machine. Raises ShardLost."""
        asked = {"do": "link", "seconds": order.seconds, "dscp": order.dscp}
        told = self.hand.asked(asked, order.seconds + SLACK_S)
        return self._read(told, _link_result)

    def rate_test(self, order: RateOrder) -> RateResult:
        """From the site to this machine. Raises ShardLost."""
        asked = {"do": "rate", "up_bps": order.up_bps, "down_bps": order.down_bps, "dscp": order.dscp,
                 "step_seconds": order.step_seconds, "shares": list(order.shares)}  # fmt: skip
        told = self.hand.asked(asked, 4 * len(order.shares) * (order.step_seconds + 5) + SLACK_S)
        return self._read(told, _rate_result)

    def terminal(self) -> Mapping[str, Any]:
        """A test participant: a program at the site, with the site's own link."""
        return {"kind": "participant", "from": self.hand.address, "clock_ahead_s": self.hand.ahead_s,
                "clock_error_s": self.hand.clock_error_s}  # fmt: skip

    def overloaded(self) -> str:
        """As it told of its own machine when it was measured."""
        return steps.overloaded(*self.hand.load) if self.hand.load else ""

    def _read(self, told: Answer, read: Callable[[Answer], T]) -> T:
        """What the site told of a test. Raises ShardLost where it is none."""
        try:
            _require_numbers(told)
            return read(told)
        except (TypeError, KeyError, ValueError, AttributeError) as err:
            raise ShardLost(f"told what cannot be read ({err})", where=f"participant at {self.hand.site}") from err


def _require_numbers(told: object) -> None:
    """Raises ValueError for a number that is none, TypeError for a word where there are only numbers."""
    if isinstance(told, dict):
        for name, value in told.items():
            if not (name in WORDS and isinstance(value, str)):
                _require_numbers(value)
    elif isinstance(told, list):
        for one in told:
            _require_numbers(one)
    elif not (told is None or (isinstance(told, int | float) and math.isfinite(told))):
        raise TypeError(f"{told!r}"[:60])


def _link_result(told: Answer) -> LinkResult:
    spreads = {name: None if told[name] is None else Spread(**told[name]) for name in SPREADS}
    marks = {name: tuple(told[name]) for name in ("dscp_there", "dscp_back")}
    return LinkResult(**{**told, **spreads, **marks})


def _rate_result(told: Answer) -> RateResult:
    return RateResult(tuple(RateStep(**one) for one in told["steps"]), str(told["reason"]))


def came(held: ExitStack, context: Context, order: Order, site: str, options: Options) -> There:
    """The site's end as soon as its participant calls; door and reflector stay open as long as `held`.

    Raises NobodyCame, BadInput (nothing can listen there), ShardLost.
    """
    host, port = datagrams.host_port(options.listen, "--listen", DEFAULT_PORT)
    opened: Door = held.enter_context(door(order, site, host, port, context.clock()))
    held.enter_context(_reflector(host, datagrams.host_port(opened.at, "--listen")[1], options.key))
    context.say(f"at the site: setsail conference participant {opened.at} --site {site}")
    player = opened.arrived(options.wait_s)
    held.callback(player.close)
    context.say(f"the participant of {site} calls from {player.address}")
    player.compare_clocks()
    return There(player)


@contextmanager
def _reflector(host: str, port: int, key: bytes | None) -> Iterator[None]:
    """A reflector on the same port as the door, by UDP. Raises BadInput."""
    done = threading.Event()
    with datagrams.bound(host, port, "--listen") as listening:
        told = {"until_s": time.monotonic() + 86400.0, "rates": RatePeer(), "stopped": done.is_set}
        runs = threading.Thread(target=serve, args=(listening, Reflector(key=key)), kwargs=told, name="reflector")
        runs.start()
        try:
            yield
        finally:
            done.set()
            runs.join()
