"""Mean path loss at 5 GHz as checked by the test suite of ns-3 (values of its project, formulas of TR 38.901).

All of these rows lie inside the ranges of Table 7.4.1-1, so none is extrapolated: ns-3 takes the distance as the one on
the ground and PL1 before the break point; at 10 m (RMa) and 1 m (indoor office) the NLOS value equals the LOS one
because NLOS is the larger of the two formulas, and there LOS is larger.
"""

from __future__ import annotations

import csv
import json

import pytest

from setsail.cli.main import run
from setsail.radio.pathloss.scenarios import link
from setsail.radio.pathloss.tr38901 import path_loss
from tests.oracles import oracle

TOLERANCE_DB = 0.001
"""The values are printed with four decimals; we differ by at most 5e-5 dB."""


def _rows() -> list[dict[str, str]]:
    with oracle("tr38901/path_loss.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if not row["scenario"].startswith("V2v")]


def test_every_row_that_is_not_between_vehicles_is_met() -> None:
    rows = _rows()
    assert len(rows) == 16
    for row in rows:
        one = link(
            row["scenario"],
            row["condition"],
            float(row["frequency_hz"]),
            h_bs_m=float(row["h_bs_m"]),
            h_ut_m=float(row["h_ut_m"]),
        )
        got = path_loss(one, float(row["distance_2d_m"]))
        assert got.loss_db[0] == pytest.approx(float(row["path_loss_db"]), abs=TOLERANCE_DB), row
        assert not got.outside, row


def test_rows_where_nlos_equals_los_do_so_by_the_larger_of_both_formulas() -> None:
    equal = [r for r in _rows() if r["condition"] == "nlos" and r["distance_2d_m"] in ("10.0", "1.0")]
    for row in equal:
        h_bs, h_ut = float(row["h_bs_m"]), float(row["h_ut_m"])
        los, nlos = (link(row["scenario"], c, 5e9, h_bs_m=h_bs, h_ut_m=h_ut) for c in ("los", "nlos"))
        at = float(row["distance_2d_m"])
        same = path_loss(los, at).loss_db[0] == path_loss(nlos, at).loss_db[0]
        assert same == (row["scenario"] in ("Rma", "IndoorOffice")), row


def test_the_command_meets_every_row(capsys: pytest.CaptureFixture[str]) -> None:
    names = {"Rma": "rma", "Uma": "UMa", "Umi": "umi", "IndoorOffice": "inh"}
    for row in _rows():
        asked = ["radio", "path-loss", "--scenario", names[row["scenario"]], "--condition", row["condition"]]
        asked += ["--distance", row["distance_2d_m"], "--frequency", row["frequency_hz"], "--format", "json"]
        asked += ["--bs-height", row["h_bs_m"], "--ut-height", row["h_ut_m"]]
        assert run(asked) == 0
        got = json.loads(capsys.readouterr().out)
        assert got["path_loss_db"] == pytest.approx(float(row["path_loss_db"]), abs=TOLERANCE_DB), row
