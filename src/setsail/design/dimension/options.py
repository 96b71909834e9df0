"""What the dimensioning is asked for: frozen and checked, each value an assumption told in the answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Literal, get_args

from setsail.base.errors import OutOfRange
from setsail.base.limits import Limit
from setsail.base.tables import iter_rows

Place = Literal["on-site", "edge", "regional"]
PLACES: tuple[Place, ...] = get_args(Place)
"""From near to far."""
PROBABILITY = Limit("blocking", 1e-9, 0.5, "assumption")
RATIO = Limit("gbr_ratio", 0.0, 1.0, "assumption", "(]")
ROUTE = Limit("route_factor", 1.0, 3.0, "assumption")
MARGIN = Limit("link_margin", 1.0, 10.0, "assumption")


@dataclass(frozen=True, slots=True)
class PlaceOfUpf:
    """Where a user-plane function may stand: straight distance from the site and nodes on the way."""

    place: Place
    distance_m: float
    hops: int


@cache
def default_places() -> tuple[PlaceOfUpf, ...]:
    """The places of `upf_places.csv`, from near to far."""
    text = (files("setsail.design.dimension") / "data" / "upf_places.csv").read_text(encoding="utf-8")
    rows = {r.need("place"): r for r in iter_rows(text, "upf_places.csv")}
    return tuple(PlaceOfUpf(p, float(rows[p].need("distance_m")), int(rows[p].need("hops"))) for p in PLACES)


@dataclass(frozen=True, slots=True)
class Isolation:
    """What a level asks for. rate_floor : a guaranteed share;  reserved : never lent;  farthest : place of UPFs."""

    isolation: str
    own_snssai: bool
    dnn: str
    rate_floor: bool
    reserved: bool
    farthest: Place


@cache
def isolations() -> dict[str, Isolation]:
    """Every isolation level by its name."""
    text = (files("setsail.design.dimension") / "data" / "isolation.csv").read_text(encoding="utf-8")
    return {
        r.need("isolation"): Isolation(
            r.need("isolation"), r.need("own_snssai") == "yes", r.need("dnn"), r.need("rate_floor") == "yes",
            r.need("reserved") == "yes", r.need("farthest"),  # type: ignore[arg-type]
        )
        for r in iter_rows(text, "isolation.csv")
    }  # fmt: skip


@dataclass(frozen=True, slots=True)
class DimensionOptions:
    """Choices of the dimensioning.

    blocking : probability with which the busy hour may ask for more than there is;  gbr_ratio : most of the PRBs of a
    cell that guaranteed flows may hold;  places : of user-plane functions;  route_factor : length of fibre over the
    straight line;  s_per_m : delay of light in fibre;  hop_s : of one node;  upf_s : of one user-plane function;
    own_core_ratio : part of a signalled delay budget that is left to the core where no standard 5QI fits;
    link_margin : of a link's rate over what it carries.
    """

    blocking: float = 0.01
    gbr_ratio: float = 0.9
    places: tuple[PlaceOfUpf, ...] = field(default_factory=default_places)
    route_factor: float = 1.4
    s_per_m: float = 5e-9
    hop_s: float = 50e-6
    upf_s: float = 400e-6
    own_core_ratio: float = 0.25
    link_margin: float = 2.0

    def __post_init__(self) -> None:
        PROBABILITY.require(self.blocking)
        RATIO.require(self.gbr_ratio)
        ROUTE.require(self.route_factor)
        MARGIN.require(self.link_margin)
        if not self.places:
            raise OutOfRange("is empty", where="places", allowed="at least one place of a user-plane function")
