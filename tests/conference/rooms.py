"""Rooms with secrets of their own, for a test."""

from __future__ import annotations

import os
import secrets

from setsail.conference.server.room import PARTICIPANTS, Rooms
from setsail.rollout.provision.secrets import pin

MARGIN = 4
"""Senders beyond the sites."""


def fresh_rooms(room: int = 2020, *, sites: int, margin: int = MARGIN, bitrate_bps: int = 1_000_000,
                codec: str = "vp8", receive: int = 4, description: str = "") -> Rooms:  # fmt: skip
    """Rooms with a new PIN and secret, for `sites` senders and a margin. Raises OutOfRange."""
    PARTICIPANTS.require(sites + margin)
    return Rooms(room, pin(os.urandom), secrets.token_urlsafe(18), sites + margin, bitrate_bps, codec, receive,
                 description=description)  # fmt: skip
