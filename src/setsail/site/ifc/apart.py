"""An IFC model read in a process of its own: a damaged file that brings its library down ends in one line, no more."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
import tempfile
from pathlib import Path

from setsail.base.errors import BadInput, SetSailError
from setsail.base.extras import require
from setsail.site.ifc.model import ALLOWED, EXTRA, MEMORY_BYTES, require_within
from setsail.site.ifc.study import read as read_here
from setsail.site.model import Site

MOST_S = 1800.0


def read(
    path: Path, *, name: str = "", unit: str | None = None, kind: str = "hospital", memory_bytes: float = MEMORY_BYTES
) -> Site:
    """The site of a building model, as `study.read` finds it; see there.

    Raises BadInput also for a file that ends the process which reads it, or keeps it busy for half an hour.
    """
    require_within(path, memory_bytes)
    require("ifcopenshell", EXTRA)
    options = {"name": name, "unit": unit, "kind": kind, "memory_bytes": memory_bytes}
    with tempfile.TemporaryDirectory(prefix="setsail-ifc-") as room:
        answer = Path(room) / "site"
        told = [sys.executable, "-m", "setsail.site.ifc.apart", str(path), str(answer), json.dumps(options)]
        try:
            done = subprocess.run(told, check=False, capture_output=True, timeout=MOST_S)  # noqa: S603 - our own module
        except subprocess.TimeoutExpired as err:
            raise BadInput(f"is not read after {MOST_S:g} s", where=str(path), allowed=ALLOWED) from err
        if not answer.is_file():
            what = f"brings its reader down (status {done.returncode})"
            raise BadInput(what, where=str(path), allowed=ALLOWED, hint="save it again from the program that made it")
        found = pickle.loads(answer.read_bytes())  # noqa: S301 - written by our own process a moment ago
    if isinstance(found, SetSailError):
        raise found
    if not isinstance(found, Site):
        raise TypeError(f"the reader answers {type(found).__name__}")
    return found


def main(path: str, answer: str, options: str) -> None:
    """Writes the site of a model, or the error that it met, as a pickle."""
    found: Site | SetSailError
    try:
        found = read_here(Path(path), **json.loads(options))
    except SetSailError as err:
        found = err
    except Exception as err:  # a damaged model breaks its library in many ways
        what = f"cannot be understood: {type(err).__name__}: {str(err)[:120]}"
        found = BadInput(what, where=path, allowed=ALLOWED, hint="save it again from the program that made it")
    Path(answer).write_bytes(pickle.dumps(found))


if __name__ == "__main__":
    main(*sys.argv[1:])
