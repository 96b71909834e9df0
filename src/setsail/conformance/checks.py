"""One check on one fact: the comparison, its margin, and what keeps a good value from being a pass."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeGuard

from setsail.conformance.findings import Bound, Finding, Verdict
from setsail.conformance.profile import FIRM, Check
from setsail.design.assess.facts import Fact

ROUNDING = 1e-9
"""Relative width within which a value counts as equal to its limit: the noise of adding doubles."""


def plain_bound(check: Check) -> Bound:
    """The bound of a limit that is written in the profile: a number, a truth or a word."""
    text = check.limit
    if text.lower() in {"true", "false"}:
        return Bound(text.lower() == "true")
    try:
        value = float(text)
    except ValueError:
        return Bound(text)
    return Bound(value if math.isfinite(value) else text)


def judge(check: Check, fact: Fact, bound: Bound) -> Finding:
    """What a check says of one fact.

    A value with an interval passes where the whole interval does and fails where the whole of it does, else it is
    inconclusive. A good value whose source or threshold was not read is inconclusive too.
    """
    value = fact.value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return missing(check, fact, bound)
    if check.op in {"==", "in"}:
        return _matched(check, fact, bound)
    limit = bound.value
    if not (_is_number(value) and _is_number(limit)):
        return Finding(check, fact, "inconclusive", bound, None, "no number to compare")
    sign = 1.0 if check.op[0] == ">" else -1.0
    margin = sign * (value - limit)
    slack = ROUNDING * max(abs(value), abs(limit))
    if fact.low is None and fact.high is None:
        if fact.evidence == "measured":
            return Finding(check, fact, "inconclusive", bound, margin, "measured without a stated confidence")
        return _settled(check, fact, bound, margin, _reached(margin, slack, strict=len(check.op) == 1))
    return _interval(check, fact, bound, margin)


def judge_all(check: Check, facts: Sequence[Fact], bound: Bound) -> list[Finding]:
    """`judge` on each fact: those that are plain verified numbers against a firm limit by one comparison."""
    limit = bound.value
    if check.op not in {">=", "<="} or not _is_number(limit) or check.mark not in FIRM or not bound.firm:
        return [judge(check, fact, bound) for fact in facts]
    sign = 1.0 if check.op == ">=" else -1.0
    slack, found = ROUNDING * abs(limit), []
    make, miss = tuple.__new__, check.miss
    for fact in facts:
        value = fact.value
        if type(value) is not float or not fact.verified or fact.evidence == "measured" or fact.low is not fact.high:
            found.append(judge(check, fact, bound))
            continue
        margin = sign * (value - limit)
        if margin >= slack:
            found.append(make(Finding, (check, fact, "pass", bound, margin, "")))
        elif margin < -slack - ROUNDING * abs(value):
            found.append(make(Finding, (check, fact, miss, bound, margin, "")))
        else:
            found.append(judge(check, fact, bound))
    return found


def missing(check: Check, fact: Fact, bound: Bound | None) -> Finding:
    """The finding where there is no value: no method at this stage, or no evidence yet."""
    if fact.evidence == "computed" and fact.n is None and fact.verified:
        return Finding(check, fact, "not_measurable", bound, None)
    reason = "not declared" if fact.evidence == "declared" and not fact.cause else ""
    return Finding(check, fact, "inconclusive", bound, None, reason)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _reached(margin: float, slack: float, *, strict: bool) -> bool:
    return margin > slack if strict else margin >= -slack


def _matched(check: Check, fact: Fact, bound: Bound) -> Finding:
    """The finding of an equality, or of membership in words joined by `|`."""
    if check.op == "in":
        held = str(fact.value) in str(bound.value).split("|")
    elif _is_number(fact.value) and _is_number(bound.value):
        held = math.isclose(fact.value, bound.value, rel_tol=ROUNDING)
    else:
        held = type(fact.value) is type(bound.value) and fact.value == bound.value
    return _settled(check, fact, bound, None, held)


def _interval(check: Check, fact: Fact, bound: Bound, margin: float) -> Finding:
    limit = float(bound.value)
    sign = 1.0 if check.op[0] == ">" else -1.0
    slack = ROUNDING * abs(limit)
    low = -math.inf if fact.low is None else fact.low
    high = math.inf if fact.high is None else fact.high
    worst, best = (low, high) if sign > 0 else (high, low)
    strict = len(check.op) == 1
    if _reached(sign * (worst - limit), slack, strict=strict):
        return _settled(check, fact, bound, margin, True)
    if not _reached(sign * (best - limit), slack, strict=strict):
        return _settled(check, fact, bound, margin, False)
    return Finding(check, fact, "inconclusive", bound, margin, "the interval holds the limit")


def _settled(check: Check, fact: Fact, bound: Bound, margin: float | None, held: bool) -> Finding:
    """Pass or fail, unless a pass would rest on something that was not read."""
    verdict: Verdict = "pass" if held else check.miss
    why = unfirm(check, fact, bound)
    if not held and _guessed(check, bound):
        return Finding(check, fact, "inconclusive", bound, margin, f"missed, but {why}")
    if held and why:
        return Finding(check, fact, "inconclusive", bound, margin, f"met, but {why}")
    return Finding(check, fact, verdict, bound, margin, why)


def _guessed(check: Check, bound: Bound) -> bool:
    """An assumed threshold, or the assumed need of an application, can neither pass nor fail a network."""
    return check.mark == "assumed" or (bound.kind == "default" and not bound.firm)


def unfirm(check: Check, fact: Fact, bound: Bound) -> str:
    """What was not read of threshold, need and value; empty where all was."""
    parts = []
    if check.mark not in FIRM and not bound.source:
        parts.append(f"the threshold is {check.mark}, its source was not read")
    elif check.mark not in FIRM:
        parts.append(f"the clause is {check.mark}, its source was not read")
    if not bound.firm:
        parts.append("the need rests on a source that was not read")
    if not fact.verified:
        parts.append("the value rests on a source that was not read")
    return " and ".join(parts)
