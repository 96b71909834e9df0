"""The commands rate, tbs, spectral-efficiency, bands, positioning, exposure, emc as a user runs them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from setsail import api
from setsail.cli.main import run
from setsail.radio.rates.asked import carrier_asked
from setsail.standards.radio import bands

ANCHORS = "anchor,x_m,y_m,z_m\na,0,0,3\nb,40,0,3\nc,40,40,3\nd,0,40,3\n"


def _json(capsys: pytest.CaptureFixture[str], words: str, code: int = 0) -> Any:
    assert run(["radio", *words.split(), "--format", "json"]) == code
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def anchors(tmp_path: Path) -> Path:
    path = tmp_path / "anchors.csv"
    path.write_text(ANCHORS, encoding="utf-8")
    return path


def test_rate_of_100_mhz_is_2337_mbit_and_its_share_in_tdd(capsys: pytest.CaptureFixture[str]) -> None:
    words = "rate --prb 273 --scs 30 --mcs-table 2 --mcs 27 --layers 4"
    fdd, tdd = _json(capsys, words), _json(capsys, f"{words} --tdd DDDSU")
    assert fdd["peak_bps"] == fdd["fdd_peak_bps"] == tdd["fdd_peak_bps"] == pytest.approx(2337.0e6, rel=1e-6)
    assert tdd["peak_bps"] == pytest.approx(2337.0e6 * 52 / 70, rel=1e-6)
    assert tdd["frame"]["guard_share"] == pytest.approx(2 / 70)
    assert fdd["frame"] is None
    assert fdd == api.radio_rate([{"prb": 273, "scs": 30, "mcs-table": 2, "mcs": 27, "layers": 4}])
    up = _json(capsys, f"{words} --tdd DDDSU --direction ul --special 6:4:4")
    assert up["peak_bps"] == pytest.approx(2337.0e6 / 0.86 * 0.92 * 18 / 70, rel=1e-6)


def test_rate_takes_a_bandwidth_and_further_carriers(capsys: pytest.CaptureFixture[str]) -> None:
    one = _json(capsys, "rate --bandwidth 100")
    assert one["carriers"][0]["n_prb"] == 273
    both = _json(capsys, "rate --bandwidth 100 --carrier bandwidth=400,scs=120,range=FR2-1,layers=2,mcs-table=1")
    mmwave = _json(capsys, "rate --bandwidth 400 --scs 120 --layers 2 --mcs-table 1")
    assert mmwave["carriers"][0]["frequency_range"] == "FR2"
    assert both["peak_bps"] == pytest.approx(one["peak_bps"] + mmwave["peak_bps"])


def test_rate_of_a_reduced_device_tells_what_limited_it(capsys: pytest.CaptureFixture[str]) -> None:
    got = _json(capsys, "rate --bandwidth 100 --ue eredcap-1rx")
    assert got["peak_bps"] == got["scheduled_bps"] == 10e6
    assert len(got["limits"]) == 4


def test_tbs_of_106_prb_is_50184(capsys: pytest.CaptureFixture[str]) -> None:
    got = _json(capsys, "tbs --prb 106 --qm 6 --rate 567 --layers 1 --symbols 12 --dmrs 0")
    assert got["tbs_bits"] == 50184
    assert got == api.radio_tbs(106, 6, 567.0, 1, symbols=12)


def test_efficiency_tells_its_origin(capsys: pytest.CaptureFixture[str]) -> None:
    got = _json(capsys, "spectral-efficiency --sinr 20 --cqi-table 1 --prb 100 --layers 2")
    assert got["bps_hz"] == pytest.approx(2 * 6 * 948 / 1024)
    assert got["cqi"] == 15
    assert "vienna" in got["origin"]
    assert _json(capsys, "spectral-efficiency --sinr 20 --model tr36942")["verified"] is False


def test_bands_lists_all_finds_by_frequency_and_shows_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert len(_json(capsys, "bands")) == len(bands())
    assert [row["band"] for row in _json(capsys, "bands --frequency 3.5e9")] == ["n77", "n78"]
    one = _json(capsys, "bands n78")
    assert one["ue_power_classes_dbm"]["3"] == 23.0
    assert 100.0 in next(g["mhz"] for g in one["channel_bandwidths"] if g["scs_khz"] == 30.0)
    assert run(["radio", "bands", "n78"]) == 0
    assert "n78" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("tbs --prb 0 --qm 6 --rate 567", "prb"),
        ("tbs --prb 276 --qm 6 --rate 567", "prb"),
        ("tbs --prb 10 --qm 6 --rate 1024", "rate"),
        ("tbs --prb 10 --qm 7 --rate 500", "qm"),
        ("tbs --prb 10 --qm 2 --rate nan", "rate"),
        ("tbs --prb 10 --qm 2 --rate 100 --overhead 5", "overhead"),
        ("tbs --prb 10 --qm 2 --rate 100 --symbols 1 --dmrs 12", "dmrs"),
        ("rate --prb 0", "prb"),
        ("rate --prb 276", "prb"),
        ("rate --prb 273 --mcs-table 9", "MCS table"),
        ("rate --prb 273 --mcs 28", "reserved"),
        ("rate", "one of them"),
        ("rate --prb 5 --bandwidth 20", "one of them"),
        ("rate --bandwidth 33", "33 MHz"),
        ("rate --prb 10 --scs 120 --range FR1", "FR1"),
        ("rate --prb 10 --range FR3", "range"),
        ("rate --prb 10 --tdd DDDU", "without S"),
        ("rate --prb 10 --tdd DDDDD --direction ul", "no ul symbol"),
        ("rate --prb 10 --direction up", "direction"),
        ("rate --prb 10 --ue tv", "ue"),
        ("rate --prb 10 --ue redcap-1rx --carrier prb=5", "no aggregation"),
        ("rate --prb 10 --carrier prb=x", "whole"),
        ("rate --prb 10 --carrier foo=1", "carrier"),
        ("rate --prb 10 --carrier prb=1,prb=2", "twice"),
        ("rate --prb 10 --control-symbols 4", "control symbols"),
        ("bands n999", "n999"),
        ("bands --frequency 1", "band"),
        ("spectral-efficiency --sinr nan", "sinr"),
        ("spectral-efficiency --sinr 1 --cqi-table 9", "CQI table"),
        ("exposure --eirp 60 --frequency 1e6", "frequency"),
        ("exposure --eirp nan --frequency 1e9", "eirp"),
        ("exposure --eirp 60 --frequency 1e9 --distance 0", "distance"),
        ("exposure --eirp 60 --frequency 1e9 --beams 0", "beams"),
        ("exposure --eirp 60 --frequency 1e9 --emitter eirp=3", "distance"),
        ("exposure --eirp 60 --frequency 1e9 --distance 5 --emitter eirp=3", "lacks frequency"),
        ("exposure --eirp 60 --frequency 1e9 --tdd DDDSU --duty 0.5", "one of them"),
        ("emc --power 0 --frequency 1e9", "power"),
        ("emc --power 1", "one of them"),
        ("emc --power 1 --band n75", "n75"),
        ("positioning --anchors none.csv --point 1,1 --snr 0", "none.csv"),
    ],
)
def test_bad_input_is_a_named_error_on_one_line(capsys: pytest.CaptureFixture[str], words: str, told: str) -> None:
    assert run(["radio", *words.split()]) == 2
    shown = capsys.readouterr()
    assert not shown.out
    assert told in shown.err
    assert shown.err.count("\n") == 1


def test_a_carrier_reads_the_same_from_text_and_from_values() -> None:
    text = "prb=66,scs=120,range=fr2,mcs-table=2,mcs=27,layers=2,scaling=0.8,overhead=0.1"
    values = {"prb": 66, "scs": 120, "range": "FR2", "mcs-table": "2", "mcs": 27, "layers": 2, "scaling": 0.8}
    assert carrier_asked(text) == carrier_asked(values | {"overhead": 0.1, "bandwidth": None})


def test_exposure_leaves_1_where_the_limit_is_passed(capsys: pytest.CaptureFixture[str]) -> None:
    words = "exposure --eirp 73 --frequency 3.5e9 --tdd DDDSU --load 0.5 --beams 8 --share project"
    far = _json(capsys, f"{words} --distance 50")
    assert far["complies"] is True
    assert far["duty"] == pytest.approx(52 / 70)
    assert far["compliance_distance_m"] == pytest.approx(130.43 * (52 / 70 * 0.5 * 8 / 36) ** 0.5, rel=1e-4)
    assert far["peak_compliance_distance_m"] == pytest.approx(130.43, rel=1e-4)
    near = _json(capsys, f"{words} --distance 20", code=1)
    assert near["complies"] is False
    both = _json(capsys, f"{words} --distance 50 --emitter eirp=60,frequency=2.6e9,distance=50,duty=0.5", code=0)
    assert both["total_share_of_limit"] > far["total_share_of_limit"]


def test_emc_shows_the_parts_that_the_test_does_not_cover(capsys: pytest.CaptureFixture[str]) -> None:
    parts = _json(capsys, "emc --power 0.2 --band n41", code=1)["parts"]
    assert [part["covered"] for part in parts] == [True, False]
    assert parts[0]["distance_m"] == pytest.approx(6 * 0.2**0.5 / 28)
    assert parts[1]["distance_m"] is None
    assert _json(capsys, "emc --power 0.2 --frequency 2.45e9")["covered"] is True
    assert run(["radio", "emc", "--power", "0.2", "--frequency", "3.5e9"]) == 1
    assert "not covered" in capsys.readouterr().err


def test_positioning_shows_terms_at_points_and_percentiles_over_a_grid(
    capsys: pytest.CaptureFixture[str], anchors: Path
) -> None:
    point = _json(capsys, f"positioning --anchors {anchors} --point 20,20 --snr 0 --sync-ns 1")
    assert point["points"][0]["sync_m"] == pytest.approx(0.2998, rel=0.01)
    assert point["points"][0]["gdop"] == pytest.approx(1.0, rel=0.01)
    grid = _json(capsys, f"positioning --anchors {anchors} --grid 0,0,40,40 --step 5 --tx-power 24 --frequency 3.5e9")
    assert grid["n_points"] == grid["n_resolved"] == 81
    assert grid["points"] is None
    totals = [row["total_m"] for row in grid["percentiles"]]
    assert totals == sorted(totals)
    far = f"positioning --anchors {anchors} --point 400,20 --tx-power 24 --frequency 3.5e9 --condition nlos"
    assert "d_3d_m" in "".join(_json(capsys, far)["outside"])  # beyond 150 m the office model is not stated
    assert grid["outside"] == [] or "d_3d_m" in grid["outside"][0]
    assert run(["radio", "positioning", "--anchors", str(anchors), "--grid", "0,0,9,9", "--snr", "0", "--each"]) == 0
    assert "lower bound" in capsys.readouterr().err


def test_columns_of_the_anchors_take_the_place_of_the_options(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    path = tmp_path / "anchors.csv"
    header, *rows = ANCHORS.splitlines()
    path.write_text("\n".join([f"{header},snr_db,sync_ns,nlos_m", *(f"{row},0,1,{i}" for i, row in enumerate(rows))]))
    got = _json(capsys, f"positioning --anchors {path} --point 20,20 --method rtt")["points"][0]
    assert got["sync_m"] == pytest.approx(0.2998, rel=0.01)
    assert got["bias_m"] > 0.5


@pytest.mark.parametrize(
    ("text", "words", "told"),
    [
        (ANCHORS, "--point 1,1", "signal"),
        (ANCHORS, "--point 1,1 --snr 0 --grid 0,0,1,1", "one of them"),
        (ANCHORS, "--snr 0", "one of them"),
        (ANCHORS, "--point 1 --snr 0", "point"),
        (ANCHORS, "--point a,b --snr 0", "point"),
        (ANCHORS, "--grid 0,0,1 --snr 0", "grid"),
        (ANCHORS, "--point 1,1 --snr 0 --method gps", "method"),
        (ANCHORS, "--point 1,1 --tx-power 24", "frequency"),
        (ANCHORS, "--point 1,1 --snr 0 --dimensions 4", "dimensions"),
        ("anchor,x_m,y_m,z_m\n", "--point 1,1 --snr 0", "no anchor"),
        (ANCHORS + "a,1,1,1\n", "--point 1,1 --snr 0", "repeats"),
        (ANCHORS + "e,x,1,1\n", "--point 1,1 --snr 0", "x_m"),
        (ANCHORS + "e,nan,1,1\n", "--point 1,1 --snr 0", "finite"),
        (ANCHORS + "e,0,0,3\n", "--point 1,1 --snr 0", "same place"),
        ("anchor,x_m\na,1\n", "--point 1,1 --snr 0", "y_m"),
        ("anchor,x_m,y_m,z_m\na,0,0,3\nb,9,0,3\n", "--point 1,1 --snr 0", "3 or more"),
    ],
)
def test_bad_anchors_and_wishes_are_named_errors(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, text: str, words: str, told: str
) -> None:
    path = tmp_path / "anchors.csv"
    path.write_text(text, encoding="utf-8")
    assert run(["radio", "positioning", "--anchors", str(path), *words.split()]) == 2
    assert told in capsys.readouterr().err
