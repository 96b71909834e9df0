"""Findings for a reader: counts of each dimension, and each rule once with its worst subject."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from setsail.base.record import Record
from setsail.conformance.findings import VERDICTS, Finding, Judged, Verdict

FAILED: tuple[Verdict, ...] = ("fail",)


@dataclass(frozen=True, slots=True)
class RuleSummary:
    """One rule with one verdict: of how many subjects, and the worst of them."""

    worst: Finding
    subjects: int
    of: int


def dimension_table(judged: Judged, lang: str = "en") -> list[Record]:
    """A row for each dimension: its name, and how many findings of each verdict it has."""
    counts = judged.counts()
    return [
        {"dimension": d.name(lang)} | {v: counts[d.dimension][v] for v in VERDICTS} for d in judged.profile.dimensions
    ]


def by_rule(judged: Judged, verdicts: Collection[Verdict] = FAILED) -> list[RuleSummary]:
    """Each rule that has findings with one of `verdicts`, in the order of the profile, with its worst subject."""
    groups: dict[tuple[str, Verdict], list[Finding]] = {}
    total: dict[str, int] = {}
    for finding in judged.findings:
        total[finding.rule] = total.get(finding.rule, 0) + 1
        if finding.verdict in verdicts:
            groups.setdefault((finding.rule, finding.verdict), []).append(finding)
    return [RuleSummary(min(found, key=_badness), len(found), total[rule]) for (rule, _), found in groups.items()]


def _badness(finding: Finding) -> tuple[float, str]:
    """Least first: the margin as a share of what was required where that says more than its size alone."""
    if finding.margin is None:
        return (0.0, finding.subject)
    required = finding.required
    scaled = isinstance(required, float) and finding.check.unit not in {"dBm", "dB"} and required
    return (
        finding.margin / abs(required) if scaled and isinstance(required, float) else finding.margin,
        finding.subject,
    )


def summary_records(judged: Judged, lang: str = "en", verdicts: Collection[Verdict] = FAILED) -> list[Record]:
    """`by_rule` as rows: rule, label, how many subjects of how many, and the worst of them with its cause."""
    return [
        {
            "rule": s.worst.rule, "dimension": s.worst.dimension, "label": s.worst.check.label(lang),
            "verdict": s.worst.verdict, "subjects": s.subjects, "of": s.of, "worst": s.worst.subject,
            "met": s.worst.met, "op": s.worst.check.op, "required": s.worst.required, "unit": s.worst.check.unit,
            "margin": s.worst.margin, "cause": s.worst.cause, "remedy": s.worst.check.remedy(lang),
            "source": s.worst.source,
        }
        for s in by_rule(judged, verdicts)
    ]  # fmt: skip
