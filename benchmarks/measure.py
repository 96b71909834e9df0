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


def in_turns(sides: Mapping[str, str], arguments: Mapping[str, Any], *, turns: int = 3) -> dict[str, dict[str, Any]]:
    """What `measure` met of each side, by its name: least seconds and most memory of `turns` processes of each.

    The sides take turns, and the least is kept, because another program on the machine can only make a turn longer.
    """
    met: dict[str, list[dict[str, Any]]] = {name: [] for name in sides}
    for _ in range(turns):
        for name, path in sides.items():
            met[name].append(measure(path, arguments))
    return {name: {**found[-1], **_best(found)} for name, found in met.items()}


def _best(found: list[dict[str, Any]]) -> dict[str, float]:
    seconds = {key: min(one[key] for one in found) for key in ("seconds_first", "seconds_warm")}
    return {**seconds, "peak_mb": max(one["peak_mb"] for one in found)}


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
