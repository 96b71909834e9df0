"""The commands that design: what they write, tell and refuse."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.cli import _design_run as design_run_commands
from setsail.cli._design_choices import OPTIONS
from setsail.cli._design_progress import lines
from setsail.cli.main import run
from setsail.design import batch
from setsail.design.choices import Choices
from setsail.design.network import folder as network_folder
from setsail.site import folder as site_folder
from setsail.site.model import Need
from tests.design.dimension.sites import small_site
from tests.design.test_group import TEXT

FAST = ("--band", "n78", "--resolution", "1.0")
NEEDS = (
    Need("N1", "APP-124", 4, function="ward", activity_ratio=0.5),
    Need("N2", "APP-119", 1, room="OR", critical=True),
    Need("N3", "APP-131", 1, room="W1"),
)
KEYS = ("heads", "cells", "slices", "cost", "gap_ratio")


@pytest.fixture
def site(tmp_path: Path) -> Path:
    path = tmp_path / "clinic"
    site_folder.write(small_site(*NEEDS, licensed=("n41", "n78")), path)
    return path


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert run([*words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """The one line of a refusal."""
    capsys.readouterr()
    assert run([*words]) == 2
    err = capsys.readouterr().err.strip()
    assert len(err.splitlines()) == 1
    return err


def test_design_run_tells_and_writes_the_same_network(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = told(capsys, "design", "run", str(site), "--profile", "hospital", *FAST)
    assert set(KEYS) <= set(made)
    network = network_folder.read(site)
    assert [h["head"] for h in made["heads"]] == [h.head for h in network.heads]
    assert {f.application for f in network.flows} == {"APP-124", "APP-119", "APP-131"}
    assert {c.band for c in network.carriers} == {"n78"}
    assert network.settings["profile"] == "hospital"
    assert made["cost"]["present_value"] > 0
    assert made["cells"][0]["ul"]["gbr_mean_ratio"] > 0
    assert {u["place"] for u in made["upfs"]} == {"edge", "on-site", "regional"}


def test_design_run_twice_writes_the_same_bytes(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "design", "run", str(site), *FAST)
    before = {name: (site / name).read_bytes() for name in network_folder.FILES}
    told(capsys, "design", "run", str(site), *FAST)
    assert {name: (site / name).read_bytes() for name in network_folder.FILES} == before


def test_export_and_import_through_the_commands_give_the_same_files(
    site: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told(capsys, "design", "run", str(site), *FAST)
    document = tmp_path / "network.json"
    assert run(["service", "export", str(site), "--out", str(document)]) == 0
    made = told(capsys, "service", "import", str(document), "--out", str(tmp_path / "other"))
    assert made["flows"] == 4
    for name in network_folder.FILES:
        assert (tmp_path / "other" / name).read_bytes() == (site / name).read_bytes()
    wrong = document.read_text(encoding="utf-8").replace('"room": "OR"', '"room": "X1"')
    document.write_text(wrong, encoding="utf-8")
    assert "is in room 'X1'" in refused(capsys, "service", "import", str(document), "--out", str(site))
    assert {f.room for f in network_folder.read(site).flows} == {"W1", "W2", "OR"}


def test_schema_is_told_by_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["service", "schema"]) == 0
    assert json.loads(capsys.readouterr().out)["properties"]["format"] == {"const": "setsail-network"}


def test_placed_heads_are_judged_as_they_stand(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(capsys, "design", "run", str(site), *FAST)
    heads = (site / "heads.csv").read_text(encoding="utf-8").splitlines()
    one = heads[1].split(",")
    one[2], one[-1] = "1", "placed"
    (site / "heads.csv").write_text("\n".join([heads[0], ",".join(one)]) + "\n", encoding="utf-8")
    (site / "flows.csv").unlink()
    made = told(capsys, "design", "run", str(site), "--only-placed", "--resolution", "1.0")
    assert [(h["x_m"], h["origin"]) for h in made["heads"]] == [(1, "placed")]
    assert len(network_folder.read(site).flows) == 4


def test_site_without_heads_has_none_to_judge(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no head to judge" in refused(capsys, "design", "run", str(site), "--only-placed")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--band", "n28"), "uses n28, which the licence of the site does not hold; allowed: n41, n78"),
        (("--band", "n999"), "is 'n999'"),
        (("--profile", "castle"), "castle"),
        (("--preset", "magic"), "is 'magic'; allowed: 3gpp"),
        (("--resolution", "0"), "resolution_m: is 0; allowed: [0.1, 10]"),
    ],
)
def test_choice_that_is_not_there_is_one_line(
    site: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], message: str
) -> None:
    assert message in refused(capsys, "design", "run", str(site), *words)
    assert not network_folder.exists(site)


def test_folder_without_a_site_is_told_and_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no site.toml" in refused(capsys, "design", "run", str(tmp_path / "none"))
    assert not (tmp_path / "none").exists()


def test_need_for_a_room_that_is_not_there_is_one_line(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    needs = site / "needs.csv"
    needs.write_text(needs.read_text(encoding="utf-8").replace(",OR,", ",ZZ,"), encoding="utf-8")
    assert "ZZ" in refused(capsys, "design", "run", str(site), *FAST)


def test_second_design_of_one_site_at_once_is_refused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    hold = (
        "import sys; from pathlib import Path; from setsail.design.network import folder\n"
        "with folder.claim(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", hold, str(site)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "held\n"
        try:
            assert "is being designed by another process" in refused(capsys, "design", "run", str(site), *FAST)
        finally:
            other.communicate("")
    assert run(["design", "run", str(site), *FAST]) == 0


def test_group_is_designed_with_the_links_between_its_sites(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("north", "south"):
        site_folder.write(small_site(NEEDS[0]), tmp_path / name)
    (tmp_path / "group.toml").write_text(TEXT, encoding="utf-8")
    made = told(capsys, "design", "run", str(tmp_path), *FAST)
    assert made["group"] == "Synthetic group"
    assert [k["rate_bps"] for k in made["links"]] == [1e9, 1e9]
    assert made["cut"] == []
    assert {f.peer for f in network_folder.read(tmp_path / "south").flows} == {"", "north"}
    assert any(k.link == "ring-1" for k in network_folder.read(tmp_path / "north").links)
    assert run(["design", "run", str(tmp_path), *FAST]) == 0
    assert "Links of Synthetic group" in capsys.readouterr().out


def test_batch_keeps_what_is_finished_and_goes_on_past_a_broken_site(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sites = tmp_path / "sites"
    for name in ("a", "b", "c"):
        site_folder.write(small_site(NEEDS[0]), sites / name)
    (sites / "b" / "site.toml").write_text("this is not TOML", encoding="utf-8")
    words = ["design", "batch", str(sites), *FAST, "--engine", "threads:2", "--out", str(tmp_path / "t.csv")]
    assert run(words) == 1
    assert "2 done, 0 kept, 1 failed" in capsys.readouterr().err
    lines = (tmp_path / "t.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[:2] for line in lines[1:]] == [["a", "done"], ["b", "failed"], ["c", "done"]]
    needs = sites / "c" / "needs.csv"
    needs.write_text(needs.read_text(encoding="utf-8").replace(",4,", ",5,"), encoding="utf-8")
    site_folder.write(small_site(NEEDS[0]), tmp_path / "whole")
    (sites / "b" / "site.toml").write_bytes((tmp_path / "whole" / "site.toml").read_bytes())
    assert run(words) == 0
    err = capsys.readouterr().err
    assert "2 done, 1 kept, 0 failed" in err
    assert "a: kept" in err


def test_batch_of_no_site_and_of_no_engine_is_refused(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds no folder with a site.toml" in refused(capsys, "design", "batch", str(site / "floors"))
    assert "is 'smoke'" in refused(capsys, "design", "batch", str(site.parent), "--engine", "smoke")


def test_digest_of_a_site_changes_with_its_files_and_the_choices_only(site: Path) -> None:
    first = batch.digest(site, {"band": "n78"})
    (site / "note.txt").write_text("not an input", encoding="utf-8")
    assert batch.digest(site, {"band": "n78"}) == first
    assert batch.digest(site, {"band": "n41"}) != first
    (site / "needs.csv").write_text((site / "needs.csv").read_text(encoding="utf-8") + "\n", encoding="utf-8")
    assert batch.digest(site, {"band": "n78"}) != first


def test_a_design_that_a_person_ends_leaves_the_folder_as_it_was(site: Path) -> None:
    before = {p.name: p.read_bytes() for p in site.rglob("*") if p.is_file()}

    def ended(_: str, share: float) -> None:
        if share > 0.5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        api.design_run(site, band="n78", resolution_m=1.0, progress=ended)
    after = {p.name: p.read_bytes() for p in site.rglob("*") if p.is_file()}
    assert {name: after[name] for name in before} == before
    assert set(after) - set(before) <= {network_folder.LOCK}
    assert api.design_run(site, band="n78", resolution_m=1.0)["heads"]


def test_progress_writes_a_line_now_and_then_and_none_of_a_quick_design() -> None:
    times, written = iter([0.0, 1.0, 4.9, 5.0, 9.9, 12.0]), list[str]()
    tell = lines(lambda: next(times), written.append)
    for share in (0.1, 0.2, 0.3, 0.4, 0.555):
        tell("choice of heads", share)
    assert written == ["designing: choice of heads, 30%", "designing: choice of heads, 56%"]


def test_run_and_batch_take_the_same_options_of_a_design() -> None:
    own = {f.name for f in fields(Choices)}
    assert set(OPTIONS) == own
    for command in (design_run_commands.run, design_run_commands.batch):
        assert own < set(inspect.signature(command).parameters)


def test_a_hurried_search_is_told_as_unknown(site: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["design", "run", str(site), *FAST, "--time-limit", "0.000000001"]) == 0
    assert "unknown whether fewer would do" in capsys.readouterr().err
