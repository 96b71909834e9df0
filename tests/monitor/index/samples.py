"""Small synthetic frameworks and data for the tests of the index."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from setsail.base.arrays import F64
from setsail.monitor.index.options import Pipeline, pipeline
from setsail.monitor.index.source import Inputs
from setsail.monitor.index.tables import IndexData
from setsail.standards.frameworks import Framework, parse

FRAMEWORK = """
id = "synthetic"
title = "A synthetic framework"
denominators = ["people"]
groupings = ["zone"]
[[indicator]]
code = "a"
parent = "left"
[[indicator]]
code = "b"
parent = "left"
weight = 3
[[indicator]]
code = "c"
parent = "right"
direction = -1
[[aggregate]]
code = "left"
parent = "Index"
[[aggregate]]
code = "right"
parent = "Index"
[[aggregate]]
code = "Index"
"""


def framework(extra: str = "") -> Framework:
    return parse(FRAMEWORK + extra, "synthetic.toml")


def steps(*tables: Mapping[str, object]) -> Pipeline:
    """A pipeline; normalise by minmax 0..100 and the arithmetic mean where not named."""
    kinds = [t["kind"] for t in tables]
    whole = [*tables]
    if "aggregate" not in kinds:
        whole.append({"kind": "aggregate"})
    if "normalise" not in kinds:
        whole.insert(len(whole) - 1, {"kind": "normalise", "over": "time"})
    return pipeline(whole, "test")


def data(
    values: Sequence[Sequence[float]] | F64, times: Sequence[str] | None = None, units: Sequence[str] | None = None
) -> IndexData:
    """Rows u1, u2 ... of the values, in one time."""
    x = np.array(values, dtype=np.float64)
    names = tuple(units or (f"u{k + 1}" for k in range(len(x))))
    return IndexData(
        units=names,
        names=names,
        times=tuple(times or ("",) * len(x)),
        values=x,
        denominators={"people": np.arange(1.0, len(x) + 1)},
        groups={"zone": tuple("north" if k % 2 else "south" for k in range(len(x)))},
    )


def inputs(rows: int = 12, *tables: Mapping[str, object], seed: int = 1) -> Inputs:
    """Synthetic values between 1 and 10 with a pipeline."""
    x = np.random.default_rng(seed).uniform(1, 10, (rows, 3))
    return Inputs(framework(), data(x), steps(*tables))
