"""What applications need of a network: 154 profiles, each value with its source, kind and evidence."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from setsail.base.errors import UnknownName
from setsail.base.tables import Row
from setsail.standards import facts

Kind = Literal["normative", "target", "study", "default"]
Evidence = Literal["seen", "secondary", "recalled", "assumed"]
Mapping = Literal["direct", "transferred", "assumed"]
KINDS: tuple[Kind, ...] = get_args(Kind)
EVIDENCES: tuple[Evidence, ...] = get_args(Evidence)
TRUSTED: frozenset[Evidence] = frozenset({"seen", "secondary"})
"""Evidence that may carry a verdict of pass."""
_ID = re.compile(r"(?:APP[-_ ]?)?0*([0-9]{1,3})", re.IGNORECASE)
MEGA, MILLI, PERCENT = 1e6, 1e-3, 1e-2


@dataclass(frozen=True, slots=True)
class Application:
    """One profile: a flow of an application, as its source states it. None where the source states nothing.

    dl_bps, ul_bps : rate of one device;  message_bytes : largest message;  message_edition : edition of the table that
    first held it as a number;  latency_s : bound as given, whose meaning is `latency_basis`;  legs : radio legs of the
    path (2 for UE to UE);  directions : directions that share the bound (2 for a sum or a round trip);
    other_delay_s : part of the bound spent outside the network;  reliability, availability : ratios;
    fiveqi : natural 5QI of the first edition, and `first_edition` its check in words;  mapping : whether the value was
    stated for this application or taken over from another.
    """

    application: str
    field: str
    name: str
    flow: str
    dl_bps: float | None
    ul_bps: float | None
    message_bytes: int | None
    message_edition: int | None
    latency_s: float | None
    latency_basis: str
    legs: int
    directions: int
    other_delay_s: float
    reliability: float | None
    availability: float | None
    jitter_s: float | None
    survival_s: float | None
    interval_s: float | None
    density: str
    speed_kmh: float | None
    position_m: float | None
    sync_s: float | None
    sst: int | None
    fiveqi: int | None
    isolation: str
    first_edition: str
    kind: Kind
    evidence: Evidence
    mapping: Mapping
    note: str
    source_id: str
    clause: str

    @property
    def verified(self) -> bool:
        """True where the values were read, not recalled or assumed: only then may they carry a pass."""
        return self.evidence in TRUSTED and self.mapping != "assumed"

    @property
    def source(self) -> str:
        """Source and clause."""
        return f"{self.source_id} {self.clause}"

    @property
    def leg_budget_s(self) -> float | None:
        """Delay left to one direction of one radio leg, core included [s]; None without a bound."""
        if self.latency_s is None:
            return None
        return (self.latency_s - self.other_delay_s) / (self.directions * self.legs)

    @property
    def qos_flow(self) -> bool:
        """False for positioning and coverage, which are no traffic of their own."""
        return self.flow not in ("positioning", "coverage")


@cache
def applications() -> dict[str, Application]:
    """Every application by its id, in the order of the table."""
    return {row.need("application"): _application(row) for row in facts.table("qos/application_requirements.csv")}


def application(name: str) -> Application:
    """The application of an id such as `APP-078`, `app-78` or `78`. Raises UnknownName."""
    match = _ID.fullmatch(name.strip())
    found = applications().get(f"APP-{int(match[1]):03d}") if match else None
    if found is None:
        ids = list(applications())
        raise UnknownName(f"is {name!r}", where="application", allowed=f"{ids[0]} to {ids[-1]}")
    return found


def _application(row: Row) -> Application:
    return Application(
        row.need("application"), f"{row.need('field')} {row.need('field_name')}", row.need("name"), row.need("flow"),
        _scaled(row, "dl_mbps", MEGA), _scaled(row, "ul_mbps", MEGA), _whole(row, "message_bytes"),
        _whole(row, "message_edition"), _scaled(row, "latency_ms", MILLI), row.get("latency_basis"),
        int(row.need("legs")), int(row.need("directions")), _scaled(row, "other_delay_ms", MILLI) or 0.0,
        _ratio(row, "reliability_percent"), _ratio(row, "availability_percent"), _scaled(row, "jitter_ms", MILLI),
        _scaled(row, "survival_ms", MILLI), _scaled(row, "interval_ms", MILLI), row.get("density"),
        _scaled(row, "speed_kmh", 1.0), _scaled(row, "position_m", 1.0), _scaled(row, "sync_us", 1e-6),
        _whole(row, "sst"), _whole(row, "fiveqi"), row.get("isolation"), row.get("first_edition"),
        row.need("kind"), row.need("evidence"), row.need("mapping"), row.get("note"),  # type: ignore[arg-type]
        row.need("source_id"), row.need("clause"),
    )  # fmt: skip


def _scaled(row: Row, column: str, factor: float) -> float | None:
    text = row.get(column)
    return float(text) * factor if text else None


def _whole(row: Row, column: str) -> int | None:
    text = row.get(column)
    return int(text) if text else None


def _ratio(row: Row, column: str) -> float | None:
    """A percentage as the nearest ratio of its decimal digits: 99.9999 % is 0.999999, not its product by 0.01."""
    text = row.get(column)
    return float(f"{text}e-2") if text else None
