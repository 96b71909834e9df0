"""Acceptance of the terminal that is in the room as a site: watched and listened to where it stands, never played.

Beside it comes a sender of our own with a picture and no sound, so that there is somebody to be shown.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from setsail.conference.accept import course as parts
from setsail.conference.accept.checks import Step, StepResult, not_run
from setsail.conference.accept.course import Context, Course, Options
from setsail.conference.accept.ends import Here
from setsail.conference.accept.record import Stored
from setsail.conference.accept.room import judged, presence
from setsail.conference.accept.room.judged import Watched
from setsail.conference.accept.room.observer import Observer, Seen
from setsail.conference.accept.room.presence import NotInRoom, Presence
from setsail.conference.call import study as calls
from setsail.conference.server.errors import NoSuchSender
from setsail.conference.server.order import Order
from setsail.rollout.provision.rooms import COMMAND

WAIVED: tuple[Step, ...] = ("link", "rate")
"""A terminal has no test packets of its own; the call's counters stand for them where no reflector is named."""
BESIDE = "acceptance"
LEFT = "the terminal left the room while it was watched"
LAST: tuple[Step, ...] = ("call", "voice")


def accept(context: Context, order: Order, site: str, options: Options) -> Stored:
    """The record of the terminal that is in the room. Raises BadInput (address), ServerLost, NoAnswer, ShardLost."""
    course = parts.begun(context, options, site)
    _link_steps(context, options, course)
    found, why = _present(order, site)
    account = parts.sip_account(context.rollout_dir, site) if found is not None and found.kind == "sip" else None
    course.go("register", lambda: judged.register_step(found, why, account))
    if found is None or course.failed:
        course.made += [not_run(step, f"{course.made[-1].step} failed before it") for step in LAST]
    else:
        _call_steps(context, order, options, found, course)
    terminal = {"kind": found.kind if found else "none", "from": found.address if found else ""}
    synthetic = found is not None and found.kind == "simulated"
    return parts.stored(context, replace(options, simulate=synthetic), course, terminal, WAIVED)


def _link_steps(context: Context, options: Options, course: Course) -> None:
    """Link and rate to the reflector at the site, where one is named."""
    if not options.peer:
        course.made += [not_run(step, "no reflector at the site was named (--peer)") for step in WAIVED]
        return
    end = Here(options.peer)
    course.go("link", lambda: parts.link(context, options, end, course))
    course.go("rate", lambda: parts.rate(context, options, end))


def _call_steps(context: Context, order: Order, options: Options, found: Presence, course: Course) -> None:
    """Call and voice of the terminal; it fails where it does not stay for them."""
    try:
        watched = _watched(context, order, options, course.site, found)
    except (NotInRoom, NoSuchSender):
        course.made += [StepResult("call", "fail", LEFT), not_run("voice", "call failed before it")]
        return
    course.pairs = {COMMAND: judged.pair_of(watched)}
    course.go("call", lambda: judged.call_step(watched))
    course.go("voice", lambda: judged.voice_step(watched))


def _present(order: Order, site: str) -> tuple[Presence | None, str]:
    """The terminal, or why there is none."""
    try:
        return asyncio.run(presence.present(order, site)), ""
    except NotInRoom as err:
        return None, str(err)


def _watched(context: Context, order: Order, options: Options, site: str, found: Presence) -> Watched:
    """The terminal as it was watched, again where the first time proves nothing."""
    number = parts.participants(context.rollout)[site]
    for turn in range(options.attempts):
        context.say(
            f"{found.kind} terminal of {site} from {found.address or 'here'} is watched for {options.seconds:g} s"
        )
        watched = _once(context, order, options, found, number)
        undecided = judged.call_step(watched).verdict == "inconclusive"
        if not undecided or turn + 1 == options.attempts:
            break
    return watched


def _once(context: Context, order: Order, options: Options, found: Presence, number: int) -> Watched:
    room = replace(calls.room_of(order), mix=0)
    beside = {BESIDE: max(parts.participants(context.rollout).values()) + 1}
    silent = calls.Simulation(room, beside, receive=1, sending=parts.sending(context.rollout), watches={BESIDE: ()})
    with silent:
        silent.start_joining()
        first, last, seen = asyncio.run(_seen(order, options.seconds, found.site, number))
    media = presence.between(first, last)
    return Watched(last, media, seen, float(context.rollout.call.fps), number, parts.overloaded())


async def _seen(order: Order, seconds: float, site: str, number: int) -> tuple[Presence, Presence, Seen]:
    """The terminal before and after, and what the observer saw and heard between."""
    first = await presence.present(order, site)
    seen = await Observer(order, site, number).watch(first.feed, first.mid, first.voice, seconds)
    return first, await presence.present(order, site), seen
