"""From what server and observer know of a terminal in the room to steps; what nobody can know is said to be unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from setsail.conference.accept.checks import Check, StepResult, check, concluded, terms
from setsail.conference.accept.quality import emodel
from setsail.conference.accept.room.observer import Seen
from setsail.conference.accept.room.presence import Medium, Presence, plain
from setsail.conference.accept.steps import SipAccount
from setsail.rollout.provision.calls import AUDIO

MIX_A_SECOND = 25
"""Packets of the mix at least: half of one in 20 ms, because a gateway tells its counts every other second."""
SILENT = "the terminal sends no reports of that"
TALKED_S = 0.5
AUDIO_OF = {"pcmu": "g711", "pcma": "g711"}
"""Of a SIP call; without concealment, because nobody knows whether a terminal has any."""
NO_STRIP = "a camera's picture carries no strip: that it is this site's is known by its account or sign-in alone"


@dataclass(frozen=True, slots=True)
class Watched:
    """A terminal that was watched. media : counted meanwhile;  fps : planned;  number : of the site's strip and tone;

    spoilt : why the machine that watched could not keep up, "" where it could.
    """

    presence: Presence
    media: Mapping[tuple[str, str], Medium]
    seen: Seen
    fps: float
    number: int
    spoilt: str = ""

    def medium(self, way: str, kind: str) -> Medium:
        """One medium, one way; zeros where there is none."""
        return self.media.get((way, kind), Medium())


def register_step(found: Presence | None, why: str, account: SipAccount | None) -> StepResult:
    """Whether a terminal is in the room as the site, and its SIP account works where it came by SIP."""
    if found is None:
        return StepResult("register", "fail", why, (check("in_room", 0.0),), {})
    checks = [check("in_room", 1.0)]
    facts: dict[str, Any] = {"kind": found.kind, "from": found.address, "codec": found.codec, "muted": found.muted}
    if account is not None and found.kind == "sip":
        checks.append(
            check("sip_account", float(not account.error) if account.answered else None, missing=account.error)
        )
        facts["sip"] = asdict(account)
    return concluded("register", checks, facts)


def call_step(watched: Watched) -> StepResult:
    """Its picture as the observer decodes it, its packets as the server counts them, and what it reports itself."""
    seen, up, down = watched.seen, watched.medium("in", "video"), watched.medium("out", "video")
    facts = {
        "seconds": seen.seconds, "media": plain(watched.media), "seen": asdict(seen), "unknown": _unknown(watched),
        "strip": seen.strips or NO_STRIP,
    }  # fmt: skip
    if not watched.presence.feed:
        why = "the terminal sends no picture"
        return concluded("call", [check("picture_moves", 0.0, spoilt="")], facts | {"told": why})
    late = watched.spoilt or _late(seen)
    moved = seen.moved / seen.compared if seen.compared else None
    checks = [
        check("picture_moves", moved, missing="too few pictures could be decoded"),
        check("fps_seen", seen.frames / seen.seconds / watched.fps if seen.seconds else None, spoilt=late),
        check("freezes_seen", float(seen.freezes), spoilt=late),
        check("loss_up", _loss(up)),
        check("jitter_up_ms", up.jitter_ms, spoilt=watched.spoilt),
        check("pictures_sent", float(down.packets > 0)),
        check("loss_down", _loss(down), missing=SILENT),
        check("half_rtt_ms", _half_rtt(watched), missing=SILENT),
        *_strip_check(watched),
    ]
    return concluded("call", checks, facts)


def voice_step(watched: Watched) -> StepResult:
    """Whether the site is heard in the mix and is sent it, and the rating by what it reports."""
    down = watched.medium("out", "audio")
    heard, why = heard_by(watched)
    mix = down.packets >= MIX_A_SECOND * watched.seen.seconds
    checks = [
        check("sound_heard", heard, missing=why),
        check("mix_sent", float(mix)),
        check("loudspeaker", None, missing="nobody can tell from here what its loudspeaker plays: ask at the site"),
    ]
    half, loss = _half_rtt(watched), _loss(down)
    facts: dict[str, Any] = {"heard_by": why, "media": plain(watched.media)}
    if half is None or loss is None:
        return concluded("voice", [*checks, check("r_estimated", None, missing=SILENT)], facts)
    codec = AUDIO_OF.get(str(watched.presence.told.get("audio", "")), AUDIO)
    rated = emodel.of_call(half + terms()["terminal_delay_ms"], loss, codec)
    facts |= {"emodel": asdict(rated), "codec": asdict(emodel.codec(codec))}
    return concluded("voice", [*checks, check("r_estimated", rated.r, spoilt=watched.spoilt)], facts)


def heard_by(watched: Watched) -> tuple[float | None, str]:
    """1 where the site is heard, 0 where it cannot be, None where nobody could tell; and by what, or why not."""
    seen, up = watched.seen, watched.medium("in", "audio")
    if not up.packets:
        return 0.0, "no sound comes from the terminal"
    if watched.presence.muted:
        return None, "the terminal is muted: unmute it and test again"
    if seen.tone * 2 >= seen.seconds_listened > 0:
        return 1.0, f"its tone in {seen.tone} of {seen.seconds_listened} seconds of the mix"
    if seen.talked_s >= TALKED_S:
        return 1.0, f"the server told for {seen.talked_s:.1f} s that it talks"
    if seen.seconds_heard and not seen.others:
        return 1.0, f"sound in {seen.seconds_heard} of {seen.seconds_listened} seconds, nobody else in the mix"
    if not seen.seconds_heard:
        return None, "its sound comes and is silence: let somebody at the site speak during the test"
    return (
        None,
        f"cannot be told from {', '.join(seen.others[:5])} in the mix: let them mute themselves during the test",
    )


def pair_of(watched: Watched) -> dict[str, Any]:
    """What the observer got of the site, as a pair of the evidence."""
    seen = watched.seen
    right = seen.strips.get(str(watched.number), 0)
    return {"marks": right, "marks_wrong": sum(seen.strips.values()) - right, "frames": seen.frames,
            "tone": heard_by(watched)[0] == 1.0}  # fmt: skip


def _strip_check(watched: Watched) -> list[Check]:
    strips = watched.seen.strips
    wrong = sum(times for number, times in strips.items() if number != str(watched.number))
    return [check("marks_wrong", float(wrong))] if strips else []


def _unknown(watched: Watched) -> list[str]:
    """What no measurement from here can tell of this terminal."""
    told = ["what people at the site see and hear", "echo, lip synchronism, light and framing of the picture"]
    told += [] if watched.seen.strips else [NO_STRIP]
    down = [watched.medium("out", kind) for kind in ("video", "audio")]
    told += ["loss and jitter on the way to the terminal"] if all(m.lost is None for m in down) else []
    told += [] if _half_rtt(watched) is not None else ["delay"]
    return told


def _late(seen: Seen) -> str:
    most = terms()["client_lag_s"]
    return f"the observer's own program was late by {seen.lag_s:.2f} s" if seen.lag_s > most + 1.0 else ""


def _loss(medium: Medium) -> float | None:
    if medium.lost is None or not medium.packets + medium.lost:
        return None
    return medium.lost / (medium.packets + medium.lost)


def _half_rtt(watched: Watched) -> float | None:
    found = [m.rtt_ms / 2 for (way, _), m in watched.media.items() if way == "out" and m.rtt_ms]
    return max(found, default=None)
