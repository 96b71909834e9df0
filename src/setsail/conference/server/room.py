"""A conference as values: its rooms, and how they are described to Janus."""

from __future__ import annotations

from dataclasses import dataclass

from setsail.base.limits import Limit
from setsail.base.record import Record

PARTICIPANTS = Limit("participants", 1, 1000, "VideoRoom, sender limit of a room")
WATCHER = "places of the room"
"""Name of the one of ours who is in the room to see who begins to send; it takes no place, and is told to nobody."""
CODECS = ("vp8", "h264", "vp9", "h265")


@dataclass(frozen=True, slots=True)
class Rooms:
    """One conference. room : number of both rooms;  pin : to join;  secret : to change or close them;
    publishers : senders at most;  bitrate_bps : cap of the video of each;  codec : of the video, others after it;
    receive : streams of others that a site is sent at once (the receivers keep to it).
    """

    room: int
    pin: str
    secret: str
    publishers: int
    bitrate_bps: int = 1_000_000
    codec: str = "vp8"
    receive: int = 4
    sampling_rate_hz: int = 16000
    description: str = ""

    @property
    def video_codecs(self) -> str:
        """The codecs allowed, the room's own first."""
        return ",".join([self.codec, *(c for c in CODECS[:2] if c != self.codec)])

    def __repr__(self) -> str:
        return f"Rooms({self.room}, publishers={self.publishers}, secrets hidden)"


def video_room(rooms: Rooms) -> Record:
    """The room for pictures: private, nothing recorded, the limit of senders and the cap of each held by the server.

    Source: Janus 1.1.2, janus.plugin.videoroom.jcfg; the API takes the same names.
    """
    return {
        "description": rooms.description or f"room {rooms.room}", "publishers": rooms.publishers, "is_private": True,
        "bitrate": rooms.bitrate_bps, "bitrate_cap": True, "videocodec": rooms.video_codecs, "audiocodec": "opus",
        "record": False, "lock_record": True, "fir_freq": 0, "notify_joining": False, "audiolevel_ext": True,
        "audiolevel_event": True, "audio_active_packets": 50, "audio_level_average": 45,
    }  # fmt: skip


def audio_room(rooms: Rooms) -> Record:
    """The mix: private, nothing recorded, open to plain RTP.

    Source: Janus 1.1.2, janus.plugin.audiobridge.jcfg; the API takes the same names.
    """
    return {
        "description": rooms.description or f"mix {rooms.room}", "sampling_rate": rooms.sampling_rate_hz,
        "is_private": True, "record": False, "allow_rtp_participants": True, "audiolevel_ext": True,
        "audiolevel_event": True, "audio_active_packets": 50, "audio_level_average": 45, "default_prebuffering": 4,
    }  # fmt: skip
