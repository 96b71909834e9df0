"""Where the sites of an organisation are, and who may see them: names from an address never become a path."""

from __future__ import annotations

import re
from pathlib import Path

from setsail.base.errors import BadInput, UnknownName
from setsail.web.access import Session

SITE = re.compile(r"\w[\w-]{0,59}")
DEMONSTRATION = "Demonstration"
"""Organisation of the demonstration's sites."""
SHORTEST_TEXT = 80


def organisation_of(session: Session) -> str:
    """The organisation under which a person's sites are made."""
    return session.person.organisation or DEMONSTRATION


def organisations(root: Path, session: Session) -> list[str]:
    """Organisations whose sites a person may see: the own one, of an administrator all."""
    if not root.is_dir():
        return []
    found = sorted(p.name for p in root.iterdir() if p.is_dir() and not p.is_symlink() and p.name[0] != ".")
    if session.person.role == "administrator":
        return found
    return [name for name in found if name == session.person.organisation]


def sites(root: Path, organisation: str) -> list[str]:
    """Names of the site folders of an organisation; links lead nowhere."""
    folder = root / organisation
    return sorted(
        p.name
        for p in (folder.iterdir() if folder.is_dir() else ())
        if SITE.fullmatch(p.name) and p.is_dir() and not p.is_symlink() and (p / "site.toml").is_file()
    )


def site_folder(root: Path, session: Session, organisation: str, site: str) -> Path:
    """The folder of a site that the person may see. Raises UnknownName alike for what is not there and what is others'.

    Both names must be among those that the folders really have: nothing of an address is joined to a path before.
    """
    if organisation in organisations(root, session) and site in sites(root, organisation):
        return root / organisation / site
    raise UnknownName("is not there", where=f"site {organisation[:SHORTEST_TEXT]!r} {site[:SHORTEST_TEXT]!r}")


def new_site(root: Path, session: Session, name: str) -> Path:
    """A free folder for a new site of the person's organisation, named after its name. Raises BadInput."""
    if not name.strip() or len(name) > SHORTEST_TEXT:
        raise BadInput("has no name" if not name.strip() else "has a long name", where="name",
                       allowed=f"1 to {SHORTEST_TEXT} characters")  # fmt: skip
    plain = re.sub(r"[^\w-]+", "-", name.strip().lower()).strip("-_")[:50] or "site"
    taken = set(sites(root, organisation_of(session)))
    choices = (plain, *(f"{plain}-{n}" for n in range(2, 1000)))
    return root / organisation_of(session) / next(c for c in choices if c not in taken)
