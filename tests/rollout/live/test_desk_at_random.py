"""Random events on a small synthetic rollout: no fault, nothing begun moves, the log holds, replay is the same."""

from __future__ import annotations

import shutil
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from setsail.base.errors import BadInput, DuplicateKey, OutOfRange, UnknownName
from setsail.rollout.live import board, desk, log
from setsail.rollout.live.events import Told
from setsail.rollout.live.facts import effective
from setsail.rollout.live.standing import state
from setsail.rollout.model import STAGES
from setsail.rollout.plan_model import Visit
from tests.rollout.live.small import BY, NOTICE, NOW, rollout

SMALL = rollout()
SITES = [s.site for s in SMALL.sites]
CREWS = [c.crew for c in SMALL.crews]


@st.composite
def events(draw: st.DrawFn) -> list[Told]:
    """Events in an order of time that is mostly, but not always, kept."""
    minute = 0
    found = []
    for _ in range(draw(st.integers(1, 8))):
        minute += draw(st.integers(-20, 180))
        minute = max(0, min(minute, 1500))
        at = NOTICE + timedelta(minutes=minute)
        kind = draw(st.sampled_from([
            "started", "done", "late", "failed", "road-closed", "road-open", "crew-lost", "crew-back", "device-dead",
            "line-late", "line-ready", "test-failed", "accepted", "undo", "note",
        ]))  # fmt: skip
        values = {
            "site": draw(st.sampled_from(SITES)), "stage": draw(st.sampled_from(STAGES)),
            "crew": draw(st.sampled_from(CREWS)), "road": draw(st.sampled_from(["B1", "B2", "D1|S01", "S02|S03"])),
            "until": (at + timedelta(minutes=draw(st.integers(0, 300)))).isoformat(),
            "sets": draw(st.sampled_from(["returned", "lost"])), "needs": draw(st.sampled_from(["retry", "visit"])),
            "of": str(draw(st.integers(1, 12))), "text": "synthetic",
        }  # fmt: skip
        fields = {
            "started": ("site", "stage"), "done": ("site", "stage"), "late": ("site", "stage", "until"),
            "failed": ("site", "stage"), "road-closed": ("road",), "road-open": ("road",),
            "crew-lost": ("crew", "sets"), "crew-back": ("crew",), "device-dead": ("site",),
            "line-late": ("site", "until"), "line-ready": ("site",), "test-failed": ("site", "needs"),
            "accepted": ("site",), "undo": ("of",), "note": ("text",),
        }[kind]  # fmt: skip
        found.append(Told(kind, at.isoformat(), {name: values[name] for name in fields}))
    return found


def begun(folder: Path, at: object) -> dict[tuple[str, str, str], Visit]:
    """Visits that have begun before a time, by crew, kind and place."""
    found = state(desk.now_is(folder, SMALL), at)  # type: ignore[arg-type]
    return {(v.crew, v.kind, f"{v.place} {v.depart}"): v for v in found.begun if v.depart < found.at}


def touched(told: Told, visit: Visit, sites_of: set[str]) -> bool:
    """True where an event speaks of the visit's own crew or site, or of the crew that is at that site."""
    return told.kind == "undo" or visit.crew in sites_of or told.values.get("site") == visit.place


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(events())
def test_random_events_never_fault_never_move_begun_work_and_replay_alike(sequence: list[Told]) -> None:
    folder = Path(tempfile.mkdtemp())
    try:
        for told in sequence:
            before_log = log.read(folder)
            before = desk.now_is(folder, SMALL)
            try:
                made = desk.tell(folder, SMALL, [told], now=NOW, by=BY, clock=time.perf_counter, seconds=0.02)
            except (BadInput, UnknownName, OutOfRange, DuplicateKey):
                assert log.read(folder) == before_log
                continue
            if not made["planned"] or before.plan is None:
                continue
            after = desk.now_is(folder, SMALL)
            assert after.plan is not None
            assert after.uncovered == ()
            old = begun_of(before, after.plan.at)
            site = told.values.get("site")
            crews = {v.crew for v in old.values() if v.place == site} | {told.values.get("crew", "")}
            crews |= {c for s in before.plan.sites if s.site == site for c in s.crews}
            new = begun_of(after, after.plan.at)
            for key, visit in old.items():
                if not touched(told, visit, crews):
                    assert new.get(key) == visit, (told, key)
            for visit in after.plan.visits:
                assert visit.begun or visit.depart >= after.plan.at
        replayed_alike(folder)
    finally:
        shutil.rmtree(folder)


def begun_of(course: object, at: object) -> dict[tuple[str, str, str], Visit]:
    found = state(course, at)  # type: ignore[arg-type]
    return {(v.crew, v.kind, f"{v.place} {v.depart}"): v for v in found.begun}


def replayed_alike(folder: Path) -> None:
    """The board from a copy of the log, from the file and from every prefix told again."""
    shown = board.text(board.board(desk.now_is(folder, SMALL), folder))
    copy = folder / "copy"
    copy.mkdir()
    if (folder / log.FILE).exists():
        shutil.copy(folder / log.FILE, copy)
    assert board.text(board.board(desk.now_is(copy, SMALL), folder)) == shown
    assert board.text(desk.replay(folder, SMALL)["board"]) == shown
    lines = log.read(folder).lines
    assert [line.n for line in lines] == list(range(1, len(lines) + 1))
    assert all(e.kind != "planned" for e in effective(lines))
