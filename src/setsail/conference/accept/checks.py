"""Checks with their limits from data, steps made of checks, and what a step comes to."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal, get_args

from setsail.standards import facts

Step = Literal["power", "link", "rate", "register", "call", "voice"]
STEPS: tuple[Step, ...] = get_args(Step)
"""In the order in which they are made."""
Verdict = Literal["pass", "fail", "inconclusive", "not run"]
Sense = Literal["most", "least", "is"]


@dataclass(frozen=True, slots=True)
class Bound:
    """What a check asks for. required : without a pass of it the site is not accepted;  evidence : how the limit is
    known.
    """

    check: str
    step: Step
    sense: Sense
    limit: float
    unit: str
    required: bool
    evidence: str
    meaning: str
    source: str

    def text(self) -> str:
        """The limit in words, such as `at most 0.007 ratio`."""
        if self.sense == "is":
            return "yes"
        return f"at {self.sense} {self.limit:g} {self.unit}"

    def holds(self, met: float) -> bool:
        """True where a value meets it; NaN never does."""
        return met <= self.limit if self.sense == "most" else met >= self.limit


@dataclass(frozen=True, slots=True)
class Check:
    """One value held against its bound. met : None where it was not measured;  reason : why, or what spoils it."""

    bound: Bound
    met: float | None
    verdict: Verdict
    reason: str = ""


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step of the acceptance: its checks, and the facts that they were taken from."""

    step: Step
    verdict: Verdict
    reason: str = ""
    checks: tuple[Check, ...] = ()
    facts: Mapping[str, Any] = field(default_factory=dict)


@cache
def bounds() -> Mapping[str, Bound]:
    """Every check by its name, in the order of its table."""
    return {
        row.need("check"): Bound(
            row.need("check"), row.need("step"), row.need("sense"), float(row.need("limit")),  # type: ignore[arg-type]
            row.need("unit"), row.need("required") == "true", row.need("evidence"), row.need("meaning"),
            f"{row.need('source_id')} {row.need('clause')}",
        )
        for row in facts.table("conference/acceptance_limits.csv")
    }  # fmt: skip


@cache
def terms() -> Mapping[str, float]:
    """Other numbers of an acceptance by name."""
    return {row.need("term"): float(row.need("value")) for row in facts.table("conference/acceptance_terms.csv")}


def check(name: str, met: float | None, *, spoilt: str = "", missing: str = "not measured") -> Check:
    """The value of a check held against its bound.

    met : None where nothing was measured, for the reason `missing`;  spoilt : why a value that misses its bound proves
    nothing; one that meets it in spite of that passes.
    """
    bound = bounds()[name]
    if met is None or math.isnan(met):
        return Check(bound, None, "inconclusive", missing)
    if bound.holds(met):
        return Check(bound, met, "pass")
    return Check(bound, met, "inconclusive" if spoilt else "fail", spoilt)


def concluded(step: Step, checks: Sequence[Check], told: Mapping[str, Any]) -> StepResult:
    """The step of these checks: fails with the first that fails, else is open with the first required that is open."""
    worst = next((c for c in checks if c.verdict == "fail"), None)
    worst = worst or next((c for c in checks if c.verdict != "pass" and c.bound.required), None)
    worst = worst or next((c for c in checks if c.verdict != "pass"), None)
    if worst is None:
        return StepResult(step, "pass", "", tuple(checks), told)
    return StepResult(step, worst.verdict, _reason(worst), tuple(checks), told)


def not_run(step: Step, reason: str) -> StepResult:
    """A step that was not made."""
    return StepResult(step, "not run", reason)


def hindrance(steps: Sequence[StepResult], waived: Collection[Step] = ()) -> StepResult | None:
    """The first step that stands against acceptance: failed, or open or not made although something in it is
    required. None where the site is accepted.

    waived : steps that may be left out; one of them that was made and failed stands against it all the same.
    """
    required = {b.step for b in bounds().values() if b.required} - set(waived)
    return next((s for s in steps if s.verdict == "fail" or (s.verdict != "pass" and s.step in required)), None)


def _reason(worst: Check) -> str:
    bound = worst.bound
    if worst.met is None:
        return f"{bound.check}: {worst.reason}"
    met = "no" if bound.sense == "is" else f"{worst.met:.4g} {bound.unit}"
    more = f"; {worst.reason}" if worst.reason else ""
    return f"{bound.check} is {met}, asked for is {bound.text()}{more}"
