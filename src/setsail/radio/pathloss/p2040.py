"""Loss through walls and slabs by material, thickness, frequency, incidence and polarisation (ITU-R P.2040)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from setsail.base.arrays import F64
from setsail.base.errors import BadInput, UnknownName
from setsail.base.limits import Limit
from setsail.base.tables import Row
from setsail.radio.pathloss.scenarios import FREQUENCY_HZ, cited, number, rows

C128 = NDArray[np.complex128]
Polarisation = Literal["te", "tm", "mean"]
"""Field across the plane of incidence (te), in it (tm), or the mean of the two powers."""
C_M_S = 299_792_458.0
LOSS_FACTOR = 17.98
"""eta'' = 17.98 sigma / f_GHz (cl. 2.1.4): 1 / (2 pi eps_0 1e9), rounded as the Recommendation does."""
THICKNESS_M = Limit("thickness_m", 0.0, 10.0, "assumption", "(]")
INCIDENCE_RAD = Limit("incidence_rad", 0.0, math.pi / 2, "ITU-R P.2040-3, cl. 2.2", "[)")
AVERAGE_RATIO = Limit("average_ratio", 0.0, 0.5, "assumption")
AVERAGE_POINTS = 201


@dataclass(frozen=True, slots=True)
class Material:
    """One range of one material: eta' = a f^b, sigma = c f^d with f in GHz."""

    name: str
    valid: Limit
    a: float
    b: float
    c: float
    d: float
    source: str

    def relative_permittivity(self, fc_hz: ArrayLike) -> C128:
        """(n,) complex relative permittivity eta' - j eta''. Source: ITU-R P.2040-3, cl. 2.1.4, Table 3."""
        f = np.asarray(fc_hz, dtype=np.float64) / 1e9
        sigma = self.c * f**self.d
        return np.asarray(self.a * f**self.b - 1j * LOSS_FACTOR * sigma / f, dtype=np.complex128)


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of a wall, in the order in which the wave meets it."""

    material: str
    thickness_m: float

    def __post_init__(self) -> None:
        THICKNESS_M.require(self.thickness_m, f"thickness of {self.material}")


@dataclass(frozen=True, slots=True)
class WallLoss:
    """Loss through a wall and of its reflection [dB], and the materials used outside their frequency range."""

    transmission_loss_db: float
    reflection_loss_db: float
    outside: tuple[str, ...]


def material_names() -> tuple[str, ...]:
    """The materials of Table 3."""
    return tuple(dict.fromkeys(row.need("material") for row in rows("p2040_materials")))


@cache
def ranges(name: str) -> tuple[Material, ...]:
    """The frequency ranges of a material. Raises UnknownName."""
    text = name.strip().lower().replace("_", "-").replace(" ", "-")
    found = tuple(_material(row) for row in rows("p2040_materials") if row.get("material") == text)
    if not found:
        raise UnknownName(f"is {name!r}", where="material", allowed=", ".join(material_names()))
    return found


def material(name: str, fc_hz: float) -> tuple[Material, bool]:
    """The range of a material that holds the frequency, or the nearest one; and whether it holds it.

    Raises UnknownName, OutOfRange for a frequency that is not above 0.
    """
    FREQUENCY_HZ.require(fc_hz)
    found = ranges(name)
    inside = [m for m in found if m.valid.holds(fc_hz)]
    if inside:
        return inside[0], True
    return min(found, key=lambda m: abs(math.log(fc_hz / min(max(fc_hz, m.valid.low), m.valid.high)))), False


def wall_loss(
    layers: Sequence[Layer],
    fc_hz: float,
    *,
    incidence_rad: float = 0.0,
    polarisation: Polarisation = "mean",
    average_ratio: float = 0.0,
) -> WallLoss:
    """Loss of a plane wave through layers between air, and of its reflection from their face.

    incidence_rad : from the normal of the wall;  average_ratio : mean of the power over fc_hz (1 +- ratio), which
    removes the ripple of echoes inside a wall that no survey knows to a millimetre; 0 for the single frequency.
    A material outside its frequency range is computed with its nearest range and named in `outside`.
    Raises BadInput for no layer, OutOfRange, UnknownName.
    Source: ITU-R P.2040-3, cl. 2.2.2 (single- or multi-layer slab), Table 3.
    """
    if not layers:
        raise BadInput("has no layer", where="wall", allowed="at least one")
    INCIDENCE_RAD.require(incidence_rad)
    AVERAGE_RATIO.require(average_ratio)
    found = [material(layer.material, fc_hz) for layer in layers]
    span = np.linspace(1.0 - average_ratio, 1.0 + average_ratio, AVERAGE_POINTS if average_ratio else 1)
    through, back = [], []
    for side in ("te", "tm") if polarisation == "mean" else (polarisation,):
        t_db, r_db = slab_db([m for m, _ in found], layers, fc_hz * span, incidence_rad, side == "tm")
        through.append(t_db)
        back.append(r_db)
    outside = dict.fromkeys(f"{m.name} at {fc_hz:g} Hz is outside {m.valid.text()}" for m, held in found if not held)
    return WallLoss(_mean_power_db(through), _mean_power_db(back), tuple(outside))


def slab_db(
    materials: Sequence[Material], layers: Sequence[Layer], fc_hz: F64, incidence_rad: float, tm: bool
) -> tuple[F64, F64]:
    """Transmission and reflection loss [dB] (n,) at frequencies fc_hz (n,), one polarisation.

    Recursion from the last layer to the first; attenuation is summed in dB, so that a metal sheet of thousands of dB
    stays a number. Source: ITU-R P.2040-3, cl. 2.2.2.1 and 2.2.2.2.
    """
    sine2 = math.sin(incidence_rad) ** 2
    eta = [np.ones(fc_hz.shape, dtype=np.complex128), *(m.relative_permittivity(fc_hz) for m in materials)]
    eta.append(eta[0])
    normal = [np.sqrt(e - sine2) for e in eta]
    admittance = [e / n for e, n in zip(eta, normal, strict=True)] if tm else normal
    reflection = np.zeros(fc_hz.shape, dtype=np.complex128)
    loss = np.zeros(fc_hz.shape)
    for i in range(len(layers), -1, -1):
        r = (admittance[i] - admittance[i + 1]) / (admittance[i] + admittance[i + 1])
        phase = _phase(fc_hz, normal[i + 1], layers[i].thickness_m) if i < len(layers) else None
        beyond = reflection if phase is None else reflection * np.exp(-2j * phase)
        loss -= 20.0 * np.log10(np.abs((1.0 + r) / (1.0 + r * beyond)))
        if phase is not None:
            loss -= 20.0 * math.log10(math.e) * phase.imag
        reflection = (r + beyond) / (1.0 + r * beyond)
    with np.errstate(divide="ignore"):
        return loss, -20.0 * np.log10(np.abs(reflection))


def _phase(fc_hz: F64, normal: C128, thickness_m: float) -> C128:
    """Phase 2 pi d / lambda sqrt(eta - sin^2 theta); its imaginary part is negative in a lossy layer."""
    return np.asarray(2.0 * math.pi * fc_hz / C_M_S * thickness_m * normal, dtype=np.complex128)


def _mean_power_db(losses: Sequence[F64]) -> float:
    """Loss [dB] of the mean power; the least loss is taken out so that thousands of dB do not become zero."""
    x = np.concatenate([np.atleast_1d(v) for v in losses])
    least = float(x.min())
    if math.isinf(least):
        return math.inf
    return least - 10.0 * float(np.log10(np.mean(10.0 ** (-(x - least) / 10.0))))


def _material(row: Row) -> Material:
    name = row.need("material")
    valid = Limit(f"fc_hz of {name}", number(row, "low_hz"), number(row, "high_hz"), cited(row))
    a, b, c, d = (number(row, column) for column in "abcd")
    return Material(name, valid, a, b, c, d, cited(row))
