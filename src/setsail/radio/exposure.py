"""Human exposure near a transmitter: power density, field strength, compliance distance, sums over transmitters."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import bdtr

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, OutOfRange, UnknownName
from setsail.base.limits import Limit
from setsail.standards.radio import rows, source_of

Z0_OHM = 376.730313668
C_M_PER_S = 299_792_458.0
SHARE = Limit("share of time", 0, 1, "a ratio", ends="(]")
EIRP_DBM = Limit("eirp", -60, 120, "own range of plausible transmitters")
DISTANCE_M = Limit("distance", 0, 1e6, "own range", ends="(]")
REFLECTION = Limit("reflection factor", 1, 4, "1 free space, 4 a perfect mirror")


@dataclass(frozen=True, slots=True)
class Reference:
    """Limit at one frequency: power density, field strength (None where the standard gives none), averaging time."""

    standard: str
    share: str
    fc_hz: float
    density_w_per_m2: float
    field_v_per_m: float | None
    averaging_s: float
    verified: bool
    source: str


@dataclass(frozen=True, slots=True)
class Emitter:
    """A transmitter as people meet it; the shares multiply to the mean power over the averaging time.

    eirp_dbm : peak, over all carriers;  duty : share of time on the air, such as the downlink share of TDD;
    load : mean share of resources used;  beam : share of power that goes one way over the averaging time;
    reflection : power factor of ground and walls;  antenna_m : largest dimension, for the far field.
    """

    eirp_dbm: float
    fc_hz: float
    duty: float = 1.0
    load: float = 1.0
    beam: float = 1.0
    reflection: float = 1.0
    antenna_m: float | None = None

    def __post_init__(self) -> None:
        EIRP_DBM.require(self.eirp_dbm)
        for name, value in (("duty", self.duty), ("load", self.load), ("beam", self.beam)):
            SHARE.require(value, name)
        REFLECTION.require(self.reflection)
        if not (math.isfinite(self.fc_hz) and self.fc_hz > 0):
            raise OutOfRange(f"is {self.fc_hz:g}", where="frequency", allowed="above 0 Hz")
        if self.antenna_m is not None and not 0 < self.antenna_m <= 30:
            raise OutOfRange(f"is {self.antenna_m:g}", where="antenna size", allowed="(0, 30] m")

    @property
    def mean_eirp_w(self) -> float:
        """Mean EIRP [W] with duty, load, beam and reflection."""
        peak_w: float = 10.0 ** ((self.eirp_dbm - 30.0) / 10.0)
        return peak_w * self.duty * self.load * self.beam * self.reflection

    @property
    def far_field_m(self) -> float | None:
        """Distance 2 D^2 / lambda from which the far-field formula holds; None without the antenna size."""
        return None if self.antenna_m is None else 2.0 * self.antenna_m**2 * self.fc_hz / C_M_PER_S


@cache
def standards() -> tuple[str, ...]:
    """Names of the shipped standards."""
    return tuple(dict.fromkeys(row.need("standard") for row in rows("exposure_limits")))


@cache
def shares() -> dict[str, tuple[float, bool, str]]:
    """Share of the power density limit that one project may use: (ratio, verified, source) by name."""
    return {
        row.need("share"): (float(row.need("power_ratio")), row.need("evidence") == "seen", source_of(row))
        for row in rows("exposure_shares")
    }


def reference(standard: str, fc_hz: float, share: str = "whole") -> Reference:
    """The limit for the public at a frequency, or a project's share of it.

    standard : gb8702, icnirp2020 (whole body), icnirp2020-local;  share : whole, project (HJ/T 10.3), large-project.
    Raises UnknownName, OutOfRange, BadInput.
    Source: GB 8702-2014 Table 1; ICNIRP 2020 Tables 5 and 6; HJ/T 10.3-1996.
    """
    if standard not in standards():
        raise UnknownName(f"is {standard!r}", where="standard", allowed=", ".join(standards()))
    if share not in shares():
        raise UnknownName(f"is {share!r}", where="share", allowed=", ".join(shares()))
    if share != "whole" and standard != "gb8702":
        raise BadInput(f"is {share!r} of {standard}", where="share", allowed="whole: HJ/T 10.3 divides GB 8702 only")
    ratio, share_verified, share_source = shares()[share]
    mhz = fc_hz / 1e6
    held = [row for row in rows("exposure_limits") if row.need("standard") == standard]
    for row in held:
        if float(row.need("low_hz")) <= fc_hz <= float(row.need("high_hz")):
            density = float(row.need("density_w_per_m2")) * mhz ** float(row.need("density_exponent"))
            coefficient = row.get("field_v_per_m")
            field = float(coefficient) * mhz ** float(row.need("field_exponent")) if coefficient else None
            verified = row.need("evidence") == "seen" and share_verified
            source = source_of(row) + ("" if share == "whole" else f"; {share_source}")
            return Reference(
                standard, share, fc_hz, density * ratio, None if field is None else field * math.sqrt(ratio),
                float(row.need("averaging_s")), verified, source,
            )  # fmt: skip
    low, high = float(held[0].need("low_hz")), float(held[-1].need("high_hz"))
    raise OutOfRange(
        f"is {fc_hz:g} Hz", where="frequency", allowed=f"[{low:g}, {high:g}] Hz ({standard}, as far as shipped)"
    )


def density_w_per_m2(emitter: Emitter, distance_m: ArrayLike) -> F64:
    """Mean power density [W/m2] of the shape of `distance_m` [m], in the far field.

    Raises OutOfRange. Source: S = EIRP / (4 pi d^2), ITU-T K.52 and IEC 62232, point source.
    """
    DISTANCE_M.require(distance_m)
    d = np.asarray(distance_m, dtype=np.float64)
    return np.asarray(emitter.mean_eirp_w / (4.0 * np.pi * d * d), dtype=np.float64)


def field_v_per_m(density: ArrayLike) -> F64:
    """Field strength [V/m] of a plane wave of that power density [W/m2]: sqrt(Z0 S)."""
    return np.asarray(np.sqrt(Z0_OHM * np.asarray(density, dtype=np.float64)), dtype=np.float64)


def compliance_distance_m(emitter: Emitter, limit: Reference) -> float:
    """Distance [m] at which the mean power density is the limit. Source: S = EIRP / (4 pi d^2)."""
    return math.sqrt(emitter.mean_eirp_w / (4.0 * math.pi * limit.density_w_per_m2))


def distance_by_field_m(emitter: Emitter, limit: Reference) -> float | None:
    """Distance [m] at which the rms field strength is the limit; None where the standard limits none."""
    if limit.field_v_per_m is None:
        return None
    return math.sqrt(emitter.mean_eirp_w * Z0_OHM / (4.0 * math.pi)) / limit.field_v_per_m


def exposure_ratio(
    emitters: Sequence[Emitter], distances_m: ArrayLike, standard: str = "gb8702", share: str = "whole"
) -> F64:
    """Sum over emitters of power density over its limit, (n_points,); up to 1 complies.

    distances_m : (n_emitters,) or (n_points, n_emitters) [m].  Raises BadInput, OutOfRange.
    Source: GB 8702-2014 cl. 4.2 (several frequencies add as shares of their limits).
    """
    d = np.atleast_2d(np.asarray(distances_m, dtype=np.float64))
    if d.ndim != 2 or d.shape[1] != len(emitters) or not emitters:
        raise BadInput(f"has shape {d.shape}", where="distances", allowed=f"(n_points, {len(emitters)} emitters)")
    parts = [
        density_w_per_m2(one, d[:, i]) / reference(standard, one.fc_hz, share).density_w_per_m2
        for i, one in enumerate(emitters)
    ]
    return np.asarray(np.sum(parts, axis=0), dtype=np.float64)


def beam_share(beams: int, sessions: int, percentile: float = 95.0) -> float:
    """Share of power that one direction gets over the averaging time, at a percentile: the `beam` of an Emitter.

    beams : equally likely beams that do not overlap;  sessions : independent choices of a beam in the averaging time.
    Raises OutOfRange. Source: `assumption`: number of sessions towards one beam binomial with probability 1/beams; the
    idea of a statistical power reduction factor is that of IEC 62232.
    """
    if beams < 1 or sessions < 1:
        raise OutOfRange(f"are {beams} and {sessions}", where="beams and sessions", allowed="1 or more")
    Limit("percentile", 0, 100, "of the share of power", ends="()").require(percentile)
    at_most = bdtr(np.arange(sessions + 1), sessions, 1.0 / beams)
    hits = int(np.searchsorted(at_most, percentile / 100.0))
    return max(min(hits, sessions), 1) / sessions
