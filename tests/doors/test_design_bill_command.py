"""`setsail design bill`: the bill of a folder's network, as JSON and as a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from setsail.cli.main import run
from setsail.design.network import folder as networks
from setsail.site import folder as sites
from tests.design.bill.test_bill import NETWORK, SITE


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A folder with the small site and its network."""
    sites.write(SITE, tmp_path / "site")
    networks.write(NETWORK, tmp_path / "site")
    return tmp_path / "site"


def test_bill_of_a_folder_holds_cost_energy_spare_and_steps(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["design", "bill", str(home), "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {"capital", "yearly", "present_value", "lines", "energy", "spare", "upgrades", "runs"} <= set(found)
    assert found["capital"] == pytest.approx(sum(n["amount"] for n in found["lines"] if n["kind"] == "capital"))
    assert found["verified"] is False
    assert run(["design", "bill", str(home)]) == 0
    told = capsys.readouterr()
    assert "assumption" in told.out
    assert "prices are assumptions" in told.err


def test_bill_takes_prices_of_a_file(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prices = tmp_path / "prices.toml"
    prices.write_text("[price]\nhead = 1\n", encoding="utf-8")
    assert run(["design", "bill", str(home), "--prices", str(prices), "--format", "json"]) == 0
    lines = json.loads(capsys.readouterr().out)["lines"]
    assert {n["mark"] for n in lines if n["item"] == "head"} == {"given"}
    prices.write_text("[price]\nrocket = 1\n", encoding="utf-8")
    assert run(["design", "bill", str(home), "--prices", str(prices)]) == 2


def test_prices_are_shown_without_a_site(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["design", "bill", "--show-prices", "--format", "json"]) == 0
    assert {i["mark"] for i in json.loads(capsys.readouterr().out)["items"]} == {"assumption"}
    assert run(["design", "bill"]) == 2
