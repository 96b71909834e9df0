"""Steps of an acceptance: each limit at, just in and just out; what spoils a value makes it open, never a fault."""

from __future__ import annotations

from typing import Any

import pytest

from setsail.conference.accept import steps
from setsail.conference.accept.checks import StepResult, bounds, check, concluded, hindrance, not_run, terms
from setsail.conference.accept.link_result import LinkResult, Spread
from setsail.conference.accept.udp_rate import RateOrder, RateResult, RateStep
from setsail.standards import facts
from tests.conference.accept.sample_call import NAMES, WHO, call

LINK: dict[str, Any] = {
    "sent": 1000, "received": 1000, "lost": 0, "loss_ratio": 0.0, "duplicates": 0, "reordered": 0, "lost_there": 0,
    "lost_back": 0, "rtt": Spread(1, 2, 2, 3, 4), "jitter_ms": 1.0, "jitter_method": "", "ipdv_p95_ms": 1.0,
    "one_way_there": None, "one_way_back": None, "dscp": 34, "dscp_there": (34,), "dscp_back": (34,),
    "dscp_kept": True, "ttl": 60, "strange": 0,
}  # fmt: skip
ORDER = RateOrder(1e6, 2e6)


def link(**changed: Any) -> StepResult:
    return steps.link_step(LinkResult(**(LINK | changed)))


def rate(direction: Any, **changed: Any) -> RateStep:
    sound: dict[str, Any] = {
        "direction": direction, "share": 1.0, "planned_bps": 1e6, "offered_bps": 1e6, "achieved_bps": 1e6,
        "octets": 500, "sent": 1000, "received": 1000, "lost": 0, "loss_ratio": 0.0, "reordered": 0, "duplicates": 0,
        "jitter_ms": 0.1, "dscp_seen": 34,
    }  # fmt: skip
    return RateStep(**(sound | changed))


def test_every_limit_names_a_known_source_and_a_step_that_there_is() -> None:
    for table in ("acceptance_limits", "acceptance_terms"):
        for row in facts.table(f"conference/{table}.csv"):
            assert row.need("source_id") in facts.sources(), row
            row.need("clause")
    assert [b.step for b in bounds().values()] == sorted(
        (b.step for b in bounds().values()), key=("power", "link", "rate", "register", "call", "voice").index
    )


@pytest.mark.parametrize(("name", "inside", "outside"), [
    ("link_loss", 0.007, 0.00701), ("one_way_ms", 150.0, 150.01), ("r", 80.0, 79.99), ("fps_in", 0.9, 0.8999),
    ("freezes", 0.0, 1.0), ("seen_by_peers", 2.0, 1.0), ("rate_achieved", 0.99, 0.9899),
])  # fmt: skip
def test_a_limit_holds_at_its_value_and_not_beyond(name: str, inside: float, outside: float) -> None:
    assert check(name, inside).verdict == "pass"
    assert check(name, outside).verdict == "fail"
    assert check(name, outside, spoilt="load").verdict == "inconclusive"
    assert check(name, inside, spoilt="load").verdict == "pass"
    assert check(name, float("nan")).verdict == "inconclusive"


def test_a_sound_link_passes_and_each_fault_fails_it_by_name() -> None:
    assert link().verdict == "pass"
    assert link(loss_ratio=0.008).reason == "link_loss is 0.008 ratio, asked for is at most 0.007 ratio"
    assert link(rtt=Spread(1, 2, 2, 301, 400)).verdict == "fail"
    assert link(jitter_ms=31.0).verdict == "fail"
    assert link(dscp_kept=False).reason == "link_dscp_kept is no, asked for is yes"


def test_a_link_whose_far_end_cannot_tell_the_mark_is_open() -> None:
    assert link(dscp_kept=None).verdict == "inconclusive"


def test_a_silent_link_fails_by_its_loss() -> None:
    found = link(loss_ratio=1.0, rtt=None, jitter_ms=None, dscp_kept=None)
    assert (found.verdict, found.reason[:9]) == ("fail", "link_loss")


def test_a_rate_that_arrives_both_ways_passes() -> None:
    found = steps.rate_step(RateResult((rate("up"), rate("down"))), ORDER)
    assert found.verdict == "pass"
    assert [c.bound.check for c in found.checks] == ["rate_achieved", "rate_loss"] * 2


def test_a_rate_that_does_not_arrive_one_way_fails() -> None:
    found = steps.rate_step(RateResult((rate("up"), rate("down", achieved_bps=0.98e6))), ORDER)
    assert found.verdict == "fail"


def test_a_sender_that_was_too_slow_leaves_the_rate_open() -> None:
    least = terms()["offered_least"]
    slow = rate("up", offered_bps=1e6 * least - 1, achieved_bps=0.5e6)
    found = steps.rate_step(RateResult((slow, rate("down"))), ORDER)
    assert found.verdict == "inconclusive"
    assert "sender of the test was too slow" in found.reason
    held = rate("up", offered_bps=1e6 * least, achieved_bps=1e6 * least)
    assert steps.rate_step(RateResult((held, rate("down"))), ORDER).verdict == "pass"


def test_a_rate_test_that_broke_off_is_open_with_its_reason() -> None:
    found = steps.rate_step(RateResult((rate("up"),), "the far end broke off at 25% down"), ORDER)
    assert (found.verdict, found.reason) == ("inconclusive", "rate_achieved: down: the far end broke off at 25% down")


def test_a_site_on_the_call_is_registered_and_one_that_was_refused_is_not() -> None:
    assert steps.register_step(call().site("S01")).verdict == "pass"
    refused = call(site={"S01": {"error": "the PIN is wrong", "error_code": "conference-wrong-pin", "joined_s": None}})
    found = steps.register_step(refused.site("S01"))
    assert (found.verdict, found.reason) == ("fail", "conference-wrong-pin: the PIN is wrong")
    assert steps.register_step(call(site={"S01": {"joined_s": 10.1}}).site("S01")).verdict == "fail"
    assert steps.register_step(None).verdict == "inconclusive"


def test_a_sound_call_passes_with_all_its_facts() -> None:
    found = steps.call_step(call(), WHO)
    assert (found.verdict, found.reason) == ("pass", "")
    in_room = {
        "picture_moves",
        "fps_seen",
        "freezes_seen",
        "loss_up",
        "jitter_up_ms",
        "pictures_sent",
        "loss_down",
        "half_rtt_ms",
    }
    """What is asked of a terminal that is no test participant."""
    assert {c.bound.check for c in found.checks} == {b.check for b in bounds().values() if b.step == "call"} - in_room
    assert found.facts["picture"]["model"].startswith("ITU-T G.1070")


OUT = [("S01", to) for to in NAMES if to != "S01"]


@pytest.mark.parametrize(
    ("spoiled", "reason"),
    [
        ({"pairs": {("S01", "S02"): {"marks": 0}}}, "seen_by_peers"),
        ({"pairs": {("S01", "command"): {"marks": 0}}}, "seen_by_command"),
        ({"pairs": {("S01", "command"): {"marks_wrong": 1}}}, "seen_by_command"),
        ({"streams": {0: {"marks": 0}}}, "streams_in"),
        ({"pairs": {("S02", "S01"): {"marks_wrong": 1}}}, "marks_wrong"),
        ({"pairs": {("S02", "S01"): {"gaps": 9}}}, "loss_in"),
        ({"pairs": {key: {"gaps": 3} for key in OUT}}, "loss_out"),
        ({"streams": {1: {"frames": 134}}}, "fps_in"),
        ({"pairs": {key: {"frames": 134} for key in OUT}}, "fps_out"),
        ({"pairs": {("S01", "S03"): {"freezes": 1}}}, "freezes"),
        ({"pairs": {("S03", "S01"): {"delay_s": 0.151}}}, "one_way_ms"),
    ],
)
def test_each_fault_of_a_call_fails_it_by_name(spoiled: dict[str, Any], reason: str) -> None:
    found = steps.call_step(call(**spoiled), WHO)
    assert found.verdict == "fail"
    assert found.reason.startswith(reason)


def test_just_within_the_limits_a_call_passes() -> None:
    pairs: dict[tuple[str, str], dict[str, Any]] = {key: {"frames": 135} for key in OUT}
    pairs[("S02", "S01")] = {"gaps": 8}
    pairs[("S03", "S01")] = {"delay_s": 0.15}
    assert steps.call_step(call(pairs=pairs, streams={1: {"frames": 135}}), WHO).verdict == "pass"


@pytest.mark.parametrize(("lag_s", "verdict"), [(0.1, "fail"), (0.11, "inconclusive")])
def test_a_late_test_participant_leaves_freezes_open(lag_s: float, verdict: str) -> None:
    spoiled = call(pairs={("S02", "S01"): {"freezes": 3}}, site={"S01": {"lag_s": lag_s}})
    assert steps.call_step(spoiled, WHO).verdict == verdict


def test_an_overloaded_machine_leaves_a_bad_call_open_but_does_not_spoil_a_good_one() -> None:
    assert steps.overloaded(4.0, 2) == ""
    why = steps.overloaded(4.01, 2)
    assert "load 4.0 on 2 cores" in why
    busy = steps.OnCall(WHO.site, WHO.peers, WHO.command, why)
    assert steps.call_step(call(), busy).verdict == "pass"
    assert steps.call_step(call(pairs={("S02", "S01"): {"gaps": 90}}), busy).verdict == "inconclusive"


def test_a_wrong_strip_is_a_fault_whatever_the_load() -> None:
    busy = steps.OnCall(WHO.site, WHO.peers, WHO.command, "load")
    assert steps.call_step(call(pairs={("S02", "S01"): {"marks_wrong": 1}}), busy).verdict == "fail"


def test_peers_that_are_not_there_leave_open_who_saw_the_site() -> None:
    gone = call(site={"S02": {"error": "the room is full"}}, pairs={("S01", "S02"): {"seconds": 0.0, "marks": 0}})
    found = steps.call_step(gone, WHO)
    assert (found.verdict, found.reason.split(":")[0]) == (
        "inconclusive", "seen_by_peers is 1 sites, asked for is at least 2 sites; S02 is not on the call",
    )  # fmt: skip


def test_a_heard_site_that_hears_all_is_rated_by_the_named_model() -> None:
    found = steps.voice_step(call(), WHO, None)
    assert found.verdict == "pass"
    assert found.facts["emodel"]["model"].startswith("ITU-T G.107")
    assert found.facts["mouth_to_ear_ms"] == pytest.approx(50 + terms()["terminal_delay_ms"])
    assert found.facts["codec"]["evidence"] == "assumed"


@pytest.mark.parametrize(
    ("pairs", "reason"),
    [({("S01", "S02"): {"heard": False}}, "tone_heard"), ({("S03", "S01"): {"heard": False}}, "hears_all")],
)
def test_a_tone_that_is_missing_fails_the_voice(pairs: dict[Any, Any], reason: str) -> None:
    found = steps.voice_step(call(pairs=pairs), WHO, None)
    assert found.verdict == "fail"
    assert found.reason.startswith(reason)


def test_sound_that_is_lost_lowers_the_rating_below_its_limit() -> None:
    found = steps.voice_step(call(site={"S01": {"mix_packets": 480, "mix_lost": 20}}), WHO, None)
    assert (found.verdict, found.reason[:4]) == ("fail", "r is")


def test_a_call_without_sound_leaves_the_voice_open() -> None:
    silent = call(
        site={"S01": {"mix_packets": 0}}, pairs={(a, b): {"heard": None} for a in NAMES for b in NAMES if a != b}
    )
    assert steps.voice_step(silent, WHO, 20.0).verdict == "inconclusive"


def test_without_timed_pictures_the_link_gives_the_delay_of_the_voice() -> None:
    untimed = call(pairs={(a, "S01"): {"delay_s": None} for a in NAMES if a != "S01"})
    found = steps.voice_step(untimed, WHO, 40.0)
    assert found.facts["mouth_to_ear_ms"] == pytest.approx(20 + terms()["terminal_delay_ms"])


def test_what_nobody_declared_is_open_and_stands_not_in_the_way() -> None:
    open_power = steps.power_step("", "A. Person")
    assert open_power.verdict == "inconclusive"
    sound = [open_power, link(), steps.rate_step(RateResult((rate("up"), rate("down"))), ORDER)]
    assert hindrance(sound) is None
    assert steps.power_step("checked", "A. Person").verdict == "pass"


def test_the_first_step_that_is_open_or_failed_stands_in_the_way() -> None:
    found = hindrance([link(dscp_kept=None), not_run("rate", "why")])
    assert found is not None
    assert found.step == "link"
    assert hindrance([link(), not_run("rate", "why")]) is not None


def test_a_failure_is_told_before_an_open_check() -> None:
    found = concluded("link", [check("link_rtt_p95_ms", None), check("link_loss", 0.5)], {})
    assert found.verdict == "fail"


@pytest.mark.parametrize(("account", "verdict", "said"), [
    (steps.SipAccount("s01"), "pass", ""),
    (steps.SipAccount("s01", "is refused: 401"), "fail", "is refused: 401"),
    (steps.SipAccount("s01", "no answer", answered=False), "inconclusive", "no answer"),
])  # fmt: skip
def test_a_refused_sip_account_fails_a_site_and_a_silent_registrar_does_not(
    account: steps.SipAccount, verdict: str, said: str
) -> None:
    found = steps.register_step(call().site("S01"), account)
    assert found.verdict == verdict
    assert said in found.reason
    assert found.facts["sip"]["user"] == "s01"
    assert [c.bound.check for c in found.checks] == ["joined", "join_s", "sip_account"]
