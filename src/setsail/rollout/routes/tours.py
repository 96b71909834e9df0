"""All tours that one crew can make by a time: sets of sites, with the trips that serve each of them earliest."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from setsail.base.arrays import F64, I64

MOST_SITES = 60
"""A set of sites is kept as bits of one number."""


@dataclass(frozen=True, slots=True, eq=False)
class Tours:
    """Tours of the crews `who` of one class, those that end first before others.

    cover : (tours, sites) 0 or 1;  finish : last acceptance at least;  loaded : sets taken from the depot `home`;
    needs : when the first of these must be there for the tour to end then;  cost : way, waiting and lateness;
    stones : (tours, milestones) sites in time for each;  trips : of one of them.
    """

    cover: F64
    finish: I64
    loaded: I64
    needs: I64
    cost: I64
    stones: I64
    who: tuple[int, ...]
    home: int
    trips: Callable[[int], list[list[int]]] = field(repr=False)

    def __len__(self) -> int:
        return len(self.finish)

    @property
    def crews(self) -> int:
        """How many crews the class has."""
        return len(self.who)

    def by(self, second: int) -> int:
        """How many of the tours, the first ones, end by then."""
        return int(np.searchsorted(self.finish, second, side="right"))


@dataclass(slots=True)
class Purse:
    """What an enumeration may cost. left : sets with their last site;  until : on the clock."""

    left: int
    until: float
    clock: Callable[[], float]

    def pay(self, count: int) -> None:
        """Raises TooManyError where it is used up."""
        self.left -= count
        self.require(0)

    def require(self, count: int) -> None:
        """Raises TooManyError where so many more could not be paid."""
        if self.left < count or self.clock() > self.until:
            raise TooManyError


class TooManyError(Exception):
    """More tours than are worth it."""
