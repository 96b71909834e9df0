"""Findings: what a check says of one subject, and all that was said of a network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, get_args

from setsail.base.record import Record
from setsail.conformance.profile import FIRM, Check, Profile, Stage
from setsail.design.assess.facts import Fact

Verdict = Literal["pass", "fail", "inconclusive", "not_measurable"]
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)
Severity = Literal["violation", "below_target"]
Value = float | str | bool | None


class Bound(NamedTuple):
    """What a check requires of one subject. source : where the value is from, if not from the check itself."""

    value: float | str | bool
    source: str = ""
    firm: bool = True
    kind: str = ""


class Finding(NamedTuple):
    """The verdict of one check on one subject.

    bound : what was required;  margin : distance to it in the check's unit, negative where missed, None without one;
    reason : why the verdict is not the plain comparison.
    """

    check: Check
    fact: Fact
    verdict: Verdict
    bound: Bound | None
    margin: float | None
    reason: str = ""

    @property
    def rule(self) -> str:
        """Id of the check."""
        return self.check.check

    @property
    def dimension(self) -> str:
        """Id of the dimension."""
        return self.check.dimension

    @property
    def subject(self) -> str:
        """What was judged, as "room:1A10"."""
        return self.fact.subject

    @property
    def met(self) -> Value:
        """The value of the fact."""
        return self.fact.value

    @property
    def required(self) -> Value:
        """The value of the limit."""
        return self.bound.value if self.bound else None

    @property
    def cause(self) -> str:
        """Which branch decides the value, and why the verdict is what it is."""
        return "; ".join(part for part in (self.reason, self.fact.cause) if part)

    @property
    def kind(self) -> str:
        """Kind of the value required: that of the application's bound, else of the check."""
        return (self.bound.kind if self.bound else "") or self.check.kind

    @property
    def severity(self) -> Severity:
        """What a miss means: a violation, or below a target that its source does not hold to be strict."""
        return "violation" if self.kind in {"normative", "engineering"} else "below_target"

    @property
    def verified(self) -> bool:
        """False where the threshold or the value rests on a source that was not read."""
        return self.check.mark in FIRM and self.fact.verified and (self.bound is None or self.bound.firm)

    @property
    def source(self) -> str:
        """The source of the check, and that of the bound."""
        return "; ".join(part for part in (self.check.source, self.bound.source if self.bound else "") if part)

    def record(self, lang: str = "en") -> Record:
        """All of it, ready for JSON."""
        check, fact = self.check, self.fact
        return {
            "rule": self.rule, "dimension": self.dimension, "subject": self.subject, "verdict": self.verdict,
            "met": fact.value, "op": check.op, "required": self.required, "unit": check.unit, "margin": self.margin,
            "cause": self.cause, "source": self.source, "label": check.label(lang), "remedy": check.remedy(lang),
            "kind": self.kind, "severity": self.severity, "mark": check.mark, "verified": self.verified,
            "evidence": fact.evidence, "low": fact.low, "high": fact.high, "n": fact.n, "confidence": fact.confidence,
            "fact": fact.key, "fact_sources": list(fact.sources), "check_version": check.version,
            "clause_ref": check.clause_ref,
        }  # fmt: skip


class NotApplicable(NamedTuple):
    """A check that asks nothing of a subject, and why. subject : "" for the whole check."""

    check: Check
    subject: str
    reason: str

    def record(self) -> Record:
        """Ready for JSON."""
        return {"rule": self.check.check, "subject": self.subject, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Judged:
    """What a profile says of a network at one stage.

    findings : in the order of the profile, then of the subjects;  not_applicable : checks whose need is not stated or
    whose subject is not there;  open_slots : ids of checks that wait for a threshold;  judged : how many pairs of
    check and fact were judged, less than all where earlier findings were kept.
    """

    site: str
    profile: Profile
    stage: Stage
    findings: tuple[Finding, ...]
    not_applicable: tuple[NotApplicable, ...]
    open_slots: tuple[str, ...]
    judged: int

    def counts(self) -> dict[str, dict[str, int]]:
        """How many findings of each verdict each dimension has."""
        table = {d.dimension: dict.fromkeys(VERDICTS, 0) for d in self.profile.dimensions}
        for finding in self.findings:
            table[finding.check.dimension][finding.verdict] += 1
        return {dimension: {str(v): n for v, n in row.items()} for dimension, row in table.items()}

    def totals(self) -> dict[str, int]:
        """How many findings of each verdict there are."""
        rows = self.counts().values()
        return {verdict: sum(row[verdict] for row in rows) for verdict in VERDICTS}

    @property
    def failed(self) -> bool:
        """True where any check fails."""
        return any(f.verdict == "fail" for f in self.findings)

    def record(self, lang: str = "en") -> dict[str, Any]:
        """All of it, ready for JSON."""
        return {
            "site": self.site,
            "profile": self.profile.profile,
            "profile_version": self.profile.version,
            "stage": self.stage,
            "findings": [f.record(lang) for f in self.findings],
            "counts": self.counts(),
            "totals": self.totals(),
            "not_applicable": [n.record() for n in self.not_applicable],
            "open_slots": list(self.open_slots),
            "judged": self.judged,
        }
