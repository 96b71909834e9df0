"""`setsail monitor verdict` and `setsail plan`, run as a user runs them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from setsail.cli.main import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "county"
SETSAIL = f"{sys.executable} -c 'from setsail.cli.main import main; main()'"
KEYS = {"indicator", "target", "unit", "deadline", "verdict", "value", "crossed_after", "crossed_before", "evidence"}


def _json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> list[dict[str, object]]:
    assert run([*words, "--format", "json"]) == code
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return rows


def test_verdicts_of_the_final_plan_have_the_promised_keys(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _json(capsys, "monitor", "verdict", "--plan", "cn-set-sail-2021-final")
    assert len(rows) == 7
    assert all(row.keys() >= KEYS for row in rows)
    assert {row["verdict"] for row in rows} <= {"met", "missed", "not_provable", "open"}


def test_headline_adds_the_five_numbers_beside_the_seven(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(_json(capsys, "monitor", "verdict", "--headline")) == 12


def test_evidence_leads_to_the_source_of_every_figure(capsys: pytest.CaptureFixture[str]) -> None:
    (first, *_) = _json(capsys, "monitor", "verdict")
    evidence = first["evidence"]
    assert isinstance(evidence, list)
    assert all(figure["source_id"] and figure["known_mark"] for point in evidence for figure in point["figures"])


def test_beijing_is_judged_by_its_targets(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _json(capsys, "monitor", "verdict", "--plan", "cn-beijing-2027", "--region", "110000")
    assert {row["indicator"]: row["target"] for row in rows}["base_stations_5g_per_10k"] == 70


def test_a_user_judges_an_own_plan_with_two_files(capsys: pytest.CaptureFixture[str]) -> None:
    files = ["--plan", str(EXAMPLE / "plan.toml"), "--data", str(EXAMPLE / "data.csv")]
    rows = _json(capsys, "monitor", "verdict", *files, code=1)
    told = {row["indicator"]: row["verdict"] for row in rows}
    assert told == {
        "penetration_5g_individual": "met",
        "base_stations_5g_per_10k": "missed",
        "industry_virtual_private_networks_5g": "open",
        "demo_models_per_key_industry": "met",
    }
    assert all("synthetic" in " ".join(row["notes"]) for row in rows if row["evidence"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["monitor", "verdict", "--plan", "nowhere"], "cn-set-sail-2021-final"),
        (["monitor", "verdict", "--known-on", "yesterday"], "YYYY"),
        (["monitor", "verdict", "--region", "999999"], "999999"),
        (["monitor", "verdict", "--plan", "uk-wireless-2030", "--region", "110000"], "UK"),
        (["monitor", "verdict", "--data", "missing.csv"], "missing.csv"),
        (["monitor", "gap", "-i", "apples"], "apples"),
        (["monitor", "ranking", "-i", "apples", "--period", "2024-06"], "apples"),
        (["monitor", "ranking", "-i", "base_stations_5g", "--period", "1990-01"], "1990-01"),
        (["monitor", "verdict", "--format", "xml"], "xml"),
        (["nothing"], "nothing"),
    ],
)
def test_bad_input_ends_with_two_and_one_line(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert run(words) == 2
    caught = capsys.readouterr()
    assert told in caught.err
    assert caught.out == ""
    assert len(caught.err.strip().splitlines()) == 1


def test_out_writes_a_whole_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "deep" / "verdicts.csv"
    assert run(["monitor", "verdict", "--format", "csv", "--out", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith("indicator,verdict,value")
    assert capsys.readouterr().out == ""


def test_the_region_ranking_turns_with_the_definition(capsys: pytest.CaptureFixture[str]) -> None:
    words = [
        "monitor",
        "ranking",
        "-i",
        "base_stations_5g_share",
        "-i",
        "base_stations_5g_per_10k",
        "--period",
        "2024-06",
    ]
    assert run([*words, "--format", "json"]) == 0
    record = json.loads(capsys.readouterr().out)
    rank = {(r["indicator"], r["region"]): r["rank"] for r in record["ranks"]}
    assert rank["base_stations_5g_share", "CN-CENTRAL"] == 1
    assert rank["base_stations_5g_per_10k", "CN-CENTRAL"] == 4
    assert {(t["first"], t["second"]) for t in record["turns"]} >= {("CN-CENTRAL", "CN-EAST")}


def test_the_gap_of_provinces_is_sorted_and_counted_in_stations(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _json(
        capsys, "monitor", "gap", "--plan", "cn-set-sail-2024-upgrade", "-i", "base_stations_5g_per_10k", code=1
    )
    assert len(rows) == 31
    distances = [row["distance"] for row in rows]
    assert distances == sorted(distances)  # type: ignore[type-var]
    assert rows[0]["missing_unit"] == "count"


def test_a_result_for_a_folder_or_a_place_that_cannot_be_is_refused(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("x")
    for out in (tmp_path, tmp_path / "file" / "x.json", tmp_path / ("n" * 300)):
        assert run(["monitor", "verdict", "--format", "json", "--out", str(out)]) == 2
        told = capsys.readouterr().err
        assert told.startswith(f"error [bad-input] {out}")
        assert told.count("\n") == 1
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_a_day_to_come_is_refused(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETSAIL_NOW", "2026-11-21")
    assert run(["monitor", "verdict", "--known-on", "2026-11-22"]) == 2
    assert "up to today, 2026-11-21" in capsys.readouterr().err
    assert run(["monitor", "verdict", "--known-on", "2026-11-21"]) == 0


def test_figures_of_days_to_come_are_told_and_not_used(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETSAIL_NOW", "2026-11-21")
    table = tmp_path / "d.csv"
    table.write_text("indicator,region,period,value,unit\nbase_stations_5g,LANTING,2035-12,1,count\n")
    run(["monitor", "verdict", "--plan", str(EXAMPLE / "plan.toml"), "--data", str(table)])
    assert "1 figures are known only after 2026-11-21, not used; first: base_stations_5g LANTING 2035-12" in (
        capsys.readouterr().err
    )


def test_a_reader_that_goes_away_is_no_judgement() -> None:
    command = f"{SETSAIL} monitor verdict --format json | head -c 1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "[", "")


def test_a_disk_that_takes_no_more_is_no_fault_of_ours() -> None:
    command = f"{SETSAIL} monitor verdict --format json > /dev/full"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_a_stop_by_the_user_is_told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("setsail.api.verdicts", stopped)
    assert run(["monitor", "verdict"]) == 130
    assert capsys.readouterr().err.strip() == "stopped; nothing half-written"
