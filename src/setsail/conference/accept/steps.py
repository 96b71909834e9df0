"""From what was measured to steps: each value with its limit, and why one proves nothing where it does not."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from setsail.conference.accept.checks import Check, StepResult, check, concluded, terms
from setsail.conference.accept.link_result import LinkResult
from setsail.conference.accept.quality import emodel, g1070
from setsail.conference.accept.udp_rate import RateOrder, RateResult, RateStep
from setsail.conference.call.facts import CallFacts, PairFacts, SiteFacts
from setsail.rollout.provision.calls import AUDIO


@dataclass(frozen=True, slots=True)
class OnCall:
    """Who is on the measured call. peers : other sites;  command : the participant that watches all;

    overloaded : why the machine that played the participants could not keep up, "" where it could.
    """

    site: str
    peers: tuple[str, ...]
    command: str
    overloaded: str = ""

    @property
    def others(self) -> tuple[str, ...]:
        """Peers and command centre."""
        return (*self.peers, self.command)


def power_step(declared: str, by: str) -> StepResult:
    """What somebody declared of power and inventory: the only step that is believed, not measured."""
    made = check("declared", 1.0 if declared else None, missing="nobody declared anything")
    return concluded("power", [made], {"declared": declared, "by": by})


def link_step(found: LinkResult) -> StepResult:
    """A link test held against its limits."""
    silent = "nothing came back"
    checks = [
        check("link_loss", found.loss_ratio if found.sent else None),
        check("link_rtt_p95_ms", found.rtt.p95_ms if found.rtt else None, missing=silent),
        check("link_jitter_ms", found.jitter_ms, missing=silent),
        check("link_dscp_kept", _flag(found.dscp_kept), missing="neither end can tell the marks"),
    ]
    return concluded("link", checks, asdict(found))


def rate_step(found: RateResult, order: RateOrder) -> StepResult:
    """A rate test held against its limits, each way at the whole rate."""
    facts = {"planned_up_bps": order.up_bps, "planned_down_bps": order.down_bps, **asdict(found)}
    checks: list[Check] = []
    for direction, planned in (("up", order.up_bps), ("down", order.down_bps)):
        full = found.at_full("up" if direction == "up" else "down")
        if planned:
            checks += _rate_checks(direction, full, found.reason)
    return concluded("rate", checks, facts)


def _rate_checks(direction: str, full: RateStep | None, reason: str) -> list[Check]:
    if full is None:
        return [check("rate_achieved", None, missing=f"{direction}: {reason or 'not measured'}")]
    slow = full.offered_bps < terms()["offered_least"] * full.planned_bps
    spoilt = f"{direction}: the sender of the test was too slow, not the link" if slow else ""
    if slow:
        return [check("rate_achieved", None, missing=spoilt)]
    aim = min(full.planned_bps, full.offered_bps)
    return [check("rate_achieved", min(1.0, full.achieved_bps / aim)), check("rate_loss", full.loss_ratio)]


@dataclass(frozen=True, slots=True)
class SipAccount:
    """What the registrar says of a site's account. error : why it does not take it, "" where it does;

    terminals : how many are registered with it now;  seconds : that the answer took;  answered : False where it said
    nothing, which is no fault of the site.
    """

    user: str
    error: str = ""
    terminals: int = 0
    seconds: float | None = None
    answered: bool = True


def register_step(found: SiteFacts | None, account: SipAccount | None = None) -> StepResult:
    """Whether a site came into the room, and its SIP account works where the conference has a SIP side."""
    if found is None:
        return concluded("register", [check("joined", None, missing="was not on the call")], {})
    facts: dict[str, Any] = {
        "joined_s": found.joined_s, "error": found.error, "error_code": found.error_code, "number": found.number,
    }  # fmt: skip
    if account is not None:
        facts["sip"] = asdict(account)
    if found.error or found.joined_s is None:
        why = f"{found.error_code}: {found.error}" if found.error else "its media did not flow"
        return StepResult("register", "fail", why, (check("joined", 0.0),), facts)
    checks = [check("joined", 1.0), check("join_s", found.joined_s)]
    if account is not None:
        works = float(not account.error) if account.answered else None
        checks.append(check("sip_account", works, missing=account.error))
    made = concluded("register", checks, facts)
    told = account is not None and account.answered and account.error and made.verdict == "fail"
    return replace(made, reason=f"{made.reason}; {account.error}") if account is not None and told else made


def call_step(call: CallFacts, who: OnCall) -> StepResult:
    """A measured call held against the limits for one site on it."""
    to, of = [p for p in call.to(who.site) if p.seconds], [p for p in call.of(who.site) if p.seconds]
    spoilt = who.overloaded or _lag(call, (who.site,))
    spoilt_there = who.overloaded or _lag(call, [p.to for p in of])
    delays = [1e3 * p.delay_s for p in (*to, *of) if p.delay_s is not None]
    streams = [s for s in call.streams if s.to == who.site]
    planned = min(call.receive, max(1, len({s.site for s in call.sites}) - 1))
    right = sum(s.marks > 0 and s.marks_wrong == 0 for s in streams)
    seen = {p.to for p in of if p.seen}
    checks = [
        check("seen_by_peers", float(len(seen & set(who.peers))), spoilt=spoilt_there or _absent(call, who.peers)),
        check("seen_by_command", float(who.command in seen), spoilt=spoilt_there or _absent(call, (who.command,))),
        check("streams_in", right / planned, spoilt=spoilt or _absent(call, who.others)),
        check("marks_wrong", float(sum(p.marks_wrong for p in (*to, *of)))),
        check("loss_in", _loss(to), spoilt=spoilt),
        check("loss_out", _loss(of), spoilt=spoilt_there),
        check("fps_in", min((s.fps for s in streams), default=math.nan) / call.fps, spoilt=spoilt),
        check("fps_out", _fps(of) / call.fps, spoilt=spoilt_there),
        check("freezes", float(sum(p.freezes for p in (*to, *of))), spoilt=spoilt or spoilt_there),
        check("one_way_ms", max(delays, default=None), spoilt=spoilt or spoilt_there, missing="no strip was timed"),
    ]
    return concluded("call", checks, _call_facts(call, to, of, streams_planned=planned))


def voice_step(call: CallFacts, who: OnCall, rtt_ms: float | None) -> StepResult:
    """The mix as the site hears it and is heard in it, and its rating by the E-model.

    rtt_ms : mean round trip of the link, where the call itself has no delay.
    """
    out = [p.heard for p in call.of(who.site) if p.to in who.others]
    back = [p.heard for p in call.to(who.site) if p.of in who.others]
    found = call.site(who.site)
    packets = found.mix_packets + found.mix_lost if found else 0
    delays = [1e3 * p.delay_s for p in call.to(who.site) if p.delay_s is not None]
    one_way = sum(delays) / len(delays) if delays else None if rtt_ms is None else rtt_ms / 2
    unheard = "its tone was not listened for"
    spoilt = who.overloaded or _absent(call, who.others)
    checks = [
        check("tone_heard", _all(out), spoilt=spoilt, missing=unheard),
        check("hears_all", _all(back), spoilt=spoilt, missing=unheard),
    ]
    facts: dict[str, Any] = {"mix_packets": packets, "mix_lost": found.mix_lost if found else 0}
    if not packets or found is None or one_way is None:
        checks.append(check("r", None, missing="no sound or no delay was measured"))
        return concluded("voice", checks, facts)
    mouth_to_ear = one_way + terms()["terminal_delay_ms"]
    rated = emodel.of_call(mouth_to_ear, found.mix_lost / packets, AUDIO)
    codec = emodel.codec(AUDIO)
    checks.append(check("r", rated.r, spoilt=who.overloaded or _lag(call, (who.site,))))
    facts |= {
        "mouth_to_ear_ms": mouth_to_ear, "loss_ratio": found.mix_lost / packets, "emodel": asdict(rated),
        "codec": asdict(codec),
    }  # fmt: skip
    return concluded("voice", checks, facts)


def pairs_of(call: CallFacts, who: OnCall) -> dict[str, Any]:
    """What each other participant got of the site: marks and frames seen, tone heard."""
    return {p.to: {"marks": p.marks, "marks_wrong": p.marks_wrong, "frames": p.frames, "tone": p.heard}
            for p in call.of(who.site)}  # fmt: skip


def _call_facts(
    call: CallFacts, to: Sequence[PairFacts], of: Sequence[PairFacts], *, streams_planned: int
) -> dict[str, Any]:
    loss, fps = _loss(to), _fps(to)
    picture = g1070.video_quality(fps, call.kbps, min(1.0, loss)) if loss is not None and fps > 0 else None
    return {
        "seconds": call.seconds, "codec": call.codec, "fps": call.fps, "kbps": call.kbps, "receive": call.receive,
        "streams_planned": streams_planned, "to_the_site": [asdict(p) for p in to],
        "of_the_site": [asdict(p) for p in of], "lag_s": {s.site: s.lag_s for s in call.sites},
        "absent": {s.site: s.error for s in call.sites if s.error},
        "picture": None if picture is None else asdict(picture), "turns": call.told.get("turns"),
    }  # fmt: skip


def overloaded(load: float, cores: int) -> str:
    """Why a machine with that load average cannot be told from a bad network, "" where it can."""
    if load <= terms()["load_per_core"] * cores:
        return ""
    return f"the machine that plays the participants was overloaded: load {load:.1f} on {cores} cores"


def _lag(call: CallFacts, sites: Collection[str]) -> str:
    """Why freezes and delays at these participants prove nothing, "" where they do."""
    late = max((s.lag_s for s in call.sites if s.site in sites), default=0.0)
    if late <= terms()["client_lag_s"]:
        return ""
    return f"the test participant's own program was late by {late:.2f} s"


def _absent(call: CallFacts, names: Collection[str]) -> str:
    """Why the others cannot tell, "" where all of them are on the call."""
    gone = [s for s in call.sites if s.site in names and s.error]
    return f"{gone[0].site} is not on the call: {gone[0].error}" if gone else ""


def _loss(pairs: Sequence[PairFacts]) -> float | None:
    sent = sum(p.packets + p.lost for p in pairs)
    return sum(p.gaps for p in pairs) / sent if sent else None


def _fps(pairs: Sequence[PairFacts]) -> float:
    seconds = sum(p.seconds for p in pairs)
    return sum(p.frames for p in pairs) / seconds if seconds else math.nan


def _flag(value: bool | None) -> float | None:
    return None if value is None else float(value)


def _all(heard: Sequence[bool | None]) -> float | None:
    known = [h for h in heard if h is not None]
    return float(all(known)) if known else None
