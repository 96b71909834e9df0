"""Processes that are known again: started, watched by a handle of the kernel, ended by pid only if it is still them."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput

PR_SET_PDEATHSIG = 1
FIRST = -10
"""Niceness of what plays or carries a call: a machine that is busy would be blamed on the network."""
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Running:
    """A process as it was started: its pid and the kernel's start time [ticks since boot], so that another process
    with the same pid is never taken for it. boot : id of the boot, for the same reason.
    """

    pid: int
    started_ticks: int
    boot: str = ""

    @property
    def alive(self) -> bool:
        """Whether this very process still runs."""
        facts = _facts(self.pid)
        if facts is None or facts[1] != self.started_ticks or self.boot not in ("", boot_id()):
            return False
        return facts[0] != "Z" or not _ended(self.pid)

    def signal(self, number: int) -> bool:
        """Sends a signal to this very process, never to another that got its pid; False where it is gone."""
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return False
        try:
            if not self.alive:
                return False
            signal.pidfd_send_signal(handle, number)
        except ProcessLookupError:
            return False
        finally:
            os.close(handle)
        return True

    async def gone(self, timeout_s: float | None = None) -> bool:
        """Waits until the process is no more; False where it still is after `timeout_s`."""
        try:
            handle = os.pidfd_open(self.pid)
        except OSError:
            return True
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        try:
            if not self.alive:
                return True
            loop.add_reader(handle, ended.set)
            async with asyncio.timeout(timeout_s):
                await ended.wait()
        except TimeoutError:
            return False
        finally:
            loop.remove_reader(handle)
            os.close(handle)
        return True

    async def end(self, *, grace_s: float = 5.0) -> None:
        """Ends it: asked first, then without asking. Returns when it is no more."""
        if self.signal(signal.SIGTERM) and not await self.gone(grace_s):
            self.signal(signal.SIGKILL)
            await self.gone(grace_s)
        reap(self.pid)


def start(
    command: Sequence[str], *, log: Path, environment: Mapping[str, str], folder: Path, dies_with_us: bool
) -> Running:
    """A new process in a session of its own, writing to `log`.

    dies_with_us : the kernel ends it when the thread that called this is gone, however that comes about.
    Raises BadInput where the program cannot be run.
    """
    before = os.getpid()

    def bind() -> None:  # between fork and exec: one call of the kernel, nothing that takes a lock
        _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != before:
            os._exit(1)

    try:
        with log.open("ab") as sink:
            made = subprocess.Popen(  # noqa: S603 - a program that was looked for, with arguments of ours
                list(command), stdin=subprocess.DEVNULL, stdout=sink, stderr=subprocess.STDOUT, cwd=folder,
                env=dict(environment), start_new_session=True, close_fds=True,
                preexec_fn=bind if dies_with_us and sys.platform.startswith("linux") else None,  # noqa: PLW1509 - see there
            )  # fmt: skip
    except OSError as err:
        raise BadInput(f"cannot be started: {err.strerror or err}", where=str(command[0])) from err
    made.returncode = 0  # from here on it is known by pid and start time; `reap` takes its end
    return running(made.pid) or Running(made.pid, -1)


def hurry(pid: int) -> None:
    """Lets a process that plays or carries a call go first on a busy machine, where the system allows it.

    Linux shares the processor among sessions first: a process with a session of its own has that put first too.
    """
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, pid, FIRST)
        if os.getsid(pid) == pid:
            Path(f"/proc/{pid}/autogroup").write_text(str(FIRST), encoding="ascii")


def running(pid: int) -> Running | None:
    """The process of that pid as it is now, or None."""
    facts = _facts(pid)
    return None if facts is None else Running(pid, facts[1], boot_id())


def reap(pid: int) -> str:
    """Takes the end of a child of ours, if it has ended: how it ended, in words, "" where that is not known."""
    try:
        ended, status = os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return ""
    if ended == 0:
        return ""
    code = os.waitstatus_to_exitcode(status)
    return f"ended by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"


def used(pid: int) -> tuple[float, int]:
    """CPU seconds (user and system) and resident memory [bytes] of a process; zeros where it is gone."""
    facts = _facts(pid)
    if facts is None:
        return 0.0, 0
    return facts[2] / os.sysconf("SC_CLK_TCK"), facts[3] * os.sysconf("SC_PAGE_SIZE")


def boot_id() -> str:
    """The id of this boot of the machine, "" where the kernel tells none."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""


def _ended(pid: int) -> bool:
    """Whether all threads of a process have ended: its first one may be over while the others still work."""
    try:
        handle = os.pidfd_open(pid)
    except OSError:
        return True
    try:
        poll = select.poll()
        poll.register(handle, select.POLLIN)
        return bool(poll.poll(0))
    finally:
        os.close(handle)


def _facts(pid: int) -> tuple[str, int, int, int] | None:
    """State, start [ticks], CPU [ticks], resident pages. Source: proc(5), /proc/pid/stat fields 3, 22, 14-15, 24."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    fields = text.rpartition(")")[2].split()
    return fields[0], int(fields[19]), int(fields[11]) + int(fields[12]), int(fields[21])
