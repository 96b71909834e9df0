"""The terminal in the room, judged where it stands: a participant of ours, a SIP terminal, a page, and nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiortc", reason="the extra 'conference' is not installed")

from setsail.conference.accept import in_room, study
from setsail.conference.accept.course import Context, Options
from setsail.conference.accept.record import Stored
from setsail.conference.accept.room import presence
from setsail.conference.accept.room.presence import NotInRoom
from setsail.conference.call import study as calls
from setsail.conference.server.labels import KINDS, kind_of, label
from setsail.rollout.folder.reading import read
from tests.conference.accept.test_study import context, real
from tests.conference.gateway.conftest import Conference, open_conference
from tests.conference.gateway.terminal import require_baresip, terminal

__all__ = ["real"]
WATCH = Options(seconds=5.0, attempts=1)
Run = Callable[[Any], Any]


def made_of(found: Stored) -> dict[str, Any]:
    return {c["check"]: c for s in found.content["steps"] for c in s["checks"]}


def test_a_site_that_nobody_joined_as_fails_by_name(real: Context) -> None:
    found = study.accept(real, "S02", WATCH)
    assert (found.content["verdict"], found.content["failing_step"]) == ("fail", "register")
    assert "is not in the room" in found.content["reason"]
    assert found.content["terminal"] == {"kind": "none", "from": ""}
    assert [s["verdict"] for s in found.content["steps"]][1:3] == ["not run", "not run"]


def test_a_participant_that_is_in_the_room_already_is_seen_moving_and_heard(real: Context) -> None:
    room = calls.room_of(_order(real))
    seats = {"S02": ("acceptance",), "S03": ("S02",)}
    with calls.Simulation(room, {"S02": 2, "S03": 3}, receive=1, watches=seats) as on:
        on.start_joining()
        on.watch(0)
        found = study.accept(real, "S02", WATCH)
    made = made_of(found)
    assert found.content["synthetic"] is True
    assert found.content["terminal"]["kind"] == "simulated"
    for name in ("in_room", "picture_moves", "loss_up", "marks_wrong"):
        assert made[name]["verdict"] == "pass", (name, made[name])
    pair = found.content["pairs"]["command"]
    assert pair["marks"] > 0
    assert pair["frames"] > 0
    assert pair["tone"] is True


def test_a_terminal_that_leaves_while_it_is_watched_fails_the_call(
    real: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = in_room._once

    def leaves(*told: Any) -> Any:
        on.close()
        return own(*told)

    monkeypatch.setattr(in_room, "_once", leaves)
    with calls.Simulation(calls.room_of(_order(real)), {"S02": 2}, receive=1, watches={"S02": ()}) as on:
        on.start_joining()
        found = study.accept(real, "S02", WATCH)
    assert (found.content["verdict"], found.content["failing_step"]) == ("fail", "call")
    assert found.content["reason"] == in_room.LEFT
    assert found.content["steps"][5]["verdict"] == "not run"


def _order(of: Context) -> Any:
    from setsail.conference.accept import course

    return course.order_of(of)


def test_labels_say_what_kind_of_participant_it_is() -> None:
    assert [kind_of(label("S · 05", kind)) for kind in KINDS] == list(KINDS)
    assert kind_of("S05") == kind_of("") == "unknown"


# SIP


@pytest.fixture(scope="module")
def conference(janus_here: None, kamailio_here: None, tmp_path_factory: pytest.TempPathFactory) -> Any:
    from setsail import api

    require_baresip()
    folder = tmp_path_factory.mktemp("judged") / "w"
    try:
        yield open_conference(folder)
    finally:
        api.conference_down(folder)


@pytest.fixture(scope="session")
def kamailio_here() -> None:
    require_baresip()


@pytest.mark.slow  # it asks for a call without a fault, which a machine busy with other tests does not always give
def test_a_sip_terminal_is_judged_through_the_gateway(conference: Conference, tmp_path: Path) -> None:
    from tests.conference.gateway.terminal import film, tone_file

    user = next(iter(conference.users))
    site = conference.sip.site(user)
    rollout = read(conference.folder)
    number = [s.site for s in rollout.sites].index(site) + 1
    video, sound = film(tmp_path / "film.mp4", number), tone_file(tmp_path / "tone.wav", number)
    about: dict[str, Any] = {"domain": conference.sip.domain, "at": conference.sip.at("127.0.0.1")}
    with terminal(tmp_path / "t", user=user, password=conference.users[user], video=video, sound=sound, **about) as one:
        one.wait("REGISTER_OK")
        one.ask("dial", f"sip:{conference.order.rooms.room}@{conference.sip.domain}")
        one.wait("CALL_ESTABLISHED")
        found = study.accept(context(conference.folder, rollout), site, replace(WATCH, seconds=8.0))
    made = made_of(found)
    assert found.content["terminal"] == {"kind": "sip", "from": "127.0.0.1"}
    assert found.content["synthetic"] is False
    for name in ("in_room", "sip_account", "picture_moves", "loss_up", "pictures_sent", "marks_wrong"):
        assert made[name]["verdict"] == "pass", (name, made[name], found.content["reason"])
    facts = found.content["steps"][4]["facts"]
    assert facts["media"]["audio_in"]["packets"] > 200
    assert facts["media"]["video_out"]["rtt_ms"] is not None
    assert "what people at the site see and hear" in facts["unknown"]


def test_who_left_is_not_in_the_room(conference: Conference, run_async: Run) -> None:
    with pytest.raises(NotInRoom):
        run_async(presence.present(conference.order, "S99"))


def test_a_page_is_known_as_one(real: Context, run_async: Run) -> None:
    from setsail.conference.seat.seat import Seat

    order = _order(real)

    async def looked() -> Any:
        seat = await Seat.taken(order, pin=order.rooms.pin, name="S03")
        try:
            return await presence.present(order, "S03")
        finally:
            await seat.close()

    found = run_async(looked())
    assert (found.kind, found.feed, found.media) == ("page", 0, {})
