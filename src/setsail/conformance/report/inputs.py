"""What a report is made from: the judgement, the design, and what its studies drew and priced."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from setsail.base.arrays import F64
from setsail.conformance.evidence import File
from setsail.conformance.findings import Judged
from setsail.design.network.model import Network
from setsail.site.model import Site

Image = np.ndarray[tuple[int, int], np.dtype[np.float64]]


@dataclass(frozen=True, slots=True)
class FloorMap:
    """Rasters of one floor. x : (columns,) centres [m];  y : (rows,) centres, falling;  layers : (rows, columns).

    A layer is one of `design.indoor.layers`, in the unit of its classes; NaN where nothing is known or asked.
    """

    floor: str
    x: F64
    y: F64
    layers: Mapping[str, Image]


@dataclass(frozen=True, slots=True)
class Branch:
    """A branch of a budget tree of delay: what it adds on average and at most [s]."""

    name: str
    mean_s: float | None
    max_s: float | None
    children: tuple[Branch, ...] = ()


@dataclass(frozen=True, slots=True)
class Budget:
    """The budget tree of one flow and direction, with what its application asks for [s]."""

    flow: str
    application: str
    direction: str
    room: str
    required_s: float | None
    tree: Branch
    note: str = ""


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of the bill of materials. yearly : paid every year, not once;  assumed : the price is an assumption."""

    item: str
    item_zh: str
    count: float
    unit: str
    price: float
    amount: float
    yearly: bool = False
    assumed: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True)
class Bill:
    """The bill: its lines, what is paid once, figures by key of the words (value, unit), and next steps."""

    currency: str
    lines: tuple[BillLine, ...]
    capital: float
    figures: tuple[tuple[str, float, str], ...] = ()
    steps: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Inputs:
    """Everything a report shows. made : when;  software : name and version that made it."""

    judged: Judged
    site: Site
    network: Network
    made: datetime
    software: str
    files: tuple[File, ...] = ()
    maps: tuple[FloorMap, ...] = ()
    budgets: tuple[Budget, ...] = ()
    bill: Bill | None = None
    notes: tuple[str, ...] = field(default=())
