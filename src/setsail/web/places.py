"""Where an organisation has its sites and rollouts, and who may see them: names of an address never become a path."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput, UnknownName
from setsail.web.access import Session

NAME = re.compile(r"\w[\w-]{0,59}")
DEMONSTRATION = "Demonstration"
"""Organisation of what the demonstration makes."""
SHORTEST_TEXT = 80


@dataclass(frozen=True, slots=True)
class Shelf:
    """Folders of one kind below the names of organisations: `root`/organisation/name, each proved by a file in it."""

    root: Path
    kind: str
    proof: str


def sites_in(root: Path) -> Shelf:
    """The shelf of sites."""
    return Shelf(root, "site", "site.toml")


def rollouts_in(root: Path) -> Shelf:
    """The shelf of rollouts."""
    return Shelf(root, "rollout", "rollout.toml")


def organisation_of(session: Session) -> str:
    """The organisation under which a person's folders are made."""
    return session.person.organisation or DEMONSTRATION


def organisations(shelf: Shelf, session: Session) -> list[str]:
    """Organisations whose folders a person may see: the own one, of an administrator all."""
    if not shelf.root.is_dir():
        return []
    found = sorted(p.name for p in shelf.root.iterdir() if p.is_dir() and not p.is_symlink() and p.name[0] != ".")
    if session.person.role == "administrator":
        return found
    return [name for name in found if name == session.person.organisation]


def names(shelf: Shelf, organisation: str) -> list[str]:
    """Names of the folders of an organisation; links lead nowhere."""
    folder = shelf.root / organisation
    return sorted(
        p.name
        for p in (folder.iterdir() if folder.is_dir() else ())
        if NAME.fullmatch(p.name) and p.is_dir() and not p.is_symlink() and (p / shelf.proof).is_file()
    )


def seen(shelf: Shelf, session: Session) -> list[tuple[str, str]]:
    """Organisation and name of every folder that a person may see."""
    return [(whose, name) for whose in organisations(shelf, session) for name in names(shelf, whose)]


def folder(shelf: Shelf, session: Session, organisation: str, name: str) -> Path:
    """The folder that the person may see. Raises UnknownName alike for what is not there and what is others'.

    Both names must be among those that the folders really have: nothing of an address is joined to a path before.
    """
    if organisation in organisations(shelf, session) and name in names(shelf, organisation):
        return shelf.root / organisation / name
    raise UnknownName("is not there", where=f"{shelf.kind} {organisation[:SHORTEST_TEXT]!r} {name[:SHORTEST_TEXT]!r}")


def new_folder(shelf: Shelf, session: Session, name: str) -> Path:
    """A free folder for a new one of the person's organisation, named after its name. Raises BadInput."""
    if not name.strip() or len(name) > SHORTEST_TEXT:
        raise BadInput("has no name" if not name.strip() else "has a long name", where="name",
                       allowed=f"1 to {SHORTEST_TEXT} characters")  # fmt: skip
    plain = re.sub(r"[^\w-]+", "-", name.strip().lower()).strip("-_")[:50] or shelf.kind
    taken = set(names(shelf, organisation_of(session)))
    choices = (plain, *(f"{plain}-{n}" for n in range(2, 1000)))
    return shelf.root / organisation_of(session) / next(c for c in choices if c not in taken)
