"""Outside results that are not part of the repository."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


def oracle(path: str) -> Path:
    """A file or folder of the outside results; skips the test, saying so, where it is absent."""
    folder = Path(os.environ.get("SETSAIL_ORACLES", ROOT.parent / "shared" / "oracles"))
    found = folder / path
    if not found.exists():
        pytest.skip(f"outside result {path} is not in {folder} (set SETSAIL_ORACLES)")
    return found
