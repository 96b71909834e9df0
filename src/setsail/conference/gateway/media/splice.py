"""One stream towards a terminal, made of whatever is sent to it in turn: numbers and times go on without a jump."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from setsail.conference.gateway.media.packets import Rtp, sender_report

JUMP = 3000
"""Numbers further apart than this are another stream, not loss."""


@dataclass
class Splice:
    """Packets of changing senders as those of one. number : payload type on the way out;  rate_hz : of its clock."""

    number: int
    rate_hz: int
    ssrc: int = field(default_factory=lambda: secrets.randbits(32))
    packets: int = 0
    octets: int = 0
    _source: int | None = None
    _sequence: int = field(default_factory=lambda: secrets.randbits(15))
    _last_in: int = 0
    _shift: int = 0
    _time_shift: int = field(default_factory=lambda: secrets.randbits(31))
    _time: int = 0
    _at_s: float = 0.0

    def put(self, packet: Rtp, at_s: float) -> Rtp:
        """The packet as the terminal gets it. at_s : now [s], of any clock that does not go back."""
        ahead = (packet.sequence - self._last_in) & 0xFFFF
        jumped = ahead > JUMP and ahead < 0x10000 - JUMP
        if packet.ssrc != self._source or jumped:
            self._begin(packet, at_s)
        if ahead < 0x8000 or packet.sequence == self._last_in:
            self._last_in = packet.sequence
        sequence = (packet.sequence + self._shift) & 0xFFFF
        timestamp = (packet.timestamp + self._time_shift) & 0xFFFFFFFF
        if (sequence - self._sequence) & 0xFFFF < 0x8000:
            self._sequence, self._time, self._at_s = sequence, timestamp, at_s
        self.packets += 1
        self.octets += len(packet.payload)
        return Rtp(self.number, packet.marker, sequence, timestamp, self.ssrc, packet.payload)

    def report(self, at_s: float, wall_s: float) -> bytes | None:
        """RTCP of the stream; None before its first packet. at_s : as in `put`;  wall_s : seconds since 1970."""
        if not self.packets:
            return None
        timestamp = self._time + round((at_s - self._at_s) * self.rate_hz)
        return sender_report(self.ssrc, wall_s, timestamp, self.packets, self.octets)

    def _begin(self, packet: Rtp, at_s: float) -> None:
        passed = 0 if self._source is None else max(1, round((at_s - self._at_s) * self.rate_hz))
        last = self._sequence if self._source is None else self._sequence + 1
        self._shift = (last - packet.sequence) & 0xFFFF
        start = self._time_shift if self._source is None else self._time + passed
        self._time_shift = (start - packet.timestamp) & 0xFFFFFFFF
        self._source, self._last_in = packet.ssrc, packet.sequence
