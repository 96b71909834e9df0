from __future__ import annotations

from benchmarks.index_runs import run


def test_benchmark_of_the_runs_agrees_with_its_plain_twin_and_gives_whole_rows() -> None:
    rows = run("smoke")  # the two are compared inside
    keys = {"case", "size", "seconds_ours_first", "seconds_ours_warm", "seconds_peer_first", "seconds_peer_warm"}
    assert all(keys | {"ratio", "peak_mb_ours", "peak_mb_peer"} <= set(row) for row in rows)
    assert rows[0]["ratio"] > 0
    assert rows[1]["ratio"] is not None or rows[1]["note"].startswith("skipped")
