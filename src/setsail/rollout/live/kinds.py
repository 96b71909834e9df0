"""The kinds of events and their fields, as the tables of this room define them."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

PLANNED = "planned"
UNDO = "undo"
NOTE = "note"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of event. needs, may : its fields;  replans : whether anything follows from it;  meaning : in words."""

    kind: str
    needs: tuple[str, ...]
    may: tuple[str, ...]
    replans: bool
    meaning: str

    @property
    def told(self) -> bool:
        """True where a dispatcher tells it; the product alone writes the others."""
        return self.kind != PLANNED


@dataclass(frozen=True, slots=True)
class Field:
    """A field of an event. type : how it is read;  option : its name at the command line;  choices : of a choice."""

    field: str
    type: str
    option: str
    choices: tuple[str, ...]
    default: str
    meaning: str


@cache
def kinds() -> dict[str, Kind]:
    """Every kind by its name, in the order of the table."""
    return {
        row["kind"]: Kind(
            row["kind"], tuple(row["needs"].split()), tuple(row["may"].split()), row["replans"] == "yes", row["meaning"]
        )
        for row in _rows("kinds.csv")
    }


@cache
def fields() -> dict[str, Field]:
    """Every field by its name."""
    return {row["field"]: Field(**{**row, "choices": tuple(row["choices"].split())}) for row in _rows("fields.csv")}  # type: ignore[arg-type]


def _rows(name: str) -> list[dict[str, str]]:
    text = files("setsail.rollout.live").joinpath("data", name).read_text(encoding="utf-8")
    return list(csv.DictReader(text.splitlines()))
