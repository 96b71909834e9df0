"""Loss into buildings and cars as TR 38.901 writes it: low-loss, high-loss, the model below 6 GHz, cars."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.base.limits import Ends, Limit
from setsail.base.tables import Row
from setsail.radio.pathloss.scenarios import Scenario, cited, family, number, rows

INDOOR_M = Limit("d_2d_in_m", 0.0, 25.0, "TR 38.901 v17.0.0, cl. 7.4.3.1")
INDOOR_RURAL_M = Limit("d_2d_in_m", 0.0, 10.0, "TR 38.901 v17.0.0, cl. 7.4.3.1 RMa")


@dataclass(frozen=True, slots=True)
class EntryLoss:
    """Loss added to the outdoor path loss: its mean (PL_tw + PL_in) and the spread of its normal variable [dB].

    shadowing_sigma_db : takes the place of the outdoor shadowing's spread, where the model says so.
    """

    mean_db: float
    sigma_db: float
    through_wall_db: float
    indoor_db: float
    source: str
    shadowing_sigma_db: float | None = None


def entry_models() -> tuple[str, ...]:
    """The names of the entry models."""
    return tuple(row.need("model") for row in rows("tr38901_entry"))


def wall_material_loss_db(material: str, fc_hz: float) -> float:
    """Loss [dB] through one material of Table 7.4.3-1: glass, irr-glass, concrete, wood. Raises UnknownName.

    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.3-1.
    """
    for row in rows("tr38901_walls"):
        if row.get("material") == material:
            return number(row, "intercept_db") + number(row, "frequency_db_per_ghz") * fc_hz / 1e9
    known = ", ".join(row.need("material") for row in rows("tr38901_walls"))
    raise UnknownName(f"is {material!r}", where="material", allowed=known)


def entry_loss(model: str, fc_hz: float, indoor_m: float = 0.0, *, scenario: Scenario | None = None) -> EntryLoss:
    """Loss into a building or car; indoor_m is d_2D-in, the way behind the facade [m].

    Raises UnknownName, OutOfRange (frequency, distance), BadInput where the model is not for that scenario.
    Source: 3GPP TR 38.901 v17.0.0, Tables 7.4.3-1, 7.4.3-2, 7.4.3-3 and cl. 7.4.3.2.
    """
    row = _row(model)
    ends: Ends = "()" if row.get("kind") == "mix" else "[]"
    Limit("fc_hz", number(row, "low_hz"), number(row, "high_hz"), cited(row), ends).require(fc_hz, f"{model} fc_hz")
    _suits(row, scenario)
    (INDOOR_RURAL_M if scenario == "rma" else INDOOR_M).require(indoor_m)
    per_m = number(row, "indoor_db_per_m")
    if per_m == 0.0 and indoor_m > 0.0:
        raise OutOfRange(f"is {indoor_m:g}", where="d_2d_in_m", allowed=f"0 for {model}")
    wall = number(row, "mean_db") + (_mix_db(row.need("parts"), fc_hz) if row.get("kind") == "mix" else 0.0)
    shadow = number(row, "shadowing_sigma_db") if row.get("shadowing_sigma_db") else None
    return EntryLoss(wall + per_m * indoor_m, number(row, "sigma_db"), wall, per_m * indoor_m, cited(row), shadow)


def draw_indoor_m(scenario: Scenario, n: int, rng: np.random.Generator, *, legacy: bool = False) -> F64:
    """(n,) drawn ways behind the facade [m]: the shorter of two uniform ones; a single one below 6 GHz (`legacy`).

    Source: 3GPP TR 38.901 v17.0.0, cl. 7.4.3.1.
    """
    top = INDOOR_RURAL_M.high if scenario == "rma" else INDOOR_M.high
    if legacy:
        return rng.uniform(0.0, top, n)
    return np.asarray(rng.uniform(0.0, top, (2, n)).min(axis=0), dtype=np.float64)


def _mix_db(parts: str, fc_hz: float) -> float:
    """-10 log10 of the mean transmission through parts such as `glass:0.3|concrete:0.7`."""
    through = 0.0
    for part in parts.split("|"):
        material, share = part.split(":")
        through += float(share) * 10.0 ** (-wall_material_loss_db(material, fc_hz) / 10.0)
    return float(-10.0 * np.log10(through))


def _row(model: str) -> Row:
    for row in rows("tr38901_entry"):
        if row.get("model") == model.strip().lower():
            return row
    raise UnknownName(f"is {model!r}", where="entry model", allowed=", ".join(entry_models()))


def _suits(row: Row, scenario: Scenario | None) -> None:
    allowed = row.need("scenarios").split("|")
    if scenario is not None and family(scenario) not in allowed:
        where = f"scenario of entry model {row.get('model')}"
        raise BadInput(f"is {scenario}", where=where, allowed=", ".join(allowed))
