"""`setsail monitor reconcile | repair | outliers | reports`, run as a user runs them."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.cli.main import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "reconcile"
NOVEMBER = ("--dataset", "india-states", "--date", "2023-11-30")
COUNTY = (str(EXAMPLE / "november.csv"), "--total-row", "Lakeshore county")
SIGNED = ("--signed-by", "A. Sample", "--reason", "October had 5,763")


def _json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert run(["monitor", *words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def test_india_in_november_ends_with_one_and_names_the_repair(capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, "reconcile", *NOVEMBER, code=1)
    assert found["gap"] == 2700
    first = found["proposals"][0]
    assert {k: first[k] for k in ("kind", "region", "from", "to")} == {
        "kind": "transposed_digits",
        "region": "Chhattisgarh",
        "from": 8511,
        "to": 5811,
    }
    assert all(isinstance(first[k], int) for k in ("from", "to"))
    assert any("5,763" in reason for reason in first["evidence"])
    (rejected,) = found["rejected"]
    assert (rejected["region"], rejected["from"], rejected["to"]) == ("Jharkhand", 8593, 5893)
    assert "8,404" in rejected["reason"]


def test_python_and_command_give_the_same_record(capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, "reconcile", *NOVEMBER, "--known-on", "2026-01-01", code=1)
    (same,) = api.reconcile(dataset="india-states", period="2023-11-30", known_on=date(2026, 1, 1))
    assert found == json.loads(json.dumps(same))


@pytest.mark.parametrize("dataset", ["china-regions", "china-provinces"])
def test_data_set_that_meets_everywhere_ends_with_zero(capsys: pytest.CaptureFixture[str], dataset: str) -> None:
    found = _json(capsys, "reconcile", "--dataset", dataset)
    assert {record["status"] for record in found} == {"meets"}


def test_file_without_history_lists_all_as_ambiguous_and_with_history_decides(
    capsys: pytest.CaptureFixture[str],
) -> None:
    alone = _json(capsys, "reconcile", *COUNTY, code=1)
    assert [(p["region"], p["ambiguous"]) for p in alone["proposals"]] == [("Birchwater", True), ("Cedar Hill", True)]
    both = _json(capsys, "reconcile", *COUNTY, "--previous", str(EXAMPLE / "october.csv"), code=1)
    assert [(p["region"], p["to"], p["ambiguous"]) for p in both["proposals"]] == [("Birchwater", 4286, False)]
    assert [p["region"] for p in both["rejected"]] == ["Cedar Hill"]


@pytest.mark.parametrize("fmt", ["table", "csv"])
def test_other_formats_show_proposals_and_rejected(capsys: pytest.CaptureFixture[str], fmt: str) -> None:
    assert run(["monitor", "reconcile", *NOVEMBER, "--format", fmt]) == 1
    told = capsys.readouterr()
    assert "Chhattisgarh" in told.out
    assert "Jharkhand" in told.out
    assert "2,700 more" in told.err


def test_accepted_repair_is_listed_and_read_on_request_only(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETSAIL_NOW", "2026-02-03T04:05:06+00:00")
    home = ("--workspace", str(tmp_path / "ws"))
    chosen = ("--region", "Chhattisgarh", "--to", "5811")
    (kept,) = _json(capsys, "repair", "accept", *NOVEMBER, *chosen, *SIGNED, *home)
    assert (kept["from"], kept["to"], kept["kind"]) == (8511, 5811, "transposed_digits")
    assert kept["signed_at"].startswith("2026-02-03T04:05:06")
    assert _json(capsys, "repair", "list", *home) == [kept]
    assert _json(capsys, "reconcile", *NOVEMBER, code=1)["gap"] == 2700
    read = _json(capsys, "reconcile", *NOVEMBER, "--with-repairs", *home)
    assert (read["gap"], read["status"]) == (0, "meets")
    assert "A. Sample" in read["notes"][-1]
    assert run(["monitor", "repair", "accept", *NOVEMBER, *chosen, *SIGNED, *home]) == 2
    assert "store-conflict" in capsys.readouterr().err


def test_repair_that_is_no_proposal_needs_own(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = ("--workspace", str(tmp_path / "ws"))
    words = ["monitor", "repair", "accept", *COUNTY, "--region", "Ashford", "--to", "701", *SIGNED, *home]
    assert run(words) == 2
    assert "--own" in capsys.readouterr().err
    assert not (tmp_path / "ws").exists()
    assert run([*words, "--own"]) == 0
    capsys.readouterr()
    assert _json(capsys, "reconcile", *COUNTY, "--with-repairs", *home)["gap"] == 0


@pytest.mark.parametrize(
    "words",
    [
        ("reconcile",),
        ("reconcile", *COUNTY, "--dataset", "india-states"),
        ("reconcile", COUNTY[0]),
        ("reconcile", *COUNTY, "--date", "2023-11-30"),
        ("reconcile", *COUNTY, "--numbers", "roman"),
        ("reconcile", *COUNTY, "--pairs", "--pair-bound", "0"),
        ("reconcile", *NOVEMBER, "--total-row", "IN"),
        ("reconcile", *NOVEMBER, "--previous", COUNTY[0]),
        ("reconcile", "--dataset", "mars"),
        ("reconcile", "--dataset", "india-states", "--date", "yesterday"),
        ("reconcile", "no-such-file.csv", "--total-row", "T"),
        ("repair", "accept", "--dataset", "india-states", "--region", "Goa", "--to", "1", *SIGNED),
        ("outliers", "--indicator", "dragons"),
        ("reports", "no-such-file.csv"),
    ],
)
def test_question_that_does_not_hold_together_ends_with_two(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    assert run(["monitor", *words]) == 2
    assert capsys.readouterr().err.startswith("error [")


def test_outliers_of_the_national_stations_name_march_2023(capsys: pytest.CaptureFixture[str]) -> None:
    (jump,) = _json(capsys, "outliers", "--indicator", "base_stations_5g", "--region", "CN", code=1)
    assert jump["kind"] == "jump"
    assert "+256,000" in jump["text"]


def test_definition_breaks_alone_are_no_bad_news(capsys: pytest.CaptureFixture[str]) -> None:
    rows = _json(capsys, "outliers", "--indicator", "subscribers_5g", "--region", "CN")
    assert {row["kind"] for row in rows} == {"definition_break"}


def test_reports_stand_beside_figures(capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, "reports", str(EXAMPLE / "reports.csv"), "--indicator", "base_stations_5g")
    assert found[0]["latest"]["source_id"]
    assert found[0]["reports"][0]["kind"] == "progress"
    assert run(["monitor", "reports", str(EXAMPLE / "reports.csv"), "--region", "370000"]) == 0
    assert "acceptance test" in capsys.readouterr().out


@pytest.mark.parametrize(("head", "row", "told"), [("", "", "so by a column unit"), (",unit", ",count", "2 more")])
def test_a_gap_within_rounding_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, head: str, row: str, told: str
) -> None:
    numbers = {"A": 100, "B": 200, "C": 345, "D": 20, "Total": 663}
    table = tmp_path / "t.csv"
    table.write_text(f"region,value{head}\n" + "".join(f"{k},{v}{row}\n" for k, v in numbers.items()))
    found = _json(capsys, "reconcile", str(table), "--total-row", "Total", code=1 if row else 0)
    assert (found["gap"], found["status"]) == (2, "gap" if row else "meets")
    assert told in found["notes"][0]
