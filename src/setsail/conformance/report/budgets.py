"""Budget trees as lines with bars: of the flows that come closest to what they need, or pass it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from setsail.base.record import Record
from setsail.conformance.report.inputs import Branch, Budget
from setsail.conformance.report.names import Names
from setsail.conformance.report.words import Words

MOST = 4
DEEPEST = 4


def worst_budgets(budgets: Sequence[Budget], most: int = MOST) -> list[Budget]:
    """The budgets with the least slack, one of each application and direction; those without a need come last."""

    def slack(b: Budget) -> tuple[float, str]:
        largest = b.tree.max_s if b.tree.max_s is not None else b.tree.mean_s
        known = largest is not None and b.required_s is not None
        return ((b.required_s or 0.0) - (largest or 0.0) if known else float("inf"), b.flow)

    found: dict[tuple[str, str], Budget] = {}
    for each in sorted(budgets, key=slack):
        found.setdefault((each.application, each.direction), each)
    return list(found.values())[:most]


def budget(of: Budget, names: Names, words: Words) -> Record:
    """A budget as the template reads it: its lines from the root down, bars as shares of the largest delay."""
    whole = of.tree.max_s or of.tree.mean_s or 1.0
    largest = of.tree.max_s if of.tree.max_s is not None else of.tree.mean_s
    return {
        "flow": names.of(f"flow:{of.flow}"),
        "direction": words(f"direction.{of.direction}"),
        "required": words.value(of.required_s, "s"),
        "largest": words.value(largest, "s"),
        "bad": of.required_s is not None and largest is not None and largest > of.required_s,
        "limit_share": (of.required_s or 0.0) / whole,
        "lines": list(_lines(of.tree, whole, 0, 0.0, words)),
        "note": of.note,
    }


def _lines(branch: Branch, whole: float, depth: int, start: float, words: Words) -> Iterator[Record]:
    """Each branch with its bar; the bars of children stand one after another inside that of their parent."""
    size = branch.max_s if branch.max_s is not None else branch.mean_s or 0.0
    yield {
        "name": words.phrase(branch.name),
        "depth": depth,
        "mean": words.value(branch.mean_s, "s"),
        "max": words.value(branch.max_s, "s"),
        "start": start / whole,
        "share": size / whole,
    }
    if depth == DEEPEST:
        return
    for child in branch.children:
        yield from _lines(child, whole, depth + 1, start, words)
        start += child.max_s if child.max_s is not None else child.mean_s or 0.0
