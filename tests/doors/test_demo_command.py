"""`setsail demo`, and that what follows it in the README works in the same folder."""

from __future__ import annotations

import importlib
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from setsail.cli.main import run

CELLS = Path(__file__).parents[2] / "examples" / "ingest" / "cells_synthetic.csv"
HOSPITAL = "demonstration-hospital"
DIMENSIONS = (
    "Functionality", "Performance", "Security", "Reliability", "Environmental friendliness", "Maintenance",
    "Future readiness", "Engineering rules",
)  # fmt: skip
demo = importlib.import_module("setsail.cli.demo")


def test_the_demo_ends_with_the_report_and_leaves_a_workspace_to_go_on_with(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = tmp_path / "workspace"
    assert run(["demo", "--no-serve", "--workspace", str(workspace)]) == 0
    out = capsys.readouterr().out
    for word in ("not_provable", "650000", *DIMENSIONS):
        assert word in out
    report = Path(out.strip().splitlines()[-1].removeprefix("report: "))
    assert (workspace / "reports" / f"{HOSPITAL}.pdf").read_bytes().startswith(b"%PDF")
    words = ["data", "ingest", str(CELLS), "--as", "cells", "--map", "opencellid", "--max-rejects", "3"]
    assert run([*words, "--workspace", str(workspace)]) == 0
    assert run(["admin", "check", "--workspace", str(workspace)]) == 0
    assert run(["admin", "sweep", "--workspace", str(workspace)]) == 0
    assert report.is_file()
    site = workspace / "sites" / HOSPITAL / "site.toml"
    mine = site.read_text(encoding="utf-8").replace("Harbour Light", "Our Own")
    site.write_text(mine, encoding="utf-8")
    assert run(["demo", "--workspace", str(workspace)]) == 0
    assert site.read_text(encoding="utf-8") == mine, "what the owner of the folder wrote stays"


def test_the_demo_without_the_design_of_buildings_says_so_in_one_line_and_goes_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [m for m in sys.modules if m.startswith("setsail.") and m.endswith(".kernels")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "numba", None)
    workspace = tmp_path / "workspace"
    assert run(["demo", "--workspace", str(workspace)]) == 0
    told = capsys.readouterr()
    assert [line for line in told.err.splitlines() if "setsail[site]" in line] == told.err.splitlines()
    assert "Engineering rules" not in told.out
    assert Path(told.out.strip().splitlines()[-1].removeprefix("report: ")).is_file()


def test_the_hospital_of_the_demo_is_judged_without_a_typesetter_and_the_line_names_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "typst", None)
    demo.hospital(tmp_path, datetime(2026, 11, 1, tzinfo=UTC))
    told = capsys.readouterr()
    assert "setsail[conformance]" in told.err
    assert "Engineering rules" in told.out
    assert not list((tmp_path / "reports").glob("*"))
