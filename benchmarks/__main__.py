"""`./dev bench [smoke|full] [NAME ...]`: runs the cases and, for `full`, writes the table of results.

smoke : small sizes, in seconds, to see that every case runs;  full : the sizes that the results are told for.
"""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
PAGE = HERE.parent / "docs" / "reference" / "benchmarks.md"


def main(arguments: list[str]) -> int:
    """Runs the named cases, or all, and prints their rows."""
    size = "full" if "full" in arguments else "smoke"
    wanted = [a for a in arguments if a not in ("full", "smoke")] or names()
    strange = sorted(set(wanted) - set(names()))
    if strange:
        print(f"benchmarks: is {strange[0]!r}; allowed: {', '.join(names())}", file=sys.stderr)
        return 2
    for name in wanted:
        rows = import_module(f"benchmarks.{name}").run(size)
        for row in rows:
            print(json.dumps(row))
        if size == "full":
            keep(name, rows)
    if size == "full":
        PAGE.write_text(page(), encoding="utf-8")
        print(f"written: {PAGE.relative_to(HERE.parent)}")
    return 0


def names() -> list[str]:
    """Modules of cases: each has `run(size) -> rows`."""
    return sorted(p.stem for p in HERE.glob("*.py") if "\ndef run(size" in p.read_text(encoding="utf-8"))


def keep(name: str, rows: list[dict[str, Any]]) -> None:
    """Keeps the rows of one module with machine, date and commit."""
    RESULTS.mkdir(exist_ok=True)
    told = {"machine": machine(), "date": f"{datetime.now(UTC):%Y-%m-%d}", "commit": commit(), "rows": rows}
    (RESULTS / f"{name}.json").write_text(json.dumps(told, indent=1) + "\n", encoding="utf-8")


def machine() -> str:
    """Processor, number of cores that this process may use, and Python."""
    cpu = next((line.split(":")[1].strip() for line in _cpuinfo() if line.startswith("model name")), platform.machine())
    return f"{cpu}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text(encoding="utf-8").splitlines() if path.exists() else []


def commit() -> str:
    """The commit measured, with a plus where the tree differs from it."""
    done = subprocess.run(
        ["git", "describe", "--always", "--dirty=+"], capture_output=True, text=True, cwd=HERE, check=False
    )
    return done.stdout.strip() or "not a checkout"


def page() -> str:
    """The page of results, made from the kept rows."""
    parts = [
        "<!-- Written by `./dev bench full`; never by hand. -->\n# Benchmarks\n\n"
        "Ratios of one run on one machine: ours against a plain twin or a peer, first and warm call apart, "
        "with peak memory. A shared machine makes seconds uncertain by about a factor of two; ratios less so.\n"
    ]
    for path in sorted(RESULTS.glob("*.json")):
        kept = json.loads(path.read_text(encoding="utf-8"))
        parts.append(
            f"\n## {path.stem}\n\n{kept['machine']} · {kept['date']} · {kept['commit']}\n\n{_table(kept['rows'])}"
        )
    return "".join(parts)


def _table(rows: list[dict[str, Any]]) -> str:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(_cell(row.get(c)) for c in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value).replace("|", "\\|")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
