"""Profiles as values: the checks of one industry, each with its source, its mark and its place in the life cycle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, get_args

from setsail.base.record import Record
from setsail.design.assess.facts import Evidence

Stage = Literal["design", "accept", "operate"]
Kind = Literal["normative", "target", "study", "default", "engineering"]
Mark = Literal["seen", "own", "second-hand", "recalled", "assumed"]
Op = Literal[">=", "<=", ">", "<", "==", "in"]
SubjectKind = Literal["site", "floor", "room", "carrier", "cell", "head", "slice", "flow", "upf", "link"]

Miss = Literal["fail", "inconclusive"]

STAGES: tuple[Stage, ...] = get_args(Stage)
KINDS: tuple[Kind, ...] = get_args(Kind)
MARKS: tuple[Mark, ...] = get_args(Mark)
OPS: tuple[Op, ...] = get_args(Op)
SUBJECTS: tuple[SubjectKind, ...] = get_args(SubjectKind)
MISSES: tuple[Miss, ...] = get_args(Miss)
METHODS: tuple[Evidence, ...] = get_args(Evidence)
FIRM: frozenset[Mark] = frozenset({"seen", "own", "second-hand"})
"""Marks that can carry a pass: the source was read, or a page that quotes it, or the rule is the profile's own."""


@dataclass(frozen=True, slots=True)
class Condition:
    """Subjects to which a check applies: those whose `attribute` is one of `values`."""

    attribute: str
    values: tuple[str, ...]

    def text(self) -> str:
        """As written in the profile."""
        return f"{self.attribute}={'|'.join(self.values)}"


@dataclass(frozen=True, slots=True)
class Check:
    """One row of a profile.

    check : id, unique in the profile;  version : raised by its author when it changes;  label_* : own short words;
    fact : a key of `facts.csv`, or `declared.NAME`;  subject : kind of thing it judges;  where : which of them;
    limit : a number, a word, `need:NAME` (the bound of the flow's application), `site:NAME` (stated by the owner) or
    `network:NAME` (a setting of the design); empty for a slot that the owner of a standard fills;
    stages : where it can be judged;  kind : what a miss means;  method : how its fact is found;
    document, edition, clause : the source;  mark : how well the source is known;  clause_ref : the owner's clause;
    miss : the verdict of a missed limit, `inconclusive` where it shows missing evidence and no fault.
    """

    check: str
    version: int
    dimension: str
    label_en: str
    label_zh: str
    fact: str
    subject: SubjectKind
    where: tuple[Condition, ...]
    op: Op
    limit: str
    unit: str
    stages: tuple[Stage, ...]
    kind: Kind
    method: Evidence
    document: str
    edition: str
    clause: str
    mark: Mark
    remedy_en: str
    remedy_zh: str
    clause_ref: str = ""
    miss: Miss = "fail"

    @property
    def open_slot(self) -> bool:
        """No threshold is stated: the check waits for the owner of a standard."""
        return not self.limit

    @property
    def source(self) -> str:
        """Document, edition and clause in one line, with the owner's clause where given."""
        said = " ".join(part for part in (self.document, self.edition, self.clause) if part)
        return f"{said}; {self.clause_ref}" if self.clause_ref else said

    def record(self, lang: str = "en") -> Record:
        """Its columns, ready for JSON, with label and remedy in one language."""
        return {
            "check": self.check, "version": self.version, "dimension": self.dimension, "label": self.label(lang),
            "fact": self.fact, "subject": self.subject, "where": "; ".join(c.text() for c in self.where),
            "op": self.op, "limit": self.limit or None, "unit": self.unit, "stages": list(self.stages),
            "kind": self.kind, "method": self.method, "source": self.source, "mark": self.mark,
            "remedy": self.remedy(lang), "clause_ref": self.clause_ref, "open": self.open_slot, "miss": self.miss,
        }  # fmt: skip

    def label(self, lang: str = "en") -> str:
        """The short label in a language, English where there is no other."""
        return (self.label_zh if lang == "zh" else "") or self.label_en

    def remedy(self, lang: str = "en") -> str:
        """What to try, in a language."""
        return (self.remedy_zh if lang == "zh" else "") or self.remedy_en


@dataclass(frozen=True, slots=True)
class Dimension:
    """A group of checks, with its name in two languages."""

    dimension: str
    name_en: str
    name_zh: str

    def name(self, lang: str = "en") -> str:
        """The name in a language."""
        return self.name_zh if lang == "zh" else self.name_en


@dataclass(frozen=True, slots=True)
class Profile:
    """The checks of one industry. note : what the profile is not;  slots : path of the overlay that filled slots."""

    profile: str
    version: str
    name_en: str
    name_zh: str
    note_en: str
    note_zh: str
    dimensions: tuple[Dimension, ...]
    checks: tuple[Check, ...]
    slots: str = ""

    def check(self, check: str) -> Check | None:
        """The check of that id, if it is here."""
        return next((c for c in self.checks if c.check == check), None)

    def dimension(self, dimension: str) -> Dimension:
        """The dimension of that id; itself as a name where it is not listed."""
        found = (d for d in self.dimensions if d.dimension == dimension)
        return next(found, Dimension(dimension, dimension, dimension))

    def shares(self) -> dict[str, int]:
        """How many checks are computed, measured and declared, and how many slots are open."""
        return _shares(self.checks)

    def dimension_shares(self, lang: str = "en") -> list[Record]:
        """The same for each dimension, with its name and its number of checks."""
        rows = []
        for one in self.dimensions:
            shares = _shares(c for c in self.checks if c.dimension == one.dimension)
            total = sum(n for method, n in shares.items() if method != "open")
            rows.append({"dimension": one.dimension, "name": one.name(lang), "checks": total, **shares})
        return rows


def _shares(checks: Iterable[Check]) -> dict[str, int]:
    count = Counter("open" if c.open_slot else c.method for c in checks)
    return {name: count[name] for name in (*METHODS, "open")}
