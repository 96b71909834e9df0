"""The raster kernel: all sectors of a tile on its pixels, in float32, as the vectoriser of LLVM likes it.

Three habits make it quick, and `inspect_asm` in the tests holds them: logarithm, exponential, inverse root and arc
tangent are own polynomials on bit casts; integers stay 32 bits wide; every array of a tile is a slice of one scratch
of constant length, so that loops need no test for overlap or wrap-around. All of it stands in one file,
because the cache of compiled code looks at the date of that file. Numba is needed.
"""

# ruff: noqa: ANN001, ANN201, ANN202, ARG001, PLR0917, PLW3301 - types and arguments of device code are those of Numba
# mypy: disallow-untyped-defs=False, disallow-untyped-calls=False, disallow-untyped-decorators=False
from __future__ import annotations

import numba as nb
import numpy as np
from numba import types
from numba.extending import intrinsic

SIDE = 16
N = SIDE * SIDE
"""Pixels along the side of an inner tile, and in it."""
LANES = 7
FLAGS = {"contract", "nsz", "arcp"}
"""Fused multiply-add and a free sign of zero; NaN and infinity keep their meaning."""

LOG2 = (1.442696432, -0.7213640398, 0.4806291469, -0.3593506528, 0.2956336003, -0.2695062744, 0.1721287307)
EXP2 = (1.000000075, 0.6931472067, 0.2402210736, 0.05550327214, 0.009676037098, 0.001340043217)
ANGLE = (2.000045189, 0.3305691446, 0.1160098519, -0.06856217352, 0.1685471132, -0.1177506471, 0.0385951583)
ATAN = (0.9999955068, -0.3329886306, 0.1955890508, -0.1211094609, 0.0573305516, -0.01342218041)
"""Rising coefficients; `fits.FITS` makes them again."""

L0, L1, L2, L3, L4, L5, L6 = (np.float32(c) for c in LOG2)
E0, E1, E2, E3, E4, E5 = (np.float32(c) for c in EXP2)
A0, A1, A2, A3, A4, A5, A6 = (np.float32(c) for c in ANGLE)
T0, T1, T2, T3, T4, T5 = (np.float32(c) for c in ATAN)
ZERO, HALF, ONE, THREE_HALVES = np.float32(0.0), np.float32(0.5), np.float32(1.0), np.float32(1.5)
RIGHT_ANGLE = np.float32(np.pi / 2)
LEAST_LOG2 = np.float32(-120.0)
NEAREST_SQUARE = np.float32(100.0)
"""A pixel nearer than 10 m counts as 10 m away: TR 38.901 begins there."""

GROUP_COLUMNS = (
    "height_square", "height", "inverse_height", "breakpoint_square", "near", "near_slope", "near_linear",
    "far", "far_slope", "nlos", "nlos_slope", "los_share", "los_from", "los_offset", "los_decay", "nlos_base",
    "nlos_scale",
)  # fmt: skip
SECTOR_COLUMNS = (
    "east", "north", "horizontal", "horizontal_cap", "tilt", "vertical", "vertical_cap", "cap", "eirp", "load",
)  # fmt: skip
"""Columns of the parameters; powers and losses in log2 of mW, angles in rad. See `arrays`."""


@intrinsic
def _int_of(typing_context, x):
    """The bits of a float32 as an int32."""

    def make(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(types.int32))

    return types.int32(types.float32), make


@intrinsic
def _float_of(typing_context, x):
    """The float32 with the bits of an int32."""

    def make(context, builder, signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(types.float32))

    return types.float32(types.int32), make


@intrinsic
def _shifted_right(typing_context, x, by):
    """Arithmetic shift of an int32; Numba's own operator would widen it to 64 bits."""

    def make(context, builder, signature, arguments):
        return builder.ashr(*arguments)

    return types.int32(types.int32, types.int32), make


@intrinsic
def _shifted_left(typing_context, x, by):
    """Shift of an int32."""

    def make(context, builder, signature, arguments):
        return builder.shl(*arguments)

    return types.int32(types.int32, types.int32), make


@intrinsic
def _plus(typing_context, x, y):
    """Sum of two int32 that wraps."""

    def make(context, builder, signature, arguments):
        return builder.add(*arguments)

    return types.int32(types.int32, types.int32), make


@intrinsic
def _minus(typing_context, x, y):
    """Difference of two int32 that wraps."""

    def make(context, builder, signature, arguments):
        return builder.sub(*arguments)

    return types.int32(types.int32, types.int32), make


@nb.njit(inline="always")
def log2(x):
    """Binary logarithm of a positive normal float32, within 2e-6 plus rounding."""
    bits = _minus(_int_of(x), nb.int32(0x3F3504F3))
    exponent = _shifted_right(bits, nb.int32(23))
    z = _float_of(_minus(_int_of(x), _shifted_left(exponent, nb.int32(23)))) - ONE
    return np.float32(exponent) + z * (L0 + z * (L1 + z * (L2 + z * (L3 + z * (L4 + z * (L5 + z * L6))))))


@nb.njit(inline="always")
def exp2(x):
    """Two to the power of a float32 between -126 and 127, within 2e-7 of its value."""
    whole = x + np.float32(12582912.0)
    z = x - (whole - np.float32(12582912.0))
    y = E0 + z * (E1 + z * (E2 + z * (E3 + z * (E4 + z * E5))))
    return _float_of(_plus(_int_of(y), _shifted_left(_int_of(whole), nb.int32(23))))


@nb.njit(inline="always")
def inverse_root(x):
    """x^(-1/2) of a positive float32, within 5e-6 of its value (two Newton steps)."""
    y = _float_of(_minus(nb.int32(0x5F3759DF), _shifted_right(_int_of(x), nb.int32(1))))
    h = HALF * x
    y = y * (THREE_HALVES - h * y * y)
    return y * (THREE_HALVES - h * y * y)


@nb.njit(inline="always")
def arc_tangent(t, inverse):
    """atan(t) of a positive t whose inverse is given, within 5e-6 rad."""
    r = min(t, inverse)
    u = r * r
    a = r * (T0 + u * (T1 + u * (T2 + u * (T3 + u * (T4 + u * T5)))))
    return a if t <= ONE else RIGHT_ANGLE - a


@nb.njit(inline="always")
def _reach(dx, dy, g):
    """Path gain [log2], unit vector (two numbers) and depression angle [rad] from a mast to one pixel."""
    square = max(dx * dx + dy * dy, NEAREST_SQUARE)
    inverse = inverse_root(square)
    d = square * inverse
    slant = square + g[0]
    decades = log2(slant)
    near = g[4] + g[5] * decades
    if g[6] != ZERO:
        near += g[6] * (slant * inverse_root(slant))
    los = near if square <= g[3] else g[7] + g[8] * decades
    nlos = max(los, g[9] + g[10] * decades)
    share = min(g[11] * inverse, ONE)
    p = share + exp2(max((max(d, g[12]) - g[13]) * g[14], LEAST_LOG2)) * (ONE - share)
    gain = (g[15] + g[16] * p) * (los - nlos) - los
    return gain, dx * inverse, dy * inverse, arc_tangent(g[1] * inverse, d * g[2])


@nb.njit(inline="always")
def _power(s, gain, ux, uy, theta):
    """Received power of one sector [log2 of mW] under the pattern of TR 38.901 Table 7.3-1."""
    x = ONE - (s[0] * ux + s[1] * uy)
    square = x * (A0 + x * (A1 + x * (A2 + x * (A3 + x * (A4 + x * (A5 + x * A6))))))
    v = (theta - s[4]) * s[5]
    return gain + s[8] - min(min(s[2] * square, s[3]) + min(v * v, s[6]), s[7])


@nb.njit(inline="always")
def _joined(p, w, index, best, signal, others, who):
    """The state of a pixel after one more sector."""
    better = p > best
    others += signal if better else w
    return max(p, best), w if better else signal, others, index if better else who


@nb.njit(inline="always")
def _columns(table, k):
    """A row of the parameters of masts as a tuple, so that nothing is read again inside the loop."""
    r = table[k]
    return (r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9], r[10], r[11], r[12], r[13], r[14], r[15], r[16])


@nb.njit(inline="always")
def _numbers(table, j):
    """A row of the parameters of sectors as a tuple."""
    r = table[j]
    return (r[0], r[1], r[2], r[3], r[4], r[5], r[6], r[7], r[8], r[9])


@nb.njit(nogil=True, cache=True, fastmath=FLAGS, error_model="numpy")
def tiles(
    starts, members, centres, pixels, place, groups, first, sectors, index, threshold, best_out, others_out, who_out,
    count_out,
):  # fmt: skip
    """Best power, sum of the others, best server and servers above a threshold of every tile.

    starts (t + 1,), members : the masts that each tile sees;  centres (t, 2) [m] float64;  pixels (2, N) east and
    north of the centre [m];  place (g, 2) [m] float64;  groups (g, 17), sectors (s, 10) float32;  first (g + 1,) first
    sector of each mast;  index (s,) what is told as best server, float32;  threshold : log2 of mW.
    Outputs (t, N) float32: best_out [log2 of mW], others_out [mW], who_out (-1: none), count_out.
    """
    memory = np.empty(LANES * N, dtype=np.float32)
    px, py, best, signal, others = (
        memory[:N],
        memory[N : 2 * N],
        memory[2 * N : 3 * N],
        memory[3 * N : 4 * N],
        memory[4 * N : 5 * N],
    )
    who, count = memory[5 * N : 6 * N], memory[6 * N : 7 * N]
    east, north = pixels[0], pixels[1]
    for i in range(N):
        px[i] = east[i]
        py[i] = north[i]
    for t in range(starts.size - 1):
        for i in range(N):
            best[i] = LEAST_LOG2
            signal[i] = ZERO
            others[i] = ZERO
            who[i] = -ONE
            count[i] = ZERO
        for m in range(starts[t], starts[t + 1]):
            k = members[m]
            sx = np.float32(place[k, 0] - centres[t, 0])
            sy = np.float32(place[k, 1] - centres[t, 1])
            g = _columns(groups, k)
            j = first[k]
            end = first[k + 1]
            while end - j >= 3:
                s0, s1, s2 = _numbers(sectors, j), _numbers(sectors, j + 1), _numbers(sectors, j + 2)
                k0, k1, k2 = index[j], index[j + 1], index[j + 2]
                for i in range(N):
                    gain, ux, uy, theta = _reach(px[i] - sx, py[i] - sy, g)
                    p0, p1, p2 = (
                        _power(s0, gain, ux, uy, theta),
                        _power(s1, gain, ux, uy, theta),
                        _power(s2, gain, ux, uy, theta),
                    )
                    b, s, o, w = _joined(p0, s0[9] * exp2(p0), k0, best[i], signal[i], others[i], who[i])
                    b, s, o, w = _joined(p1, s1[9] * exp2(p1), k1, b, s, o, w)
                    b, s, o, w = _joined(p2, s2[9] * exp2(p2), k2, b, s, o, w)
                    best[i], signal[i], others[i], who[i] = b, s, o, w
                    n = count[i] + (ONE if p0 >= threshold else ZERO)
                    n += ONE if p1 >= threshold else ZERO
                    count[i] = n + (ONE if p2 >= threshold else ZERO)
                j += 3
            while j < end:
                s0, k0 = _numbers(sectors, j), index[j]
                for i in range(N):
                    gain, ux, uy, theta = _reach(px[i] - sx, py[i] - sy, g)
                    p0 = _power(s0, gain, ux, uy, theta)
                    best[i], signal[i], others[i], who[i] = _joined(
                        p0, s0[9] * exp2(p0), k0, best[i], signal[i], others[i], who[i]
                    )
                    count[i] += ONE if p0 >= threshold else ZERO
                j += 1
        b_out, o_out, w_out, c_out = best_out[t], others_out[t], who_out[t], count_out[t]
        for i in range(N):
            b_out[i], o_out[i], w_out[i], c_out[i] = best[i], others[i], who[i], count[i]


@nb.njit(nogil=True, cache=True, error_model="numpy")
def bins(place, reach, west, north, side_m, rows, cols):
    """Masts that reach each square of `side_m`, row by row from the north-west corner, as (starts, members).

    place (g, 2), reach (g,) [m]. A mast reaches a square if any point of it lies within the reach.
    """
    starts = np.zeros(rows * cols + 1, dtype=np.int64)
    for turn in range(2):
        if turn == 1:
            starts[1:] = np.cumsum(starts[1:])
            filled = starts[:-1].copy()
            members = np.empty(starts[-1], dtype=np.int64)
        for k in range(reach.size):
            x, y, r = (place[k, 0] - west) / side_m, (north - place[k, 1]) / side_m, reach[k] / side_m
            for i in range(max(0, int(np.floor(y - r))), min(rows, int(np.floor(y + r)) + 1)):
                dy = max(max(i - y, y - (i + 1)), 0.0)
                for j in range(max(0, int(np.floor(x - r))), min(cols, int(np.floor(x + r)) + 1)):
                    dx = max(max(j - x, x - (j + 1)), 0.0)
                    if dx * dx + dy * dy <= r * r:
                        t = i * cols + j
                        if turn == 0:
                            starts[t + 1] += 1
                        else:
                            members[filled[t]] = k
                            filled[t] += 1
    return starts, members
