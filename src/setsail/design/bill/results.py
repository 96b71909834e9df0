"""What a bill holds: lines, runs of cable, energy, spare capacity, steps of the upgrade path."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from setsail.base.record import Record
from setsail.design.bill.prices import Kind, Mark
from setsail.site.model import Point

YEAR_S = 365.25 * 86400.0


@dataclass(frozen=True, slots=True)
class Line:
    """One line. model : of heads, as "n78 4 ports 24 dBm";  amount : paid once (capital) or every year (operating);
    upkeep : every year;  mark : of the price.
    """

    item: str
    label: str
    label_zh: str
    model: str
    count: float
    unit: str
    kind: Kind
    price: float
    amount: float
    upkeep: float
    present: float
    mark: Mark
    source: str

    def record(self) -> Record:
        """Its columns."""
        names = ("item", "label", "label_zh", "model", "count", "unit", "kind", "price", "amount", "upkeep", "present",
                 "mark", "source")  # fmt: skip
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Run:
    """One cable. kind : copper or hybrid from hub to head, fibre from baseband to hub;  path : its corners in the
    plane;  from_floor : where it starts;  length_m : with its rise, ends and slack.
    """

    run: str
    kind: Literal["copper", "hybrid", "fibre"]
    start: str
    end: str
    from_floor: str
    floor: str
    path: tuple[Point, ...]
    length_m: float

    def record(self) -> Record:
        """Its columns."""
        return {
            "run": self.run, "kind": self.kind, "start": self.start, "end": self.end, "from_floor": self.from_floor,
            "floor": self.floor, "path": [list(p) for p in self.path], "length_m": self.length_m,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hub:
    """Hubs at one place of a floor. room : where they stand, "" where no fitting room was found."""

    hub: str
    floor: str
    room: str
    at: Point
    count: int
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Energy:
    """Power of the network, from the supply on [W]: without traffic, in the busy hour, at full load, on the mean; by
    part. bit_j : busy-hour energy of a bit of admitted traffic, None without traffic;  year_j : of a year.
    """

    idle_w: float
    busy_w: float
    full_w: float
    mean_w: float
    parts_w: tuple[tuple[str, float], ...]
    traffic_bps: float
    area_m2: float

    @property
    def bit_j(self) -> float | None:
        """Energy of a bit in the busy hour [J]; None without traffic."""
        return self.busy_w / self.traffic_bps if self.traffic_bps > 0 else None

    @property
    def year_j(self) -> float:
        """Energy of a year [J]."""
        return self.mean_w * YEAR_S

    @property
    def year_kwh(self) -> float:
        """Energy of a year [kWh]."""
        return self.year_j / 3.6e6

    @property
    def idle_ratio(self) -> float | None:
        """Power without traffic over power at full load; None for a network that takes none."""
        return self.idle_w / self.full_w if self.full_w else None

    @property
    def area_w(self) -> float | None:
        """Mean power per indoor area [W/m2]; None where no area is known."""
        return self.mean_w / self.area_m2 if self.area_m2 else None

    def record(self) -> Record:
        """Its columns."""
        return {
            "idle_w": self.idle_w, "busy_w": self.busy_w, "full_w": self.full_w, "mean_w": self.mean_w,
            "year_kwh": self.year_kwh, "energy_bit_j": self.bit_j, "energy_year_j": self.year_j,
            "energy_m2_w": self.area_w, "idle_ratio": self.idle_ratio, "traffic_bps": self.traffic_bps,
            "busy_parts_w": dict(self.parts_w),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Spare:
    """What is left, as ratios; None where nothing of the kind is there. prb : of the busiest cell, `busiest_cell`;
    ports : of hubs;  cells : of baseband units;  backhaul : of the links when the widest of several is down.
    """

    prb_ratio: float | None
    busiest_cell: str
    ports_ratio: float | None
    cells_ratio: float | None
    backhaul_ratio: float | None

    def record(self) -> Record:
        """Its columns."""
        return {
            "prb_ratio": self.prb_ratio, "busiest_cell": self.busiest_cell, "ports_ratio": self.ports_ratio,
            "cells_ratio": self.cells_ratio, "backhaul_ratio": self.backhaul_ratio,
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the upgrade path. capacity_factor : PRB x bandwidth after over before, None where it adds none;
    when : what makes it due.
    """

    step: str
    gives: str
    capacity_factor: float | None
    capital: float
    yearly: float
    present: float
    when: str

    def record(self) -> Record:
        """Its columns."""
        names = ("step", "gives", "capacity_factor", "capital", "yearly", "present", "when")
        return {name: getattr(self, name) for name in names}


@dataclass(frozen=True, slots=True)
class Bill:
    """The bill of a network. capital : paid once;  yearly : upkeep, services and electricity;  present : present value
    of all within the years, with what is bought again;  verified : False where a price is assumed.
    """

    currency: str
    years: int
    lines: tuple[Line, ...]
    capital: float
    yearly: float
    present: float
    energy: Energy
    spare: Spare
    upgrades: tuple[Step, ...]
    runs: tuple[Run, ...]
    hubs: tuple[Hub, ...]
    notes: tuple[str, ...]

    @property
    def verified(self) -> bool:
        """True where every price was given by the user or is public."""
        return all(line.mark != "assumption" for line in self.lines)

    def record(self) -> Record:
        """Cost, lines, energy, spare capacity and upgrade path, ready for JSON."""
        return {
            "currency": self.currency, "years": self.years, "capital": self.capital, "yearly": self.yearly,
            "present_value": self.present, "verified": self.verified, "lines": [line.record() for line in self.lines],
            "energy": self.energy.record(), "spare": self.spare.record(),
            "upgrades": [step.record() for step in self.upgrades],
            "cable_m": {kind: sum(r.length_m for r in self.runs if r.kind == kind) for kind in
                        ("copper", "hybrid", "fibre")},
            "notes": list(self.notes),
        }  # fmt: skip
