"""`setsail conference size` and `setsail rollout provision | orders | flows` at the command line."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from setsail.cli.main import run
from setsail.rollout.folder import writing
from setsail.rollout.provision import secrets
from tests.rollout.provision.small import rollout

SIZE = ["conference", "size", "--codec", "h264", "--video-kbps", "192", "--fps", "15", "--packets-per-frame", "2"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a small synthetic rollout."""
    writing.write(rollout(), tmp_path / "w")
    return tmp_path / "w"


def _json(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    capsys.readouterr()
    assert run([*words, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def _refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    capsys.readouterr()
    assert run(list(words)) == 2
    said = capsys.readouterr()
    lines = [line for line in said.err.splitlines() if line.startswith("error")]
    assert len(lines) == 1
    assert "Traceback" not in said.err
    return lines[0]


def test_size_tells_the_rate_of_the_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, *SIZE, "--ip", "4")
    assert found["gbr_kbps"] == 208
    assert found["site"] == {"up_kbps": 208, "down_kbps": 0}


def test_size_of_a_call_sums_sites_and_server(capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, *SIZE, "--audio", "amr", "--audio-kbps", "12.2", "--receive", "4", "--sites", "29")
    assert found["site"] == {"up_kbps": 239, "down_kbps": 4 * 208 + 31}
    assert found["server"] == {"in_kbps": 29 * 239, "out_kbps": 29 * 863}


def test_size_of_sound_alone_is_that_of_no_picture(capsys: pytest.CaptureFixture[str]) -> None:
    found = _json(capsys, "conference", "size", "--audio", "amr", "--audio-kbps", "12.2")
    assert (found["gbr_kbps"], found["kind"], found["codec"], found["video"]) == (31, "audio", "amr", None)
    assert found["site"] == {"up_kbps": 31, "down_kbps": 31}
    assert found["assumed"] == {"ip": 4}
    assert _json(capsys, "conference", "size", "--audio-kbps", "24")["audio"]["codec"] == "opus"
    both = _json(capsys, "conference", "size", "--audio", "amr", "--audio-kbps", "12.2", "--receive", "4")
    assert (both["kind"], both["audio"]["gbr_kbps"]) == ("video", 31)


def test_size_tells_what_it_assumes(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    found = _json(capsys, "conference", "size")
    assert found["assumed"] == {"ip": 4, "codec": "h264", "video_kbps": 512.0, "fps": 15.0, "packets_per_frame": 5}
    assert found["audio"] is None
    assert run(["conference", "size"]) == 0
    told = "assumed: IPv4, video h264, picture of 512 kbit/s, 15 pictures a second, 5 packets a picture"
    assert told in capsys.readouterr().err
    assert _json(capsys, *SIZE, "--ip", "4")["assumed"] == {}
    assert _json(capsys, "conference", "size", "-r", str(folder))["assumed"] == {}


def test_size_of_a_rollout_is_that_of_its_call(capsys: pytest.CaptureFixture[str], folder: Path) -> None:
    found = _json(capsys, "conference", "size", "--rollout", str(folder))
    assert (found["sites"], found["receive"], found["audio"]["codec"]) == (3, 2, "opus")
    assert _json(capsys, "conference", "size", "--rollout", str(folder), "--receive", "1")["receive"] == 1


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--video-kbps", "-1"], "video rate"),
        (["--fps", "0"], "frame rate"),
        (["--codec", "mpeg2"], "h264"),
        (["--ip", "5"], "4, 6"),
        (["--guaranteed", "1,2"], "--guaranteed"),
        (["--rtcp-kbps", "1", "--rtcp-percent", "5"], "one of both"),
        (["--rtcp-percent", "101"], "RTCP share"),
        (["--audio", "amr", "--audio-kbps", "13"], "12.2"),
        (["--rollout", "/nowhere"], "does not exist"),
    ],
)
def test_size_refuses_in_one_line(capsys: pytest.CaptureFixture[str], words: list[str], told: str) -> None:
    assert told in _refused(capsys, "conference", "size", *words)


def test_provision_writes_every_site_and_tells_no_secret(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    capsys.readouterr()
    assert run(["rollout", "provision", str(folder), "--out", str(tmp_path / "c"), "--format", "json"]) == 0
    said = capsys.readouterr()
    found, kept = json.loads(said.out), secrets.read(folder)
    assert found["sites"] == 3
    assert found["files"] == sum(p.is_file() for p in (tmp_path / "c").rglob("*"))
    for word in (kept.pin, kept.room_secret, *(s.sip_password for s in kept.sites.values())):
        assert word not in said.out + said.err
    shown = _json(capsys, "rollout", "provision", str(folder), "-o", str(tmp_path / "c"), "--replace", "--show-secrets")
    assert shown["pin"] == kept.pin


def test_provision_again_changes_nothing_and_rotation_changes_the_pin(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SETSAIL_NOW", "2030-01-02T00:00:00Z")
    command = ("rollout", "provision", str(folder), "--out", str(tmp_path / "c"), "--replace")
    _json(capsys, *command)
    before = {p: p.read_bytes() for p in (tmp_path / "c").rglob("*") if p.is_file()}
    pin = secrets.read(folder).pin
    _json(capsys, *command)
    assert before == {p: p.read_bytes() for p in (tmp_path / "c").rglob("*") if p.is_file()}
    _json(capsys, *command, "--rotate")
    assert secrets.read(folder).pin != pin


def test_refused_provisioning_makes_and_rotates_no_secret(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    own = tmp_path / "own/switch/cisco-ios"
    own.mkdir(parents=True)
    (own / "family.toml").write_text("[[files]]\nname = 'a'\ntemplate = 'a.j2'\nformat = 'text'\n")
    (own / "a.j2").write_text("{{ nothing }}")
    words = ("rollout", "provision", str(folder), "--out", str(tmp_path / "c"))
    assert "nothing" in _refused(capsys, *words, "--templates", str(tmp_path / "own"))
    assert not (folder / secrets.FILE).exists()
    assert not (tmp_path / "c").exists()
    assert "is no folder" in _refused(capsys, *words, "--templates", str(tmp_path / "gone"))
    assert run(list(words)) == 0
    pin = secrets.read(folder).pin
    assert "--replace" in _refused(capsys, *words, "--rotate")
    assert secrets.read(folder).pin == pin


def test_two_provisionings_at_once_leave_one_whole_folder(folder: Path, tmp_path: Path) -> None:
    code = "from setsail.cli.main import main; main()"
    words = ["rollout", "provision", str(folder), "--out", str(tmp_path / "c"), "--replace"]
    both = [subprocess.Popen([sys.executable, "-c", code, *words], stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    room = json.loads((tmp_path / "c/server/room.json").read_text())
    assert room["pin"] == secrets.read(folder).pin
    index = json.loads((tmp_path / "c/provision.json").read_text())
    assert all((tmp_path / "c" / name).is_file() for name in index["files"])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["c", "w"]


def test_orders_are_a_pdf_that_says_whether_there_is_a_plan(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("typst")
    out = tmp_path / "o.pdf"
    found = _json(capsys, "rollout", "orders", str(folder), "--out", str(out))
    assert out.read_bytes().startswith(b"%PDF")
    assert (found["sites"], found["planned"]) == (3, False)
    assert "S1, S2, S3" in _refused(capsys, "rollout", "orders", str(folder), "--out", str(out), "--site", "S9")
    assert "en, zh" in _refused(capsys, "rollout", "orders", str(folder), "--out", str(out), "--language", "fr")
    assert "en, zh" in _refused(capsys, "rollout", "orders", str(folder), "--out", str(out), "--lang=fr")
    assert "secrets.toml" in _refused(capsys, "rollout", "orders", str(folder), "--out", str(out), "--with-pin")


def test_orders_with_the_pin_are_for_their_owner_alone(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    pytest.importorskip("typst")
    _json(capsys, "rollout", "provision", str(folder), "--out", str(tmp_path / "c"))
    _json(capsys, "rollout", "orders", str(folder), "--out", str(tmp_path / "o.pdf"), "--with-pin", "--site", "S1")
    assert (tmp_path / "o.pdf").stat().st_mode & 0o777 == 0o600


def test_flows_go_into_a_site_folder_and_are_told(
    capsys: pytest.CaptureFixture[str], folder: Path, tmp_path: Path
) -> None:
    from setsail.site import folder as sites
    from tests.design.dimension.sites import small_site

    sites.write(small_site(), tmp_path / "site")
    words = ("rollout", "flows", str(folder), "--site", "S1", "--into", str(tmp_path / "site"))
    found = _json(capsys, *words, "--room", "OR")
    assert [f["fiveqi"] for f in found["flows"]] == [2, 2]
    assert {n.need for n in sites.read(tmp_path / "site").needs} == {"conference/video", "conference/audio"}
    assert "--room or --function" in _refused(capsys, *words)
