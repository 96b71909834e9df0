from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from setsail import api
from setsail.cli.main import run
from tests.monitor.index.samples import FRAMEWORK

DATA = "uName,uCode,a,b,c\n" + "".join(
    f"Unit {k},u{k},{a},{b},{c}\n"
    for k, (a, b, c) in enumerate([(1, 9, 4), (5, 2, 3), (9, 5, 8), (2, 7, 1), (6, 6, 6), (3, 1, 9)])
)


@pytest.fixture
def told(tmp_path: Path) -> list[str]:
    (tmp_path / "framework.toml").write_text(FRAMEWORK, encoding="utf-8")
    (tmp_path / "data.csv").write_text(DATA, encoding="utf-8")
    skip = "\n".join(
        f'[[step]]\nkind = "{kind}"{more}' for kind, more in (("normalise", '\nmethod = "minmax"'), ("aggregate", ""))
    )
    (tmp_path / "framework.toml").write_text(FRAMEWORK + skip, encoding="utf-8")
    return ["--framework", str(tmp_path / "framework.toml"), "--data", str(tmp_path / "data.csv")]


def read(path: Path) -> object:
    return json.loads(path.read_text(encoding="utf-8"))


def test_compute_gives_units_sorted_by_rank_with_every_aggregate(told: list[str], tmp_path: Path) -> None:
    out = tmp_path / "o.json"
    assert run(["index", "compute", *told, "--format", "json", "--out", str(out)]) == 0
    records = read(out)
    assert isinstance(records, list)
    assert [r["rank"] for r in records] == [1, 2, 3, 4, 5, 6]
    assert set(records[0]) >= {"unit", "scores", "rank"}
    assert set(records[0]["scores"]) == {"Index", "left", "right"}


def test_command_and_python_call_give_the_same_numbers(told: list[str], tmp_path: Path) -> None:
    out = tmp_path / "o.json"
    run(["index", "compute", *told, "--normalise", "rank", "--format", "json", "--out", str(out)])
    source = api.index_source(framework=told[1], data=Path(told[3]), normalise="rank")
    assert read(out) == api.index_compute(source).records


def test_log_of_a_changed_run_gives_equal_bits_when_run_again(told: list[str], tmp_path: Path) -> None:
    first, again, log = tmp_path / "1.json", tmp_path / "2.json", tmp_path / "log.toml"
    changes = ["--normalise", "minmax:1,100", "--aggregate", "arithmetic,geometric", "--weights", "equal"]
    assert run(["index", "compute", *told, *changes, "--log", str(log), "--format", "json", "--out", str(first)]) == 0
    replay = ["--framework", str(log), "--data", told[3]]
    assert run(["index", "compute", *replay, "--format", "json", "--out", str(again)]) == 0
    assert first.read_bytes() == again.read_bytes()


def test_pipeline_file_takes_the_place_of_the_frameworks_steps(told: list[str], tmp_path: Path) -> None:
    path, out, other = tmp_path / "p.toml", tmp_path / "1.json", tmp_path / "2.json"
    path.write_text('[[step]]\nkind = "normalise"\nmethod = "rank"\n[[step]]\nkind = "aggregate"\n', encoding="utf-8")
    run(["index", "compute", *told, "--pipeline", str(path), "--format", "json", "--out", str(out)])
    run(["index", "compute", *told, "--normalise", "rank", "--format", "json", "--out", str(other)])
    assert out.read_bytes() == other.read_bytes()


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        (["--aggregate", "geometric"], "geometric mean over 0"),
        (["--normalise", "magic"], "--normalise method: is 'magic'"),
        (["--normalise", "minmax:1"], "such as minmax:1,100"),
        (["--normalise", "minmax:a,b"], "--normalise: is 'a'"),
        (["--skip", "treat"], "--skip: is 'treat'"),
        (["--weights", "heavy"], "--weights weights: is 'heavy'"),
        (["--over", "moon"], "--over over: is 'moon'"),
        (["--meta", "m.csv"], "one of --meta and --framework"),
        (["--period", "2020"], "--period: is '2020'"),
    ],
)
def test_faulty_option_ends_with_code_two_and_one_line(
    told: list[str], arguments: list[str], match: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["index", "compute", *told, *arguments]) == 2
    told_line = capsys.readouterr().err.strip().splitlines()
    assert len(told_line) == 1
    assert match in told_line[0]


def test_framework_without_data_of_its_own_asks_for_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["index", "compute", "--framework", "undp-hdi"]) == 2
    assert "needs --data" in capsys.readouterr().err


def test_refused_run_writes_no_file(told: list[str], tmp_path: Path) -> None:
    folder = tmp_path / "steps"
    assert run(["index", "compute", *told, "--aggregate", "harmonic", "--steps", str(folder)]) == 2
    assert not folder.exists()


def test_robustness_lists_what_was_varied_and_ranks_every_unit(told: list[str], tmp_path: Path) -> None:
    out = tmp_path / "o.json"
    assert run(["index", "robustness", *told, "--runs", "50", "--format", "json", "--out", str(out)]) == 0
    record = read(out)
    assert isinstance(record, dict)
    assert {"runs", "varied", "not_varied", "skipped", "units", "seed"} <= set(record)
    assert [v["choice"] for v in record["varied"]] == ["normalise", "aggregate", "weights"]
    assert all(u["p05"] <= u["median"] <= u["p95"] for u in record["units"])


def test_sensitivity_leave_one_out_levers_and_compare_end_well(told: list[str], tmp_path: Path) -> None:
    out = tmp_path / "o.json"
    end = ["--format", "json", "--out", str(out)]
    assert run(["index", "sensitivity", *told, "--samples", "64", "--weight-sets", "20", *end]) == 0
    assert run(["index", "leave-one-out", *told, "--level", "2", *end]) == 0
    assert run(["index", "levers", *told, "--unit", "u5", *end]) == 0
    record = read(out)
    assert isinstance(record, dict)
    assert all(lever["checked"] and lever["rank_after"] < record["rank"] for lever in record["levers"])
    assert run(["index", "compare", *told, "--normalise-after", "rank", *end]) == 0
    assert run(["index", "frameworks", *end]) == 0
    listed = read(out)
    assert isinstance(listed, list)
    assert {f["id"] for f in listed} == {"set-sail", "undp-hdi"}


def test_tables_are_printed_for_a_person(told: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    for words in (["compute"], ["robustness", "--runs", "10"], ["levers", "--unit", "u5"], ["leave-one-out"]):
        assert run(["index", words[0], *told, *words[1:]]) == 0
        assert "u5" in capsys.readouterr().out or words[0] != "compute"


def test_compare_of_two_days_of_knowledge_keeps_the_earlier_period_in_the_middle() -> None:
    """Known at the end of 2023: the year end 2022; a year later: the year end 2023; nothing was restated between."""
    days = (date(2023, 12, 31), date(2024, 12, 31))
    before, after = (api.index_source(framework="set-sail", known_on=day) for day in days)
    found = api.index_compare(before, after, restated=after)
    assert len(found["changes"]) == 31
    assert any(c["rank_change"] for c in found["changes"])
    for change in found["changes"]:
        assert change["score_by_data"] == pytest.approx(change["score_change"])
        assert change["score_by_restatement"] == 0


def test_record_of_a_shipped_unit_names_time_and_year() -> None:
    record = api.index_compute(api.index_source(framework="set-sail", periods=("2023",))).records[0]
    assert (record["unit"], record["time"], record["year"]) == ("110000", "2023-12", 2023)
