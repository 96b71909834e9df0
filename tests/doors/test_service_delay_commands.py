"""`setsail service latency`, `latency-presets` and `queue` at the command line."""

from __future__ import annotations

import json

import pytest

from setsail import api
from setsail.cli.main import run


def told(capsys: pytest.CaptureFixture[str], *arguments: str) -> object:
    assert run([*arguments, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_latency_tells_the_values_of_the_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--scs", "30", "--tdd", "DDDSU", "--direction", "ul", "--access", "sr")
    found = told(capsys, "service", "latency", *asked)
    assert isinstance(found, dict)
    assert (found["mean_ms"], found["max_ms"]) == (4.64, 5.89)
    names = [c["name"] for c in found["tree"]["children"][0]["children"]]
    assert names == ["prepare", "wait", "request-to-grant", "grant-to-data", "transmission", "decode"]


@pytest.mark.parametrize(
    ("options", "mean_ms", "max_ms"),
    [
        ("--direction dl", 1.21, 1.89),
        ("--direction ul --access cg", 2.14, 3.39),
        ("--direction harq", 2.43, 3.64),
        ("--direction dl --capability 2", 1.0, 1.68),
        ("--direction ul --access sr --tdd FDD --scs 15", 4.14, 4.64),
        ("--direction ul --access sr --tdd DDDDDDDSUU", 7.89, 10.39),
    ],
)
def test_latency_of_other_configurations(
    capsys: pytest.CaptureFixture[str], options: str, mean_ms: float, max_ms: float
) -> None:
    found = told(capsys, "service", "latency", *options.split())
    assert isinstance(found, dict)
    assert (found["mean_ms"], found["max_ms"]) == (mean_ms, max_ms)


def test_door_in_python_gives_the_same_answer(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "service", "latency", "--preset", "rel15-mid-band", "--fibre-km", "20", "--within-ms", "10")
    assert found == json.loads(json.dumps(api.service_latency(preset="rel15-mid-band", fibre_m=20e3, within_s=0.01)))
    assert isinstance(found, dict)
    assert 0.9 < found["ratio_within"] < 1


def test_table_shows_the_tree_and_how_percentiles_were_found(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["service", "latency", "--preset", "rel15-mid-band"]) == 0
    shown = capsys.readouterr()
    assert "ue-stack" in shown.out
    assert "grid of 5 us" in shown.err


def test_round_trip_is_asked_by_two_directions(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "service", "latency", "--direction", "ul-dl", "--turnaround-ms", "1")
    assert isinstance(found, dict)
    assert (found["mean_ms"], found["max_ms"]) == (6.5, 7.75)


def test_presets_are_listed_with_range_and_source(capsys: pytest.CaptureFixture[str]) -> None:
    found = told(capsys, "service", "latency-presets")
    assert isinstance(found, list)
    assert {"rel15-mid-band", "rel15-mmwave"} <= {row["preset"] for row in found}
    assert all(row["source"] for row in found)


def test_queue_of_each_model_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    md1 = told(capsys, "service", "queue", "--model", "md1", "--rate-per-s", "800", "--service-ms", "1")
    assert isinstance(md1, dict)
    assert md1["mean_wait_s"] == pytest.approx(2e-3)
    periodic = told(capsys, "service", "queue", "--model", "periodic", "--flow", "period_ms=10,service_ms=1,count=8")
    assert isinstance(periodic, dict)
    assert periodic["max_delay_s"] == pytest.approx(8e-3)
    unlike = told(
        capsys, "service", "queue", "--model", "periodic", "--slot-ms", "1",
        "--flow", "period_ms=4,service_ms=1", "--flow", "period_ms=8,service_ms=2",
    )  # fmt: skip
    assert isinstance(unlike, dict)
    assert [f["max_delay_s"] for f in unlike["flows"]] == [3e-3, 3e-3]
    bound = told(
        capsys, "service", "queue", "--model", "nc", "--flow", "burst_bytes=1000,rate_bps=1e6",
        "--server", "rate_bps=1e7,latency_ms=2", "--cross", "burst_bytes=1000,rate_bps=1e6,order=higher",
        "--radio", "access=cg,rate_bps=2e7,bler=0.1,retransmissions=3",
    )  # fmt: skip
    assert isinstance(bound, dict)
    assert bound["violation_ratio"] == pytest.approx(1e-4)
    assert [s["name"] for s in bound["servers"]] == ["radio", "server 1"]


@pytest.mark.parametrize(
    "arguments",
    [
        "latency --tdd DDDD", "latency --tdd DDXU", "latency --tdd U --direction dl", "latency --special 10D2G3U",
        "latency --scs 45", "latency --scs 120 --capability 2", "latency --capability 3", "latency --access rach",
        "latency --direction sideways", "latency --preset other", "latency --bler 1", "latency --retransmissions -1",
        "latency --mini-slot 3", "latency --percentile 101", "latency --fibre-km -1", "latency --sr-period 0",
        "latency --tdd S --direction ul", "latency --tdd DDD --direction harq", "latency --repetitions 0",
        "queue --model mm1", "queue --model md1", "queue --model md1 --rate-per-s 1000 --service-ms 1",
        "queue --model md1 --rate-per-s 10 --service-ms 1 --percentile 100", "queue --model periodic",
        "queue --model periodic --flow period_ms=1", "queue --model periodic --flow period=1,service_ms=1",
        "queue --model periodic --flow period_ms=1,service_ms=2", "queue --model periodic --flow x",
        "queue --model periodic --flow period_ms=1,service_ms=0.1,count=1.5", "queue --model nc",
        "queue --model nc --flow burst_bytes=1,rate_bps=1", "queue --model nc --flow burst_bytes=1,rate_bps=1 "
        "--server rate_bps=1e6 --cross burst_bytes=1,rate_bps=1,server=4",
        "queue --model nc --flow burst_bytes=1,rate_bps=1 --server rate_bps=1e6 "
        "--cross burst_bytes=1,rate_bps=1,order=x",
        "queue --model nc --flow burst_bytes=1,rate_bps=1e7 --server rate_bps=1e6",
        "queue --model nc --flow burst_bytes=1,rate_bps=1 --radio rate_bps=1,bler=2",
    ],
)  # fmt: skip
def test_bad_input_is_told_in_one_line(capsys: pytest.CaptureFixture[str], arguments: str) -> None:
    assert run(["service", *arguments.split()]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) == 1, shown.err
