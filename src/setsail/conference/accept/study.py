"""Acceptance of one site: steps in their order, each from what was measured, then a record.

Public face: `accept`; all sites at once: `together.accept_all`. The record says what kind of terminal was judged.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace

from setsail.conference.accept import course as parts
from setsail.conference.accept import in_room
from setsail.conference.accept.course import Context, Course, Options
from setsail.conference.accept.ends import End, Here
from setsail.conference.accept.record import Stored
from setsail.conference.accept.reflector import loopback
from setsail.conference.accept.site import attending
from setsail.conference.accept.steps import OnCall
from setsail.conference.call import study as calls
from setsail.conference.call.facts import CallFacts
from setsail.rollout.model import Rollout
from setsail.rollout.provision.rooms import COMMAND


def accept(context: Context, site: str, options: Options) -> Stored:
    """The record of a site's acceptance, stored and signed, passed or not.

    Judged is the terminal that is in the room under the site's name, or what `options` names: a test participant at the
    site, or one on this machine. Steps are made in their order; after one that fails the others are not made. Raises
    UnknownName (site), BadInput, NotUp (no conference for this rollout), NobodyCame, StoreConflict (the site is being
    accepted already), ShardLost (the participant at the site broke off before the call).
    """
    options.require()
    calls.require_site(context.rollout, site)
    order = parts.order_of(context)
    with parts.alone(context.rollout_dir, site), ExitStack() as held:
        if not (options.simulate or options.listen):
            return in_room.accept(context, order, site, options)
        end = _simulated(held) if options.simulate else attending.came(held, context, order, site, options)
        course = parts.begun(context, options, site)
        course.go("link", lambda: parts.link(context, options, end, course))
        course.go("rate", lambda: parts.rate(context, options, end))
        _company_on_call(context, options, end, course)
        return parts.stored(context, options, course, end.terminal())


def _simulated(held: ExitStack) -> End:
    return Here(held.enter_context(loopback()))


def _company_on_call(context: Context, options: Options, end: End, course: Course) -> None:
    """The steps on a call of the site with its peers, where the course came as far as that."""
    who = _company(context.rollout, course.site)
    facts: CallFacts | str = "the link failed before"
    if course.failed is None:
        for _ in range(options.attempts):
            context.say(f"call of {options.seconds:g} s with {', '.join(who.others)}")
            facts = _called(context, options, end, who)
            who = replace(who, overloaded=parts.overloaded() or end.overloaded())
            if isinstance(facts, str) or not parts.undecided(facts, who):
                break
    parts.call_steps(facts, who, course)


def _called(context: Context, options: Options, end: End, who: OnCall) -> CallFacts | str:
    """The measured call of a site with its peers; the reason where the test broke down."""
    rollout = context.rollout
    numbers, sending = parts.numbers(rollout, (who.site, *who.others)), parts.sending(rollout)
    try:
        return calls.call(
            parts.room_of(context), who.site, seconds=options.seconds, peers=who.others, numbers=numbers,
            sending=sending, away=end.hand,
        )  # fmt: skip
    except calls.ShardLost as err:
        return str(err)


def _company(rollout: Rollout, site: str) -> OnCall:
    """The site's peers on its own call and the command centre: as many as the call sends it pictures, two peers at
    least and no more than a test participant takes.
    """
    others = [s.site for s in rollout.sites if s.site != site]
    count = max(2, min(rollout.call.receive, round(calls.RECEIVE.high)) - 1)
    return OnCall(site, tuple(others[:count]), COMMAND)
