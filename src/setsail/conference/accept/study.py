"""Acceptance of one site, or of all on one call: steps in their order, each from what was measured, then a record.

Public face: `accept` and `accept_all`. Both say in the record whether the terminals were simulated.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput, OutOfRange, StoreConflict, UnknownName
from setsail.conference.accept import datagrams, record, steps
from setsail.conference.accept.checks import Step, StepResult, check, concluded, not_run
from setsail.conference.accept.rate_peer import RatePeer
from setsail.conference.accept.record import Circumstances, Stored
from setsail.conference.accept.reflector import Reflector, serve
from setsail.conference.accept.stamp import LinkOrder, link_test
from setsail.conference.accept.steps import OnCall
from setsail.conference.accept.udp_rate import RateOrder, rate_test
from setsail.conference.call import study as calls
from setsail.conference.call.facts import CallFacts
from setsail.conference.server.state import running
from setsail.conformance.keys import PartyKey
from setsail.rollout.model import Rollout
from setsail.rollout.provision.calls import demand_of
from setsail.rollout.provision.rooms import COMMAND
from setsail.store.leases import locked

DSCP_VIDEO = 34
"""AF41, interactive video. Source: RFC 4594, 4.3."""
BESIDE = 4
"""Rate tests of different sites at the same time: more would load the machine that measures, not the links."""
TEST_KBPS = 330
"""Rate of a test participant's picture where the call's own is above what its clip can have."""

Said = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a site is accepted. seconds : of the call;  link_seconds, rate_step_seconds : of the link's tests;

    peer : HOST:PORT of the reflector at the far end of the site's link, "" where the terminals are simulated: then one
    on this machine stands in;  simulate : all terminals are simulated;  declared : what somebody says of power and
    inventory;  shares : steps of the rate test;  attempts : how often a step is made that proves nothing, because the
    test itself was too slow; one that fails is not made again.
    """

    seconds: float = 60.0
    link_seconds: float = 10.0
    rate_step_seconds: float = 1.0
    shares: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    peer: str = ""
    simulate: bool = False
    declared: str = ""
    key: bytes | None = None
    attempts: int = 2

    def require(self) -> None:
        """Raises BadInput, OutOfRange."""
        calls.SECONDS.require(self.seconds, "--seconds")
        if not self.peer and not self.simulate:
            raise BadInput(
                "is not given", where="--peer", allowed="HOST:PORT of a reflector at the far end of the site's link",
                hint="setsail conference reflector --listen ADDR:PORT there, or --simulate to try without a link",
            )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Context:
    """Where and for whom. at : in the rollout's time;  clock : of this machine;  say : told what is being done."""

    rollout_dir: Path
    rollout: Rollout
    key: PartyKey
    at: datetime
    clock: Callable[[], datetime]
    by: str
    software: str
    say: Said = field(default=lambda _: None)


@dataclass(slots=True)
class _Course:
    """An acceptance as far as it came. rtt_ms : mean round trip of the link;  pairs : what peers got of the site."""

    site: str
    made: list[StepResult]
    rtt_ms: float | None = None
    pairs: Mapping[str, Any] = field(default_factory=dict)

    @property
    def failed(self) -> StepResult | None:
        """The step that failed, if one did: those after it are not made."""
        return next((s for s in self.made if s.verdict == "fail"), None)

    def go(self, step: Step, make: Callable[[], StepResult]) -> None:
        """Makes a step, or says why it is not made."""
        before = self.failed
        self.made.append(make() if before is None else not_run(step, f"{before.step} failed before it"))


def accept(context: Context, site: str, options: Options) -> Stored:
    """The record of a site's acceptance, stored and signed, passed or not.

    Steps are made in their order; after one that fails the others are not made. Raises UnknownName (site), BadInput
    (no --peer), NotUp (no conference for this rollout), StoreConflict (the site is being accepted already).
    """
    options.require()
    require_site(context.rollout, site)
    room = _room(context)
    with _alone(context.rollout_dir, site), ExitStack() as held:
        peer = options.peer or held.enter_context(loopback())
        course = _begun(context, options, site)
        course.go("link", lambda: _link(context, options, peer, course))
        course.go("rate", lambda: _rate(context, options, peer))
        _company_on_call(context, options, room, course)
        return _stored(context, options, course)


def accept_all(context: Context, options: Options, *, sites: Sequence[str] = ()) -> list[Stored]:
    """The records of all sites (or those named), accepted on one call, all at the same time.

    The far ends of all links are on this machine, so the terminals are simulated and the records say so. Links are
    tested together, rates a few at a time. Raises as `accept`; OutOfRange for fewer than three sites.
    """
    chosen = list(sites) or [s.site for s in context.rollout.sites]
    for site in chosen:
        require_site(context.rollout, site)
    if len(chosen) < 3 or len(set(chosen)) < len(chosen):
        raise OutOfRange(f"are {len(set(chosen))}", where="sites", allowed="three different ones or more")
    used = replace(options, simulate=True, peer="")
    used.require()
    room = _room(context)
    with ExitStack() as held:
        for site in sorted(chosen):
            held.enter_context(_alone(context.rollout_dir, site))
        courses = _links(context, used, chosen)
        measured = _calls_of_all(context, used, room, [c.site for c in courses if c.failed is None])
        for course in courses:
            _on_calls_of_all(context, measured, course)
        return [_stored(context, used, course) for course in courses]


def participants(rollout: Rollout) -> dict[str, int]:
    """Number of each site on strip and tone, from 1 in their order, and of the command centre after them."""
    found = {s.site: n for n, s in enumerate(rollout.sites, start=1)}
    return found | {COMMAND: len(found) + 1}


def sending(rollout: Rollout) -> calls.Sending:
    """What a test participant sends: codec and frame rate of the call, its bit rate as far as the test can."""
    call = rollout.call
    codec: Any = call.codec if call.codec in ("vp8", "h264") else "vp8"
    return calls.Sending(codec, round(min(max(call.fps, 5), 30)), round(min(call.video_kbps, TEST_KBPS)))


def planned_rates(rollout: Rollout, options: Options) -> RateOrder:
    """The rate test of a site: what TS 26.114 Annex E asks of its link, up and down."""
    demand = demand_of(rollout)
    return RateOrder(
        1e3 * demand.up_kbps, 1e3 * demand.down_kbps, options.rate_step_seconds, options.shares, DSCP_VIDEO
    )


@contextmanager
def loopback() -> Iterator[str]:
    """A reflector on this machine while the block runs: HOST:PORT of it."""
    done = threading.Event()
    with datagrams.bound("127.0.0.1", 0, "reflector") as listening:
        limits = {"until_s": float("inf"), "rates": RatePeer(), "stopped": done.is_set}
        reflector = Reflector(per_source=20_000.0, per_second=50_000.0)
        runs = threading.Thread(target=serve, args=(listening, reflector), kwargs=limits, name="reflector")
        runs.start()
        try:
            yield f"127.0.0.1:{listening.getsockname()[1]}"
        finally:
            done.set()
            runs.join()


# Steps of one site


def _begun(context: Context, options: Options, site: str) -> _Course:
    declared = options.declared or ("terminal simulated: nothing to look at" if options.simulate else "")
    return _Course(site, [steps.power_step(declared, context.by)])


def _link(context: Context, options: Options, peer: str, course: _Course) -> StepResult:
    context.say(f"link test to {peer}")
    host, port = datagrams.host_port(peer, "--peer")
    order = LinkOrder(options.link_seconds, dscp=DSCP_VIDEO, shared_clock=options.simulate, key=options.key)
    found = link_test(host, port, order)
    course.rtt_ms = found.rtt.mean_ms if found.rtt else None
    return steps.link_step(found)


def _rate(context: Context, options: Options, peer: str) -> StepResult:
    order = planned_rates(context.rollout, options)
    context.say(f"UDP at {order.up_bps / 1e3:g} kbit/s up, {order.down_bps / 1e3:g} down")
    host, port = datagrams.host_port(peer, "--peer")
    found = steps.rate_step(rate_test(host, port, order), order)
    for _ in range(options.attempts - 1):
        if found.verdict == "inconclusive":
            found = steps.rate_step(rate_test(host, port, order), order)
    return found


def _company_on_call(context: Context, options: Options, room: calls.Room, course: _Course) -> None:
    """The steps on a call of the site with its peers, where the course came as far as that."""
    who = _company(context.rollout, course.site)
    facts: CallFacts | str = "the link failed before"
    if course.failed is None:
        for _ in range(options.attempts):
            context.say(f"call of {options.seconds:g} s with {', '.join(who.others)}")
            facts = _called(context, options, room, who)
            who = replace(who, overloaded=_overloaded())
            if isinstance(facts, str) or not _open(facts, who):
                break
    _call_steps(facts, who, course)


def _called(context: Context, options: Options, room: calls.Room, who: OnCall) -> CallFacts | str:
    """The measured call of a site with its peers; the reason where the test broke down."""
    numbers = participants(context.rollout)
    try:
        return calls.call(
            room, who.site, seconds=options.seconds, peers=who.others, numbers=numbers, sending=sending(context.rollout)
        )
    except calls.ShardLost as err:
        return str(err)


def _open(facts: CallFacts, who: OnCall) -> bool:
    """True where the call neither passes nor fails a site that is on it: the test was too slow."""
    found = facts.site(who.site)
    return found is not None and not found.error and steps.call_step(facts, who).verdict == "inconclusive"


def _call_steps(facts: CallFacts | str, who: OnCall, course: _Course) -> None:
    """Register, call and voice, each not made after one that failed. facts : or why there are none."""
    if isinstance(facts, str) and course.failed is None:
        course.made += _broken(facts)
        return
    found: Any = facts
    course.go("register", lambda: steps.register_step(found.site(who.site)))
    course.go("call", lambda: steps.call_step(found, who))
    course.go("voice", lambda: steps.voice_step(found, who, course.rtt_ms))
    if not isinstance(facts, str):
        course.pairs = steps.pairs_of(facts, who)


def _company(rollout: Rollout, site: str) -> OnCall:
    """The site's peers on its own call: as many as the call sends it pictures, two at least, and the command centre."""
    others = [s.site for s in rollout.sites if s.site != site]
    count = max(2, rollout.call.receive - 1)
    return OnCall(site, tuple(others[:count]), COMMAND)


# All sites at once


def _links(context: Context, options: Options, sites: Sequence[str]) -> list[_Course]:
    """Power, link and rate of each site: links all together, rates a few at a time."""
    quiet = replace(context, say=lambda _: None)
    courses = [_begun(context, options, site) for site in sites]
    with loopback() as peer:
        context.say(f"{len(sites)} link tests")
        with ThreadPoolExecutor(len(sites)) as pool:
            list(pool.map(lambda c: c.go("link", lambda: _link(quiet, options, peer, c)), courses))
        context.say(f"{len(sites)} rate tests, {BESIDE} at a time")
        with ThreadPoolExecutor(BESIDE) as pool:
            list(pool.map(lambda c: c.go("rate", lambda: _rate(quiet, options, peer)), courses))
    return courses


@dataclass(frozen=True, slots=True)
class _Measured:
    """One measurement of the call of all. facts : or why there are none;  overloaded : as in `OnCall`."""

    facts: CallFacts | str
    overloaded: str = ""

    def who(self, context: Context, site: str) -> OnCall:
        """The site and all others that were on the call."""
        there = set() if isinstance(self.facts, str) else {s.site for s in self.facts.sites if not s.error}
        peers = tuple(s.site for s in context.rollout.sites if s.site in there - {site})
        return OnCall(site, peers, COMMAND, self.overloaded)

    def open(self, context: Context, site: str) -> bool:
        """True where it neither passes nor fails a site."""
        return not isinstance(self.facts, str) and _open(self.facts, self.who(context, site))


def _calls_of_all(context: Context, options: Options, room: calls.Room, sites: Sequence[str]) -> list[_Measured]:
    """All sites and the command centre on one call, measured until every site passed or failed."""
    if len(sites) < 2:
        return [_Measured("fewer than two sites came as far as the call")]
    numbers = participants(context.rollout)
    present = {name: numbers[name] for name in (*sites, COMMAND)}
    receive = int(min(context.rollout.call.receive, calls.RECEIVE.high))
    found: list[_Measured] = []
    context.say(f"{len(sites)} sites and the command centre come on the call")
    try:
        with calls.simulate(room, present, receive=receive, sending=sending(context.rollout)) as on:
            for turn in range(1, options.attempts + 1):
                context.say(f"measured for {options.seconds:g} s" + (f", time {turn}" if turn > 1 else ""))
                found.append(_Measured(on.measure(options.seconds), _overloaded()))
                if not any(found[-1].open(context, site) for site in sites):
                    break
    except calls.ShardLost as err:
        found.append(_Measured(str(err)))
    return found


def _on_calls_of_all(context: Context, measured: Sequence[_Measured], course: _Course) -> None:
    """The steps of a site by the first measurement that proves something of it, else by the last."""
    of = next((m for m in measured if not m.open(context, course.site)), measured[-1])
    _call_steps(of.facts, of.who(context, course.site), course)


# Shared


def _overloaded() -> str:
    return steps.overloaded(record.machine_load(), os.cpu_count() or 1)


def _stored(context: Context, options: Options, course: _Course) -> Stored:
    about = Circumstances(
        context.rollout.rollout, context.at, context.clock(), context.by, options.simulate, context.software,
        record.machine_load(),
    )  # fmt: skip
    return record.store(context.rollout_dir, record.content(course.site, course.made, course.pairs, about), context.key)


def _room(context: Context) -> calls.Room:
    order = running(context.rollout_dir)
    return calls.Room(order.place, order.rooms.room, order.rooms.pin, order.rooms.room)


@contextmanager
def _alone(rollout_dir: Path, site: str) -> Iterator[None]:
    """Nobody else accepts this site while the block runs. Raises StoreConflict."""
    folder = rollout_dir / record.FOLDER
    folder.mkdir(exist_ok=True)
    with locked(folder / f".{record.safe(site)}.lock", wait=False) as ours:
        if not ours:
            raise StoreConflict("is being accepted by another program", where=f"site {site}", hint="wait for its end")
        yield


def require_site(rollout: Rollout, site: str) -> None:
    """Raises UnknownName for a site that the rollout does not have."""
    if rollout.site(site) is None:
        names = [s.site for s in rollout.sites]
        shown = ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")
        raise UnknownName(f"{site!r} is not there", where="--site", allowed=shown)


def _broken(why: str) -> list[StepResult]:
    """The steps on a call whose test participants broke down: that proves nothing about the site."""
    opened = concluded("register", [check("joined", None, missing=f"the test itself broke down: {why}")], {})
    return [opened, not_run("call", "no call was measured"), not_run("voice", "no call was measured")]


__all__ = ["Context", "Options", "accept", "accept_all", "require_site"]
