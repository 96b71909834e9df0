"""`setsail design verify | compare` and `setsail conformance profiles | profile | accept` on a small synthetic site."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from setsail.cli.main import run
from setsail.design.network import folder as networks
from setsail.site import folder as sites
from tests.conformance.small import network, site, write_profile

SEVEN = (
    "functionality", "performance", "security", "reliability", "environmental-friendliness", "maintenance",
    "future-readiness",
)  # fmt: skip
VERDICTS = {"pass", "fail", "inconclusive", "not_measurable"}


@pytest.fixture(scope="module")
def ward(tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("numba")
    path = tmp_path_factory.mktemp("site") / "ward"
    sites.write(site(), path)
    flows = tuple(dataclasses.replace(f, cell="A") for f in network().flows)
    networks.write(dataclasses.replace(network(), flows=flows), path)
    return path


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, dict[str, Any]]:
    code = run([*words, "--format", "json"])
    return code, json.loads(capsys.readouterr().out)


def test_verify_tells_findings_and_counts_of_every_dimension(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, got = asked(capsys, "design", "verify", str(ward))
    keys = {"rule", "dimension", "subject", "verdict", "met", "required", "margin", "cause", "source"}
    assert all(keys <= set(f) for f in got["findings"])
    assert {f["verdict"] for f in got["findings"]} <= VERDICTS
    assert set(SEVEN) <= set(got["counts"])
    assert all(set(row) == VERDICTS for row in got["counts"].values())
    assert sum(sum(row.values()) for row in got["counts"].values()) == len(got["findings"])
    assert code == (1 if any(f["verdict"] == "fail" for f in got["findings"]) else 0)
    assert {f["rule"] for f in got["findings"] if f["verdict"] == "pass"} >= {"performance.rsrp", "security.licence"}


def test_verify_gives_the_same_bytes_twice(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    texts = []
    for _ in range(2):
        run(["design", "verify", str(ward), "--format", "json"])
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1]


def test_verify_shows_dimensions_first_then_each_failed_rule_once(
    ward: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["design", "verify", str(ward)]) == 1
    shown = capsys.readouterr().out
    assert shown.index("Future readiness") < shown.index("What fails")
    assert shown.count("reliability.upf-paths") == 1
    assert run(["design", "verify", str(ward), "--all", "--lang", "zh"]) == 1
    assert "可演进性" in capsys.readouterr().out


def test_exit_code_is_0_where_nothing_fails(ward: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    easy = write_profile(tmp_path / "easy", {"limit": "-150", "where": "indoor=true"})
    hard = write_profile(tmp_path / "hard", {"limit": "-30", "where": "indoor=true", "version": "2"})
    assert run(["design", "verify", str(ward), "--profile", str(easy)]) == 0
    assert run(["design", "verify", str(ward), "--profile", str(hard)]) == 1
    capsys.readouterr()
    code, got = asked(
        capsys, "design", "compare", str(ward), str(ward), "--profile", str(easy), "--to-profile", str(hard)
    )
    assert code == 1
    assert (got["worse"], got["judged_again"], [c["check"] for c in got["checks_changed"]]) == (2, 2, ["x.rsrp"])


def test_compare_of_a_design_with_itself_judges_nothing_again(ward: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, got = asked(capsys, "design", "compare", str(ward), str(ward))
    assert (code, got["judged_again"], got["changes"]) == (0, 0, [])


def test_compare_with_a_weaker_head_finds_what_got_worse(
    ward: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other, made = tmp_path / "other", networks.read(ward)
    sites.write(site(), other)
    heads = tuple(dataclasses.replace(h, power_dbm=-30.0) for h in made.heads)
    networks.write(dataclasses.replace(made, heads=heads), other)
    code, got = asked(capsys, "design", "compare", str(ward), str(other))
    assert code == 1
    assert {"performance.rsrp"} <= {c["rule"] for c in got["changes"] if c["direction"] == "worse"}
    assert 0 < got["judged_again"] < got["findings"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["design", "verify", "nowhere"], "nowhere"),
        (["design", "verify", "{ward}", "--profile", "nowhere"], "hospital"),
        (["design", "verify", "{ward}", "--stage", "build"], "design, accept, operate"),
        (["design", "verify", "{ward}", "--slots", "nowhere.csv"], "nowhere.csv"),
        (["conformance", "profile", "show", "nowhere"], "hospital"),
        (["conformance", "accept", "{ward}", "--log", "nowhere.csv"], "nowhere.csv"),
    ],
)
def test_bad_input_is_told_in_one_line(
    ward: Path, words: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([w.format(ward=ward) for w in words]) == 2
    shown = capsys.readouterr().err.strip()
    assert told in shown
    assert "\n" not in shown


def test_profiles_are_listed_and_shown_with_their_shares(capsys: pytest.CaptureFixture[str]) -> None:
    run(["conformance", "profiles", "--format", "json"])
    listed = {p["profile"]: p for p in json.loads(capsys.readouterr().out)}
    assert {"hospital", "factory"} <= set(listed)
    _, got = asked(capsys, "conformance", "profile", "show", "hospital")
    assert got["checks"] == listed["hospital"]["checks"] >= 60
    shares = got["shares"]
    assert shares["computed"] + shares["measured"] + shares["declared"] == got["checks"]
    assert {d["dimension"] for d in got["dimensions"]} == {*SEVEN, "engineering-rules"}
    assert got["measured_at_accept"] > 10


def test_difference_of_two_profiles_names_the_checks_to_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    old = write_profile(tmp_path / "1", {}, {"check": "same"})
    new = write_profile(tmp_path / "2", {"limit": "-100"}, {"check": "same"})
    _, got = asked(capsys, "conformance", "profile", "diff", str(old), str(new))
    assert (got["unchanged"], [(c["check"], c["what"]) for c in got["changes"]]) == (1, [("x.rsrp", ["limit"])])


def test_synthetic_logs_go_through_acceptance_beside_the_design(
    ward: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log, probe = tmp_path / "walk.csv", tmp_path / "probe.csv"
    assert run(["conformance", "synthetic-walk", str(ward), "--visited", "1", "--out", str(log)]) == 0
    assert run(["conformance", "synthetic-probe", str(ward), "--messages", "300", "--out", str(probe)]) == 0
    assert log.read_text(encoding="utf-8").startswith("# synthetic")
    _, got = asked(capsys, "conformance", "accept", str(ward), "--log", str(log), "--probe", str(probe))
    assert (got["stage"], got["rejects"]) == ("accept", [])
    beside = {(b["rule"], b["subject"]): b for b in got["beside"]}
    one = beside["performance.rsrp", "room:R1"]
    assert (one["verdict_design"], one["verdict"]) == ("pass", "pass")
    assert abs(one["difference"]) < 10
    assert one["n"] > 50
    assert all(b["n"] is not None for b in got["beside"] if b["met"] is not None)


def test_walk_of_a_network_that_is_built_too_weak_fails_beside_a_design_that_passes(
    ward: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "walk.csv"
    run(["conformance", "synthetic-walk", str(ward), "--visited", "1", "--bias", "-80", "--out", str(log)])
    code, got = asked(capsys, "conformance", "accept", str(ward), "--log", str(log))
    one = next(b for b in got["beside"] if (b["rule"], b["subject"]) == ("performance.rsrp", "room:R1"))
    assert (code, one["verdict_design"], one["verdict"]) == (1, "pass", "fail")
