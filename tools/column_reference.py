"""The page docs/reference/column-maps.md, made from the tables of columns and the maps that ship."""

from __future__ import annotations

from pathlib import Path

from setsail.store.readers.components import KINDS, Column, component
from setsail.store.readers.maps import load_map, shipped_facts, shipped_maps

INTRODUCTION = (Path(__file__).resolve().parent / "column_reference.md").read_text(encoding="utf-8")


def page() -> str:
    """The whole page."""
    parts = [INTRODUCTION.rstrip(), "", "## Maps that ship", "", *_maps(), ""]
    for kind in KINDS:
        parts += [f"## Columns of {kind}", "", *_columns(kind), ""]
    return "\n".join(parts).rstrip() + "\n"


def _maps() -> list[str]:
    rows = ["| map | for | reads | documented at |", "|---|---|---|---|"]
    for name in shipped_maps():
        facts = shipped_facts(name)
        kind = facts["kind"] if facts["kind"] != "any" else "every kind"
        rows.append(f"| `{name}` | {kind} | {facts['title']} | {facts['documented'] or '-'} |")
    for name in shipped_maps():
        facts = shipped_facts(name)
        if facts["kind"] == "any":
            continue
        rows += ["", f"`{name}`: " + ", ".join(_rules(name, facts["kind"])) + "."]
    return rows


def _rules(name: str, kind: str) -> list[str]:
    told = []
    for rule in load_map(name, kind).rules:
        source = " or ".join(f"`{s}`" for s in rule.sources) or f"constant `{rule.constant}`"
        told.append(f"{source} → `{rule.column.name}`")
    return told


def _columns(kind: str) -> list[str]:
    found = component(kind)
    key = ", ".join(f"`{name}`" for name in found.key)
    rows = [f"A row is named by {key}; a second row of that name is refused.", ""] if key else []
    rows += ["| column | type | unit | needed | range | meaning | source |", "|---|---|---|---|---|---|---|"]
    return [*rows, *(_row(column) for column in found.columns)]


def _row(column: Column) -> str:
    kind = " / ".join(f"`{choice}`" for choice in column.choices) or column.dtype
    needed = {"yes": "yes", "no": f"no, else `{column.default}`" if column.default else "no", "made": "made"}
    limit = ""
    if column.limit is not None:
        low = f"{column.limit.low:g}" if column.limit.low > -1e299 else ""
        high = f"{column.limit.high:.12g}" if column.limit.high < 1e299 else ""
        limit = f"{low} .. {high}".strip()
    cells = (
        f"`{column.name}`", kind, column.unit, needed[column.required], limit, column.description,
        f"{column.source_id}, {column.clause}",
    )  # fmt: skip
    return "| " + " | ".join(cells) + " |"
