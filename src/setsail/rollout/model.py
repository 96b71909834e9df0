"""A rollout as values: sites to be opened by a deadline, and what there is to open them with.

Times of day are aware datetimes; durations are minutes as their names say; planning counts whole seconds from `notice`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal, get_args

Stage = Literal["surveyed", "configured", "loaded", "delivered", "installed", "line_ready", "registered", "accepted"]
"""What happens to a site, in this order; `line_ready` alone runs beside the others and must end before `registered`."""
STAGES: tuple[Stage, ...] = get_args(Stage)
FOLLOWED = timedelta(days=1)
"""How long after its deadline a rollout is still taken to be under way; later it stands at the last that was told."""
Mark = Literal["given", "published", "assumed", "synthetic"]
"""Where a value comes from: the user, a published source, an assumption of ours, a generator."""


@dataclass(frozen=True, slots=True)
class RolloutSite:
    """One place to be opened.

    released_at : nobody may work there before;  window_from, window_to : on-site work begins and ends within them;
    due : a deadline of its own;  line_ready_at : when its line is up, None where it is up at the notice;
    deliver_min : on-site work up to "delivered" (in place, powered, checked);  install_min : further work of the crew
    up to "installed";  register_min, accept_min : remote steps after it, without the crew;  sets : how many sets of
    `kind` it gets;  skills : the crew (or crews together) must have all of them;  crews : how many crews are needed at
    the same time;  bank : side of the water it lies on, "" where no bridge matters.
    None for a duration stands for the rollout's own (`Durations`).
    """

    site: str
    name: str
    latitude_deg: float
    longitude_deg: float
    name_zh: str = ""
    district: str = ""
    role: str = ""
    zone: str = ""
    bank: str = ""
    kind: str = "terminal"
    sets: int = 1
    released_at: datetime | None = None
    window_from: datetime | None = None
    window_to: datetime | None = None
    due: datetime | None = None
    line_ready_at: datetime | None = None
    deliver_min: float | None = None
    install_min: float | None = None
    register_min: float | None = None
    accept_min: float | None = None
    skills: tuple[str, ...] = ()
    crews: int = 1
    mark: Mark = "given"
    source: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Depot:
    """A warehouse with a configuration bench: `stations` work side by side, each `minutes_per_set` a set.

    opens_at : when the bench begins (not before the survey ends);  load_min : at each departure of a vehicle.
    """

    depot: str
    latitude_deg: float
    longitude_deg: float
    stations: int
    minutes_per_set: float
    bank: str = ""
    opens_at: datetime | None = None
    load_min: float = 0.0
    mark: Mark = "given"


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A van. capacity_sets : sets aboard at most;  from_at, until_at : when it may be on the road."""

    vehicle: str
    depot: str
    capacity_sets: int
    from_at: datetime | None = None
    until_at: datetime | None = None
    mark: Mark = "given"


@dataclass(frozen=True, slots=True)
class Crew:
    """People who ride one vehicle and do the work on site. from_at, until_at : their shift."""

    crew: str
    vehicle: str
    people: int = 2
    skills: tuple[str, ...] = ()
    from_at: datetime | None = None
    until_at: datetime | None = None
    mark: Mark = "given"


@dataclass(frozen=True, slots=True)
class Equipment:
    """How many sets of a kind there are at a depot, and how many of them are spares."""

    kind: str
    depot: str
    sets: int
    spares: int = 0
    mark: Mark = "given"


@dataclass(frozen=True, slots=True)
class Bridge:
    """A crossing between two banks; without bridges all banks are one. extra_min : added to each crossing."""

    bridge: str
    name: str
    bank_a: str
    bank_b: str
    latitude_deg: float
    longitude_deg: float
    extra_min: float = 0.0
    mark: Mark = "given"
    source: str = ""


@dataclass(frozen=True, slots=True)
class Travel:
    """How driving is worked out.

    method : "circle" (great circle x detour / speed, by bridges where there are any), "matrix" (travel.csv in the
    folder), "osm" (the road extract named in `extract`).
    """

    method: Literal["circle", "matrix", "osm"] = "circle"
    speed_kmh: float = 40.0
    detour_factor: float = 1.35
    extract: str = ""
    mark: Mark = "given"


@dataclass(frozen=True, slots=True)
class Durations:
    """Minutes of the stages where a site does not say its own. survey_min : from the notice, for all sites at once.

    return_sets_min : until sets aboard the vehicle of a lost crew are back in stock, beyond the drive to its depot;
    again_min : on-site work where a failed test or a dead device brings a crew back to an installed site.
    """

    survey_min: float = 0.0
    deliver_min: float = 45.0
    install_min: float = 0.0
    register_min: float = 2.0
    accept_min: float = 3.0
    return_sets_min: float = 30.0
    again_min: float = 20.0


@dataclass(frozen=True, slots=True)
class Milestone:
    """At least `count` sites have reached `stage` by `by`."""

    by: datetime
    stage: Stage
    count: int
    mark: Mark = "given"


@dataclass(frozen=True, slots=True)
class CallOrder:
    """The conference that the sites are opened for; rates are those of the media, before IP overhead.

    receive : pictures of other sites that a site is sent at once (the last to speak);  codec : of the video;
    packets_per_frame : RTP packets a picture, for TS 26.114 Annex E.
    """

    room: int = 2020
    receive: int = 4
    codec: Literal["vp8", "h264", "h265"] = "h264"
    video_kbps: float = 512.0
    audio_kbps: float = 32.0
    fps: float = 15.0
    packets_per_frame: int = 5
    ip: Literal[4, 6] = 4
    turn: bool = False
    sip: bool = False
    record: bool = False


@dataclass(frozen=True, slots=True)
class Rollout:
    """Everything that is asked for and there is to do it with. notice : time zero;  deadline : all sites accepted."""

    rollout: str
    name: str
    notice: datetime
    deadline: datetime
    sites: tuple[RolloutSite, ...]
    depots: tuple[Depot, ...]
    vehicles: tuple[Vehicle, ...]
    crews: tuple[Crew, ...]
    equipment: tuple[Equipment, ...] = ()
    bridges: tuple[Bridge, ...] = ()
    milestones: tuple[Milestone, ...] = ()
    durations: Durations = field(default_factory=Durations)
    travel: Travel = field(default_factory=Travel)
    call: CallOrder = field(default_factory=CallOrder)
    matrix: tuple[tuple[str, str, float, float], ...] = ()
    """from, to, minutes, metres: rows of travel.csv where `travel.method` is "matrix"."""
    note: str = ""

    def site(self, site: str) -> RolloutSite | None:
        """The site of that id, if it is here."""
        return next((s for s in self.sites if s.site == site), None)

    def under_way(self, now: datetime) -> bool:
        """True from the notice until a day after the deadline."""
        return self.notice <= now <= self.deadline + FOLLOWED
