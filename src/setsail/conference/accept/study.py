"""Acceptance of one site on a call with its peers: steps in their order, each from what was measured, then a record.

Public face: `accept`; all sites at once: `together.accept_all`. Both say in the record whether the terminals were
simulated.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from setsail.conference.accept import course as parts
from setsail.conference.accept.course import Context, Course, Options
from setsail.conference.accept.record import Stored
from setsail.conference.accept.reflector import loopback
from setsail.conference.accept.steps import OnCall
from setsail.conference.call import study as calls
from setsail.conference.call.facts import CallFacts
from setsail.rollout.model import Rollout
from setsail.rollout.provision.rooms import COMMAND


def accept(context: Context, site: str, options: Options) -> Stored:
    """The record of a site's acceptance, stored and signed, passed or not.

    Steps are made in their order; after one that fails the others are not made. Raises UnknownName (site), BadInput
    (no --peer), NotUp (no conference for this rollout), StoreConflict (the site is being accepted already).
    """
    options.require()
    calls.require_site(context.rollout, site)
    room = parts.room_of(context)
    with parts.alone(context.rollout_dir, site), ExitStack() as held:
        peer = options.peer or held.enter_context(loopback())
        course = parts.begun(context, options, site)
        course.go("link", lambda: parts.link(context, options, peer, course))
        course.go("rate", lambda: parts.rate(context, options, peer))
        _company_on_call(context, options, room, course)
        return parts.stored(context, options, course)


def _company_on_call(context: Context, options: Options, room: calls.Room, course: Course) -> None:
    """The steps on a call of the site with its peers, where the course came as far as that."""
    who = _company(context.rollout, course.site)
    facts: CallFacts | str = "the link failed before"
    if course.failed is None:
        for _ in range(options.attempts):
            context.say(f"call of {options.seconds:g} s with {', '.join(who.others)}")
            facts = _called(context, options, room, who)
            who = replace(who, overloaded=parts.overloaded())
            if isinstance(facts, str) or not parts.undecided(facts, who):
                break
    parts.call_steps(facts, who, course)


def _called(context: Context, options: Options, room: calls.Room, who: OnCall) -> CallFacts | str:
    """The measured call of a site with its peers; the reason where the test broke down."""
    rollout = context.rollout
    numbers, sending = parts.numbers(rollout, (who.site, *who.others)), parts.sending(rollout)
    try:
        return calls.call(room, who.site, seconds=options.seconds, peers=who.others, numbers=numbers, sending=sending)
    except calls.ShardLost as err:
        return str(err)


def _company(rollout: Rollout, site: str) -> OnCall:
    """The site's peers on its own call and the command centre: as many as the call sends it pictures, two peers at
    least and no more than a test participant takes.
    """
    others = [s.site for s in rollout.sites if s.site != site]
    count = max(2, min(rollout.call.receive, round(calls.RECEIVE.high)) - 1)
    return OnCall(site, tuple(others[:count]), COMMAND)
