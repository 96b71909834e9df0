"""Seconds and peak memory of one function, in a process of its own, so that neither side warms or fattens the other."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]


def measure(callable_path: str, arguments: Mapping[str, Any], *, repeats: int = 3) -> dict[str, Any]:
    """What a fresh process met that called `package.module:function(**arguments)` 1 + `repeats` times.

    Returns `seconds_first` (imports and the first call), `seconds_warm` (median of the others), `peak_mb` (most memory
    of the process, imports too) and `result` (of the last call; JSON). Raises RuntimeError with what it said.
    """
    told = json.dumps({"path": callable_path, "arguments": dict(arguments), "repeats": repeats})
    command = [sys.executable, "-m", "benchmarks.measure"]
    done = subprocess.run(command, input=told, cwd=ROOT, check=False, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{callable_path}: {done.stderr.strip()[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def _measured(path: str, arguments: Mapping[str, Any], repeats: int) -> dict[str, Any]:
    start = time.perf_counter()
    module, name = path.split(":")
    function = getattr(import_module(module), name)
    result = function(**arguments)
    first = time.perf_counter() - start
    warm = []
    for _ in range(repeats):
        start = time.perf_counter()
        result = function(**arguments)
        warm.append(time.perf_counter() - start)
    return {
        "seconds_first": round(first, 4),
        "seconds_warm": round(statistics.median(warm), 4) if warm else None,
        "peak_mb": peak_mb(),
        "result": result,
    }


def peak_mb() -> float:
    """Most memory [MB of 2^20 bytes] that this program has held since it was started.

    `getrusage` would not do: its figure survives exec, so a child begins with what its parent held.
    """
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM:"))
    return round(int(line.split()[1]) / 1024, 1)


if __name__ == "__main__":
    order = json.loads(sys.stdin.read())
    print(json.dumps(_measured(order["path"], order["arguments"], order["repeats"])))
