"""Ways between the banks of a water: shortest over named bridges, the only crossings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from setsail.base.arrays import F64, I64
from setsail.rollout.model import Bridge
from setsail.rollout.travel import circle


@dataclass(frozen=True, slots=True, eq=False)
class Ends:
    """The two ends of each open bridge, each on its bank, and the shortest ways among them.

    at : (k, 3) unit vectors;  bank : (k,) numbers of banks;  seconds, metres : (k, k) shortest by time, infinite where
    there is no way;  per_second : speed [m/s].
    """

    at: F64
    bank: I64
    seconds: F64
    metres: F64
    per_second: float
    detour_factor: float


def ends(bridges: Sequence[Bridge], banks: Sequence[str], per_second: float, detour_factor: float) -> Ends:
    """The ends of open bridges; banks : name of each bank number;  per_second : speed [m/s].

    A bridge is a point on both of its banks; crossing it takes its `extra_min` and no metres.
    """
    k = 2 * len(bridges)
    numbers = {bank: i for i, bank in enumerate(banks)}
    bank = np.array([numbers[b] for bridge in bridges for b in (bridge.bank_a, bridge.bank_b)], np.int64)
    lat = np.repeat([b.latitude_deg for b in bridges], 2)
    lon = np.repeat([b.longitude_deg for b in bridges], 2)
    at = circle.units(np.asarray(lat, np.float64), np.asarray(lon, np.float64))
    metres = np.where(bank[:, None] == bank[None, :], circle.metres(at, at) * detour_factor, np.inf)
    seconds = metres / per_second
    first = np.arange(0, k, 2)
    for a, b in ((first, first + 1), (first + 1, first)):
        metres[a, b] = 0.0
        seconds[a, b] = [60.0 * bridge.extra_min for bridge in bridges]
    _shorten(seconds, metres)
    return Ends(at, bank, seconds, metres, per_second, detour_factor)


def _shorten(seconds: F64, metres: F64) -> None:
    """Floyd and Warshall's shortest ways in place, by seconds; metres go along."""
    for via in range(len(seconds)):
        through = seconds[:, via, None] + seconds[None, via, :]
        better = through < seconds
        np.copyto(metres, metres[:, via, None] + metres[None, via, :], where=better)
        np.copyto(seconds, through, where=better)


def ways(found: Ends, from_at: F64, from_bank: I64, to_at: F64, to_bank: I64) -> Iterator[tuple[I64, I64, F64, F64]]:
    """Rows, columns, seconds and metres (r, c) of the ways that change bank, one set of columns for each bank.

    from_at, to_at : (n, 3), (m, 3) unit vectors;  from_bank, to_bank : numbers of banks, -1 where no bridge matters.
    Infinite where there is no way.
    """
    to_end_s, to_end_m = _to_ends(found, from_at, from_bank)
    for bank in np.unique(to_bank[to_bank >= 0]):
        columns, rows = np.flatnonzero(to_bank == bank), np.flatnonzero((from_bank >= 0) & (from_bank != bank))
        seconds = np.full((len(rows), len(columns)), np.inf)
        metres = np.zeros_like(seconds)
        for end in np.flatnonzero(found.bank == bank):
            last = circle.metres(found.at[end : end + 1], to_at[columns]) * found.detour_factor
            through = to_end_s[rows, end, None] + last / found.per_second
            better = through < seconds
            np.copyto(seconds, through, where=better)
            np.copyto(metres, to_end_m[rows, end, None] + last, where=better)
        yield rows, columns, seconds, metres


def _to_ends(found: Ends, at: F64, bank: I64) -> tuple[F64, F64]:
    """Seconds and metres (n, k) from each place to each end, over the best first end of its own bank."""
    if not len(found.at):
        return np.empty((len(at), 0)), np.empty((len(at), 0))
    out = circle.metres(at, found.at) * found.detour_factor
    taken = np.where(bank[:, None] == found.bank[None, :], out / found.per_second, np.inf)
    through = taken[:, :, None] + found.seconds[None, :, :]
    first = through.argmin(axis=1)
    row, end = np.arange(len(at))[:, None], np.arange(len(found.at))[None, :]
    return through[row, first, end], out[row, first] + found.metres[first, end]
