from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from setsail.cli.main import run
from setsail.radio.coverage.study import PARTIAL, SUMMARY
from tests.radio.coverage.samples import EXAMPLE, contents

BOX = "116.37,39.98,116.43,40.02"


def command(out: Path, *more: str, cells: Path = EXAMPLE, box: str = BOX, resolution: str = "50") -> list[str]:
    return [
        "radio",
        "coverage",
        "--cells",
        str(cells),
        "--bbox",
        box,
        "--resolution",
        resolution,
        "--out",
        str(out),
        *more,
    ]


def test_the_command_writes_rasters_and_a_summary_and_tells_the_blocks(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command(tmp_path / "out", "--block", "64", "--format", "json")) == 0
    told = capsys.readouterr()
    found = json.loads(told.out)
    assert found["blocks"] == {"computed": 4, "reused": 0, "failed": 0}
    assert found["grid"]["crs"] == "EPSG:32650"
    assert 0 <= found["interference_left_out"]["mean_db"] <= found["interference_left_out"]["max_db"] < 3
    assert "blocks 4 of 4" in told.err
    assert "Mpixel/s" in told.err
    assert "left" in told.err
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {"best_server.tif", "rsrp.tif", "sinr.tif", "servers.tif", "dl_rate.tif", "ul_rate.tif",
                     "blocks.parquet", "cells.parquet", SUMMARY}  # fmt: skip
    stored = json.loads((tmp_path / "out" / SUMMARY).read_text())
    assert {**stored, "blocks": found["blocks"]} == found


def test_an_update_by_command_takes_over_what_did_not_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = EXAMPLE.read_text()
    changed = tmp_path / "cells_synthetic.csv"
    changed.write_text(text.replace(",49,17,", ",46,17,", 1))
    box = ("--block", "16", "--reach-high", "1200", "--format", "json")
    assert run(command(tmp_path / "old", *box)) == 0
    assert run(command(tmp_path / "full", *box, cells=changed)) == 0
    capsys.readouterr()
    assert run(command(tmp_path / "new", *box, "--update", str(tmp_path / "old"), cells=changed)) == 0
    blocks = json.loads(capsys.readouterr().out)["blocks"]
    assert blocks["reused"] > blocks["computed"] > 0
    assert contents(tmp_path / "new") == contents(tmp_path / "full")


@pytest.mark.parametrize(
    ("more", "text"),
    [
        (["--bbox", "1,2,3"], "--bbox: is '1,2,3'"),
        (["--crs", "EPSG:99999"], "crs: is 'EPSG:99999'"),
        (["--crs", "EPSG:4326"], "a projected system in metres"),
        (["--scenario", "moon"], "scenario: is 'moon'"),
        (["--engine", "ray://x"], "allowed: threads"),
        (["--resolution", "0.1", "--memory", "1"], "need"),
        (["--cells", "none.parquet"], "none.parquet: does not exist"),
        (["--update", "nowhere"], "holds no finished run"),
        (["--block", "100"], "a multiple of 16"),
        (["--reach-low", "5000", "--reach-high", "1000"], "is above reach_high_m"),
        (["--operator", "nobody"], "no cell of 'nobody'"),
    ],
)
def test_bad_input_is_named_with_exit_code_2(
    more: Sequence[str], text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(command(tmp_path / "out", *more)) == 2
    assert text in capsys.readouterr().err
    assert not (tmp_path / "out" / SUMMARY).exists()


def test_rows_that_cannot_be_used_are_told_and_the_rest_is_computed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = EXAMPLE.read_text().splitlines()
    lines[2] = lines[2].replace(",100,", ",,", 1)
    lines[3] = lines[3].replace(",31.6,", ",-31.6,", 1)
    (tmp_path / "cells.csv").write_text("\n".join(lines) + "\n")
    assert run(command(tmp_path / "out", cells=tmp_path / "cells.csv")) == 0
    told = capsys.readouterr().err
    assert "finding [no-azimuth] synthetic-000-1" in told
    assert "finding [out-of-range] synthetic-000-2" in told
    assert pq.ParquetFile(tmp_path / "out" / "cells.parquet").metadata.num_rows == 109


def test_an_empty_list_of_cells_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "cells.csv").write_text("\n".join(EXAMPLE.read_text().splitlines()[:2]) + "\n")
    assert run(command(tmp_path / "out", cells=tmp_path / "cells.csv")) == 2
    assert "holds no cell" in capsys.readouterr().err


def test_a_run_killed_again_and_again_ends_with_the_bytes_of_an_undisturbed_one(tmp_path: Path) -> None:
    """kill -9 at three different depths; what was finished is never computed twice, nothing half-written is shown."""
    fine = ("--block", "16", "--engine", "threads:1")
    assert run(command(tmp_path / "whole", *fine, resolution="20")) == 0
    out = tmp_path / "killed"
    blocks = out / PARTIAL / "blocks"
    kept = 0
    for _ in range(3):
        kept = _killed(command(out, *fine, resolution="20"), blocks, kept + 20)
        assert not (out / SUMMARY).exists()
        assert not list(out.glob("*.tif"))
    done = subprocess.run(_call(command(out, *fine, resolution="20")), capture_output=True, text=True, check=True)
    taken = int(done.stderr.split(" computed, ")[1].split(" taken over")[0])
    assert taken == kept
    assert contents(out) == contents(tmp_path / "whole")


def _call(arguments: list[str]) -> list[str]:
    return [sys.executable, "-c", "from setsail.cli.main import main; main()", *arguments]


def _killed(arguments: list[str], blocks: Path, count: int) -> int:
    """Kills the command once so many blocks are there; how many whole ones there are then."""
    with subprocess.Popen(_call(arguments), stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as process:
        while len(list(blocks.glob("*.block"))) < count:
            assert process.poll() is None, "ended before it was killed"
            time.sleep(0.002)
        os.kill(process.pid, signal.SIGKILL)
    return len(list(blocks.glob("*.block")))
