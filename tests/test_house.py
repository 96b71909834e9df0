"""The house itself: what must stay quick, and what may not be imported where."""

from __future__ import annotations

import subprocess
import sys

HEAVY = ("numpy", "scipy", "pyarrow", "duckdb", "ibis", "sqlalchemy", "shapely", "h3ronpy", "openpyxl", "jinja2")


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; from setsail.cli.main import run; run(['--help']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]"), done.stderr
    assert "monitor" in done.stdout
