"""Two networks that know nothing else, and a link between them with delay and loss: run by `unshare -n python`.

The server stands in the network of this process, the site in one of its own. Every packet between them goes through
this process, because the kernel of many machines has no `netem`. All of it is gone with the process. Prints what the
server found.
Usage: two_networks.py FOLDER DELAY_S LOSS SECONDS
"""

from __future__ import annotations

import ctypes
import fcntl
import heapq
import json
import os
import random
import secrets
import select
import socket
import struct
import subprocess
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

CLONE_NEWNET, TUNSETIFF, IFF_TUN, IFF_NO_PI = 0x40000000, 0x400454CA, 0x0001, 0x1000
SERVER, SITE, PORT = "198.51.100.1", "198.51.100.2", 8620


def network(address: str) -> int:
    """The one interface of this network beside loopback: a handle on all of its packets."""
    handle = os.open("/dev/net/tun", os.O_RDWR)
    fcntl.ioctl(handle, TUNSETIFF, struct.pack("16sH", b"way0", IFF_TUN | IFF_NO_PI))
    for command in ("link set lo up", f"addr add {address}/24 dev way0", "link set way0 up",
                    "route add default dev way0"):  # fmt: skip
        subprocess.run(["ip", *command.split()], check=True)
    return handle


def carry(ends: tuple[int, int], delay_s: float, loss: float) -> None:
    """Packets from each end to the other, late and not all of them, until this process ends."""
    chance, number = random.Random(7), 0
    due: list[tuple[float, int, int, bytes]] = []
    while True:
        wait = max(0.0, due[0][0] - time.monotonic()) if due else 1.0
        for end in select.select(ends, [], [], wait)[0]:
            packet = os.read(end, 65536)
            if chance.random() >= loss:
                number += 1
                heapq.heappush(due, (time.monotonic() + delay_s, number, ends[end == ends[0]], packet))
        while due and due[0][0] <= time.monotonic():
            _, _, other, packet = heapq.heappop(due)
            os.write(other, packet)


def site(line: socket.socket, command: list[str]) -> None:
    """A child in a network of its own, which hands over its link and becomes the command once it is told to."""
    if ctypes.CDLL(None, use_errno=True).unshare(CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), "unshare")
    socket.send_fds(line, [b"link"], [network(SITE)])
    line.recv(1)
    os.execv(command[0], command)


def accepted(folder: Path, seconds: float) -> dict[str, object]:
    """What the acceptance of S02 at the server comes to, the conference open meanwhile."""
    from setsail import api

    def now() -> datetime:
        return datetime.now(UTC)

    api.conference_up(folder, random_bytes=secrets.token_bytes, now=now, listen=(SERVER,))
    try:
        from setsail.rollout.provision.secrets import read

        (folder / "pin").write_text(read(folder).pin, encoding="ascii")
        return api.conference_accept(
            folder, "S02", now=now, by="A. Person", clock=time.monotonic, listen=f"{SERVER}:{PORT}", wait=60,
            seconds=seconds, link_seconds=4.0, rate_step_seconds=0.5, event=False,
        )  # fmt: skip
    finally:
        api.conference_down(folder)


def main(folder: Path, delay_s: float, loss: float, seconds: float) -> None:
    """Both networks, the acceptance, the participant."""
    code = "import sys; from setsail.cli.main import run; sys.exit(run(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "conference", "participant", f"{SERVER}:{PORT}", "--site", "S02",
               "--pin-file", str(folder / "pin"), "--wait", "60"]  # fmt: skip
    ours, theirs = socket.socketpair()
    here = network(SERVER)
    child = os.fork()
    if child == 0:
        site(theirs, command)
    _, (there, *_), _, _ = socket.recv_fds(ours, 16, 1)
    threading.Thread(target=carry, args=((here, there), delay_s, loss), daemon=True).start()

    def begin() -> None:
        while not (folder / "pin").exists():
            time.sleep(0.05)
        ours.send(b"1")

    threading.Thread(target=begin, daemon=True).start()
    found = accepted(folder, seconds)
    _, status = os.waitpid(child, 0)
    print(json.dumps(found | {"participant": os.waitstatus_to_exitcode(status)}))  # noqa: T201 - for the test


if __name__ == "__main__":
    main(Path(sys.argv[1]), *(float(word) for word in sys.argv[2:5]))
