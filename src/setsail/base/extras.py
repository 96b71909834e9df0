"""Optional parts of the installation: asked for by name, missed in one line."""

from __future__ import annotations

import importlib
import tempfile
from types import ModuleType

from setsail.base.errors import MissingExtra

OURS = "setsail"
UNCACHED = "cannot cache function"
"""How Numba begins its complaint where neither the installation nor the user's folder can be written."""
_kept: list[tempfile.TemporaryDirectory[str]] = []
"""The place of compiled code of this process, where no other can be written; removed with the process."""


def require(module: str, extra: str) -> ModuleType:
    """The imported module of an extra, or one of ours that stands on it.

    Compiled code that can be kept neither beside its source nor in the user's folder is kept for this process.
    Raises MissingExtra with the command that adds it.
    """
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as err:
        missing = (err.name or module).split(".", maxsplit=1)[0]
        if missing == OURS:
            raise
        raise MissingExtra(
            f"needs the extra '{extra}', which is not installed",
            where=missing,
            hint=f"uv sync --extra {extra}   (or: pip install 'setsail[{extra}]')",
        ) from err
    except RuntimeError as err:
        if UNCACHED not in str(err) or _kept:
            raise
    _cache_for_this_process()
    return importlib.import_module(module)


def _cache_for_this_process() -> None:
    """A folder of this process alone, because compiled code read from a shared one could be another's."""
    numba = importlib.import_module("numba")
    _kept.append(tempfile.TemporaryDirectory(prefix="setsail-compiled-"))
    numba.config.CACHE_DIR = _kept[0].name
