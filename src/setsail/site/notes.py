"""What an import tells: rooms made from words of a plan, what was inferred, what was refused."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from setsail.site.functions import functions, match
from setsail.site.geometry import polygon
from setsail.site.model import Floor, Origin, Point, Room, Site, Told
from setsail.site.walls import with_walls

STOREY_M = 3.6
"""Rise of a storey where a plan says none."""
_LEVEL = re.compile(
    r"(?:^|[^A-Za-z0-9])(?:(B)(\d{1,2})|(?:F|L|LEVEL[ _-]?)(\d{1,2})|(\d{1,2})F|(\d{1,2})层)(?![A-Za-z0-9])", re.I
)
_NOT_ID = re.compile(r"[^\w.-]+")


@dataclass(slots=True)
class Notes:
    """What was inferred and what was refused so far."""

    inferred: list[Told] = field(default_factory=list)
    refused: list[Told] = field(default_factory=list)
    left: Counter[tuple[str, str, str]] = field(default_factory=Counter)

    def infer(self, subject: str, what: str, reason: str) -> None:
        """Notes one inference."""
        self.inferred.append(Told(subject, what, reason))

    def refuse(self, subject: str, what: str, reason: str) -> None:
        """Notes one thing that was left out."""
        self.refused.append(Told(subject, what, reason))

    def leave(self, subject: str, kind: str, reason: str, count: int = 1) -> None:
        """Counts things of a kind that were left out; `all_refused` tells their number."""
        self.left[subject, kind, reason] += count

    def all_refused(self) -> tuple[Told, ...]:
        """Everything that was left out, the counted things at the end."""
        counted = (Told(s, f"{n} {kind}", reason) for (s, kind, reason), n in sorted(self.left.items()))
        return (*self.refused, *counted)


def room_of(
    room: str, words: str, floor: str, outline: Sequence[Point], *, code: str = "", area_m2: float | None = None,
    height_m: float | None = None, drawn: bool = True,
) -> Room:  # fmt: skip
    """A room whose function is found by the words on the plan, else by its OmniClass code."""
    known = functions().get(match(words, code).function)
    origin: Origin = "derived" if area_m2 is None else "given"
    shape = polygon(outline)
    corners = tuple((round(x, 4) + 0.0, round(y, 4) + 0.0) for x, y in outline)
    return Room(
        room, words or room, floor, known.function if known else "", corners,
        round(shape.area, 3) if area_m2 is None else area_m2, origin, f"{words} ({code})" if code else words,
        height_m, known.indoor if known else True, drawn,
        critical=bool(known and known.critical), shielded=bool(known and known.shielded),
    )  # fmt: skip


def tell_functions(rooms: Iterable[Room], notes: Notes) -> None:
    """Notes which function was found by which words, and which rooms have none."""
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for room in rooms:
        found[room.function, room.function_given].append(room.room)
    for (function, given), names in sorted(found.items()):
        subject = f"room{'s' if len(names) > 1 else ''} {', '.join(names)}"
        if function:
            notes.infer(subject, f"function {function}", f"by {given!r}")
        else:
            notes.refuse(subject, "no function", f"nothing known in {given!r}")


def finished(path: Path, title: str, kind: str, floors: Sequence[Floor], notes: Notes, *, form: str) -> Site:
    """The site of imported floors with walls where it has none; title : that of the file where empty."""
    tell_functions([room for floor in floors for room in floor.rooms], notes)
    name = title or path.stem
    return with_walls(
        Site(
            identifier(name.casefold(), "site"), name, kind, tuple(floors), source=f"{form} {path.name}",
            inferred=tuple(notes.inferred), refused=notes.all_refused(),
        )
    )  # fmt: skip


def level_in(name: str) -> int | None:
    """The level that a name speaks of: F1, 1F, L1 and 1层 are 0, F2 is 1, B1 is -1; None where it does not."""
    found = _LEVEL.search(name)
    if found is None:
        return None
    if found[1]:
        return -int(found[2])
    number = int(next(g for g in found.groups()[2:] if g))
    return number - 1 if number else 0


def storeys(names: Sequence[str], notes: Notes) -> list[Floor]:
    """Empty floors of names in the order given, or in that of the levels which all names speak of."""
    levels = [level_in(name) for name in names]
    known = [level for level in levels if level is not None]
    told = len(known) == len(names) and len(set(known)) == len(names)
    found = []
    for index, name in enumerate(names):
        level = known[index] if told else index
        elevation = round(level * STOREY_M, 3)
        notes.infer(
            f"floor {name}", f"level {level}, elevation {elevation:g} m, height {STOREY_M:g} m", "by its name or order"
        )
        found.append(Floor(identifier(name, f"F{index + 1}"), name, level, elevation, STOREY_M))
    return sorted(found, key=lambda floor: floor.level)


def identifier(name: str, default: str) -> str:
    """A name as an id that a file can have."""
    return _NOT_ID.sub("-", name).strip("-.")[:60] or default


def unique(wanted: str, taken: set[str]) -> str:
    """The wanted id, or it with the first free number; it is taken from then on."""
    found, number = wanted, 1
    while found in taken:
        number += 1
        found = f"{wanted}-{number}"
    taken.add(found)
    return found
