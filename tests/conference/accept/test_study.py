"""Acceptance as a whole, on a real server where there is one, and with calls written by hand where there is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from setsail.base.errors import OutOfRange, StoreConflict, UnknownName
from setsail.conference.accept import course, record, study, together
from setsail.conference.accept.course import Context, Options
from setsail.conference.accept.link_result import LinkResult
from setsail.conference.accept.udp_rate import RateOrder, RateResult
from setsail.conference.call import study as calls
from setsail.conference.call.facts import CallFacts
from setsail.conference.call.shards import ShardLost
from setsail.conference.server.opening import Server
from setsail.conference.server.room import Rooms
from setsail.conference.server.state import NotUp
from setsail.conformance import keys
from setsail.rollout.cases import example
from setsail.rollout.folder import writing
from setsail.rollout.model import Rollout
from setsail.store.leases import locked
from tests.conference.accept.sample_call import call
from tests.conference.accept.test_steps import LINK, rate


def small(path: Path, sites: int = 3) -> Rollout:
    """The shipped rollout with its first sites only, small pictures and low rates, in a folder."""
    whole = example("wuhan-2020")
    made = replace(
        whole, sites=whole.sites[:sites], milestones=(),
        call=replace(whole.call, codec="vp8", video_kbps=200.0, receive=2, packets_per_frame=2),
    )  # fmt: skip
    writing.write(made, path)
    return made


def large(path: Path, sites: float) -> Rollout:
    """So many of the generated sites, which have neither folder nor files of their own."""
    whole = example("generated-5500")
    path.mkdir(exist_ok=True)
    return replace(whole, sites=whole.sites[: round(sites)])


def context(path: Path, rollout: Rollout) -> Context:
    at = rollout.notice + timedelta(hours=9)
    return Context(
        path, rollout, record.key_of(path, None, "Invented"), at, lambda: datetime(2026, 1, 1, tzinfo=UTC), "A. Person",
        "setsail test",
    )  # fmt: skip


COURSE = "setsail.conference.accept.course"
ENDS = "setsail.conference.accept.ends"
SIMULATED = Options(seconds=4.0, link_seconds=0.5, rate_step_seconds=0.2, shares=(1.0,), simulate=True)


@dataclass
class Staged:
    """What the parts of an acceptance find, in place of a network and a server."""

    link: LinkResult
    rate: RateResult
    calls: list[CallFacts]
    asked: list[tuple[str, ...]]


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch) -> Staged:
    stage = Staged(LinkResult(**LINK), RateResult((rate("up"), rate("down"))), [call()], [])

    def made(_room: object, site: str, *, peers: tuple[str, ...], **_more: Any) -> CallFacts:
        stage.asked.append((site, *peers))
        return stage.calls.pop(0) if len(stage.calls) > 1 else stage.calls[0]

    monkeypatch.setattr(f"{ENDS}.link_test", lambda *_: stage.link)
    monkeypatch.setattr(f"{ENDS}.rate_test", lambda *_: stage.rate)
    monkeypatch.setattr(f"{COURSE}.calls.call", made)
    monkeypatch.setattr(f"{COURSE}.room_of", lambda _: None)
    monkeypatch.setattr(f"{COURSE}.order_of", lambda _: None)
    monkeypatch.setattr(f"{COURSE}.record.machine_load", lambda: 0.5)
    return stage


def verdicts(stored: record.Stored) -> dict[str, str]:
    return {s["step"]: s["verdict"] for s in stored.content["steps"]}


def test_a_sound_site_passes_every_step_in_order(tmp_path: Path, staged: Staged) -> None:
    rollout = small(tmp_path)
    found = study.accept(context(tmp_path, rollout), "S01", SIMULATED)
    assert list(verdicts(found)) == ["power", "link", "rate", "register", "call", "voice"]
    assert set(verdicts(found).values()) == {"pass"}
    assert (found.content["passed"], found.content["verdict"], found.content["failing_step"]) == (True, "pass", "")
    assert staged.asked == [("S01", "S02", "S03", "command")]


def test_after_a_failed_step_the_others_are_not_made(tmp_path: Path, staged: Staged) -> None:
    rollout = small(tmp_path)
    staged.link = LinkResult(**(LINK | {"loss_ratio": 0.5}))
    found = study.accept(context(tmp_path, rollout), "S01", SIMULATED)
    assert (found.content["verdict"], found.content["failing_step"]) == ("fail", "link")
    assert set(list(verdicts(found).values())[2:]) == {"not run"}
    assert found.content["steps"][4]["reason"] == "link failed before it"
    assert staged.asked == []
    assert found.content["pairs"] == {}


def test_a_call_that_proves_nothing_is_measured_again_and_one_that_fails_is_not(tmp_path: Path, staged: Staged) -> None:
    rollout = small(tmp_path)
    late: dict[str, Any] = {"site": {"S01": {"lag_s": 1.0}}, "pairs": {("S02", "S01"): {"freezes": 3}}}
    staged.calls = [call(**late), call()]
    assert study.accept(context(tmp_path, rollout), "S01", SIMULATED).content["passed"]
    assert len(staged.asked) == 2
    staged.calls = [call(pairs=late["pairs"]), call()]
    assert study.accept(context(tmp_path, rollout), "S01", SIMULATED).content["verdict"] == "fail"
    assert len(staged.asked) == 3


def test_a_call_that_never_proves_anything_leaves_the_site_undecided(tmp_path: Path, staged: Staged) -> None:
    rollout = small(tmp_path)
    staged.calls = [call(site={"S01": {"lag_s": 1.0}}, pairs={("S02", "S01"): {"freezes": 3}})]
    found = study.accept(context(tmp_path, rollout), "S01", SIMULATED)
    assert (found.content["passed"], found.content["verdict"]) == (False, "inconclusive")
    assert found.content["failing_step"] == "call"


def test_a_test_that_breaks_down_blames_nobody(tmp_path: Path, staged: Staged, monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: Any, **__: Any) -> CallFacts:
        raise ShardLost("ended by signal 9", where="participants")

    monkeypatch.setattr(f"{COURSE}.calls.call", lost)
    found = study.accept(context(tmp_path, small(tmp_path)), "S01", SIMULATED)
    assert (found.content["verdict"], found.content["failing_step"]) == ("inconclusive", "register")
    assert "broke down" in found.content["reason"]
    assert staged.asked == []


def test_a_site_that_is_not_there_is_refused_before_anything_is_measured(tmp_path: Path) -> None:
    with pytest.raises(UnknownName, match="S99"):
        study.accept(context(tmp_path, small(tmp_path)), "S99", SIMULATED)


def test_without_a_conference_nothing_is_accepted(tmp_path: Path) -> None:
    with pytest.raises(NotUp, match="conference up"):
        study.accept(context(tmp_path, small(tmp_path)), "S01", SIMULATED)


def test_two_who_accept_one_site_at_once_are_told(tmp_path: Path, staged: Staged) -> None:
    rollout = small(tmp_path)
    (tmp_path / "accept").mkdir()
    with locked(tmp_path / "accept" / ".S01.lock"), pytest.raises(StoreConflict, match="another program"):
        study.accept(context(tmp_path, rollout), "S01", SIMULATED)
    assert study.accept(context(tmp_path, rollout), "S01", SIMULATED).content["passed"]
    assert len(staged.asked) == 1


def test_fewer_than_three_sites_are_no_call_of_all(tmp_path: Path) -> None:
    with pytest.raises(OutOfRange, match="sites: is 2"):
        together.accept_all(context(tmp_path, small(tmp_path)), SIMULATED, sites=["S01", "S02"])
    with pytest.raises(OutOfRange, match="twice"):
        together.accept_all(context(tmp_path, small(tmp_path / "more")), SIMULATED, sites=["S01", "S02", "S01"])


def test_more_sites_than_there_are_tones_are_no_call_of_all(tmp_path: Path) -> None:
    many = large(tmp_path, together.TOGETHER.high + 1)
    with pytest.raises(OutOfRange, match="sites: is 128"):
        together.accept_all(context(tmp_path, many), SIMULATED)


def test_the_planned_rates_are_those_of_the_link_demand(tmp_path: Path) -> None:
    order = course.planned_rates(small(tmp_path), SIMULATED)
    assert isinstance(order, RateOrder)
    assert order.down_bps > order.up_bps > 200e3
    assert order.down_bps - order.up_bps == pytest.approx(order.up_bps - 1e3 * 48, rel=0.2)  # one picture more


def test_the_command_centre_has_a_number_that_no_site_has(tmp_path: Path) -> None:
    assert course.participants(small(tmp_path)) == {"S01": 1, "S02": 2, "S03": 3, "command": 4}


def test_numbers_on_a_call_are_those_of_the_rollout_where_all_have_tones(tmp_path: Path) -> None:
    rollout = small(tmp_path)
    assert course.numbers(rollout, ("S03", "command")) == {"S03": 3, "command": 4}
    many = large(tmp_path, 129)
    last = many.sites[-1].site
    assert course.numbers(many, (many.sites[126].site, many.sites[127].site)) == {
        many.sites[126].site: 127, many.sites[127].site: 128,
    }  # fmt: skip
    assert course.numbers(many, (last, many.sites[0].site)) == {last: 1, many.sites[0].site: 2}


@pytest.mark.parametrize(("receive", "peers"), [(0, 2), (3, 2), (4, 3), (28, 27), (64, 27)])
def test_a_site_has_as_many_peers_as_the_call_sends_it_pictures(
    tmp_path: Path, staged: Staged, receive: int, peers: int
) -> None:
    rollout = example("wuhan-2020")
    rollout = replace(rollout, call=replace(rollout.call, receive=receive))
    tmp_path.mkdir(exist_ok=True)
    study.accept(context(tmp_path, rollout), "S29", SIMULATED)
    assert [len(asked) - 2 for asked in staged.asked[:1]] == [peers]


# On a real server.


@dataclass
class Running:
    """What `running` says of a conference."""

    place: Any
    rooms: Rooms
    sip: None = None


@pytest.fixture
def real(
    janus_server: Server, room_number: int, run_async: Callable[[Any], Any], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Context:  # fmt: skip
    pytest.importorskip("aiortc", reason="the extra 'conference' is not installed")
    rooms = Rooms(room_number, "246813", "a room's secret", 8, receive=2)
    run_async(janus_server.make_rooms(rooms))
    told = Running(janus_server.place, rooms)
    monkeypatch.setattr(f"{COURSE}.running", lambda _: told)
    return context(tmp_path, small(tmp_path))


def made_of(found: record.Stored) -> dict[str, Any]:
    """The checks of a record that a loaded machine does not change."""
    return {c["check"]: c["verdict"] for s in found.content["steps"] for c in s["checks"]}


def test_a_simulated_site_is_seen_and_heard_on_a_real_call(real: Context) -> None:
    found = study.accept(real, "S01", replace(SIMULATED, attempts=1))
    assert found.content["synthetic"] is True
    assert verdicts(found)["register"] == "pass", found.content["reason"]
    checks = made_of(found)
    assert (checks["seen_by_peers"], checks["seen_by_command"], checks["marks_wrong"]) == ("pass",) * 3
    assert set(found.content["pairs"]) == {"S02", "S03", "command"}
    assert all(p["marks"] > 0 and p["frames"] > 0 for p in found.content["pairs"].values())
    assert record.verify(found.path, keys.read_trust([real.rollout_dir / "accept" / "key.pub.json"])).intact


def test_all_sites_are_accepted_on_one_call_with_a_record_each(real: Context) -> None:
    found = together.accept_all(real, replace(SIMULATED, seconds=5.0, attempts=1, shares=(1.0,)))
    assert [f.content["site"] for f in found] == ["S01", "S02", "S03"]
    for one in found:
        assert verdicts(one)["register"] == "pass", one.content["reason"]
        assert set(one.content["pairs"]) == {s for s in ("S01", "S02", "S03", "command") if s != one.content["site"]}
        brief = json.loads((real.rollout_dir / "accept" / one.content["site"] / "record.json").read_text())
        assert brief["sha256"] == one.digest


def test_a_wrong_pin_fails_the_step_register_by_name(real: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    own = calls.Simulation.start

    def with_wrong_pin(self: calls.Simulation) -> calls.Simulation:
        self.room = replace(self.room, pin="999999")
        return own(self)

    monkeypatch.setattr(calls.Simulation, "start", with_wrong_pin)
    found = study.accept(real, "S01", SIMULATED)
    assert (found.content["verdict"], found.content["failing_step"]) == ("fail", "register")
    assert "conference-wrong-pin" in found.content["reason"]
