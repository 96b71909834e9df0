import json
import math
from pathlib import Path

import pytest

from setsail.cli.main import run


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> object:
    assert run(["radio", *words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_link_budget_tells_every_line_and_which_direction_limits(capsys: pytest.CaptureFixture[str]) -> None:
    got = _json(
        capsys, "link-budget", "--path-loss", "120", "--frequency", "3.5e9", "--tx-power", "53", "--tx-gain", "25"
    )
    assert isinstance(got, dict)
    assert got["rsrp_dbm"] == pytest.approx(53 - 10 * math.log10(3276) + 25 - 120)
    assert got["n_rb"] == 273
    assert got["limiting"] == "ul"
    assert got["dl_link_margin_db"] == pytest.approx(got["dl_greatest_path_loss_db"] - 120)


def test_link_budget_that_no_path_loss_meets_has_no_limit(capsys: pytest.CaptureFixture[str]) -> None:
    got = _json(
        capsys, "link-budget", "--path-loss", "90", "--frequency", "3.5e9", "--tx-power", "53", "--p0", "-150",
        "--alpha", "1.0",
    )  # fmt: skip
    assert isinstance(got, dict)
    assert got["ul_greatest_path_loss_db"] is None
    assert got["limiting"] == "ul"
    words = ["link-budget", "--path-loss", "120", "--frequency", "3.5e9", "--tx-power", "53"]
    assert run(["radio", *words]) == 0
    assert "ul_greatest_path_loss_db" in capsys.readouterr().out


def test_antenna_is_told_towards_asked_directions(capsys: pytest.CaptureFixture[str]) -> None:
    got = _json(capsys, "antenna", "m2412-indoor", "--downtilt", "90", "--towards", "0,-90", "--towards", "77,-45")
    assert isinstance(got, list)
    assert got[0]["gain_dbi"] == pytest.approx(5.0)
    assert got[1]["gain_dbi"] < 3.0
    panel = _json(capsys, "antenna", "tr38901", "--rows", "8", "--columns", "8", "--bearing", "120", "--downtilt", "6")
    assert isinstance(panel, list)
    assert panel[0]["gain_dbi"] == pytest.approx(8 + 10 * math.log10(64))
    omni = _json(capsys, "antenna", "omni", "--towards", "200,0")
    assert isinstance(omni, list)
    assert omni[0]["gain_dbi"] == pytest.approx(2.0)


def test_antenna_file_is_read_and_its_notes_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "synthetic.pln"
    cut = "\n".join(f"{a} {min(12 * (((a + 180) % 360 - 180) / 65) ** 2, 30):.3f}" for a in range(360))
    path.write_text(f"NAME Synthetic\nGAIN 13\nHORIZONTAL 360\n{cut}\nVERTICAL 360\n{cut}\n", encoding="utf-8")
    assert run(["radio", "antenna", str(path), "--towards", "90,0", "--format", "json"]) == 0
    out = capsys.readouterr()
    assert json.loads(out.out)[0]["gain_dbi"] == pytest.approx(15.15 - 12 * (90 / 65) ** 2, abs=0.01)
    assert "read as dBd" in out.err
    assert "more than is fed" in out.err


@pytest.mark.parametrize(
    "words",
    [
        ["antenna", "tr99999"],
        ["antenna", "none.msi"],
        ["antenna", "tr38901", "--towards", "north"],
        ["antenna", "tr38901", "--towards", "0,91"],
        ["antenna", "x.msi", "--rows", "4"],
        ["antenna", "x.msi", "--vertical", "sideways"],
        ["link-budget", "--path-loss", "100", "--frequency", "10e9", "--tx-power", "53"],
        ["link-budget", "--path-loss", "100", "--frequency", "3.5e9", "--tx-power", "53", "--alpha", "0.3"],
        ["indoor-hotspot", "--runs", "0"],
        ["indoor-hotspot", "--office", "closed"],
        ["indoor-hotspot", "--trxp", "13"],
        ["indoor-hotspot", "--seed", "-1"],
    ],
)
def test_radio_command_with_bad_input_ends_with_two(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["radio", *words]) == 2
    assert capsys.readouterr().err.startswith("error [")


def test_hotspot_with_36_trxp_in_the_mixed_office_runs_and_says_its_port(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["radio", "indoor-hotspot", "--runs", "2", "--trxp", "36", "--office", "mixed", "--ues", "2"]) == 0
    out = capsys.readouterr()
    assert "dl_geometry_db" in out.out
    assert "isotropic UE port" in out.err
