"""Frameworks of composite indices as data: hierarchy, direction, weights, targets, goalposts, pipeline."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path

from setsail.base import toml
from setsail.base.errors import BadInput, DuplicateKey, UnknownName
from setsail.base.tables import read_text
from setsail.base.toml import Table

CODE = re.compile(r"[^\s,][^,\r\n]*")


@dataclass(frozen=True, slots=True)
class Series:
    """Where the shipped observations hold an indicator for one geography; `definition` empty: any.

    per : observation that the value is divided by, after which it is multiplied by `scale`.
    """

    observation: str
    unit: str
    definition: str = ""
    per: str = ""
    per_unit: str = ""
    per_definition: str = ""
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Indicator:
    """One measured column. `goalposts` are (low, high) in the indicator's unit, before any logarithm."""

    code: str
    name: str
    parent: str
    direction: int = 1
    weight: float = 1.0
    unit: str = ""
    target: float | None = None
    denominator: str = ""
    scale: float = 1.0
    goalposts: tuple[float, float] | None = None
    log: bool = False
    cap: bool = False
    series: Mapping[str, Series] = field(default_factory=dict)
    where: str = ""


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One node above the indicators; the one without a parent is the index."""

    code: str
    name: str
    parent: str
    weight: float = 1.0
    level: int = 0
    where: str = ""


@dataclass(frozen=True, slots=True)
class Columns:
    """Which columns of a data file hold the code, the name and the time of a unit."""

    code: str = "uCode"
    name: str = "uName"
    time: str = "Time"


@dataclass(frozen=True, slots=True)
class Framework:
    """A composite index as declared; `steps` are the tables of its pipeline, empty for the default one."""

    id: str
    title: str
    indicators: tuple[Indicator, ...]
    aggregates: tuple[Aggregate, ...]
    denominators: tuple[str, ...] = ()
    groupings: tuple[str, ...] = ()
    steps: tuple[Table, ...] = ()
    columns: Columns = Columns()
    version: str = ""
    sources: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    geographies: Mapping[str, str] = field(default_factory=dict)
    varied: Table = field(default_factory=dict)
    run: Table = field(default_factory=dict)

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the indicators, in the order of the columns."""
        return tuple(i.code for i in self.indicators)

    @property
    def top(self) -> str:
        """Code of the index."""
        return self.aggregates[-1].code

    def children(self, parent: str) -> tuple[str, ...]:
        """Codes of the nodes directly below `parent`, in file order."""
        nodes: list[Indicator | Aggregate] = [*self.indicators, *self.aggregates]
        return tuple(n.code for n in nodes if n.parent == parent)


def checked(framework: Framework, name: str) -> Framework:
    """The framework with the level of every aggregate, lowest first and the index last.

    Raises DuplicateKey (code), UnknownName (parent), BadInput (cycle, two roots, leaf group, weights).
    """
    nodes: dict[str, Indicator | Aggregate] = {}
    everything: list[Indicator | Aggregate] = [*framework.indicators, *framework.aggregates]
    for node in everything:
        if node.code in nodes:
            raise DuplicateKey(f"repeats code {node.code!r} of {nodes[node.code].where}", where=node.where)
        nodes[node.code] = node
    if not framework.indicators:
        raise BadInput("has no indicator", where=name, allowed="at least one")
    _require_parents(nodes, framework, name)
    levels = {a.code: _level(a.code, framework, ()) for a in framework.aggregates}
    ordered = sorted(framework.aggregates, key=lambda a: levels[a.code])
    for aggregate in ordered:
        _require_weights(aggregate, [nodes[c] for c in framework.children(aggregate.code)])
    return replace(framework, aggregates=tuple(replace(a, level=levels[a.code]) for a in ordered))


def _require_parents(nodes: Mapping[str, Indicator | Aggregate], framework: Framework, name: str) -> None:
    groups = {a.code for a in framework.aggregates}
    for node in nodes.values():
        if node.parent and node.parent not in groups:
            raise UnknownName(f"has the unknown parent {node.parent!r}", where=node.where, allowed=", ".join(groups))
        if not node.parent and isinstance(node, Indicator):
            raise BadInput("has no parent", where=node.where, allowed=", ".join(groups))
    for node in nodes.values():
        seen = [node.code]
        while nodes[seen[-1]].parent:
            following = nodes[seen[-1]].parent
            if following in seen:
                ring = [*seen[seen.index(following) :], following]
                raise BadInput(f"is in a cycle: {' -> '.join(ring)}", where=nodes[following].where)
            seen.append(following)
    roots = [a.code for a in framework.aggregates if not a.parent]
    if len(roots) != 1:
        raise BadInput(f"has {len(roots)} nodes without a parent", where=name, allowed="one, the index")


def _level(code: str, framework: Framework, above: tuple[str, ...]) -> int:
    aggregates = {a.code for a in framework.aggregates}
    children = framework.children(code)
    if not children:
        where = next(a.where for a in framework.aggregates if a.code == code)
        raise BadInput("has no children", where=where, hint="remove it, or name it as a parent")
    return 1 + max(_level(c, framework, (*above, code)) if c in aggregates else 1 for c in children)


def _require_weights(parent: Aggregate, children: Sequence[Indicator | Aggregate]) -> None:
    for child in children:
        if child.weight < 0:
            raise BadInput(f"has weight {child.weight:g}", where=child.where, allowed="0 or more")
    if sum(child.weight for child in children) == 0:
        raise BadInput(
            f"has children whose weights sum to 0 ({', '.join(c.code for c in children)})", where=parent.where
        )


def shipped() -> list[str]:
    """Names of the frameworks inside the package."""
    folder = files("setsail.standards") / "data" / "frameworks"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name.endswith(".toml"))


def framework(name: str) -> Framework:
    """A framework by its shipped name or the path of a TOML file. Raises UnknownName, BadInput."""
    if name in shipped():
        text = (files("setsail.standards") / "data" / "frameworks" / f"{name}.toml").read_text(encoding="utf-8")
        return parse(text, f"{name}.toml")
    if not name.endswith(".toml"):
        raise UnknownName(f"is {name!r}", where="framework", allowed=f"{', '.join(shipped())} or the path of a .toml")
    return parse(read_text(Path(name)), name)


FRAMEWORK_KEYS = {
    "id", "title", "version", "sources", "notes", "columns", "indicator", "aggregate", "denominators", "groupings",
    "step", "geographies", "varied", "run",
}  # fmt: skip
INDICATOR_KEYS = {
    "code", "name", "parent", "direction", "weight", "unit", "target", "denominator", "scale", "goalposts", "log",
    "cap", "series",
}  # fmt: skip


def parse(text: str, name: str) -> Framework:
    """The framework that TOML text declares. Raises BadInput with file, line and key."""
    document = toml.document(text, name)
    toml.require_known(document, FRAMEWORK_KEYS, name)
    lines = {kind: _lines(text, kind) for kind in ("indicator", "aggregate", "step")}
    columns = document.get("columns", {})
    toml.require_known(columns, {"code", "name", "time"}, f"{name} [columns]")
    for key in ("geographies", "varied", "run"):
        toml.require_known(document.get(key, {}), document.get(key, {}), f"{name} [{key}]")
    indicators = [
        _indicator(t, f"{name}:{lines['indicator'][i]} [[indicator]]")
        for i, t in enumerate(toml.tables(document, "indicator", name))
    ]
    aggregates = [
        _aggregate(t, f"{name}:{lines['aggregate'][i]} [[aggregate]]")
        for i, t in enumerate(toml.tables(document, "aggregate", name))
    ]
    steps = [
        {**t, "where": f"{name}:{lines['step'][i]} [[step]]"} for i, t in enumerate(toml.tables(document, "step", name))
    ]
    loose = Framework(
        id=toml.text(document, "id", name, name),
        title=toml.text(document, "title", name),
        indicators=tuple(indicators),
        aggregates=tuple(aggregates),
        denominators=toml.texts(document, "denominators", name),
        groupings=toml.texts(document, "groupings", name),
        steps=tuple(steps),
        columns=Columns(**{k: toml.text(columns, k, f"{name} [columns]") for k in columns}),
        version=toml.text(document, "version", name),
        sources=toml.texts(document, "sources", name),
        notes=toml.texts(document, "notes", name),
        geographies=document.get("geographies", {}),
        varied=document.get("varied", {}),
        run=document.get("run", {}),
    )
    return checked(loose, name)


def _indicator(table: Table, where: str) -> Indicator:
    toml.require_known(table, INDICATOR_KEYS, where)
    direction = table.get("direction", 1)
    if direction not in (1, -1) or isinstance(direction, bool):
        raise BadInput(f"is {direction!r}", where=f"{where} direction", allowed="1 or -1")
    posts = table.get("goalposts")
    numbers = isinstance(posts, list) and len(posts) == 2 and all(toml.is_number(p) for p in posts)
    if posts is not None and (not numbers or posts[0] >= posts[1]):
        raise BadInput(f"is {posts!r}", where=f"{where} goalposts", allowed="[low, high] with low < high")
    if table.get("log") and posts is not None and posts[0] <= 0:
        raise BadInput(f"is {posts!r}", where=f"{where} goalposts", allowed="above 0 where log = true")
    series = table.get("series", {})
    toml.require_known(series, series, f"{where} series")
    return Indicator(
        code=_code(table, where),
        name=toml.text(table, "name", where),
        parent=toml.text(table, "parent", where),
        direction=direction,
        weight=toml.number(table, "weight", where, 1.0),
        unit=toml.text(table, "unit", where),
        target=toml.number(table, "target", where) if "target" in table else None,
        denominator=toml.text(table, "denominator", where),
        scale=toml.number(table, "scale", where, 1.0),
        goalposts=(float(posts[0]), float(posts[1])) if posts is not None else None,
        log=toml.flag(table, "log", where),
        cap=toml.flag(table, "cap", where),
        series={g: _series(s, f"{where} series.{g}") for g, s in series.items()},
        where=where,
    )


def _series(table: Table, where: str) -> Series:
    toml.require_known(
        table, {"observation", "unit", "definition", "per", "per_unit", "per_definition", "scale"}, where
    )
    texts = {k: toml.text(table, k, where) for k in table if k != "scale"}
    return Series(scale=toml.number(table, "scale", where, 1.0), **texts)


def _aggregate(table: Table, where: str) -> Aggregate:
    toml.require_known(table, {"code", "name", "parent", "weight"}, where)
    return Aggregate(
        code=_code(table, where),
        name=toml.text(table, "name", where),
        parent=toml.text(table, "parent", where),
        weight=toml.number(table, "weight", where, 1.0),
        where=where,
    )


def _code(table: Table, where: str) -> str:
    code = toml.text(table, "code", where)
    if not CODE.fullmatch(code):
        raise BadInput(f"is {code!r}", where=f"{where} code", allowed="text without a comma")
    return code


def _lines(text: str, kind: str) -> list[int]:
    """Line of each `[[kind]]` header."""
    return [i for i, line in enumerate(text.splitlines(), start=1) if line.strip().startswith(f"[[{kind}]]")] + [1]
