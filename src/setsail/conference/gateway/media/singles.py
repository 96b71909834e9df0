"""Pictures of H.264 cut for terminals that know single NAL units alone (packetization-mode 0).

A unit goes out whole, in one datagram that IP cuts where it is longer than the path takes.
Source: RFC 6184 cl. 6.2.
"""

from __future__ import annotations

from setsail.conference.gateway.media.packets import Rtp
from setsail.conference.gateway.media.pictures import Pictures, units

LONGEST_BYTES = 60_000
"""Of a unit: a datagram holds 65,507 bytes. A picture with a longer one is left out."""


class Singles:
    """From packets of either mode to packets of mode 0."""

    def __init__(self) -> None:
        self._pictures = Pictures("h264")
        self._sequence = 0

    @property
    def broken(self) -> bool:
        """Whether a whole picture is needed to go on."""
        return self._pictures.broken

    def put(self, packet: Rtp) -> list[Rtp]:
        """Packets that go out once this one came in."""
        made: list[Rtp] = []
        for picture in self._pictures.put(packet):
            parts = units(picture.data)
            if any(len(part) > LONGEST_BYTES for part in parts):
                self._pictures.broken = True
                continue
            for part in parts:
                self._sequence = (self._sequence + 1) & 0xFFFF
                last = part is parts[-1]
                made.append(Rtp(packet.number, last, self._sequence, picture.timestamp, packet.ssrc, part))
        return made
