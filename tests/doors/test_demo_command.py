"""`setsail demo`, and that what follows it in the README works in the same folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from setsail.cli.main import run

CELLS = Path(__file__).parents[2] / "examples" / "ingest" / "cells_synthetic.csv"


def test_the_demo_ends_with_the_report_and_leaves_a_workspace_to_ingest_into(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = tmp_path / "workspace"
    assert run(["demo", "--no-serve", "--workspace", str(workspace)]) == 0
    out = capsys.readouterr().out
    assert "not_provable" in out
    assert "650000" in out
    report = Path(out.strip().splitlines()[-1].removeprefix("report: "))
    assert report.is_file()
    words = ["data", "ingest", str(CELLS), "--as", "cells", "--map", "opencellid", "--max-rejects", "3"]
    assert run([*words, "--workspace", str(workspace)]) == 0
    assert run(["admin", "check", "--workspace", str(workspace)]) == 0
    assert run(["admin", "sweep", "--workspace", str(workspace)]) == 0
    assert report.is_file()
    assert run(["demo", "--workspace", str(workspace)]) == 0
