"""Where the power of a link leaves its site: angular spreads, clusters, and the gain of a head over them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from setsail.base.arrays import F64
from setsail.base.errors import BadInput
from setsail.radio.antenna.frame import Mounting, Pattern, gain_towards_dbi
from setsail.radio.pathloss.scenarios import Condition, number, rows, shadowing

ASD_TOP_DEG, ZSD_TOP_DEG = 104.0, 52.0
"""Of TR 38.901 cl. 7.5, step 4."""
JITTER = 1e-9
"""Added to the variance of places, so that two UEs on one spot keep a Cholesky factor."""


@dataclass(frozen=True, slots=True)
class Departure:
    """Statistics of departure of one condition at one carrier.

    asd, zsd : mean and standard deviation of log10 of the spread [degrees];  k_db : of the K-factor, `None` in NLOS;
    mixing : (parameters, parameters) lower factor of the cross-correlation of SF, K (LOS only), ASD, ZSD;
    distance_m : correlation distance of each of them;  c_phi, c_theta : scaling of the angles.
    """

    condition: Condition
    asd: tuple[float, float]
    zsd: tuple[float, float]
    k_db: tuple[float, float] | None
    clusters: int
    r_tau: float
    cluster_shadowing_db: float
    c_phi: float
    c_theta: float
    mixing: F64
    distance_m: tuple[float, ...]


@cache
def departure(condition: Condition, fc_hz: float) -> Departure:
    """Statistics of the indoor office at a carrier [Hz].

    Source: 3GPP TR 38.901 v17.0.0, Tables 7.5-6, 7.5-2, 7.5-4 and 7.5-10; below 6 GHz the values of 6 GHz.
    """
    row = next(r for r in rows("tr38901_departure") if r.get("condition") == condition)
    lg = math.log10(1.0 + max(fc_hz / 1e9, number(row, "fc_floor_ghz")))
    los = condition == "los"
    names = ("sf", "k", "asd", "zsd") if los else ("sf", "asd", "zsd")
    cross = np.eye(len(names))
    for i, first in enumerate(names):
        for j in range(i + 1, len(names)):
            cross[i, j] = cross[j, i] = number(row, f"{first}_{names[j]}")
    far = {"sf": shadowing("inh-open", condition).correlation_m} | {
        name: number(row, f"d_{name}_m") for name in names if name != "sf"
    }
    return Departure(
        condition,
        (number(row, "asd_mu"), number(row, "asd_sigma")),
        (number(row, "zsd_mu") + number(row, "zsd_mu_lg1f") * lg,
         number(row, "zsd_sigma") + number(row, "zsd_sigma_lg1f") * lg),
        (number(row, "k_mu_db"), number(row, "k_sigma_db")) if los else None,
        int(number(row, "clusters")),
        number(row, "r_tau"),
        number(row, "cluster_shadowing_db"),
        number(row, "c_phi"),
        number(row, "c_theta"),
        np.asarray(np.linalg.cholesky(cross), dtype=np.float64),
        tuple(far[name] for name in names),
    )  # fmt: skip


def correlated(places_m: F64, distances_m: Sequence[float], sites: int, rng: np.random.Generator) -> F64:
    """(parameters, runs, ues, sites) unit normal values; near UEs of a site get near values, exp(-d / distance).

    places_m : (runs, ues, 2) [m];  distances_m : one a parameter. Exact at the places, sites independent.
    Source: 3GPP TR 38.901 v17.0.0, cl. 7.5, step 4, and eq. 7.4-5.
    """
    runs, ues, _ = places_m.shape
    apart = np.hypot(*(places_m[:, :, None, :] - places_m[:, None, :, :]).transpose(3, 0, 1, 2))
    factors = {d: np.linalg.cholesky(np.exp(-apart / d) + JITTER * np.eye(ues)) for d in dict.fromkeys(distances_m)}
    fresh = rng.standard_normal((len(distances_m), runs, ues, sites))
    return np.stack([factors[d] @ z for d, z in zip(distances_m, fresh, strict=True)])


def cluster_powers(found: Departure, k_db: F64 | None, n: int, rng: np.random.Generator) -> F64:
    """(n, clusters) share of a link's power in each cluster, the first to arrive first; rows sum to 1.

    The delay spread cancels: a delay over it is -r_tau ln(X).
    Source: 3GPP TR 38.901 v17.0.0, cl. 7.5, steps 5 and 6, eq. 7.5-1 to 7.5-6 and 7.5-8.
    """
    late = -np.log(1.0 - rng.random((n, found.clusters)))
    late.sort(axis=1)
    late -= late[:, :1].copy()
    shadow = found.cluster_shadowing_db * rng.standard_normal(late.shape)
    power = np.exp(-late * (found.r_tau - 1.0)) * 10.0 ** (-shadow / 10.0)
    power /= power.sum(axis=1, keepdims=True)
    if k_db is None:
        return np.asarray(power, dtype=np.float64)
    k = 10.0 ** (k_db / 10.0)
    power /= 1.0 + k[:, None]
    power[:, 0] += k / (1.0 + k)
    return np.asarray(power, dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Large-scale parameters of links, (n,) each; k_db is `None` in NLOS."""

    asd_deg: F64
    zsd_deg: F64
    k_db: F64 | None


def spread(found: Departure, drawn: F64) -> Spread:
    """Parameters of links from correlated unit normals (parameters, n) in the order of `Departure.mixing`."""
    k_db = None if found.k_db is None else found.k_db[0] + found.k_db[1] * drawn[1]
    asd = np.minimum(10.0 ** (found.asd[0] + found.asd[1] * drawn[-2]), ASD_TOP_DEG)
    zsd = np.minimum(10.0 ** (found.zsd[0] + found.zsd[1] * drawn[-1]), ZSD_TOP_DEG)
    return Spread(asd, zsd, k_db)


def cluster_angles(found: Departure, power: F64, links: Spread, rng: np.random.Generator) -> tuple[F64, F64]:
    """(n, clusters) azimuth and zenith [rad] of clusters from the straight line to the UE.

    Source: 3GPP TR 38.901 v17.0.0, cl. 7.5, step 7, eq. 7.5-9 to 7.5-12 and 7.5-14 to 7.5-17, with offset 0 indoors.
    Deviates: a cluster is one direction; its rays, 5 degrees rms about it, are not drawn.
    """
    depth = -np.log(power / power.max(axis=1, keepdims=True))
    c_phi, c_theta = np.full(len(power), found.c_phi), np.full(len(power), found.c_theta)
    if links.k_db is not None:
        k = links.k_db
        c_phi *= 1.1035 - 0.028 * k - 0.002 * k**2 + 0.0001 * k**3
        c_theta *= 1.3086 + 0.0339 * k - 0.0077 * k**2 + 0.0002 * k**3
    aside = (2.0 * links.asd_deg / 1.4 / c_phi)[:, None] * np.sqrt(depth)
    above = (links.zsd_deg / c_theta)[:, None] * depth
    first = links.k_db is not None
    return _scattered(aside, links.asd_deg, first, rng), _scattered(above, links.zsd_deg, first, rng)


def _scattered(size_deg: F64, spread_deg: F64, first_on_line: bool, rng: np.random.Generator) -> F64:
    """Angles [rad] of random sign and a seventh of the spread about their size; in LOS the first lies on the line."""
    sign = rng.integers(0, 2, size_deg.shape) * 2.0 - 1.0
    angle = sign * size_deg + spread_deg[:, None] / 7.0 * rng.standard_normal(size_deg.shape)
    return np.radians(angle - angle[:, :1]) if first_on_line else np.radians(angle)


def mean_gain_dbi(
    element: Pattern, mountings: Sequence[Mounting], power: F64, azimuth_rad: F64, zenith_rad: F64
) -> F64:
    """(sectors, n) gain [dBi] of heads over directions of departure, weighted with the power that leaves there.

    power, azimuth_rad, zenith_rad : (n, directions), angles of the world. Raises BadInput where shapes differ.
    Source: 3GPP TR 36.873, eq. 8.1-1 (RSRP of a port, summed over rays), for a UE port that is isotropic.
    """
    if not power.shape == azimuth_rad.shape == zenith_rad.shape:
        raise BadInput("differs from that of the angles", where="shape of power", allowed="one power a direction")
    flat = np.sin(zenith_rad)
    x, y, z = np.abs(flat) * np.cos(azimuth_rad), np.abs(flat) * np.sin(azimuth_rad), np.cos(zenith_rad)
    gains = [10.0 ** (gain_towards_dbi(element, one, x, y, z) / 10.0) for one in mountings]
    total = np.stack([(power * gain).sum(axis=1) for gain in gains])
    return np.asarray(10.0 * np.log10(total), dtype=np.float64)
