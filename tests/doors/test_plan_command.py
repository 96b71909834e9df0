"""`setsail radio plan` on the synthetic example, run as a user runs it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from setsail.cli.main import run

EXAMPLE = Path(__file__).parents[2] / "examples" / "radio"
FILES = ("--candidates", str(EXAMPLE / "candidates_synthetic.csv"), "--demand", str(EXAMPLE / "demand_synthetic.csv"))
COSTS = ("--costs", str(EXAMPLE / "costs.toml"))


def plan(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> dict[str, Any]:
    assert run(["radio", "plan", *FILES, *COSTS, *words, "--format", "json"]) == code
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert run(["radio", "plan", *words]) == 2
    return capsys.readouterr().err


def test_budget_buys_sites_with_bands_tilts_cost_bound_and_gap(capsys: pytest.CaptureFixture[str]) -> None:
    found = plan(capsys, "--budget", "5e6")
    assert found["cost"]["present_cost"] <= 5e6
    assert found["objective"]["bound"] >= found["objective"]["value"]
    assert found["objective"]["gap_ratio"] < 1e-5
    assert found["coverage"]["covered_ratio"] + found["coverage"]["uncovered_ratio"] == pytest.approx(1.0)
    assert sum(site["present_cost"] for site in found["sites"]) == pytest.approx(found["cost"]["present_cost"])
    assert sum(found["cost"]["by_part"].values()) == pytest.approx(found["cost"]["present_cost"])
    assert found["cost"]["npv"] == -found["cost"]["present_cost"]
    one = found["sites"][0]["configurations"][0]
    assert one["band"] in {"n28", "n78"}
    assert one["tilt"] in {"low", "medium", "high"}
    chosen = {site["site_id"] for site in found["sites"]}
    assert "s000" in chosen  # fixed in
    assert {row["site_id"]: row["reason"] for row in found["not_chosen"]}["s005"] == "fixed-out"
    assert len(chosen) + len(found["not_chosen"]) == 60


def test_share_is_reached_at_less_cost_when_more_is_shared(capsys: pytest.CaptureFixture[str]) -> None:
    costs = {}
    for strategy in ("none", "moran"):
        found = plan(capsys, "--share", "0.8", "--sharing", strategy, "--method", "greedy")
        assert found["reached"]
        assert found["coverage"]["covered_ratio"] >= 0.8 - 1e-9
        costs[strategy] = found["cost"]["present_cost"]
    assert costs["moran"] == pytest.approx(0.5 * costs["none"])


def test_greedy_is_not_better_than_the_proved_optimum_and_has_a_bound(capsys: pytest.CaptureFixture[str]) -> None:
    quick, proved = (plan(capsys, "--budget", "3e6", "--method", m)["objective"] for m in ("greedy", "milp"))
    assert quick["value"] <= proved["value"] <= quick["bound"]
    assert quick["bounds"].keys() == {"online", "lagrange"}


def test_moment_for_the_solver_still_gives_a_plan_with_an_honest_gap(capsys: pytest.CaptureFixture[str]) -> None:
    found = plan(capsys, "--share", "0.9", "--time-limit", "0.1")["objective"]
    assert found["bound"] <= found["value"]
    assert found["gap_ratio"] == pytest.approx((found["value"] - found["bound"]) / found["value"])


def test_share_out_of_reach_ends_with_one_and_says_how_much_is(capsys: pytest.CaptureFixture[str]) -> None:
    found = plan(capsys, "--share", "1", code=1)
    assert not found["reached"]
    assert found["coverage"]["out_of_reach_points"] > 0
    assert 0.9 < found["coverage"]["covered_ratio"] < 1.0
    assert any("no choice covers the share 1" in note for note in found["notes"])


def test_capacity_limits_what_a_site_carries(capsys: pytest.CaptureFixture[str]) -> None:
    free = plan(capsys, "--budget", "4e6")
    full = plan(capsys, "--budget", "4e6", "--capacity", "n28=2000", "--capacity", "n78=6000", "--time-limit", "2")
    assert full["coverage"]["covered"] < free["coverage"]["covered"]
    for site in full["sites"]:
        for one in site["configurations"]:
            assert one["carries"] <= {"n28": 2000.0, "n78": 6000.0}[one["band"]] * (1 + 1e-9)


def test_table_shows_a_row_for_every_band(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["radio", "plan", *FILES, *COSTS, "--budget", "2e6"]) == 0
    out, err = capsys.readouterr()
    assert "n28" in out
    assert "gap 0.0000%" in err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--budget", "1"), "of the sites that are fixed in"),
        (("--budget", "1", "--share", "0.5"), "exactly one"),
        (("--share", "1.5"), "share"),
        (("--share", "nan"), "share"),
        (("--budget", "-1"), "budget"),
        (("--method", "guess"), "guess"),
        (("--sharing", "mocn"), "mocn"),
        (("--capacity", "n78"), "BAND=AMOUNT"),
        (("--capacity", "n41=5"), "n41"),
        (("--time-limit", "0"), "time_limit_s"),
        (("--scenario", "inh"), "inh"),
        (("--crs", "EPSG:4326"), "projected system"),
    ],
)
def test_bad_words_end_with_two_and_name_what_is_wrong(
    capsys: pytest.CaptureFixture[str], words: tuple[str, ...], told: str
) -> None:
    assert told in refused(capsys, *FILES, *COSTS, *words)


def test_budget_below_the_cheapest_candidate_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "c.csv"
    table.write_text("site_id,lon,lat,height_m,bands\na,114,30,25,n78\n", encoding="utf-8")
    told = refused(capsys, "--candidates", str(table), *FILES[2:], "--budget", "10")
    assert "below the cheapest candidate" in told


def test_candidates_that_are_all_fixed_out_are_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "c.csv"
    table.write_text("site_id,lon,lat,height_m,bands,fixed\na,114,30,25,n78,out\n", encoding="utf-8")
    assert "no candidate that may be chosen" in refused(capsys, "--candidates", str(table), *FILES[2:])


def test_demand_outside_any_reach_is_reported(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    table = tmp_path / "d.csv"
    table.write_text("point_id,lon,lat,weight\nnear,114.0,30.0,1\nfar,120,40,3\n", encoding="utf-8")
    assert run(["radio", "plan", *FILES[:2], "--demand", str(table), "--budget", "1e7", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)["coverage"]
    assert (found["out_of_reach_points"], found["out_of_reach_ratio"]) == (1, 0.75)
    assert found["out_of_reach_first"] == ["far"]


def test_costs_and_columns_are_listed_with_their_sources(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["radio", "plan-costs", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert all(row["source"] for row in found["items"])
    assert run(["radio", "plan-columns", "--format", "json"]) == 0
    assert {"candidates", "demand"} == {row["table"] for row in json.loads(capsys.readouterr().out)}


def test_example_files_are_what_their_script_makes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import runpy

    made = runpy.run_path(str(EXAMPLE / "make_siting_synthetic.py"))
    monkeypatch.setitem(made["main"].__globals__, "HERE", tmp_path)
    made["main"]()
    for name in ("candidates_synthetic.csv", "demand_synthetic.csv"):
        assert (tmp_path / name).read_bytes() == (EXAMPLE / name).read_bytes()
