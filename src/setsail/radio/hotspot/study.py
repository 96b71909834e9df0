"""One study of the indoor hotspot: drop UEs, draw links, attach by RSRP, take geometry and coupling gain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, Bool
from setsail.radio.hotspot.departure import (
    Departure,
    cluster_angles,
    cluster_powers,
    correlated,
    departure,
    mean_gain_dbi,
    spread,
)
from setsail.radio.hotspot.options import HotspotOptions, Layout
from setsail.radio.link import best_server, sinr_db
from setsail.radio.pathloss.los import los_probability
from setsail.radio.pathloss.scenarios import Condition, Link, Scenario, shadowing
from setsail.radio.pathloss.tr38901 import path_loss

BATCH_RUNS = 20
"""Runs that are computed together; each batch has its own stream, so that more runs repeat the first ones."""
CONDITIONS: tuple[Condition, Condition] = ("los", "nlos")


@dataclass(frozen=True, slots=True, eq=False)
class Samples:
    """What the UEs met: (runs, ues) each.

    geometry_db : wideband SINR of the downlink;  coupling_gain_db : between the ports, of the serving TRxP;
    los : whether the serving site is in line of sight.
    """

    geometry_db: F64
    coupling_gain_db: F64
    los: Bool


def study(chosen: HotspotOptions, rng: np.random.Generator) -> Samples:
    """Geometry and coupling gain of every UE of every run.

    Source: ITU-R M.2412-0, Table 5 a) with channel model B; 3GPP TR 38.901 v17.0.0, cl. 7.4 and 7.5, indoor office.
    """
    batches = -(-chosen.runs // BATCH_RUNS)
    sizes = [min(BATCH_RUNS, chosen.runs - i * BATCH_RUNS) for i in range(batches)]
    done = [_batch(chosen, size, stream) for size, stream in zip(sizes, rng.spawn(batches), strict=True)]
    return Samples(
        np.concatenate([one.geometry_db for one in done]),
        np.concatenate([one.coupling_gain_db for one in done]),
        np.concatenate([one.los for one in done]),
    )


def _batch(chosen: HotspotOptions, runs: int, rng: np.random.Generator) -> Samples:
    hall = chosen.layout
    places = rng.uniform((0.0, 0.0), hall.hall_m, (runs, chosen.ues, 2))
    offset = places[:, :, None, :] - hall.site_m
    d_2d = np.hypot(offset[..., 0], offset[..., 1])
    scenario: Scenario = "inh-open" if chosen.office == "open" else "inh-mixed"
    los = rng.random(d_2d.shape) < los_probability(scenario, d_2d).probability
    loss, gain = np.empty(d_2d.shape), np.empty((len(hall.mountings), *d_2d.shape))
    for condition in CONDITIONS:
        here = los if condition == "los" else ~los
        found = departure(condition, hall.budget.carrier.fc_hz)
        used = 1 if chosen.gain == "direct" else len(found.distance_m)
        drawn = correlated(places, found.distance_m[:used], len(hall.site_m), rng)[:, here]
        drawn = found.mixing[:used, :used] @ drawn
        link = Link(scenario, condition, hall.budget.carrier.fc_hz, hall.h_bs_m, hall.h_ut_m)
        faded = shadowing(scenario, condition).sigma_db * drawn[0]
        loss[here] = path_loss(link, d_2d[here]).loss_db + faded if here.any() else 0.0
        gain[:, here] = _gain_dbi(chosen, found, drawn, offset[here], rng)
    return _measures(chosen, loss, gain, los)


def _gain_dbi(chosen: HotspotOptions, found: Departure, drawn: F64, offset: F64, rng: np.random.Generator) -> F64:
    """(sectors, links) gain of the heads; offset (links, 2) from site to UE, drawn (parameters, links) unit normals."""
    hall = chosen.layout
    azimuth = np.arctan2(offset[:, 1], offset[:, 0])[:, None]
    fall = hall.h_bs_m - hall.h_ut_m
    zenith = np.pi / 2.0 + np.arctan2(fall, np.hypot(offset[:, 0], offset[:, 1]))[:, None]
    if chosen.gain == "direct":
        return mean_gain_dbi(hall.element, chosen.mountings, np.ones_like(azimuth), azimuth, zenith)
    links = spread(found, drawn)
    power = cluster_powers(found, links.k_db, len(offset), rng)
    aside, above = cluster_angles(found, power, links, rng)
    return mean_gain_dbi(hall.element, chosen.mountings, power, azimuth + aside, zenith + above)


def _measures(chosen: HotspotOptions, loss: F64, gain: F64, los: Bool) -> Samples:
    """Of loss (runs, ues, sites), gain (sectors, runs, ues, sites): cells are sectors of sites."""
    hall: Layout = chosen.layout
    budget = hall.budget
    coupling = -budget.coupling_loss_db(loss, gain - hall.element.peak_dbi)
    cells = np.moveaxis(coupling, -1, 1).reshape(-1, *loss.shape[:2])
    rsrp = budget.power_per_re_dbm + cells
    serving = best_server(rsrp)
    geometry = sinr_db(rsrp, budget.noise_per_re_dbm, load=chosen.load, serving=serving)
    site = serving % loss.shape[2]
    return Samples(
        geometry,
        np.take_along_axis(cells, serving[None], axis=0)[0],
        np.take_along_axis(los, site[..., None], axis=2)[..., 0],
    )
