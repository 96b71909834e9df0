"""Many sites designed alike: what a finished one looks like, when it must be done again, and one row for each."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from setsail import __version__
from setsail.base.errors import BadInput
from setsail.base.record import Record
from setsail.base.tables import read_text
from setsail.base.writing import write_whole
from setsail.design.network.folder import FILES

STATE = ".design.json"
"""In the folder of a finished site: what it was made from, what came out, and its row."""
INPUTS = ("site.toml", "needs.csv", "floors")
COLUMNS = (
    "folder", "state", "site", "floors", "rooms", "area_m2", "band", "heads", "cells", "slices", "flows", "devices",
    "refused", "covered_ratio", "gap_ratio", "unmet", "cost", "seconds", "error",
)  # fmt: skip


def sites(path: Path) -> list[Path]:
    """The folders below `path` that hold a site, by name. Raises BadInput where there is none."""
    if not path.is_dir():
        raise BadInput("is no folder", where=str(path), allowed="a folder of site folders")
    found = sorted(p for p in path.iterdir() if p.is_dir() and (p / "site.toml").exists())
    if not found:
        raise BadInput("holds no folder with a site.toml", where=str(path), allowed="a folder of site folders")
    return found


def digest(path: Path, choices: Mapping[str, Any]) -> str:
    """SHA-256 of what a design is made from: the site's files, the choices, and the edition of the product."""
    made = hashlib.sha256(json.dumps([__version__, dict(choices)], sort_keys=True, default=str).encode())
    for file in _files([path / name for name in INPUTS]):
        made.update(f"\0{file.relative_to(path)}\0".encode())
        made.update(hashlib.sha256(file.read_bytes()).digest())
    return made.hexdigest()


def _files(roots: Iterable[Path]) -> list[Path]:
    found: list[Path] = []
    for root in roots:
        found += (
            sorted(p for p in root.rglob("*") if p.is_file()) if root.is_dir() else [root] if root.is_file() else []
        )
    return found


def outputs(path: Path) -> str:
    """SHA-256 of the three files of the network; "" where one is missing."""
    made = hashlib.sha256()
    for name in FILES:
        if not (path / name).is_file():
            return ""
        made.update((path / name).read_bytes() + b"\0")
    return made.hexdigest()


def kept(path: Path, inputs: str) -> Record | None:
    """The row of a site that is finished: made from the same inputs, and its network is as it was written."""
    try:
        told = json.loads(read_text(path / STATE))
        same = told["inputs"] == inputs and told["outputs"] == outputs(path) != ""
        return dict(told["row"]) | {"state": "kept"} if same else None
    except (BadInput, ValueError, KeyError, TypeError):
        return None


def keep(path: Path, inputs: str, row: Record) -> None:
    """Marks a site as finished."""
    told = {"inputs": inputs, "outputs": outputs(path), "row": row}
    write_whole(path / STATE, json.dumps(told, ensure_ascii=False, indent=1) + "\n")


def row(folder: str, made: Record, cost: float | None) -> Record:
    """The row of a design from its record."""
    flows = made["flows"]
    return {
        "folder": folder, "state": "done", "site": made["site"], "floors": made["floors"], "rooms": made["rooms"],
        "area_m2": made["area_m2"], "band": made["carriers"][0]["band"] if made["carriers"] else "",
        "heads": len(made["heads"]), "cells": len(made["cells"]), "slices": len(made["slices"]), "flows": len(flows),
        "devices": sum(f["count"] for f in flows), "refused": sum(f["refused"] for f in flows),
        "covered_ratio": made["covered_ratio"], "gap_ratio": made["gap_ratio"], "unmet": len(made["binding"]),
        "cost": cost, "seconds": sum(made["seconds"].values()), "error": "",
    }  # fmt: skip


def failed(folder: str, error: str) -> Record:
    """The row of a site whose design did not come to an end."""
    return dict.fromkeys(COLUMNS) | {"folder": folder, "state": "failed", "error": error}
