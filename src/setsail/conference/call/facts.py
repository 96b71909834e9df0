"""What a call has shown: per pair, per site, and of the server that carried it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class PairFacts:
    """What site `to` got of site `of`, over all the time in which it was sent its picture.

    seconds : of that time;  frames : whole pictures;  frames_lost : numbers missing between the first and the last;
    packets, gaps, lost : received, missing when a later one came, and never come even by repair;
    marks, marks_wrong : strips that showed `of` and the number due, and all others;  freezes, longest_gap_s : between
    pictures;  delay_s : median from the time a picture was due to its last packet, where clocks agree and a strip was
    read;  heard : the tone of `of` in the mix that `to` hears, None where it was not listened for.
    """

    of: str
    to: str
    seconds: float = 0.0
    frames: int = 0
    frames_lost: int = 0
    packets: int = 0
    gaps: int = 0
    lost: int = 0
    marks: int = 0
    marks_wrong: int = 0
    freezes: int = 0
    longest_gap_s: float = 0.0
    delay_s: float | None = None
    heard: bool | None = None

    @property
    def seen(self) -> bool:
        """The right picture arrived, and no other under its name."""
        return self.marks > 0 and self.marks_wrong == 0

    @property
    def fps(self) -> float | None:
        """Whole pictures a second; None for a pair that was not sent."""
        return self.frames / self.seconds if self.seconds > 0 else None

    @property
    def loss_ratio(self) -> float | None:
        """Packets missing at first of those sent, before repair; None where nothing was sent."""
        sent = self.packets + self.lost
        return min(1.0, self.gaps / sent) if sent else None


@dataclass(frozen=True, slots=True)
class StreamFacts:
    """One of the streams that `to` gets side by side, over the whole measured time, whosever picture it carried."""

    to: str
    place: int
    seconds: float
    frames: int
    packets: int
    gaps: int
    lost: int
    freezes: int
    marks: int
    marks_wrong: int

    @property
    def fps(self) -> float:
        """Whole pictures a second."""
        return self.frames / self.seconds if self.seconds > 0 else 0.0


@dataclass(frozen=True, slots=True)
class SiteFacts:
    """A site on the call. number : on its strip and tone;  joined_s : from being asked to sending and receiving;

    mix_packets, mix_lost : of the sound it hears;  ghosts : numbers heard that nobody on the call has;  rejoined :
    how often it had to come back;  lag_s : longest time by which its own program was late, a fault of the test and
    not of the network;  error : why it is not on the call, "" where it is.
    """

    site: str
    number: int
    joined_s: float | None = None
    mix_packets: int = 0
    mix_lost: int = 0
    ghosts: tuple[int, ...] = ()
    rejoined: int = 0
    lag_s: float = 0.0
    error: str = ""
    error_code: str = ""


@dataclass(frozen=True, slots=True)
class CallFacts:
    """A measured call. receive : pictures sent to each site at once;  kbps : mean rate of a site's video."""

    seconds: float
    receive: int
    codec: str
    fps: int
    kbps: float
    sites: tuple[SiteFacts, ...]
    streams: tuple[StreamFacts, ...]
    pairs: tuple[PairFacts, ...]
    told: Mapping[str, Any] = field(default_factory=dict)
    """Loads, memory and times of the machine that ran it, by name."""

    def of(self, site: str) -> tuple[PairFacts, ...]:
        """What the others got of a site."""
        return tuple(pair for pair in self.pairs if pair.of == site)

    def to(self, site: str) -> tuple[PairFacts, ...]:
        """What a site got of the others."""
        return tuple(pair for pair in self.pairs if pair.to == site)

    def site(self, site: str) -> SiteFacts | None:
        """The facts of one site."""
        return next((s for s in self.sites if s.site == site), None)

    def record(self) -> dict[str, Any]:
        """Everything as plain values."""
        return asdict(self)
