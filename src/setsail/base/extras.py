"""Optional parts of the installation: asked for by name, missed in one line."""

from __future__ import annotations

import importlib
import importlib.util
from types import ModuleType

from setsail.base.errors import MissingExtra


def require(module: str, extra: str) -> ModuleType:
    """The imported module of an extra. Raises MissingExtra with the command that adds it."""
    if importlib.util.find_spec(module.split(".", maxsplit=1)[0]) is None:
        raise MissingExtra(
            f"needs the extra '{extra}', which is not installed",
            where=module,
            hint=f"uv sync --extra {extra}   (or: pip install 'setsail[{extra}]')",
        )
    return importlib.import_module(module)
