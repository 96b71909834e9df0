"""How far each mast is heard, and how much interference may be left out by that at most."""

from __future__ import annotations

import math

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.spatial import cKDTree

from setsail.base.arrays import F64
from setsail.radio.coverage import twin
from setsail.radio.coverage.arrays import Carrier
from setsail.radio.coverage.options import CoverageOptions

CLASSES = 12
DIRECTIONS = 72
CHUNK = 1 << 18
WIDEST_CELLS = 1024
ROUNDING = 1e-12


def reaches_m(carrier: Carrier, options: CoverageOptions) -> F64:
    """(g,) distance [m] up to which each mast is counted: it follows the density of masts around it."""
    places, back = np.unique(carrier.place_m, axis=0, return_inverse=True)
    if len(places) <= options.neighbours:
        return np.full(len(carrier.place_m), options.reach_high_m)
    far = np.asarray(cKDTree(places).query(places, k=[options.neighbours + 1])[0], dtype=np.float64)[:, 0]
    reach = np.clip(options.reach_factor * far, options.reach_low_m, options.reach_high_m)
    return np.asarray(reach[back.ravel()], dtype=np.float64)


def powers_mw(carrier: Carrier, reach_m: F64) -> F64:
    """(g,) upper bound of load x EIRP towards any point beyond the reach, over all sectors of a mast [mW].

    The horizontal sum is sampled every 5 degrees with each sector turned by up to half a step towards the sample; the
    vertical loss is the least between the reach and the horizon.
    """
    step = 2 * math.pi / DIRECTIONS
    best = np.zeros(len(reach_m))
    lowest = np.repeat(np.arctan2(carrier.groups[:, 1], reach_m), np.diff(carrier.first))
    s = carrier.sectors
    gap = np.maximum(np.maximum(s[:, 4] - lowest, -s[:, 4]), 0.0)
    vertical = np.minimum((gap * s[:, 5]) ** 2, s[:, 6])
    for k in range(DIRECTIONS):
        towards = np.arctan2(s[:, 0], s[:, 1]) - k * step
        angle = np.maximum(np.abs((towards + math.pi) % (2 * math.pi) - math.pi) - step / 2, 0.0)
        loss = np.minimum(np.minimum(s[:, 2] * angle**2, s[:, 3]) + vertical, s[:, 7])
        best = np.maximum(best, np.add.reduceat(s[:, 9] * np.exp2(s[:, 8] - loss), carrier.first[:-1]))
    return best


def left_out_mw(
    carrier: Carrier, reach_m: F64, bounds_m: tuple[float, float, float, float], least_cell_m: float
) -> tuple[F64, float]:
    """Upper bound of the interference left out [mW in a resource element] on squares over `bounds_m`, and their side.

    Masts are sorted into classes of reach and into squares. A mast left out at a point lies beyond its reach, so its
    power there is at most load x EIRP x the gain at the larger of the reach and the least distance between the two
    squares; the sum over squares is one convolution per class. Squares (rows, cols) run from the north-west.
    """
    west, south, east, north = bounds_m
    x, y = carrier.place_m[:, 0], carrier.place_m[:, 1]
    side = max(least_cell_m, max(np.ptp([*x, west, east]), np.ptp([*y, south, north])) / WIDEST_CELLS, 1.0)
    cols, rows = math.ceil((east - west) / side), math.ceil((north - south) / side)
    i, j = np.floor((north - y) / side).astype(int), np.floor((x - west) / side).astype(int)
    top, left = min(int(i.min()), 0), min(int(j.min()), 0)
    shape = max(int(i.max()) + 1, rows) - top, max(int(j.max()) + 1, cols) - left
    full = next_fast_len(2 * shape[0], real=True), next_fast_len(2 * shape[1], real=True)
    power = powers_mw(carrier, reach_m)
    terms = np.unique(carrier.groups, axis=0)
    ticks = np.geomspace(reach_m.min(), reach_m.max() * (1 + 1e-9), CLASSES + 1)
    which = np.clip(np.searchsorted(ticks, reach_m, side="right") - 1, 0, CLASSES - 1)
    total = np.zeros(shape)
    for c in np.unique(which):
        mine = which == c
        weight = np.zeros(shape)
        np.add.at(weight, (i[mine] - top, j[mine] - left), power[mine])
        kernel = _kernel(full, side, float(reach_m[mine].min()), terms)
        total += irfft2(rfft2(weight, full) * rfft2(kernel), full)[: shape[0], : shape[1]]
        total += ROUNDING * weight.sum() * kernel.max()
    return np.asarray(total[-top : rows - top, -left : cols - left]), side


def _kernel(full: tuple[int, int], side: float, reach: float, terms: F64) -> F64:
    """Gain at the larger of the reach and the least distance of two squares; 0 where no two points are beyond it."""
    dy, dx = (np.minimum(np.arange(n), n - np.arange(n)) for n in full)
    nearest = np.hypot(*np.meshgrid(np.maximum(dy - 1, 0), np.maximum(dx - 1, 0), indexing="ij")) * side
    farthest = np.hypot(*np.meshgrid(dy + 1, dx + 1, indexing="ij")) * side
    d = np.maximum(nearest, reach)
    distances, back = np.unique(d, return_inverse=True)
    gain = np.max([np.exp2(twin.path_gain(distances, g)[0]) for g in terms], axis=0)
    return np.where(farthest > reach, gain[back.reshape(d.shape)], 0.0)
