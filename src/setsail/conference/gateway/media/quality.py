"""How a terminal's packets arrive, and how it reports that ours do.

Source: RFC 3550 cl. 6.4.1 and A.8 (jitter, round trip).
"""

from __future__ import annotations

from dataclasses import dataclass

from setsail.conference.gateway.media.packets import Block, Rtp
from setsail.conference.server.ntp import NTP_UNIX_S

LONGEST_RTT_S = 30.0


@dataclass
class Quality:
    """Of one medium, both ways. rate_hz : of its clock;  lost_out, rtt_ms : None until the terminal reports."""

    rate_hz: int
    jitter_in_ms: float | None = None
    lost_out: int | None = None
    jitter_out_ms: float | None = None
    rtt_ms: float | None = None
    _transit: float | None = None
    _timestamp: int = -1

    def came(self, packet: Rtp, at_s: float) -> None:
        """A packet from the terminal. Of a picture in several packets the first counts, for all carry one time."""
        if packet.timestamp == self._timestamp:
            return
        self._timestamp = packet.timestamp
        transit = at_s * 1000 - packet.timestamp * 1000 / self.rate_hz
        if self._transit is not None:
            aside = abs(transit - self._transit)
            if aside < 1000:  # not where its clock begins anew
                before = self.jitter_in_ms or 0.0
                self.jitter_in_ms = before + (aside - before) / 16
        self._transit = transit

    def reported(self, block: Block, wall_s: float) -> None:
        """What it reports of our packets. wall_s : now, since 1970, by the clock of our own reports."""
        self.lost_out = max(0, block.lost)
        self.jitter_out_ms = block.jitter * 1000 / self.rate_hz
        if block.last:
            now = round((wall_s + NTP_UNIX_S) * 65536) & 0xFFFFFFFF
            way = ((now - block.last - block.delay) & 0xFFFFFFFF) / 65536
            if way < LONGEST_RTT_S:
                self.rtt_ms = way * 1000

    def row(self, kind: str) -> dict[str, float | None]:
        """For the status."""
        return {f"{kind}_jitter_in_ms": _round(self.jitter_in_ms), f"{kind}_lost_out": self.lost_out,
                f"{kind}_jitter_out_ms": _round(self.jitter_out_ms), f"{kind}_rtt_ms": _round(self.rtt_ms)}  # fmt: skip


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
