"""What a terminal in the room comes to, from counters and observations written by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from setsail.conference.accept.room import judged
from setsail.conference.accept.room.judged import Watched
from setsail.conference.accept.room.observer import Seen
from setsail.conference.accept.room.presence import Medium, Presence, between
from setsail.conference.accept.steps import SipAccount

SEEN = Seen(
    seconds=10.0, frames=150, compared=18, moved=18, packets=400, seconds_listened=9, seconds_heard=9,
    sizes={"640x360": 18},
)  # fmt: skip
MEDIA = {
    ("in", "video"): Medium(400, 0, 2.0), ("out", "video"): Medium(400, 0, 2.0, 40.0),
    ("in", "audio"): Medium(500, 0, 1.0), ("out", "audio"): Medium(500, 0, 1.0, 40.0),
}  # fmt: skip
PAGE = Presence("S05", "page", "192.0.2.9", 77, "0", 78, False, "vp8", MEDIA)
SOUND = Watched(PAGE, MEDIA, SEEN, 15.0, 5)


def found(watched: Watched) -> dict[str, Any]:
    steps = (judged.call_step(watched), judged.voice_step(watched))
    return {c.bound.check: c.verdict for step in steps for c in step.checks}


def with_media(**changed: Medium) -> Watched:
    keys = {"up": ("in", "video"), "down": ("out", "video"), "voice": ("in", "audio"), "mix": ("out", "audio")}
    return replace(SOUND, media={**MEDIA, **{keys[name]: medium for name, medium in changed.items()}})


def test_a_sound_terminal_passes_and_what_nobody_can_know_is_told() -> None:
    call, voice = judged.call_step(SOUND), judged.voice_step(SOUND)
    assert call.verdict == "pass"
    assert [c.bound.check for c in voice.checks if c.verdict != "pass"] == ["loudspeaker"]
    assert judged.NO_STRIP in call.facts["unknown"]
    assert "what people at the site see and hear" in call.facts["unknown"]
    assert judged.pair_of(SOUND) == {"marks": 0, "marks_wrong": 0, "frames": 150, "tone": True}


@pytest.mark.parametrize(
    ("changed", "check"),
    [
        ({"moved": 8}, "picture_moves"), ({"frames": 134}, "fps_seen"), ({"freezes": 1}, "freezes_seen"),
        ({"strips": {"6": 18}}, "marks_wrong"),
    ],
)  # fmt: skip
def test_a_picture_that_stands_is_slow_breaks_off_or_is_of_another_site_fails(changed: Any, check: str) -> None:
    assert found(replace(SOUND, seen=replace(SEEN, **changed)))[check] == "fail"


@pytest.mark.parametrize(
    ("changed", "verdict"),
    [({"moved": 9}, "pass"), ({"frames": 135}, "pass"), ({"strips": {"5": 18}}, "pass")],
)
def test_a_picture_at_its_limits_passes(changed: Any, verdict: str) -> None:
    assert judged.call_step(replace(SOUND, seen=replace(SEEN, **changed))).verdict == verdict


def test_packets_that_are_lost_late_or_not_sent_fail_by_name() -> None:
    assert found(with_media(up=Medium(990, 10, 2.0)))["loss_up"] == "fail"
    assert found(with_media(up=Medium(9930, 70, 2.0)))["loss_up"] == "pass"
    assert found(with_media(up=Medium(400, 0, 31.0)))["jitter_up_ms"] == "fail"
    assert found(with_media(down=Medium(990, 10, 2.0)))["loss_down"] == "fail"
    assert found(with_media(down=Medium(0)))["pictures_sent"] == "fail"
    assert found(with_media(mix=Medium(100, 0, 1.0)))["mix_sent"] == "fail"


def test_a_terminal_that_reports_nothing_is_judged_by_what_the_server_sees() -> None:
    quiet = replace(SOUND, media={**MEDIA, ("out", "video"): Medium(400), ("out", "audio"): Medium(500)})
    made = found(quiet)
    assert {name for name, verdict in made.items() if verdict == "inconclusive"} == {
        "loss_down", "half_rtt_ms", "loudspeaker", "r_estimated",
    }  # fmt: skip
    assert "fail" not in made.values()
    assert {"delay", "loss and jitter on the way to the terminal"} <= set(judged.call_step(quiet).facts["unknown"])


@pytest.mark.parametrize(
    ("seen", "heard", "told"),
    [
        ({"tone": 5}, 1.0, "tone"), ({"talked_s": 0.5, "others": ["S02"]}, 1.0, "talks"), ({}, 1.0, "nobody else"),
        ({"others": ["S02"]}, None, "S02"), ({"seconds_heard": 0}, None, "speak"),
    ],
)  # fmt: skip
def test_a_site_is_heard_by_its_tone_by_what_the_server_tells_or_alone(seen: Any, heard: Any, told: str) -> None:
    met, why = judged.heard_by(replace(SOUND, seen=replace(SEEN, **seen)))
    assert met == heard
    assert told in why


def test_no_sound_fails_and_a_muted_terminal_is_told_to_unmute() -> None:
    assert judged.heard_by(with_media(voice=Medium(0)))[0] == 0.0
    met, why = judged.heard_by(replace(SOUND, presence=replace(PAGE, muted=True)))
    assert met is None
    assert "unmute" in why


def test_a_terminal_without_picture_fails_the_call() -> None:
    step = judged.call_step(replace(SOUND, presence=replace(PAGE, feed=0)))
    assert step.verdict == "fail"
    assert step.facts["told"] == "the terminal sends no picture"


def test_an_empty_room_fails_the_registration_and_a_refused_account_too() -> None:
    nobody = judged.register_step(None, "nobody", None)
    assert (nobody.verdict, nobody.reason) == ("fail", "nobody")
    sip = replace(PAGE, kind="sip")
    assert judged.register_step(sip, "", SipAccount("s05", "is refused")).verdict == "fail"
    assert judged.register_step(sip, "", SipAccount("s05", "silent", answered=False)).verdict == "inconclusive"
    assert judged.register_step(PAGE, "", SipAccount("s05", "is refused")).verdict == "pass"


def test_counters_are_those_of_the_time_between() -> None:
    later = replace(PAGE, media={("in", "video"): Medium(700, 3, 4.0), ("in", "audio"): Medium(9)})
    assert between(PAGE, later) == {("in", "video"): Medium(300, 3, 4.0), ("in", "audio"): Medium(0)}
