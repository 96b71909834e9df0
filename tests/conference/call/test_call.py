"""Calls of simulated sites on a real server: seen, heard, refused, back after a crash, nothing left behind."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiortc")

from setsail.base.errors import OutOfRange
from setsail.conference.call import study
from setsail.conference.call.facts import CallFacts
from setsail.conference.call.shards import Shard, ShardLost
from setsail.conference.server.opening import Server
from setsail.conference.server.place import Place
from setsail.conference.server.room import Rooms

PIN = "70931544"
Opened = Callable[..., study.Room]


@pytest.fixture
def opened(janus_server: Server, room_number: int, run_async: Callable[[Any], Any]) -> Opened:
    """Makes a room of this test and says how to join it."""

    def make(places: int = 10, codec: str = "vp8", *, audio: bool = True) -> study.Room:
        rooms = Rooms(room_number, PIN, "synthetic secret", places, codec=codec)
        run_async(janus_server.make_rooms(rooms))
        return study.Room(janus_server.place, room_number, PIN, room_number if audio else 0)

    return make


@pytest.fixture(scope="module", autouse=True)
def _nothing_left() -> Iterator[None]:
    yield
    assert _workers() == set()


def _workers() -> set[int]:
    """Processes of ours that play sites."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            line = (folder / "cmdline").read_bytes()
            parent = int((folder / "stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if b"setsail.conference.call.worker" in line and parent in {os.getpid(), 1}:
            found.add(int(folder.name))
    return found


def _good(facts: CallFacts) -> None:
    for stream in facts.streams:
        assert stream.marks > 0, stream
        assert stream.marks_wrong == 0, stream
        assert stream.lost == 0, stream
    assert all(pair.heard for pair in facts.pairs)
    assert all(site.ghosts == () for site in facts.sites)


@pytest.mark.parametrize("codec", ["vp8", "h264"])
def test_three_sites_see_and_hear_each_other(opened: Opened, codec: Any) -> None:
    with study.simulate(opened(codec=codec), ["S01", "S02", "S03"], sending=study.Sending(codec)) as running:
        facts = running.measure(4.0)
        pids = running.pids
    _good(facts)
    assert len(facts.streams) == len(facts.pairs) == 6
    assert all(pair.seen for pair in facts.pairs)
    assert {(p.of, p.to) for p in facts.pairs} == {
        (a, b) for a in ("S01", "S02", "S03") for b in ("S01", "S02", "S03") if a != b
    }
    delays = [pair.delay_s for pair in facts.pairs]
    assert all(delay is not None and -0.01 < delay < 1.0 for delay in delays)
    assert all(abs(stream.frames - 60) <= 15 for stream in facts.streams)
    assert not any(Path(f"/proc/{pid}").exists() for pid in pids)


def test_turning_the_ring_shows_pairs_that_were_not_sent_at_first(opened: Opened) -> None:
    with study.simulate(opened(), ["A", "B", "C", "D", "E"], receive=2) as running:
        facts = running.measure(5.0)
    assert facts.told["turns"] == 2
    assert len(facts.streams) == 10
    _good(facts)
    assert all(pair.seen for pair in facts.pairs)
    assert len(facts.pairs) == 20


def test_a_call_of_one_site_tells_both_ways_for_each_peer(opened: Opened) -> None:
    facts = study.call(opened(), "S07", seconds=3.0, peers=["S01", "S02"], numbers={"S07": 7, "S01": 1, "S02": 2})
    assert {(p.of, p.to) for p in facts.pairs if p.seen} == {
        ("S07", "S01"), ("S07", "S02"), ("S01", "S07"), ("S02", "S07"),
    }  # fmt: skip
    mine = facts.site("S07")
    assert mine is not None
    assert mine.number == 7
    assert mine.error == ""
    assert len(facts.of("S07")) == len(facts.to("S07")) == 2


def test_a_wrong_pin_is_refused_by_name_and_the_others_stay(opened: Opened) -> None:
    room = opened()
    running = study.Simulation(room, {"S01": 1, "S02": 2, "late": 3}, pins={"late": "00000000"})
    with running.start():
        assert set(running.failed) == {"late"}
        assert running.failed["late"][0] == "conference-wrong-pin"
        facts = running.measure(3.0)
    assert len(facts.streams) == 2
    _good(facts)
    refused = facts.site("late")
    assert refused is not None
    assert refused.error_code == "conference-wrong-pin"
    assert "PIN" in refused.error
    assert PIN not in refused.error


def test_more_sites_than_places_are_refused_by_name_and_the_others_stay(opened: Opened) -> None:
    sites = {f"S{n}": n for n in range(1, 6)}
    with study.Simulation(opened(places=3), sites, late=["S4", "S5"]).start() as running:
        assert set(running.joined) == {"S1", "S2", "S3"}
        assert {code for code, _ in running.failed.values()} == {"conference-room-full"}
        facts = running.measure(3.0)
    assert len(facts.streams) == 6
    _good(facts)


def test_a_call_without_sound_says_that_nothing_was_listened_for(opened: Opened) -> None:
    with study.simulate(opened(audio=False), ["S01", "S02"]) as running:
        facts = running.measure(2.0)
    assert [pair.heard for pair in facts.pairs] == [None, None]
    assert all(pair.seen for pair in facts.pairs)


def test_a_site_that_shows_the_picture_of_another_is_told(opened: Opened) -> None:
    room = opened()
    with study.simulate(room, {"S01": 1, "S02": 2}) as running:
        running.numbers["S02"] = 3  # the plan says that S02 has another number than it shows
        running.watch(0)
        facts = running.measure(3.0)
    seen = {(pair.of, pair.to): pair.seen for pair in facts.pairs}
    assert seen == {("S01", "S02"): True, ("S02", "S01"): False}
    assert next(p.heard for p in facts.pairs if p.of == "S02") is False


def test_a_process_that_dies_is_told_and_the_rest_ends(opened: Opened) -> None:
    with study.simulate(opened(), ["S01", "S02"]) as running:
        pid = running.pids[0]
        os.kill(pid, 9)
        with pytest.raises(ShardLost, match="ended"):
            running.state()
    assert not Path(f"/proc/{pid}").exists()


@pytest.mark.parametrize(
    ("sites", "receive"), [({"A": 1, "B": 1}, 4), ({"A": 0, "B": 1}, 4), ({"A": 1, "B": 2}, 0), ({"A": 1, "B": 2}, 29)]
)
def test_numbers_used_twice_and_numbers_out_of_range_are_refused(sites: dict[str, int], receive: int) -> None:
    room = study.Room(Place("ws://127.0.0.1:1", "", "", "", ""), 1, "")
    with pytest.raises(OutOfRange):
        study.Simulation(room, sites, receive=receive)


def test_a_server_that_is_not_there_leaves_nobody_on_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(study, "JOIN_S", 1.0)
    room = study.Room(Place("ws://127.0.0.1:9", "", "", "", ""), 1, "")
    with study.simulate(room, ["S01", "S02"]) as running:
        assert running.joined == {}
        assert {code for code, _ in running.failed.values()} == {"conference-no-answer"}
        facts = running.measure(2.0)
    assert facts.streams == ()
    assert all(site.error for site in facts.sites)


def test_a_worker_ends_with_the_one_who_started_it(opened: Opened) -> None:
    with study.simulate(opened(), ["S01", "S02"]) as running:
        shard = running._shards[0]
        assert isinstance(shard, Shard)
        shard._orders.close()
        assert shard._process.wait(10) == 0


def test_killed_server_all_are_back_within_five_seconds(run_async: Callable[[Any], Any], janus_here: None) -> None:
    from setsail.conference.server.opening import open_server

    async def crash() -> tuple[float, dict[str, list[Any]]]:
        rooms = Rooms(1, PIN, "synthetic secret", 6)
        async with open_server(rooms=rooms) as server:
            room = study.Room(server.place, 1, PIN, 1)
            running = await asyncio.to_thread(study.simulate, room, ["S01", "S02", "S03"])
            try:
                assert running.all_flow()
                at = time.monotonic()
                await server.kill()
                await server.restart()
                await server.make_rooms(rooms)
                while not (all(s[2] for s in running.state().values()) and running.all_flow()):
                    assert time.monotonic() - at < 30
                    await asyncio.sleep(0.05)
                return time.monotonic() - at, running.state()
            finally:
                await asyncio.to_thread(running.close)

    took, state = run_async(crash())
    assert took < 5.0
    assert all(again == 1 for _, _, again in state.values())
