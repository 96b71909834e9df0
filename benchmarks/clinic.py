"""A whole process that imports, designs, judges and reports a building: cold, and warm with what the cold one compiled.

The building is the two-storey clinic of the outside results (SETSAIL_ORACLES), of 269 rooms; where it is absent, the
demonstration hospital as GeoJSON, and the row says so. Cold: nothing is compiled, neither bytecode nor kernels.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.measure import ROOT, peak_mb

WORKBOOK = "clinic_cobie/clinic_design_cobie.xlsx"
SIZES = {"smoke": 2.0, "full": 0.5}
"""Side of a pixel of the design's maps [m]."""
TURNS = {"smoke": 1, "full": 3}
"""Warm processes; the least counts, because another program on the machine can only make a turn longer."""
ALLOWED_S = {"cold": 30.0, "warm": 10.0}
STEPS = ("import", "design", "verify", "report")


def run(size: str) -> list[dict[str, Any]]:
    """One row. size : smoke or full."""
    source, told = building()
    with tempfile.TemporaryDirectory() as kept:
        turns = [_process(source, SIZES[size], Path(kept)) for _ in range(1 + TURNS[size])]
    cold, warm = turns[0], min(turns[1:], key=lambda t: float(t["seconds"]))
    row: dict[str, Any] = {
        "case": "whole_process", "size": size, "building": told, "rooms": warm["rooms"], "heads": warm["heads"],
        "findings": warm["findings"], "seconds_cold": cold["seconds"], "seconds_warm": warm["seconds"],
        "core_seconds_cold": cold["core_seconds"], "core_seconds_warm": min(t["core_seconds"] for t in turns[1:]),
        **{f"seconds_warm_{step}": warm[step] for step in STEPS},
        **{f"allowed_seconds_{state}": allowed for state, allowed in ALLOWED_S.items()}, "load": os.getloadavg()[0],
        "peak_mb": max(t["peak_mb"] for t in turns),
    }  # fmt: skip
    return [row]


def building() -> tuple[Path, str]:
    """The file to import and its name: the clinic's workbook, else a plan of the demonstration hospital."""
    folder = Path(os.environ.get("SETSAIL_ORACLES", ROOT.parent / "shared" / "oracles"))
    if (folder / WORKBOOK).is_file():
        return folder / WORKBOOK, "clinic"
    return ROOT / "examples" / "sites" / "demonstration-hospital", "demonstration hospital: no clinic is here"


def _process(source: Path, resolution_m: float, kept: Path) -> dict[str, Any]:
    """What one fresh process met; `kept` holds its bytecode and compiled kernels, and nothing else of the machine."""
    order = json.dumps({"source": str(source), "resolution_m": resolution_m})
    env = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    env |= {"PYTHONPYCACHEPREFIX": str(kept / "bytecode"), "NUMBA_CACHE_DIR": str(kept / "kernels")}
    begun = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.clinic"],
        input=order, cwd=ROOT, env=env, check=False, capture_output=True, text=True,
    )  # fmt: skip
    seconds = time.perf_counter() - begun
    if done.returncode:
        raise RuntimeError(f"benchmarks.clinic: {done.stderr.strip()[-2000:]}")
    return {"seconds": seconds, **json.loads(done.stdout.splitlines()[-1])}


def whole(source: Path, resolution_m: float, folder: Path) -> dict[str, Any]:
    """Import, design, verify and report in this process: seconds of each, and what came out."""
    from setsail import api  # noqa: PLC0415 - loading it is part of what is measured

    site, laps = folder / "site", {}

    def lap(step: str, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - records of the steps
        begun = time.perf_counter()
        made = work()
        laps[step] = time.perf_counter() - begun
        return made

    if source.is_dir():
        lap("import", lambda: api.site_new("hospital", "", site, demonstration=True))
    else:
        lap("import", lambda: api.site_import(source, site))
    made = lap("design", lambda: api.design_run(site, resolution_m=resolution_m))
    judged = lap("verify", lambda: api.design_verify(site))
    now = datetime(2026, 11, 1, tzinfo=UTC)
    pdf, results = folder / "report.pdf", folder / "report.json"
    lap("report", lambda: api.conformance_report(site, now=now, out=pdf, json=results))
    rooms = sum(f["rooms"] for f in api.site_show(site)["floors"])
    return {**laps, "rooms": rooms, "heads": len(made["heads"]), "findings": len(judged["findings"])}


if __name__ == "__main__":
    asked = json.loads(sys.stdin.read())
    with tempfile.TemporaryDirectory() as there:
        found = whole(Path(asked["source"]), asked["resolution_m"], Path(there))
    print(json.dumps(found | {"core_seconds": time.process_time(), "peak_mb": peak_mb()}))
