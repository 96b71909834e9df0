"""The plan's targets with verdict, value, interval, pace, forecast and evidence; what is missing; the words for it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, get_args

from fastapi import APIRouter, Depends, Query, Request, Response

from setsail import api
from setsail.web.access import requires
from setsail.web.inputs import shipped_plan
from setsail.web.kept import Body, answer
from setsail.web.state import State, state_of

router = APIRouter(tags=["overview"], dependencies=[Depends(requires("viewer"))])
KnownOn = Annotated[
    date | None, Query(description="Judge with what was known on that day; today where absent."),
]  # fmt: skip
Region = Annotated[str | None, Query(max_length=40, description="Code of a region; the plan's own where absent.")]
Server = Annotated[State, Depends(state_of)]
Plan = Annotated[str, Depends(shipped_plan)]
Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)


def kept_words(state: State, language: Language) -> Body:
    """The words of one language, computed once."""
    return state.kept.get(("words", language), lambda: api.words(language))


def kept_plans(state: State) -> Body:
    """The shipped plans, computed once."""
    return state.kept.get("plans", api.plan_list)


def kept_verdicts(
    state: State, plan: str, *, region: str | None = None, known_on: date | None = None, forecast: bool
) -> Body:
    """The verdicts on a plan as known on a day, computed once."""
    day = known_on or state.settings.now().date()
    return state.kept.get(
        ("verdicts", plan, day, region, forecast),
        lambda: api.verdicts(plan, known_on=day, region=region, forecast=forecast),
    )


@router.get("/words/{language}", response_model=dict[str, dict[str, str]])
def words(language: Language, request: Request, state: Server) -> Response:
    """The words of studies and reports in one language: units, definitions, phrases, names by id."""
    return answer(request, kept_words(state, language))


@router.get("/plans", response_model=list[dict[str, Any]])
def plans(request: Request, state: Server) -> Response:
    """The shipped plans with their targets."""
    return answer(request, kept_plans(state))


@router.get("/plans/{plan}/regions", response_model=list[dict[str, Any]])
def regions(plan: Plan, request: Request, state: Server, known_on: KnownOn = None) -> Response:
    """The regions in which figures speak of the targets of a plan."""
    day = known_on or state.settings.now().date()
    kept = state.kept.get(("regions", plan, day), lambda: api.plan_regions(plan, known_on=day))
    return answer(request, kept)


@router.get("/plans/{plan}/verdicts", response_model=list[dict[str, Any]])
def verdicts(
    plan: Plan,
    request: Request,
    state: Server,
    *,
    region: Region = None,
    known_on: KnownOn = None,
    forecast: bool = True,
) -> Response:
    """Verdicts on the targets of a plan, as known on a day; without their forecasts they come at once."""
    return answer(request, kept_verdicts(state, plan, region=region, known_on=known_on, forecast=forecast))


@router.get("/plans/{plan}/levers", response_model=dict[str, Any])
def levers(plan: Plan, request: Request, state: Server, region: Region = None, known_on: KnownOn = None) -> Response:
    """What the targets still need, the nearest first, and the regions below that are short of them."""
    day = known_on or state.settings.now().date()
    kept = state.kept.get(("levers", plan, day, region), lambda: api.plan_levers(plan, known_on=day, region=region))
    return answer(request, kept)
