"""`setsail data`: what a person types, sees and gets back as exit code. All data are synthetic."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from setsail import api
from setsail.cli.main import run
from setsail.store.workspace import Workspace

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "ingest"
NOW = "2026-01-15T12:00:00+00:00"
SITES = "site_id,lon,lat\n"


@pytest.fixture(autouse=True)
def fixed_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETSAIL_NOW", NOW)
    monkeypatch.setenv("SETSAIL_ACTOR", "tester")


def told(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> tuple[int, Any, str]:
    """Exit code, JSON on standard output, text on standard error."""
    code = run(["data", *map(str, arguments), "--format", "json"])
    captured = capsys.readouterr()
    return code, json.loads(captured.out) if captured.out.strip() else None, captured.err


def sites(folder: Path, rows: int, name: str = "sites.csv", first: int = 0) -> Path:
    path = folder / name
    path.write_text(SITES + "".join(f"s{first + i},{-100 - i % 20},30\n" for i in range(rows)), encoding="utf-8")
    return path


def test_ingest_tells_rows_in_refused_and_kept_and_the_manifest(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result, err = told(
        capsys, "ingest", EXAMPLES / "cells_synthetic.csv", "--as", "cells", "--map", "opencellid",
        "--max-rejects", "50%", "--synthetic", "-w", tmp_path / "w",
    )  # fmt: skip
    assert code == 0
    assert (result["rows_in"], result["rows_refused"], result["rows"]) == (8, 3, 5)
    assert (result["kind"], result["version"], result["licence"]) == ("cells", 1, "CC BY-SA 4.0")
    with Path(result["rejects"]).open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["line"] for row in rows] == ["6", "7", "9"]
    assert "refused 1: cell: is not a number" in err
    assert "note [unmapped-columns] 1: not taken: unit" in err


def test_ingest_past_the_limit_ends_with_2_keeps_nothing_and_tells_the_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = (
        "ingest",
        EXAMPLES / "cells_synthetic.csv",
        "--as",
        "cells",
        "--map",
        "opencellid",
        "-w",
        tmp_path / "w",
    )
    code, result, err = told(capsys, *arguments)
    assert (code, result) == (2, None)
    assert "3 of 8 rows are refused" in err
    assert told(capsys, "list", "-w", tmp_path / "w")[1] == []
    assert (tmp_path / "w" / "rejects" / "cells_synthetic.csv").is_file()


@pytest.mark.parametrize(
    ("file", "kind", "column_map", "rows"),
    [
        ("cells_synthetic.csv", "cells", "opencellid", 5),
        ("tiles_synthetic.csv", "tiles", "ookla-mobile-tiles", 4),
        ("hexes_synthetic.csv", "hexes", "fcc-bdc-mobile-hexes", 4),
        ("drive_synthetic.csv", "measurements", "gnettrack-5g", 6),
        ("sites_synthetic.csv", "sites", "own", 4),
    ],
)
def test_every_example_is_read_by_its_map_and_checks_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, file: str, kind: str, column_map: str, rows: int
) -> None:
    chosen = str(EXAMPLES / "sites_map.toml") if column_map == "own" else column_map
    code, result, _ = told(
        capsys, "ingest", EXAMPLES / file, "--as", kind, "--map", chosen, "--max-rejects", "50%", "-w", tmp_path / "w"
    )
    assert (code, result["rows"]) == (0, rows)
    code, found, _ = told(capsys, "check", "-w", tmp_path / "w")
    assert (code, [row["verdict"] for row in found]) == (0, ["pass"])


def test_the_doors_agree(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "ingest", sites(tmp_path, 3), "--as", "sites", "-w", tmp_path / "w")
    code, listed, _ = told(capsys, "list", "-w", tmp_path / "w")
    assert code == 0
    assert json.loads(json.dumps(api.data_list(tmp_path / "w"), default=lambda v: v.isoformat())) == listed
    assert listed[0]["recorded_at"] == NOW
    assert listed[0]["actor"] == "tester"


def test_list_of_a_workspace_that_is_not_there_is_empty(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(capsys, "list", "-w", tmp_path / "nowhere")[:2] == (0, [])
    assert not (tmp_path / "nowhere").exists()


def test_check_finds_a_changed_file_with_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "ingest", sites(tmp_path, 300), "--as", "sites", "-w", tmp_path / "w")
    path = next((tmp_path / "w" / "data").rglob("*.parquet"))
    path.chmod(0o644)
    content = bytearray(path.read_bytes())
    content[40] ^= 1
    path.write_bytes(bytes(content))
    code, rows, _ = told(capsys, "check", "-w", tmp_path / "w")
    assert code == 1
    assert rows[0]["verdict"] == "fail"


def test_check_judges_the_contents_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A data set written past the readers, with whole hashes and bad rows."""
    told(capsys, "ingest", sites(tmp_path, 4), "--as", "sites", "-w", tmp_path / "w")
    with Workspace.open(tmp_path / "w") as store:
        manifest = store.latest("sites")
        table = pq.read_table(store.files(manifest)[0])
        twice = table.take([0, 0, 1]).set_column(table.schema.get_field_index("lat"), "lat", [[30.0, 30.0, 31.0]])
        store.write(
            "sites", "spoiled", twice.cast(table.schema).to_batches(), schema=table.schema, source="test",
            licence="-", recorded_at=manifest.recorded_at, actor="tester",
        )  # fmt: skip
    code, rows, _ = told(capsys, "check", "spoiled", "-w", tmp_path / "w")
    assert code == 1
    assert {(row["code"], row["found"]) for row in rows} == {
        ("duplicate-key", "2 rows share a key"),
        ("content", "1 rows: is not the cell that holds the point"),
    }


def test_show_export_and_maps(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "ingest", sites(tmp_path, 3), "--as", "sites", "-w", tmp_path / "w")
    code, shown, _ = told(capsys, "show", "sites", "--rows", "2", "-w", tmp_path / "w")
    assert (code, len(shown["first"]), shown["manifest"]["rows"]) == (0, 2, 3)
    for form in ("csv", "parquet"):
        out = tmp_path / f"out.{form}"
        assert run(["data", "export", "sites", "-f", form, "-o", str(out), "-w", str(tmp_path / "w")]) == 0
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [row["site_id"] for row in csv.DictReader(file)] == ["s0", "s1", "s2"]
    assert pq.read_table(tmp_path / "out.parquet").num_rows == 3
    assert run(["data", "export", "sites", "-f", "xml", "-o", str(tmp_path / "o"), "-w", str(tmp_path / "w")]) == 2
    assert not (tmp_path / "o").exists()
    capsys.readouterr()
    assert {"opencellid", "generic"} <= {row["map"] for row in told(capsys, "maps")[1]}
    assert told(capsys, "maps", "--kind", "tiles")[1][0]["column"] == "quadkey"


def test_export_can_be_read_in_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "ingest", sites(tmp_path, 3), "--as", "sites", "-w", tmp_path / "w")
    assert run(["data", "export", "sites", "-o", str(tmp_path / "again.csv"), "-w", str(tmp_path / "w")]) == 0
    capsys.readouterr()
    code, result, _ = told(capsys, "ingest", tmp_path / "again.csv", "--as", "sites", "-w", tmp_path / "w")
    assert (code, result["rows"]) == (0, 3)


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        (("ingest", "missing.csv", "--as", "sites"), "does not exist"),
        (("ingest", "missing.csv", "--as", "towers"), "is 'towers'"),
        (("ingest", "missing.csv", "--as", "sites", "--map", "nomap"), "no map 'nomap'"),
        (("ingest", "missing.csv", "--as", "sites", "--set", "status"), "COLUMN=VALUE"),
        (("ingest", "missing.csv", "--as", "sites", "--max-rejects", "some"), "--max-rejects"),
        (("show", "nothing"), "is not a workspace"),
        (("check",), "is not a workspace"),
    ],
)
def test_bad_calls_end_with_2_and_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...], what: str,
) -> None:  # fmt: skip
    import re

    monkeypatch.chdir(tmp_path)
    code, _, err = told(capsys, *arguments, "-w", tmp_path / "w")
    assert code == 2
    assert len(err.strip().splitlines()) == 1
    assert re.search(what, err)


def process(*arguments: str | Path) -> subprocess.Popen[bytes]:
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from setsail.cli.main import main; main()", "data", *map(str, arguments)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "SETSAIL_NOW": NOW},
    )  # fmt: skip


def test_two_ingests_at_once_lose_no_row(tmp_path: Path) -> None:
    files = [sites(tmp_path, 20_000, f"part{i}.csv", first=i * 20_000) for i in range(2)]
    together = [process("ingest", file, "--as", "sites", "--name", "both", "-w", tmp_path / "w") for file in files]
    assert [p.wait(timeout=120) for p in together] == [0, 0], [p.stderr.read() for p in together if p.stderr]
    for p in together:
        p.communicate()
    with Workspace.open(tmp_path / "w") as store:
        manifests = store.manifests(name="both")
        assert sorted(m.version for m in manifests) == [1, 2]
        ids = {row for m in manifests for path in store.files(m) for row in pq.read_table(path)["site_id"].to_pylist()}
        assert len(ids) == 40_000
        assert not [f for m in manifests for f in store.check(m)]


@pytest.mark.parametrize("stage", [0, 1])
def test_killed_ingest_leaves_the_last_good_state(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], stage: int
) -> None:
    """Killed when its folder is there, or when rows are being written; then all is as before, or whole."""
    told(capsys, "ingest", sites(tmp_path, 3), "--as", "sites", "--name", "kept", "-w", tmp_path / "w")
    big = sites(tmp_path, 200_000, "big.csv")
    running = process("ingest", big, "--as", "sites", "--name", "kept", "-w", tmp_path / "w")
    incoming = tmp_path / "w" / "incoming"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and running.poll() is None:
        found = [path for path in incoming.rglob("*") if path.is_file()] if incoming.exists() else []
        if (stage == 0 and any(incoming.glob("*"))) or (stage == 1 and sum(_size(p) for p in found) > 4):
            break
    running.send_signal(signal.SIGKILL)
    running.communicate()
    with Workspace.open(tmp_path / "w") as store:
        rows = [m.rows for m in store.manifests(name="kept")]
        assert rows in ([3], [3, 200_000])
        assert not [f for m in store.manifests() for f in store.check(m)]
    code, result, _ = told(capsys, "ingest", big, "--as", "sites", "--name", "kept", "-w", tmp_path / "w")
    assert (code, result["rows"]) == (0, 200_000)
    left = [path for place in ("incoming", "scratch") for path in (tmp_path / "w" / place).rglob("*") if path.is_file()]
    assert not left
    assert told(capsys, "check", "kept", "-w", tmp_path / "w")[0] == 0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0
