"""The steps of a pipeline and their parameters, from tables and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, replace
from typing import Any, ClassVar, Literal, get_args

from setsail.base.errors import BadInput

Over = Literal["time", "pooled"]
ImputeMethod = Literal["none", "mean", "group_mean", "interpolate"]
NormaliseMethod = Literal["minmax", "zscore", "rank", "percentile", "target", "best", "goalposts", "none"]
AggregateMethod = Literal["arithmetic", "geometric", "harmonic", "copeland", "mazziotta_pareto"]
WeightMethod = Literal["given", "equal", "pca", "pca_squared", "bod"]
Missing = Literal["reallocate", "refuse"]
CHOICES: dict[str, tuple[str, ...]] = {
    "over": get_args(Over),
    "ends": ("none", "nearest"),
    "weights": get_args(WeightMethod),
    "missing": get_args(Missing),
}


@dataclass(frozen=True, slots=True)
class Denominate:
    """Each indicator divided by the column that the framework names, then multiplied by its scale."""

    kind: ClassVar[str] = "denominate"
    output: ClassVar[str] = "Denominated"


@dataclass(frozen=True, slots=True)
class Impute:
    """Missing values filled; observed ones never change.

    group : column for `group_mean`;  over : which rows share a mean;  ends : what `interpolate` does outside the
    first and last observation.
    """

    kind: ClassVar[str] = "impute"
    output: ClassVar[str] = "Imputed"
    method: ImputeMethod = "group_mean"
    group: str = ""
    over: Over = "time"
    ends: Literal["none", "nearest"] = "none"


@dataclass(frozen=True, slots=True)
class Screen:
    """Units kept that have at least this share of the indicators."""

    kind: ClassVar[str] = "screen"
    output: ClassVar[str] = "Screened"
    least_share: float = 0.9


@dataclass(frozen=True, slots=True)
class Treat:
    """Outliers drawn in, or where that does not do, a logarithm (`log`) of the untouched column."""

    kind: ClassVar[str] = "treat"
    output: ClassVar[str] = "Treated"
    winmax: int = 5
    skewness: float = 2.0
    kurtosis: float = 3.5
    log: bool = True
    over: Over = "time"
    skip: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Normalise:
    """Columns on one scale, higher is better. `low`, `high` bound it; `mean`, `sd` are of the z score."""

    kind: ClassVar[str] = "normalise"
    output: ClassVar[str] = "Normalised"
    method: NormaliseMethod = "minmax"
    low: float | None = None
    high: float | None = None
    mean: float = 0.0
    sd: float = 1.0
    over: Over = "pooled"
    indicators: Mapping[str, Normalise] = field(default_factory=dict)

    def resolved(self) -> Normalise:
        """The same with the bounds that the method takes where none are named."""
        top = 100.0 if self.method in ("minmax", "goalposts") else 1.0
        low, high = 0.0 if self.low is None else self.low, top if self.high is None else self.high
        if low >= high:  # would turn the ranking round, or end it
            raise BadInput(f"has low {low:g} and high {high:g}", where="normalise", allowed="low below high")
        return replace(
            self, low=low, high=high,
            indicators={c: n.resolved() for c, n in self.indicators.items()},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """How the parts of one node become its score.

    share_low, share_high : bounds of the part of one weight in the score, for `bod`;  scale : of `bod`;
    penalty : sign of the term of Mazziotta-Pareto;  least_share : of the weight that must be there.
    """

    method: AggregateMethod = "arithmetic"
    weights: WeightMethod = "given"
    missing: Missing = "reallocate"
    least_share: float = 0.0
    share_low: float = 0.0
    share_high: float = 1.0
    scale: float = 100.0
    penalty: float = -1.0


@dataclass(frozen=True, slots=True)
class Aggregate:
    """Scores of all nodes, bottom up; `levels` (keys "2", "3" ...) and `nodes` (codes) override the rule."""

    kind: ClassVar[str] = "aggregate"
    output: ClassVar[str] = "Aggregated"
    rule: Rule = Rule()
    levels: Mapping[str, Rule] = field(default_factory=dict)
    nodes: Mapping[str, Rule] = field(default_factory=dict)

    def of(self, code: str, level: int) -> Rule:
        """The rule of one node: its own, else that of its level, else the common one."""
        return self.nodes.get(code) or self.levels.get(str(level)) or self.rule


Step = Denominate | Impute | Screen | Treat | Normalise | Aggregate
KINDS: dict[str, type[Step]] = {k.kind: k for k in (Denominate, Impute, Screen, Treat, Normalise, Aggregate)}


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Steps in order; normalise comes once, aggregate once and last."""

    steps: tuple[Step, ...]

    def __post_init__(self) -> None:
        kinds = [s.kind for s in self.steps]
        repeated = [k for k in kinds if kinds.count(k) > 1]
        if repeated:
            raise BadInput(f"has the step {repeated[0]!r} twice", where="pipeline", allowed="each step once")
        if kinds[-2:] != ["normalise", "aggregate"]:
            raise BadInput(
                f"runs {', '.join(kinds) or 'nothing'}", where="pipeline", allowed="normalise, aggregate as last steps"
            )

    def get(self, kind: str) -> Step | None:
        """The step of that kind, where there is one."""
        return next((s for s in self.steps if s.kind == kind), None)

    @property
    def normalise(self) -> Normalise:
        """The step that normalises."""
        step = self.steps[-2]
        assert isinstance(step, Normalise)  # held by __post_init__  # noqa: S101
        return step

    @property
    def aggregate(self) -> Aggregate:
        """The last step."""
        step = self.steps[-1]
        assert isinstance(step, Aggregate)  # held by __post_init__  # noqa: S101
        return step

    def with_step(self, step: Step) -> Pipeline:
        """The pipeline with this step in the place of the one of its kind."""
        if self.get(step.kind) is None:
            order = list(KINDS)
            at = sum(order.index(s.kind) < order.index(step.kind) for s in self.steps)
            return Pipeline((*self.steps[:at], step, *self.steps[at:]))
        return Pipeline(tuple(step if s.kind == step.kind else s for s in self.steps))

    def without(self, kind: str) -> Pipeline:
        """The pipeline without the step of that kind."""
        return Pipeline(tuple(s for s in self.steps if s.kind != kind))

    def resolved(self) -> Pipeline:
        """The pipeline with every parameter written out."""
        return Pipeline(tuple(s.resolved() if isinstance(s, Normalise) else s for s in self.steps))


def default_pipeline(groupings: Sequence[str], *, panel: bool) -> Pipeline:
    """The pipeline of a framework that names none: see `docs/explain/index.md`.

    Missing values take the mean of the last grouping column, of all units where there is none.
    """
    group = groupings[-1] if groupings else ""
    return Pipeline(
        (
            Denominate(),
            Impute(method="group_mean" if group else "mean", group=group),
            Screen(),
            Treat(),
            Normalise(over="pooled" if panel else "time"),
            Aggregate(),
        )
    ).resolved()


def pipeline(tables: Sequence[Mapping[str, Any]], where: str) -> Pipeline:
    """The pipeline that tables declare. Raises BadInput with the place and the key."""
    return Pipeline(tuple(step_of(t, str(t.get("where", where))) for t in tables)).resolved()


def step_of(table: Mapping[str, Any], where: str) -> Step:
    """The step that one table declares. Raises BadInput with the place and the key."""
    kind = table.get("kind")
    if kind not in KINDS:
        raise BadInput(f"is {kind!r}", where=f"{where} kind", allowed=", ".join(KINDS))
    rest = {k: v for k, v in table.items() if k not in ("kind", "where")}
    if kind == "aggregate":
        return _aggregate(rest, where)
    if kind == "normalise":
        per = _subtables(rest, "indicators", where)
        step: Normalise = _build(Normalise, rest, where)
        base = {f.name: getattr(step, f.name) for f in fields(step) if f.name not in ("indicators", "low", "high")}
        return replace(
            step, indicators={c: _build(Normalise, {**base, **t}, f"{where} indicators.{c}") for c, t in per.items()}
        )
    built: Step = _build(KINDS[str(kind)], rest, where)
    return built


def _aggregate(rest: dict[str, Any], where: str) -> Aggregate:
    levels, nodes = _subtables(rest, "levels", where), _subtables(rest, "nodes", where)
    return Aggregate(
        rule=_build(Rule, rest, where),
        levels={k: _build(Rule, {**rest, **t}, f"{where} levels.{k}") for k, t in levels.items()},
        nodes={k: _build(Rule, {**rest, **t}, f"{where} nodes.{k}") for k, t in nodes.items()},
    )


def _subtables(table: dict[str, Any], key: str, where: str) -> dict[str, dict[str, Any]]:
    found = table.pop(key, {})
    if not isinstance(found, dict) or not all(isinstance(t, dict) for t in found.values()):
        raise BadInput(f"is {found!r}", where=f"{where} {key}", allowed="a table of tables")
    return found


def _build(cls: type[Any], table: Mapping[str, Any], where: str) -> Any:  # noqa: ANN401 - built from its fields
    known = {f.name: f for f in fields(cls) if f.name != "indicators"}
    strange = sorted(set(table) - set(known))
    if strange:
        raise BadInput(f"has the unknown key {strange[0]!r}", where=where, allowed=", ".join(known) or "no key")
    values = {}
    for key, value in table.items():
        default = known[key].default
        values[key] = _value(key, value, default, cls, f"{where} {key}")
    return cls(**values)


def _value(key: str, value: object, default: object, cls: type[Any], where: str) -> object:
    choices = _method_choices(cls) if key == "method" else CHOICES.get(key)
    if choices is not None:
        if value not in choices:
            raise BadInput(f"is {value!r}", where=where, allowed=", ".join(choices))
        return value
    if isinstance(default, bool):
        return _require(value, isinstance(value, bool), where, "true or false")
    if isinstance(default, str):
        return _require(value, isinstance(value, str), where, "text")
    if isinstance(default, tuple):
        fine = isinstance(value, list | tuple) and all(isinstance(v, str) for v in value)
        return tuple(_require(value, fine, where, "a list of codes"))
    if isinstance(default, int):
        fine = isinstance(value, int) and not isinstance(value, bool) and value >= 0
        return _require(value, fine, where, "a whole number, 0 or more")
    if value is None and default in (None, MISSING):
        return None
    fine = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf")
    return float(_require(value, fine, where, "a finite number"))


def _require(value: Any, fine: bool, where: str, allowed: str) -> Any:  # noqa: ANN401 - hands back what it got
    if not fine:
        raise BadInput(f"is {value!r}", where=where, allowed=allowed)
    return value


def _method_choices(cls: type[Any]) -> tuple[str, ...]:
    return get_args({Impute: ImputeMethod, Normalise: NormaliseMethod, Rule: AggregateMethod}[cls])


def tables(of: Pipeline) -> list[dict[str, Any]]:
    """The tables that `pipeline` reads back to the same steps."""
    out: list[dict[str, Any]] = []
    for step in of.steps:
        if isinstance(step, Aggregate):
            table = {"kind": step.kind, **_plain(step.rule)}
            table["levels"] = {k: _plain(r) for k, r in step.levels.items()}
            table["nodes"] = {k: _plain(r) for k, r in step.nodes.items()}
        else:
            table = {"kind": step.kind, **_plain(step)}
        if isinstance(step, Normalise):
            table["indicators"] = {c: _plain(n) for c, n in step.indicators.items()}
        out.append({k: v for k, v in table.items() if v != {}})
    return out


def _plain(step: Any) -> dict[str, Any]:  # noqa: ANN401 - any of the step classes
    values = {f.name: getattr(step, f.name) for f in fields(step) if f.name != "indicators"}
    return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items() if v is not None}
