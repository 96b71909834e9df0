"""5QI characteristics, slice types and slice attributes of the standards: look-up only."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from setsail.base.errors import UnknownName
from setsail.base.tables import Row
from setsail.standards import facts

ResourceType = Literal["GBR", "Delay-critical GBR", "Non-GBR"]
RESOURCE_TYPES: tuple[ResourceType, ...] = get_args(ResourceType)
SOFT_SHARE = 0.98
"""Share of packets within the PDB that a GBR or Non-GBR 5QI speaks of (TS 23.501 v19.7.0, cl. 5.7.3.4)."""
MILLI = 1e-3


@dataclass(frozen=True, slots=True)
class FiveQi:
    """One standardised 5QI (TS 23.501 Table 5.7.4-1).

    pdb_s : packet delay budget from UE to N6, the same in both directions;  per : packet error rate;  mdbv_bytes :
    default maximum data burst volume, None without one;  static_cn_pdb_s : part of the PDB between the 5G-AN and the
    UPF;  notes : of the table, as "N12";  meant_for : the only use, "" where open: "network" (assigned by the network
    only), "v2x-a2x-messages", "v2x-messages", "ims-signalling", "satellite".
    """

    fiveqi: int
    resource_type: ResourceType
    priority: int
    pdb_s: float
    per: float
    mdbv_bytes: int | None
    averaging_window_s: float | None
    static_cn_pdb_s: float | None
    notes: tuple[str, ...]
    meant_for: str
    source: str

    @property
    def delay_critical(self) -> bool:
        """True where a late packet counts as lost."""
        return self.resource_type == "Delay-critical GBR"

    @property
    def gbr(self) -> bool:
        """True where a guaranteed bit rate belongs to it."""
        return self.resource_type != "Non-GBR"

    @property
    def promised_share(self) -> float:
        """Share of packets that arrive within the PDB, as far as the 5QI promises it."""
        return 1.0 - self.per if self.delay_critical else SOFT_SHARE

    @property
    def network_assigned(self) -> bool:
        """True where only the network may assign the value (NOTE 12)."""
        return "N12" in self.notes

    @property
    def an_pdb_s(self) -> float:
        """Part of the PDB that is left to the 5G-AN [s]; the whole PDB where the core part is not stated."""
        return self.pdb_s - (self.static_cn_pdb_s or 0.0)


@dataclass(frozen=True, slots=True)
class Sst:
    """One standardised slice/service type. label : in our own words."""

    sst: int
    name: str
    label: str
    source: str


@dataclass(frozen=True, slots=True)
class SliceAttribute:
    """One attribute of a ServiceProfile and the attribute of the generic slice template that is nearest to it."""

    attribute: str
    type: str
    parts: tuple[str, ...]
    gst_attribute: str
    source: str


@cache
def fiveqis() -> dict[int, FiveQi]:
    """Every standardised 5QI by its value. Source: TS 23.501 v19.7.0, Table 5.7.4-1."""
    return {int(row.need("fiveqi")): _fiveqi(row) for row in facts.table("qos/fiveqi.csv")}


def fiveqi(value: int) -> FiveQi:
    """The standardised 5QI of that value. Raises UnknownName."""
    found = fiveqis().get(value)
    if found is None:
        raise UnknownName(
            f"is {value!r}", where="5QI", allowed=", ".join(map(str, fiveqis())),
            hint="values 128 to 254 are an operator's own: state PDB and PER instead",
        )  # fmt: skip
    return found


@cache
def ssts() -> dict[int, Sst]:
    """Every standardised slice/service type. Source: TS 23.501 v19.7.0, Table 5.15.2.2-1."""
    rows = facts.table("qos/sst.csv")
    return {int(r.need("sst")): Sst(int(r.need("sst")), r.need("name"), r.need("label"), _source(r)) for r in rows}


def sst(value: int) -> Sst:
    """The slice/service type of that value. Raises UnknownName."""
    found = ssts().get(value)
    if found is None:
        raise UnknownName(f"is {value!r}", where="SST", allowed=", ".join(map(str, ssts())))
    return found


@cache
def service_profile() -> tuple[SliceAttribute, ...]:
    """The attributes of a ServiceProfile. Source: TS 28.541 v18.6.0."""
    return tuple(
        SliceAttribute(
            r.need("attribute"), r.need("type"), tuple(r.get("parts").split()), r.get("gst_attribute"), _source(r)
        )
        for r in facts.table("qos/slice_service_profile.csv")
    )


def _fiveqi(row: Row) -> FiveQi:
    kind, window, mdbv = row.need("resource_type"), row.get("averaging_window_ms"), row.get("mdbv_bytes")
    core = row.get("static_cn_pdb_ms")
    return FiveQi(
        int(row.need("fiveqi")), kind, int(row.need("priority")),  # type: ignore[arg-type]
        float(row.need("pdb_ms")) * MILLI, float(row.need("per")), int(mdbv) if mdbv else None,
        float(window) * MILLI if window else None, float(core) * MILLI if core else None,
        tuple(row.get("notes").split()), row.get("meant_for"), _source(row),
    )  # fmt: skip


def _source(row: Row) -> str:
    return f"{row.need('source_id')} {row.need('clause')}"
