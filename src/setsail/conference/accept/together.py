"""Acceptance of all sites of a rollout on one call of simulated terminals, all at the same time."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace

from setsail.base.errors import OutOfRange
from setsail.base.limits import Limit
from setsail.conference.accept import course as parts
from setsail.conference.accept.course import Context, Course, Options
from setsail.conference.accept.ends import Here
from setsail.conference.accept.record import Stored
from setsail.conference.accept.reflector import loopback
from setsail.conference.accept.steps import OnCall
from setsail.conference.call import study as calls
from setsail.conference.call import tones
from setsail.conference.call.facts import CallFacts
from setsail.rollout.provision.rooms import COMMAND

BESIDE = 4
"""Rate tests of different sites at the same time: more would load the machine that measures, not the links."""
ASKED = 32
"""Accounts that the registrar is asked about at the same time: a silent one is waited for once, not site by site."""
TOGETHER = Limit("sites", 3, tones.PLACES - 1, "two peers each; places for tones beside that of the command centre")


def accept_all(context: Context, options: Options, *, sites: Sequence[str] = ()) -> list[Stored]:
    """The records of all sites (or those named), accepted on one call, all at the same time.

    The far ends of all links are on this machine, so the terminals are simulated and the records say so. Links are
    tested together, rates a few at a time. Raises as `accept`; OutOfRange for too few sites or too many.
    """
    chosen = list(sites) or [s.site for s in context.rollout.sites]
    for site in chosen:
        calls.require_site(context.rollout, site)
    TOGETHER.require(len(chosen), "sites")
    if len(set(chosen)) < len(chosen):
        raise OutOfRange("name one of them twice", where="sites", allowed="different sites")
    used = replace(options, simulate=True, peer="")
    used.require()
    room = parts.room_of(context)
    with ExitStack() as held:
        for site in sorted(chosen):
            held.enter_context(parts.alone(context.rollout_dir, site))
        courses = _links(context, used, chosen)
        measured = _calls_of_all(context, used, room, [c.site for c in courses if c.failed is None])
        with ThreadPoolExecutor(ASKED) as pool:
            list(pool.map(lambda c: _on_calls_of_all(context, measured, c), courses))
        return [parts.stored(context, used, course, Here("").terminal()) for course in courses]


def _links(context: Context, options: Options, sites: Sequence[str]) -> list[Course]:
    """Power, link and rate of each site: links all together, rates a few at a time."""
    quiet = replace(context, say=lambda _: None)
    courses = [parts.begun(context, options, site) for site in sites]
    with loopback() as peer:
        end = Here(peer)
        context.say(f"{len(sites)} link tests")
        with ThreadPoolExecutor(len(sites)) as pool:
            list(pool.map(lambda c: c.go("link", lambda: parts.link(quiet, options, end, c)), courses))
        context.say(f"{len(sites)} rate tests, {BESIDE} at a time")
        with ThreadPoolExecutor(BESIDE) as pool:
            list(pool.map(lambda c: c.go("rate", lambda: parts.rate(quiet, options, end)), courses))
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
        return not isinstance(self.facts, str) and parts.undecided(self.facts, self.who(context, site))


def _calls_of_all(context: Context, options: Options, room: calls.Room, sites: Sequence[str]) -> list[_Measured]:
    """All sites and the command centre on one call, measured until every site passed or failed."""
    if len(sites) < 2:
        return [_Measured("fewer than two sites came as far as the call")]
    present = parts.numbers(context.rollout, (*sites, COMMAND))
    receive = round(min(max(context.rollout.call.receive, calls.RECEIVE.low), calls.RECEIVE.high))
    found: list[_Measured] = []
    context.say(f"{len(sites)} sites and the command centre come on the call")
    try:
        with calls.simulate(room, present, receive=receive, sending=parts.sending(context.rollout)) as on:
            for turn in range(1, options.attempts + 1):
                context.say(f"measured for {options.seconds:g} s" + (f", time {turn}" if turn > 1 else ""))
                found.append(_Measured(on.measure(options.seconds), parts.overloaded()))
                if not any(found[-1].open(context, site) for site in sites):
                    break
    except calls.ShardLost as err:
        found.append(_Measured(str(err)))
    return found


def _on_calls_of_all(context: Context, measured: Sequence[_Measured], course: Course) -> None:
    """The steps of a site by the first measurement that proves something of it, else by the last."""
    of = next((m for m in measured if not m.open(context, course.site)), measured[-1])
    parts.call_steps(of.facts, of.who(context, course.site), course)
