"""The house itself: what must stay quick, and what may not be imported where."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import setsail

HEAVY = ("numpy", "scipy", "pyarrow", "duckdb", "ibis", "sqlalchemy", "shapely", "h3ronpy", "openpyxl", "jinja2")


def test_help_loads_no_heavy_library() -> None:
    code = (
        "import sys; from setsail.cli.main import run; run(['--help']);"
        f"print([m for m in {HEAVY!r} if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip().endswith("[]"), done.stderr
    assert "monitor" in done.stdout


def test_conference_server_knows_nothing_of_the_gateway_but_the_name_of_its_services() -> None:
    files = Path(setsail.__file__).parent.glob("conference/server/*.py")
    for file in files:
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom | ast.Import):
                named = [getattr(node, "module", None) or "", *(a.name for a in node.names)]
                assert not [n for n in named if n.startswith("setsail.conference.gateway") or n == "gateway"], file.name
