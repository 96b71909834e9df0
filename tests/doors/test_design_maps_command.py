"""`setsail design maps` and `move`: numbers, pictures, and what a move changes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from setsail.cli.main import run
from setsail.design.network import folder as networks
from setsail.site import folder as sites
from tests.design.indoor.sites import clinic, head, network

pytest.importorskip("numba", reason="needs the extra 'site'")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with a small clinic and three heads."""
    sites.write(clinic(), tmp_path / "clinic")
    heads = head("H1", 4.0, 6.5), head("H2", 14.0, 6.5), head("H3", 24.0, 6.5)
    networks.write(network(*heads), tmp_path / "clinic")
    return tmp_path / "clinic"


@pytest.mark.parametrize("layer", ["rsrp", "sinr", "rate_dl", "rate_ul", "second", "positioning", "exposure"])
def test_every_layer_is_drawn_as_a_png(home: Path, layer: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = home.parent / "map.png"
    assert run(["design", "maps", str(home), "--layer", layer, "--png", str(out), "--format", "json"]) == 0
    assert out.read_bytes().startswith(b"\x89PNG")
    found = json.loads(capsys.readouterr().out)
    assert found["layer"] == layer
    assert sum(one["share"] for one in found["classes"]) == pytest.approx(1.0)
    assert found["floors"][0]["covered_ratio"] > 0.5


def test_an_unknown_layer_floor_or_place_is_bad_input(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["design", "maps", str(home), "--layer", "smell"]) == 2
    assert "positioning" in capsys.readouterr().err
    assert run(["design", "maps", str(home), "--floor", "F9"]) == 2
    assert run(["design", "move", str(home), "--head", "H1", "--to", "here"]) == 2
    assert run(["design", "move", str(home), "--head", "H9", "--to", "1,1"]) == 2
    assert "H1" in capsys.readouterr().err


def test_a_move_shows_both_maps_and_is_written_only_when_asked(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (home / "heads.csv").read_text("utf-8")
    move = ["design", "move", str(home), "--head", "H1", "--to=2,2", "--format", "json"]
    assert run(move) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["before"][0]["rsrp_dbm.p50"] != found["after"][0]["rsrp_dbm.p50"]
    assert (home / "heads.csv").read_text("utf-8") == before
    assert run([*move, "--write"]) == 0
    moved = next(h for h in networks.read(home).heads if h.head == "H1")
    assert (moved.x_m, moved.y_m, moved.origin) == (2.0, 2.0, "placed")
