"""One head moved: maps of the building, facts and verdicts again, against judging the moved network from the start.

Both must say the same of every check. The building is that of `benchmarks.clinic`.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from benchmarks.clinic import SIZES, building
from benchmarks.measure import peak_mb
from setsail import api
from setsail.conformance.findings import Judged
from setsail.conformance.profile_reader import profile
from setsail.conformance.verify_facts import assess, moved
from setsail.design.network import folder as networks

T = TypeVar("T")
REPEATS = {"smoke": 2, "full": 15}
ALLOWED_S = 0.3
FAR_M = 2.0


def run(size: str) -> list[dict[str, Any]]:
    """One row. size : smoke or full. Raises AssertionError where a move and a whole judgement differ."""
    source, told = building()
    with tempfile.TemporaryDirectory() as there:
        site = Path(there) / "site"
        if source.is_dir():
            api.site_new("hospital", "", site, demonstration=True)
        else:
            api.site_import(source, site)
        made = api.design_run(site, resolution_m=SIZES[size])
        rules = profile("hospital")
        before = assess(site, rules)
        head = before.network.heads[len(before.network.heads) // 2]
        place = (head.x_m + FAR_M, head.y_m)
        wall, core, after = _timed(lambda: moved(before, head.head, *place), REPEATS[size])
        networks.write(after.network, site)
        whole_wall, whole_core, again = _timed(lambda: assess(site, rules), min(3, REPEATS[size]))
    assert verdicts(after.judged) == verdicts(again.judged)
    row: dict[str, Any] = {
        "case": "what_if", "size": size, "building": told, "heads": len(made["heads"]),
        "findings": len(after.judged.findings), "judged_again": after.judged.judged,
        "seconds_ours_warm": wall, "core_seconds_ours_warm": core, "peer": "judged from the start",
        "seconds_peer": whole_wall, "core_seconds_peer": whole_core, "ratio": whole_core / core,
        "allowed_seconds": ALLOWED_S, "load": os.getloadavg()[0], "peak_mb": peak_mb(),
    }  # fmt: skip
    return [row]


def verdicts(judged: Judged) -> dict[tuple[str, str], tuple[str, object]]:
    """What is said of each check on each subject."""
    return {(f.rule, f.subject): (f.verdict, f.met) for f in judged.findings}


def _timed(work: Callable[[], T], repeats: int) -> tuple[float, float, T]:
    """Least seconds and least processor seconds of the calls after the first, and the result."""
    walls, cores = [], []
    for _ in range(repeats + 1):
        wall, core = time.perf_counter(), time.process_time()
        result = work()
        walls.append(time.perf_counter() - wall)
        cores.append(time.process_time() - core)
    return min(walls[1:]), min(cores[1:]), result
