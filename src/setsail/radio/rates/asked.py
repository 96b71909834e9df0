"""Carriers as a door asks for them, read and checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from setsail.base.errors import BadInput, UnknownName
from setsail.standards.radio import Direction, FrequencyRange

KEYS = ("prb", "bandwidth", "scs", "mcs-table", "mcs", "layers", "range", "scaling", "overhead")
WHOLE = ("prb", "mcs", "layers")


@dataclass(frozen=True, slots=True)
class CarrierAsked:
    """One carrier as a door asks for it: PRB or a channel bandwidth, an MCS by table and index (else its top)."""

    n_prb: int | None = None
    bandwidth_hz: float | None = None
    scs_hz: float = 30e3
    mcs_table: str = "2"
    mcs: int | None = None
    layers: int = 4
    frequency_range: FrequencyRange | None = None
    scaling: float = 1.0
    overhead: float | None = None


def frequency_range(text: str | None) -> FrequencyRange | None:
    """FR1 or FR2 by the word of a door. Raises UnknownName."""
    if text is None:
        return None
    if text.upper() == "FR1":
        return "FR1"
    if text.upper() in ("FR2", "FR2-1", "FR2-2"):
        return "FR2"
    raise UnknownName(f"is {text!r}", where="range", allowed="FR1, FR2")


def direction_of(text: str) -> Direction:
    """Downlink or uplink by the word of a door. Raises UnknownName."""
    if text == "dl":
        return "dl"
    if text == "ul":
        return "ul"
    raise UnknownName(f"is {text!r}", where="direction", allowed="dl, ul")


def parse_carrier(text: str) -> dict[str, Any]:
    """The values of `prb=66,scs=120,layers=2`. Raises BadInput, UnknownName."""
    values: dict[str, Any] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        key, _, value = part.partition("=")
        if key not in KEYS:
            raise UnknownName(f"is {key!r}", where="carrier", allowed=", ".join(KEYS))
        if key in values:
            raise BadInput(f"gives {key} twice", where="carrier", allowed="each once")
        values[key] = value if key in ("range", "mcs-table") else _number(key, value)
    return values


def _number(key: str, text: str) -> float | int:
    try:
        return int(text) if key in WHOLE else float(text)
    except ValueError as err:
        kind = "a whole number" if key in WHOLE else "a number"
        raise BadInput(f"is {text!r}", where=f"carrier {key}", allowed=kind) from err


def carrier_asked(given: str | Mapping[str, Any]) -> CarrierAsked:
    """A wish from text or from values by the names of KEYS; bandwidth in MHz, scs in kHz. Raises BadInput, its kin."""
    values = parse_carrier(given) if isinstance(given, str) else {k: v for k, v in given.items() if v is not None}
    bandwidth = values.get("bandwidth")
    return CarrierAsked(
        n_prb=values.get("prb"),
        bandwidth_hz=None if bandwidth is None else bandwidth * 1e6,
        scs_hz=values.get("scs", 30.0) * 1e3,
        mcs_table=str(values.get("mcs-table", "2")),
        mcs=values.get("mcs"),
        layers=values.get("layers", 4),
        frequency_range=frequency_range(values.get("range")),
        scaling=values.get("scaling", 1.0),
        overhead=values.get("overhead"),
    )
