"""What a siting study is asked for: frozen and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from setsail.base.errors import BadInput, UnknownName
from setsail.base.limits import Limit

Method = Literal["milp", "greedy"]
Money = Literal["present", "capital"]
Condition = Literal["expected", "los", "nlos"]

LEVEL_DBM = Limit("threshold_dbm", -156.0, -31.0, "TS 38.133 Table 10.1.6.1-1")
DB = Limit("dB", 0.0, 100.0, "assumption")
SECTORS = Limit("sectors", 1, 6, "assumption")
REACH_M = Limit("reach_m", 10.0, 50_000.0, "assumption")
UT_HEIGHT_M = Limit("h_ut_m", 1.0, 13.0, "TR 38.901 v17.0.0 Table 7.4.1-1; UMa above 13 m is not made", "[)")
BUDGET = Limit("budget", 0.0, 1e15, "assumption")
SHARE = Limit("share", 0.0, 1.0, "assumption", "(]")
TIME_S = Limit("time_limit_s", 0.0, 1e6, "assumption", "(]")
CAPACITY = Limit("capacity", 0.0, 1e9, "assumption", "(]")
STEPS = Limit("bound_steps", 0, 100_000, "assumption")


@dataclass(frozen=True, slots=True)
class RadioChoice:
    """When a site covers a point.

    scenario, condition : of TR 38.901; `expected` weighs LOS and NLOS loss [dB] with the probability of LOS;
    h_ut_m : of the UE;  threshold_dbm : RSRP that counts as covered;  margin_db : kept above it for shadowing;
    extra_loss_db : on every path, such as entry into buildings;  sectors : of every band, evenly around;
    reach_m : nothing is covered beyond;  crs : projected system in metres, else the UTM zone of the middle.
    """

    scenario: str = "uma"
    condition: Condition = "expected"
    h_ut_m: float = 1.5
    threshold_dbm: float = -105.0
    margin_db: float = 6.0
    extra_loss_db: float = 0.0
    sectors: int = 3
    reach_m: float = 5_000.0
    crs: str | None = None

    def __post_init__(self) -> None:
        if self.scenario not in ("rma", "uma", "umi"):
            raise BadInput(f"is {self.scenario!r}", where="scenario", allowed="rma, uma, umi")
        if self.condition not in ("expected", "los", "nlos"):
            raise BadInput(f"is {self.condition!r}", where="condition", allowed="expected, los, nlos")
        UT_HEIGHT_M.require(self.h_ut_m)
        LEVEL_DBM.require(self.threshold_dbm)
        DB.require(self.margin_db, "margin_db")
        DB.require(self.extra_loss_db, "extra_loss_db")
        SECTORS.require(self.sectors)
        REACH_M.require(self.reach_m)


@dataclass(frozen=True, slots=True)
class Aim:
    """What is sought, and how.

    budget : most money, then the covered demand is made large;  share : of the demand to be covered, then the cost is
    made small; exactly one of the two;  money : what the budget and the cost count: present value or capital;
    method : `milp` proves with HiGHS from the greedy start, `greedy` is quick with its own bound;
    time_limit_s : of HiGHS;  bound_steps : rounds that tighten the greedy's bound;
    capacity : demand that one site can carry on a band, by band; empty for no such limit.
    """

    budget: float | None = None
    share: float | None = None
    method: Method = "milp"
    money: Money = "present"
    time_limit_s: float = 60.0
    bound_steps: int = 300
    capacity: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if (self.budget is None) == (self.share is None):
            raise BadInput("need exactly one", where="budget, share", allowed="a budget or a share of the demand")
        if self.budget is not None:
            BUDGET.require(self.budget)
        if self.share is not None:
            SHARE.require(self.share)
        TIME_S.require(self.time_limit_s)
        STEPS.require(self.bound_steps)
        for band, value in self.capacity.items():
            CAPACITY.require(value, f"capacity {band}")


def aim(
    *,
    budget: float | None,
    share: float | None,
    method: str,
    money: str,
    time_limit_s: float,
    capacity: Mapping[str, float],
) -> Aim:
    """An aim from the words of a door. Raises UnknownName, BadInput, OutOfRange."""
    from setsail.standards.radio import band  # noqa: PLC0415 - tables of bands are read only where one is named

    ways: dict[str, Method] = {name: name for name in get_args(Method)}
    kinds: dict[str, Money] = {name: name for name in get_args(Money)}
    for name, value, known in (("method", method, ways), ("money", money, kinds)):
        if value not in known:
            raise UnknownName(f"is {value!r}", where=name, allowed=", ".join(known))
    room = {band(name).name: value for name, value in capacity.items()}
    return Aim(budget, share, ways[method], kinds[money], time_limit_s, capacity=room)
