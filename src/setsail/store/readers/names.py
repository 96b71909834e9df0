"""The name of a data set, made of a file name where the user gives none."""

from __future__ import annotations

import re
from pathlib import Path

_FOREIGN = re.compile(r"[^a-z0-9._-]+")
LONGEST = 63


def data_set_name(path: Path, kind: str) -> str:
    """A name of a-z, 0-9, '.', '_', '-' from the stem of a file, or the kind where nothing of it remains."""
    stem = path.name.lower()
    for ending in (".gz", ".csv", ".tsv", ".txt", ".xlsx", ".parquet"):
        stem = stem.removesuffix(ending)
    return _FOREIGN.sub("-", stem).strip("-._")[:LONGEST] or kind
