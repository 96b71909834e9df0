"""The commands of `setsail radio` for path loss, walls, entry and clutter."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest

from setsail import api
from setsail.cli.main import run
from setsail.standards import facts

TABLES = (
    "tr38901_slopes", "tr38901_shadowing", "tr38901_limits", "tr38901_defaults", "tr38901_walls", "tr38901_entry",
    "p2040_materials", "p2108_clutter", "p2109_buildings",
)  # fmt: skip


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert run(["radio", *words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_path_loss_command_and_function_agree(capsys: pytest.CaptureFixture[str]) -> None:
    words = "path-loss --scenario UMa --condition nlos --distance 1000 --frequency 5e9 --bs-height 25 --ut-height 1.5"
    got = _json(capsys, *words.split())
    assert got == api.radio_path_loss("uma", "nlos", 1000.0, 5e9, h_bs_m=25.0, h_ut_m=1.5)
    assert got["path_loss_db"] == pytest.approx(144.7641, abs=1e-3)
    assert got["extrapolated"] is False


def test_entry_loss_is_added_and_shown_apart(capsys: pytest.CaptureFixture[str]) -> None:
    words = "path-loss --scenario uma --condition nlos --distance 500 --frequency 3.5e9 --entry low --indoor-distance 6"
    got = _json(capsys, *words.split())
    outdoor = api.radio_path_loss("uma", "nlos", 506.0, 3.5e9)["path_loss_db"]
    assert got["outdoor_loss_db"] == outdoor
    assert got["path_loss_db"] == pytest.approx(outdoor + got["entry_loss_db"])
    assert got["entry_sigma_db"] == 4.4
    assert got["shadowing_sigma_db"] == 6.0
    assert api.radio_path_loss("uma", "nlos", 500.0, 3.5e9, entry_model="legacy")["shadowing_sigma_db"] == 7.0


def test_range_is_refused_and_extrapolation_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    words = "radio path-loss --scenario umi --condition los --distance 9 --frequency 5e9 --format json"
    assert run(words.split()) == 2
    assert "out-of-range" in capsys.readouterr().err
    assert run([*words.split(), "--extrapolate"]) == 0
    out = capsys.readouterr()
    assert json.loads(out.out)["extrapolated"] is True
    assert "outside [10, 5000]" in out.err


def test_height_rule_of_uma_can_be_drawn_again(capsys: pytest.CaptureFixture[str]) -> None:
    text = "path-loss --scenario uma --condition los --distance 400 --frequency 3.5e9 --ut-height 22.5"
    words = text.split()
    seeds = [_json(capsys, *words, "--environment", "drawn", "--seed", str(s))["path_loss_db"] for s in range(8)]
    again = _json(capsys, *words, "--environment", "drawn", "--seed", "0")["path_loss_db"]
    assert again == seeds[0]
    assert len(set(seeds)) > 1
    assert min(seeds) <= _json(capsys, *words)["path_loss_db"] <= max(seeds)


def test_wall_loss_command_flags_a_material_outside_its_range(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["wall-loss", "--layer", "plasterboard:0.0125", "--layer", "brick:0.12", "--frequency", "0.7e9"]
    got = _json(capsys, *words)
    assert got["outside_validity"] is True
    assert len(got["outside"]) == 2
    assert _json(capsys, *words[:-1], "3.5e9")["outside_validity"] is False


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("wall-loss --layer brick --frequency 3.5e9", "MATERIAL:METRES"),
        ("wall-loss --layer brick:thick --frequency 3.5e9", "MATERIAL:METRES"),
        ("wall-loss --layer brick:-1 --frequency 3.5e9", "thickness of brick"),
        ("wall-loss --layer brick:0.1 --frequency 3.5e9 --polarisation round", "te, tm, mean"),
        (
            "path-loss --scenario uma --condition nlos --distance 100 --frequency 3.5e9 --indoor-distance 5",
            "entry model",
        ),
        ("path-loss --scenario uma --condition nlos --distance 100 --frequency 3.5e9 --environment x", "one-metre"),
        ("path-loss --scenario uma --condition nlos --distance nan --frequency 3.5e9", "d_2d_m"),
        ("los-probability --scenario uma --distance 100 --clutter-density 0.2", "inf-sl"),
        ("entry-loss --model tent --frequency 3.5e9", "thermally-efficient"),
        ("entry-loss --model traditional --frequency 3.5e9 --indoor-distance 3", "P.2109"),
        ("entry-loss --model low --frequency 3.5e9 --elevation 3", "thermally-efficient"),
        ("clutter-loss --model terrestrial --frequency 3.5e9", "distance"),
        ("clutter-loss --model terrestrial --frequency 3.5e9 --distance 500 --both-ends", "1000 m"),
        ("clutter-loss --model height-gain --frequency 1e9 --antenna-height 2", "clutter"),
        ("clutter-loss --model fog --frequency 1e9", "terrestrial"),
    ],
)
def test_bad_input_is_named_and_leaves_code_two(capsys: pytest.CaptureFixture[str], words: str, told: str) -> None:
    assert run(["radio", *words.split()]) == 2
    assert told in capsys.readouterr().err


def test_other_commands_give_their_numbers(capsys: pytest.CaptureFixture[str]) -> None:
    los = _json(capsys, "los-probability", "--scenario", "umi", "--distance", "50")
    assert los["los_probability"] == pytest.approx(0.519585, abs=1e-6)
    median = _json(capsys, "entry-loss", "--model", "low", "--frequency", "3.5e9")
    most = _json(capsys, "entry-loss", "--model", "low", "--frequency", "3.5e9", "--probability", "0.841344746")
    assert most["entry_loss_db"] - median["entry_loss_db"] == pytest.approx(4.4, abs=1e-6)
    one = _json(capsys, "clutter-loss", "--model", "terrestrial", "--frequency", "3.5e9", "--distance", "2000")
    words = "clutter-loss --model terrestrial --frequency 3.5e9 --distance 2000 --both-ends"
    assert _json(capsys, *words.split())["clutter_loss_db"] == 2 * one["clutter_loss_db"]
    words = "clutter-loss --model height-gain --frequency 1.5e9 --clutter urban --antenna-height 2"
    assert _json(capsys, *words.split())["clutter_loss_db"] == pytest.approx(24.5, abs=0.01)
    words = "clutter-loss --model sky --frequency 30e9 --elevation 20 --probability 0.3"
    sky = _json(capsys, *words.split())
    assert sky["clutter_loss_db"] > 0
    names = {row["material"] for row in _json(capsys, "materials")}
    assert {"concrete", "brick", "metal", "glass"} <= names


def test_table_output_shows_the_loss(capsys: pytest.CaptureFixture[str]) -> None:
    words = "radio path-loss --scenario umi --condition los --distance 100 --frequency 3.5e9"
    assert run(words.split()) == 0
    assert "path_loss_db" in capsys.readouterr().out


@pytest.mark.parametrize("table", TABLES)
def test_every_row_of_the_tables_has_a_known_source_and_a_clause(table: str) -> None:
    for row in facts.table(f"radio/{table}.csv"):
        assert row.need("source_id") in facts.sources(), row
        assert row.need("clause")


def test_path_loss_needs_no_extra() -> None:
    code = (
        "import sys; sys.modules['numba'] = None; from setsail.cli.main import run;"
        "words = 'radio path-loss --scenario umi --condition nlos --distance 100 --frequency 3.5e9';"
        "sys.exit(run(words.split()))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
