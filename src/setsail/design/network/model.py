"""The network of a site as values: carriers, cells, heads, slices, flows, user-plane functions and links."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from setsail.site.model import Origin

Direction = Literal["ul", "dl", "both"]


@dataclass(frozen=True, slots=True)
class Carrier:
    """One NR carrier. tdd : pattern of D, S, U slots, or "FDD";  special : symbols of S, as "10D2G2U"."""

    carrier: str
    band: str
    fc_hz: float
    bandwidth_hz: float
    scs_hz: float
    tdd: str = "DDDSU"
    special: str = "10D2G2U"
    layers_dl: int = 4
    layers_ul: int = 2


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell: its heads send the same signal. load_ratio : of the busy hour, for interference."""

    cell: str
    carrier: str
    load_ratio: float = 0.5


@dataclass(frozen=True, slots=True)
class Head:
    """One remote radio head under the ceiling. power_dbm : of one port;  z_m : over its floor."""

    head: str
    floor: str
    x_m: float
    y_m: float
    z_m: float
    cell: str
    power_dbm: float
    ports: int
    gain_dbi: float = 2.0
    origin: Origin = "derived"


@dataclass(frozen=True, slots=True)
class Slice:
    """One slice (S-NSSAI) with its shares of the PRBs of each cell: guaranteed and maximum, as ratios."""

    slice: str
    sst: int
    sd: str
    prb_min_ratio: float
    prb_max_ratio: float
    isolation: str = "I1"
    dnn: str = ""
    upf: str = ""


@dataclass(frozen=True, slots=True)
class Share:
    """What one slice may use of the PRBs of one cell in one direction, as ratios.

    prb_min_ratio : for its use whenever it needs it, else lent to others;  prb_max_ratio : never more;
    prb_dedicated_ratio : a part of the minimum that is never lent.
    Source: 3GPP TS 28.541 v18.15.0, cl. 4.3.36 (RRMPolicyRatio; resourceType PRB_UL, PRB_DL).
    """

    cell: str
    slice: str
    direction: Literal["ul", "dl"]
    prb_min_ratio: float
    prb_max_ratio: float = 1.0
    prb_dedicated_ratio: float = 0.0


@dataclass(frozen=True, slots=True)
class Flow:
    """QoS flows of one application in one room: what `flows.csv` holds.

    count : devices;  activity_ratio : share active in the busy hour;  rates are of one device [bit/s];  arp : priority
    level 1..15;  mdbv_bytes : None for a 5QI without one;  legs : radio legs of the path (2 for UE to UE);
    refused : devices of the count that the busy hour does not admit;  cell : that serves the room;  prb_ul_ratio,
    prb_dl_ratio : share of that cell that one active device takes, None where not computed;  pdb_s, per : signalled
    with a 5QI that no standard has (`fiveqi` is None);  peer : the far site of a flow that leaves its own.
    """

    flow: str
    room: str
    application: str
    count: int
    activity_ratio: float
    fiveqi: int | None
    slice: str
    gbr_ul_bps: float = 0.0
    gbr_dl_bps: float = 0.0
    mbr_ul_bps: float = 0.0
    mbr_dl_bps: float = 0.0
    arp: int = 8
    mdbv_bytes: int | None = None
    legs: int = 1
    upf: str = ""
    access: Literal["sr", "cg"] = "sr"
    critical: bool = False
    reason: str = ""
    refused: int = 0
    cell: str = ""
    prb_ul_ratio: float | None = None
    prb_dl_ratio: float | None = None
    pdb_s: float | None = None
    per: float | None = None
    peer: str = ""


@dataclass(frozen=True, slots=True)
class Upf:
    """One user-plane function. place : where it stands;  distance_m : of the fibre from the site."""

    upf: str
    place: Literal["on-site", "edge", "regional"]
    distance_m: float
    hops: int = 0
    mtbf_h: float | None = None
    mttr_h: float | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A transport link between two named ends (sites, user-plane functions). group : links that fail together."""

    link: str
    a: str
    b: str
    length_m: float
    rate_bps: float
    hops: int = 1
    group: str = ""
    mtbf_h: float | None = None
    mttr_h: float | None = None


@dataclass(frozen=True, slots=True)
class Network:
    """One network: what is designed, verified, exported and handed over."""

    site: str
    carriers: tuple[Carrier, ...]
    cells: tuple[Cell, ...]
    heads: tuple[Head, ...]
    slices: tuple[Slice, ...] = ()
    flows: tuple[Flow, ...] = ()
    upfs: tuple[Upf, ...] = ()
    links: tuple[Link, ...] = ()
    preset: str = "3gpp"
    notes: tuple[str, ...] = ()
    settings: dict[str, str | float | bool] = field(default_factory=dict)
    shares: tuple[Share, ...] = ()
