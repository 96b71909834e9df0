"""Small rollouts for tests, and any rollout that holds to the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any, get_args

from hypothesis import strategies as st

from setsail.rollout.model import (
    STAGES,
    Bridge,
    CallOrder,
    Crew,
    Depot,
    Durations,
    Equipment,
    Mark,
    Milestone,
    Rollout,
    RolloutSite,
    Travel,
    Vehicle,
)

CST = timezone(timedelta(hours=8))
NOTICE = datetime(2026, 3, 1, 22, tzinfo=CST)


def at(hours: float) -> datetime:
    """So many hours after the notice."""
    return NOTICE + timedelta(hours=hours)


def small(**changes: Any) -> Rollout:
    """Two synthetic sites, a depot, two crews."""
    base = Rollout(
        "small", "A synthetic rollout", NOTICE, at(24),
        (RolloutSite("S1", "One", 30.6, 114.3), RolloutSite("S2", "Two", 30.5, 114.4, skills=("fibre",))),
        (Depot("D1", 30.55, 114.35, 2, 15.0),),
        (Vehicle("V1", "D1", 4), Vehicle("V2", "D1", 4)),
        (Crew("C1", "V1", skills=("fibre",)), Crew("C2", "V2")),
        (Equipment("terminal", "D1", 3, 1),),
    )  # fmt: skip
    return replace(base, **changes)


def with_site(**changes: Any) -> Rollout:
    """`small` with its second site changed."""
    base = small()
    return replace(base, sites=(base.sites[0], replace(base.sites[1], **changes)))


_IDS = st.from_regex(r"[a-zA-Z0-9武汉][\w.-]{0,8}", fullmatch=True).filter(str.isprintable)
_TEXT = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp")), max_size=12).map(str.strip)
_TEXT = _TEXT.filter(lambda t: not t.startswith(("=", "+", "-", "@")))
_WORDS = st.lists(st.sampled_from(("fibre", "power", "光纤", "two words")), max_size=3, unique=True).map(tuple)
_WHEN = st.integers(-(10**6), 10**6).map(lambda s: NOTICE + timedelta(seconds=s))
_MAYBE = st.none() | _WHEN
_MIN = st.floats(0.0, 14_400.0)
_MARK: st.SearchStrategy[Mark] = st.sampled_from(get_args(Mark))
_LAT, _LON = st.floats(-90.0, 90.0), st.floats(-180.0, 180.0)


@st.composite
def rollouts(draw: st.DrawFn) -> Rollout:
    """Any rollout that holds to the rules."""
    names = draw(st.lists(_IDS, min_size=4, max_size=9, unique=True))
    depots = draw(st.integers(1, 2))
    places, sites = names[:depots], names[depots:]
    vehicles = draw(st.lists(_IDS, min_size=1, max_size=3, unique=True))
    found = tuple(_site(draw, s) for s in sites)
    skills = tuple(sorted({w for s in found for w in s.skills}))
    made = Rollout(
        rollout=draw(_IDS),
        name=draw(_TEXT),
        notice=NOTICE,
        deadline=NOTICE + timedelta(seconds=draw(st.integers(1, 10**7))),
        sites=found,
        depots=tuple(
            Depot(d, draw(_LAT), draw(_LON), draw(st.integers(1, 9)), draw(_MIN), draw(_TEXT), draw(_MAYBE), draw(_MIN))
            for d in places
        ),
        vehicles=tuple(Vehicle(v, draw(st.sampled_from(places)), draw(st.integers(1, 9))) for v in vehicles),
        crews=tuple(Crew(f"C{i}", v, 2, skills, mark=draw(_MARK)) for i, v in enumerate(vehicles)),
        equipment=tuple(Equipment(draw(_IDS), d, 5, draw(st.integers(0, 5))) for d in places),
        bridges=draw(st.sampled_from(((), (Bridge("b", "B", "n", "s", 1.5, 2.5, 3.0),)))),
        milestones=(Milestone(at(3), draw(st.sampled_from(STAGES)), 1, draw(_MARK)),) * draw(st.integers(0, 2)),
        durations=Durations(*(draw(_MIN) for _ in range(7))),
        travel=Travel(speed_kmh=draw(st.floats(1.0, 200.0)), detour_factor=draw(st.floats(1.0, 10.0))),
        call=CallOrder(codec=draw(st.sampled_from(("vp8", "h264", "h265"))), turn=draw(st.booleans())),
        note=draw(_TEXT),
    )
    return replace(made, matrix=_matrix(draw, [*places, *sites])) if draw(st.booleans()) else made


def _site(draw: st.DrawFn, name: str) -> RolloutSite:
    closes = draw(st.none() | st.integers(1, 10**6).map(lambda s: NOTICE + timedelta(seconds=s)))
    return RolloutSite(
        name, draw(_TEXT.filter(bool)), draw(_LAT), draw(_LON), name_zh=draw(_TEXT), bank=draw(_TEXT),
        kind=draw(_IDS), sets=draw(st.integers(1, 9)), released_at=draw(st.none() | st.just(NOTICE)),
        window_to=closes, line_ready_at=draw(_MAYBE), deliver_min=draw(st.none() | _MIN), skills=draw(_WORDS),
        mark=draw(_MARK), note=draw(_TEXT),
    )  # fmt: skip


def _matrix(draw: st.DrawFn, names: list[str]) -> tuple[tuple[str, str, float, float], ...]:
    return tuple((a, b, draw(_MIN), draw(st.floats(0, 1e7))) for a in names for b in names if a != b)
