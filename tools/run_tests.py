"""`./dev test`: the tests, in as many processes as there are cores. `--slow` adds those that take minutes."""

from __future__ import annotations

import sys

import pytest


def main(arguments: list[str]) -> int:
    """The exit code of pytest."""
    marks = [] if "--slow" in arguments else ["-m", "not slow"]
    own = [a for a in arguments if a != "--slow"]
    spread = [] if any(a.startswith("-n") for a in own) else ["-n", "2", "--dist", "loadgroup"]
    return int(pytest.main([*marks, *spread, *own]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
