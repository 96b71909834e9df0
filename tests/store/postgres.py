"""A private PostgreSQL for tests: in a temporary folder, on a Unix socket only, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

OPTIONS = "-c listen_addresses='' -c fsync=off -c full_page_writes=off -c max_connections=40 -c lc_messages=C"


def programs() -> Path | None:
    """Folder of the newest server installed, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


@contextmanager
def server() -> Iterator[str]:
    """URL of a running server without a data base name, to end with one; skips the test where none is installed."""
    binaries = programs()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed; try: apt install postgresql")
    if os.getuid() == 0 and "postgres" not in {entry.pw_name for entry in pwd.getpwall()}:
        pytest.skip("PostgreSQL does not run as root, and there is no account postgres")
    home = Path(tempfile.mkdtemp(prefix="setsail-pg-"))
    try:
        if os.getuid() == 0:
            shutil.chown(home, "postgres", "postgres")
        _run(binaries / "initdb", "-D", home / "data", "-U", "setsail", "--auth=trust", "--no-sync", "-E", "UTF8")
        control = (binaries / "pg_ctl", "-D", home / "data", "-s", "-w")
        _run(*control, "-l", home / "log", "-o", f"-k {home} {OPTIONS}", "start")
        try:
            yield f"postgresql://setsail@/NAME?host={home}"
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _run(*command: object) -> None:
    runuser = shutil.which("runuser") or "/usr/sbin/runuser"  # not on every PATH
    prefix = [runuser, "-u", "postgres", "--"] if os.getuid() == 0 else []
    done = subprocess.run(
        [*prefix, *map(str, command)], check=False, capture_output=True, text=True, timeout=120, cwd="/"
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]}: {done.stdout}{done.stderr}")
