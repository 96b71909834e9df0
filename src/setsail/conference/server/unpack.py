"""Janus for a user without root: fetched by the system's own apt, checked, unpacked into a folder of the user.

Nothing is installed and nothing of the system is changed: packages that the machine lacks are unpacked side by side,
and Janus is started with their libraries on its path (`find.find_janus` knows the folder).
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput, MissingExtra, StoreCorrupt
from setsail.base.folders import whole_folder
from setsail.base.record import Record
from setsail.conference.server.find import LACKING, NAMED, cache_folder, find_janus

PROOF = "packages.txt"
"""In the unpacked folder: each package with its checksum; a folder without it is never replaced."""
LISTED = re.compile(r"^'(?P<uri>[^']+)' (?P<file>\S+) (?P<size>\d+) (MD5Sum|SHA\d+):(?P<sum>[0-9a-f]+)$")
"""A line of `apt-get --print-uris`."""
INSTALL = ("--reinstall", "--yes", "--no-install-recommends", "--print-uris")
SHA256_DIGITS = 64
WITHIN_S = 300


@dataclass(frozen=True, slots=True)
class Package:
    """One package that apt would fetch. sha256 : from the signed index of the archive."""

    name: str
    file: str
    sha256: str


def unpack(into: Path | None = None, environ: Mapping[str, str] | None = None) -> Record:
    """Where Janus lies now, its version and its packages.

    Raises MissingExtra where this system has no apt or no package of Janus, StoreCorrupt where a package is not what
    the archive's index says, BadInput where it cannot be fetched or written.
    """
    env = dict(os.environ if environ is None else environ)
    _require_tools(env)
    folder = cache_folder(env) if into is None else into
    packages = planned(env)
    with whole_folder(folder, replace=True, proof=PROOF) as new, tempfile.TemporaryDirectory() as fetched:
        for package in packages:
            _unpack(_fetched(package, Path(fetched), env), new, env)
        text = "".join(f"{p.sha256}  {p.file}\n" for p in packages)
        (new / PROOF).write_text(text, encoding="utf-8")
        _require_runs(new, env)
    return {"janus": str(folder / "usr" / "bin" / "janus"), "folder": str(folder), "version": _version(folder, env),
            "packages": [p.file for p in packages]}  # fmt: skip


def planned(environ: Mapping[str, str]) -> list[Package]:
    """Janus and those of its dependencies that this machine lacks. Raises MissingExtra."""
    with tempfile.TemporaryDirectory() as none:  # what the machine keeps of earlier downloads would not be listed
        Path(none, "partial").mkdir()
        options = ["-o", "Debug::NoLocking=1", "-o", f"Dir::Cache::archives={none}/"]
        done = _run(["apt-get", *options, "install", *INSTALL, "janus"], environ)
    names = [m["file"].partition("_")[0] for m in _listed(done.stdout)]
    if done.returncode != 0 or "janus" not in names:
        said = " ".join(done.stderr.split())[-200:] or "nothing"
        raise MissingExtra(LACKING, where="janus", hint=f"Debian 12, or another machine (apt says: {said})")
    done = _run(["apt-get", "download", "--print-uris", *names], environ)  # the same with their SHA-256
    found = [Package(m["file"].partition("_")[0], m["file"], m["sum"]) for m in _listed(done.stdout)]
    if {p.name for p in found} != set(names) or not all(len(p.sha256) == SHA256_DIGITS for p in found):
        raise BadInput("gives no SHA-256 of each package", where="apt-get", hint="apt-get update, or a newer apt")
    return found


def _listed(text: str) -> list[re.Match[str]]:
    return [m for line in text.splitlines() if (m := LISTED.match(line.strip()))]


def _fetched(package: Package, folder: Path, environ: Mapping[str, str]) -> Path:
    """The package's file, which has the checksum that was planned."""
    done = _run(["apt-get", "download", package.name], environ, folder)
    file = folder / package.file
    if done.returncode != 0 or not file.is_file():
        said = " ".join(done.stderr.split())
        raise BadInput(f"cannot be fetched: {said[-200:]}", where=package.file, hint="the network, or apt-get update")
    if hashlib.sha256(file.read_bytes()).hexdigest() != package.sha256:
        raise StoreCorrupt("is not what the archive's index says (SHA-256)", where=package.file, hint="apt-get update")
    return file


def _unpack(file: Path, folder: Path, environ: Mapping[str, str]) -> None:
    done = _run(["dpkg-deb", "--extract", str(file), str(folder)], environ)
    if done.returncode != 0:
        raise BadInput(f"cannot be unpacked: {done.stderr.strip()[-200:]}", where=file.name)


def _require_runs(folder: Path, environ: Mapping[str, str]) -> None:
    if not _version(folder, environ):
        raise BadInput(
            "does not run here after unpacking", where="janus", hint="ldd on the program shows what it lacks"
        )


def _version(folder: Path, environ: Mapping[str, str]) -> str:
    """What Janus says of itself, "" where it does not run."""
    found = find_janus({**environ, NAMED: str(folder)})
    done = _run([str(found.program.path), "--help"], found.program.environment(environ))
    told = re.search(r"\((\d[\d.]*)\)", done.stdout)
    return told[1] if told and done.returncode == 0 else ""


def _require_tools(environ: Mapping[str, str]) -> None:
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool, path=environ.get("PATH", "")) is None:
            raise MissingExtra(LACKING, where="janus", hint=f"a Debian 12 machine (no {tool} here)")


def _run(
    command: Sequence[str], environ: Mapping[str, str], folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(  # noqa: S603 - tools of the system that were looked for
            list(command), env={**environ, "LC_ALL": "C"}, cwd=folder, capture_output=True, text=True, check=False,
            timeout=WITHIN_S, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired as err:
        raise BadInput(f"took more than {WITHIN_S} s", where=command[0], hint="the network") from err
