"""`setsail service feasibility | availability | proof`: exit codes and JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from setsail.cli.main import run


def _json(capsys: pytest.CaptureFixture[str], code: int, *words: str) -> dict[str, Any]:
    assert run(["service", *words, "--format", "json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert isinstance(found, dict)
    return found


def test_feasibility_fails_on_82_and_passes_on_85(capsys: pytest.CaptureFixture[str]) -> None:
    bad = _json(capsys, 1, "feasibility", "--application", "APP-078", "--fiveqi", "82")
    assert bad["verdict"] == "fail"
    assert "2 radio legs" in bad["findings"][0]["cause"]
    assert bad["suggestion"]["fiveqi"] == 85
    good = _json(capsys, 0, "feasibility", "--application", "APP-078", "--fiveqi", "85")
    assert (good["verdict"], good["counts"]["pass"], good["counts"]["fail"]) == ("pass", 1, 0)


def test_feasibility_of_all_counts_18_and_39(capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, 0, "feasibility", "--all")
    assert (found["counts"]["without_standard_fiveqi"], found["counts"]["larger_mdbv"]) == (18, 39)
    assert len(found["applications"]) == 154
    assert all(d["reason"] for d in found["differences"])


@pytest.mark.parametrize(
    "words",
    [
        ("feasibility",), ("feasibility", "-a", "APP-999"), ("feasibility", "-a", "APP-078", "--fiveqi", "11"),
        ("feasibility", "--all", "-a", "APP-078"), ("feasibility", "-a", "APP-078", "--pdb", "0.01"),
        ("feasibility", "-a", "APP-078", "--satellite", "moon"), ("proof",), ("proof", "--target", "99.9"),
        ("proof", "--target", "100", "--interval-ms", "10"), ("availability",), ("availability", "--loss", "0.1"),
        ("availability", "--loss", "2", "--interval-ms", "10"), ("availability", "--log", "no-such.csv"),
    ],
)  # fmt: skip
def test_bad_input_is_told_with_exit_code_2(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["service", *words]) == 2
    assert "allowed:" in capsys.readouterr().err or "no-such" in " ".join(words)


def test_proof_tells_size_and_time(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("proof", "--target", "99.999", "--interval-ms", "10", "--confidence", "95")
    found = _json(capsys, 0, *words)
    assert (found["messages"], found["duration"]) == (299_572, "49.9 min")
    year = _json(capsys, 0, "proof", "--mtbf-years", "1")
    assert year["duration_s"] / 31_557_600 == pytest.approx(2.9957, abs=1e-4)


def test_availability_from_losses_is_judged(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("availability", "--loss", "1e-4", "--interval-ms", "10", "--survival-ms", "10", "--target", "99.9999")
    assert _json(capsys, 0, *words)["verdict"] == "pass"
    assert _json(capsys, 1, *words, "--burst", "3")["verdict"] == "fail"


def test_availability_of_parts_names_single_points(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "parts.toml"
    path.write_text(
        'structure = "gnb & (upf-1 | upf-2)"\n[part.gnb]\nmtbf_h = 50000\nmttr_h = 4\n'
        "[part.upf-1]\nmtbf_h = 30000\nmttr_h = 2\n[part.upf-2]\nmtbf_h = 30000\nmttr_h = 2\n",
        encoding="utf-8",
    )
    found = _json(capsys, 0, "availability", "--parts", str(path))
    assert found["single_points"] == ["gnb"]
    assert run(["service", "availability", "--parts", str(path), "--target", "99.999"]) == 1
