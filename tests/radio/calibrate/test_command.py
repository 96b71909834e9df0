"""Files of drive tests, the prediction at samples, and the command."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from setsail import api
from setsail.base.errors import BadInput, NotComputable
from setsail.cli.main import run
from setsail.radio.calibrate.predict import linked, predict
from setsail.radio.calibrate.samples import read_samples
from setsail.radio.coverage.cells import Cells, cells, read
from setsail.radio.coverage.grid import grid
from setsail.radio.coverage.options import CoverageOptions
from setsail.radio.pathloss.scenarios import link
from setsail.radio.pathloss.tr38901 import path_loss

EXAMPLES = Path(__file__).resolve().parents[3] / "examples" / "radio"
CELLS, DRIVE = EXAMPLES / "cells_synthetic.csv", EXAMPLES / "drive_synthetic.csv"
HEAD = "lon,lat,cell_id,rsrp_dbm\n"


def _cells(options: CoverageOptions) -> Cells:
    return cells(read(CELLS), options)[0]


@pytest.mark.parametrize("condition", ["los", "nlos"])
def test_prediction_is_the_path_loss_and_the_pattern_of_tr_38901(condition: str) -> None:
    """Against the public path loss, and Table 7.3-1 written out, on the main direction and off it."""
    options = CoverageOptions(condition=condition)  # type: ignore[arg-type]
    known = _cells(options)
    where = grid((116.3, 39.9, 116.5, 40.1), 100.0)
    x0, y0 = (float(v[0]) for v in where.to_metres(known.lon[:1], known.lat[:1]))
    turn = float(where.convergence_deg(known.lon[:1], known.lat[:1])[0][0])
    bearing = np.radians(known.azimuth_deg[0] - turn + np.array([0.0, 40.0, -100.0, 180.0]))
    distance = np.array([150.0, 400.0, 900.0, 2500.0])
    place = np.column_stack([x0 + distance * np.sin(bearing), y0 + distance * np.cos(bearing)])
    d_3d, rsrp, loss = predict(known, where, options, np.zeros(4, dtype=np.int64), place)
    of = link("uma", condition, float(known.frequency_hz[0]), h_bs_m=float(known.height_m[0]), h_ut_m=1.5)
    expected = path_loss(of, distance)
    np.testing.assert_allclose(loss, expected.loss_db, atol=1e-6)
    np.testing.assert_allclose(d_3d, expected.d_3d_m, rtol=1e-9)
    down = np.degrees(np.arctan2(known.height_m[0] - 1.5, distance))
    sideways = np.minimum(12 * (np.array([0.0, 40.0, 100.0, 180.0]) / 65) ** 2, 30)
    upright = np.minimum(12 * ((down - known.tilt_deg[0]) / 10) ** 2, 30)
    np.testing.assert_allclose(rsrp, known.eirp_re_dbm[0] - np.minimum(sideways + upright, 30) - loss, atol=1e-6)


def test_rows_that_cannot_be_used_are_told_and_the_rest_is_kept(tmp_path: Path) -> None:
    test = tmp_path / "t.csv"
    test.write_text(HEAD + "116.4,40,a,-90\n116.4,40,,-90\n116.4,40,a,-\n116.4,40,a,-20\n116.4,40,b,-156\n", "utf-8")
    samples, told = read_samples(test)
    assert samples.cell_id.tolist() == ["a", "b"]
    assert [f.code for f in told] == ["no-cell", "no-rsrp", "rsrp-out-of-range"]
    assert all("1 rows left out" in f.what for f in told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "is empty"),
        (HEAD, "holds no sample"),
        ("lon,lat,cell_id\n1,2,a\n", "lacks column 'rsrp_dbm'"),
        ("lon,cell_id,rsrp_dbm\n1,a,-90\n", "lacks the position"),
        (HEAD + "east,40,a,-90\n", ":2 column 'lon'"),
        (HEAD + "450000,4430000,a,-90\n", "--crs"),
        (HEAD + "116.4,40,a,strong\n", "column 'rsrp_dbm'"),
        (HEAD + "116.4,40,a,-10\n", "no usable sample"),
        (HEAD + "nan,40,a,-90\n", "finite"),
    ],
)
def test_bad_drive_tests_are_refused_by_name(tmp_path: Path, text: str, told: str) -> None:
    test = tmp_path / "t.csv"
    test.write_text(text, encoding="utf-8")
    with pytest.raises(BadInput, match=told):
        read_samples(test)


def test_metres_and_degrees_give_the_same_links(tmp_path: Path) -> None:
    options = CoverageOptions()
    known = _cells(options)
    degrees, _ = read_samples(DRIVE)
    a, _ = linked(degrees, known, options)
    metric = tmp_path / "t.csv"
    names = np.array(a.cell.names)[a.cell.index]
    rows = [f"{x!r},{y!r},{c},{r!r}" for x, y, c, r in zip(a.x_m.tolist(), a.y_m.tolist(), names, a.rsrp_dbm.tolist())]  # noqa: B905
    metric.write_text("x_m,y_m,cell_id,rsrp_dbm\n" + "\n".join(rows) + "\n", encoding="utf-8")
    b, _ = linked(read_samples(metric)[0], known, options, "EPSG:32650")
    np.testing.assert_allclose(b.predicted_dbm, a.predicted_dbm, atol=1e-9)
    with pytest.raises(BadInput, match="--crs: is not given"):
        linked(read_samples(metric)[0], known, options)
    with pytest.raises(BadInput, match="far from the cells"):
        linked(read_samples(metric)[0], known, options, "EPSG:32648")


def test_cells_that_the_table_lacks_are_told_and_a_test_without_any_is_refused(tmp_path: Path) -> None:
    options = CoverageOptions()
    test = tmp_path / "t.csv"
    test.write_text(HEAD + "116.38,39.98,nowhere,-90\n116.38,39.98,synthetic-000-1,-90\n", encoding="utf-8")
    found, told = linked(read_samples(test)[0], _cells(options), options)
    assert len(found) == 1
    assert [f.code for f in told] == ["unknown-cell"]
    test.write_text(HEAD + "116.38,39.98,nowhere,-90\n", encoding="utf-8")
    with pytest.raises(BadInput, match="no sample of a cell of the table"):
        linked(read_samples(test)[0], _cells(options), options)
    test.write_text(HEAD + "110.0,39.98,synthetic-000-1,-90\n", encoding="utf-8")
    with pytest.raises(BadInput, match="farther than 30 km"):
        linked(read_samples(test)[0], _cells(options), options)


def test_command_finds_what_the_example_was_made_with(capsys: pytest.CaptureFixture[str]) -> None:
    """Planted by tools/make_radio_examples.py: urban -6, open 2 dB at 500 m; slope -5 dB per decade; sigma 7 dB."""
    words = ["radio", "calibrate", "--cells", str(CELLS), "--test", str(DRIVE), "--replicates", "300"]
    assert run([*words, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found == api.radio_calibrate(CELLS, DRIVE, replicates=300, model=found["model"])
    planted = {"urban": -6.0, "open": 2.0}
    for one in found["classes"]:
        offset = planted[one["class"]] - 5.0 * np.log10(one["reference_m"] / 500.0)
        assert one["offset_db_low"] <= offset <= one["offset_db_high"]
        assert one["slope_db_per_decade_low"] <= -5.0 <= one["slope_db_per_decade_high"]
        assert one["sigma_db"] == pytest.approx(7.0, abs=0.7)
    errors = {h["terms"]: h["held_out_rmse_db"] for h in found["held_out"]}
    assert errors["classes"] < errors["offset-slope"] < errors["model"]
    assert run(words) == 0
    assert "held_out_rmse_db" in capsys.readouterr().out


def test_command_refuses_what_the_data_cannot_tell(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(NotComputable, match="for a term of its own"):
        api.radio_calibrate(CELLS, DRIVE, per_cell=True)
    assert run(["radio", "calibrate", "--cells", str(CELLS), "--test", str(DRIVE), "--per-cell"]) == 2
    assert "not-computable" in capsys.readouterr().err
