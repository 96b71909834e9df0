"""Needs of a site from the functions of its rooms, and how they meet with the edits of its owner."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

from setsail.base.errors import BadInput, UnknownName
from setsail.base.printed import number
from setsail.base.tables import Row, read_rows, require_unique
from setsail.site.floor_file import natural
from setsail.site.functions import DATA, functions
from setsail.site.model import Need, Room, Site
from setsail.standards.applications import applications

Basis = Literal["room", "bed", "m2"]
"""What `amount` counts for: each room, each bed, or each square metre."""
COLUMNS = (
    "kinds", "function", "application", "basis", "amount", "bed_m2", "activity_ratio", "critical", "source_id",
    "clause",
)  # fmt: skip
KINDS = ("hospital", "factory", "port")


@dataclass(frozen=True, slots=True)
class Use:
    """An application that rooms of a function are taken to need. bed_m2 : area of a room that holds one bed [m2]."""

    kinds: tuple[str, ...]
    function: str
    application: str
    basis: Basis
    amount: float
    bed_m2: float | None
    activity_ratio: float
    critical: bool
    source: str

    def count(self, room: Room) -> int:
        """Devices in a room: at least one, and never a part of one."""
        if self.basis == "room":
            return math.ceil(self.amount)
        if self.basis == "bed":
            return math.ceil(self.amount * max(1, math.floor(room.area_m2 / (self.bed_m2 or 1.0))))
        return max(1, math.ceil(self.amount * room.area_m2 - 1e-9))


@dataclass(frozen=True, slots=True)
class Merged:
    """Needs after an import, and which of them the owner had added, changed or removed before."""

    needs: tuple[Need, ...]
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]


@cache
def shipped() -> tuple[Use, ...]:
    """The table that comes with the product, `data/function_applications.csv`."""
    return read(DATA / "function_applications.csv", "function_applications.csv")


def read(path: Path, name: str | None = None) -> tuple[Use, ...]:
    """The uses of a table with the columns of the shipped one.

    Raises BadInput with file, line and column; UnknownName for a function or application that is not known.
    """
    rows = read_rows(path, required=COLUMNS, known=COLUMNS, name=name)
    require_unique(rows, ("kinds", "function", "application"))
    known = frozenset(applications())
    return tuple(_use(row, known) for row in rows)


def default_needs(site: Site, uses: Sequence[Use] | None = None) -> tuple[Need, ...]:
    """What the rooms of a site are taken to need by their functions, in the order of their ids.

    A need that is the same in every room of a function is one need of the function; one that counts by beds or by area
    is one of each room.  uses : the owner's table instead of the shipped one.
    """
    found: list[Need] = []
    rooms = sorted(site.rooms(), key=lambda r: natural(r.room))
    for use in shipped() if uses is None else uses:
        if use.kinds and site.kind not in use.kinds:
            continue
        own = [room for room in rooms if room.function == use.function]
        if use.basis == "room" and own:
            found.append(_need(use, use.function, use.count(own[0]), function=use.function))
        elif use.basis != "room":
            found += [_need(use, room.room, use.count(room), room=room.room) for room in own]
    return tuple(sorted(found, key=lambda n: natural(n.need)))


def _need(use: Use, place: str, count: int, *, room: str = "", function: str = "") -> Need:
    return Need(
        f"{place}/{use.application}", use.application, count, room, function, use.activity_ratio, use.critical,
        "inferred", use.source,
    )  # fmt: skip


def merged(before: Site, after: Site, uses: Sequence[Use] | None = None) -> Merged:
    """Default needs of `after`, with the edits that the owner made in those of `before`.

    A need counts as edited where it differs from the default of `before`: it is kept as it stands. A default that is
    not in `before` was removed: it stays away. Needs of rooms that are gone are kept too; `check` names them.
    """
    base = {need.need: need for need in default_needs(before, uses)}
    mine = {need.need: need for need in before.needs}
    theirs = {need.need: need for need in default_needs(after, uses)}
    added = sorted(set(mine) - set(base), key=natural)
    changed = sorted((n for n in mine if n in base and mine[n] != base[n]), key=natural)
    removed = sorted((n for n in base if n not in mine), key=natural)
    kept = theirs | {name: mine[name] for name in (*added, *changed)}
    for name in removed:
        kept.pop(name, None)
    needs = tuple(sorted(kept.values(), key=lambda n: natural(n.need)))
    return Merged(needs, tuple(added), tuple(changed), tuple(removed))


def _use(row: Row, known: frozenset[str]) -> Use:
    basis, function, application = row.need("basis"), row.need("function"), row.need("application")
    if basis not in get_args(Basis):
        raise BadInput(f"is {basis!r}", where=row.where("basis"), allowed=", ".join(get_args(Basis)))
    if function not in functions():
        raise UnknownName(f"is {function!r}", where=row.where("function"), allowed=", ".join(functions()))
    if application not in known:
        allowed = f"{min(known)} to {max(known)}"
        raise UnknownName(f"is {application!r}", where=row.where("application"), allowed=allowed)
    kinds = tuple(kind for kind in row.get("kinds").split("|") if kind)
    amount, share = _number(row, "amount"), _number(row, "activity_ratio")
    if amount <= 0.0:
        raise BadInput(f"is {amount:g}", where=row.where("amount"), allowed="above 0")
    if not 0.0 <= share <= 1.0:
        raise BadInput(f"is {share:g}", where=row.where("activity_ratio"), allowed="0 to 1")
    bed = _number(row, "bed_m2") if basis == "bed" else None
    if bed is not None and bed <= 0.0:
        raise BadInput(f"is {bed:g}", where=row.where("bed_m2"), allowed="above 0")
    if row.need("critical") not in ("yes", "no"):
        raise BadInput(f"is {row.get('critical')!r}", where=row.where("critical"), allowed="yes, no")
    source = f"{row.need('source_id')}: {row.need('clause')}"
    return Use(kinds, function, application, basis, amount, bed, share, row.get("critical") == "yes", source)  # type: ignore[arg-type]


def _number(row: Row, column: str) -> float:
    return number(row.need(column), row.where(column))
