"""The course of an acceptance: steps, each made only where none before it failed, and their end in a record."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from setsail.base.errors import BadInput, SetSailError, StoreConflict
from setsail.base.limits import Limit
from setsail.conference.accept import record, steps
from setsail.conference.accept.checks import Step, StepResult, check, concluded, not_run
from setsail.conference.accept.ends import End
from setsail.conference.accept.record import Circumstances, Stored
from setsail.conference.accept.stamp import LinkOrder
from setsail.conference.accept.steps import OnCall, SipAccount
from setsail.conference.accept.udp_rate import RateOrder
from setsail.conference.call import study as calls
from setsail.conference.call import tones
from setsail.conference.call.facts import CallFacts
from setsail.conference.gateway.register import register_check
from setsail.conference.server import order as orders
from setsail.conference.server.errors import NoAnswer
from setsail.conference.server.order import Order
from setsail.conference.server.state import folder_of, running
from setsail.conformance.keys import PartyKey
from setsail.rollout.model import Rollout
from setsail.rollout.provision import secrets
from setsail.rollout.provision.calls import demand_of
from setsail.rollout.provision.config import qos
from setsail.rollout.provision.rooms import COMMAND
from setsail.store.leases import locked

TEST_KBPS = 330
"""Rate of a test participant's picture where the call's own is above what its clip can have."""
WAIT_S = Limit("wait", 1.0, 86400.0, "for somebody at the site to type a command")
Said = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Options:
    """How a site is accepted. seconds : of the call;  link_seconds, rate_step_seconds : of the link's tests;

    simulate : all terminals are simulated on this machine;  listen : HOST:PORT where a test participant at the site
    is waited for, `wait_s` long, "" for the terminal that is in the room;  peer : HOST:PORT of a reflector at the far
    end of its link, "" for none; simulated ones get a reflector on this machine;  declared : what somebody says of
    power and inventory;  shares : steps of the rate test;  attempts : how often a step is made that proves nothing,
    because the test itself was too slow; one that fails is not made again.
    """

    seconds: float = 60.0
    link_seconds: float = 10.0
    rate_step_seconds: float = 1.0
    shares: tuple[float, ...] = (0.25, 0.5, 0.75, 1.0)
    peer: str = ""
    listen: str = ""
    wait_s: float = 600.0
    simulate: bool = False
    declared: str = ""
    key: bytes | None = None
    attempts: int = 2

    def require(self) -> None:
        """Raises BadInput, OutOfRange."""
        calls.SECONDS.require(self.seconds, "--seconds")
        WAIT_S.require(self.wait_s, "--wait")
        if sum(map(bool, (self.simulate, self.listen))) > 1:
            raise BadInput("are both given", where="--simulate, --listen", allowed="one of them")
        if self.listen and self.peer:
            raise BadInput(
                "are both given", where="--listen, --peer", allowed="one of them",
                hint="with --listen the participant at the site tests its link itself",
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
class Course:
    """An acceptance as far as it came. rtt_ms : mean round trip of the link;  pairs : what peers got of the site;

    sip : asks the registrar about the site's account.
    """

    site: str
    made: list[StepResult]
    rtt_ms: float | None = None
    pairs: Mapping[str, Any] = field(default_factory=dict)
    sip: Callable[[], SipAccount | None] = lambda: None

    @property
    def failed(self) -> StepResult | None:
        """The step that failed, if one did: those after it are not made."""
        return next((s for s in self.made if s.verdict == "fail"), None)

    def go(self, step: Step, make: Callable[[], StepResult]) -> None:
        """Makes a step, or says why it is not made."""
        before = self.failed
        self.made.append(make() if before is None else not_run(step, f"{before.step} failed before it"))


def participants(rollout: Rollout) -> dict[str, int]:
    """Number of each site on strip and tone, from 1 in their order, and of the command centre after them."""
    found = calls.numbered([s.site for s in rollout.sites])
    return found | {COMMAND: len(found) + 1}


def numbers(rollout: Rollout, names: Sequence[str]) -> dict[str, int]:
    """Number of each of these participants on strip and tone: its number in the rollout, or from 1 in their order where
    one of those has no tone.
    """
    known = participants(rollout)
    found = {name: known[name] for name in names}
    return found if all(tones.TONE_NUMBER.holds(n) for n in found.values()) else calls.numbered(names)


def sending(rollout: Rollout) -> calls.Sending:
    """What a test participant sends: codec and frame rate of the call, its bit rate as far as the test can."""
    return calls.sending_of(rollout.call, most_kbps=TEST_KBPS)


def planned_rates(rollout: Rollout, options: Options) -> RateOrder:
    """The rate test of a site: what TS 26.114 Annex E asks of its link, up and down, marked as pictures are."""
    demand = demand_of(rollout)
    return RateOrder(
        1e3 * demand.up_kbps, 1e3 * demand.down_kbps, options.rate_step_seconds, options.shares, _video_dscp()
    )


def _video_dscp() -> int:
    return int(qos()["video"]["dscp"])


def begun(context: Context, options: Options, site: str) -> Course:
    """A course with its first step: what is declared of power and inventory."""
    declared = options.declared or ("terminal simulated: nothing to look at" if options.simulate else "")
    return Course(site, [steps.power_step(declared, context.by)], sip=lambda: sip_account(context.rollout_dir, site))


def sip_account(rollout_dir: Path, site: str) -> SipAccount | None:
    """What the registrar says of a site's account, None where the conference has no SIP side. Raises StoreCorrupt."""
    order = orders.read(folder_of(rollout_dir))
    if order is None or order.sip is None:
        return None
    sip = order.sip
    own = next((a for a in sip.accounts if a.site == site), None)
    if own is None:
        return SipAccount("", "has no account at the registrar: conference down, then up")
    try:
        word = secrets.read(rollout_dir).sites[site].sip_password
        asked = register_check(sip.addresses[0], sip.port, user=own.user, domain=sip.domain, password=word)
        found = asyncio.run(asked)
    except NoAnswer as err:
        return SipAccount(own.user, str(err), answered=False)
    except (SetSailError, OSError, KeyError) as err:
        return SipAccount(own.user, str(err))
    return SipAccount(own.user, "", len(found.contacts), found.seconds)


def link(context: Context, options: Options, end: End, course: Course) -> StepResult:
    """The link test from an end; its mean round trip is kept in the course. Raises BadInput (address), ShardLost."""
    context.say(f"link test of {options.link_seconds:g} s")
    found = end.link_test(
        LinkOrder(options.link_seconds, dscp=_video_dscp(), shared_clock=options.simulate, key=options.key)
    )
    course.rtt_ms = found.rtt.mean_ms if found.rtt else None
    return steps.link_step(found)


def rate(context: Context, options: Options, end: End) -> StepResult:
    """The rate test from an end, made again where it proves nothing. Raises BadInput (address), ShardLost."""
    order = planned_rates(context.rollout, options)
    context.say(f"UDP at {order.up_bps / 1e3:g} kbit/s up, {order.down_bps / 1e3:g} down")
    found = steps.rate_step(end.rate_test(order), order)
    for _ in range(options.attempts - 1):
        if found.verdict == "inconclusive":
            found = steps.rate_step(end.rate_test(order), order)
    return found


def undecided(facts: CallFacts, who: OnCall) -> bool:
    """True where the call neither passes nor fails a site that is on it: the test was too slow."""
    found = facts.site(who.site)
    return found is not None and not found.error and steps.call_step(facts, who).verdict == "inconclusive"


def call_steps(facts: CallFacts | str, who: OnCall, course: Course) -> None:
    """Register, call and voice, each not made after one that failed. facts : or why there are none."""
    if isinstance(facts, str) and course.failed is None:
        course.made += _broken(facts)
        return
    found: Any = facts
    course.go("register", lambda: steps.register_step(found.site(who.site), course.sip()))
    course.go("call", lambda: steps.call_step(found, who))
    course.go("voice", lambda: steps.voice_step(found, who, course.rtt_ms))
    if not isinstance(facts, str):
        course.pairs = steps.pairs_of(facts, who)


def overloaded() -> str:
    """Why this machine cannot be told from a bad network now, "" where it can."""
    return steps.overloaded(record.machine_load(), os.cpu_count() or 1)


def stored(
    context: Context, options: Options, course: Course, terminal: Mapping[str, Any], waived: Collection[Step] = ()
) -> Stored:
    """The record of a course as it ends, signed and kept. Raises BadInput where it cannot be written.

    terminal : what was judged;  waived : steps that need not be made for it.
    """
    about = Circumstances(
        context.rollout.rollout, context.at, context.clock(), context.by, options.simulate, context.software,
        record.machine_load(), terminal,
    )  # fmt: skip
    made = record.content(course.site, course.made, course.pairs, about, waived)
    return record.store(context.rollout_dir, made, context.key)


def order_of(context: Context) -> Order:
    """The conference that runs for the rollout. Raises NotUp."""
    return running(context.rollout_dir)


def room_of(context: Context) -> calls.Room:
    """How to join it. Raises NotUp."""
    return calls.room_of(order_of(context))


@contextmanager
def alone(rollout_dir: Path, site: str) -> Iterator[None]:
    """Nobody else accepts this site while the block runs. Raises StoreConflict, BadInput."""
    with locked(record.home(rollout_dir) / f".{record.safe(site)}.lock", wait=False) as ours:
        if not ours:
            raise StoreConflict("is being accepted by another program", where=f"site {site}", hint="wait for its end")
        yield


def _broken(why: str) -> list[StepResult]:
    """The steps on a call whose test participants broke down: that proves nothing about the site."""
    opened = concluded("register", [check("joined", None, missing=f"the test itself broke down: {why}")], {})
    return [opened, not_run("call", "no call was measured"), not_run("voice", "no call was measured")]
