import csv
import io
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from setsail.cli.main import run
from setsail.design.network import folder as networks
from setsail.design.network.model import Carrier, Cell, Head, Network
from setsail.site import folder
from tests.oracles import oracle
from tests.site import workbooks


@pytest.fixture
def workbook(tmp_path: Path) -> Path:
    return workbooks.write(tmp_path / "synthetic.xlsx", workbooks.rows())


def _json(capsys: pytest.CaptureFixture[str], *words: str, code: int = 0) -> Any:
    assert run(["site", *words, "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


def test_import_tells_spaces_areas_inferred_and_refused(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    got = _json(capsys, "import", str(workbook), "--out", str(tmp_path / "s"))
    assert (got["spaces"], got["area_total_m2"], got["area_indoor_m2"]) == (7, 239.0, 189.0)
    assert [row["room"] for row in got["outdoors"]] == ["D1"]
    assert {"subject", "what", "reason"} == set(got["inferred"][0]) == set(got["refused"][0])
    assert [row["rooms"] for row in got["floors"]] == [5, 2]
    assert (got["functions"]["mapped"], got["functions"]["unmapped"][0]["room"]) == (6, "201")
    assert got["walls"]["derived"] == got["walls"]["all"] > 5
    assert got["openings"]["door given"] == 1
    assert (tmp_path / "s" / "site.toml").is_file()


def test_import_of_the_clinic_prints_its_numbers(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = oracle("clinic_cobie/clinic_design_cobie.xlsx")
    got = _json(capsys, "import", str(path), "--out", str(tmp_path / "clinic"))
    assert (got["spaces"], got["area_total_m2"], got["area_indoor_m2"]) == (269, 6872.649, 4409.494)
    assert _json(capsys, "check", str(tmp_path / "clinic"))["counts"]["defect"] == 0


def test_import_as_table_says_where_the_rest_is_told(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["site", "import", str(workbook), "--out", str(tmp_path / "s")]) == 0
    out = capsys.readouterr()
    assert "Invented hospital" in out.out
    assert "7 spaces, 239.000 m2, indoors 189.000 m2" in out.err
    assert "import.csv" in out.err


@pytest.mark.parametrize("kind", ["hospital", "factory"])
def test_new_site_is_sound_and_synthetic(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "own"
    got = _json(capsys, "new", "--kind", kind, "--name", "Invented", "--out", str(out), "--area", "1500")
    assert got["kind"] == kind
    assert got["needs"] > 0
    assert _json(capsys, "check", str(out))["sound"]
    assert _json(capsys, "show", str(out))["synthetic"]
    again = run(["site", "new", "--kind", kind, "--out", str(out)])
    assert again == 2
    assert "is there already" in capsys.readouterr().err


def test_check_of_a_spoilt_site_ends_with_one_and_names_the_place(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site = tmp_path / "s"
    assert run(["site", "import", str(workbook), "--out", str(site)]) == 0
    with (site / "needs.csv").open("a", encoding="utf-8") as file:
        file.write("mine,APP-124,1,ghost,,1,true,,\n")
    capsys.readouterr()
    got = _json(capsys, "check", str(site), code=1)
    assert [f["code"] for f in got["findings"] if f["grade"] == "defect"] == ["need-room"]
    assert run(["site", "check", str(site), "--format", "csv"]) == 1
    out = capsys.readouterr()
    rows = list(csv.DictReader(io.StringIO(out.out)))
    assert rows[0]["where"] == "needs.csv (need 'mine')"
    assert out.err.startswith("1 defects,")


def test_check_judges_the_network_beside_the_site(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    site = tmp_path / "s"
    assert run(["site", "new", "--out", str(site)]) == 0
    own = folder.read(site)
    floor = own.floors[0].floor
    folder.write(replace(own, licensed_bands=("n78",)), site, replace=True)
    carrier = Carrier("c", "n41", 2.6e9, 100e6, 30e3)
    head = Head("h1", floor, -500.0, 0.0, 2.7, "cell", 24.0, 4)
    networks.write(Network("s", (carrier,), (Cell("cell", "c"),), (head,)), site)
    capsys.readouterr()
    got = _json(capsys, "check", str(site), code=1)
    assert {f["code"] for f in got["findings"] if f["grade"] == "defect"} == {"band-licence", "head-outside"}


def test_show_draws_the_plans_and_lists_one_floor(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    site, svg, png = tmp_path / "s", tmp_path / "plan.svg", tmp_path / "plan.png"
    assert run(["site", "import", str(workbook), "--out", str(site)]) == 0
    capsys.readouterr()
    words = ["site", "show", str(site), "--floor", "Ground", "--svg", str(svg), "--png", str(png), "--language", "zh"]
    assert run([*words, "--format", "csv"]) == 0
    rows = list(csv.DictReader(io.StringIO(capsys.readouterr().out)))
    assert [row["room"] for row in rows] == ["101", "102", "103", "D1", "L1"]
    assert "候诊区" in svg.read_text("utf-8")
    assert png.read_bytes().startswith(b"\x89PNG")
    assert _json(capsys, "show", str(site))["floors"][0]["wall_classes"]["exterior"] > 0


def test_tables_of_functions_and_applications_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(_json(capsys, "functions")) > 40
    assert run(["site", "functions"]) == 0
    assert "手术室" in capsys.readouterr().out
    assert any(row["application"] == "APP-124" for row in _json(capsys, "applications"))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["import", "none.xlsx", "--out", "o"], "does not exist"),
        (["import", "plan.pdf", "--out", "o"], "allowed: .xlsx"),
        (["import", "{book}", "--out", "o", "--unit", "furlong"], "allowed: m, mm"),
        (["import", "{book}", "--out", "o", "--kind", "castle"], "allowed: hospital, factory, port"),
        (["import", "{book}", "--out", "o", "--applications", "none.csv"], "does not exist"),
        (["check", "nowhere"], "does not exist"),
        (["show", "nowhere"], "does not exist"),
        (["new", "--out", "o", "--kind", "castle"], "allowed: hospital, factory"),
        (["new", "--out", "o", "--floors", "99"], "is 99; allowed: [1, 40]"),
    ],
)
def test_site_command_with_bad_input_ends_with_two_and_one_line(
    words: list[str], told: str, workbook: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(workbook.parent)
    assert run(["site", *(word.replace("{book}", str(workbook)) for word in words)]) == 2
    err = capsys.readouterr().err
    assert err.startswith("error [")
    assert err.count("\n") == 1
    assert told in err
    assert not Path("o").exists()


def test_unknown_floor_and_language_are_told(
    workbook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["site", "import", str(workbook), "--out", str(tmp_path / "s")]) == 0
    capsys.readouterr()
    assert run(["site", "show", str(tmp_path / "s"), "--floor", "attic"]) == 2
    assert "allowed: ground, upper" in capsys.readouterr().err
    assert run(["site", "show", str(tmp_path / "s"), "--svg", str(tmp_path / "a.svg"), "--language", "fr"]) == 2
    assert "allowed: en, zh" in capsys.readouterr().err


def test_new_demonstration_is_the_shipped_building_with_its_needs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    floors = {"hospital": ["L0.geojson", "L1.geojson", "L2.geojson"], "factory": ["L0.geojson"]}
    for kind, names in floors.items():
        assert run(["site", "new", "--kind", kind, "--demonstration", "--out", str(tmp_path / kind)]) == 0
        capsys.readouterr()
        shipped = Path(__file__).parents[2] / "examples" / "sites" / f"demonstration-{kind}"
        for name in (*(f"floors/{n}" for n in names), "needs.csv", "site.toml"):
            assert (tmp_path / kind / name).read_bytes() == (shipped / name).read_bytes(), name
