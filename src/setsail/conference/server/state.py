"""What runs for the conference of a rollout right now: kept by its supervisor, believed only where the kernel agrees.

Public face: `running(rollout_dir) -> Order` for everybody who wants to join or look in.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Literal

from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.base.writing import write_whole
from setsail.conference.server import order as orders
from setsail.conference.server.order import Order
from setsail.conference.server.process import Running

FOLDER = "conference"
FILE = "state.json"
LOCK = "supervisor.lock"
ROOM_BYTES = 4096
"""The file is filled up to a multiple of it, so that a longer state has room in it on a full disk."""
READS = 3

Phase = Literal["starting", "up", "waiting", "given up", "stopped"]


class NotUp(BadInput):
    """No conference runs for this rollout."""

    code = "conference-not-up"


@dataclass
class ServiceState:
    """One service. phase : "waiting" between a fall and the next start;  note : the last fault."""

    name: str
    phase: Phase = "starting"
    running: Running | None = None
    since: str = ""
    restarts: int = 0
    note: str = ""

    @property
    def alive(self) -> bool:
        """Whether its process runs, asked of the kernel."""
        return self.running is not None and self.running.alive


@dataclass
class State:
    """The supervisor and its services. fault : why the conference could not be opened, "" where it could."""

    supervisor: Running | None = None
    since: str = ""
    services: list[ServiceState] = field(default_factory=list)
    fault: str = ""
    fault_code: str = ""

    @property
    def supervised(self) -> bool:
        """Whether the supervisor runs, asked of the kernel."""
        return self.supervisor is not None and self.supervisor.alive

    @property
    def left(self) -> list[ServiceState]:
        """Services whose processes run."""
        return [s for s in self.services if s.alive]

    def service(self, name: str) -> ServiceState | None:
        """One of them."""
        return next((s for s in self.services if s.name == name), None)


def folder_of(rollout_dir: Path) -> Path:
    """Where the conference of a rollout keeps its files."""
    return Path(rollout_dir).resolve() / FOLDER


def running(rollout_dir: Path) -> Order:
    """The order of the conference that runs for a rollout: place, rooms with PINs, relay. Raises NotUp."""
    folder = folder_of(rollout_dir)
    order, state = orders.read(folder), read(folder)
    janus = state.service("janus")
    if order is None or not (state.supervised or (janus is not None and janus.alive)):
        raise NotUp(
            "no conference is up", where=str(rollout_dir), hint=f"setsail conference up --rollout {rollout_dir}"
        )
    return order


def write(folder: Path, state: State) -> None:
    """Keeps the state, whole; on a full disk in the room that the file has. Raises BadInput where that fails."""
    text = json.dumps(asdict(state), indent=1)
    text += " " * (-(len(text) + 1) % ROOM_BYTES) + "\n"
    try:
        write_whole(folder / FILE, text)
    except BadInput:
        try:
            with (folder / FILE).open("r+b") as file:
                if os.fstat(file.fileno()).st_size < len(text):
                    raise
                file.write(text.encode("ascii"))
        except OSError as err:
            raise BadInput(f"cannot be written: {err.strerror or err}", where=str(folder / FILE)) from err


def read(folder: Path) -> State:
    """The state as it was written last; an empty one where there is none or it cannot be read."""
    for _ in range(READS):
        try:
            return _state(json.loads((folder / FILE).read_text(encoding="ascii")))
        except FileNotFoundError:
            break
        except (OSError, ValueError, KeyError, TypeError):  # it is just being written into its old room
            continue
    return State()


def _state(told: Record) -> State:
    services = [ServiceState(**{**s, "running": _process(s["running"])}) for s in told["services"]]
    return State(_process(told["supervisor"]), told["since"], services, told["fault"], told["fault_code"])


def moment(at: datetime) -> str:
    """A time as it is kept."""
    return at.isoformat(timespec="seconds")


def _process(told: Record | None) -> Running | None:
    return None if told is None else Running(int(told["pid"]), int(told["started_ticks"]), str(told["boot"]))
