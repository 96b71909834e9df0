"""The configuration of our own Janus: only what a conference needs, everything but media to the sites on loopback."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput
from setsail.base.writing import write_private
from setsail.conference.server.find import Janus
from setsail.conference.server.place import LOOPBACK, Place
from setsail.conference.server.room import Rooms, audio_room, video_room

PLUGINS = ("videoroom", "audiobridge")
TRANSPORTS = ("websockets",)
MEDIA_PORTS = (20000, 23999)
"""UDP towards the sites: three peer connections each, so that 29 sites use 87 of them."""
RTP_PORTS = (24000, 25999)
"""UDP of plain RTP towards our own gateway, on loopback."""
SESSION_TIMEOUT_S = 60
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
"""Of a string in the syntax of libconfig."""


@dataclass(frozen=True, slots=True)
class JanusSettings:
    """One Janus. folder : private, holds the configuration;  addresses : of this machine that sites can reach;
    ws_port, admin_port : on loopback;  media_ports : UDP range towards the sites;  rtp_ports : plain RTP on loopback;
    dscp : mark of all media sent, None for none;  rtp_address : where plain RTP is taken.
    """

    folder: Path
    ws_port: int
    admin_port: int
    secret: str
    admin_secret: str
    admin_key: str
    addresses: tuple[str, ...]
    media_ports: tuple[int, int] = MEDIA_PORTS
    rtp_ports: tuple[int, int] = RTP_PORTS
    rtp_address: str = LOOPBACK
    dscp: int | None = None

    @property
    def place(self) -> Place:
        """Where a client finds it."""
        return Place(
            f"ws://{LOOPBACK}:{self.ws_port}", self.secret, f"ws://{LOOPBACK}:{self.admin_port}", self.admin_secret,
            self.admin_key,
        )  # fmt: skip


def fresh(folder: Path, *, addresses: Iterable[str] = (), dscp: int | None = None,
          media_ports: tuple[int, int] = MEDIA_PORTS, rtp_ports: tuple[int, int] = RTP_PORTS,
          ws_port: int = 0, admin_port: int = 0) -> JanusSettings:  # fmt: skip
    """Settings with new secrets; the machine's own address and free ports where none are named."""
    ws, admin = free_ports(2)
    secret, admin_secret, key = (secrets.token_urlsafe(24) for _ in range(3))
    return JanusSettings(
        folder, ws_port or ws, admin_port or admin, secret, admin_secret, key,
        addresses=tuple(addresses) or (own_address(),), media_ports=media_ports, rtp_ports=rtp_ports, dscp=dscp,
    )  # fmt: skip


def free_ports(count: int, *, kind: int = socket.SOCK_STREAM, address: str = LOOPBACK) -> list[int]:
    """Ports that are free now, all different."""
    held = []
    try:
        for _ in range(count):
            one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
            held.append(one)
            one.bind((address, 0))
        return [int(one.getsockname()[1]) for one in held]
    finally:
        for one in held:
            one.close()


def write_configuration(found: Janus, settings: JanusSettings, rooms: Rooms | None = None) -> list[str]:
    """The command that starts Janus, with its configuration written whole into the private folder.

    rooms : that are there from the start, before anybody can ask.
    Plug-ins and transports are those of `PLUGINS` and `TRANSPORTS` alone: the others are not linked into the folder.
    Raises BadInput where the folder cannot be written or an address is none of this machine.
    """
    for address in settings.addresses:
        require_own_address(address)
    folder = settings.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        _link(found.plugins, folder / "plugins", PLUGINS)
        _link(found.transports, folder / "transports", TRANSPORTS)
        (folder / "none").mkdir(exist_ok=True)
        for name, text in files(settings, rooms).items():
            write_private(folder / name, text)
    except OSError as err:
        raise BadInput(f"cannot be written: {err.strerror or err}", where=str(folder), hint="free some room") from err
    return [str(found.program.path), "-C", str(folder / "janus.jcfg"), "-F", str(folder)]


def own_address() -> str:
    """The address by which this machine would go out; nothing is sent to find it. Raises BadInput where it has none.

    Media cannot be kept on loopback: Janus and libnice leave that interface out. Between two programs on one machine
    they use this address and still never leave the machine.
    """
    for family, far in ((socket.AF_INET, "192.0.2.1"), (socket.AF_INET6, "2001:db8::1")):
        with socket.socket(family, socket.SOCK_DGRAM) as one:
            try:
                one.connect((far, 9))
            except OSError:
                continue
            address = str(one.getsockname()[0])
            if not ipaddress.ip_address(address).is_loopback:
                return address
    raise BadInput("this machine has no address besides loopback", where="--listen", allowed="an address of its own",
                   hint="name one: --listen ADDRESS")  # fmt: skip


def require_own_address(address: str) -> None:
    """Raises BadInput where this machine has no such address, or where it is of no use for media."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError as err:
        raise BadInput("is no address", where=f"--listen {address}", allowed="IPv4 or IPv6, such as 192.0.2.7") from err
    if parsed.is_loopback or parsed.is_unspecified:
        raise BadInput("cannot carry media: Janus leaves that interface out", where=f"--listen {address}",
                       allowed="an address of one of its other interfaces", hint="leave --listen out")  # fmt: skip
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as one:
            one.bind((address, 0))
    except OSError as err:
        raise BadInput(f"is no address of this machine ({err.strerror or err})", where=f"--listen {address}",
                       allowed="an address of one of its interfaces", hint="ip address") from err  # fmt: skip


def files(settings: JanusSettings, rooms: Rooms | None = None) -> dict[str, str]:
    """Name to text of each file of the configuration."""
    folder, s = settings.folder, settings
    general = {
        "configs_folder": str(folder), "plugins_folder": str(folder / "plugins"),
        "transports_folder": str(folder / "transports"), "events_folder": str(folder / "none"),
        "loggers_folder": str(folder / "none"), "debug_level": 3, "debug_timestamps": True, "debug_colors": False,
        "api_secret": s.secret, "admin_secret": s.admin_secret, "server_name": "setsail",
        "session_timeout": SESSION_TIMEOUT_S, "hide_dependencies": True,
    }  # fmt: skip
    media: dict[str, object] = {"rtp_port_range": _range(s.media_ports), "ipv6": any(":" in a for a in s.addresses),
                                "slowlink_threshold": 10}  # fmt: skip
    if s.dscp is not None:
        media["dscp"] = s.dscp
    nat = {"nice_debug": False, "ice_enforce_list": ",".join(s.addresses), "ignore_mdns": True}
    ws = {"json": "compact", "ws": True, "ws_ip": LOOPBACK, "ws_port": s.ws_port, "wss": False}
    admin = {"admin_ws": True, "admin_ws_ip": LOOPBACK, "admin_ws_port": s.admin_port, "admin_wss": False}
    audio = {"admin_key": s.admin_key, "local_ip": s.rtp_address, "rtp_port_range": _range(s.rtp_ports)}
    video = {"admin_key": s.admin_key, "lock_rtp_forward": True}
    return {
        "janus.jcfg": _text({"general": general, "certificates": {}, "media": media, "nat": nat}),
        "janus.transport.websockets.jcfg": _text({"general": ws, "admin": admin}),
        "janus.plugin.videoroom.jcfg": _text({"general": video, **_room(rooms, video=True)}),
        "janus.plugin.audiobridge.jcfg": _text({"general": {**audio, "lock_rtp_forward": True}, **_room(rooms)}),
    }


def _room(rooms: Rooms | None, *, video: bool = False) -> dict[str, dict[str, object]]:
    """The group of one room, none without rooms."""
    if rooms is None:
        return {}
    fields = video_room(rooms) if video else audio_room(rooms)
    return {f"room-{rooms.room}": {"secret": rooms.secret, "pin": rooms.pin, **fields}}


def _range(ports: tuple[int, int]) -> str:
    return f"{ports[0]}-{ports[1]}"


def _text(groups: Mapping[str, Mapping[str, object]]) -> str:
    """Groups in the syntax of libconfig."""
    lines = []
    for name, entries in groups.items():
        lines += [f"{name}: {{", *(f"\t{key} = {_value(value)}" for key, value in entries.items()), "}", ""]
    return "\n".join(lines)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return '"' + str(value).translate(ESCAPES) + '"'


def _link(source: Path, folder: Path, names: tuple[str, ...]) -> None:
    """A folder with links to the named libraries alone."""
    folder.mkdir(exist_ok=True)
    wanted = {f"libjanus_{n}.so": (source / f"libjanus_{n}.so").resolve() for n in names}
    if {old.name: old.resolve() for old in folder.iterdir()} == wanted:
        return
    for old in folder.iterdir():
        old.unlink()
    for name, library in wanted.items():
        (folder / name).symlink_to(library)
