"""Calls of simulated sites on a conference server: started, measured, told."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

from setsail.base.errors import OutOfRange
from setsail.base.limits import Limit
from setsail.conference.call import marks, media, watching
from setsail.conference.call.asked import Room, Sending, numbered, require_site, room_of, sending_of
from setsail.conference.call.facts import CallFacts, SiteFacts, StreamFacts
from setsail.conference.call.pairing import paired
from setsail.conference.call.shards import Hand, Shard, ShardLost, ask_all, close_all, dealt, sites_a_shard
from setsail.conference.server.janus import own_address

JOIN_S, WATCH_S, SLACK_S, MEDIA_S = 20.0, 20.0, 20.0, 120.0
SECONDS = Limit("seconds", 2.0, 86400.0, "two strips and one second of sound at least")
RECEIVE = Limit("receive", 1, 28, "streams that a test participant takes")
SITES = Limit("sites", 2, 200, "what test participants on one machine can play")


class Simulation:
    """Sites on a call in processes of their own. Use as a context manager, or `close` it.

    sites : name to number on strip and tone;  pins : of sites that come with another one than the room's;
    watches : whose pictures a site gets, where that is not the ring of all;  late : sites that come when the others
    are on the call;  guests : name and number of sites that are on the call by other means (terminals, browsers): their
    pictures and tones are watched for like the others';  away : sites that are not played here, and who plays them.
    Raises OutOfRange for a number used twice or beyond the strip, and for `receive`.
    """

    def __init__(
        self,
        room: Room,
        sites: Mapping[str, int],
        *,
        receive: int = 4,
        sending: Sending | None = None,
        pins: Mapping[str, str] | None = None,
        watches: Mapping[str, Sequence[str]] | None = None,
        late: Sequence[str] = (),
        guests: Mapping[str, int] | None = None,
        away: Mapping[str, Hand] | None = None,
    ) -> None:
        everybody = [*sites.items(), *(guests or {}).items()]
        for _, number in everybody:
            marks.SITE_NUMBER.require(number)
        if len({*sites.values(), *(guests or {}).values()}) < len(everybody):
            raise OutOfRange("two sites have one number", where="sites", allowed="a number of its own for each")
        RECEIVE.require(receive)
        self.room, self.numbers, self.receive = room, dict(sites), receive
        self.sending = sending or Sending()
        self._pins, self._watches, self._late = dict(pins or {}), watches, frozenset(late)
        self.guests = dict(guests or {})
        self.away = dict(away or {})
        self.joined: dict[str, float] = {}
        self.failed: dict[str, tuple[str, str]] = {}
        self.kbps, self.media_s, self.join_s = 0.0, 0.0, 0.0
        self._shards: list[Hand] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, err: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    @property
    def pids(self) -> tuple[int, ...]:
        """Of the processes that play the sites."""
        return tuple(shard.pid for shard in self._shards if isinstance(shard, Shard))

    def start(self) -> Self:
        """All join and get their first pictures; `joined` and `failed` tell who. Raises ShardLost."""
        begun = time.time()
        self.start_joining()
        try:
            self.watch(0)
        except BaseException:
            self.close()
            raise
        self.join_s = time.time() - begun - self.media_s
        return self

    def start_joining(self) -> None:
        """All join at the same time and send; they get no pictures before `watch`. Raises ShardLost."""
        each = sites_a_shard(self.receive, self.sending.fps, self.sending.kbps)
        here = [Shard() for _ in range(math.ceil((len(self.numbers) - len(self.away)) / each))]
        self._shards = [*here, *self.away.values()]
        try:
            self._open(here)
            self._join([site for site in self.numbers if site not in self._late])
            self._join([site for site in self.numbers if site in self._late])
        except BaseException:
            self.close()
            raise

    def _join(self, sites: list[str]) -> None:
        if not sites:
            return
        for told in ask_all(self._shards, {"do": "join", "sites": sites, "within_s": JOIN_S}, JOIN_S + SLACK_S):
            self.joined |= told["joined"]
            self.failed |= {site: (code, text) for site, (code, text) in told["failed"].items()}

    def _open(self, here: Sequence[Shard]) -> None:
        begun = time.time()
        host = urlsplit(self.room.place.url).hostname or ""
        address = own_address() if host in {"127.0.0.1", "::1", "localhost"} else ""
        ours = [(site, number) for site, number in self.numbers.items() if site not in self.away]
        hands: list[tuple[Hand, list[tuple[str, int]]]] = list(zip(here, dealt(ours, len(here)), strict=True))
        hands += [(hand, [(site, self.numbers[site])]) for site, hand in self.away.items()]
        for shard, hand in hands:
            seats = [
                {"site": site, "number": number, "room": self.room.room, "mix": self.room.mix,
                 "pin": self._pins.get(site, self.room.pin), **asdict(self.sending)}
                for site, number in hand
            ]  # fmt: skip
            shard.tell({"do": "open", "place": asdict(self.room.place), "seats": seats, "address": address})
        told = [shard.answer(MEDIA_S) for shard in self._shards]
        rates = [rate for one in told for rate in one["kbps"]]
        self.kbps, self.media_s = sum(rates) / len(rates), time.time() - begun

    def watch(self, turn: int) -> dict[str, list[Any]]:
        """Gives everybody the pictures of that turn; what flows then, as of `state`."""
        told = ask_all(
            self._shards,
            {"do": "watch", "targets": self.targets(turn), "numbers": self._present(), "within_s": WATCH_S},
            WATCH_S + SLACK_S,
        )
        return {site: state for one in told for site, state in one["sites"].items()}

    def targets(self, turn: int) -> dict[str, tuple[str, ...]]:
        """Who gets whose pictures in that turn, of those who are on the call."""
        if self._watches is not None:
            there = self._present()
            return {s: tuple(w for w in of if w in there) for s, of in self._watches.items() if s in self.joined}
        present = list(self._present())
        ring = watching.targets(present, self.receive, turn) if len(present) > 1 else {}
        return {site: names for site, names in ring.items() if site in self.joined}

    def _present(self) -> dict[str, int]:
        return {site: number for site, number in self.numbers.items() if site in self.joined} | self.guests

    def state(self) -> dict[str, list[Any]]:
        """Site to [pictures coming, sound coming, times it came back], now. Raises ShardLost."""
        told = ask_all(self._shards, {"do": "state"}, SLACK_S)
        return {site: state for one in told for site, state in one["sites"].items()}

    def all_flow(self) -> bool:
        """Whether every site on the call gets all pictures and the sound it should, within the last second."""
        targets, state = self.targets(0), self.state()
        return all(
            site in state and state[site][0] >= len(targets.get(site, ())) and state[site][1] for site in self.joined
        )

    def measure(self, seconds: float) -> CallFacts:
        """The call as counted for so long, the senders changing in turn until all pairs were seen or time is up.

        Raises OutOfRange, ShardLost.
        """
        SECONDS.require(seconds)
        present = self._present()
        count = 1 if self._watches is not None else watching.turns(len(present), self.receive, seconds)
        turns = [self.targets(turn) for turn in range(count)]
        order = {"do": "measure", "begin": time.time() + 0.3, "seconds": seconds, "turns": turns}
        told = ask_all(self._shards, order, seconds + SLACK_S)
        return self._facts(seconds, told, count)

    def _facts(self, seconds: float, told: list[Answer], turns: int) -> CallFacts:
        heard = {site: counts for one in told for site, counts in one["heard"].items()}
        listened = told[0]["listened"] if told else 0
        sites = [SiteFacts(**{**row, "ghosts": tuple(row["ghosts"])}) for one in told for row in one["sites"]]
        sites += [
            SiteFacts(site, self.numbers[site], error=text, error_code=code)
            for site, (code, text) in self.failed.items()
        ]
        order = list(self.numbers)
        sites.sort(key=lambda s: order.index(s.site))
        streams = [StreamFacts(**_kept(row, StreamFacts)) for one in told for row in one["streams"]]
        rows = [self._timed(row) for one in told for row in one["pairs"]]
        pairs = paired(rows, list(self.joined), self._present(), heard, listened=listened, mix=self.room.mix)
        more = {"turns": turns, "listened": listened, "client_cpu_cores": sum(one["cpu_cores"] for one in told),
                "media_s": self.media_s, "join_s": self.join_s, "client_processes": len(self._shards),
                "loads": [[one["load"], one["cores"]] for one in told]}  # fmt: skip
        return CallFacts(
            seconds, self.receive, self.sending.codec, self.sending.fps, self.kbps, tuple(sites), tuple(streams),
            pairs, more,
        )  # fmt: skip

    def _timed(self, row: Answer) -> Answer:
        """A pair's row with its delay by one clock, where one end of it is away."""
        if row["delay_s"] is None:
            return row
        ahead = {site: hand.ahead_s for site, hand in self.away.items()}
        aside = ahead.get(row["of"], 0.0) - ahead.get(row["to"], 0.0)
        return {**row, "delay_s": media.by_one_clock(row["delay_s"], aside)}

    def close(self) -> None:
        """All leave; no process of this machine is left, and who plays a site elsewhere may be asked again."""
        hands, self._shards = self._shards, []
        for hand in hands:
            if not isinstance(hand, Shard):
                with contextlib.suppress(ShardLost):
                    ask_all([hand], {"do": "leave"}, SLACK_S)
        close_all(hand for hand in hands if isinstance(hand, Shard))


Answer = dict[str, Any]


def _kept(row: Answer, cls: type[Any]) -> Answer:
    return {name: row[name] for name in cls.__dataclass_fields__ if name in row}


def simulate(room: Room, sites: Mapping[str, int] | Sequence[str], *, receive: int = 4,
             sending: Sending | None = None) -> Simulation:  # fmt: skip
    """Simulated sites that are on the call when this returns, in processes of their own, until closed.

    sites : name to number on strip and tone, or names alone, numbered from 1 in their order.
    Raises OutOfRange, ShardLost.
    """
    return Simulation(room, numbered(sites), receive=receive, sending=sending).start()


def call(room: Room, site: str, *, seconds: float, peers: Sequence[str], numbers: Mapping[str, int] | None = None,
         sending: Sending | None = None, away: Hand | None = None) -> CallFacts:  # fmt: skip
    """A measured call of one site with its peers: each peer gets the site's picture, the site those of its peers.

    numbers : of the sites on strip and tone; from 1 in the order site, peers where not given;  away : who plays the
    site where that is not this machine.
    Raises OutOfRange (less than one peer), ShardLost, UnknownName.
    """
    if not peers or site in peers:
        raise OutOfRange(f"are {', '.join(peers) or 'none'}", where="peers", allowed="at least one other site")
    names = (site, *peers)
    known = numbered(names) if numbers is None else {name: numbers[name] for name in names}
    watches = {site: tuple(peers), **dict.fromkeys(peers, (site,))}
    receive = max(1, len(peers))
    there = {} if away is None else {site: away}
    with Simulation(room, known, receive=receive, sending=sending, watches=watches, away=there).start() as running:
        return running.measure(seconds)


__all__ = [
    "CallFacts", "Room", "Sending", "ShardLost", "Simulation", "call", "numbered", "require_site", "room_of",
    "sending_of", "simulate",
]  # fmt: skip
