"""The composite index: tree, scores, intervals of ranks, sensitivity, levers, comparison of two days, a sandbox."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from setsail import api
from setsail.base.errors import UnknownName
from setsail.standards.frameworks import shipped
from setsail.web.access import requires
from setsail.web.kept import answer
from setsail.web.state import State, state_of

router = APIRouter(prefix="/index", tags=["index"], dependencies=[Depends(requires("viewer"))])
RUNS = 500
SAMPLES, WEIGHT_SETS = 1024, 500
Server = Annotated[State, Depends(state_of)]
Day = Annotated[date | None, Query(description="With what was known on that day; today where absent.")]


@dataclass(frozen=True, slots=True)
class Asked:
    """A shipped framework for the regions of one level, as known on a day; hashable, to keep answers by."""

    framework: str
    geography: str
    known_on: date
    period: str | None

    def source(self, **changes: Any) -> Any:  # noqa: ANN401 - api.IndexSource, whose room is not imported here
        """What the index is computed from."""
        periods = (self.period,) if self.period else ()
        return api.index_source(
            framework=self.framework, geography=self.geography, known_on=self.known_on, periods=periods, **changes
        )


def asked(
    framework: Annotated[str, Path(max_length=80)],
    state: Server,
    geography: Annotated[str, Query(max_length=40)] = "provinces",
    known_on: Day = None,
    period: Annotated[str | None, Query(max_length=10)] = None,
) -> Asked:
    """What the address asks for; a path of a file on the server is no framework."""
    if framework not in shipped():
        raise UnknownName(f"is {framework!r}", where="framework", allowed=", ".join(shipped()))
    return Asked(framework, geography, known_on or state.settings.now().date(), period)


Of = Annotated[Asked, Depends(asked)]


class Trial(BaseModel):
    """Weights and rules to try; what is not named stays as declared."""

    model_config = ConfigDict(extra="forbid")
    weights: dict[str, Annotated[float, Field(ge=0, le=1000, allow_inf_nan=False)]] = Field(max_length=500)
    aggregate: Literal["arithmetic", "geometric", "harmonic"] | None = None


class TrialUnit(BaseModel):
    """One unit under the tried weights beside the declared ones; `moved` counts ranks gained."""

    unit: str
    name: str
    time: str | None
    rank: int | None
    score: float | None
    rank_declared: int | None
    score_declared: float | None
    moved: int | None
    scores: dict[str, float | None]


class TrialOut(BaseModel):
    """A sandbox: computed, shown, and gone."""

    published: Literal[False]
    moved: int
    ranked: int
    units: list[TrialUnit]
    shares: dict[str, float]
    notes: list[dict[str, str]]


@router.get("", response_model=list[dict[str, Any]])
def frameworks(request: Request, state: Server) -> Response:
    """The shipped frameworks and the levels of regions that each can be computed for."""
    return answer(request, state.kept.get("frameworks", api.index_frameworks))


@router.get("/{framework}", response_model=dict[str, Any])
def board(of: Of, request: Request, state: Server) -> Response:
    """The tree with its weights, and every unit with rank, scores and inputs."""
    return answer(request, state.kept.get(("board", of), lambda: api.index_board(of.source())))


@router.get("/{framework}/editions", response_model=list[dict[str, Any]])
def editions(of: Of, request: Request, state: Server) -> Response:
    """The days that changed the inputs of the index, the newest first: what a comparison may start from."""
    day = of.known_on
    kept = state.kept.get(
        ("editions", of), lambda: api.index_editions(of.framework, known_on=day, geography=of.geography)
    )
    return answer(request, kept)


@router.get("/{framework}/robustness", response_model=dict[str, Any])
def robustness(of: Of, request: Request, state: Server) -> Response:
    """Intervals of ranks under the declared choices of method, and groups that cannot be told apart."""
    kept = state.kept.get(("robustness", of), lambda: api.index_robustness(of.source(), runs=RUNS))
    return answer(request, kept)


@router.get("/{framework}/sensitivity", response_model=dict[str, Any])
def sensitivity(of: Of, request: Request, state: Server) -> Response:
    """How much each choice of method moves the ranks: indices of first and of total order."""
    kept = state.kept.get(
        ("sensitivity", of), lambda: api.index_sensitivity(of.source(), samples=SAMPLES, weight_sets=WEIGHT_SETS)
    )
    return answer(request, kept)


@router.get("/{framework}/levers/{unit}", response_model=dict[str, Any])
def levers(
    of: Of,
    unit: Annotated[str, Path(max_length=80)],
    request: Request,
    state: Server,
    to_rank: Annotated[int | None, Query(ge=1, le=100_000)] = None,
) -> Response:
    """The smallest change of each input that lifts a unit by one rank, or to a rank."""
    kept = state.kept.get(("levers", of, unit, to_rank), lambda: api.index_levers(of.source(), unit, to_rank=to_rank))
    return answer(request, kept)


@router.get("/{framework}/comparison", response_model=dict[str, Any])
def comparison(
    of: Of, before: Annotated[date, Query(description="The earlier day.")], request: Request, state: Server
) -> Response:
    """What changed from what was known on an earlier day, told apart into restatement, newer data and method."""
    earlier, later = replace(of, known_on=before, period=None), replace(of, period=None)
    kept = state.kept.get(
        ("comparison", of, before),
        lambda: api.index_compare(earlier.source(), of.source(), restated=later.source()),
    )
    return answer(request, kept)


@router.post("/{framework}/sandbox")
def sandbox(of: Of, given: Trial) -> TrialOut:
    """Ranks under other weights, beside those declared. Nothing is kept and nothing is published."""
    source = of.source(aggregate=given.aggregate) if given.aggregate else of.source()
    return TrialOut.model_validate(api.index_try(source, given.weights))
