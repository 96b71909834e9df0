"""The scenarios of TR 38.901: names, ranges, default heights, shadowing. All numbers are rows of `data/radio`."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Literal, get_args

from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.base.limits import Ends, Limit
from setsail.base.tables import Row
from setsail.standards import facts

Scenario = Literal[
    "rma", "uma", "umi", "inh", "inh-open", "inh-mixed", "inf-sl", "inf-dl", "inf-sh", "inf-dh", "inf-hh"
]
"""`inh` is the indoor office without a statement on its LOS probability, which needs `inh-open` or `inh-mixed`."""
Condition = Literal["los", "nlos"]
SPELLINGS = {"indooroffice": "inh", "umi-streetcanyon": "umi", "umi-street-canyon": "umi", "inh-office": "inh"}
HEIGHT_M = Limit("height", 0.0, 10_000.0, "assumption", "()")
DISTANCE_M = Limit("d_2d_m", 0.0, 1e6, "assumption")
FREQUENCY_HZ = Limit("fc_hz", 0.0, 1e13, "assumption", "()")
"""What may not be left even with extrapolation: the formulas stop to mean anything."""


def scenario(name: str, where: str = "scenario") -> Scenario:
    """The scenario of that name in any case, with blank or underscore for hyphen. Raises UnknownName."""
    text = name.strip().lower().replace("_", "-").replace(" ", "-")
    text = SPELLINGS.get(text, text)
    for known in get_args(Scenario):
        if text == known:
            return known  # type: ignore[no-any-return]
    raise UnknownName(f"is {name!r}", where=where, allowed=", ".join(get_args(Scenario)))


def condition(name: str, where: str = "condition") -> Condition:
    """`los` or `nlos`. Raises UnknownName."""
    text = name.strip().lower()
    if text == "los":
        return "los"
    if text == "nlos":
        return "nlos"
    raise UnknownName(f"is {name!r}", where=where, allowed="los, nlos")


def family(name: Scenario) -> str:
    """`rma`, `uma`, `umi`, `inh` or `inf`: the rows of the tables that a scenario shares."""
    return name.split("-", maxsplit=1)[0]


@cache
def rows(table: str) -> tuple[Row, ...]:
    """The rows of `data/radio/{table}.csv`."""
    return tuple(facts.table(f"radio/{table}.csv"))


def number(row: Row, column: str) -> float:
    """The number in a cell that may not be empty. Raises BadInput."""
    try:
        return float(row.need(column))
    except ValueError as err:
        raise BadInput(f"is {row.get(column)!r}", where=row.where(column), allowed="a number") from err


def cited(row: Row) -> str:
    """Source and clause of a row, such as `TR 38.901 v17.0.0, Table 7.4.1-1 UMa`."""
    found = facts.sources()[row.need("source_id")]
    title = "assumption" if found.source_id == "assumption" else found.title.split(":", maxsplit=1)[0]
    version = f" {found.version}" if found.version.startswith("v") else ""
    return f"{title}{version}, {row.need('clause')}"


@cache
def limits(name: Scenario, state: Condition) -> dict[str, Limit]:
    """The ranges of Table 7.4.1-1 by quantity."""
    found: dict[str, Limit] = {}
    ends: dict[str, Ends] = {"[]": "[]", "()": "()", "[)": "[)", "(]": "(]"}
    for row in rows("tr38901_limits"):
        if row.get("scenario") in (name, family(name)) and row.get("condition") in ("any", state):
            quantity = row.need("quantity")
            low, high = number(row, "low"), number(row, "high")
            found[quantity] = Limit(quantity, low, high, cited(row), ends[row.need("ends")])
    return found


@cache
def _defaults(name: Scenario) -> dict[str, tuple[float, str]]:
    found = {}
    for row in rows("tr38901_defaults"):
        if row.get("scenario") in (name, family(name)):
            found[row.need("quantity")] = (number(row, "value"), cited(row))
    return found


def default(name: Scenario, quantity: str) -> float:
    """The default of a quantity. Raises BadInput where the scenario has none."""
    found = _defaults(name).get(quantity)
    if found is None:
        raise BadInput("is not given", where=quantity, allowed=f"a value; {name} has no default")
    return found[0]


def default_source(name: Scenario, quantity: str) -> str:
    """Where the default of a quantity comes from; empty where there is none."""
    found = _defaults(name).get(quantity)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Link:
    """What path loss depends on besides distance. Heights of `None` become the scenario's default.

    scenario, condition : of TR 38.901;  fc_hz : carrier [Hz];  h_bs_m, h_ut_m : antennas above ground [m];
    street_width_m, building_height_m : W and h of RMa [m];  optional : the optional NLOS formula of UMa, UMi, InH.
    """

    scenario: Scenario
    condition: Condition
    fc_hz: float
    h_bs_m: float
    h_ut_m: float
    street_width_m: float = 20.0
    building_height_m: float = 5.0
    optional: bool = False

    def __post_init__(self) -> None:
        FREQUENCY_HZ.require(self.fc_hz)
        HEIGHT_M.require(self.h_bs_m, "h_bs_m")
        HEIGHT_M.require(self.h_ut_m, "h_ut_m")
        HEIGHT_M.require(self.street_width_m, "street_width_m")
        HEIGHT_M.require(self.building_height_m, "building_height_m")
        if self.scenario == "inf-hh" and self.condition == "nlos":
            raise OutOfRange("is nlos", where="condition", allowed="los (TR 38.901: InF-HH is always in line of sight)")
        if self.optional and (self.condition == "los" or family(self.scenario) not in ("uma", "umi", "inh")):
            raise BadInput(
                f"has no optional formula for {self.scenario} {self.condition}",
                where="optional",
                allowed="nlos of uma, umi, inh",
            )

    def with_condition(self, state: Condition) -> Link:
        """The same link in that condition; its optional formula is dropped in line of sight."""
        return replace(self, condition=state, optional=self.optional and state == "nlos")


def link(
    scenario_name: str,
    condition_name: str,
    fc_hz: float,
    *,
    h_bs_m: float | None = None,
    h_ut_m: float | None = None,
    street_width_m: float | None = None,
    building_height_m: float | None = None,
    optional: bool = False,
) -> Link:
    """A link with the defaults of its scenario filled in. Raises UnknownName, OutOfRange, BadInput."""
    name, state = scenario(scenario_name), condition(condition_name)
    rural = name == "rma"
    return Link(
        name,
        state,
        fc_hz,
        default(name, "h_bs_m") if h_bs_m is None else h_bs_m,
        default(name, "h_ut_m") if h_ut_m is None else h_ut_m,
        (default(name, "street_width_m") if rural else 20.0) if street_width_m is None else street_width_m,
        (default(name, "building_height_m") if rural else 5.0) if building_height_m is None else building_height_m,
        optional,
    )


@dataclass(frozen=True, slots=True)
class Shadowing:
    """Spread of the shadowing and the distance after which its correlation has fallen to 1/e.

    sigma_db : before the break point;  sigma_far_db : beyond it (differs for RMa LOS only).
    """

    sigma_db: float
    sigma_far_db: float
    correlation_m: float
    source: str


@cache
def shadowing(name: Scenario, state: Condition, optional: bool = False) -> Shadowing:
    """Shadowing of a scenario. Raises BadInput for InF-HH NLOS.

    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.1-1 (sigma) and Table 7.5-6 (correlation distance).
    """
    for row in rows("tr38901_shadowing"):
        if row.get("scenario") in (name, family(name)) and row.get("condition") == state:
            sigma = number(row, "sigma_optional_db" if optional else "sigma_db")
            far = number(row, "sigma_far_db") if row.get("sigma_far_db") else sigma
            return Shadowing(sigma, far, number(row, "correlation_m"), cited(row))
    raise BadInput(f"has no {state} shadowing", where=name, allowed="los")
