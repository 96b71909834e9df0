"""`./dev check`: everything that judges the source without running the product. Fast and strict."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

BIN = Path(sys.executable).parent
CHECKS = {
    "format": ["ruff", "format", "--check", "--quiet", "."],
    "lint": ["ruff", "check", "--quiet", "."],
    "types": ["mypy"],
    "imports": ["lint-imports", "--no-cache"],
    "dependencies": ["deptry", "src"],
    "dead code": ["vulture"],
}


def main() -> int:
    """Runs every check, prints what failed, returns 1 where one did."""
    failed = []
    for name, (program, *arguments) in CHECKS.items():
        begun = time.monotonic()
        done = subprocess.run([str(BIN / program), *arguments], capture_output=True, text=True, check=False)
        print(f"{name:<14}{'ok' if done.returncode == 0 else 'FAILED':<8}{time.monotonic() - begun:5.1f} s")
        if done.returncode:
            failed.append(name)
            print(done.stdout + done.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
