"""What changed between two judgements, and between two versions of a profile."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from setsail.base.record import Record
from setsail.conformance.findings import Finding, Judged
from setsail.conformance.profile import Check, Profile

Direction = Literal["better", "worse", "new", "gone", "as_good"]
RANK = {"fail": 0, "not_measurable": 1, "inconclusive": 1, "pass": 2}


@dataclass(frozen=True, slots=True)
class Change:
    """One check of one subject that is judged otherwise. Better or worse by verdict, else by margin."""

    before: Finding | None
    after: Finding | None
    direction: Direction

    @property
    def verdict_changed(self) -> bool:
        """False where only the value moved."""
        return (self.before and self.before.verdict) != (self.after and self.after.verdict)

    def record(self, lang: str = "en") -> Record:
        """Ready for JSON."""
        said = self.after or self.before
        rows = [
            f and {k: f.record(lang)[k] for k in ("verdict", "met", "required", "margin", "cause")} for f in self.pair
        ]
        return {
            "rule": said.rule if said else "", "dimension": said.dimension if said else "",
            "subject": said.subject if said else "", "label": said.check.label(lang) if said else "",
            "unit": said.check.unit if said else "", "direction": self.direction,
            "verdict_changed": self.verdict_changed, "before": rows[0], "after": rows[1],
        }  # fmt: skip

    @property
    def pair(self) -> tuple[Finding | None, Finding | None]:
        """Before and after."""
        return self.before, self.after


def changes(before: Judged, after: Judged) -> tuple[Change, ...]:
    """The findings that are not the same in two judgements, in the order of the second, then what is gone."""
    old = {(f.rule, f.subject): f for f in before.findings}
    found = []
    for finding in after.findings:
        was = old.pop((finding.rule, finding.subject), None)
        if was is not finding and (was is None or not _alike(was, finding)):
            found.append(Change(was, finding, "new" if was is None else _direction(was, finding)))
    return (*found, *(Change(was, None, "gone") for was in old.values()))


def _alike(a: Finding, b: Finding) -> bool:
    return (a.verdict, a.met, a.required, a.margin) == (b.verdict, b.met, b.required, b.margin)


def _direction(before: Finding, after: Finding) -> Direction:
    if RANK[before.verdict] != RANK[after.verdict]:
        return "better" if RANK[after.verdict] > RANK[before.verdict] else "worse"
    if before.margin is None or after.margin is None or before.margin == after.margin:
        return "as_good"
    return "better" if after.margin > before.margin else "worse"


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """One check that two versions of a profile do not share as it is. what : the columns that differ."""

    check: str
    kind: Literal["added", "removed", "changed"]
    what: tuple[str, ...]
    before: Check | None
    after: Check | None

    def record(self) -> Record:
        """Ready for JSON."""
        old, new = self.before, self.after
        return {
            "check": self.check, "kind": self.kind, "what": list(self.what), "version_before": old and old.version,
            "version_after": new and new.version, "limit_before": old and old.limit, "limit_after": new and new.limit,
            "source_before": old and old.source, "source_after": new and new.source,
        }  # fmt: skip


def profile_changes(before: Profile, after: Profile) -> tuple[ProfileChange, ...]:
    """The checks that were added, removed or changed: those that have to be run again."""
    old = {c.check: c for c in before.checks}
    found = []
    for check in after.checks:
        was = old.pop(check.check, None)
        if was is None:
            found.append(ProfileChange(check.check, "added", (), None, check))
        elif was != check:
            columns = [n for n in Check.__slots__ if getattr(was, n) != getattr(check, n)]
            found.append(ProfileChange(check.check, "changed", tuple(columns), was, check))
    return (*found, *(ProfileChange(name, "removed", (), was, None) for name, was in old.items()))
