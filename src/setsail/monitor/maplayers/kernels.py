"""Varints and sums of runs, on whole arrays: plain NumPy, so that a map needs no compiler.

A feature of a vector tile is a row of unsigned integers, because every tag, length and value of it is a varint; a tile
is written by one pass over such rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from setsail.base.arrays import F64, I64

U64 = NDArray[np.uint64]
U8 = NDArray[np.uint8]

SEVEN = np.uint64(7)
LOW = np.uint64(0x7F)
MORE = np.uint8(0x80)


def zigzag(values: I64) -> U64:
    """Unsigned integers of signed ones: 0, -1, 1, -2 ... become 0, 1, 2, 3 ...

    Source: Mapbox Vector Tile Specification 2.1, clause 4.3.2; Protocol Buffers encoding, "Signed Integers".
    """
    return ((values << 1) ^ (values >> 63)).view(np.uint64)


def sizes(values: U64) -> I64:
    """Bytes that each varint takes, in the shape of `values`.

    Source: Protocol Buffers encoding, "Base 128 Varints".
    """
    found = np.ones(values.shape, dtype=np.int64)
    left = int(values.max(initial=0)) >> 7
    shift = 7
    while left:
        found += (values >> np.uint64(shift)) > 0
        left >>= 7
        shift += 7
    return found


def write(values: U64) -> bytes:
    """The varints of a flat array, one after the other."""
    length = sizes(values)
    ends = np.cumsum(length)
    out = np.empty(int(ends[-1]) if ends.size else 0, dtype=np.uint8)
    at, left, rest = ends - length, values, length
    while at.size:
        last = rest == 1
        out[at] = (left & LOW).astype(np.uint8) | np.where(last, np.uint8(0), MORE)
        more = ~last
        at, left, rest = at[more] + 1, left[more] >> SEVEN, rest[more] - 1
    return out.tobytes()


def parents(cells: I64, resolution: int) -> I64:
    """Parents of H3 cells at a resolution that is not finer than theirs. Source: H3 4, "H3 index bit layout"."""
    below = (1 << 3 * (15 - resolution)) - 1
    keep = ((1 << 63) - 1) & ~(15 << 52)
    return np.asarray((cells & keep) | (resolution << 52 | below))


def sum_runs(keys: I64, columns: F64) -> tuple[I64, F64]:
    """Each key of a sorted array (n,) once, and the sums (m, k) of `columns` (n, k) over its run."""
    if not keys.size:
        return keys, columns
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[starts], np.add.reduceat(columns, starts, axis=0)
