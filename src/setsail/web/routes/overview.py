"""The plan's targets with verdict, value, interval, pace, forecast and evidence."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query

from setsail import api
from setsail.web.access import requires
from setsail.web.inputs import shipped_plan
from setsail.web.state import State, state_of

router = APIRouter(tags=["overview"], dependencies=[Depends(requires("viewer"))])
KnownOn = Annotated[date | None, Query(description="Judge with what was known on that day; today where absent.")]


@router.get("/plans")
def plans() -> list[dict[str, Any]]:
    """The shipped plans with their targets."""
    return api.plan_list()


@router.get("/plans/{plan}/verdicts")
def verdicts(
    plan: Annotated[str, Depends(shipped_plan)],
    state: Annotated[State, Depends(state_of)],
    region: Annotated[str | None, Query(max_length=40)] = None,
    known_on: KnownOn = None,
    forecast: bool = True,
) -> list[dict[str, Any]]:
    """Verdicts on the targets of a plan, as known on a day."""
    day = known_on or state.settings.now().date()
    return api.verdicts(plan, known_on=day, region=region, forecast=forecast)
