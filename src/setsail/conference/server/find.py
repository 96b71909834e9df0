"""Where the programs of the conference are on this machine: installed, named by the user, or unpacked for the user."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from setsail.base.errors import BadInput, MissingExtra

NAMED = "SETSAIL_JANUS"
"""Environment variable: the program `janus`, or the folder of an unpacked bundle."""
LACKING = (
    "is not to be had on this system (no `janus` in PATH, none unpacked; Debian 13 has no package of it); "
    "the rollout works without the call"
)
HINT = "apt-get install janus (Debian 12), or without root: setsail conference unpack, or SETSAIL_JANUS=/path/to/janus"


@dataclass(frozen=True, slots=True)
class Program:
    """A program and what it needs to run. libraries : folders for LD_LIBRARY_PATH, none where it is installed."""

    path: Path
    libraries: tuple[Path, ...] = ()

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """The environment it is started with."""
        kept = dict(environ)
        if self.libraries:
            kept["LD_LIBRARY_PATH"] = ":".join(map(str, self.libraries))
        return kept


@dataclass(frozen=True, slots=True)
class Janus:
    """A Janus: its program, and the folders of its plug-ins and transports."""

    program: Program
    plugins: Path
    transports: Path


def cache_folder(environ: Mapping[str, str] | None = None) -> Path:
    """The user's folder for unpacked programs."""
    env = os.environ if environ is None else environ
    base = env.get("XDG_CACHE_HOME") or str(Path(env.get("HOME") or "~").expanduser() / ".cache")
    return Path(base) / "setsail" / "conference"


def find_janus(environ: Mapping[str, str] | None = None) -> Janus:
    """The Janus to run: SETSAIL_JANUS, else PATH, else the unpacked bundle.

    Raises BadInput where SETSAIL_JANUS names none, MissingExtra where there is none.
    """
    env = os.environ if environ is None else environ
    if named := env.get(NAMED):
        found = _bundled(Path(named)) if Path(named).is_dir() else _installed(Path(named))
        if found is None:
            raise BadInput(f"is {named!r}: no Janus with its plug-ins there", where=NAMED,
                           allowed="the program janus, or a folder made by `setsail conference unpack`")  # fmt: skip
        return found
    path = shutil.which("janus", path=env.get("PATH", ""))
    found = (_installed(Path(path)) if path else None) or _bundled(cache_folder(env))
    if found is None:
        raise MissingExtra(LACKING, where="janus", hint=HINT)
    return found


def find_program(name: str, environ: Mapping[str, str] | None = None, *, package: str = "") -> Program:
    """Another program of the conference (turnserver, kamailio). Raises MissingExtra."""
    env = os.environ if environ is None else environ
    searched = os.pathsep.join([env.get("PATH", ""), "/usr/sbin", "/sbin"])
    if path := shutil.which(name, path=searched):
        return Program(Path(path))
    raise MissingExtra(
        "is not installed; the call works without it", where=name, hint=f"apt-get install {package or name}"
    )


def _installed(program: Path) -> Janus | None:
    """A Janus whose plug-ins lie where its package puts them."""
    if not (program.is_file() and os.access(program, os.X_OK)):
        return None
    folder = _parts(program.resolve().parent.parent / "lib")
    return None if folder is None else Janus(Program(program), folder / "plugins", folder / "transports")


def _bundled(root: Path) -> Janus | None:
    """A Janus unpacked from packages under `root`, with its libraries."""
    program, folder = root / "usr" / "bin" / "janus", _parts(root / "usr" / "lib")
    if folder is None or not os.access(program, os.X_OK):
        return None
    libraries = tuple(
        place
        for part in ("usr/lib", "lib")
        for place in [*sorted((root / part).glob("*-linux-*")), root / part]
        if place.is_dir()
    )
    return Janus(Program(program, libraries), folder / "plugins", folder / "transports")


def _parts(lib: Path) -> Path | None:
    for folder in [*sorted(lib.glob("*-linux-*/janus")), lib / "janus"]:
        if (folder / "plugins" / "libjanus_videoroom.so").exists():
            return folder
    return None
