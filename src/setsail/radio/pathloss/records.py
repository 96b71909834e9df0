"""Results of this folder as records: what a door shows, with the values that were used."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy.special import ndtri

from setsail.base.errors import BadInput, UnknownName
from setsail.base.record import Record
from setsail.radio.pathloss import entry, p2040, p2108, p2109
from setsail.radio.pathloss.los import Clutter, los_probability
from setsail.radio.pathloss.scenarios import Link, Scenario, default, family, scenario, shadowing
from setsail.radio.pathloss.tr38901 import Environment, path_loss, sigma_db

POLARISATIONS: dict[str, p2040.Polarisation] = {"te": "te", "tm": "tm", "mean": "mean"}


def environment(name: str, seed: int) -> Environment | np.random.Generator:
    """How h_E is taken, by the word of a door: expected, one-metre or drawn. Raises UnknownName."""
    if name == "expected":
        return "expected"
    if name == "one-metre":
        return "one-metre"
    if name == "drawn":
        return np.random.default_rng(seed)
    raise UnknownName(f"is {name!r}", where="environment", allowed="expected, one-metre, drawn")


def path_loss_record(
    link: Link,
    d_2d_m: float,
    *,
    extrapolate: bool = False,
    height: Environment | np.random.Generator = "expected",
    entry_model: str | None = None,
    indoor_m: float = 0.0,
) -> Record:
    """Path loss of one link with every value that it came from; the entry loss is the mean one, shown apart.

    d_2d_m : from base station to facade [m];  entry_model : of TR 38.901;  indoor_m : d_2D-in behind the facade [m].
    Raises OutOfRange, BadInput. Source: 3GPP TR 38.901 v17.0.0, Tables 7.4.1-1 and 7.4.3-2, eq. 7.4-1 and 7.4-2.
    """
    if indoor_m and entry_model is None:
        raise BadInput(f"is {indoor_m:g}", where="indoor distance", allowed="0 without an entry model")
    inside = entry.entry_loss(entry_model, link.fc_hz, indoor_m, scenario=link.scenario) if entry_model else None
    found = path_loss(link, d_2d_m + indoor_m, extrapolate=extrapolate, environment=height)
    outdoor = float(found.loss_db[0])
    sigma = float(sigma_db(link, np.array([d_2d_m + indoor_m]))[0])
    return {
        "path_loss_db": outdoor + (inside.mean_db if inside else 0.0),
        "outdoor_loss_db": outdoor,
        "entry_loss_db": inside.mean_db if inside else None,
        "entry_sigma_db": inside.sigma_db if inside else None,
        "scenario": link.scenario,
        "condition": link.condition,
        "d_2d_m": d_2d_m,
        "d_2d_in_m": indoor_m,
        "d_3d_m": float(found.d_3d_m[0]),
        "fc_hz": link.fc_hz,
        "h_bs_m": link.h_bs_m,
        "h_ut_m": link.h_ut_m,
        "breakpoint_m": None if math.isinf(found.breakpoint_m) else found.breakpoint_m,
        "shadowing_sigma_db": inside.shadowing_sigma_db if inside and inside.shadowing_sigma_db else sigma,
        "shadowing_correlation_m": shadowing(link.scenario, link.condition, link.optional).correlation_m,
        "extrapolated": bool(found.outside),
        "outside": list(found.outside),
        "notes": list(found.notes),
        "source": "3GPP TR 38.901 v17.0.0, Table 7.4.1-1",
    }


def los_record(
    name: Scenario,
    d_2d_m: float,
    *,
    h_bs_m: float | None = None,
    h_ut_m: float | None = None,
    clutter: tuple[float | None, float | None, float | None] = (None, None, None),
) -> Record:
    """Probability of line of sight of one link; clutter : density, size and height, `None` for the default."""
    machines = None
    if any(value is not None for value in clutter):
        if name not in ("inf-sl", "inf-dl", "inf-sh", "inf-dh"):
            raise BadInput("is given", where="clutter", allowed="inf-sl, inf-dl, inf-sh, inf-dh")
        names = ("clutter_density", "clutter_size_m", "clutter_height_m")
        density, size, high = (default(name, n) if v is None else v for n, v in zip(names, clutter, strict=True))
        machines = Clutter(density, size, high)
    found = los_probability(name, d_2d_m, h_bs_m=h_bs_m, h_ut_m=h_ut_m, clutter=machines)
    return {
        "los_probability": float(found.probability[0]),
        "scenario": name,
        "d_2d_m": d_2d_m,
        "notes": list(found.notes),
        "source": f"3GPP TR 38.901 v17.0.0, Table 7.4.2-1 {family(name)}",
    }


def wall_record(
    layers: Sequence[str], fc_hz: float, *, incidence_deg: float, polarisation: str, average_ratio: float
) -> Record:
    """Loss through layers written `MATERIAL:METRES`. Raises BadInput, UnknownName, OutOfRange."""
    if polarisation not in POLARISATIONS:
        raise UnknownName(f"is {polarisation!r}", where="polarisation", allowed=", ".join(POLARISATIONS))
    parsed = [_layer(text) for text in layers]
    found = p2040.wall_loss(
        parsed,
        fc_hz,
        incidence_rad=math.radians(incidence_deg),
        polarisation=POLARISATIONS[polarisation],
        average_ratio=average_ratio,
    )
    return {
        "transmission_loss_db": found.transmission_loss_db,
        "reflection_loss_db": _finite(found.reflection_loss_db),
        "layers": [f"{layer.material}:{layer.thickness_m:g}" for layer in parsed],
        "fc_hz": fc_hz,
        "incidence_deg": incidence_deg,
        "polarisation": polarisation,
        "average_ratio": average_ratio,
        "outside_validity": bool(found.outside),
        "outside": list(found.outside),
        "source": "ITU-R P.2040-3, Table 3 and cl. 2.2.2",
    }


def entry_record(
    model: str,
    fc_hz: float,
    *,
    indoor_m: float = 0.0,
    name: str | None = None,
    probability: float = 0.5,
    elevation_deg: float = 0.0,
) -> Record:
    """Entry loss not exceeded with a probability, of TR 38.901 or P.2109. Raises UnknownName, OutOfRange, BadInput."""
    p2109.PROBABILITY.require(probability)
    text = model.strip().lower()
    if text in p2109.building_types():
        if indoor_m or name:
            raise BadInput("is given", where="indoor distance or scenario", allowed="neither: P.2109 has no such input")
        loss = float(p2109.entry_loss_db(text, fc_hz, probability, math.radians(elevation_deg)))
        parts: Record = {"sigma_db": None, "source": p2109.building(text).source}
    else:
        if elevation_deg:
            raise BadInput("is given", where="elevation", allowed="only with traditional or thermally-efficient")
        if text not in entry.entry_models():
            known = ", ".join([*entry.entry_models(), *p2109.building_types()])
            raise UnknownName(f"is {model!r}", where="model", allowed=known)
        found = entry.entry_loss(text, fc_hz, indoor_m, scenario=scenario(name) if name else None)
        loss = found.mean_db + found.sigma_db * float(ndtri(probability))
        parts = {
            "mean_db": found.mean_db, "through_wall_db": found.through_wall_db, "indoor_db": found.indoor_db,
            "sigma_db": found.sigma_db, "source": found.source,
        }  # fmt: skip
    return {"entry_loss_db": loss, "model": text, "fc_hz": fc_hz, "probability": probability} | parts


def clutter_record(
    model: str,
    fc_hz: float,
    *,
    distance_m: float | None = None,
    probability: float = 0.5,
    both_ends: bool = False,
    clutter: str | None = None,
    antenna_m: float | None = None,
    clutter_m: float | None = None,
    street_width_m: float = 27.0,
    elevation_deg: float | None = None,
) -> Record:
    """Clutter loss of P.2108: `terrestrial`, `height-gain` or `sky`. Raises UnknownName, OutOfRange, BadInput."""
    base: Record = {"model": model, "fc_hz": fc_hz, "source": "ITU-R P.2108-1"}
    if model == "terrestrial":
        d = _need(distance_m, "distance")
        if both_ends:
            p2108.require_both_ends(d)
        one = float(p2108.terrestrial_db(fc_hz, d, probability))
        given: Record = {"distance_m": d, "probability": probability, "ends": 2 if both_ends else 1}
        return {"clutter_loss_db": one * given["ends"], "one_end_db": one} | base | given
    if model == "height-gain":
        if clutter is None:
            raise BadInput("is not given", where="clutter", allowed=", ".join(p2108.clutter_types()))
        h = _need(antenna_m, "antenna height")
        loss = p2108.height_gain_db(clutter, fc_hz, h, clutter_m=clutter_m, street_width_m=street_width_m)
        return {"clutter_loss_db": loss, "clutter": clutter, "antenna_m": h} | base
    if model == "sky":
        angle = _need(elevation_deg, "elevation")
        loss = float(p2108.sky_db(fc_hz, math.radians(angle), probability))
        return {"clutter_loss_db": loss, "elevation_deg": angle, "probability": probability} | base
    raise UnknownName(f"is {model!r}", where="model", allowed="terrestrial, height-gain, sky")


def material_records() -> list[Record]:
    """Every frequency range of every wall material: eta' = a f^b, sigma = c f^d with f in GHz."""
    return [
        {"material": m.name, "low_hz": m.valid.low, "high_hz": m.valid.high, "a": m.a, "b": m.b, "c": m.c, "d": m.d,
         "source": m.source}
        for name in p2040.material_names() for m in p2040.ranges(name)
    ]  # fmt: skip


def _layer(text: str) -> p2040.Layer:
    name, _, thickness = text.rpartition(":")
    try:
        metres = float(thickness)
    except ValueError as err:
        raise BadInput(f"is {text!r}", where="layer", allowed="MATERIAL:METRES, such as concrete:0.2") from err
    return p2040.Layer(name, metres)


def _need(value: float | None, name: str) -> float:
    if value is None:
        raise BadInput("is not given", where=name, allowed="a value for this model")
    return value


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None
