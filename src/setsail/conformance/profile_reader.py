"""Profiles as files: a folder with `profile.toml` and `checks.csv`, and an overlay that fills slots."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, cast

from setsail.base import toml
from setsail.base.errors import BadInput, UnknownName
from setsail.base.printed import number
from setsail.base.tables import Row, read_rows, read_text, require_unique
from setsail.conformance.profile import (
    KINDS,
    MARKS,
    METHODS,
    MISSES,
    OPS,
    STAGES,
    SUBJECTS,
    Check,
    Condition,
    Dimension,
    Profile,
    Stage,
)
from setsail.conformance.rules import attributes, conditions, is_reference, reference
from setsail.design.assess.keys import fact_keys

COLUMNS = (
    "check", "version", "dimension", "label_en", "label_zh", "fact", "subject", "where", "op", "limit", "unit",
    "stages", "kind", "method", "document", "edition", "clause", "mark", "remedy_en", "remedy_zh",
)  # fmt: skip
OPTIONAL = ("clause_ref", "miss")
HEAD_KEYS = ("profile", "version", "name_en", "name_zh", "note_en", "note_zh", "dimensions")
SLOT_COLUMNS = ("check", "document", "edition", "clause_ref", "threshold", "mark")
DECLARED = "declared."
NUMERIC_OPS = (">=", "<=", ">", "<")


@dataclass(frozen=True, slots=True)
class Listed:
    """One shipped profile: its id and where it is."""

    profile: str
    path: Path


def shipped() -> tuple[Listed, ...]:
    """The profiles of this installation, by name."""
    root = Path(str(resources.files("setsail.conformance"))) / "profiles"
    return tuple(Listed(p.parent.name, p.parent) for p in sorted(root.glob("*/profile.toml")))


def profile(name: str, slots: Path | None = None) -> Profile:
    """The shipped profile of that id, or the one in a folder of yours, with its slots filled from a file of yours.

    Raises UnknownName where there is neither, BadInput for a file that is not as it should be.
    """
    folder = next((s.path for s in shipped() if s.profile == name), None) or _folder(name)
    read = read_profile(folder)
    return fill(read, slots) if slots else read


def stage_of(name: str) -> Stage:
    """The stage of that name. Raises UnknownName."""
    if name not in STAGES:
        raise UnknownName(f"is {name!r}", where="stage", allowed=", ".join(STAGES))
    return name


def _folder(name: str) -> Path:
    path = Path(name)
    if path.is_dir() and (path / "profile.toml").exists():
        return path
    if path.name == "profile.toml" and path.exists():
        return path.parent
    known = ", ".join(s.profile for s in shipped())
    raise UnknownName(f"is {name!r}", where="profile", allowed=f"{known}, or a folder with profile.toml and checks.csv")


def read_profile(folder: Path) -> Profile:
    """The profile of a folder. Raises BadInput, DuplicateKey, UnknownName with file and line."""
    where = str(folder / "profile.toml")
    head = toml.document(read_text(folder / "profile.toml"), where)
    toml.require_known(head, HEAD_KEYS, where)
    dimensions = tuple(_dimension(t, where) for t in toml.tables(head, "dimensions", where))
    named = [d.dimension for d in dimensions]
    if not named or len(set(named)) < len(named):
        raise BadInput(f"has dimensions {named}", where=where, allowed="one table [[dimensions]] for each, once")
    rows = read_rows(folder / "checks.csv", required=COLUMNS, known=(*COLUMNS, *OPTIONAL))
    require_unique(rows, ("check",))
    texts = {key: toml.text(head, key, where) for key in HEAD_KEYS if key != "dimensions"}
    for key in ("profile", "version", "name_en"):
        if not texts[key]:
            raise BadInput("is missing", where=f"{where} {key}", allowed="text in quotes")
    return Profile(dimensions=dimensions, checks=tuple(_check(row, named) for row in rows), **texts)


def _dimension(table: toml.Table, where: str) -> Dimension:
    toml.require_known(table, ("dimension", "name_en", "name_zh"), where)
    found = [toml.text(table, key, where) for key in ("dimension", "name_en", "name_zh")]
    if not found[0] or not found[1]:
        raise BadInput("lacks dimension or name_en", where=f"{where} dimensions", allowed="both as text")
    return Dimension(*found)


def _check(row: Row, dimensions: Sequence[str]) -> Check:
    fact, subject = row.need("fact"), _one(row, "subject", SUBJECTS)
    unit = row.need("unit")
    _require_fact(row, fact, subject, unit)
    check = Check(
        row.need("check"), _version(row), _one(row, "dimension", dimensions), row.need("label_en"),
        row.get("label_zh"), fact, cast(Any, subject), _where(row, subject), cast(Any, _one(row, "op", OPS)),
        row.get("limit"), unit, cast(Any, _stages(row)), cast(Any, _one(row, "kind", KINDS)),
        cast(Any, _one(row, "method", METHODS)), row.need("document"), row.get("edition"), row.get("clause"),
        cast(Any, _one(row, "mark", MARKS)), row.need("remedy_en"), row.get("remedy_zh"), row.get("clause_ref"),
        cast(Any, _one(row, "miss", MISSES) if row.get("miss") else "fail"),
    )  # fmt: skip
    _require_limit(check.limit, check.op, subject, row.where("limit"))
    return check


def _one(row: Row, column: str, allowed: Sequence[str]) -> str:
    text = row.need(column)
    if text not in allowed:
        raise BadInput(f"is {text!r}", where=row.where(column), allowed=", ".join(allowed))
    return text


def _version(row: Row) -> int:
    text = row.need("version")
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:9]) < 1_000_000:
        raise BadInput(f"is {text!r}", where=row.where("version"), allowed="a whole number from 1 to 999999")
    return int(text[:9])


def _stages(row: Row) -> tuple[str, ...]:
    found = tuple(part.strip() for part in row.need("stages").split("|"))
    strange = [s for s in found if s not in STAGES]
    if strange or len(set(found)) < len(found):
        raise BadInput(f"is {row.get('stages')!r}", where=row.where("stages"), allowed="|".join(STAGES))
    return tuple(s for s in STAGES if s in found)


def _where(row: Row, subject: str) -> tuple[Condition, ...]:
    try:
        found = conditions(row.get("where"))
    except ValueError as err:
        raise BadInput(str(err), where=row.where("where"), allowed="attribute=value|value, joined by ';'") from err
    for condition in found:
        if condition.attribute not in attributes(subject):
            raise BadInput(
                f"asks for {condition.attribute!r}",
                where=row.where("where"),
                allowed=", ".join(sorted(attributes(subject))),
            )
    return found


def _require_fact(row: Row, fact: str, subject: str, unit: str) -> None:
    """A fact is one of the list, of the kind of subject and in the unit that the list states."""
    if fact.startswith(DECLARED):
        if subject != "site" or row.get("method") != "declared" or fact == DECLARED:
            raise BadInput(
                f"is {fact!r} of a {subject}", where=row.where("fact"), allowed="subject site and method declared"
            )
        return
    known = fact_keys().get(fact)
    if known is None:
        raise UnknownName(f"is {fact!r}", where=row.where("fact"), allowed="a key of facts.csv, or declared.NAME")
    if (known.subject, known.unit) != (subject, unit):
        raise BadInput(
            f"judges a {subject} in {unit}",
            where=row.where("fact"),
            allowed=f"{fact} is of a {known.subject} in {known.unit}",
        )


def _require_limit(limit: str, op: str, subject: str, where: str) -> None:
    if not limit:
        return
    if is_reference(limit):
        reference(limit, subject, where)
    elif op in NUMERIC_OPS:
        number(limit, where)


def fill(profile: Profile, path: Path) -> Profile:
    """The profile with clauses and thresholds of a file of the user's.

    The file has a row for each check it speaks of; `threshold` empty leaves the check's own. Raises BadInput,
    UnknownName, DuplicateKey with file and line.
    """
    rows = read_rows(path, required=("check",), known=SLOT_COLUMNS)
    require_unique(rows, ("check",))
    filled = {row.need("check"): row for row in rows}
    known = {c.check for c in profile.checks}
    for name, row in filled.items():
        if name not in known:
            raise UnknownName(f"is {name!r}", where=row.where("check"), allowed="a check of the profile")
    checks = tuple(_filled(c, filled[c.check]) if c.check in filled else c for c in profile.checks)
    return dataclasses.replace(profile, checks=checks, slots=path.name)


def _filled(check: Check, row: Row) -> Check:
    threshold = row.get("threshold")
    _require_limit(threshold, check.op, check.subject, row.where("threshold"))
    changed = dataclasses.replace(check, clause_ref=row.get("clause_ref") or check.clause_ref)
    if not threshold:
        return changed
    return dataclasses.replace(
        changed,
        limit=threshold,
        document=row.get("document") or "stated by the owner",
        edition=row.get("edition"),
        clause="",
        mark=cast(Any, _one(row, "mark", MARKS)) if row.get("mark") else "own",
    )
