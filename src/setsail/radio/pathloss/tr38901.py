"""Mean path loss of TR 38.901 for RMa, UMa, UMi, InH and InF, with ranges that are kept or told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from setsail.base.arrays import F64, Bool
from setsail.base.errors import BadInput
from setsail.base.limits import Limit
from setsail.radio.pathloss import formulas
from setsail.radio.pathloss.scenarios import DISTANCE_M, Link, default, default_source, family, limits, shadowing

Environment = Literal["expected", "one-metre"]
"""h_E of UMa: the mean over its distribution, or 1 m. A generator draws it per link."""


@dataclass(frozen=True, slots=True)
class PathLoss:
    """Mean path loss and what a reader needs to judge it.

    loss_db, d_3d_m : (n,);  breakpoint_m : for h_E = 1 m, infinite where there is none;
    outside : the ranges that were left (only with extrapolation);  notes : what else departs from the table.
    """

    loss_db: F64
    d_3d_m: F64
    breakpoint_m: float
    outside: tuple[str, ...]
    notes: tuple[str, ...]


def path_loss(
    link: Link,
    d_2d_m: ArrayLike,
    *,
    extrapolate: bool = False,
    environment: Environment | np.random.Generator = "expected",
) -> PathLoss:
    """Mean path loss [dB] (n,) of one kind of link at ground distances d_2d_m (n,) [m], without shadowing.

    extrapolate : outside a range of the table, compute and say so in `outside` instead of refusing;
    environment : how h_E of UMa above 13 m is taken; a generator draws it for every link, as note 1 asks.
    Raises OutOfRange (range of the table, antenna not above h_E), BadInput.
    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.1-1 with notes 1, 2, 3 and 5, and eq. 7.4-1.
    """
    d_2d = np.atleast_1d(np.asarray(d_2d_m, dtype=np.float64))
    DISTANCE_M.require(d_2d)
    d_3d = np.hypot(d_2d, link.h_bs_m - link.h_ut_m)
    if not np.all(d_3d > 0.0):
        raise BadInput("is 0 between antennas of one height", where="d_2d_m", allowed="a distance above 0")
    outside = _outside(link, d_2d, d_3d, extrapolate)
    loss = _loss(link, d_2d, environment)
    return PathLoss(loss, d_3d, formulas.breakpoint_m(link), outside, _notes(link))


def sigma_db(link: Link, d_2d_m: ArrayLike) -> F64:
    """Standard deviation of the shadowing [dB] (n,); RMa LOS changes at its break point.

    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.1-1.
    """
    found = shadowing(link.scenario, link.condition, link.optional)
    d_2d = np.asarray(d_2d_m, dtype=np.float64)
    if found.sigma_db == found.sigma_far_db:
        return np.full(d_2d.shape, found.sigma_db)
    return np.where(d_2d <= formulas.breakpoint_m(link), found.sigma_db, found.sigma_far_db)


def environment_height_m(link: Link, d_2d_m: F64, rng: np.random.Generator) -> F64:
    """(n,) drawn effective environment heights h_E [m]; 1 m for all but UMa with a UT above 13 m.

    Source: 3GPP TR 38.901 v17.0.0, Table 7.4.1-1, note 1.
    """
    if link.scenario != "uma" or link.h_ut_m < 13.0:
        return np.ones_like(d_2d_m)
    one = rng.random(d_2d_m.shape) < formulas.probability_of_one_metre(d_2d_m, link.h_ut_m)
    return np.where(one, 1.0, rng.choice(formulas.environment_heights_m(link.h_ut_m), d_2d_m.shape))


def _loss(link: Link, d_2d: F64, environment: Environment | np.random.Generator) -> F64:
    at_one = formulas.mean_loss_db(d_2d, formulas.coefficients(link))
    if link.scenario != "uma" or link.h_ut_m < 13.0 or environment == "one-metre":
        return at_one
    heights = formulas.environment_heights_m(link.h_ut_m)
    others = np.stack([formulas.mean_loss_db(d_2d, formulas.coefficients(link, h)) for h in heights])
    if isinstance(environment, np.random.Generator):
        drawn = environment_height_m(link, d_2d, environment)
        return np.select([drawn == h for h in heights], list(others), at_one)
    one = formulas.probability_of_one_metre(d_2d, link.h_ut_m)
    return np.asarray(one * at_one + (1.0 - one) * others.mean(axis=0), dtype=np.float64)


def _outside(link: Link, d_2d: F64, d_3d: F64, extrapolate: bool) -> tuple[str, ...]:
    values = {
        "fc_hz": np.array([link.fc_hz]), "d_2d_m": d_2d, "d_3d_m": d_3d, "h_bs_m": np.array([link.h_bs_m]),
        "h_ut_m": np.array([link.h_ut_m]), "street_width_m": np.array([link.street_width_m]),
        "building_height_m": np.array([link.building_height_m]),
    }  # fmt: skip
    told = []
    for quantity, limit in limits(link.scenario, link.condition).items():
        if limit.holds(values[quantity]):
            continue
        if not extrapolate:
            limit.require(values[quantity], f"{link.scenario} {link.condition} {quantity}")
        told.append(_told(limit, values[quantity]))
    return tuple(told)


def _told(limit: Limit, values: F64) -> str:
    left = values[~_holds(limit, values)]
    span = f"{left.min():g}" if left.min() == left.max() else f"{left.min():g} to {left.max():g}"
    return f"{limit.name} {span} is outside {limit.text()}"


def _holds(limit: Limit, values: F64) -> Bool:
    above = values >= limit.low if limit.ends[0] == "[" else values > limit.low
    below = values <= limit.high if limit.ends[1] == "]" else values < limit.high
    return np.asarray(above & below, dtype=np.bool_)


def _notes(link: Link) -> tuple[str, ...]:
    """Departures that the table does not forbid: it states UMa, UMi and InH for one height of the base station."""
    if family(link.scenario) not in ("uma", "umi", "inh"):
        return ()
    stated = default(link.scenario, "h_bs_m")
    if link.h_bs_m == stated:
        return ()
    source = default_source(link.scenario, "h_bs_m")
    return (f"h_bs_m is {link.h_bs_m:g}; the model is stated for {stated:g} m ({source})",)
