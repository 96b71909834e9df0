"""`setsail conformance report | key | certify | verify-certificate | status`: files, exit codes, one-line errors."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pypdfium2
import pytest

from setsail.cli.main import run
from setsail.design.network import folder as network_folder
from setsail.site import folder as site_folder
from tests.conformance import sample

NOW = "2026-11-21T09:30:00+00:00"
COLUMNS = (
    "check,version,dimension,label_en,label_zh,fact,subject,where,op,limit,unit,stages,kind,method,document,edition,"
    "clause,mark,remedy_en,remedy_zh,clause_ref"
)
ROWS = (
    "own.height,1,engineering,Height of heads,射频单元高度,network.head_height_m,head,,>=,{height},m,design|accept,"
    "engineering,computed,Invented profile,1,H1,own,Hang it higher,提高安装高度,",
    "own.band,1,engineering,Licensed band,许可频段,network.band_licensed,carrier,,==,true,bool,design,"
    "engineering,computed,Invented profile,1,H2,own,Take another band,更换频段,",
    "own.power,1,engineering,Fed twice,双路供电,declared.power_feeds,site,,>=,2,count,design,"
    "engineering,declared,Invented profile,1,H3,own,Add a feed,增加一路供电,",
)
TOML = """profile = "invented"
version = "1"
name_en = "Invented profile"
name_zh = "虚构规范集"
note_en = "Made for tests; no standard."
note_zh = "仅供测试。"

[[dimensions]]
dimension = "engineering"
name_en = "Engineering"
name_zh = "工程"
"""


def profile(path: Path, height: float) -> Path:
    path.mkdir()
    (path / "profile.toml").write_text(TOML, encoding="utf-8")
    rows = [row.format(height=height) for row in ROWS]
    (path / "checks.csv").write_text("\n".join((COLUMNS, *rows)) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A site with its network, a profile it meets, one it does not, and a key."""
    top = tmp_path_factory.mktemp("certificates")
    site_folder.write(sample.site(), top / "bay")
    network_folder.write(sample.network(), top / "bay")
    profile(top / "met", 2.0)
    profile(top / "missed", 5.0)
    assert run(["conformance", "key", "create", "--party", "Invented Assessors", "--out", str(top / "a.json")]) == 0
    return top


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SETSAIL_NOW", NOW)


def certify(place: Path, out: Path, *more: str, met: str = "met", party: str = "third") -> int:
    return run([
        "conformance", "certify", str(place / "bay"), "--party", party, "--key", str(place / "a.json"),
        "--profile", str(place / met), "--out", str(out), *more,
    ])  # fmt: skip


def verify(path: Path, trust: Path, *more: str) -> int:
    return run(["conformance", "verify-certificate", str(path), "--trust", str(trust), "--format", "json", *more])


def told(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_key_is_private_and_made_once(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert stat.S_IMODE((place / "a.json").stat().st_mode) == 0o600
    assert (place / "a.pub.json").is_file()
    assert run(["conformance", "key", "create", "--party", "X", "--out", str(place / "a.json")]) == 2
    assert capsys.readouterr().err.startswith("error [store-conflict]")


def test_certificate_is_issued_and_found_good_with_its_evidence(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "certificate.json"
    assert certify(place, out, "--format", "json") == 0
    issued = told(capsys)
    assert (issued["kind"], issued["scope"], issued["issued"]) == ("certificate", "design", True)
    assert issued["totals"]["fail"] == 0
    assert verify(out, place / "a.pub.json", "--site", str(place / "bay")) == 0
    found = told(capsys)
    assert (found["signature"], found["trusted"], found["status"], found["scope"]) == (
        "intact",
        True,
        "valid",
        "design",
    )
    assert (found["evidence"], found["level"], found["kind"]) == ("matches", "third", "certificate")
    assert {o["rule"]: o["why"] for o in found["open"]} == {"own.power": "inconclusive"}


def test_table_says_each_answer_by_itself(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert certify(place, tmp_path / "c.json") == 0
    capsys.readouterr()
    trust = ["--trust", str(place / "a.pub.json")]
    assert run(["conformance", "verify-certificate", str(tmp_path / "c.json"), *trust]) == 0
    text = capsys.readouterr().out
    for word in (
        "signature",
        "intact",
        "signer trusted",
        "status",
        "valid",
        "scope: design",
        "third-party certificate",
    ):
        assert word in text, word


def test_owner_gets_a_report_and_no_certificate(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert certify(place, tmp_path / "r.json", "--format", "json", party="first") == 0
    caught = capsys.readouterr()
    assert json.loads(caught.out)["kind"] == "report"
    assert "not a certificate" in caught.err
    assert verify(tmp_path / "r.json", place / "a.pub.json") == 0
    assert told(capsys)["kind"] == "report"


def test_design_with_failed_checks_gets_no_certificate_and_is_told_which(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, pdf = tmp_path / "c.json", tmp_path / "c.pdf"
    assert certify(place, out, "--pdf", str(pdf), met="missed") == 1
    caught = capsys.readouterr()
    assert "own.height" in caught.out
    assert "setsail conformance report" in caught.err
    assert list(tmp_path.iterdir()) == []


def test_pdf_carries_the_certificate_and_is_verified_alike(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, pdf = tmp_path / "c.json", tmp_path / "c.pdf"
    assert certify(place, out, "--pdf", str(pdf)) == 0
    capsys.readouterr()
    assert verify(pdf, place / "a.pub.json") == 0
    by_pdf = told(capsys)
    assert verify(out, place / "a.pub.json") == 0
    assert told(capsys) == by_pdf
    text = pypdfium2.PdfDocument(pdf)[0].get_textpage().get_text_bounded()
    assert "Certificate of conformity" in text
    assert "Invented Assessors" in text
    pdf.write_bytes(pdf.read_bytes()[:-1] + b"x")
    assert verify(pdf, place / "a.pub.json") == 1
    assert told(capsys)["signature"] == "not intact"


def test_changed_byte_wrong_key_and_lesser_trust_are_not_good(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "c.json"
    assert certify(place, out) == 0
    data = out.read_bytes()
    for other in (data + b"\n", data.replace(b"third", b"first", 1), b"{}", b"", b"\xff" * 100, b"[" * 90_000):
        out.write_bytes(other)
        capsys.readouterr()
        assert verify(out, place / "a.pub.json") == 1
        assert told(capsys)["signature"] == "not intact"
    out.write_bytes(data)
    assert (
        run(["conformance", "key", "create", "--party", "Invented Assessors", "--out", str(tmp_path / "b.json")]) == 0
    )
    capsys.readouterr()
    assert verify(out, tmp_path / "b.pub.json") == 1
    assert told(capsys)["signature"] == "not checked"
    lesser = tmp_path / "lesser.json"
    content = json.loads((place / "a.pub.json").read_text(encoding="utf-8"))
    lesser.write_text(json.dumps(content | {"levels": ["first"]}), encoding="utf-8")
    assert verify(out, lesser) == 1
    assert told(capsys)["trusted"] is False


def test_changed_design_is_told(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import shutil

    copy = tmp_path / "bay"
    shutil.copytree(place / "bay", copy)
    assert certify(place, tmp_path / "c.json") == 0
    with (copy / "heads.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    capsys.readouterr()
    assert verify(tmp_path / "c.json", place / "a.pub.json", "--site", str(copy)) == 1
    found = told(capsys)
    assert (found["signature"], found["evidence"]) == ("intact", "differs")
    assert "heads.csv" in found["evidence_reason"]


def test_certificate_expires(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert certify(place, tmp_path / "c.json", "--valid-days", "10") == 0
    for now, standing, code in (
        ("2026-12-01T09:29:59Z", "valid", 0), ("2026-12-01T09:30:00Z", "expired", 1),
        ("2026-11-21T09:29:59Z", "not yet valid", 1),
    ):  # fmt: skip
        monkeypatch.setenv("SETSAIL_NOW", now)
        capsys.readouterr()
        assert verify(tmp_path / "c.json", place / "a.pub.json") == code
        assert told(capsys)["status"] == standing


def test_suspension_is_told_with_the_status_list(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, lists = tmp_path / "c.json", tmp_path / "status.json"
    assert certify(place, out) == 0
    setting = ["conformance", "status", "set", "--list", str(lists), "--key", str(place / "a.json")]
    setting += ["--certificate", str(out), "--reason", "heads were moved"]
    for state, code in (("suspended", 1), ("valid", 0), ("withdrawn", 1)):
        assert run([*setting, "--status", state]) == 0
        capsys.readouterr()
        assert verify(out, place / "a.pub.json", "--status", str(lists)) == code
        assert told(capsys)["status"] == state
    before = lists.read_bytes()
    assert run([*setting, "--status", "valid"]) == 2
    assert lists.read_bytes() == before


@pytest.mark.parametrize(
    "changes",
    [
        {"--party": "fourth"}, {"--key": "none.json"}, {"--scope": "sometime"}, {"--scope": "accept"},
        {"--valid-days": "0"}, {"--language": "fr"}, {"--probe": "p.csv"}, {"--profile": "none"},
    ],
)  # fmt: skip
def test_bad_input_is_refused_in_one_line_and_nothing_is_written(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, str]
) -> None:
    given = {
        "--party": "third", "--key": str(place / "a.json"), "--profile": str(place / "met"),
        "--out": str(tmp_path / "c.json"), "--pdf": str(tmp_path / "c.pdf"),
    } | changes  # fmt: skip
    words = [word for pair in given.items() for word in pair]
    assert run(["conformance", "certify", str(place / "bay"), *words]) == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_key_is_not_written_over_by_a_certificate(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = (place / "a.json").read_bytes()
    assert certify(place, place / "a.json") == 2
    assert (place / "a.json").read_bytes() == before


def test_file_of_a_hundred_megabytes_is_bad_input(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    large = tmp_path / "c.json"
    with large.open("wb") as file:
        file.truncate(100 << 20)
    assert verify(large, place / "a.pub.json") == 2
    assert verify(tmp_path / "none.json", place / "a.pub.json") == 2
    assert verify(large, place / "a.json") == 2


def test_report_is_written_with_its_json_and_failures_are_no_error(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pdf, oscal = tmp_path / "report.pdf", tmp_path / "report.json"
    words = ["conformance", "report", str(place / "bay"), "--out", str(pdf), "--json", str(oscal)]
    assert run([*words, "--profile", str(place / "missed"), "--format", "json"]) == 0
    assert told(capsys)["fail"] == 6
    first = pdf.read_bytes(), oscal.read_bytes()
    assert first[0].startswith(b"%PDF")
    (result,) = json.loads(first[1])["assessment-results"]["results"]
    states = {f["target"]["target-id"]: f["target"]["status"]["state"] for f in result["findings"]}
    assert states == {"own.height": "not-satisfied", "own.band": "satisfied", "own.power": "not-satisfied"}
    assert run([*words, "--profile", str(place / "missed")]) == 0
    assert (pdf.read_bytes(), oscal.read_bytes()) == first


def test_report_of_a_folder_that_is_no_site_writes_nothing(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "report.pdf")
    assert run(["conformance", "report", str(tmp_path / "none"), "--out", out]) == 2
    assert run(["conformance", "report", str(place / "bay"), "--out", out, "--json", out]) == 2
    assert run(["conformance", "report", str(place / "bay"), "--out", out, "--language", "fr"]) == 2
    assert list(tmp_path.iterdir()) == []
    assert len(capsys.readouterr().err.strip().splitlines()) == 3


def test_handover_is_written_and_an_earlier_one_replaced(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["design", "handover", str(place / "bay"), "--out", str(tmp_path / "handover"), "--format", "json"]
    assert run(words) == 0
    named = [Path(f["file"]).name for f in json.loads(capsys.readouterr().out)]
    assert sorted(named) == ["floor-0.dxf", "floor-1.dxf", "handover.xlsx"]
    first = {p.name: p.read_bytes() for p in (tmp_path / "handover").iterdir()}
    assert run(words) == 0
    assert {p.name: p.read_bytes() for p in (tmp_path / "handover").iterdir()} == first
    assert run(["design", "handover", str(place / "bay"), "--out", str(place)]) == 2


def test_certificate_of_acceptance_rests_on_a_log_with_its_sample(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walk, out = tmp_path / "walk.csv", tmp_path / "c.json"
    assert run(["conformance", "synthetic-walk", str(place / "bay"), "--seed", "1", "--out", str(walk)]) == 0
    assert certify(place, out, "--scope", "accept", "--log", str(walk)) == 0
    capsys.readouterr()
    assert verify(out, place / "a.pub.json") == 0
    assert told(capsys)["scope"] == "accept"
    body = json.loads(out.read_bytes())["attestation"]
    assert [f["path"] for f in body["evidence"] if f["role"] == "log"] == ["walk.csv"]
    assert certify(place, tmp_path / "d.json", "--log", str(walk)) == 2
