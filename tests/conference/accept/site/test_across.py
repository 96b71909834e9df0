"""A site in a network of its own, accepted across a link: sound, slow, and one that loses packets."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("aiortc", reason="the extra 'conference' is not installed")

from tests.conference.accept.test_study import small

SCRIPT = Path(__file__).with_name("two_networks.py")
TRY = "import runpy; runpy.run_path({!r})['network']('192.0.2.1')"


@pytest.fixture(scope="module", autouse=True)
def _networks(janus_here: None) -> None:
    for program in ("unshare", "ip"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed here")
    tried = subprocess.run(
        ["unshare", "-n", sys.executable, "-c", TRY.format(str(SCRIPT))],
        capture_output=True, text=True, check=False, timeout=20,
    )  # fmt: skip
    if tried.returncode:
        pytest.skip(f"a network of one's own is not allowed here: {tried.stderr.strip()[-120:]}")


def accepted_across(folder: Path, *, delay_s: float, loss: float) -> dict[str, Any]:
    """What the server found of the site behind such a link."""
    small(folder)
    command = ["unshare", "-n", sys.executable, str(SCRIPT), str(folder), str(delay_s), str(loss), "6"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=150, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def checks(found: dict[str, Any]) -> dict[str, Any]:
    return {c["check"]: c for s in found["steps"] for c in s["checks"]}


@pytest.mark.slow
def test_a_site_in_another_network_is_accepted_from_its_own_end(tmp_path: Path) -> None:
    found = accepted_across(tmp_path / "w", delay_s=0.05, loss=0.0)
    made = checks(found)
    assert found["terminal"]["kind"] == "participant"
    assert found["terminal"]["from"] == "198.51.100.2"
    assert found["synthetic"] is False
    for name in (
        "link_loss",
        "seen_by_peers",
        "seen_by_command",
        "streams_in",
        "marks_wrong",
        "tone_heard",
        "hears_all",
    ):
        assert made[name]["verdict"] == "pass", (name, made[name], found["reason"])
    assert 100 <= made["link_rtt_p95_ms"]["met"] < 300  # 50 ms there, 50 back; above that the machine's load
    assert made["one_way_ms"]["met"] >= 50
    assert abs(found["terminal"]["clock_ahead_s"]) <= found["terminal"]["clock_error_s"]
    assert found["participant"] == 0


@pytest.mark.slow
def test_a_site_behind_a_link_that_loses_two_percent_is_not_accepted_and_the_reason_is_the_link(tmp_path: Path) -> None:
    found = accepted_across(tmp_path / "w", delay_s=0.05, loss=0.02)
    assert (found["verdict"], found["failing_step"]) == ("fail", "link")
    assert "link_loss" in found["reason"]
    assert 0.015 < checks(found)["link_loss"]["met"] < 0.08  # 2 % each way, of 200 packets
    assert [s["verdict"] for s in found["steps"]][2:] == ["not run"] * 4
    assert found["participant"] == 1
