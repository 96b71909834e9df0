"""What a report shows of an assessed design: its maps as rasters and the budgets of its flows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import numpy as np

from setsail.conformance.evidence import File
from setsail.conformance.report.content import LAYERS
from setsail.conformance.report.inputs import Bill, BillLine, Branch, Budget, FloorMap, Inputs
from setsail.conformance.verify_facts import Assessed
from setsail.design.assess.flow_facts import Path, leg_budget
from setsail.design.assess.service import paths
from setsail.design.bill import bill, shipped
from setsail.design.indoor.layers import layer
from setsail.design.indoor.maps import FloorMaps, RadioMaps
from setsail.design.network.model import Flow, Network
from setsail.service.latency.budget import Node
from setsail.service.need import delay_bound_s
from setsail.site.model import Site
from setsail.standards.applications import Application, application


def gathered(assessed: Assessed, files: Sequence[File], made: datetime, software: str) -> Inputs:
    """Everything a report shows of an assessed design."""
    return Inputs(
        assessed.judged, assessed.site, assessed.network, made, software, tuple(files),
        rasters(assessed.maps), budgets(assessed.network), bill_of(assessed.site, assessed.network),
    )  # fmt: skip


def bill_of(site: Site, network: Network) -> Bill | None:
    """The bill at the shipped prices; None for a network without heads."""
    if not network.heads:
        return None
    made = bill(site, network, shipped())
    lines = tuple(
        BillLine(
            one.label, one.label_zh, one.count, one.unit, one.price, one.amount, one.kind == "operating",
            one.mark == "assumption", one.model,
        )
        for one in made.lines
    )  # fmt: skip
    energy, spare = made.energy, made.spare
    figures = [
        ("yearly", made.yearly, made.currency), ("present", made.present, f"{made.currency} ({made.years} a)"),
        ("energy_year", energy.year_kwh, "kWh"), ("energy_bit", energy.bit_j and energy.bit_j * 1e6, "µJ/bit"),
        ("power_busy", energy.busy_w, "W"), ("spare_prb", spare.prb_ratio, "ratio"),
        ("spare_ports", spare.ports_ratio, "ratio"), ("spare_backhaul", spare.backhaul_ratio, "ratio"),
    ]  # fmt: skip
    known = tuple((key, float(value), unit) for key, value, unit in figures if value is not None)
    steps = tuple(
        f"{step.step}: {step.gives}; {step.capital:,.0f} {made.currency}; {step.when}" for step in made.upgrades
    )
    return Bill(made.currency, lines, made.capital, known, steps, made.notes)


def rasters(maps: RadioMaps) -> tuple[FloorMap, ...]:
    """The maps of each floor, inside its rooms."""
    return tuple(_raster(maps, one) for one in maps.floors)


def _raster(maps: RadioMaps, one: FloorMaps) -> FloorMap:
    inside = one.grid.indoor
    layers = {name: np.where(inside, layer(maps, one, name).values, np.nan) for name in LAYERS}
    return FloorMap(one.floor.floor, one.grid.x, one.grid.y, layers)


def budgets(network: Network) -> tuple[Budget, ...]:
    """The budget of each flow that a carrier serves, in the directions of its application; equal ways are run once."""
    by_flow, found = paths(network), []
    first: dict[Path, Flow] = {}
    for flow in network.flows:
        first.setdefault(by_flow[flow.flow], flow)
    for path, flow in first.items():
        found += _budgets(path, flow)
    return tuple(found)


def _budgets(path: Path, flow: Flow) -> list[Budget]:
    if path.carrier is None:
        return []
    profile = application(path.application)
    bound = delay_bound_s(profile)
    each = bound / (path.legs * profile.directions) if bound is not None else None
    made = [leg_budget(path, path.carrier, direction) for direction in _directions(profile)]
    return [
        Budget(
            flow.flow, flow.application, one.direction, flow.room, each, _branch(one.tree),
            "; ".join((f"preset {one.preset}", one.method, *one.notes)),
        )
        for one in made
    ]  # fmt: skip


def _directions(profile: Application) -> tuple[str, ...]:
    first = profile.flow.split()[0].lower()
    return (first,) if first in {"ul", "dl"} else ("ul", "dl")


def _branch(node: Node) -> Branch:
    """A term with its part of the longest total, so that the bars of its children fill its own."""
    return Branch(node.name, node.mean_s, node.worst_s, tuple(_branch(child) for child in node.children))
